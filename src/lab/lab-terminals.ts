// The terminals of a lab as this page holds them: which run, which are attached on this connection, and what comes and goes between the
// lab's stream and each of them. What they look like is the panel's business.
import type { ClientMessage, ServerMessage } from '../../lab-server/protocol/stream.ts';
import { RemoteTerminal } from './remote-terminal.ts';
import type { TerminalView } from './terminal-view.ts';

export interface TerminalTransport {
  send(message: ClientMessage): void;
  input(terminal: number, data: Uint8Array): void;
}

export interface OpenTerminal {
  readonly id: string;
  readonly remote: RemoteTerminal;
  readonly view: TerminalView;
  readonly name: string;
  /** Of the panel that shows it. */
  readonly panel: string;
}

export interface LabTerminalsEvents {
  makeView(id: string): TerminalView;
  /** A terminal of the lab came to this page; it is not attached yet. */
  added(terminal: OpenTerminal): void;
  /** A terminal that this page asked for is open. */
  opened(terminal: OpenTerminal): void;
  /** A terminal ended; `words` say why. */
  ended(terminal: OpenTerminal, words: string): void;
  /** The size that a new terminal gets until it is shown. */
  size(): { cols: number; rows: number };
}

type Opened = Extract<ServerMessage, { type: 'terminal.opened' }>;

export class LabTerminals {
  readonly #transport: TerminalTransport;
  readonly #events: LabTerminalsEvents;
  readonly #terminals = new Map<string, OpenTerminal>();
  /** Those that this connection was asked to attach to, and has not answered for. */
  readonly #attaching = new Set<string>();
  readonly #openings = new Map<string, PromiseWithResolvers<OpenTerminal>>();
  /** Who waits for the first terminal. */
  readonly #waiting: ((terminal: OpenTerminal) => void)[] = [];
  /** The terminals that run, by the server's word on this connection; undefined until it has spoken. */
  #listed: readonly string[] | undefined;
  #ready = false;
  #named = 0;
  #requests = 0;
  #first: Promise<OpenTerminal> | undefined;

  constructor(transport: TerminalTransport, events: LabTerminalsEvents) {
    this.#transport = transport;
    this.#events = events;
  }

  get all(): readonly OpenTerminal[] {
    return [...this.#terminals.values()];
  }

  get(id: string | undefined): OpenTerminal | undefined {
    return id === undefined ? undefined : this.#terminals.get(id);
  }

  /** Opens a new terminal. Rejects with the server's refusal. */
  open(): Promise<OpenTerminal> {
    this.#requests += 1;
    const requestId = `open-${this.#requests}`;
    const opening = Promise.withResolvers<OpenTerminal>();
    this.#openings.set(requestId, opening);
    if (this.#listed) {
      this.#request(requestId);
    }
    return opening.promise;
  }

  /** The first terminal that runs; waits until there is one. */
  first(): Promise<OpenTerminal> {
    const running = this.all.find(({ remote }) => remote.exitCode === undefined);
    if (running) {
      return Promise.resolve(running);
    }
    this.#first ??= new Promise((resolve) => this.#waiting.push(resolve));
    return this.#first;
  }

  /** A new connection stands; nothing is attached on it yet. */
  connected(): void {
    this.#listed = undefined;
    this.#attaching.clear();
    for (const { remote } of this.#terminals.values()) {
      remote.detached();
    }
  }

  /** Whether the lab is ready for terminals. */
  ready(isReady: boolean): void {
    this.#ready = isReady;
    this.#reconcile();
  }

  /** The lab was closed or starts again: its terminals are gone. */
  clear(): void {
    for (const { view } of this.#terminals.values()) {
      view.dispose();
    }
    this.#terminals.clear();
    for (const { reject } of this.#openings.values()) {
      reject(new Error('The lab is closed.'));
    }
    this.#openings.clear();
    this.#attaching.clear();
    this.#ready = false;
    this.#first = undefined;
    this.#named = 0;
  }

  message(message: ServerMessage): void {
    switch (message.type) {
      case 'terminal.opened':
        this.#opened(message);
        break;
      case 'terminal.list':
        this.#list(message.terminals.map(({ terminalId }) => terminalId));
        break;
      case 'error':
        this.#refused(message.requestId ?? '', message.message);
        break;
      case 'terminal.exited':
        this.#exited(message.terminal, message.exitCode, message.lost ?? false);
        break;
      default:
        break;
    }
  }

  output(number: number, sequence: number, data: Uint8Array): void {
    this.#byNumber(number)?.remote.output(sequence, data);
  }

  input(id: string, data: Uint8Array): void {
    const number = this.#terminals.get(id)?.remote.number;
    if (number !== undefined) {
      this.#transport.input(number, data);
    }
  }

  resized(id: string, size: { cols: number; rows: number }): void {
    const terminal = this.#terminals.get(id)?.remote.number;
    if (terminal !== undefined) {
      this.#transport.send({ type: 'terminal.resize', terminal, ...size });
    }
  }

  /** Ends a terminal and forgets it. */
  close(id: string): void {
    const terminal = this.#terminals.get(id);
    if (!terminal) {
      return;
    }
    const { number, exitCode } = terminal.remote;
    if (number !== undefined && exitCode === undefined) {
      this.#transport.send({ type: 'terminal.close', terminal: number });
    }
    terminal.view.dispose();
    this.#terminals.delete(id);
    this.#listed = this.#listed?.filter((listed) => listed !== id);
  }

  #byNumber(number: number): OpenTerminal | undefined {
    return this.all.find(({ remote }) => remote.number === number);
  }

