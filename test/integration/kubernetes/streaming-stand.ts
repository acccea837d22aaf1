// A node with a scripted container behind an HTTP server that serves nothing but the streaming subresources, for raw clients.
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
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

/** A WebSocket by hand, for a subprotocol whose name the usual client refuses to ask for. */
export class RawTunnel {
  readonly #socket: Duplex;
  /** The status code of the server's close frame; undefined when there was none. */
  readonly closed: Promise<number | undefined>;
  readonly protocol: string | undefined;

  private constructor(socket: Duplex, protocol: string | undefined) {
    this.#socket = socket;
    this.protocol = protocol;
    let bytes = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => (bytes = Buffer.concat([bytes, chunk])));
    this.closed = new Promise((resolve) => {
      const look = (): void => {
        // Unmasked, final, close, with a payload that begins with the code.
        const at = bytes.indexOf(0x88);
        if (at >= 0 && bytes.length >= at + 4) {
          resolve(bytes.readUInt16BE(at + 2));
        }
      };
      socket.on('data', look);
      socket.once('close', () => resolve(undefined));
    });
  }

  static open(port: number, path: string, protocol: string): Promise<RawTunnel> {
    const headers = {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': Buffer.alloc(16).toString('base64'),
      'Sec-WebSocket-Protocol': protocol,
    };
    return new Promise((resolve, reject) => {
      const request = httpRequest({ host: '127.0.0.1', port, path, headers });
      request.once('upgrade', (response, socket) => resolve(new RawTunnel(socket, response.headers['sec-websocket-protocol'])));
      request.once('response', (response) => reject(new Error(`refused with ${response.statusCode}`)));
      request.once('error', reject);
      request.end();
    });
  }

  /** Sends one message of at most 125 bytes. */
  send(payload: Uint8Array, isBinary = true): void {
    // Clients mask; a mask of zeros leaves the payload as it is.
    this.#socket.write(Buffer.concat([Buffer.from([isBinary ? 0x82 : 0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload]));
  }

  destroy(): void {
    this.#socket.destroy();
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
