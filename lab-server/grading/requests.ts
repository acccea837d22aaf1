// HTTP requests made from inside the lab's network, as a curl in the learner's terminal would make them.
import { request } from 'node:http';
import { isIPv4 } from 'node:net';
import type { Duplex } from 'node:stream';
import { messageOf } from '../base/index.ts';

/** What a check sees of an answer. Without one, `status` is 0 and `error` says why in curl's words. */
export interface Answer {
  status: number;
  body: string;
  headers: Record<string, string>;
  /** The body where it is JSON, else null. */
  json: unknown;
  error: string;
}

/** The lab's network as requests need it. */
export interface RequestNetwork {
  connect(address: string, port: number): Promise<Duplex>;
  /** Addresses of host names that the lab knows. */
  hosts: Readonly<Record<string, string>>;
  /** Addresses of names that come and go, such as those of load balancers. */
  resolve?(name: string): Promise<string | undefined>;
}

/** An address that stays silent for this long is reported as curl would report it after minutes: a security group drops without a word. */
const CONNECT_TIMEOUT_MS = 3000;

const SILENCE = Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' });

/** Bytes of a body that are read; checks look at texts, not downloads. */
const MAX_BODY = 64 * 1024;

/** Makes a GET. Never rejects but on abort: a refused connection is an observation. */
export async function ask(network: RequestNetwork, url: string, host: string | undefined, signal: AbortSignal): Promise<Answer> {
  const target = URL.parse(url);
  if (target?.protocol !== 'http:') {
    return unanswered(`${url} is not an http address`);
  }
  const address = isIPv4(target.hostname)
    ? target.hostname
    : (network.hosts[target.hostname] ?? (await network.resolve?.(target.hostname)));
  const port = target.port === '' ? 80 : Number(target.port);
  if (address === undefined) {
    return unanswered(`Could not resolve host: ${target.hostname}`);
  }
  let connection: Duplex;
  const tooLong = AbortSignal.timeout(CONNECT_TIMEOUT_MS);
  try {
    connection = await withSignal(network.connect(address, port), AbortSignal.any([signal, tooLong]));
  } catch (error) {
    signal.throwIfAborted();
    return unanswered(describeRefusal(tooLong.aborted ? SILENCE : error, address, port));
  }
  try {
    return await exchange(connection, target, host, signal);
  } catch (error) {
    signal.throwIfAborted();
    return unanswered(`The connection to ${address} port ${port} ended without an answer (${messageOf(error)})`);
  } finally {
    connection.destroy();
  }
}

function exchange(connection: Duplex, target: URL, host: string | undefined, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request({
      path: target.pathname + target.search,
      headers: { host: host ?? target.host, 'user-agent': 'dockside-check', accept: '*/*', connection: 'close' },
      createConnection: () => connection,
      signal,
    });
    call.on('error', reject);
    call.on('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const finish = (): void => {
        const body = Buffer.concat(chunks).toString('utf8').slice(0, MAX_BODY);
        const headers = Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)]));
        resolve({ status: response.statusCode ?? 0, body, headers, json: parseJson(body), error: '' });
      };
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size >= MAX_BODY) {
          finish();
          response.destroy();
        }
      });
      response.on('end', finish);
      response.on('error', reject);
    });
    call.end();
  });
}

function unanswered(error: string): Answer {
  return { status: 0, body: '', headers: {}, json: null, error };
}

function describeRefusal(error: unknown, address: string, port: number): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reason =
    code === 'ECONNREFUSED'
      ? 'Connection refused'
      : code === 'ETIMEDOUT'
        ? 'Connection timed out'
        : code === 'EHOSTUNREACH'
          ? 'No route to host'
          : messageOf(error);
  return `Failed to connect to ${address} port ${port}: ${reason}`;
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return null;
  }
}

/** A connection that arrives after the abort is closed. */
function withSignal(connecting: Promise<Duplex>, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    connecting.then(
      (connection) => {
        signal.removeEventListener('abort', onAbort);
        if (signal.aborted) {
          connection.destroy();
        }
        resolve(connection);
      },
      (error: unknown) => {
        signal.removeEventListener('abort', onAbort);
        reject(error as Error);
      },
    );
  });
}
