// How many messages a connection may send: a bucket that fills with time and empties with messages.
import type { Clock } from '../../base/index.ts';

/** Far above the fastest honest browser (1,000 acknowledgements a second at 60 MB/s, and the keys of a person). */
const BURST = 6_000;
const PER_SECOND = 3_000;

export class MessageRate {
  readonly #clock: Clock;
  #tokens = BURST;
  #filledAt: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#filledAt = clock.now();
  }

  /** Counts one message; false when it is one too many. */
  allow(): boolean {
    if (this.#tokens < 1) {
      const now = this.#clock.now();
      this.#tokens = Math.min(BURST, this.#tokens + ((now - this.#filledAt) / 1000) * PER_SECOND);
      this.#filledAt = now;
    }
    this.#tokens -= 1;
    return this.#tokens >= 0;
  }
}
