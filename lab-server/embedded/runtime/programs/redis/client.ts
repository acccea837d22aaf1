// A client of Redis inside the simulated network: one command, one reply.
import type { Duplex } from 'node:stream';
import { array, encode, RespReader, type Reply } from './resp.ts';

export class RedisClient {
  readonly #connection: Duplex;
  readonly #reader = new RespReader();
  readonly #chunks: AsyncIterator<Buffer>;

  constructor(connection: Duplex) {
    this.#connection = connection;
    this.#chunks = (connection as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  }

  async send(words: readonly string[]): Promise<Reply | undefined> {
    this.#connection.write(Buffer.from(encode(array(words.map((word) => Buffer.from(word).toString('latin1')))), 'latin1'));
    return this.receive();
  }

  async receive(): Promise<Reply | undefined> {
    for (let reply = this.#reader.next(); ; reply = this.#reader.next()) {
      if (reply) {
        return reply;
      }
      const chunk = await this.#chunks.next().catch(() => ({ done: true, value: undefined }) as const);
      if (chunk.done) {
        return undefined;
      }
      this.#reader.push(chunk.value.toString('latin1'));
    }
  }

  close(): void {
    this.#connection.destroy();
  }
}
