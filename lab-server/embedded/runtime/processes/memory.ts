// Simulated memory of one container, by process. Passing the limit is the end of the container, as a cgroup does it.

export class Memory {
  #limit: number;
  readonly #onExceeded: () => void;
  readonly #byHolder = new Map<object, number>();
  #used = 0;

  constructor(limitBytes: number | undefined, onExceeded: () => void) {
    this.#limit = limitBytes ?? Infinity;
    this.#onExceeded = onExceeded;
  }

  /** A limit below what is used is passed with the next request for memory, as the kubelet leaves it to the kernel. */
  setLimit(limitBytes: number | undefined): void {
    this.#limit = limitBytes ?? Infinity;
  }

  get usedBytes(): number {
    return this.#used;
  }

  get limitBytes(): number {
    return this.#limit;
  }

  /** Sets what one holder (a process) has; returns whether it was granted. */
  hold(holder: object, bytes: number): boolean {
    this.#used += bytes - (this.#byHolder.get(holder) ?? 0);
    this.#byHolder.set(holder, bytes);
    if (this.#used > this.#limit) {
      this.#onExceeded();
      return false;
    }
    return true;
  }

  heldBy(holder: object): number {
    return this.#byHolder.get(holder) ?? 0;
  }

  release(holder: object): void {
    this.#used -= this.#byHolder.get(holder) ?? 0;
    this.#byHolder.delete(holder);
  }
}
