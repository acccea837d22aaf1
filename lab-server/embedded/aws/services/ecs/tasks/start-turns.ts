// Containers start one in a turn of the event loop, so that a burst of tasks leaves the endpoint time to answer (AWS launches tasks at a limited rate too).

export class StartTurns {
  readonly #waiting: (() => void)[] = [];

  /** Resolves when it is the caller's turn. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length === 1) {
        setImmediate(() => this.#admit());
      }
    });
  }

  #admit(): void {
    this.#waiting.shift()?.();
    if (this.#waiting.length > 0) {
      setImmediate(() => this.#admit());
    }
  }
}
