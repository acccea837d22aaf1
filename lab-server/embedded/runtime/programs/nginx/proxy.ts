// proxy_pass: hands a request on to another server over the simulated network, and its answer back.
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { isNetworkError } from '../../network/network-error.ts';
import { httpDate } from '../http/dates.ts';
import type { Location, Upstream } from './config-model.ts';
import type { Exchange } from './exchange.ts';
import { addedHeaders, keepsAlive, REASONS, serverName } from './respond.ts';
import { clientOf, type Outcome } from './static-content.ts';

interface Target {
  host: string;
  port: number;
  /** What replaces the matched part of the location; undefined hands the URI on as it came. */
  path: string | undefined;
}

/** Headers between two hops that are not handed on. */
const HOP_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
  'proxy-connection',
]);
/** Of the answer, what nginx writes itself. */
const REPLACED: ReadonlySet<string> = new Set([...HOP_HEADERS, 'server', 'date', 'x-accel-redirect', 'x-accel-expires']);
/** Next server of an upstream, by name; kept per process of the simulation, since order is all that matters. */
const turns = new WeakMap<Upstream, number>();

export async function proxyTo(exchange: Exchange, location: Location, configured: string): Promise<Outcome> {
  const target = parseTarget(exchange.expand(configured));
  if (!target) {
    exchange.site.complain(exchange.settings, 'error', `invalid URL prefix in "${exchange.expand(configured)}"${clientOf(exchange)}`);
    return { kind: 'status', status: 500 };
  }
  const path = proxiedPath(exchange, location, target);
  const upstream = exchange.site.config.upstreams.get(target.host);
  const servers = upstream ? serversInTurn(exchange, upstream) : [{ host: target.host, port: target.port }];
  const body = await readBody(exchange.request);
  let failure: number = 502;
  for (const server of servers) {
    const addresses = await exchange.site.process.machine.endpoint.resolve(server.host);
    if (addresses.length === 0) {
      exchange.site.complain(exchange.settings, 'error', `${server.host} could not be resolved (3: Host not found)${clientOf(exchange)}`);
      continue;
    }
    for (const address of addresses) {
      const result = await attempt(exchange, { address, port: server.port }, target, path, body);
      if (result === 'answered') {
        return { kind: 'done' };
      }
      failure = result;
    }
  }
  return { kind: 'status', status: failure };
}

async function attempt(
  exchange: Exchange,
  server: { address: string; port: number },
  target: Target,
  path: string,
  body: Buffer,
): Promise<'answered' | number> {
  const { machine, signal } = exchange.site.process;
  const place = `${server.address}:${server.port}`;
  const explain = (problem: string): void =>
    exchange.site.complain(
      exchange.settings,
      'error',
      `${problem} while connecting to upstream${clientOf(exchange).replace(', host:', `, upstream: "http://${place}${path}", host:`)}`,
    );
  const timeout = new AbortController();
  const timer = machine.clock.schedule(exchange.settings.proxyConnectTimeoutMs, () => timeout.abort(new Error('timed out')));
  const limit = AbortSignal.any([signal, timeout.signal]);
  try {
    const connection = await machine.endpoint.connect(server.address, server.port, limit);
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = httpRequest({
        method: exchange.request.method,
        path,
        headers: proxiedHeaders(exchange, target, body),
        setHost: false,
        createConnection: () => connection,
        signal: limit,
      });
      outgoing.on('response', resolve);
      outgoing.on('error', reject);
      outgoing.end(body);
    });
    exchange.upstream = { address: place, status: answer.statusCode ?? 0 };
    await forward(exchange, answer);
    return 'answered';
  } catch (error) {
    if (signal.aborted) {
      throw error;
    }
    const timedOut = timeout.signal.aborted || isNetworkError(error, 'ETIMEDOUT');
    exchange.upstream = { address: place, status: timedOut ? 504 : 502 };
    if (timedOut) {
      explain('upstream timed out (110: Connection timed out)');
      return 504;
    }
    explain(
      isNetworkError(error, 'ECONNREFUSED')
        ? 'connect() failed (111: Connection refused)'
        : isNetworkError(error, 'EHOSTUNREACH')
          ? 'connect() failed (113: No route to host)'
          : 'upstream prematurely closed connection',
    );
    return 502;
  } finally {
    timer[Symbol.dispose]();
  }
}

