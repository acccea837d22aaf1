// The one place that says in words how the lab is: opening with its stages, ready with the time left, suspended, lost, closed.
import type { LabState, StageMessage } from '../../lab-server/protocol/stream.ts';
import { must } from './page.ts';

export type Action = 'extend' | 'open' | 'reconnect';

/** From here on the time left is a warning, with the way to extend it beside it. */
const WARN_BELOW_MS = 10 * 60_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const ACTION_LABELS: Record<Action, string> = { extend: 'Extend', open: 'Open again', reconnect: 'Try now' };

export class LabStatus {
  readonly #head: HTMLElement;
  readonly #word: HTMLElement;
  readonly #detail: HTMLElement;
  readonly #button: HTMLButtonElement;
  readonly #stages: HTMLElement;
  readonly #say: (text: string) => void;
  #action: Action | undefined;
  #expiresAt = 0;
  /** Server time minus ours: the reader's clock may be wrong. */
  #clockOffset = 0;
  #state: LabState = 'opening';
  #timer: number | undefined;
  #warned = false;

  constructor(dock: HTMLElement, say: (text: string) => void, act: (action: Action) => void) {
    this.#head = must(dock, '.lab-head');
    this.#word = must(dock, '[data-state-word]');
    this.#detail = must(dock, '[data-state-detail]');
    this.#button = must<HTMLButtonElement>(dock, '[data-state-action]');
    this.#stages = must(dock, '[data-stages]');
    this.#say = say;
    this.#button.addEventListener('click', () => this.#action && act(this.#action));
  }

  clock(serverTime: number, expiresAt: number): void {
    this.#clockOffset = serverTime - Date.now();
    this.expires(expiresAt);
  }

  expires(expiresAt: number): void {
    this.#expiresAt = expiresAt;
    this.#warned = false;
    this.#tick();
  }

  opening(stages: readonly StageMessage[] = []): void {
    this.#state = 'opening';
    this.#show('Opening', '');
    this.#stages.replaceChildren();
    this.#stages.hidden = false;
    stages.forEach((stage) => this.stage(stage));
  }

  stage(stage: StageMessage): void {
    let line = this.#stages.querySelector<HTMLElement>(`[data-stage="${CSS.escape(stage.id)}"]`);
    if (!line) {
      line = document.createElement('li');
      line.dataset.stage = stage.id;
      this.#stages.append(line);
    }
    line.dataset.state = stage.state;
    const percent = stage.state === 'running' && stage.progress !== undefined ? `, ${Math.round(stage.progress * 100)} %` : '';
    line.textContent = `${stage.text}${percent}`;
  }

  state(state: LabState, reason = ''): void {
    const changed = state !== this.#state;
    this.#state = state;
    this.#stages.hidden = state !== 'opening' && state !== 'failed';
    switch (state) {
      case 'opening':
        this.#show('Opening', '');
        break;
      case 'queued':
        this.#show('Waiting', reason);
        break;
      case 'ready':
        this.#show('Ready', '');
        this.#tick();
        break;
      case 'suspended':
        this.#show('Suspended', reason || 'Your files and the sandbox are kept.', 'open');
        break;
      case 'closed':
        this.#show('Closed', reason, 'open');
        break;
      case 'failed':
        this.#show('Could not open', reason, 'open');
        break;
    }
    if (changed) {
      this.#say(`Lab: ${this.#word.textContent}. ${reason}`);
    }
  }

  /** Something was refused; the lab is as it was. */
  problem(text: string): void {
    this.#detail.textContent = text;
    this.#say(text);
  }

  lost(retryAt: number): void {
    clearTimeout(this.#timer);
    if (this.#head.dataset.state !== 'lost') {
      this.#say('The connection to the lab is lost. Trying again.');
    }
    const seconds = Math.max(1, Math.round((retryAt - Date.now()) / 1000));
    this.#show('Connection lost', `Trying again in ${seconds} s. Your shell goes on.`, 'reconnect');
    this.#head.dataset.state = 'lost';
  }

  found(): void {
    if (this.#head.dataset.state === 'lost') {
      this.#say('Connected again.');
      this.state(this.#state);
    }
  }

  #show(word: string, detail: string, action?: Action): void {
    this.#head.dataset.state = this.#state;
    this.#word.textContent = word;
    this.#detail.textContent = detail;
    this.#action = action;
    this.#button.hidden = action === undefined;
    this.#button.textContent = action ? ACTION_LABELS[action] : '';
  }

  /** Says the time left, and comes back when the minute is over. */
  #tick(): void {
    clearTimeout(this.#timer);
    if (this.#state !== 'ready' || this.#expiresAt === 0 || this.#head.dataset.state === 'lost') {
      return;
    }
    const left = Math.max(0, this.#expiresAt - (Date.now() + this.#clockOffset));
    // Whole hours while there are many: nobody needs the minutes of an afternoon.
    const unit = left > 2 * HOUR_MS ? HOUR_MS : MINUTE_MS;
    const count = Math.ceil(left / unit);
    const name = unit === HOUR_MS ? 'hour' : 'minute';
    const ends = left < WARN_BELOW_MS;
    this.#show('Ready', `${count} ${name}${count === 1 ? '' : 's'} left`, ends ? 'extend' : undefined);
    if (ends && !this.#warned) {
      this.#warned = true;
      this.#say(`The lab ends in ${count} ${name}${count === 1 ? '' : 's'}. You can extend it.`);
    }
    if (left > 0) {
      this.#timer = window.setTimeout(() => this.#tick(), left % unit || unit);
    }
  }
}
