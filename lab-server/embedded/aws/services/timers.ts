// Timers by key: each key has one at most, and a new one takes the place of the old one.
import type { Clock } from '../../../base/index.ts';

export class KeyedTimers implements Disposable {
  readonly #clock: Clock;
  readonly #timers = new Map<string, Disposable>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs `task` after `ms`, instead of what was to run for `key`. */
  set(key: string, ms: number, task: () => void): void {
    this.cancel(key);
    this.#timers.set(
      key,
      this.#clock.schedule(ms, () => {
        this.#timers.delete(key);
        task();
      }),
    );
  }

  cancel(key: string): void {
    this.#timers.get(key)?.[Symbol.dispose]();
    this.#timers.delete(key);
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers.values()) {
      timer[Symbol.dispose]();
    }
    this.#timers.clear();
  }
}
