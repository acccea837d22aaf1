// The list of objectives, kept true to the verdicts that the server sends.
import type { VerdictMessage } from '../../lab-server/protocol/stream.ts';
import { say } from '../i18n/say.ts';
import { must } from './page.ts';

export interface Result {
  verdicts: readonly VerdictMessage[];
  score: number;
  outOf: number;
}

export class Objectives {
  readonly #section: HTMLElement;
  readonly #say: (text: string) => void;
  #outOf = 0;
  readonly #states = new Map<string, VerdictMessage['state']>();

  constructor(dock: HTMLElement, say: (text: string) => void) {
    this.#section = must(dock, '.objectives');
    this.#linkSteps();
    this.#say = say;
  }

  focus(): void {
    must(this.#section, 'h2').focus();
  }

  show({ verdicts, score, outOf }: Result): void {
    this.#outOf = outOf;
    const news: string[] = [];
    for (const verdict of verdicts) {
      const item = this.#section.querySelector<HTMLDetailsElement>(`[data-objective="${CSS.escape(verdict.objective)}"]`);
      if (!item) {
        continue;
      }
      const before = this.#states.get(verdict.objective);
      this.#states.set(verdict.objective, verdict.state);
      this.#fill(item, verdict);
      // Only what changed while the reader was here is news.
      if (before !== undefined && before !== verdict.state && verdict.state !== 'pending') {
        news.push(`${must(item, '.objective-title').textContent}: ${say(verdict.state)}.`);
      }
    }
    const all = this.#section.querySelectorAll('[data-objective]').length;
    const done = [...this.#states.values()].filter((state) => state === 'passed').length;
    must(this.#section, '[data-score]').textContent = say('done', { done, all });
    must(this.#section, '[data-points]').textContent = say('points', { score, outOf });
    const explanation = this.#section.querySelector<HTMLElement>('[data-explanation]');
    if (explanation) {
      explanation.hidden = done < all;
    }
    if (news.length > 0) {
      this.#say(`${news.join(' ')} ${done} of ${all} objectives done.`);
    }
  }

  /** Back to how it was before anything was checked. */
  clear(): void {
    this.show({
      verdicts: [...this.#states.keys()].map((objective) => ({ objective, state: 'pending' })),
      score: 0,
      outOf: this.#outOf,
    });
    this.#states.clear();
  }

  /** A step of a twin lab opens its objective, and takes the focus back when that is closed. */
  #linkSteps(): void {
    for (const step of this.#section.querySelectorAll<HTMLElement>('[data-twin-step]')) {
      const objective = must<HTMLDetailsElement>(this.#section, `[data-objective="${CSS.escape(step.dataset.twinStep ?? '')}"]`);
      step.addEventListener('click', (event) => {
        event.preventDefault();
        objective.open = !objective.open;
        (objective.open ? must(objective, 'summary') : step).focus();
      });
      objective.addEventListener('toggle', () => {
        if (!objective.open && objective.contains(document.activeElement)) {
          step.focus();
        }
      });
    }
  }

  #fill(item: HTMLElement, verdict: VerdictMessage): void {
    item.dataset.state = verdict.state;
    for (const step of this.#section.querySelectorAll<HTMLElement>(`[data-twin-step="${CSS.escape(verdict.objective)}"]`)) {
      step.dataset.state = verdict.state;
    }
    must(item, '[data-verdict-word]').textContent = say(verdict.state);
    const parts = { expected: verdict.expected, found: verdict.found, next: verdict.next };
    for (const [name, text] of Object.entries(parts)) {
      const value = must(item, `[data-${name}]`);
      value.textContent = text ?? '';
      must(item, `div:has(> [data-${name}])`).hidden = !text;
    }
    const reactions = must(item, '[data-reactions]');
    reactions.hidden = !verdict.hints?.length;
    reactions.replaceChildren(
      ...(verdict.hints ?? []).map((hint) => {
        const entry = document.createElement('li');
        entry.textContent = hint;
        return entry;
      }),
    );
    const hasWords = Boolean(verdict.expected ?? verdict.found ?? verdict.next);
    must(item, '[data-verdict]').hidden = !hasWords;
    const none = must(item, '[data-verdict-none]');
    none.hidden = hasWords;
    none.textContent = say(verdict.state === 'passed' ? 'asItShouldBe' : 'unchecked');
  }
}
