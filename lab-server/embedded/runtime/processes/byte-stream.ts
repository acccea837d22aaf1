// How processes read and write: byte sources and sinks, and the pipe that joins two of them with back-pressure.

/** Where a process reads from. Several processes may hold one; whoever reads takes the bytes. */
export interface ByteSource {
  /** The next bytes, or undefined at the end. Rejects when `signal` aborts; no bytes are lost then. */
  read(signal?: AbortSignal): Promise<Uint8Array | undefined>;
  /** Gives back bytes that were read but not wanted (a line reader takes whole chunks). */
  unread(chunk: Uint8Array): void;
  close(): void;
}

/** Where a process writes to. */
export interface ByteSink {
  /** Resolves when there is room for more. Throws BrokenPipe when nobody reads any longer. */
  write(chunk: Uint8Array): Promise<void>;
  close(): void;
}

/** A write to a pipe without a reader: the process gets SIGPIPE. */
export class BrokenPipe extends Error {
  constructor() {
    super('Broken pipe');
    this.name = 'BrokenPipe';
  }
}

/** Linux's pipe buffer. */
const PIPE_BYTES = 64 * 1024;

export class Pipe implements ByteSource, ByteSink {
  readonly #chunks: Uint8Array[] = [];
  #buffered = 0;
  #writeClosed = false;
  #readClosed = false;
  readonly #readers = new Set<() => void>();
  readonly #writers = new Set<() => void>();

  /** The two ends as separate things, since a process holds only one of them. */
  get reader(): ByteSource {
    return { read: (signal) => this.read(signal), unread: (chunk) => this.unread(chunk), close: () => this.closeReading() };
  }

  get writer(): ByteSink {
    return { write: (chunk) => this.write(chunk), close: () => this.close() };
  }

  async read(signal?: AbortSignal): Promise<Uint8Array | undefined> {
    for (;;) {
      signal?.throwIfAborted();
      const chunk = this.#chunks.shift();
      if (chunk) {
        this.#buffered -= chunk.byteLength;
        wakeAll(this.#writers);
        return chunk;
      }
      if (this.#writeClosed || this.#readClosed) {
        return undefined;
      }
      await waitIn(this.#readers, signal);
    }
  }

  unread(chunk: Uint8Array): void {
    if (chunk.byteLength > 0) {
      this.#chunks.unshift(chunk);
      this.#buffered += chunk.byteLength;
      wakeAll(this.#readers);
    }
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#readClosed || this.#writeClosed) {
      throw new BrokenPipe();
    }
    if (chunk.byteLength === 0) {
      return;
    }
    this.#chunks.push(chunk);
    this.#buffered += chunk.byteLength;
    wakeAll(this.#readers);
    while (this.#buffered > PIPE_BYTES && !this.#readClosed && !this.#writeClosed) {
      await waitIn(this.#writers);
    }
  }

  /** Ends the writing side: the reader gets what is buffered, then the end. */
  close(): void {
    this.#writeClosed = true;
    wakeAll(this.#readers);
    wakeAll(this.#writers);
  }

  closeReading(): void {
    this.#readClosed = true;
    this.#chunks.length = 0;
    this.#buffered = 0;
    wakeAll(this.#readers);
    wakeAll(this.#writers);
  }
}

function wakeAll(waiting: Set<() => void>): void {
  for (const wake of waiting) {
    wake();
  }
}

function waitIn(waiting: Set<() => void>, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      waiting.delete(finish);
      signal?.removeEventListener('abort', abandon);
      resolve();
    };
    const abandon = (): void => {
      waiting.delete(finish);
      reject(signal?.reason as Error);
    };
    waiting.add(finish);
    signal?.addEventListener('abort', abandon, { once: true });
  });
}

/** A source of bytes that are all there from the start. */
export function sourceOf(bytes: Uint8Array): ByteSource {
  const chunks = bytes.byteLength > 0 ? [bytes] : [];
  return {
    read: async () => chunks.shift(),
    unread: (chunk) => void (chunk.byteLength > 0 && chunks.unshift(chunk)),
    close: () => void (chunks.length = 0),
  };
}

/** `/dev/null`, and the stdin of a process that has none. */
export const NOTHING: ByteSource = { read: async () => undefined, unread: () => undefined, close: () => undefined };

export const DISCARD: ByteSink = { write: async () => undefined, close: () => undefined };

/** Everything a source gives, up to `limit` bytes; what lies beyond is left unread. */
export async function readAll(source: ByteSource, signal: AbortSignal, limit = Infinity): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  while (size < limit) {
    const chunk = await source.read(signal);
    if (!chunk) {
      break;
    }
    chunks.push(chunk);
    size += chunk.byteLength;
  }
  return Buffer.concat(chunks, size);
}
