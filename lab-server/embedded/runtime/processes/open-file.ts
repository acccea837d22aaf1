// A file descriptor's target. Several descriptors and processes may share one; it closes when the last lets go.
import { DISCARD, NOTHING, type ByteSink, type ByteSource } from './byte-stream.ts';

/** What a terminal can tell the program that it is connected to. */
export interface TerminalInfo {
  size(): { cols: number; rows: number };
  /** Called when the size changes, until disposed. */
  onResize(listener: () => void): Disposable;
  /** Raw: keys come as they are typed; cooked: the terminal edits lines and echoes. */
  setRaw(raw: boolean): void;
}

export class OpenFile {
  readonly source: ByteSource;
  readonly sink: ByteSink;
  readonly terminal: TerminalInfo | undefined;
  #holders = 1;

  constructor(options: { source?: ByteSource; sink?: ByteSink; terminal?: TerminalInfo }) {
    this.source = options.source ?? NOTHING;
    this.sink = options.sink ?? DISCARD;
    this.terminal = options.terminal;
  }

  retain(): this {
    this.#holders += 1;
    return this;
  }

  release(): void {
    this.#holders -= 1;
    if (this.#holders === 0) {
      this.source.close();
      this.sink.close();
    }
  }
}
