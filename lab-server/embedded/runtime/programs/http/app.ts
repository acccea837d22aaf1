// A small web application as a program: routes requests, logs, and ends by signals, as the demonstration servers do.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isNetworkError } from '../../network/network-error.ts';
import type { Process } from '../../processes/process.ts';
import { SIGINT, SIGTERM } from '../../processes/signals.ts';
import { httpDate } from './dates.ts';
import { serveHttp } from './serve.ts';

/** What applications have of a request. */
export interface AppRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  /** Path and query as they came. */
  url: string;
  httpVersion: string;
  headers: IncomingMessage['headers'];
  rawHeaders: readonly string[];
  client: { address: string; port: number };
  host: string;
  /** Reads the body; at most a megabyte. */
  body(): Promise<Buffer>;
}

export interface AppResponse {
  status?: number;
  reason?: string;
  contentType?: string;
  headers?: readonly (readonly [string, string])[];
  body: string | Uint8Array;
}

export interface App {
  handle(request: AppRequest): Promise<AppResponse> | AppResponse;
  /** Processor time of a request, in milliseconds. */
  cpuMs?: number;
  /** Told of each request when it was answered. */
  log?(request: AppRequest, response: AppResponse): Promise<void> | void;
}

const MAX_BODY_BYTES = 1024 * 1024;

/** Serves on a port. When it is taken, prints what a Go program says and returns undefined. */
export async function serveApp(process: Process, port: number, app: App): Promise<Disposable | undefined> {
  try {
    return serveHttp(process, port, { handle: (request, response) => answer(process, app, request, response) });
  } catch (error) {
    if (!isNetworkError(error, 'EADDRINUSE')) {
      throw error;
    }
    await process.complain(`listen tcp :${port}: bind: address already in use\n`);
    return undefined;
  }
}

/** Runs until a signal ends it: with `exitCode` for TERM and INT. Go programs without a handler end with 2. */
export function runUntilSignal(process: Process, exitCode: number, onSignal?: (signal: number) => Promise<void> | void): Promise<number> {
  return new Promise((resolve, reject) => {
    for (const signal of [SIGTERM, SIGINT]) {
      process.onSignal(signal, () => {
        void Promise.resolve(onSignal?.(signal)).then(() => resolve(exitCode), reject);
      });
    }
    process.signal.addEventListener('abort', () => reject(process.signal.reason as Error), { once: true });
  });
}

async function answer(process: Process, app: App, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  process.cpuMs += app.cpuMs ?? 0.1;
  process.machine.cpu.charge(app.cpuMs ?? 0.1);
  const request = requestOf(incoming);
  const response = await app.handle(request);
  const body = typeof response.body === 'string' ? Buffer.from(response.body) : response.body;
  const headers = [
    ...(response.headers ?? []).flat(),
    'Date',
    httpDate(process.machine.clock.now()),
    'Content-Length',
    String(body.byteLength),
    ...(response.contentType === undefined ? [] : ['Content-Type', response.contentType]),
    ...(incoming.headers.connection?.toLowerCase() === 'close' || incoming.httpVersion === '1.0' ? ['Connection', 'close'] : []),
  ];
  outgoing.shouldKeepAlive = true;
  outgoing.removeHeader('connection');
  outgoing.writeHead(response.status ?? 200, ...((response.reason === undefined ? [headers] : [response.reason, headers]) as [string[]]));
  outgoing.end(incoming.method === 'HEAD' ? undefined : body);
  await app.log?.(request, response);
}

function requestOf(incoming: IncomingMessage): AppRequest {
  const url = incoming.url ?? '/';
  const question = url.indexOf('?');
  return {
    method: incoming.method ?? 'GET',
    path: question < 0 ? url : url.slice(0, question),
    query: new URLSearchParams(question < 0 ? '' : url.slice(question + 1)),
    url,
    httpVersion: incoming.httpVersion,
    headers: incoming.headers,
    rawHeaders: incoming.rawHeaders,
    client: { address: incoming.socket.remoteAddress ?? '', port: incoming.socket.remotePort ?? 0 },
    host: incoming.headers.host ?? '',
    async body() {
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of incoming as AsyncIterable<Buffer>) {
        size += chunk.byteLength;
        if (size > MAX_BODY_BYTES) {
          break;
        }
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    },
  };
}

/** Headers as Go's servers see them: canonical spelling, sorted, repeated ones apart. */
export function canonicalHeaders(request: AppRequest): [string, string][] {
  const headers: [string, string][] = [];
  for (let at = 0; at + 1 < request.rawHeaders.length; at += 2) {
    const name = (request.rawHeaders[at] ?? '').toLowerCase().replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
    if (name !== 'Host') {
      headers.push([name, request.rawHeaders[at + 1] ?? '']);
    }
  }
  return headers.sort(([left], [right]) => (left < right ? -1 : 1));
}
