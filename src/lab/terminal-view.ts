// One terminal on the screen: xterm.js with what a shell in a page needs, and the keys that people have in their fingers.
import '@xterm/xterm/css/xterm.css';
import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { Unicode11Addon } from '@xterm/addon-unicode11';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { WebglAddon } from '@xterm/addon-webgl';
import { Terminal } from '@xterm/xterm';
import { copyText } from './clipboard.ts';
import { CommandLog, type LoggedCommand } from './command-log.ts';
import { preference } from './preferences.ts';
import type { TerminalSink } from './remote-terminal.ts';
import { onThemeChange, terminalTheme } from './theme.ts';

export interface TerminalViewEvents {
  input(data: Uint8Array): void;
  resized(size: { cols: number; rows: number }): void;
  find(): void;
  copied(succeeded: boolean): void;
  /** A command of the shell began, or has ended. */
  command?(command: LoggedCommand): void;
}

const SCROLLBACK_LINES = 10_000;
const encoder = new TextEncoder();
/** What a terminal says of itself when output asks for it: kind, position, size, modes, colours. Keys never look like this. */
// oxlint-disable-next-line no-control-regex -- these are control sequences
const ANSWER = /^\u001b(?:\[[?>=]?[\d;]*(?:[cnRt]|\$y)|[P\]])/;

export class TerminalView implements TerminalSink {
  readonly element = document.createElement('div');
  readonly log: CommandLog;
  readonly #terminal: Terminal;
  readonly #fit = new FitAddon();
  readonly #search = new SearchAddon();
  readonly #events: TerminalViewEvents;
  readonly #disposing = new AbortController();
  /** While output is replayed, answers that it asks of the terminal were given long ago and must not be typed again. */
  #replaying = false;

  constructor(events: TerminalViewEvents) {
    this.#events = events;
    this.element.className = 'shell';
    this.#terminal = new Terminal({
      allowProposedApi: true,
      cursorBlink: false,
      fontFamily: "'JetBrains Mono', 'Cascadia Code', Menlo, Consolas, monospace",
      fontSize: preference('fontSize'),
      lineHeight: 1.25,
      minimumContrastRatio: 4.5,
      overviewRuler: { width: 8 },
      rightClickSelectsWord: false,
      screenReaderMode: preference('screenReader'),
      scrollback: SCROLLBACK_LINES,
      theme: terminalTheme(),
    });
    this.#terminal.loadAddon(this.#fit);
    this.#terminal.loadAddon(this.#search);
    this.#terminal.loadAddon(new Unicode11Addon());
    this.#terminal.unicode.activeVersion = '11';
    this.#terminal.loadAddon(new WebLinksAddon((_event, address) => window.open(address, '_blank', 'noopener,noreferrer')));
    this.#terminal.onData((data) => (this.#replaying && ANSWER.test(data)) || events.input(encoder.encode(data)));
    this.log = new CommandLog(this.#terminal, (command) => events.command?.(command));
    this.#terminal.onBinary((data) => events.input(Uint8Array.from(data, (char) => char.charCodeAt(0))));
    this.#terminal.attachCustomKeyEventHandler((event) => this.#key(event));
    onThemeChange(() => (this.#terminal.options.theme = terminalTheme()), this.#disposing.signal);
  }

  /** Puts the terminal into the page; its host must be visible, so that it can be measured. */
  mount(host: HTMLElement): void {
    host.append(this.element);
    this.#terminal.open(this.element);
    this.#loadWebgl();
    this.#terminal.element?.addEventListener('mouseup', () => preference('copyOnSelect') && void this.copy());
    const observer = new ResizeObserver(() => this.fit());
    observer.observe(this.element);
    this.#disposing.signal.addEventListener('abort', () => observer.disconnect());
  }

  get size(): { cols: number; rows: number } {
    return { cols: this.#terminal.cols, rows: this.#terminal.rows };
  }

  get hasSelection(): boolean {
    return this.#terminal.hasSelection();
  }

  fit(): void {
    if (this.element.offsetParent === null) {
      return;
    }
    const before = this.size;
    this.#fit.fit();
    if (before.cols !== this.#terminal.cols || before.rows !== this.#terminal.rows) {
      this.#events.resized(this.size);
    }
  }

  write(data: Uint8Array, handled: () => void): void {
    this.#terminal.write(data, handled);
  }

  gap(): void {
    this.notice('earlier output is no longer kept');
  }

  /** Types data as keys would. */
  input(data: string): void {
    this.#terminal.input(data);
  }

  replaying(on: boolean): void {
    this.#replaying = on;
  }

  /** A line of ours among the shell's own. */
  notice(text: string): void {
    this.#terminal.write(`\r\n\u001b[2m[${text}]\u001b[0m\r\n`);
  }

  /** Types a command and Return. Several lines go in as a paste, so that a shell that knows bracketed paste takes them as one. */
  run(command: string): void {
    if (command.includes('\n')) {
      this.paste(command);
    } else {
      this.input(command);
    }
    this.input('\r');
  }

  paste(text: string): void {
    this.#terminal.paste(text);
  }

  async copy(): Promise<void> {
    const text = this.#terminal.getSelection();
    if (text) {
      this.#events.copied(await copyText(text));
    }
  }

  selectAll(): void {
    this.#terminal.selectAll();
  }

  clear(): void {
    this.#terminal.clear();
  }

  find(text: string, backwards = false): boolean {
    return backwards ? this.#search.findPrevious(text) : this.#search.findNext(text);
  }

  endSearch(): void {
    this.#search.clearDecorations();
  }

  setFontSize(size: number): void {
    this.#terminal.options.fontSize = size;
    this.fit();
  }

  setScreenReader(on: boolean): void {
    this.#terminal.options.screenReaderMode = on;
  }

  focus(): void {
    this.#terminal.focus();
  }

  dispose(): void {
    this.#disposing.abort();
    this.#terminal.dispose();
    this.element.remove();
  }

  #loadWebgl(): void {
    try {
      const webgl = new WebglAddon();
      // A lost context (sleep, too many of them) falls back to drawing by DOM.
      webgl.onContextLoss(() => webgl.dispose());
      this.#terminal.loadAddon(webgl);
    } catch {
      // No WebGL 2 here: xterm draws by DOM.
    }
  }

  /** False keeps xterm from taking the key; the browser's own paste then reaches it, with no permission to ask for. */
  #key(event: KeyboardEvent): boolean {
    if (event.key === 'F6') {
      return false;
    }
    const ctrlShift = event.ctrlKey && event.shiftKey && !event.altKey;
    const isPaste = (ctrlShift && event.code === 'KeyV') || (event.shiftKey && !event.ctrlKey && event.key === 'Insert');
    if (isPaste) {
      return false;
    }
    const isCopy = (ctrlShift && event.code === 'KeyC') || (event.ctrlKey && !event.shiftKey && event.key === 'Insert');
    const isFind = ctrlShift && event.code === 'KeyF';
    if (!isCopy && !isFind) {
      return true;
    }
    event.preventDefault();
    if (event.type === 'keydown') {
      if (isCopy) {
        void this.copy();
      } else {
        this.#events.find();
      }
    }
    return false;
  }
}
