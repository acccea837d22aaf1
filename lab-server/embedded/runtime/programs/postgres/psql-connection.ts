// psql's side of a connection: start-up, password, and messages one by one.
import type { Duplex } from 'node:stream';
import { isNetworkError } from '../../network/network-error.ts';
import type { Process } from '../../processes/process.ts';
import { resolveHost } from '../network/resolver.ts';
import { cstring, FieldReader, int32, message, MessageReader, type Message } from './protocol.ts';

const PROTOCOL_VERSION = 196_608;

export class ConnectionFailed extends Error {}

export class PsqlClient {
  readonly #connection: Duplex;
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #reader = new MessageReader('client');

  constructor(connection: Duplex) {
    this.#connection = connection;
    this.#chunks = (connection as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  }

  send(...messages: readonly Buffer[]): void {
    this.#connection.write(Buffer.concat(messages));
  }

  async receive(): Promise<Message> {
    for (let next = this.#reader.next(); ; next = this.#reader.next()) {
      if (next) {
        return next;
      }
      const chunk = await this.#chunks.next().catch(() => ({ done: true, value: undefined }) as const);
      if (chunk.done) {
        throw new ConnectionFailed('server closed the connection unexpectedly');
      }
      this.#reader.push(chunk.value);
    }
  }

  close(): void {
    this.send(message('X'));
    this.#connection.end();
  }
}

export async function connect(
  process: Process,
  target: { host: string | undefined; port: number; user: string; database: string; password: string | undefined },
): Promise<PsqlClient> {
  const { host, port } = target;
  const place = host === undefined || host.startsWith('/') ? `socket "/var/run/postgresql/.s.PGSQL.${port}"` : undefined;
  const [address] = place === undefined ? await resolveHost(process, host ?? '') : ['127.0.0.1'];
  if (address === undefined) {
    throw new ConnectionFailed(`could not translate host name "${host ?? ''}" to address: Name or service not known`);
  }
  const where = place ?? `at "${host ?? ''}" (${address}), port ${port}`;
  let connection: Duplex;
  try {
    connection = await process.machine.endpoint.connect(address, port, process.signal);
  } catch (error) {
    process.signal.throwIfAborted();
    const reason =
      place !== undefined
        ? 'No such file or directory'
        : isNetworkError(error, 'ECONNREFUSED')
          ? 'Connection refused'
          : isNetworkError(error, 'EHOSTUNREACH')
            ? 'No route to host'
            : 'Connection timed out';
    throw new ConnectionFailed(
      `connection to server ${place === undefined ? where : `on ${where}`} failed: ${reason}\n\tIs the server running ${place === undefined ? 'on that host and accepting TCP/IP connections' : 'locally and accepting connections on that socket'}?`,
    );
  }
  process.signal.addEventListener('abort', () => connection.destroy(), { once: true });
  const client = new PsqlClient(connection);
  client.send(
    message(
      '',
      int32(PROTOCOL_VERSION),
      cstring('user'),
      cstring(target.user),
      cstring('database'),
      cstring(target.database),
      Buffer.from([0]),
    ),
  );
  for (;;) {
    const { type, body } = await client.receive();
    if (type === 'R' && body.readInt32BE() === 3) {
      if (target.password === undefined) {
        throw new ConnectionFailed(`connection to server ${where} failed: fe_sendauth: no password supplied`);
      }
      client.send(message('p', cstring(target.password)));
    } else if (type === 'E') {
      throw new ConnectionFailed(`connection to server ${place === undefined ? where : `on ${where}`} failed: FATAL:  ${errorText(body)}`);
    } else if (type === 'Z') {
      return client;
    }
  }
}

export function errorText(body: Buffer): string {
  const fields = new FieldReader(body);
  for (;;) {
    const code = fields.bytes(1).toString('latin1');
    if (code === '\0' || code === '') {
      return '';
    }
    const text = fields.string();
    if (code === 'M') {
      return text;
    }
  }
}
