// Find in a terminal: a small form over it.
import { must } from './page.ts';
import type { TerminalView } from './terminal-view.ts';

export class TerminalSearch {
  readonly #form: HTMLElement;
  readonly #text: HTMLInputElement;
  readonly #view: () => TerminalView | undefined;

  constructor(form: HTMLElement, view: () => TerminalView | undefined) {
    this.#form = form;
    this.#view = view;
    this.#text = must<HTMLInputElement>(form, 'input');
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#find(false);
    });
    must(form, '[data-search-previous]').addEventListener('click', () => this.#find(true));
    must(form, '[data-search-close]').addEventListener('click', () => this.#close());
    form.addEventListener('keydown', (event) => event.key === 'Escape' && this.#close());
  }

  open(): void {
    this.#form.hidden = false;
    this.#text.select();
    this.#text.focus();
  }

  #find(backwards: boolean): void {
    const found = this.#text.value === '' || (this.#view()?.find(this.#text.value, backwards) ?? false);
    this.#text.setCustomValidity(found ? '' : 'Not found in this terminal.');
    this.#text.reportValidity();
  }

  #close(): void {
    this.#form.hidden = true;
    this.#text.setCustomValidity('');
    this.#view()?.endSearch();
    this.#view()?.focus();
  }
}
