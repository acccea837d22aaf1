// Names of events: the object's name and the time in nanoseconds, as client-go makes them (`web.17f0c4a2b3d1e5f7`).

const NANOS_PER_MS = 1_000_000n;

/** Makes names that stay apart even for events of the same millisecond. */
export class EventNames {
  #lastNanos = 0n;

  next(objectName: string, now: number): string {
    const nanos = BigInt(Math.floor(now)) * NANOS_PER_MS;
    this.#lastNanos = nanos > this.#lastNanos ? nanos : this.#lastNanos + 1n;
    return `${objectName}.${this.#lastNanos.toString(16)}`;
  }
}
