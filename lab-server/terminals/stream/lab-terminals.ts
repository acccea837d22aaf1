// The terminals of one lab, for all its connections: opens them within a limit, and tells when the set has changed.
import { DocksideError } from '../../base/index.ts';
import type { Terminal, TerminalSize } from '../terminal.ts';

/** What is used of the lab's workspace. */
export interface TerminalSource {
  openTerminal(size: TerminalSize): Promise<Terminal>;
  terminals(): Promise<Terminal[]>;
  findTerminal(id: string): Promise<Terminal | undefined>;
}

export interface LabTerminalsOptions {
  /** The workspace at this moment. Throws while the lab has none. */
  workspace(): TerminalSource;
  /** Terminals that may be open at a time. */
  maxTerminals?: number;
}

const MAX_TERMINALS = 12;

export class LabTerminals {
  readonly #options: LabTerminalsOptions;
  readonly #listeners = new Set<() => void>();
  readonly #watched = new WeakSet<Terminal>();
  #opening = 0;

  constructor(options: LabTerminalsOptions) {
    this.#options = options;
  }

  /** Calls `listener` after terminals have come or gone. */
  onChange(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Throws DocksideError `TERMINAL_LIMIT` (429), and what the workspace throws. */
  async open(size: TerminalSize): Promise<Terminal> {
    const { maxTerminals = MAX_TERMINALS } = this.#options;
    const source = this.#options.workspace();
    this.#opening += 1;
    try {
      const open = (await source.terminals()).length;
      if (open + this.#opening > maxTerminals) {
        throw new DocksideError('TERMINAL_LIMIT', `This lab has ${open} terminals open, which is the most allowed. Close one first.`, {
          status: 429,
        });
      }
      const terminal = await source.openTerminal(size);
      this.#watch(terminal);
      return terminal;
    } finally {
      this.#opening -= 1;
      this.#tell();
    }
  }

  /** Those that run. Throws while the lab has no workspace. */
  async list(): Promise<Terminal[]> {
    const terminals = await this.#options.workspace().terminals();
    for (const terminal of terminals) {
      this.#watch(terminal);
    }
    return terminals;
  }

  /** Throws DocksideError `TERMINAL_NOT_FOUND` (404). */
  async find(id: string): Promise<Terminal> {
    const terminal = await this.#options.workspace().findTerminal(id);
    if (!terminal) {
      throw new DocksideError('TERMINAL_NOT_FOUND', 'This terminal has ended. Open a new one; your files are as they were.', {
        status: 404,
      });
    }
    return terminal;
  }

  #watch(terminal: Terminal): void {
    if (!this.#watched.has(terminal)) {
      this.#watched.add(terminal);
      void terminal.exited.then(() => this.#tell());
    }
  }

  #tell(): void {
    for (const listener of this.#listeners) {
      listener();
    }
  }
}
