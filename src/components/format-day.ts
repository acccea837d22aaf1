// Dates as the guide writes them.

/** "24 November 2026", whatever the reader's time zone: the dates of the guide are days, not moments. */
export function formatDay(day: Date): string {
  return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' }).format(day);
}
