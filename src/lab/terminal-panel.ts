// The terminals of a lab: its tabs, and the traffic between the lab's stream and each terminal's screen.
import type { ClientMessage, ServerMessage } from '../../lab-server/protocol/stream.ts';
import { RemoteTerminal } from './remote-terminal.ts';
import { TabList } from './tab-list.ts';
import { TerminalMenu } from './terminal-menu.ts';
import { TerminalSearch } from './terminal-search.ts';
import { TerminalView } from './terminal-view.ts';
import { TouchKeys } from './touch-keys.ts';
import { must } from './page.ts';

export interface TerminalTransport {
  send(message: ClientMessage): void;
  input(terminal: number, data: Uint8Array): void;
}

interface OpenTerminal {
  remote: RemoteTerminal;
  view: TerminalView;
  name: string;
}

type Opened = Extract<ServerMessage, { type: 'terminal.opened' }>;

export class TerminalPanel {
  readonly #host: HTMLElement;
  readonly #transport: TerminalTransport;
  readonly #say: (text: string) => void;
  readonly #tabs: TabList;
  readonly #search: TerminalSearch;
  readonly #menu: TerminalMenu;
  readonly #terminals = new Map<string, OpenTerminal>();
  readonly #openings = new Map<string, PromiseWithResolvers<OpenTerminal>>();
  /** Who waits for the first terminal. */
  readonly #waiting: ((terminal: OpenTerminal) => void)[] = [];
  /** The terminals that run, by the server's word on this connection; undefined until it has spoken. */
  #listed: readonly string[] | undefined;
  #ready = false;
  #selected: string | undefined;
  #named = 0;
  #requests = 0;
  #first: Promise<OpenTerminal> | undefined;

