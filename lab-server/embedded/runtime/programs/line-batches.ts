// Groups what a byte source gives into whole lines, as many as are there at once.
import type { ByteSource } from '../processes/byte-stream.ts';

const NEWLINE = 10;

export class LineBatches implements AsyncIterable<Uint8Array> {
  readonly #source: ByteSource;
  readonly #signal: AbortSignal;

  constructor(source: ByteSource, signal: AbortSignal) {
    this.#source = source;
    this.#signal = signal;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    let partial: Uint8Array = new Uint8Array(0);
    for (;;) {
      const chunk = await this.#source.read(this.#signal);
      if (!chunk) {
        if (partial.byteLength > 0) {
          yield partial;
        }
        return;
      }
      const bytes = partial.byteLength > 0 ? Buffer.concat([partial, chunk]) : chunk;
      const end = bytes.lastIndexOf(NEWLINE) + 1;
      partial = bytes.subarray(end);
      if (end > 0) {
        yield bytes.subarray(0, end);
      }
    }
  }
}
