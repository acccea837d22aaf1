// The clock of a lab: when it falls idle and when its time is up. The server's clock decides, the page only shows it.
import type { Clock } from '../base/index.ts';

export interface LifeRules {
  /** Without use for this long, a lab is suspended. */
  idleMs: number;
  /** Without use for this long, a lab is closed. */
  lifeMs: number;
}

/** A lab's end moves with its use, but is written and told at most this often. */
const EXTENSION_STEP_MS = 60_000;

export interface LifeListener {
  idle(): void;
  expired(): void;
  extended(expiresAt: number): void;
}

/** Counts from the last use. Stops when disposed. */
export class LabLife implements Disposable {
  readonly #clock: Clock;
  readonly #rules: LifeRules;
  readonly #listener: LifeListener;
  #usedAt: number;
  #expiresAt: number;
  #idleTimer: Disposable | undefined;
  #endTimer: Disposable | undefined;
  #idleCounts = false;

  constructor(clock: Clock, rules: LifeRules, expiresAt: number, listener: LifeListener) {
    this.#clock = clock;
    this.#rules = rules;
    this.#listener = listener;
    this.#usedAt = clock.now();
    this.#expiresAt = expiresAt;
    this.#armEnd();
  }

  get expiresAt(): number {
    return this.#expiresAt;
  }

  get usedAt(): number {
    return this.#usedAt;
  }

  /** Notes a use: the lab is not idle, and its end moves away. */
  touch(): void {
    this.#usedAt = this.#clock.now();
    if (this.#usedAt + this.#rules.lifeMs - this.#expiresAt >= EXTENSION_STEP_MS) {
      this.extend();
    }
  }

  /** Moves the end to a whole life from now. */
  extend(): void {
    this.#usedAt = this.#clock.now();
    this.#expiresAt = Math.max(this.#expiresAt, this.#usedAt + this.#rules.lifeMs);
    this.#armEnd();
    this.#listener.extended(this.#expiresAt);
  }

  /** A suspended or closed lab cannot fall idle. */
  countIdleness(counts: boolean): void {
    this.#idleCounts = counts;
    this.#idleTimer?.[Symbol.dispose]();
    if (counts) {
      this.#usedAt = this.#clock.now();
      this.#armIdle(this.#rules.idleMs);
    }
  }

  [Symbol.dispose](): void {
    this.#idleCounts = false;
    this.#idleTimer?.[Symbol.dispose]();
    this.#endTimer?.[Symbol.dispose]();
  }

  /** One timer that looks again when it fires, so that a key press costs no timer. */
  #armIdle(inMs: number): void {
    this.#idleTimer = this.#clock.schedule(inMs, () => {
      const left = this.#usedAt + this.#rules.idleMs - this.#clock.now();
      if (left > 0) {
        this.#armIdle(left);
      } else if (this.#idleCounts) {
        this.#listener.idle();
      }
    });
  }

  #armEnd(): void {
    this.#endTimer?.[Symbol.dispose]();
    // Timers of Node.js end at 2^31 ms; a longer life looks again then.
    const left = Math.min(this.#expiresAt - this.#clock.now(), 2 ** 31 - 1);
    this.#endTimer = this.#clock.schedule(left, () => {
      if (this.#clock.now() >= this.#expiresAt) {
        this.#listener.expired();
      } else {
        this.#armEnd();
      }
    });
  }
}
