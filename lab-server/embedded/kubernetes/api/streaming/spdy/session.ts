// One SPDY connection, server side: the streams that the client opens, each a Duplex. No flow control windows: kubectl's client has none.
import { Duplex } from 'node:stream';
import { dataFrame, type Frame, FrameReader, pingFrame, rstStreamFrame, SpdyError, synReplyFrame } from './frames.ts';
import { HeaderDecoder, HeaderEncoder, type Headers } from './header-block.ts';

/** More streams at once than this are refused: each takes memory. */
const MAX_STREAMS = 1_000;
const REFUSED_STREAM = 3;
const CANCEL = 5;

export interface SpdyStream {
  id: number;
  headers: Headers;
  /** Reads what the client sends, writes to it. */
  duplex: Duplex;
}

/** Carries the bytes of a SPDY connection: a socket, or a WebSocket's messages. */
export interface Transport {
  /** Calls `done` when more may be sent. */
  send: (bytes: Buffer, done: (error?: Error | null) => void) => void;
  onBytes: (listener: (bytes: Buffer) => void) => void;
  onClose: (listener: () => void) => void;
  pause: () => void;
  resume: () => void;
  close: () => void;
}

export class SpdySession {
  readonly #transport: Transport;
  readonly #onStream: (stream: SpdyStream) => void;
  readonly #reader = new FrameReader();
  readonly #decoder = new HeaderDecoder();
  readonly #encoder = new HeaderEncoder();
  readonly #streams = new Map<number, SessionStream>();
  readonly #closed = new AbortController();
  /** Frames are handled one after the other: header blocks depend on those before them. */
  #work: Promise<void> = Promise.resolve();

  constructor(transport: Transport, onStream: (stream: SpdyStream) => void) {
    this.#transport = transport;
    this.#onStream = onStream;
    transport.onBytes((bytes) => this.#receive(bytes));
    transport.onClose(() => this.close());
  }

  /** Aborts when the connection ends. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  close(): void {
    if (this.#closed.signal.aborted) {
      return;
    }
    this.#closed.abort(new Error('the connection was closed'));
    for (const stream of this.#streams.values()) {
      stream.destroy();
    }
    this.#streams.clear();
    this.#decoder[Symbol.dispose]();
    this.#encoder[Symbol.dispose]();
    this.#transport.close();
  }

  #send(frame: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#transport.send(frame, (error) => (error ? reject(error) : resolve()));
    });
  }

  #receive(bytes: Buffer): void {
    let frames: Frame[];
    try {
      frames = this.#reader.push(bytes);
    } catch {
      this.close();
      return;
    }
    for (const frame of frames) {
      this.#work = this.#work.then(() => this.#handle(frame)).catch(() => this.close());
    }
  }

  async #handle(frame: Frame): Promise<void> {
    if (this.#closed.signal.aborted) {
      return;
    }
    switch (frame.type) {
      case 'synStream':
        await this.#open(frame);
        return;
      case 'data': {
        const stream = this.#streams.get(frame.stream);
        if (stream && frame.data.length > 0 && !stream.push(Buffer.from(frame.data))) {
          this.#transport.pause();
        }
        if (stream && frame.fin) {
          stream.push(null);
        }
        return;
      }
      case 'headers':
        // Decompressed though nobody reads it: later blocks build on it.
        await this.#decoder.decode(frame.headers);
        return;
      case 'rstStream':
        this.#streams.get(frame.stream)?.destroy();
        return;
      case 'ping':
        // Odd numbers are the client's own pings; an even one answers ours, and we send none.
        if (frame.id % 2 === 1) {
          await this.#send(pingFrame(frame.id));
        }
        return;
      case 'goAway':
      case 'synReply':
      case 'other':
        return;
    }
  }

  async #open(frame: { stream: number; fin: boolean; headers: Buffer }): Promise<void> {
    const headers = await this.#decoder.decode(frame.headers);
    if (this.#streams.has(frame.stream)) {
      throw new SpdyError(`stream ${frame.stream} was opened twice`);
    }
    if (this.#streams.size >= MAX_STREAMS) {
      await this.#send(rstStreamFrame(frame.stream, REFUSED_STREAM));
      return;
    }
    const stream = new SessionStream(frame.stream, this.#transport);
    this.#streams.set(frame.stream, stream);
    stream.once('close', () => {
      this.#streams.delete(frame.stream);
      if (!stream.finishedCleanly && !this.#closed.signal.aborted) {
        this.#send(rstStreamFrame(frame.stream, CANCEL)).catch(() => this.close());
      }
    });
    await this.#send(synReplyFrame(frame.stream, await this.#encoder.encode({})));
    this.#onStream({ id: frame.stream, headers, duplex: stream });
    if (frame.fin) {
      stream.push(null);
    }
  }
}

class SessionStream extends Duplex {
  readonly #id: number;
  readonly #transport: Transport;
  finishedCleanly = false;

  constructor(id: number, transport: Transport) {
    super({ allowHalfOpen: true, emitClose: true });
    this.#id = id;
    this.#transport = transport;
    // A reset by the client is no error of ours.
    this.on('error', () => undefined);
  }

  override _read(): void {
    this.#transport.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#transport.send(dataFrame(this.#id, chunk, false), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.finishedCleanly = true;
    this.#transport.send(dataFrame(this.#id, Buffer.alloc(0), true), done);
  }
}
