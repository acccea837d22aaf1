// How often a connection may do something: a bucket that fills with time and empties with use.
import type { Clock } from '../../base/index.ts';

export interface Allowance {
  /** How many at once, after a pause. */
  burst: number;
  perSecond: number;
}

/** Far above the fastest honest browser: 1,000 acknowledgements a second at 60 MB/s, and the keys of a person. */
export const MESSAGES: Allowance = { burst: 6_000, perSecond: 3_000 };
/** Each new terminal starts processes. */
export const NEW_TERMINALS: Allowance = { burst: 12, perSecond: 0.5 };

export class Rate {
  readonly #clock: Clock;
  readonly #allowance: Allowance;
  #left: number;
  #filledAt: number;

  constructor(clock: Clock, allowance: Allowance) {
    this.#clock = clock;
    this.#allowance = allowance;
    this.#left = allowance.burst;
    this.#filledAt = clock.now();
  }

  /** Counts one use; false when it is one too many, and then it does not count. */
  allow(): boolean {
    if (this.#left < 1) {
      const now = this.#clock.now();
      const gained = ((now - this.#filledAt) / 1000) * this.#allowance.perSecond;
      this.#left = Math.min(this.#allowance.burst, this.#left + gained);
      this.#filledAt = now;
    }
    if (this.#left < 1) {
      return false;
    }
    this.#left -= 1;
    return true;
  }
}
