// Dates as HTTP headers and web servers' logs write them, from the Clock's milliseconds.
import { dateAt } from '../../files/file-times.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** `Tue, 24 Nov 2026 22:01:02 GMT` */
export function httpDate(milliseconds: number): string {
  return dateAt(milliseconds).toUTCString();
}

/** `24/Nov/2026:22:01:02 +0000`, as access logs have it. */
export function commonLogDate(milliseconds: number): string {
  const date = dateAt(milliseconds);
  const time = date.toISOString().slice(11, 19);
  return `${pad(date.getUTCDate())}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${time} +0000`;
}

/** `2026/11/24 22:01:02`, as nginx's error log has it. */
export function errorLogDate(milliseconds: number): string {
  const iso = dateAt(milliseconds).toISOString();
  return `${iso.slice(0, 10).replaceAll('-', '/')} ${iso.slice(11, 19)}`;
}

/** Milliseconds of an HTTP date, or undefined when it is none. */
export function parseHttpDate(text: string): number | undefined {
  const match = /^\w{3}, (\d{2}) (\w{3}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/.exec(text);
  if (!match) {
    return undefined;
  }
  const [, day, month, year, hour, minute, second] = match;
  const monthIndex = MONTHS.findIndex((name) => name === month);
  if (monthIndex < 0) {
    return undefined;
  }
  const date = dateAt(0);
  date.setUTCFullYear(Number(year), monthIndex, Number(day));
  date.setUTCHours(Number(hour), Number(minute), Number(second), 0);
  return date.getTime();
}

function pad(number: number): string {
  return String(number).padStart(2, '0');
}
