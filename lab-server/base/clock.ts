// Time as a dependency: simulations and everything that waits take a Clock, so tests move time instead of sleeping.

/** A source of time. All durations are milliseconds; `now` is milliseconds since the Unix epoch. */
export interface Clock {
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Runs `task` once after `ms`; disposing the result before then cancels it. */
  schedule(ms: number, task: () => void): Disposable;
}

/** A timer of Node.js that is set for longer (24.8 days) fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's clock. Its timers never keep the process alive by themselves. */
export class SystemClock implements Clock {
  now(): number {
    return Date.now();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal);
  }

  schedule(ms: number, task: () => void): Disposable {
    let timer: NodeJS.Timeout | undefined;
    const arm = (left: number): void => {
      const step = Math.min(left, LONGEST_TIMER_MS);
      timer = setTimeout(() => (left > step ? arm(left - step) : task()), step);
      timer.unref();
    };
    arm(Math.max(0, ms));
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  }
}

interface Scheduled {
  at: number;
  order: number;
  task: () => void;
}

/** A clock that stands still until a test moves it. Tasks run in order of their due time, then of their scheduling. */
export class ManualClock implements Clock {
  #now: number;
  #order = 0;
  readonly #scheduled = new Set<Scheduled>();

  constructor(startsAt = Date.UTC(2026, 0, 1)) {
    this.#now = startsAt;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal);
  }

  schedule(ms: number, task: () => void): Disposable {
    const entry: Scheduled = { at: this.#now + Math.max(0, ms), order: this.#order++, task };
    this.#scheduled.add(entry);
    return { [Symbol.dispose]: () => void this.#scheduled.delete(entry) };
  }

  /** Number of tasks that wait for their time. */
  get pending(): number {
    return this.#scheduled.size;
  }

  /** Moves time forward by `ms`, running what falls due, with a turn of the event loop after each task. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await turn();
    for (let next = this.#nextDue(until); next; next = this.#nextDue(until)) {
      this.#scheduled.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.task();
      await turn();
    }
    this.#now = until;
    await turn();
  }

  /** Moves time in steps until `condition` holds; throws after `limitMs` of simulated time. */
  async advanceUntil(condition: () => boolean, limitMs = 600_000, stepMs = 50): Promise<void> {
    const deadline = this.#now + limitMs;
    await turn();
    while (!condition()) {
      if (this.#now >= deadline) {
        throw new Error(`the condition did not hold within ${limitMs} ms of simulated time`);
      }
      await this.advance(stepMs);
    }
  }

  #nextDue(until: number): Scheduled | undefined {
    let next: Scheduled | undefined;
    for (const entry of this.#scheduled) {
      if (entry.at > until) {
        continue;
      }
      if (!next || entry.at < next.at || (entry.at === next.at && entry.order < next.order)) {
        next = entry;
      }
    }
    return next;
  }
}

function sleepOn(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const scheduled = clock.schedule(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    function onAbort(): void {
      scheduled[Symbol.dispose]();
      reject(signal?.reason as Error);
    }
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** Lets promise callbacks and immediates that are due run. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
