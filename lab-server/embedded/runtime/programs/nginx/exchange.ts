// One request on its way through nginx: what is known of it, its variables, and what will be logged.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createHash } from 'node:crypto';
import type { Process } from '../../processes/process.ts';
import { commonLogDate } from '../http/dates.ts';
import { dateAt } from '../../files/file-times.ts';
import type { NginxConfig, ServerBlock, Settings } from './config-model.ts';

/** What requests of one nginx share. */
export interface Site {
  process: Process;
  config: NginxConfig;
  version: string;
  counters: { accepted: number; requests: number; active: number };
  log(settings: Settings, exchange: Exchange): void;
  complain(settings: Settings, level: string, message: string): void;
}

export class Exchange {
  readonly site: Site;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly server: ServerBlock;
  readonly port: number;
  readonly startedAt: number;
  readonly originalUri: string;
  /** Decoded and normalised path; rewrites change it. */
  uri: string;
  args: string;
  status = 0;
  bodyBytes = 0;
  upstream: { address: string; status: number } | undefined;
  captures: readonly (string | undefined)[] = [];
  readonly variables = new Map<string, string>();
  settings: Settings;
  /** Set when an error page is being served, so that its own failure does not start over. */
  errorStatus: number | undefined;

  constructor(site: Site, server: ServerBlock, port: number, request: IncomingMessage, response: ServerResponse) {
    this.site = site;
    this.server = server;
    this.settings = server.settings;
    this.port = port;
    this.request = request;
    this.response = response;
    this.startedAt = site.process.machine.clock.now();
    this.originalUri = request.url ?? '/';
    const question = this.originalUri.indexOf('?');
    this.args = question < 0 ? '' : this.originalUri.slice(question + 1);
    this.uri = question < 0 ? this.originalUri : this.originalUri.slice(0, question);
  }

  get host(): string {
    const header = this.request.headers.host ?? '';
    return header.replace(/:\d+$/, '').toLowerCase() || (this.server.names[0] ?? '');
  }

  get requestLine(): string {
    return `${this.request.method ?? 'GET'} ${this.originalUri} HTTP/${this.request.httpVersion}`;
  }

  /** Replaces `$name` and `${name}` in a configuration value. */
  expand(text: string): string {
    return text.includes('$')
      ? text.replace(/\$(?:\{(\w+)\}|(\w+))/g, (_whole, braced?: string, plain?: string) => this.variable(braced ?? plain ?? ''))
      : text;
  }

  variable(name: string): string {
    const own = this.variables.get(name);
    if (own !== undefined) {
      return own;
    }
    if (/^\d$/.test(name)) {
      return this.captures[Number(name)] ?? '';
    }
    const { config, process } = this.site;
    const map = config.maps.get(name);
    if (map) {
      const source = this.expand(map.source);
      const entry = map.entries.find((candidate) =>
        candidate.pattern ? candidate.pattern.exec(source) !== undefined : candidate.key.toLowerCase() === source.toLowerCase(),
      );
      return this.expand(entry?.value ?? map.fallback);
    }
    const split = config.splits.get(name);
    if (split) {
      const point = (createHash('md5').update(this.expand(split.source)).digest().readUInt32BE(0) / 0x1_0000_0000) * 100;
      return split.shares.find((share) => point < share.upTo)?.value ?? '';
    }
    const { request } = this;
    const now = process.machine.clock.now();
    const socket = request.socket;
    switch (name) {
      case 'uri':
      case 'document_uri':
        return this.uri;
      case 'request_uri':
        return this.originalUri;
      case 'args':
      case 'query_string':
        return this.args;
      case 'is_args':
        return this.args === '' ? '' : '?';
      case 'host':
        return this.host;
      case 'hostname':
        return process.machine.hostname;
      case 'remote_addr':
      case 'realip_remote_addr':
        return socket.remoteAddress ?? '';
      case 'remote_port':
        return String(socket.remotePort ?? '');
      case 'remote_user':
        return '';
      case 'server_name':
        return this.server.names[0] ?? '';
      case 'server_port':
        return String(this.port);
      case 'server_addr':
        return socket.localAddress ?? process.machine.endpoint.address;
      case 'server_protocol':
        return `HTTP/${request.httpVersion}`;
      case 'scheme':
        return 'http';
      case 'https':
        return '';
      case 'request_method':
        return request.method ?? 'GET';
      case 'request':
        return this.requestLine;
      case 'request_id':
        return createHash('md5').update(`${process.machine.hostname}${this.site.counters.requests}`).digest('hex');
      case 'request_time':
        return ((now - this.startedAt) / 1000).toFixed(3);
      case 'request_length':
        return String(this.requestLine.length + 4 + request.rawHeaders.reduce((sum, part) => sum + part.length + 2, 0));
      case 'request_filename':
        return `${this.settings.root}${this.uri}`;
      case 'document_root':
        return this.settings.root;
      case 'status':
        return String(this.status).padStart(3, '0');
      case 'body_bytes_sent':
        return String(this.bodyBytes);
      case 'bytes_sent':
        return String(this.bodyBytes + 240);
      case 'time_local':
        return commonLogDate(now);
      case 'time_iso8601':
        return dateAt(now)
          .toISOString()
          .replace(/\.\d+Z$/, '+00:00');
      case 'msec':
        return (now / 1000).toFixed(3);
      case 'nginx_version':
        return this.site.version;
      case 'pid':
        return String(process.pid);
      case 'connection':
        return String(this.site.counters.accepted);
      case 'connection_requests':
        return '1';
      case 'pipe':
        return '.';
      case 'content_type':
        return request.headers['content-type'] ?? '';
      case 'content_length':
        return request.headers['content-length'] ?? '';
      case 'http_cookie':
        return request.headers.cookie ?? '';
      case 'proxy_host':
        return this.variables.get('proxy_host') ?? '';
      case 'proxy_add_x_forwarded_for': {
        const before = request.headers['x-forwarded-for'];
        const client = socket.remoteAddress ?? '';
        return before === undefined ? client : `${String(before)}, ${client}`;
      }
      case 'upstream_addr':
        return this.upstream?.address ?? '';
      case 'upstream_status':
        return this.upstream ? String(this.upstream.status) : '';
      case 'upstream_response_time':
        return this.upstream ? ((now - this.startedAt) / 1000).toFixed(3) : '';
      default:
        return this.#prefixed(name);
    }
  }

  #prefixed(name: string): string {
    if (name.startsWith('http_')) {
      const value = this.request.headers[name.slice(5).replaceAll('_', '-')];
      return Array.isArray(value) ? value.join(', ') : (value ?? '');
    }
    if (name.startsWith('arg_')) {
      return valueOf(this.args, '&', name.slice(4));
    }
    if (name.startsWith('cookie_')) {
      return valueOf(this.request.headers.cookie ?? '', ';', name.slice(7));
    }
    if (name.startsWith('sent_http_')) {
      return String(this.response.getHeader(name.slice(10).replaceAll('_', '-')) ?? '');
    }
    return '';
  }
}

/** The value of `name` in a list such as `a=1&b=2`. */
function valueOf(list: string, separator: string, name: string): string {
  const pair = list.split(separator).find((candidate) => candidate.trim().toLowerCase().startsWith(`${name.toLowerCase()}=`));
  return pair === undefined ? '' : pair.slice(pair.indexOf('=') + 1);
}
