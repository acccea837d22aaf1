// The command palette: a text field over a list, as WAI-ARIA describes a combobox. Arrows choose, Enter does, Escape leaves.
import { pageCommands, placeCommands, type Command } from './commands.ts';
import { matching } from './match.ts';

const MOST = 50;

class Palette {
  readonly #dialog = document.createElement('dialog');
  readonly #input = document.createElement('input');
  readonly #list = document.createElement('ul');
  readonly #count = document.createElement('p');
  #commands: readonly Command[] = [];
  #shown: readonly Command[] = [];
  #active = 0;

  constructor() {
    this.#dialog.className = 'palette';
    this.#dialog.ariaLabel = 'Commands';
    Object.assign(this.#input, { type: 'text', autocomplete: 'off', spellcheck: false, placeholder: 'Go to, or do…' });
    for (const [name, value] of Object.entries({
      role: 'combobox',
      'aria-label': 'Command',
      'aria-controls': 'palette-list',
      'aria-expanded': 'true',
      'aria-autocomplete': 'list',
    })) {
      this.#input.setAttribute(name, value);
    }
    this.#list.id = 'palette-list';
    this.#list.role = 'listbox';
    this.#list.ariaLabel = 'Commands';
    this.#count.className = 'sr-only';
    this.#count.role = 'status';
    this.#dialog.append(this.#input, this.#list, this.#count);
    document.body.append(this.#dialog);
    this.#input.addEventListener('input', () => this.#filter());
    this.#input.addEventListener('keydown', (event) => this.#key(event));
    this.#list.addEventListener('click', (event) => {
      const item = event.target instanceof Element ? event.target.closest<HTMLElement>('[role=option]') : null;
      this.#run(Number(item?.dataset.index ?? -1));
    });
    // A click beside the dialog leaves it.
    this.#dialog.addEventListener('click', (event) => event.target === this.#dialog && this.#dialog.close());
  }

  open(): void {
    if (this.#dialog.open) {
      this.#dialog.close();
      return;
    }
    this.#input.value = '';
    const own = pageCommands();
    this.#commands = own;
    this.#filter();
    this.#dialog.showModal();
    void placeCommands().then((places) => {
      this.#commands = [...own, ...places];
      this.#filter();
    });
  }

  #filter(): void {
    this.#shown = matching(this.#commands, this.#input.value).slice(0, MOST);
    this.#active = 0;
    this.#count.textContent = `${this.#shown.length} commands`;
    this.#list.replaceChildren(
      ...this.#shown.map(({ title, kind }, index) => {
        const item = document.createElement('li');
        item.role = 'option';
        item.id = `palette-${index}`;
        item.dataset.index = String(index);
        const type = document.createElement('span');
        type.textContent = kind;
        item.append(title, type);
        return item;
      }),
    );
    this.#mark();
  }

  #mark(): void {
    for (const item of this.#list.children) {
      const isActive = item.id === `palette-${this.#active}`;
      item.ariaSelected = String(isActive);
      if (isActive) {
        item.scrollIntoView({ block: 'nearest' });
      }
    }
    this.#input.setAttribute('aria-activedescendant', this.#shown.length > 0 ? `palette-${this.#active}` : '');
  }

  #key(event: KeyboardEvent): void {
    const last = this.#shown.length - 1;
    const wanted = { ArrowDown: this.#active === last ? 0 : this.#active + 1, ArrowUp: this.#active === 0 ? last : this.#active - 1 }[
      event.key
    ];
    if (wanted !== undefined) {
      event.preventDefault();
      this.#active = wanted;
      this.#mark();
    } else if (event.key === 'Enter') {
      event.preventDefault();
      this.#run(this.#active);
    }
  }

  #run(index: number): void {
    const command = this.#shown[index];
    if (command) {
      this.#dialog.close();
      command.run();
    }
  }
}

let palette: Palette | undefined;

/** Opens the palette; closes it where it is open. */
export function openPalette(): void {
  palette ??= new Palette();
  palette.open();
}
