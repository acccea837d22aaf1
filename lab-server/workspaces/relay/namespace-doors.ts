// Doors into a network namespace of this machine: sockets that a short-lived process binds in there and hands over.
import type { Duplex } from 'node:stream';
import { Binder } from './binder-process.ts';
import type { Door, Doors } from './doors.ts';

export class NamespaceDoors implements Doors {
  readonly #binder: Binder;

  /** `enter` is the command prefix that runs a program in the namespace. */
  constructor(enter: readonly string[]) {
    this.#binder = new Binder(enter);
  }

  async listen(address: string, port: number, events: { connection(connection: Duplex): void; error(error: Error): void }): Promise<Door> {
    const server = await this.#binder.bindTcp(address, port);
    server.on('connection', (socket) => {
      socket.setNoDelay(true);
      events.connection(socket);
    });
    server.on('error', (error) => events.error(error));
    return { close: () => void server.close() };
  }

  async serveNames(address: string, port: number, answer: (message: Buffer) => Promise<Buffer | undefined>): Promise<Door> {
    const socket = await this.#binder.bindUdp(address, port);
    let isClosed = false;
    socket.on('message', (message, from) => {
      void answer(message).then((reply) => {
        if (reply && !isClosed) {
          socket.send(reply, from.port, from.address, () => undefined);
        }
      });
    });
    socket.on('error', () => undefined);
    return {
      close() {
        if (!isClosed) {
          isClosed = true;
          socket.close();
        }
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#binder[Symbol.asyncDispose]();
  }
}
