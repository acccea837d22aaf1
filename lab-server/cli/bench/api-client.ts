// The client of API measurements: few connections over TLS that are kept, and as little work of its own per request as can be.
import { once } from 'node:events';
import { connect as connectPlain, type Socket } from 'node:net';
import { connect } from 'node:tls';
import { DocksideError } from '../../base/index.ts';
import type { KubernetesEndpoint } from '../../sandboxes/kubernetes-state.ts';

export interface ApiAnswer {
  status: number;
  /** Length of the body, in bytes. */
  bytes: number;
}

/** One connection; one request at a time. */
export class ApiConnection implements Disposable {
  readonly #socket: Socket;
  readonly #headers: string;
  #head: Buffer = Buffer.alloc(0);
  /** Bytes of the body that are to come; undefined while the head is read. */
  #left: number | undefined;
  #answer: ApiAnswer = { status: 0, bytes: 0 };
  #settle: { resolve(answer: ApiAnswer): void; reject(error: Error): void } | undefined;

  private constructor(socket: Socket, headers: string) {
    this.#socket = socket;
    this.#headers = headers;
    socket.on('data', (data) => this.#receive(data));
    socket.on('close', () => this.#settle?.reject(new DocksideError('BENCH_FAILED', 'The API closed a connection while it was measured.')));
    socket.on('error', (error) => this.#settle?.reject(error));
  }

  static async open(endpoint: KubernetesEndpoint): Promise<ApiConnection> {
    const { headers, ...tls } = await endpoint.credentials();
    const { hostname, port } = new URL(endpoint.server);
    const socket = connect({ ...tls, host: hostname, port: Number(port) });
    socket.setNoDelay(true);
    await once(socket, 'secureConnect');
    const lines = Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${String(value)}\r\n`);
    return new ApiConnection(socket, `Host: ${hostname}\r\n${lines.join('')}`);
  }

  /** Over plain HTTP; every request brings its own headers, the host's name among them. */
  static async openPlain(url: string): Promise<ApiConnection> {
    const { hostname, port } = new URL(url);
    const socket = connectPlain({ host: hostname, port: Number(port) });
    socket.setNoDelay(true);
    await once(socket, 'connect');
    return new ApiConnection(socket, '');
  }

  /** `headers`: whole lines, for this request only. */
  call(method: string, path: string, body?: string, headers = 'Content-Type: application/json\r\n'): Promise<ApiAnswer> {
    const length = body === undefined ? '' : `${headers}Content-Length: ${Buffer.byteLength(body)}\r\n`;
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#socket.write(`${method} ${path} HTTP/1.1\r\n${this.#headers}${length}\r\n${body ?? ''}`);
    });
  }

  /** Calls `onEvent` with the name of every object that a watch tells of, from now on. The connection is good for nothing else then. */
  watch(path: string, onEvent: (name: string) => void): void {
    this.#socket.removeAllListeners('data');
    let rest = '';
    this.#socket.on('data', (data: Buffer) => {
      const lines = (rest + data.toString('latin1')).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const [, name] = /^\{"type":.*?"name":"([^"]*)"/.exec(line) ?? [];
        if (name !== undefined) {
          onEvent(name);
        }
      }
    });
    this.#socket.write(`GET ${path} HTTP/1.1\r\n${this.#headers}\r\n`);
  }

  [Symbol.dispose](): void {
    this.#settle = undefined;
    this.#socket.destroy();
  }

  #receive(data: Buffer): void {
    if (this.#left === undefined) {
      this.#head = this.#head.length === 0 ? data : Buffer.concat([this.#head, data]);
      const end = this.#head.indexOf('\r\n\r\n');
      if (end < 0) {
        return;
      }
      const head = this.#head.toString('latin1', 0, end);
      const bytes = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
      this.#answer = { status: Number(head.slice(9, 12)), bytes };
      this.#left = bytes - (this.#head.length - end - 4);
      this.#head = Buffer.alloc(0);
    } else {
      this.#left -= data.length;
    }
    if (this.#left <= 0) {
      this.#left = undefined;
      this.#settle?.resolve(this.#answer);
    }
  }
}

/** Requests per second of `count` requests over all connections. Throws where one of them is refused. */
export async function requestsPerSecond(
  connections: readonly ApiConnection[],
  count: number,
  requestOf: (index: number) => readonly [method: string, path: string, body?: string, headers?: string],
): Promise<number> {
  let next = 0;
  const startedAt = performance.now();
  await Promise.all(
    connections.map(async (connection) => {
      while (next < count) {
        const [method, path, body, headers] = requestOf(next++);
        const { status } = await connection.call(method, path, body, headers);
        if (status >= 300) {
          throw new DocksideError('BENCH_FAILED', `The API answered ${method} ${path} with ${status}.`);
        }
      }
    }),
  );
  return count / ((performance.now() - startedAt) / 1000);
}
