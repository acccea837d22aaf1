// One terminal of the lab as this page has received it: which byte comes next, what was handled, what the server may forget.
// Pure book-keeping; bytes go to a sink, messages to a sender.
import { ACK_EVERY } from '../../lab-server/protocol/stream.ts';
import type { ClientMessage } from '../../lab-server/protocol/stream.ts';

export interface TerminalSink {
  /** Shows the bytes, and calls `handled` when they are on the screen. */
  write(data: Uint8Array, handled: () => void): void;
  /** Says that output between the last byte shown and the next is no longer kept. */
  gap(): void;
  /** While output is replayed, answers that it asks of the terminal (its size, its kind) were given long ago: do not give them again. */
  replaying(on: boolean): void;
}

export class RemoteTerminal {
  readonly id: string;
  /** Its number on the present connection; undefined while detached. */
  number: number | undefined;
  exitCode: number | undefined;
  #next = 0;
  #acknowledged = 0;
  #replayEnd = 0;
  /** Every byte below is on the screen. */
  #shown = 0;
  readonly #sink: TerminalSink;
  readonly #send: (message: ClientMessage) => void;

  constructor(id: string, sink: TerminalSink, send: (message: ClientMessage) => void) {
    this.id = id;
    this.#sink = sink;
    this.#send = send;
  }

  /** The sequence from which to replay after a disconnect. */
  get since(): number {
    return this.#next;
  }

  /**
   * `from`: the sequence from which the server sends, which may lie before what was shown by now. `end`: the sequence at which the replay ends
   * and live output begins.
   */
  attached(number: number, from: number, end: number): void {
    this.number = number;
    this.#acknowledged = from;
    this.#replayEnd = end;
    this.#sink.replaying(this.#next < end);
  }

  detached(): void {
    this.number = undefined;
  }

  /** Takes output in, once: bytes that were already shown are dropped, missing ones are said to be missing. */
  output(sequence: number, data: Uint8Array): void {
    if (sequence > this.#next) {
      this.#sink.gap();
    }
    const seen = Math.max(0, this.#next - sequence);
    const end = sequence + data.length;
    if (seen >= data.length) {
      // The server waits for these to be acknowledged, too: as far as they are on the screen.
      this.#acknowledge(Math.min(end, this.#shown));
      return;
    }
    this.#next = end;
    this.#sink.write(seen > 0 ? data.subarray(seen) : data, () => this.#handled(end));
  }

  #handled(sequence: number): void {
    this.#shown = Math.max(this.#shown, sequence);
    if (sequence >= this.#replayEnd) {
      this.#sink.replaying(false);
    }
    this.#acknowledge(sequence);
  }

  #acknowledge(sequence: number): void {
    if (this.number !== undefined && sequence - this.#acknowledged >= ACK_EVERY) {
      this.#acknowledged = sequence;
      this.#send({ type: 'terminal.ack', terminal: this.number, sequence });
    }
  }
}
