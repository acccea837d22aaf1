// Times as the API writes them: metav1.Time to the second, metav1.MicroTime to the microsecond, both in UTC.
// Date only formats and parses here; it never tells the time of day.
/* oxlint-disable no-restricted-globals */

/** `2026-01-01T00:00:00Z` */
export function isoTime(milliseconds: number): string {
  return `${new Date(Math.floor(milliseconds / 1000) * 1000).toISOString().slice(0, 19)}Z`;
}

/** `2026-01-01T00:00:00.000000Z` */
export function microTime(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 23)}000Z`;
}

const rfc3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

/** Milliseconds since the epoch of an RFC 3339 time; undefined where there is none or it is no time. */
export function parseTime(text: string | null | undefined): number | undefined {
  if (!text || !rfc3339.test(text)) {
    return undefined;
  }
  const milliseconds = Date.parse(text);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}
