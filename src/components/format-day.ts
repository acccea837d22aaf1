// Dates as the guide writes them.

/** "24 November 2026", whatever the reader's time zone: the dates of the guide are days, not moments. */
export function formatDay(day: Date, language = 'en'): string {
  return new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  }).format(day);
}
