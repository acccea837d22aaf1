// The solution below the objectives: shown when the reader asks for it, and hidden again with the lab.
import { must } from './page.ts';

export class SolutionReveal {
  readonly #details: HTMLDetailsElement;
  readonly #script: HTMLElement;

  /** `read` fetches the commands; it throws what the server says where there is no lab that is ready. */
  constructor(dock: HTMLElement, read: () => Promise<string>, failed: (error: unknown) => void) {
    this.#details = must<HTMLDetailsElement>(dock, 'details[data-solution]');
    this.#script = must(this.#details, '[data-solution-script]');
    must(this.#details, '[data-show-solution]').addEventListener('click', () => {
      read().then((script) => this.#show(script), failed);
    });
  }

  clear(): void {
    this.#details.open = false;
    this.#show('');
  }

  #show(script: string): void {
    const isShown = script !== '';
    this.#script.textContent = script.trim();
    this.#script.hidden = !isShown;
    must(this.#details, '[data-solution-where]').hidden = !isShown;
    must(this.#details, '[data-solution-note]').hidden = isShown;
    must(this.#details, '[data-show-solution]').hidden = isShown;
    if (isShown) {
      this.#script.focus();
    }
  }
}
