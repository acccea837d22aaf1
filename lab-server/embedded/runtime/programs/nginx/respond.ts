// Writes an nginx response: its header order, its error pages, its redirects.
import type { Exchange } from './exchange.ts';
import { httpDate } from '../http/dates.ts';

export const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  204: 'No Content',
  206: 'Partial Content',
  301: 'Moved Permanently',
  302: 'Moved Temporarily',
  303: 'See Other',
  304: 'Not Modified',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Not Allowed',
  408: 'Request Time-out',
  412: 'Precondition Failed',
  413: 'Request Entity Too Large',
  414: 'Request-URI Too Large',
  416: 'Requested Range Not Satisfiable',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Temporarily Unavailable',
  504: 'Gateway Time-out',
  505: 'HTTP Version Not Supported',
};

/** Titles of nginx's built-in pages that differ from the reason phrase. */
const TITLES: Readonly<Record<number, string>> = { 302: 'Found', 503: 'Service Temporarily Unavailable' };

/** With this many statuses `add_header` without `always` applies. */
const HEADERS_APPLY: ReadonlySet<number> = new Set([200, 201, 204, 206, 301, 302, 303, 304, 307, 308]);

export function serverName(exchange: Exchange): string {
  return exchange.settings.serverTokens ? `nginx/${exchange.site.version}` : 'nginx';
}

/** Sends a whole response. `headers` come between Content-Length and Connection, as nginx orders them. */
export function send(
  exchange: Exchange,
  status: number,
  options: {
    contentType?: string;
    body?: Uint8Array;
    /** Before Connection: Last-Modified, Location. */
    headers?: readonly (readonly [string, string])[];
    /** After Connection: ETag, Accept-Ranges. */
    trailingHeaders?: readonly (readonly [string, string])[];
  },
): void {
  const { response, request, site } = exchange;
  // A page that is served in place of an error carries the error's status.
  const sent = exchange.errorStatus !== undefined && status === 200 ? exchange.errorStatus : status;
  exchange.status = sent;
  const body = options.body;
  const bodiless = status === 204 || status === 304;
  const lines: [string, string][] = [
    ['Server', serverName(exchange)],
    ['Date', httpDate(site.process.machine.clock.now())],
  ];
  if (options.contentType !== undefined && status !== 304) {
    lines.push(['Content-Type', withCharset(exchange, options.contentType)]);
  }
  if (body && !bodiless) {
    lines.push(['Content-Length', String(body.byteLength)]);
  }
  lines.push(...(options.headers ?? []).map(([name, value]): [string, string] => [name, value]));
  lines.push(['Connection', keepsAlive(exchange) ? 'keep-alive' : 'close']);
  lines.push(...(options.trailingHeaders ?? []).map(([name, value]): [string, string] => [name, value]));
  lines.push(...addedHeaders(exchange, sent));
  // A flat list keeps the order and the spelling of the headers.
  response.writeHead(sent, REASONS[sent] ?? '', lines.flat());
  const sendsBody = body !== undefined && !bodiless && request.method !== 'HEAD';
  exchange.bodyBytes = sendsBody ? body.byteLength : 0;
  response.end(sendsBody ? body : undefined);
}

/** nginx's own page for a status. */
export function sendErrorPage(
  exchange: Exchange,
  status: number,
  extra: { headers?: readonly (readonly [string, string])[]; trailingHeaders?: readonly (readonly [string, string])[] } = {},
): void {
  const title = `${status} ${TITLES[status] ?? REASONS[status] ?? ''}`;
  const page = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>${serverName(exchange)}</center>\r\n</body>\r\n</html>\r\n`;
  send(exchange, status, { contentType: 'text/html', body: Buffer.from(page), ...extra });
}

export function sendRedirect(exchange: Exchange, status: number, location: string): void {
  // nginx prints a location that it made absolute itself before Connection, a given one after it.
  const header = ['Location', absolute(exchange, location)] as const;
  sendErrorPage(exchange, status, location.startsWith('/') ? { headers: [header] } : { trailingHeaders: [header] });
}

export function addedHeaders(exchange: Exchange, status: number): [string, string][] {
  const added = exchange.settings.headers
    .filter((header) => header.always || HEADERS_APPLY.has(status))
    .map((header): [string, string] => [header.name, exchange.expand(header.value)])
    .filter(([, value]) => value !== '');
  return [...expiry(exchange, status), ...added];
}

export function keepsAlive(exchange: Exchange): boolean {
  const { request } = exchange;
  const wanted = (request.headers.connection ?? '').toLowerCase();
  return request.httpVersion === '1.1' ? wanted !== 'close' : wanted === 'keep-alive';
}

function absolute(exchange: Exchange, location: string): string {
  if (!location.startsWith('/') || !exchange.settings.absoluteRedirect) {
    return location;
  }
  const port = exchange.port === 80 ? '' : `:${exchange.port}`;
  const host = (exchange.request.headers.host ?? '').replace(/:\d+$/, '') || (exchange.server.names[0] ?? 'localhost');
  return `http://${host}${port}${location}`;
}

function withCharset(exchange: Exchange, contentType: string): string {
  const { charset } = exchange.settings;
  return charset !== undefined && contentType.startsWith('text/') && !contentType.includes('charset')
    ? `${contentType}; charset=${charset}`
    : contentType;
}

function expiry(exchange: Exchange, status: number): [string, string][] {
  const { expires } = exchange.settings;
  if (expires === undefined || !HEADERS_APPLY.has(status)) {
    return [];
  }
  const now = exchange.site.process.machine.clock.now();
  if (expires === 'epoch') {
    return [
      ['Expires', 'Thu, 01 Jan 1970 00:00:01 GMT'],
      ['Cache-Control', 'no-cache'],
    ];
  }
  if (expires === 'max') {
    return [
      ['Expires', 'Thu, 31 Dec 2037 23:55:55 GMT'],
      ['Cache-Control', 'max-age=315360000'],
    ];
  }
  const match = /^(-?)(\d+)([smhdwMy]?)$/.exec(expires);
  const unit = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800, M: 2_592_000, y: 31_536_000 }[match?.[3] || 's'] ?? 1;
  const seconds = (match?.[1] === '-' ? -1 : 1) * Number(match?.[2] ?? 0) * unit;
  return [
    ['Expires', httpDate(now + seconds * 1000)],
    ['Cache-Control', seconds < 0 ? 'no-cache' : `max-age=${seconds}`],
  ];
}
