// A terminal whose shell runs in a container. Ending the `docker exec` that carries it does not end what it started there, so closing it
// also ends the processes that carry its mark.
import type { ExitStatus, Sequence, Terminal, TerminalAttachment, TerminalSize } from '../../terminals/terminal.ts';

export class MarkedTerminal implements Terminal {
  readonly #terminal: Terminal;
  readonly #end: () => void;

  /** `end` ends the marked processes. */
  constructor(terminal: Terminal, end: () => void) {
    this.#terminal = terminal;
    this.#end = end;
  }

  get id(): string {
    return this.#terminal.id;
  }

  get size(): TerminalSize {
    return this.#terminal.size;
  }

  get exited(): Promise<ExitStatus> {
    return this.#terminal.exited;
  }

  get readUpTo(): Sequence {
    return this.#terminal.readUpTo;
  }

  get hasExited(): boolean {
    return this.#terminal.hasExited;
  }

  write(data: Uint8Array): void {
    this.#terminal.write(data);
  }

  resize(size: TerminalSize): void {
    this.#terminal.resize(size);
  }

  attach(since: Sequence): TerminalAttachment {
    return this.#terminal.attach(since);
  }

  onResized(listener: (size: TerminalSize) => void): Disposable {
    return this.#terminal.onResized(listener);
  }

  onInputRefused(listener: () => void): Disposable {
    return this.#terminal.onInputRefused(listener);
  }

  close(): void {
    this.#end();
    this.#terminal.close();
  }
}
