// Answers that an application load balancer gives by itself: error pages, fixed responses, redirects.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Action } from './state.ts';

const SERVER = 'awselb/2.0';

const REASONS: Readonly<Record<number, string>> = {
  301: 'Moved Permanently',
  302: 'Found',
  400: 'Bad Request',
  460: 'Client Closed Connection',
  463: 'Too Many Forwarded Addresses',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Temporarily Unavailable',
  504: 'Gateway Time-out',
};

interface Own {
  status: number;
  contentType: string;
  body: string;
  headers?: Readonly<Record<string, string>>;
}

function send(response: ServerResponse, { status, contentType, body, headers = {} }: Own, now: number): void {
  const bytes = Buffer.from(body);
  const Time = globalThis.Date;
  response.writeHead(status, REASONS[status], {
    Server: SERVER,
    Date: new Time(now).toUTCString(),
    ...(contentType === '' ? {} : { 'Content-Type': contentType }),
    'Content-Length': String(bytes.byteLength),
    Connection: 'keep-alive',
    ...headers,
  });
  response.end(response.req.method === 'HEAD' ? undefined : bytes);
}

/** The page of an error of the balancer's own. */
export function sendError(response: ServerResponse, status: number, now: number): void {
  send(response, { status, contentType: 'text/html', body: page(status) }, now);
}

function page(status: number): string {
  const title = `${status} ${REASONS[status] ?? ''}`;
  return `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`;
}

export function sendFixed(response: ServerResponse, action: Action, now: number): void {
  const { StatusCode: status = '200', ContentType: contentType = 'text/plain', MessageBody: body = '' } = action.FixedResponseConfig ?? {};
  send(response, { status: Number(status), contentType: `${contentType}; charset=utf-8`, body }, now);
}

export function sendRedirect(
  request: IncomingMessage,
  response: ServerResponse,
  action: Action,
  listener: { protocol: string; port: number },
  now: number,
): void {
  const status = action.RedirectConfig?.StatusCode === 'HTTP_302' ? 302 : 301;
  send(
    response,
    { status, contentType: 'text/html', body: page(status), headers: { Location: locationOf(request, action, listener) } },
    now,
  );
}

/** The URL that a redirect leads to: the parts of the request's own, where the action does not say otherwise. */
export function locationOf(
  request: { url?: string | undefined; headers: { host?: string | undefined } },
  action: Action,
  listener: { protocol: string; port: number },
): string {
  const [path = '/', ...query] = (request.url ?? '/').split('?');
  const parts: Readonly<Record<string, string>> = {
    protocol: listener.protocol,
    host: (request.headers.host ?? '').replace(/:\d+$/, ''),
    port: String(listener.port),
    path: path.replace(/^\//, ''),
    query: query.join('?'),
  };
  const filled = (text: string): string =>
    text.replaceAll(/#\{(protocol|host|port|path|query)\}/g, (_match, name: string) => parts[name] ?? '');
  const config = action.RedirectConfig;
  const protocol = filled(config?.Protocol ?? '#{protocol}').toLowerCase();
  const search = filled(config?.Query ?? '#{query}');
  return `${protocol}://${filled(config?.Host ?? '#{host}')}:${filled(config?.Port ?? '#{port}')}${filled(config?.Path ?? '/#{path}')}${search === '' ? '' : `?${search}`}`;
}

/** A cookie of the balancer's. `expires` in milliseconds since the epoch. */
export function cookie(name: string, value: string, expires: number): string {
  const Time = globalThis.Date;
  return `${name}=${value}; Expires=${new Time(expires).toUTCString()}; Path=/`;
}
