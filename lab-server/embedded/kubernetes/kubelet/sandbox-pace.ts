// How long the node's container runtime takes for the sandbox of a pod: one after the other, so that a rollout is seen to go step by step.
import type { Clock } from '../../../base/index.ts';

/** Containerd takes several times as long. */
const ONE_MS = 150;
/** Sandboxes that are asked for together are ready this long after each other. */
const APART_MS = 30;
/** So many wait in line at most: a node that is filled at once should not take minutes. */
const LONGEST_LINE = 30;

export class SandboxPace {
  readonly #clock: Clock;
  #lastReadyAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes a place in the line. */
  readyInMs(): number {
    const now = this.#clock.now();
    const soonest = now + ONE_MS;
    this.#lastReadyAt = Math.min(Math.max(soonest, this.#lastReadyAt + APART_MS), soonest + LONGEST_LINE * APART_MS);
    return this.#lastReadyAt - now;
  }
}
