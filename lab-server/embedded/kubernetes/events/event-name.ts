// Names of events: the object's name and the time in nanoseconds, as client-go makes them (`web.17f0c4a2b3d1e5f7`).

const NANOS_PER_MS = 1_000_000n;
/** Nanoseconds that are drawn at most, so that names of one millisecond still look like times. */
const LONGEST_STEP = 20_000;

/** Names may run ahead of the clock by so much when there are many at once; more than that, and it is another clock. */
const LONGEST_LEAD = 1_000_000_000n;

let latest = 0n;

/** The clock counts milliseconds. What comes later gets a later name, since clients that sort by the second keep the order of names. */
export function eventName(objectName: string, now: number): string {
  const drawn = BigInt(1 + Math.floor(Math.random() * LONGEST_STEP));
  const start = BigInt(Math.floor(now)) * NANOS_PER_MS;
  const isAhead = latest >= start && latest < start + LONGEST_LEAD;
  latest = (isAhead ? latest : start) + drawn;
  return `${objectName}.${latest.toString(16)}`;
}
