// The endpoint's listener: HTTP and HTTPS on one port, told apart by a connection's first byte. Bodies are bounded; everything else is the gateway's.
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { duplexPair, type Duplex } from 'node:stream';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Certificates } from './certificates.ts';
import type { WireRequest, WireAnswer } from './protocols/protocol.ts';

/** CloudFormation templates are the largest bodies: 1 MiB by AWS's limit on a template in a request is below this. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;
/** The first byte of a TLS record that begins a handshake. */
const TLS_HANDSHAKE = 0x16;
/** A connection that says nothing is let go; as long as Node's own HTTP server waits for headers. */
const SILENCE_MS = 60_000;

/** SDKs compress larger bodies of some operations (PutMetricData). Rejects for bodies beyond the limit once unpacked. */
const unzipped = promisify(gunzip) as (data: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

export interface Listener extends AsyncDisposable {
  port: number;
  /** A connection to the endpoint from inside the process; 443 speaks TLS, other ports do not. */
  connect(port: number): Duplex;
}

export interface ListenOptions {
  host: string;
  port: number;
  certificates: Certificates;
  /** What a client's address is for connections from inside the process. */
  insideAddress: string;
  answer(request: WireRequest, sourceAddress: string): Promise<WireAnswer>;
  /** Takes over a connection that asks for a WebSocket. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** Starts listening; `port` 0 picks a free one. Rejects when the port cannot be had. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const open = new Set<Duplex>();
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => void serve(request, response, options);
  const http = createHttpServer(onRequest);
  const https = createHttpsServer(
    {
      SNICallback: (name, done) => done(null, options.certificates.forName(name)),
      // For clients that name no host, such as those that connect to an address.
      key: options.certificates.byDefault.key,
      cert: options.certificates.byDefault.certificate,
    },
    onRequest,
  );
  http.keepAliveTimeout = 60_000;
  https.keepAliveTimeout = 60_000;
  http.on('upgrade', (request, socket, head) => options.upgrade(request, socket, head));
  https.on('upgrade', (request, socket, head) => options.upgrade(request, socket, head));
  https.on('tlsClientError', (_error, socket) => socket.destroy());
  const door = createServer({ pauseOnConnect: false }, (socket) => {
    adopt(socket, open);
    sort(socket, (isTls) => (isTls ? https : http).emit('connection', socket));
  });
  await new Promise<void>((resolve, reject) => {
    door.once('error', reject);
    door.listen(options.port, options.host, () => {
      door.off('error', reject);
      resolve();
    });
  });
  return {
    port: (door.address() as AddressInfo).port,
    connect(port) {
      const [client, server] = duplexPair();
      adopt(server, open);
      (port === 443 ? https : http).emit('connection', server);
      return client;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => door.close(() => resolve()));
      for (const connection of open) {
        connection.destroy();
      }
      // They listen nowhere themselves, but look after the time limits of their connections until they are closed.
      http.close();
      https.close();
      await closed;
    },
  };
}

function adopt(connection: Duplex, open: Set<Duplex>): void {
  open.add(connection);
  connection.on('error', () => connection.destroy());
  connection.once('close', () => open.delete(connection));
}

/** Looks at the first byte and leaves it in the stream. */
function sort(socket: Socket, decide: (isTls: boolean) => void): void {
  socket.setNoDelay(true);
  socket.setTimeout(SILENCE_MS, () => socket.destroy());
  socket.once('readable', function look() {
    const first = socket.read(1) as Buffer | null;
    if (first === null) {
      socket.destroy();
      return;
    }
    socket.unshift(first);
    socket.setTimeout(0);
    socket.removeAllListeners('timeout');
    decide(first[0] === TLS_HANDSHAKE);
  });
}

async function serve(request: IncomingMessage, response: ServerResponse, options: ListenOptions): Promise<void> {
  try {
    const sent = await readBody(request);
    const body = sent && request.headers['content-encoding'] === 'gzip' ? await unzipped(sent, { maxOutputLength: MAX_BODY_BYTES }) : sent;
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
      request.socket.remoteAddress ?? options.insideAddress,
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
