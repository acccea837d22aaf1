// Exponential back-off per key, with the rules of client-go's flowcontrol.Backoff that crash loops and image pulls follow.
import type { Clock } from '../../../base/index.ts';

interface Entry {
  delay: number;
  updatedAt: number;
}

export class BackOff {
  readonly #clock: Clock;
  readonly #initial: number;
  readonly #max: number;
  readonly #entries = new Map<string, Entry>();

  /** Delays start at `initial` and double up to `max`, both in milliseconds. */
  constructor(clock: Clock, initial: number, max: number) {
    this.#clock = clock;
    this.#initial = initial;
    this.#max = max;
  }

  /** Milliseconds still to wait when the thing that failed did so at `failedAt`; 0 when it may be tried now. */
  remaining(key: string, failedAt: number): number {
    const entry = this.#entries.get(key);
    if (!entry || this.#expired(entry, failedAt)) {
      return 0;
    }
    return Math.max(0, failedAt + entry.delay - this.#clock.now());
  }

  /** The current delay of a key. */
  delay(key: string): number {
    return this.#entries.get(key)?.delay ?? 0;
  }

  /** As `remaining`, counted from the last `next`. */
  remainingSinceUpdate(key: string): number {
    const entry = this.#entries.get(key);
    return entry ? this.remaining(key, entry.updatedAt) : 0;
  }

  /** Takes note of a new attempt after a failure at `failedAt`: the next failure waits longer. */
  next(key: string, failedAt = this.#clock.now()): void {
    const entry = this.#entries.get(key);
    const fresh = !entry || this.#expired(entry, failedAt);
    this.#entries.set(key, {
      delay: fresh ? this.#initial : Math.min(entry.delay * 2, this.#max),
      updatedAt: this.#clock.now(),
    });
  }

  /** Puts a key where it would be after `attempts` failures, the last one now. For pods taken over from before a restart. */
  restore(key: string, attempts: number): void {
    if (attempts > 0) {
      this.#entries.set(key, { delay: Math.min(this.#initial * 2 ** (attempts - 1), this.#max), updatedAt: this.#clock.now() });
    }
  }

  forget(prefix: string): void {
    for (const key of this.#entries.keys()) {
      if (key.startsWith(prefix)) {
        this.#entries.delete(key);
      }
    }
  }

  /** Something that ran well for twice the longest delay starts afresh. */
  #expired(entry: Entry, failedAt: number): boolean {
    return failedAt - entry.updatedAt > this.#max * 2;
  }
}
