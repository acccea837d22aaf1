// One HTTP request from a container: names resolved and connections made as its endpoint, TLS where the URL says so.
import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { connect as tlsConnect } from 'node:tls';
import type { Process } from '../../processes/process.ts';
import { resolveHost } from '../network/resolver.ts';

export class UnknownHost extends Error {
  readonly host: string;
  constructor(host: string) {
    super(`could not resolve ${host}`);
    this.host = host;
  }
}

/** A certificate that was not accepted. */
export class CertificateProblem extends Error {}

export interface HttpRequest {
  url: URL;
  /** Path and query exactly as to be sent, in place of the URL's normalised one. */
  target?: string;
  method: string;
  headers: readonly (readonly [string, string])[];
  body?: Uint8Array;
  /** Address to use instead of resolving the host. */
  address?: string;
  port?: number;
  /** Accepts any certificate. */
  insecure?: boolean;
  /** PEM of the authorities to trust, and of the client's certificate and key. */
  authorities?: string;
  certificate?: string;
  key?: string;
  signal: AbortSignal;
  onConnected?(connection: { address: string; port: number }): void;
}

/** Throws UnknownHost, CertificateProblem or a NetworkError. */
export async function sendRequest(process: Process, request: HttpRequest): Promise<IncomingMessage> {
  const host = request.url.hostname;
  const port = request.port ?? Number(request.url.port || (request.url.protocol === 'https:' ? 443 : 80));
  const addresses = request.address === undefined ? await resolveHost(process, host) : [request.address];
  if (addresses.length === 0) {
    throw new UnknownHost(host);
  }
  const connection = await connectToAny(process, addresses, port, request.signal);
  request.onConnected?.({ address: connection.address, port });
  const stream = request.url.protocol === 'https:' ? await secure(connection.stream, host, request) : connection.stream;
  return exchange(stream, request);
}

async function connectToAny(
  process: Process,
  addresses: readonly string[],
  port: number,
  signal: AbortSignal,
): Promise<{ stream: Duplex; address: string }> {
  let failure: unknown;
  for (const address of addresses) {
    try {
      return { stream: await process.machine.endpoint.connect(address, port, signal), address };
    } catch (error) {
      signal.throwIfAborted();
      failure = error;
    }
  }
  throw failure;
}

function secure(socket: Duplex, host: string, request: HttpRequest): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const stream = tlsConnect({
      socket,
      servername: /^[\d.:]+$/.test(host) ? undefined : host,
      host,
      rejectUnauthorized: false,
      ca: request.authorities,
      cert: request.certificate,
      key: request.key,
    });
    stream.once('secureConnect', () => {
      // The check is made here, so that its failure has a type of its own.
      if (!request.insecure && !stream.authorized) {
        stream.destroy();
        reject(new CertificateProblem(String(stream.authorizationError)));
        return;
      }
      resolve(stream);
    });
    stream.once('error', reject);
    request.signal.addEventListener('abort', () => stream.destroy(), { once: true });
  });
}

function exchange(stream: Duplex, request: HttpRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({
      method: request.method,
      path: request.target ?? `${request.url.pathname}${request.url.search}`,
      createConnection: () => stream,
      setHost: false,
      signal: request.signal,
    });
    // Clients such as curl send no Connection header of their own.
    outgoing.removeHeader('connection');
    for (const [name, value] of request.headers) {
      outgoing.appendHeader(name, value);
    }
    outgoing.on('response', resolve);
    outgoing.on('error', reject);
    outgoing.end(request.body);
  });
}
