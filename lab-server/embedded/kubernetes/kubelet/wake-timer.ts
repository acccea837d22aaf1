// One timer for the earliest of several times at which somebody wants to be woken.
import type { Clock } from '../../../base/index.ts';

export class WakeTimer {
  readonly #clock: Clock;
  readonly #wake: () => void;
  #timer: Disposable | undefined;
  #at = Infinity;

  constructor(clock: Clock, wake: () => void) {
    this.#clock = clock;
    this.#wake = wake;
  }

  /** Wakes after `ms` at the latest. */
  within(ms: number): void {
    const at = this.#clock.now() + ms;
    if (at >= this.#at) {
      return;
    }
    this.clear();
    this.#at = at;
    this.#timer = this.#clock.schedule(ms, () => {
      this.clear();
      this.#wake();
    });
  }

  clear(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#at = Infinity;
  }
}
