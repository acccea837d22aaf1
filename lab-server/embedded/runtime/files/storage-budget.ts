// How many bytes all containers of a runtime may hold in written files together: the simulated node's disk.

export class StorageBudget {
  readonly #capacity: number;
  #used = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Takes or gives back bytes; false when there is no room. */
  take(bytes: number): boolean {
    if (bytes > 0 && this.#used + bytes > this.#capacity) {
      return false;
    }
    this.#used = Math.max(0, this.#used + bytes);
    return true;
  }
}