  constructor(dock: HTMLElement, transport: TerminalTransport, say: (text: string) => void) {
    this.#host = must(dock, '[data-terminal-host]');
    this.#transport = transport;
    this.#say = say;
    this.#tabs = new TabList(must(dock, '[data-terminal-tabs]'), {
      select: (id, entered) => this.#select(id, entered),
      close: (id) => this.#close(id),
    });
    must(dock, '[data-new-terminal]').addEventListener('click', () => this.#openOne(true));
    this.#search = new TerminalSearch(must(dock, '[data-terminal-search]'), () => this.#current?.view);
    this.#menu = new TerminalMenu(must(dock, '[data-terminal-menu]'), this.#host, this.#search, say);
    new TouchKeys(
      must(dock, '[data-touch-keys]'),
      () => this.#current?.view,
      (data) => this.#type(data),
    );
  }

  /** Opens a terminal for nobody who waits for it. A refusal was said where the lab's state stands. */
  #openOne(takesFocus: boolean): void {
    this.open().then(
      (terminal) => takesFocus && terminal.view.focus(),
      () => undefined,
    );
  }

  get #current(): OpenTerminal | undefined {
    return this.#selected === undefined ? undefined : this.#terminals.get(this.#selected);
  }

  /** Opens a new terminal and shows it. */
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

  /** Types a command and Return into the first terminal, or into the second, which is opened where there is none. Returns its name. */
  async run(command: string, inSecond: boolean): Promise<string> {
    const first = await this.#firstTerminal();
    const others = [...this.#terminals.values()].filter((terminal) => terminal !== first && terminal.remote.exitCode === undefined);
    const target = inSecond ? (others[0] ?? (await this.open())) : first;
    this.#select(target.remote.id, true);
    target.view.run(command);
    return target.name;
  }

  focus(): void {
    void this.#firstTerminal().then(() => this.#current?.view.focus());
  }

  /** A new connection stands; nothing is attached on it yet. */
  connected(): void {
    this.#listed = undefined;
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
    this.#ready = false;
    this.#selected = undefined;
    this.#first = undefined;
    this.#named = 0;
    this.#render();
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

  each(change: (view: TerminalView) => void): void {
    for (const { view } of this.#terminals.values()) {
      change(view);
    }
  }

  /** The terminal that commands of the text go to; waits until there is one. */
  #firstTerminal(): Promise<OpenTerminal> {
    const running = [...this.#terminals.values()].find((terminal) => terminal.remote.exitCode === undefined);
    if (running) {
      return Promise.resolve(running);
    }
    this.#first ??= new Promise((resolve) => this.#waiting.push(resolve));
    return this.#first;
  }

  #byNumber(number: number): OpenTerminal | undefined {
    return [...this.#terminals.values()].find(({ remote }) => remote.number === number);
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
    const size = this.#current?.view.size ?? { cols: 80, rows: 24 };
    this.#transport.send({ type: 'terminal.open', requestId, ...size });
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
      if (remote.number === undefined && remote.exitCode === undefined) {
        this.#transport.send({ type: 'terminal.attach', requestId: id, terminalId: id, since: remote.since });
      }
    }
    let needsShell = this.#terminals.size === 0;
    for (const [id, terminal] of this.#terminals) {
      if (terminal.remote.number === undefined && terminal.remote.exitCode === undefined && !this.#listed.includes(id)) {
        this.#ended(terminal, 'The shell ended while this page was not connected.');
        needsShell ||= this.#listed.length === 0;
      }
    }
    if (needsShell) {
      this.#openOne(false);
    }
  }

  #add(id: string): OpenTerminal {
    this.#named += 1;
    const view: TerminalView = new TerminalView({
      input: (data) => this.#input(id, data),
      resized: (size) => this.#resized(id, size),
      find: () => this.#search.open(),
      copied: (done) => this.#say(done ? 'Copied.' : 'Your browser does not let this page copy. Use its own Copy.'),
    });
    const remote = new RemoteTerminal(id, view, (message) => this.#transport.send(message));
    const terminal = { remote, view, name: `Terminal ${this.#named}` };
    view.element.id = `terminal-${this.#named}`;
    view.element.role = 'tabpanel';
    this.#terminals.set(id, terminal);
    view.mount(this.#host);
    this.#menu.watch(view);
    this.#select(this.#selected ?? id, false);
    return terminal;
  }

  #opened(message: Opened): void {
    const terminal = this.#terminals.get(message.terminalId) ?? this.#add(message.terminalId);
    terminal.remote.attached(message.terminal, message.end ?? message.sequence);
    this.#resized(message.terminalId, terminal.view.size);
    const opening = this.#openings.get(message.requestId);
    if (opening) {
      this.#openings.delete(message.requestId);
      this.#select(message.terminalId, false);
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
      this.#openOne(false);
    } else {
      const status = exitCode === 0 ? '' : ` with status ${exitCode}`;
      this.#ended(terminal, `The shell ended${status}. Open a new terminal to go on.`);
    }
  }

  #ended(terminal: OpenTerminal, words: string): void {
    terminal.remote.exitCode ??= 0;
    terminal.remote.detached();
    terminal.view.notice(words);
    this.#say(`${terminal.name}: ${words}`);
    this.#first = undefined;
    this.#render();
  }

  #select(id: string, entered: boolean): void {
    this.#selected = id;
    this.#render();
    const view = this.#current?.view;
    view?.fit();
    if (entered) {
      view?.focus();
    }
  }

  #close(id: string): void {
    const terminal = this.#terminals.get(id);
    if (!terminal) {
      return;
    }
    if (terminal.remote.number !== undefined && terminal.remote.exitCode === undefined) {
      this.#transport.send({ type: 'terminal.close', terminal: terminal.remote.number });
    }
    terminal.view.dispose();
    this.#terminals.delete(id);
    this.#listed = this.#listed?.filter((listed) => listed !== id);
    const next = [...this.#terminals.keys()].at(-1);
    this.#selected = next;
    if (next === undefined) {
      this.#openOne(true);
    } else {
      this.#select(next, true);
    }
  }

  #render(): void {
    for (const [id, { view, remote }] of this.#terminals) {
      view.element.hidden = id !== this.#selected;
      view.element.setAttribute('aria-labelledby', `tab-${view.element.id}`);
      view.element.dataset.ended = String(remote.exitCode !== undefined);
    }
    const tabs = [...this.#terminals].map(([id, { name, view, remote }]) => ({
      id,
      label: name,
      panel: view.element.id,
      closable: this.#terminals.size > 1,
      ...(remote.exitCode !== undefined && { note: 'ended' }),
    }));
    this.#tabs.show(tabs, this.#selected);
  }

  #input(id: string, data: Uint8Array): void {
    const number = this.#terminals.get(id)?.remote.number;
    if (number !== undefined) {
      this.#transport.input(number, data);
    }
  }

  #type(data: string): void {
    this.#current?.view.input(data);
  }

  #resized(id: string, size: { cols: number; rows: number }): void {
    const terminal = this.#terminals.get(id)?.remote.number;
    if (terminal !== undefined) {
      this.#transport.send({ type: 'terminal.resize', terminal, ...size });
    }
  }
}
