// The terminals of a lab on the page: their tabs, one of them shown or two side by side, with search, menu, keys and the command log.
import type { ServerMessage } from '../../lab-server/protocol/stream.ts';
import { CommandLogPanel } from './command-log-panel.ts';
import type { LoggedCommand } from './command-log.ts';
import { LabTerminals, type OpenTerminal, type TerminalTransport } from './lab-terminals.ts';
import { must } from './page.ts';
import { preference } from './preferences.ts';
import { TabList } from './tab-list.ts';
import { TerminalMenu } from './terminal-menu.ts';
import { TerminalSearch } from './terminal-search.ts';
import { TerminalView } from './terminal-view.ts';
import { TouchKeys } from './touch-keys.ts';

const DEFAULT_SIZE = { cols: 80, rows: 24 };

export class TerminalPanel {
  readonly #host: HTMLElement;
  readonly #say: (text: string) => void;
  readonly #terminals: LabTerminals;
  readonly #tabs: TabList;
  readonly #search: TerminalSearch;
  readonly #menu: TerminalMenu;
  readonly #log: CommandLogPanel;
  readonly #splitButton: HTMLElement;
  /** The terminal in use: keys, search, menu and touch bar go to it. */
  #selected: string | undefined;
  /** The one beside it. */
  #beside: string | undefined;

