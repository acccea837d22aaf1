// A node with a scripted container behind an HTTP server that serves nothing but the streaming subresources, for raw clients.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket } from 'ws';
import { handleUpgrade, type StreamingSubresource } from '../../../lab-server/embedded/kubernetes/api/streaming/index.ts';
import { aContainer, TestNode } from '../../unit/kubernetes/kubelet/a-node.ts';
import type { Script } from '../../unit/kubernetes/kubelet/scripted-runtime.ts';

export class StreamingStand implements AsyncDisposable {
  readonly node = new TestNode();
  readonly #server: Server;
  readonly #sockets = new Set<WebSocket>();

  private constructor() {
    const host = {
      client: this.node.client,
      clock: this.node.clock,
      kubelet: () => this.node.kubelet,
      report: (error: unknown) => this.node.errors.push(error),
    };
    this.#server = createServer();
    this.#server.on('upgrade', (request, socket, head) => {
      const url = new URL(request.url ?? '/', 'http://stand');
      const [, pod = '', subresource = ''] = url.pathname.split('/');
      const target = { namespace: 'default', pod, query: url.searchParams };
      handleUpgrade(host, { request, socket, head, subresource: subresource as StreamingSubresource, target });
    });
  }

  /** With one pod `web` that runs a container by this script. */
  static async open(script: Script): Promise<StreamingStand> {
    const stand = new StreamingStand();
    stand.node.runtime.scripts.set('web', [script]);
    stand.node.run('web', { containers: [aContainer()] });
    await stand.node.phase('web', 'Running');
    await new Promise<void>((resolve) => stand.#server.listen(0, '127.0.0.1', resolve));
    return stand;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connects; messages are kept from the first one on. */
  connect(path: string, protocols: string[]): Connection {
    const socket = new WebSocket(`ws://127.0.0.1:${this.port}${path}`, protocols);
    this.#sockets.add(socket);
    return new Connection(socket);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) {
      socket.terminate();
    }
    this.node[Symbol.dispose]();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

export class Connection {
  readonly socket: WebSocket;
  readonly messages: Buffer[] = [];
  readonly closed: Promise<number>;
  /** Status code and body of a refusal. */
  readonly refused: Promise<{ code: number; body: string }>;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer) => this.messages.push(data));
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    this.refused = new Promise((resolve) => {
      socket.once('unexpected-response', (_request, response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.once('end', () => resolve({ code: response.statusCode ?? 0, body }));
      });
      socket.on('error', () => undefined);
    });
  }

  async opened(): Promise<void> {
    if (this.socket.readyState !== WebSocket.OPEN) {
      await new Promise((resolve) => this.socket.once('open', resolve));
    }
  }

  send(channel: number, payload: string | Uint8Array): void {
    this.socket.send(Buffer.concat([Buffer.from([channel]), Buffer.from(payload)]));
  }

  /** What came over a channel, put together. */
  channel(number: number): string {
    return Buffer.concat(this.messages.filter((message) => message[0] === number).map((message) => message.subarray(1))).toString();
  }
}