async function forward(exchange: Exchange, answer: IncomingMessage): Promise<void> {
  const { response, request, site } = exchange;
  const status = answer.statusCode ?? 502;
  exchange.status = status;
  const lines: string[] = ['Server', serverName(exchange), 'Date', httpDate(site.process.machine.clock.now())];
  const passed: string[] = [];
  for (let at = 0; at + 1 < answer.rawHeaders.length; at += 2) {
    const name = answer.rawHeaders[at] as string;
    if (!REPLACED.has(name.toLowerCase())) {
      (name.toLowerCase() === 'content-type' || name.toLowerCase() === 'content-length' ? lines : passed).push(
        name,
        answer.rawHeaders[at + 1] as string,
      );
    }
  }
  if (answer.headers['content-length'] === undefined && status !== 204 && status !== 304) {
    lines.push('Transfer-Encoding', 'chunked');
  }
  lines.push('Connection', keepsAlive(exchange) ? 'keep-alive' : 'close', ...passed, ...addedHeaders(exchange, status).flat());
  response.writeHead(status, answer.statusMessage ?? REASONS[status] ?? '', lines);
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    exchange.bodyBytes += chunk.byteLength;
    if (request.method !== 'HEAD' && !response.write(chunk) && !response.destroyed) {
      await new Promise((resolve) => {
        response.once('drain', resolve);
        response.once('close', resolve);
      });
    }
  }
  response.end();
}

function proxiedHeaders(exchange: Exchange, target: Target, body: Buffer): Record<string, string | string[]> {
  const hostHeader = target.port === 80 ? target.host : `${target.host}:${target.port}`;
  exchange.variables.set('proxy_host', hostHeader);
  const headers: Record<string, string | string[]> = { Host: hostHeader, Connection: 'close' };
  const set = new Map(exchange.settings.proxyHeaders.map((header) => [header.name.toLowerCase(), header]));
  for (const [name, value] of Object.entries(exchange.request.headers)) {
    if (value !== undefined && name !== 'host' && !HOP_HEADERS.has(name) && !set.has(name)) {
      headers[name] = value;
    }
  }
  for (const header of set.values()) {
    const value = exchange.expand(header.value);
    const name = header.name.toLowerCase() === 'host' ? 'Host' : header.name.toLowerCase() === 'connection' ? 'Connection' : header.name;
    if (value !== '') {
      headers[name] = value;
    }
  }
  if (body.byteLength > 0) {
    headers['content-length'] = String(body.byteLength);
  }
  return headers;
}

/** With a path in proxy_pass, the location's part of the URI is replaced by it. */
function proxiedPath(exchange: Exchange, location: Location, target: Target): string {
  const query = exchange.args === '' ? '' : `?${exchange.args}`;
  if (target.path === undefined || location.pattern) {
    const path =
      target.path ??
      (exchange.uri === decodeSafely(exchange.originalUri.split('?')[0] ?? '')
        ? (exchange.originalUri.split('?')[0] ?? '/')
        : encodeURI(exchange.uri));
    return `${path}${path.includes('?') ? '' : query}`;
  }
  return `${encodeURI(`${target.path}${exchange.uri.slice(location.path.length)}`)}${query}`;
}

function parseTarget(url: string): Target | undefined {
  const match = /^https?:\/\/(\[[^\]]+\]|[^:/]+)(?::(\d+))?(\/.*)?$/.exec(url);
  return match ? { host: match[1] ?? '', port: Number(match[2] ?? (url.startsWith('https') ? 443 : 80)), path: match[3] } : undefined;
}

function serversInTurn(exchange: Exchange, upstream: Upstream): { host: string; port: number }[] {
  const weighted = upstream.servers
    .filter((server) => !server.backup)
    .flatMap((server) => Array.from({ length: server.weight }, () => server));
  const turn = turns.get(upstream) ?? 0;
  turns.set(upstream, turn + 1);
  const start = upstream.method === 'ip-hash' ? hashOf(exchange.request.socket.remoteAddress ?? '') : turn;
  const ordered = weighted.map((_server, index) => weighted[(start + index) % weighted.length] as (typeof weighted)[number]);
  return [...new Set([...ordered, ...upstream.servers.filter((server) => server.backup)])];
}

function hashOf(address: string): number {
  // ip_hash keeps clients of one /24 network together.
  return address
    .split('.')
    .slice(0, 3)
    .reduce((hash, part) => (hash * 113 + Number(part)) % 6271, 89);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function decodeSafely(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
