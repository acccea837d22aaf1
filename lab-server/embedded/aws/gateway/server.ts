// The endpoint's listeners: HTTP, and HTTPS with the endpoint's own certificate. Bodies are bounded; everything else is the gateway's.
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { WireRequest, WireAnswer } from './protocols/protocol.ts';

/** CloudFormation templates are the largest bodies: 1 MiB by AWS's limit on a template in a request is below this. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

export interface Listener extends AsyncDisposable {
  port: number;
  server: Server;
}

export interface ListenOptions {
  host: string;
  port: number;
  tls?: { key: string; cert: string };
  answer(request: WireRequest, sourceAddress: string): Promise<WireAnswer>;
}

/** Starts listening; `port` 0 picks a free one. Rejects when the port cannot be had. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => void serve(request, response, options);
  const server = options.tls ? createHttpsServer(options.tls, onRequest) : createHttpServer(onRequest);
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    server,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function serve(request: IncomingMessage, response: ServerResponse, options: ListenOptions): Promise<void> {
  try {
    const body = await readBody(request);
    if (!body) {
      response
        .writeHead(413, { 'content-type': 'text/plain', connection: 'close' })
        .end('RequestEntityTooLarge: a request body has at most 4 MiB here.\n');
      return;
    }
    const url = new URL(request.url ?? '/', 'http://endpoint');
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]),
    );
    const answer = await options.answer(
      { method: request.method ?? 'GET', path: url.pathname, query: url.searchParams, headers, body },
      request.socket.remoteAddress ?? '',
    );
    response.writeHead(answer.status, { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) }).end(answer.body);
  } catch {
    // The URL cannot be read, or the connection is gone: there is nobody or nothing sensible to answer.
    if (!response.headersSent) {
      response.writeHead(400, { 'content-type': 'text/plain' }).end('The request cannot be read.\n');
    }
  }
}

/** Undefined when the body is larger than allowed. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) {
      return undefined;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
