// Timestamps on the wire. Inside the services a timestamp is a number: milliseconds since the Unix epoch.

/** ISO 8601 in UTC, with milliseconds only where there are any: `2026-01-01T00:00:00Z`. */
export function isoOf(milliseconds: number): string {
  const Time = globalThis.Date;
  return new Time(milliseconds).toISOString().replace('.000Z', 'Z');
}

/** Seconds since the epoch of a timestamp in text; NaN when it is none. */
export function secondsOf(text: string): number {
  const Time = globalThis.Date;
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : Time.parse(text) / 1000;
}
