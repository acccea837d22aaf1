// curl: requests over the container's network, with curl's output, exit codes and messages.
import type { IncomingMessage } from 'node:http';
import { isNetworkError } from '../../network/network-error.ts';
import { openSink } from '../../processes/open.ts';
import { NOTHING, readAll, type ByteSink } from '../../processes/byte-stream.ts';
import type { Process } from '../../processes/process.ts';
import { baseName, resolvePath } from '../../files/paths.ts';
import { DEFAULT_PATH, searchPath } from '../../processes/executables.ts';
import { execSelf } from '../exec-self.ts';
import { CertificateProblem, sendRequest, UnknownHost, type HttpRequest } from '../http/client.ts';
import { OptionProblem, parseCurl, type CurlOptions } from './curl-options.ts';

const VERSION = '7.88.1';

interface Transfer {
  url: string;
  status: number;
  size: number;
  uploaded: number;
  contentType: string;
  address: string;
  port: number;
  redirects: number;
  redirectUrl: string;
  startedAt: number;
  connectedAt: number;
  answeredAt: number;
  method: string;
  httpVersion: string;
}

class CurlFailure extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export async function curl(process: Process): Promise<number> {
  let options: CurlOptions;
  try {
    options = parseCurl(process.argv.slice(1));
  } catch (error) {
    if (!(error instanceof OptionProblem)) {
      throw error;
    }
    await process.complain(
      `curl: option ${/'([^']*)'/.exec(error.message)?.[1]?.replace(/^(\w)$/, '-$1') ?? ''}: ${error.message.includes('requires') ? 'requires parameter' : 'is unknown'}\ncurl: try 'curl --help' or 'curl --manual' for more information\n`,
    );
    return 2;
  }
  if (options.version) {
    await process.print(`curl ${VERSION} (x86_64-pc-linux-gnu) libcurl/${VERSION}\nProtocols: http https\n`);
    return 0;
  }
  if (options.urls.length === 0) {
    await process.complain("curl: no URL specified!\ncurl: try 'curl --help' or 'curl --manual' for more information\n");
    return 2;
  }
  let status = 0;
  const urls = options.urls.flatMap((url) => expandRanges(url));
  for (const [index, url] of urls.entries()) {
    status = await transferWithRetries(
      process,
      options,
      url,
      options.outputs[index] ?? (options.remoteName ? baseName(url.replace(/[?#].*$/, '')) : undefined),
    );
  }
  return status;
}

/** curlimages/curl: options alone mean curl, anything else is a command. */
export async function curlEntrypoint(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  const isCommand =
    args[0] !== undefined &&
    (await searchPath(process.machine.files, args[0], process.cwd, process.env.get('PATH') ?? DEFAULT_PATH)) !== undefined;
  return execSelf(process, isCommand ? args : ['curl', ...args]);
}

/** `http://host/[1-3]` and `{a,b}` are several URLs. */
function expandRanges(url: string): string[] {
  const range = /\[(\d+)-(\d+)\]/.exec(url);
  if (range) {
    const [from, to] = [Number(range[1]), Math.min(Number(range[2]), Number(range[1]) + 999)];
    return Array.from({ length: Math.max(0, to - from + 1) }, (_value, index) => url.replace(range[0], String(from + index))).flatMap(
      expandRanges,
    );
  }
  const list = /\{([^{}]*,[^{}]*)\}/.exec(url);
  return list
    ? (list[1] ?? '')
        .split(',')
        .map((part) => url.replace(list[0], part))
        .flatMap(expandRanges)
    : [url];
}

async function transferWithRetries(process: Process, options: CurlOptions, url: string, output: string | undefined): Promise<number> {
  const transfer: Transfer = {
    url,
    status: 0,
    size: 0,
    uploaded: 0,
    contentType: '',
    address: '',
    port: 0,
    redirects: 0,
    redirectUrl: '',
    startedAt: process.machine.clock.now(),
    connectedAt: 0,
    answeredAt: 0,
    method: 'GET',
    httpVersion: '1.1',
  };
  let code = 0;
  let message = '';
  for (let attempt = 0; attempt <= options.retries; attempt += 1) {
    try {
      code = 0;
      await transferOnce(process, options, transfer, output);
    } catch (error) {
      const failure = failureOf(process, options, transfer, error);
      code = failure.code;
      message = failure.message;
    }
    const worthRetrying =
      code === 28 || code === 6 || (options.retryRefused && code !== 0) || [408, 429, 500, 502, 503, 504].includes(transfer.status);
    if (attempt < options.retries && worthRetrying) {
      if (!options.silent || options.showError) {
        await process.complain(
          `Warning: Problem: ${code === 0 ? `HTTP error` : message}. Will retry in ${options.retryDelayMs / 1000} seconds. ${options.retries - attempt} retries left.\n`,
        );
      }
      await process.sleep(options.retryDelayMs);
      continue;
    }
    break;
  }
  if (code !== 0 && (!options.silent || options.showError)) {
    await process.complain(`curl: (${code}) ${message}\n`);
  }
  if (options.writeOut !== undefined) {
    await process.print(await writeOut(process, options.writeOut, transfer, code, message));
  }
  return code;
}

async function transferOnce(process: Process, options: CurlOptions, transfer: Transfer, output: string | undefined): Promise<void> {
  const timeouts = new AbortController();
  const timers = [
    ...(options.maxTimeMs === undefined
      ? []
      : [
          process.machine.clock.schedule(options.maxTimeMs, () =>
            timeouts.abort(new CurlFailure(28, timedOut(options, transfer, options.maxTimeMs ?? 0))),
          ),
        ]),
    ...(options.connectTimeoutMs === undefined
      ? []
      : [
          process.machine.clock.schedule(
            options.connectTimeoutMs,
            () =>
              transfer.connectedAt === 0 && timeouts.abort(new CurlFailure(28, timedOut(options, transfer, options.connectTimeoutMs ?? 0))),
          ),
        ]),
  ];
  try {
    await follow(process, options, transfer, output, AbortSignal.any([process.signal, timeouts.signal]));
  } catch (error) {
    throw timeouts.signal.aborted ? (timeouts.signal.reason as Error) : error;
  } finally {
    timers.forEach((timer) => timer[Symbol.dispose]());
  }
}

function timedOut(_options: CurlOptions, transfer: Transfer, limit: number): string {
  return transfer.connectedAt === 0
    ? `Connection timed out after ${limit} milliseconds`
    : `Operation timed out after ${limit} milliseconds with ${transfer.size} bytes received`;
}

async function follow(
  process: Process,
  options: CurlOptions,
  transfer: Transfer,
  output: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const body = await bodyOf(process, options, signal);
  let url = parseUrl(transfer.url, options, body);
  let method =
    options.method ??
    (options.head ? 'HEAD' : options.upload !== undefined ? 'PUT' : body !== undefined && !options.asQuery ? 'POST' : 'GET');
  let sent = options.asQuery ? undefined : body;
  const sink = output === undefined || output === '-' ? undefined : await openSink(process, output, { append: false });
  const meter = sink && !options.silent;
  if (meter) {
    await process.complain(
      '  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n                                 Dload  Upload   Total   Spent    Left  Speed\n',
    );
  }
  for (;;) {
    const request = await buildRequest(process, options, url, method, sent, transfer, signal);
    transfer.method = method;
    transfer.uploaded = sent?.byteLength ?? 0;
    if (options.verbose) {
      await traceRequest(process, request, transfer);
    }
    const answer = await sendRequest(process, request);
    transfer.status = answer.statusCode ?? 0;
    transfer.answeredAt = process.machine.clock.now();
    transfer.contentType = answer.headers['content-type'] ?? '';
    transfer.httpVersion = answer.httpVersion;
    transfer.url = url.href;
    const location = answer.headers.location;
    transfer.redirectUrl = location === undefined ? '' : new URL(location, url).href;
    if (options.verbose) {
      await traceAnswer(process, answer);
    }
    const isRedirect = location !== undefined && [301, 302, 303, 307, 308].includes(transfer.status);
    if (options.fail && transfer.status >= 400) {
      answer.destroy();
      throw new CurlFailure(22, `The requested URL returned error: ${transfer.status}`);
    }
    await receive(process, options, transfer, answer, sink, options.follow && isRedirect);
    if (!options.follow || !isRedirect) {
      break;
    }
    if (transfer.redirects >= options.maxRedirects) {
      throw new CurlFailure(47, `Maximum (${options.maxRedirects}) redirects followed`);
    }
    transfer.redirects += 1;
    url = new URL(location, url);
    if ([301, 302, 303].includes(transfer.status) && method === 'POST' && options.method === undefined) {
      method = 'GET';
      sent = undefined;
    }
  }
  sink?.close();
  if (meter) {
    await process.complain(
      `100 ${String(transfer.size).padStart(5)}  100 ${String(transfer.size).padStart(5)}    0     0  ${String(transfer.size * 200).padStart(5)}      0 --:--:-- --:--:-- --:--:-- ${String(transfer.size * 200).padStart(5)}\n`,
    );
  }
}

async function receive(
  process: Process,
  options: CurlOptions,
  transfer: Transfer,
  answer: IncomingMessage,
  sink: ByteSink | undefined,
  skipsBody: boolean,
): Promise<void> {
  const write = (data: string | Uint8Array): Promise<void> => {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    return sink ? sink.write(bytes) : process.print(bytes);
  };
  if (options.include || options.head) {
    await write(`${headLines(answer).join('\r\n')}\r\n\r\n`);
  }
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    if (!skipsBody) {
      transfer.size += chunk.byteLength;
      await write(chunk);
    }
  }
}

function headLines(answer: IncomingMessage): string[] {
  const lines = [`HTTP/${answer.httpVersion} ${answer.statusCode ?? 0} ${answer.statusMessage ?? ''}`];
  for (let at = 0; at + 1 < answer.rawHeaders.length; at += 2) {
    lines.push(`${answer.rawHeaders[at]}: ${answer.rawHeaders[at + 1]}`);
  }
  return lines;
}

function parseUrl(text: string, options: CurlOptions, body: Uint8Array | undefined): URL {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https') {
    throw new CurlFailure(1, `Protocol "${scheme}" not supported or disabled in libcurl`);
  }
  let url: URL;
  try {
    url = new URL(scheme === undefined ? `http://${text}` : text);
  } catch {
    throw new CurlFailure(3, 'URL using bad/illegal format or missing URL');
  }
  if (options.asQuery && body) {
    url.search = `${url.search === '' ? '' : `${url.search.slice(1)}&`}${Buffer.from(body).toString()}`;
  }
  return url;
}

async function bodyOf(process: Process, options: CurlOptions, signal: AbortSignal): Promise<Uint8Array | undefined> {
  const read = (name: string): Promise<Uint8Array> =>
    name === '-' ? readAll(process.stdin ?? NOTHING, signal) : process.machine.files.readFileBuffer(resolvePath(process.cwd, name));
  if (options.upload !== undefined) {
    return read(options.upload);
  }
  if (options.form.length > 0) {
    return multipart(options.form, read);
  }
  if (options.data.length === 0) {
    return undefined;
  }
  const parts: string[] = [];
  for (const { kind, text } of options.data) {
    if (kind === 'raw' || !text.startsWith('@')) {
      parts.push(kind === 'urlencode' ? urlEncoded(text) : text);
      continue;
    }
    const content = Buffer.from(await read(text.slice(1))).toString('latin1');
    parts.push(kind === 'plain' ? content.replace(/[\r\n]/g, '') : content);
  }
  return Buffer.from(parts.join('&'), options.data.some((part) => part.text.startsWith('@')) ? 'latin1' : 'utf8');
}

const BOUNDARY = '------------------------d74496d66958873e';

async function multipart(fields: readonly string[], read: (name: string) => Promise<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (const field of fields) {
    const [name, value] = [field.slice(0, field.indexOf('=')), field.slice(field.indexOf('=') + 1)];
    const path = value.startsWith('@') ? value.slice(1).replace(/;.*$/, '') : undefined;
    const disposition = `Content-Disposition: form-data; name="${name}"${path === undefined ? '' : `; filename="${baseName(path)}"\r\nContent-Type: application/octet-stream`}`;
    parts.push(
      Buffer.from(`--${BOUNDARY}\r\n${disposition}\r\n\r\n`),
      path === undefined ? Buffer.from(value) : await read(path),
      Buffer.from('\r\n'),
    );
  }
  return Buffer.concat([...parts, Buffer.from(`--${BOUNDARY}--\r\n`)]);
}

function urlEncoded(text: string): string {
  const equals = text.indexOf('=');
  return equals < 0
    ? encodeURIComponent(text)
    : `${text.slice(0, equals + 1).replace(/^=/, '')}${encodeURIComponent(text.slice(equals + 1))}`;
}

async function buildRequest(
  process: Process,
  options: CurlOptions,
  url: URL,
  method: string,
  body: Uint8Array | undefined,
  transfer: Transfer,
  signal: AbortSignal,
): Promise<HttpRequest> {
  const own = options.headers.map((line): [string, string] => [
    line.slice(0, line.search(/[:;]|$/)).trim(),
    line.slice(line.search(/[:;]|$/) + 1).trim(),
  ]);
  const replaced = new Set(own.map(([name]) => name.toLowerCase()));
  const isJson = options.data.some((part) => part.kind === 'json');
  const credentials =
    options.user ?? (url.username === '' ? undefined : `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`);
  const standard: [string, string][] = [
    ['Host', url.host],
    ...(credentials === undefined ? [] : [['Authorization', `Basic ${Buffer.from(credentials).toString('base64')}`] as [string, string]]),
    ['User-Agent', options.agent ?? `curl/${VERSION}`],
    ['Accept', isJson ? 'application/json' : '*/*'],
    ...(options.range === undefined ? [] : [['Range', `bytes=${options.range}`] as [string, string]]),
    ...(options.referrer === undefined ? [] : [['Referer', options.referrer] as [string, string]]),
    ...(options.cookie === undefined ? [] : [['Cookie', options.cookie] as [string, string]]),
  ];
  const headers = [...standard.filter(([name]) => !replaced.has(name.toLowerCase())), ...own.filter(([, value]) => value !== '')];
  if (body) {
    headers.push(['Content-Length', String(body.byteLength)]);
    if (!replaced.has('content-type') && options.upload === undefined) {
      headers.push([
        'Content-Type',
        isJson
          ? 'application/json'
          : options.form.length > 0
            ? `multipart/form-data; boundary=${BOUNDARY}`
            : 'application/x-www-form-urlencoded',
      ]);
    }
  }
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  const [, , toHost, toPort] = options.connectTo.find((entry) => ['', url.hostname].includes(entry.split(':')[0] ?? ''))?.split(':') ?? [];
  const file = async (name: string | undefined): Promise<string | undefined> =>
    name === undefined ? undefined : process.machine.files.readFile(resolvePath(process.cwd, name));
  return {
    url,
    target: options.pathAsIs ? (/^(?:[a-z]+:\/\/)?[^/]*(\/[^#]*)/i.exec(transfer.url)?.[1] ?? '/') : undefined,
    method,
    headers,
    body,
    address: toHost === undefined || toHost === '' ? options.resolve.get(`${url.hostname}:${port}`) : toHost,
    port: toPort === undefined || toPort === '' ? port : Number(toPort),
    insecure: options.insecure,
    authorities: await file(options.caFile),
    certificate: await file(options.certFile),
    key: await file(options.keyFile),
    signal,
    onConnected: (connection) => {
      transfer.address = connection.address;
      transfer.port = connection.port;
      transfer.connectedAt = process.machine.clock.now();
    },
  };
}

async function traceRequest(process: Process, request: HttpRequest, _transfer: Transfer): Promise<void> {
  const lines = [
    `* Trying ${request.address ?? request.url.hostname}:${request.port ?? 80}...`,
    `* Connected to ${request.url.hostname} port ${request.port ?? 80} (#0)`,
    `> ${request.method} ${request.url.pathname}${request.url.search} HTTP/1.1`,
    ...request.headers.map(([name, value]) => `> ${name}: ${value}`),
    '> ',
  ];
  await process.complain(`${lines.join('\n')}\n`);
}

async function traceAnswer(process: Process, answer: IncomingMessage): Promise<void> {
  await process.complain(
    `${headLines(answer)
      .map((line) => `< ${line}`)
      .join('\n')}\n< \n`,
  );
}

function failureOf(process: Process, options: CurlOptions, transfer: Transfer, error: unknown): CurlFailure {
  if (process.signal.aborted) {
    throw error;
  }
  if (error instanceof CurlFailure) {
    return error;
  }
  if (error instanceof UnknownHost) {
    return new CurlFailure(6, `Could not resolve host: ${error.host}`);
  }
  if (error instanceof CertificateProblem) {
    return new CurlFailure(
      60,
      `SSL certificate problem: ${error.message === 'SELF_SIGNED_CERT_IN_CHAIN' ? 'self-signed certificate in certificate chain' : 'unable to get local issuer certificate'}`,
    );
  }
  if (isNetworkError(error)) {
    const elapsed = process.machine.clock.now() - transfer.startedAt;
    const url = new URL(/^[a-z]+:\/\//i.test(transfer.url) ? transfer.url : `http://${transfer.url}`);
    const port = url.port || (url.protocol === 'https:' ? '443' : '80');
    switch (error.code) {
      case 'ECONNREFUSED':
        return new CurlFailure(7, `Failed to connect to ${url.hostname} port ${port} after ${elapsed} ms: Couldn't connect to server`);
      case 'EHOSTUNREACH':
        return new CurlFailure(7, `Failed to connect to ${url.hostname} port ${port} after ${elapsed} ms: No route to host`);
      case 'ETIMEDOUT':
        return new CurlFailure(28, `Failed to connect to ${url.hostname} port ${port} after ${elapsed} ms: Connection timed out`);
      case 'ECONNRESET':
        return transfer.connectedAt > 0 && transfer.status === 0
          ? new CurlFailure(52, 'Empty reply from server')
          : new CurlFailure(56, 'Recv failure: Connection reset by peer');
      default:
        if (error.code.startsWith('HPE_')) {
          return new CurlFailure(1, 'Received HTTP/0.9 when not allowed');
        }
        if (error.code.startsWith('ERR_SSL') || error.code.startsWith('EPROTO')) {
          return new CurlFailure(35, 'error:0A00010B:SSL routines::wrong version number');
        }
    }
  }
  if (error instanceof Error && /^E[A-Z]+: /.test(error.message)) {
    return error.message.includes(options.outputs[0] ?? '\0')
      ? new CurlFailure(23, 'Failure writing output to destination')
      : new CurlFailure(26, 'Failed to open/read local data from file/application');
  }
  throw error;
}

async function writeOut(process: Process, template: string, transfer: Transfer, code: number, message: string): Promise<string> {
  const format = template.startsWith('@')
    ? await process.machine.files.readFile(resolvePath(process.cwd, template.slice(1))).catch(() => '')
    : template;
  const seconds = (at: number): string => (Math.max(0, at - transfer.startedAt) / 1000).toFixed(6);
  const now = process.machine.clock.now();
  const values: Record<string, string> = {
    http_code: String(transfer.status).padStart(3, '0'),
    response_code: String(transfer.status).padStart(3, '0'),
    time_total: seconds(now),
    time_connect: seconds(transfer.connectedAt),
    time_namelookup: seconds(transfer.connectedAt === 0 ? 0 : transfer.startedAt),
    time_starttransfer: seconds(transfer.answeredAt),
    time_pretransfer: seconds(transfer.connectedAt),
    time_appconnect: '0.000000',
    time_redirect: '0.000000',
    size_download: String(transfer.size),
    size_upload: String(transfer.uploaded),
    speed_download: String(Math.round(transfer.size / Math.max(0.001, (now - transfer.startedAt) / 1000))),
    url: transfer.url,
    url_effective: transfer.url,
    remote_ip: transfer.address,
    remote_port: String(transfer.port),
    local_ip: process.machine.endpoint.address,
    content_type: transfer.contentType,
    num_redirects: String(transfer.redirects),
    num_connects: '1',
    redirect_url: transfer.redirectUrl,
    method: transfer.method,
    http_version: transfer.httpVersion,
    scheme: transfer.url.startsWith('https') ? 'HTTPS' : 'HTTP',
    exitcode: String(code),
    errormsg: message,
  };
  return format
    .replace(/%\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole)
    .replaceAll('%%', '%')
    .replaceAll('\\n', '\n')
    .replaceAll('\\t', '\t')
    .replaceAll('\\r', '\r');
}
