// Moments as people write them for date and touch.
import { dateAt } from '../../files/file-times.ts';

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const UNITS: Readonly<Record<string, number>> = {
  sec: 1_000,
  second: 1_000,
  min: 60_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
  fortnight: 1_209_600_000,
  month: 2_592_000_000,
  year: 31_536_000_000,
};

/** Milliseconds since the epoch; undefined when the text is no moment. Everything is UTC. */
export function parseMoment(text: string, now: number): number | undefined {
  const words = text.trim().toLowerCase();
  if (words === '' || words === 'now' || words === 'today') {
    return now;
  }
  const epoch = /^@(-?\d+(?:\.\d+)?)$/.exec(words);
  if (epoch) {
    return Number(epoch[1]) * 1000;
  }
  if (words === 'tomorrow' || words === 'yesterday') {
    return now + (words === 'tomorrow' ? 1 : -1) * 86_400_000;
  }
  const relative = /^(?:(.*?)\s*)?([+-]?\s*\d+)\s*(sec|second|min|minute|hour|day|week|fortnight|month|year)s?(\s+ago)?$/.exec(words);
  if (relative) {
    const base = relative[1] === undefined || relative[1] === '' ? now : parseMoment(relative[1], now);
    const amount = Number((relative[2] ?? '0').replace(/\s/g, '')) * (UNITS[relative[3] ?? ''] ?? 0);
    return base === undefined ? undefined : base + (relative[4] === undefined ? amount : -amount);
  }
  return parseAbsolute(words);
}

function parseAbsolute(words: string): number | undefined {
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[t ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?\s*(z|utc|gmt|[+-]\d{2}:?\d{2})?$/.exec(words);
  if (iso) {
    const zone = /^([+-])(\d{2}):?(\d{2})$/.exec(iso[7] ?? '');
    const offset = zone ? (zone[1] === '-' ? -1 : 1) * (Number(zone[2]) * 60 + Number(zone[3])) * 60_000 : 0;
    return (
      build(Number(iso[1]), Number(iso[2]) - 1, Number(iso[3]), Number(iso[4] ?? 0), Number(iso[5] ?? 0), Number(iso[6] ?? 0)) - offset
    );
  }
  const long =
    /^(?:\w{3},?\s+)?(?:(\d{1,2})\s+([a-z]{3})[a-z]*|([a-z]{3})[a-z]*\s+(\d{1,2}),?)\s+(?:(\d{2}):(\d{2})(?::(\d{2}))?\s+(?:utc\s+)?)?(\d{4})(?:\s+(\d{2}):(\d{2})(?::(\d{2}))?)?(?:\s+(?:gmt|utc|\+0000))?$/.exec(
      words,
    );
  const month = MONTHS.indexOf(long?.[2] ?? long?.[3] ?? '');
  if (!long || month < 0) {
    return undefined;
  }
  return build(
    Number(long[8]),
    month,
    Number(long[1] ?? long[4]),
    Number(long[5] ?? long[9] ?? 0),
    Number(long[6] ?? long[10] ?? 0),
    Number(long[7] ?? long[11] ?? 0),
  );
}

function build(year: number, month: number, day: number, hour: number, minute: number, second: number): number {
  const date = dateAt(0);
  date.setUTCFullYear(year, month, day);
  date.setUTCHours(hour, minute, second, 0);
  return date.getTime();
}
