// Names of events: the object's name and the time in nanoseconds, as client-go makes them (`web.17f0c4a2b3d1e5f7`).

const NANOS_PER_MS = 1_000_000;

/** The clock counts milliseconds; the rest is drawn, so that recorders that speak of one object at once do not clash. */
export function eventName(objectName: string, now: number): string {
  const nanos = BigInt(Math.floor(now)) * BigInt(NANOS_PER_MS) + BigInt(Math.floor(Math.random() * NANOS_PER_MS));
  return `${objectName}.${nanos.toString(16)}`;
}
