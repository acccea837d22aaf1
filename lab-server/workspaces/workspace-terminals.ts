// The terminals of one workspace, whatever isolates it: the pty host keeps them, so they outlive the server.
import { randomBytes } from 'node:crypto';
import { isDocksideError } from '../base/index.ts';
import type { PtyCommand, PtyHost, Terminal, TerminalSize } from '../terminals/index.ts';
import { within } from './within.ts';

export interface WorkspaceTerminalsOptions {
  ptyHost: PtyHost;
  labId: string;
  /** The command of a new terminal's shell; starts what the shell needs. */
  shell: (id: string) => PtyCommand | Promise<PtyCommand>;
  /** Gives a terminal what its kind of workspace adds to it. */
  adapt?: (terminal: Terminal) => Terminal;
}

export class WorkspaceTerminals {
  readonly #options: WorkspaceTerminalsOptions;

  constructor(options: WorkspaceTerminalsOptions) {
    this.#options = options;
  }

  async open(size: TerminalSize): Promise<Terminal> {
    try {
      return await this.#open(size);
    } catch (error) {
      if (!isDocksideError(error, 'TERMINAL_HOST_LOST')) {
        throw error;
      }
      // The pty host died in this moment, and what it held with it; the next request starts new ones.
      return await this.#open(size);
    }
  }

  /** Those that still run. */
  async running(): Promise<Terminal[]> {
    return (await this.#all()).filter((terminal) => !terminal.hasExited);
  }

  /** By its id, one that ended a moment ago included. */
  async find(id: string): Promise<Terminal | undefined> {
    return (await this.#all()).find((terminal) => terminal.id === id);
  }

  /** Closes all and gives their shells this long to end by themselves; returns those that ran. */
  async hangUp(ms: number): Promise<Terminal[]> {
    const terminals = await this.running();
    for (const terminal of terminals) {
      terminal.close();
    }
    await within(ms, Promise.all(terminals.map((terminal) => terminal.exited)));
    return terminals;
  }

  async #open(size: TerminalSize): Promise<Terminal> {
    const { ptyHost, labId, shell } = this.#options;
    const id = randomBytes(12).toString('hex');
    return this.#adapt(await ptyHost.open({ id, group: labId, command: await shell(id), size }));
  }

  async #all(): Promise<Terminal[]> {
    return (await this.#options.ptyHost.terminals(this.#options.labId)).map((terminal) => this.#adapt(terminal));
  }

  #adapt(terminal: Terminal): Terminal {
    return this.#options.adapt?.(terminal) ?? terminal;
  }
}
