// Shows the command log of the terminal in use: a list that a screen reader walks like any other text.
import type { CommandLog, LoggedCommand } from './command-log.ts';
import { must } from './page.ts';

export class CommandLogPanel {
  readonly #panel: HTMLElement;
  readonly #list: HTMLElement;
  readonly #empty: HTMLElement;
  readonly #toggle: HTMLElement;
  readonly #log: () => CommandLog | undefined;
  readonly #items = new WeakMap<LoggedCommand, HTMLElement>();

  constructor(section: HTMLElement, log: () => CommandLog | undefined) {
    this.#panel = must(section, '[data-command-log]');
    this.#list = must(this.#panel, 'ol');
    this.#empty = must(this.#panel, '[data-log-empty]');
    this.#toggle = must(section, '[data-toggle-log]');
    this.#log = log;
    this.#toggle.addEventListener('click', () => this.#show(this.#panel.hidden !== false));
    must(this.#panel, '[data-log-close]').addEventListener('click', () => this.#show(false));
    this.#panel.addEventListener('keydown', (event) => event.key === 'Escape' && this.#show(false));
  }

  /** Another terminal is in use, or a command of this one began or ended. */
  update(): void {
    if (this.#panel.hidden) {
      return;
    }
    const commands = this.#log()?.commands ?? [];
    this.#list.replaceChildren(...commands.map((entry) => this.#item(entry)));
    this.#empty.hidden = commands.length > 0;
  }

  #show(on: boolean): void {
    this.#panel.hidden = !on;
    this.#toggle.ariaExpanded = String(on);
    this.update();
    if (on) {
      must(this.#panel, 'h3').focus();
      this.#list.lastElementChild?.scrollIntoView({ block: 'nearest' });
    } else {
      this.#toggle.focus();
    }
  }

  #item(entry: LoggedCommand): HTMLElement {
    const known = this.#items.get(entry);
    if (known && known.dataset.status === String(entry.status)) {
      return known;
    }
    const item = document.createElement('li');
    const details = document.createElement('details');
    const summary = document.createElement('summary');
    const command = document.createElement('code');
    const end = document.createElement('span');
    const output = document.createElement('pre');
    item.dataset.status = String(entry.status);
    command.textContent = entry.command;
    end.textContent = endOf(entry);
    end.dataset.failed = String(Boolean(entry.status));
    output.tabIndex = 0;
    output.textContent = outputOf(entry);
    summary.append(command, ' ', end);
    details.append(summary, output);
    details.open = known?.querySelector('details')?.open ?? false;
    item.append(details);
    this.#items.set(entry, item);
    return item;
  }
}

function endOf({ status }: LoggedCommand): string {
  return status === undefined ? 'runs' : status === 0 ? 'done' : `status ${status}`;
}

function outputOf({ output, omitted, status }: LoggedCommand): string {
  if (output === '') {
    return status === undefined ? 'What it prints is shown here when it has ended.' : 'It printed nothing.';
  }
  return omitted > 0 ? `(${omitted} lines before these are left out)\n${output}` : output;
}
