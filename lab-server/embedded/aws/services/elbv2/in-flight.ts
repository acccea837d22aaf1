// Requests and connections that targets serve at this moment, by target.

import type { Clock } from '../../../../base/index.ts';

export class InFlight {
  readonly #counts = new Map<string, number>();
  readonly #waiting = new Map<string, Set<() => void>>();

  count(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  /** Counts one until the result is disposed. */
  begin(key: string): Disposable {
    this.#counts.set(key, this.count(key) + 1);
    let isOpen = true;
    return {
      [Symbol.dispose]: () => {
        if (isOpen) {
          isOpen = false;
          const left = this.count(key) - 1;
          if (left > 0) {
            this.#counts.set(key, left);
          } else {
            this.#counts.delete(key);
            for (const done of this.#waiting.get(key) ?? []) {
              done();
            }
          }
        }
      },
    };
  }

  /** Resolves once nothing is served, after `limitMs`, or when `signal` aborts. */
  idle(key: string, clock: Clock, limitMs: number, signal: AbortSignal): Promise<void> {
    if (this.count(key) === 0 || signal.aborted) {
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(key) ?? new Set();
      this.#waiting.set(key, waiting);
      const done = (): void => {
        waiting.delete(done);
        timer[Symbol.dispose]();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = clock.schedule(limitMs, done);
      signal.addEventListener('abort', done, { once: true });
      waiting.add(done);
    });
  }
}
