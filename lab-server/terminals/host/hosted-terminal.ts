// One terminal of the pty host: its process, the output that is kept, and the readers whose pace it follows.
import { HIGH_WATERMARK, LOW_WATERMARK } from '../../protocol/stream.ts';
import type { Clock } from '../../base/index.ts';
import type { ExitStatus, Sequence, TerminalSize } from '../terminal.ts';
import { PtyProcess, type PtyCommand } from './pty-process.ts';
import { ReplayBuffer } from './replay-buffer.ts';

/** Kept output of each terminal. */
export const REPLAY_BYTES = 2 * 1024 * 1024;
/** A reader that left comes back within this time in every ordinary case (reload, lost network); until then nothing it missed is dropped. */
export const RETURN_MS = 60_000;
/** A reader that handles nothing for this long while the terminal waits for it no longer holds the terminal up. */
export const STALL_MS = 20_000;
/** Output goes to a reader in pieces of at most this size. */
const PIECE_BYTES = 64 * 1024;
/** Left readers that are waited for at a time. */
const MAX_AWAITED = 16;

export interface ReaderSink {
  send(sequence: Sequence, data: Uint8Array): void;
}

interface Reader {
  sink: ReaderSink;
  /** Sequence of the next byte to send. */
  next: Sequence;
  /** Every byte below was handled. */
  acknowledged: Sequence;
  /** Too slow: it gets what is left when it acknowledges again, and does not hold up the terminal until then. */
  stalled: boolean;
}

export interface HostedTerminalOptions {
  id: string;
  /** Names what the terminal belongs to; the host only hands it back. */
  group: string;
  command: PtyCommand;
  size: TerminalSize;
  clock: Clock;
  onExit(status: ExitStatus): void;
}

export class HostedTerminal {
  readonly id: string;
  readonly group: string;
  #size: TerminalSize;
  #exit: ExitStatus | undefined;
  #paused = false;
  #stallTimer: Disposable | undefined;
  readonly #clock: Clock;
  readonly #process: PtyProcess;
  readonly #output = new ReplayBuffer(REPLAY_BYTES);
  readonly #readers = new Set<Reader>();
  /** Positions of readers that left a moment ago. */
  readonly #awaited = new Map<Sequence, Disposable>();

