// A bounded queue between an event source and one async reader.

/** Thrown to the reader when more than `capacity` items were waiting: the reader was too slow and missed some. */
export class QueueOverflow extends Error {}

/** Items pushed here come out of the async iterator in order. Ends on `close`, or when `signal` aborts. */
export class AsyncQueue<T> implements AsyncIterable<T>, Disposable {
  readonly #items: T[] = [];
  readonly #capacity: number;
  #wake: (() => void) | undefined;
  #ended = false;
  #error: Error | undefined;

  constructor(capacity: number, signal?: AbortSignal) {
    this.#capacity = capacity;
    if (signal?.aborted) {
      this.#ended = true;
    }
    signal?.addEventListener('abort', () => this.close(), { once: true });
  }

  /** Adds an item; beyond the capacity the queue fails for its reader with QueueOverflow. */
  push(item: T): void {
    if (this.#ended) {
      return;
    }
    if (this.#items.length >= this.#capacity) {
      this.fail(new QueueOverflow(`more than ${this.#capacity} items were waiting`));
      return;
    }
    this.#items.push(item);
    this.#wake?.();
  }

  /** Ends the queue with an error for the reader, after the items that are already in it. */
  fail(error: Error): void {
    this.#error ??= error;
    this.close();
  }

  close(): void {
    this.#ended = true;
    this.#wake?.();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    try {
      for (;;) {
        while (this.#items.length > 0) {
          yield this.#items.shift() as T;
        }
        if (this.#error) {
          throw this.#error;
        }
        if (this.#ended) {
          return;
        }
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = undefined;
      }
    } finally {
      this.close();
    }
  }
}
