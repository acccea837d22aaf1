// Simulated processor time of one container: what it used lately, and the waiting that a limit causes.
import type { Clock } from '../../../base/index.ts';

/** Usage is an average that forgets with this time constant; metrics are sampled over 10 to 15 s on a real node. */
const WINDOW_MS = 10_000;
/** What a node of a lab has to give when the container has no limit, in cores. */
const UNLIMITED_CORES = 2;
/** Below this a wait is not worth a timer (CFS hands out time in slices of about this size as well). */
const SHORTEST_WAIT_MS = 1;

export class Cpu {
  readonly #clock: Clock;
  #cores: number;
  #loadMs = 0;
  #loadAt: number;
  #busyUntil: number;

  constructor(clock: Clock, limitMillicores?: number) {
    this.#clock = clock;
    this.#cores = coresOf(limitMillicores);
    this.#loadAt = clock.now();
    this.#busyUntil = this.#loadAt;
  }

  /** A new limit holds for work from now on. */
  setLimit(limitMillicores: number | undefined): void {
    this.#cores = coresOf(limitMillicores);
  }

  /** Accounts for processor time that is too short to wait for. */
  charge(milliseconds: number): void {
    this.#decay();
    this.#loadMs += milliseconds;
  }

  /** Takes processor time: resolves when a core would have done that much work, given the limit and who else is at it. */
  async work(milliseconds: number, signal?: AbortSignal): Promise<void> {
    this.charge(milliseconds);
    const now = this.#clock.now();
    this.#busyUntil = Math.max(now, this.#busyUntil) + milliseconds / this.#cores;
    const wait = Math.max(this.#busyUntil - now, milliseconds / Math.min(1, this.#cores));
    if (wait >= SHORTEST_WAIT_MS) {
      await this.#clock.sleep(wait, signal);
    }
  }

  /** How long a core takes for this much work under the container's limit. */
  stretched(milliseconds: number): number {
    return milliseconds / Math.min(1, this.#cores);
  }

  millicores(): number {
    this.#decay();
    // Rounded up as kubectl prints quantities; what is hardly anything is nothing.
    return Math.max(0, Math.ceil((this.#loadMs / WINDOW_MS) * 1000 - 0.01));
  }

  #decay(): void {
    const now = this.#clock.now();
    if (now > this.#loadAt) {
      this.#loadMs *= Math.exp((this.#loadAt - now) / WINDOW_MS);
      this.#loadAt = now;
    }
  }
}

function coresOf(limitMillicores: number | undefined): number {
  return limitMillicores === undefined ? UNLIMITED_CORES : Math.max(1, limitMillicores) / 1000;
}