  constructor(options: HostedTerminalOptions) {
    this.id = options.id;
    this.group = options.group;
    this.#size = options.size;
    this.#clock = options.clock;
    this.#process = new PtyProcess(options.command, options.size, {
      output: (data) => this.#onOutput(data),
      exited: (status) => {
        this.#exit = status;
        this.#stopTimers();
        options.onExit(status);
      },
    });
  }

  get size(): TerminalSize {
    return this.#size;
  }

  get exit(): ExitStatus | undefined {
    return this.#exit;
  }

  get end(): Sequence {
    return this.#output.end;
  }

  get pid(): number {
    return this.#process.pid;
  }

  write(data: Uint8Array): boolean {
    return this.#process.write(data);
  }

  resize(size: TerminalSize): void {
    this.#size = size;
    this.#process.resize(size);
  }

  /** Shows a line of the server's among the output. */
  announce(text: string): void {
    this.#onOutput(Buffer.from(`\r\n\x1b[7m ${text} \x1b[0m\r\n`));
  }

  /** Hangs up: the shell and what it runs in the foreground end, as when a terminal window is closed. */
  hangUp(): void {
    this.#process.hangUp();
  }

  kill(): void {
    this.#process.kill();
  }

  /** A new reader from `since` on; what is older than the kept output is skipped. */
  attach(since: Sequence, sink: ReaderSink): { acknowledge(sequence: Sequence): void; detach(): void } {
    const next = Math.min(Math.max(since, this.#output.start), this.#output.end);
    const reader: Reader = { sink, next, acknowledged: next, stalled: false };
    this.#forgetAwaited(since);
    this.#readers.add(reader);
    this.#send(reader);
    this.#govern();
    return {
      acknowledge: (sequence) => this.#onAcknowledge(reader, sequence),
      detach: () => this.#onDetach(reader),
    };
  }

  #onOutput(data: Uint8Array): void {
    this.#output.append(data);
    for (const reader of this.#readers) {
      this.#send(reader);
    }
    this.#govern();
  }

  #send(reader: Reader): void {
    while (reader.next < this.#output.end && reader.next - reader.acknowledged < HIGH_WATERMARK) {
      const lost = this.#output.start - reader.next;
      if (lost > 0) {
        // What fell out of the buffer counts as neither sent nor owed.
        reader.next += lost;
        reader.acknowledged += lost;
      }
      const data = this.#output.read(reader.next, PIECE_BYTES);
      reader.sink.send(reader.next, data);
      reader.next += data.length;
    }
  }

  #onAcknowledge(reader: Reader, sequence: Sequence): void {
    if (!this.#readers.has(reader) || sequence <= reader.acknowledged) {
      return;
    }
    reader.acknowledged = Math.min(sequence, reader.next);
    reader.stalled = false;
    this.#stallTimer?.[Symbol.dispose]();
    this.#stallTimer = undefined;
    this.#send(reader);
    this.#govern();
  }

  #onDetach(reader: Reader): void {
    if (!this.#readers.delete(reader)) {
      return;
    }
    if (!this.#exit && this.#awaited.size < MAX_AWAITED && !this.#awaited.has(reader.acknowledged)) {
      const position = reader.acknowledged;
      const expiry = this.#clock.schedule(RETURN_MS, () => {
        this.#awaited.delete(position);
        this.#govern();
      });
      this.#awaited.set(position, expiry);
    }
    this.#govern();
  }

  /**
   * One of the readers that were waited for is back: the one whose position is the nearest at or below `since`; or, for a page that was loaded
   * again and remembers nothing, the one that left last.
   */
  #forgetAwaited(since: Sequence): void {
    const positions = [...this.#awaited.keys()];
    const before = positions.filter((position) => position <= since);
    const back = before.length > 0 ? Math.max(...before) : positions.at(-1);
    if (back !== undefined) {
      this.#awaited.get(back)?.[Symbol.dispose]();
      this.#awaited.delete(back);
    }
  }

  /** Pauses the process's output while a reader is too far behind, or while a reader that may come back would miss some. */
  #govern(): void {
    if (this.#exit) {
      return;
    }
    let behind = 0;
    for (const reader of this.#readers) {
      if (!reader.stalled) {
        behind = Math.max(behind, this.#output.end - reader.acknowledged);
      }
    }
    let missed = 0;
    for (const position of this.#awaited.keys()) {
      missed = Math.max(missed, this.#output.end - position);
    }
    const awaitedFull = missed > REPLAY_BYTES - 4 * PIECE_BYTES;
    if (!this.#paused && (behind > HIGH_WATERMARK || awaitedFull)) {
      this.#paused = true;
      this.#process.pause();
    } else if (this.#paused && behind < LOW_WATERMARK && !awaitedFull) {
      this.#paused = false;
      this.#process.resume();
    }
    if (this.#paused && behind > LOW_WATERMARK) {
      this.#stallTimer ??= this.#clock.schedule(STALL_MS, () => this.#onStall());
    } else {
      this.#stallTimer?.[Symbol.dispose]();
      this.#stallTimer = undefined;
    }
  }

  #onStall(): void {
    this.#stallTimer = undefined;
    for (const reader of this.#readers) {
      if (this.#output.end - reader.acknowledged >= LOW_WATERMARK) {
        reader.stalled = true;
      }
    }
    this.#govern();
  }

  #stopTimers(): void {
    this.#stallTimer?.[Symbol.dispose]();
    this.#stallTimer = undefined;
    for (const expiry of this.#awaited.values()) {
      expiry[Symbol.dispose]();
    }
    this.#awaited.clear();
  }
}