  #list(ids: readonly string[]): void {
    const isFirst = this.#listed === undefined;
    this.#listed = ids;
    if (isFirst) {
      // What was asked for while there was no connection, or was lost with it, is asked for now.
      for (const requestId of this.#openings.keys()) {
        this.#request(requestId);
      }
    }
    this.#reconcile();
  }

  #request(requestId: string): void {
    this.#transport.send({ type: 'terminal.open', requestId, ...this.#events.size() });
  }

  /**
   * Makes the screens agree with the terminals that run: attaches to those that are not attached on this connection, from the byte at
   * which they were cut off; says of the others that they ended; opens a shell where none is left. A terminal that this page is opening answers by itself.
   */
  #reconcile(): void {
    if (!this.#ready || !this.#listed || this.#openings.size > 0) {
      return;
    }
    for (const id of this.#listed) {
      const { remote } = this.#terminals.get(id) ?? this.#add(id);
      if (remote.number === undefined && remote.exitCode === undefined && !this.#attaching.has(id)) {
        this.#attaching.add(id);
        this.#transport.send({ type: 'terminal.attach', requestId: id, terminalId: id, since: remote.since });
      }
    }
    let needsShell = this.#terminals.size === 0;
    for (const terminal of this.all) {
      if (terminal.remote.number === undefined && terminal.remote.exitCode === undefined && !this.#listed.includes(terminal.id)) {
        this.#ended(terminal, 'The shell ended while this page was not connected.');
        needsShell ||= this.#listed.length === 0;
      }
    }
    if (needsShell) {
      this.#openForNobody();
    }
  }

  /** A refusal was said where the lab's state stands. */
  #openForNobody(): void {
    this.open().catch(() => undefined);
  }

  #add(id: string): OpenTerminal {
    this.#named += 1;
    const view = this.#events.makeView(id);
    const remote = new RemoteTerminal(id, view, (message) => this.#transport.send(message));
    const terminal = { id, remote, view, name: `Terminal ${this.#named}`, panel: `terminal-${this.#named}` };
    this.#terminals.set(id, terminal);
    this.#events.added(terminal);
    return terminal;
  }

  #opened(message: Opened): void {
    const terminal = this.#terminals.get(message.terminalId) ?? this.#add(message.terminalId);
    this.#attaching.delete(message.terminalId);
    terminal.remote.attached(message.terminal, message.sequence, message.end ?? message.sequence);
    this.resized(message.terminalId, terminal.view.size);
    const opening = this.#openings.get(message.requestId);
    if (opening) {
      this.#openings.delete(message.requestId);
      this.#events.opened(terminal);
      opening.resolve(terminal);
      this.#reconcile();
    }
    for (const waiting of this.#waiting.splice(0)) {
      waiting(terminal);
    }
  }

  /** The server did not open or attach a terminal. */
  #refused(requestId: string, words: string): void {
    this.#openings.get(requestId)?.reject(new Error(words));
    this.#openings.delete(requestId);
    this.#attaching.delete(requestId);
    const terminal = this.#terminals.get(requestId);
    if (terminal && terminal.remote.number === undefined) {
      this.#ended(terminal, words);
    }
  }

  #exited(number: number, exitCode: number, lost: boolean): void {
    const terminal = this.#byNumber(number);
    if (!terminal) {
      return;
    }
    terminal.remote.exitCode = exitCode;
    if (lost) {
      this.#ended(terminal, 'The shell was lost with the process that kept it. A new one opens, with the same files.');
      this.#openForNobody();
    } else {
      const status = exitCode === 0 ? '' : ` with status ${exitCode}`;
      this.#ended(terminal, `The shell ended${status}. Open a new terminal to go on.`);
    }
  }

  #ended(terminal: OpenTerminal, words: string): void {
    terminal.remote.exitCode ??= 0;
    terminal.remote.detached();
    this.#first = undefined;
    this.#events.ended(terminal, words);
  }
}
