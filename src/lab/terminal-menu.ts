// The right-click menu of a terminal.
import { readClipboard } from './clipboard.ts';
import type { TerminalSearch } from './terminal-search.ts';
import type { TerminalView } from './terminal-view.ts';
import { must } from './page.ts';

export class TerminalMenu {
  readonly #menu: HTMLElement;
  readonly #search: TerminalSearch;
  readonly #say: (text: string) => void;
  readonly #views = new WeakMap<Element, TerminalView>();
  #view: TerminalView | undefined;

  constructor(menu: HTMLElement, host: HTMLElement, search: TerminalSearch, say: (text: string) => void) {
    this.#menu = menu;
    this.#search = search;
    this.#say = say;
    host.addEventListener('contextmenu', (event) => this.#open(event), { capture: true });
    menu.addEventListener('click', (event) => this.#choose(event));
    menu.addEventListener('keydown', (event) => this.#key(event));
    document.addEventListener('pointerdown', (event) => !menu.contains(event.target as Node) && this.#close(false));
  }

  watch(view: TerminalView): void {
    this.#views.set(view.element, view);
  }

  #open(event: MouseEvent): void {
    const element = event.target instanceof Element ? event.target.closest('.shell') : undefined;
    // With Shift the browser's own menu opens, as it does in other terminals.
    this.#view = element ? this.#views.get(element) : undefined;
    if (!this.#view || event.shiftKey) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    must<HTMLButtonElement>(this.#menu, '[data-do=copy]').disabled = !this.#view.hasSelection;
    this.#menu.showPopover();
    const { offsetWidth, offsetHeight } = this.#menu;
    this.#menu.style.left = `${Math.min(event.clientX, innerWidth - offsetWidth - 8)}px`;
    this.#menu.style.top = `${Math.min(event.clientY, innerHeight - offsetHeight - 8)}px`;
    this.#items[0]?.focus();
  }

  get #items(): HTMLButtonElement[] {
    return [...this.#menu.querySelectorAll<HTMLButtonElement>('button:not(:disabled)')];
  }

  #choose(event: MouseEvent): void {
    const view = this.#view;
    const action = event.target instanceof HTMLElement ? event.target.dataset.do : undefined;
    if (!view || action === undefined) {
      return;
    }
    this.#close(true);
    switch (action) {
      case 'copy':
        void view.copy();
        break;
      case 'paste':
        void this.#paste(view);
        break;
      case 'select-all':
        view.selectAll();
        break;
      case 'clear':
        view.clear();
        break;
      case 'find':
        this.#search.open();
        break;
    }
  }

  async #paste(view: TerminalView): Promise<void> {
    const text = await readClipboard();
    if (text === undefined) {
      this.#say('Your browser does not let this page read the clipboard. Press Ctrl+Shift+V instead.');
    } else {
      view.paste(text);
    }
  }

  #key(event: KeyboardEvent): void {
    const items = this.#items;
    const index = items.indexOf(document.activeElement as HTMLButtonElement);
    if (event.key === 'Escape' || event.key === 'Tab') {
      event.preventDefault();
      this.#close(true);
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      items.at((index + (event.key === 'ArrowDown' ? 1 : -1)) % items.length)?.focus();
    }
  }

  #close(refocus: boolean): void {
    if (this.#menu.matches(':popover-open')) {
      this.#menu.hidePopover();
      if (refocus) {
        this.#view?.focus();
      }
    }
  }
}