  constructor(dock: HTMLElement, transport: TerminalTransport, say: (text: string) => void) {
    const section = must(dock, '.lab-terminals');
    this.#host = must(section, '[data-terminal-host]');
    this.#say = say;
    this.#terminals = new LabTerminals(transport, {
      makeView: (id) => this.#makeView(id),
      added: (terminal) => this.#added(terminal),
      opened: (terminal) => this.#select(terminal.id, false),
      ended: (terminal, words) => this.#ended(terminal, words),
      size: () => this.#current?.view.size ?? DEFAULT_SIZE,
    });
    this.#tabs = new TabList(must(section, '[data-terminal-tabs]'), {
      select: (id, entered) => this.#select(id, entered),
      close: (id) => this.#close(id),
    });
    must(section, '[data-new-terminal]').addEventListener('click', () => this.#openOne());
    this.#splitButton = must(section, '[data-split-terminals]');
    this.#splitButton.addEventListener('click', () => void this.#toggleSplit());
    this.#search = new TerminalSearch(must(section, '[data-terminal-search]'), () => this.#current?.view);
    this.#menu = new TerminalMenu(must(dock, '[data-terminal-menu]'), this.#host, this.#search, say);
    this.#log = new CommandLogPanel(section, () => this.#current?.view.log);
    new TouchKeys(
      must(section, '[data-touch-keys]'),
      () => this.#current?.view,
      (data) => this.#current?.view.input(data),
    );
    // Who clicks or tabs into a terminal uses it.
    this.#host.addEventListener('focusin', (event) => this.#entered(event.target as Node));
  }

  get #current(): OpenTerminal | undefined {
    return this.#terminals.get(this.#selected);
  }

  /** Types a command and Return into the first terminal, or into the second, which is opened where there is none. Returns its name. */
  async run(command: string, inSecond: boolean): Promise<string> {
    const first = await this.#terminals.first();
    const others = this.#terminals.all.filter((terminal) => terminal !== first && terminal.remote.exitCode === undefined);
    const target = inSecond ? (others[0] ?? (await this.#terminals.open())) : first;
    this.#select(target.id, true);
    target.view.run(command);
    return target.name;
  }

  focus(): void {
    void this.#terminals.first().then(() => this.#current?.view.focus());
  }

  connected(): void {
    this.#terminals.connected();
  }

  ready(isReady: boolean): void {
    this.#terminals.ready(isReady);
  }

  clear(): void {
    this.#terminals.clear();
    this.#selected = undefined;
    this.#beside = undefined;
    this.#render();
  }

  message(message: ServerMessage): void {
    this.#terminals.message(message);
  }

  output(number: number, sequence: number, data: Uint8Array): void {
    this.#terminals.output(number, sequence, data);
  }

  each(change: (view: TerminalView) => void): void {
    for (const { view } of this.#terminals.all) {
      change(view);
    }
  }

  /** A refusal was said where the lab's state stands. */
  #openOne(): void {
    this.#terminals.open().then(
      (terminal) => terminal.view.focus(),
      () => undefined,
    );
  }

  #makeView(id: string): TerminalView {
    return new TerminalView({
      input: (data) => this.#terminals.input(id, data),
      resized: (size) => this.#terminals.resized(id, size),
      find: () => this.#search.open(),
      copied: (done) => this.#say(done ? 'Copied.' : 'Your browser does not let this page copy. Use its own Copy.'),
      command: (command) => this.#noteCommand(id, command),
    });
  }

  #added({ id, view, panel }: OpenTerminal): void {
    view.element.id = panel;
    view.element.role = 'tabpanel';
    view.mount(this.#host);
    this.#menu.watch(view);
    this.#select(this.#selected ?? id, false);
  }

  #ended(terminal: OpenTerminal, words: string): void {
    terminal.view.notice(words);
    this.#say(`${terminal.name}: ${words}`);
    this.#render();
  }

  #noteCommand(id: string, { command, status }: LoggedCommand): void {
    if (id === this.#selected) {
      this.#log.update();
    }
    if (status !== undefined && preference('screenReader')) {
      this.#say(status === 0 ? `${command}: done.` : `${command}: ended with status ${status}.`);
    }
  }

  #select(id: string, entered: boolean): void {
    if (id === this.#beside) {
      // It is shown already: the two keep their places.
      this.#beside = this.#selected;
    }
    this.#selected = id;
    this.#render();
    this.#fit();
    if (entered) {
      this.#current?.view.focus();
    }
  }

  #entered(target: Node): void {
    const terminal = this.#terminals.all.find(({ view }) => view.element.contains(target));
    if (terminal && terminal.id !== this.#selected) {
      this.#select(terminal.id, false);
    }
  }

  /** Shows another terminal beside the one in use; opens one where there is no other. */
  async #toggleSplit(): Promise<void> {
    if (this.#beside !== undefined) {
      this.#beside = undefined;
    } else {
      const used = this.#current;
      const other = this.#terminals.all.find((terminal) => terminal !== used && terminal.remote.exitCode === undefined);
      const shown = other ?? (await this.#terminals.open().catch(() => undefined));
      this.#beside = used?.id;
      this.#selected = shown?.id ?? this.#selected;
      this.#say(`${used?.name ?? ''} and ${shown?.name ?? ''} are shown side by side.`);
    }
    this.#render();
    this.#fit();
    this.#current?.view.focus();
  }

  #close(id: string): void {
    this.#terminals.close(id);
    if (this.#beside === id) {
      this.#beside = undefined;
    }
    const rest = this.#terminals.all;
    const next = this.#terminals.get(this.#selected)?.id ?? this.#beside ?? rest.at(-1)?.id;
    if (this.#beside === next) {
      this.#beside = undefined;
    }
    this.#selected = next;
    if (next === undefined) {
      this.#render();
      this.#openOne();
    } else {
      this.#select(next, true);
    }
  }

  #fit(): void {
    this.#current?.view.fit();
    this.#terminals.get(this.#beside)?.view.fit();
  }

  #render(): void {
    const all = this.#terminals.all;
    const isSplit = this.#terminals.get(this.#beside) !== undefined;
    for (const { id, view, remote } of all) {
      view.element.hidden = id !== this.#selected && id !== this.#beside;
      view.element.setAttribute('aria-labelledby', `tab-${view.element.id}`);
      view.element.dataset.ended = String(remote.exitCode !== undefined);
      view.element.dataset.inUse = String(isSplit && id === this.#selected);
    }
    this.#host.dataset.split = String(isSplit);
    this.#splitButton.ariaPressed = String(isSplit);
    const tabs = all.map(({ id, name, panel, remote }) => ({
      id,
      label: name,
      panel,
      closable: all.length > 1,
      ...(remote.exitCode !== undefined && { note: 'ended' }),
      ...(id === this.#beside && { note: 'beside' }),
    }));
    this.#tabs.show(tabs, this.#selected);
    this.#log.update();
  }
}
