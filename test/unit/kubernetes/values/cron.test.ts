import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTimeZone, nextTime, parseCron } from '../../../../lab-server/embedded/kubernetes/values/index.ts';

const minute = 60_000;
const at = (text: string) => Date.parse(text);
const next = (schedule: string, after: string, zone?: string) => {
  const time = nextTime(parseCron(schedule), at(after), zone);
  return time === undefined ? undefined : new Date(time).toISOString();
};

describe('a schedule', () => {
  it.each([
    ['*/5 * * * *', '2026-01-01T10:02:30Z', '2026-01-01T10:05:00.000Z'],
    ['*/5 * * * *', '2026-01-01T10:05:00Z', '2026-01-01T10:10:00.000Z'],
    ['0 0 1 * *', '2026-01-31T23:59:00Z', '2026-02-01T00:00:00.000Z'],
    ['30 8 * * mon-fri', '2026-01-02T09:00:00Z', '2026-01-05T08:30:00.000Z'],
    ['0 0 29 2 *', '2026-03-01T00:00:00Z', '2028-02-29T00:00:00.000Z'],
    ['0 12 13 * 5', '2026-01-03T00:00:00Z', '2026-01-09T12:00:00.000Z'],
    ['@hourly', '2026-01-01T10:59:59Z', '2026-01-01T11:00:00.000Z'],
    ['@weekly', '2026-01-01T00:00:00Z', '2026-01-04T00:00:00.000Z'],
    ['@every 90s', '2026-01-01T00:00:00Z', '2026-01-01T00:01:30.000Z'],
    ['5,10-12 3 * jan,MAR *', '2026-01-01T03:05:00Z', '2026-01-01T03:10:00.000Z'],
  ])('%s after %s is due at %s', (schedule, after, due) => {
    expect(next(schedule, after)).toBe(due);
  });

  it('goes by the clock of its time zone', () => {
    expect(next('0 9 * * *', '2026-01-15T10:00:00Z', 'America/New_York')).toBe('2026-01-15T14:00:00.000Z');
    expect(next('0 9 * * *', '2026-07-15T10:00:00Z', 'America/New_York')).toBe('2026-07-15T13:00:00.000Z');
    expect(next('0 9 * * *', '2026-07-15T10:00:00Z', 'Asia/Kolkata')).toBe('2026-07-16T03:30:00.000Z');
  });

  it('that can never be due is given up', () => {
    expect(next('0 0 30 2 *', '2026-01-01T00:00:00Z')).toBeUndefined();
  });

  it.each([
    ['', 'empty spec string'],
    ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'],
    ['* * * * * *', 'expected exactly 5 fields, found 6: [* * * * * *]'],
    ['60 * * * *', 'end of range (60) above maximum (59): 60'],
    ['* 24 * * *', 'end of range (24) above maximum (23): 24'],
    ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
    ['5-1 * * * *', 'beginning of range (5) beyond end of range (1): 5-1'],
    ['*/0 * * * *', 'step of range should be a positive number: */0'],
    ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
    ['1/2/3 * * * *', 'too many slashes: 1/2/3'],
    ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
    ['@sometimes', 'unrecognized descriptor: @sometimes'],
  ])('%j is refused', (text, message) => {
    expect(() => parseCron(text)).toThrow(message);
  });

  it('is due exactly when its fields say so', () => {
    const field = (low: number, high: number) =>
      fc.oneof(
        fc.constant('*'),
        fc.integer({ min: low, max: high }).map(String),
        fc.integer({ min: 1, max: 15 }).map((step) => `*/${step}`),
        fc
          .tuple(fc.integer({ min: low, max: high }), fc.integer({ min: low, max: high }))
          .map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
      );
    const schedules = fc.tuple(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 6)).map((fields) => fields.join(' '));
    const starts = fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2028-01-01T00:00:00Z') });
    fc.assert(
      fc.property(schedules, starts, (text, start) => {
        const schedule = parseCron(text);
        const found = nextTime(schedule, start);
        const minutes = Array.from({ length: 2 * 24 * 60 }, (_, index) => (Math.floor(start / minute) + 1 + index) * minute);
        const due = minutes.find((time) => isDue(text, new Date(time)));
        expect(due === undefined || due === found).toBe(true);
        expect(found === undefined || isDue(text, new Date(found))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});

/** The same question, asked the slow way: does the minute match all fields of the text? */
function isDue(text: string, time: Date): boolean {
  const [minutes = '', hours = '', daysOfMonth = '', months = '', daysOfWeek = ''] = text.split(' ');
  const byMonth = matches(daysOfMonth, time.getUTCDate(), 1);
  const byWeek = matches(daysOfWeek, time.getUTCDay(), 0);
  // As robfig/cron has it, a star with a step is no longer any day.
  const any = [daysOfMonth, daysOfWeek].some((field) => field === '*' || field === '*/1');
  return (
    matches(minutes, time.getUTCMinutes(), 0) &&
    matches(hours, time.getUTCHours(), 0) &&
    matches(months, time.getUTCMonth() + 1, 1) &&
    (any ? byMonth && byWeek : byMonth || byWeek)
  );
}

function matches(field: string, value: number, low: number): boolean {
  if (field === '*') {
    return true;
  }
  if (field.startsWith('*/')) {
    return (value - low) % Number(field.slice(2)) === 0;
  }
  const [from = '', to = from] = field.split('-');
  return value >= Number(from) && value <= Number(to);
}

describe('a time zone', () => {
  it('is known by its IANA name', () => {
    expect(isTimeZone('Europe/Berlin')).toBe(true);
    expect(isTimeZone('Mars/Olympus')).toBe(false);
  });
});
