// A row of tabs as WAI-ARIA describes it: one tab stop, arrows move, Delete closes where a tab can be closed.

export interface Tab {
  id: string;
  label: string;
  /** The id of the element that the tab shows. */
  panel: string;
  note?: string;
  closable?: boolean;
}

export interface TabListEvents {
  /** `entered`: by a click, which means to go there and not only to look. */
  select(id: string, entered: boolean): void;
  close?(id: string): void;
}

export class TabList {
  readonly #host: HTMLElement;
  readonly #events: TabListEvents;
  #tabs: readonly Tab[] = [];
  #selected: string | undefined;

  constructor(host: HTMLElement, events: TabListEvents) {
    this.#host = host;
    this.#events = events;
    host.addEventListener('keydown', (event) => this.#key(event));
    host.addEventListener('click', (event) => this.#click(event));
  }

  show(tabs: readonly Tab[], selected: string | undefined): void {
    const hadFocus = this.#host.contains(document.activeElement);
    this.#tabs = tabs;
    this.#selected = selected;
    this.#host.replaceChildren(...tabs.map((tab) => this.#button(tab)));
    if (hadFocus) {
      this.#buttonOf(selected)?.focus();
    }
  }

  #button(tab: Tab): HTMLElement {
    const button = document.createElement('button');
    const isSelected = tab.id === this.#selected;
    button.type = 'button';
    button.role = 'tab';
    button.className = 'tab';
    button.dataset.tab = tab.id;
    button.id = `tab-${tab.panel}`;
    button.tabIndex = isSelected ? 0 : -1;
    button.ariaSelected = String(isSelected);
    button.setAttribute('aria-controls', tab.panel);
    button.append(tab.label);
    if (tab.note) {
      const note = document.createElement('span');
      note.className = 'tab-note';
      note.textContent = tab.note;
      button.append(' ', note);
    }
    if (tab.closable) {
      // Not a button of its own: a tab may hold nothing that takes focus. The keyboard's way is Delete.
      const close = document.createElement('span');
      close.className = 'tab-close';
      close.ariaHidden = 'true';
      close.title = 'Close (Delete)';
      close.dataset.close = '';
      close.textContent = '×';
      button.append(close);
      button.setAttribute('aria-keyshortcuts', 'Delete');
    }
    return button;
  }

  #buttonOf(id: string | undefined): HTMLElement | undefined {
    return [...this.#host.querySelectorAll<HTMLElement>('[role=tab]')].find((button) => button.dataset.tab === id);
  }

  #click(event: MouseEvent): void {
    const target = event.target instanceof Element ? event.target : undefined;
    const id = target?.closest<HTMLElement>('[data-tab]')?.dataset.tab;
    if (id !== undefined) {
      if (target?.closest('[data-close]')) {
        this.#events.close?.(id);
      } else {
        this.#events.select(id, event.detail > 0);
      }
    }
  }

  #key(event: KeyboardEvent): void {
    const index = this.#tabs.findIndex((tab) => tab.id === this.#selected);
    const last = this.#tabs.length - 1;
    const wanted = { ArrowRight: index === last ? 0 : index + 1, ArrowLeft: index === 0 ? last : index - 1, Home: 0, End: last }[event.key];
    const tab = this.#tabs[wanted ?? index];
    if (!tab) {
      return;
    }
    if (wanted !== undefined) {
      event.preventDefault();
      this.#events.select(tab.id, false);
    } else if (event.key === 'Delete' && tab.closable) {
      event.preventDefault();
      this.#events.close?.(tab.id);
    }
  }
}
