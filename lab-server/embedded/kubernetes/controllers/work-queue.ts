// The keys that wait for one controller: each at most once, failed ones later and later, others at a time they asked for.
import type { Clock } from '../../../base/index.ts';
import type { Key } from './controller.ts';

/** client-go's ItemExponentialFailureRateLimiter as the controllers use it. */
const FIRST_RETRY_MS = 5;
const LAST_RETRY_MS = 1_000_000;

export class WorkQueue implements Disposable {
  readonly #clock: Clock;
  readonly #onReady: () => void;
  readonly #ready = new Set<Key>();
  readonly #later = new Map<Key, Disposable>();
  readonly #failures = new Map<Key, number>();

  /** `onReady` runs whenever a key became ready. */
  constructor(clock: Clock, onReady: () => void) {
    this.#clock = clock;
    this.#onReady = onReady;
  }

  get size(): number {
    return this.#ready.size;
  }

  add(key: Key): void {
    this.#ready.add(key);
    this.#onReady();
  }

  /** The next key, oldest first. A time it had asked for is forgotten: its reconcile asks again. */
  take(): Key | undefined {
    const next = this.#ready.keys().next();
    if (next.done) {
      return undefined;
    }
    this.#ready.delete(next.value);
    this.#cancelLater(next.value);
    return next.value;
  }

  addAfter(key: Key, ms: number): void {
    this.#cancelLater(key);
    if (ms <= 0) {
      this.add(key);
      return;
    }
    const timer = this.#clock.schedule(ms, () => {
      this.#later.delete(key);
      this.add(key);
    });
    this.#later.set(key, timer);
  }

  /** The key's reconcile failed: again after 5 ms, 10 ms, 20 ms … up to 1000 s. */
  retry(key: Key): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.addAfter(key, Math.min(FIRST_RETRY_MS * 2 ** failures, LAST_RETRY_MS));
  }

  /** The key's reconcile succeeded: its next failure waits the shortest time. */
  forget(key: Key): void {
    this.#failures.delete(key);
  }

  /** How often the key failed in a row. */
  failures(key: Key): number {
    return this.#failures.get(key) ?? 0;
  }

  [Symbol.dispose](): void {
    this.#ready.clear();
    for (const timer of this.#later.values()) {
      timer[Symbol.dispose]();
    }
    this.#later.clear();
  }

  #cancelLater(key: Key): void {
    this.#later.get(key)?.[Symbol.dispose]();
    this.#later.delete(key);
  }
}
