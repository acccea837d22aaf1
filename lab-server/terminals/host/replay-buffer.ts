// The output of one terminal that is kept for readers who come (back) later, addressed by sequence and bounded in size.
import type { Sequence } from '../terminal.ts';

/** Bytes are copied into blocks of this size, so that a million one-byte outputs cost no more memory than one big one. */
const BLOCK_BYTES = 64 * 1024;

/** Keeps the newest `capacity` bytes (rounded up to whole blocks). Blocks are allocated as output comes. */
export class ReplayBuffer {
  readonly #capacity: number;
  #blocks: Buffer[] = [];
  /** Sequence of the first byte of the first block. Always a multiple of the block size. */
  #start: Sequence = 0;
  #end: Sequence = 0;

  constructor(capacity: number) {
    this.#capacity = Math.max(BLOCK_BYTES, capacity);
  }

  /** Sequence of the oldest byte that is kept. */
  get start(): Sequence {
    return this.#start;
  }

  /** Sequence that the next byte will get. */
  get end(): Sequence {
    return this.#end;
  }

  append(data: Uint8Array): void {
    for (let taken = 0; taken < data.length;) {
      const used = this.#end % BLOCK_BYTES;
      if (used === 0) {
        this.#addBlock();
      }
      const block = this.#blocks.at(-1) as Buffer;
      const size = Math.min(BLOCK_BYTES - used, data.length - taken);
      block.set(data.subarray(taken, taken + size), used);
      this.#end += size;
      taken += size;
    }
  }

  /**
   * Bytes from `sequence` on, at most `limit`, as a view; empty at the end. The view stays true: written bytes never change.
   * `sequence` must lie between `start` and `end`.
   */
  read(sequence: Sequence, limit: number): Buffer {
    const offset = sequence - this.#start;
    const block = this.#blocks[Math.floor(offset / BLOCK_BYTES)];
    if (!block) {
      return Buffer.alloc(0);
    }
    const from = offset % BLOCK_BYTES;
    return block.subarray(from, Math.min(BLOCK_BYTES, from + limit, from + this.#end - sequence));
  }

  #addBlock(): void {
    if ((this.#blocks.length + 1) * BLOCK_BYTES > this.#capacity + BLOCK_BYTES) {
      this.#blocks.shift();
      this.#start += BLOCK_BYTES;
    }
    this.#blocks.push(Buffer.allocUnsafeSlow(BLOCK_BYTES));
  }
}
