// One terminal on one connection: sends its output as the browser acknowledges it, and what happens to it.
import { encodeOutput, MAX_MESSAGE_BYTES, type ServerMessage } from '../../protocol/stream.ts';
import type { Sequence, Terminal, TerminalAttachment, TerminalSize } from '../terminal.ts';

export interface TerminalSender {
  message(message: ServerMessage): void;
  frame(frame: Uint8Array): void;
}

const MAX_DATA_BYTES = MAX_MESSAGE_BYTES - 64;

export class AttachedTerminal implements Disposable {
  readonly terminal: Terminal;
  readonly #number: number;
  readonly #sender: TerminalSender;
  readonly #attachment: TerminalAttachment;
  readonly #subscriptions: Disposable[];
  #isDisposed = false;

  constructor(terminal: Terminal, number: number, since: Sequence, sender: TerminalSender) {
    this.terminal = terminal;
    this.#number = number;
    this.#sender = sender;
    this.#attachment = terminal.attach(since);
    this.#subscriptions = [
      terminal.onResized(({ cols, rows }) => sender.message({ type: 'terminal.resized', terminal: number, cols, rows })),
      terminal.onInputRefused(() =>
        sender.message({
          type: 'error',
          code: 'TERMINAL_INPUT_FULL',
          message:
            'The program in this terminal does not read its input; what was typed or pasted was dropped. Press Ctrl+C to end the program.',
        }),
      ),
    ];
    void this.#pump();
  }

  write(data: Uint8Array): void {
    this.terminal.write(data);
  }

  resize(size: TerminalSize): void {
    this.terminal.resize(size);
  }

  acknowledge(sequence: Sequence): void {
    this.#attachment.acknowledge(sequence);
  }

  /** Ends the terminal's processes; the end itself is then reported as any other. */
  close(): void {
    this.terminal.close();
  }

  /** Leaves the terminal; it lives on. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#attachment[Symbol.dispose]();
    for (const subscription of this.#subscriptions) {
      subscription[Symbol.dispose]();
    }
  }

  async #pump(): Promise<void> {
    for await (const { sequence, data } of this.#attachment) {
      for (let offset = 0; offset < data.length && !this.#isDisposed; offset += MAX_DATA_BYTES) {
        this.#sender.frame(encodeOutput(this.#number, sequence + offset, data.subarray(offset, offset + MAX_DATA_BYTES)));
      }
    }
    if (this.#isDisposed) {
      return;
    }
    const { exitCode, signal, lost } = await this.terminal.exited;
    this.#sender.message({
      type: 'terminal.exited',
      terminal: this.#number,
      exitCode,
      ...(signal === undefined ? {} : { signal }),
      ...(lost ? { lost } : {}),
    });
  }
}
