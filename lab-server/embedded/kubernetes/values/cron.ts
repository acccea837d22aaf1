// Cron schedules: five fields or a descriptor, read with the words of robfig/cron, which the real server uses.

/** A schedule as sets of minutes, hours, days of month, months, days of week (0 is Sunday). */
export interface CronSchedule {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly daysOfMonth: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly daysOfWeek: ReadonlySet<number>;
  /** Whether the field is `*` or `?`: a day matches where both fields do if either is any, else where one of them does. */
  readonly anyDayOfMonth: boolean;
  readonly anyDayOfWeek: boolean;
  /** `@every 5m`: the period, in place of all of the above. */
  readonly everyMilliseconds?: number;
}

export class CronFormatError extends Error {
  override readonly name = 'CronFormatError';
}

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly names?: Readonly<Record<string, number>>;
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const minuteBounds: Bounds = { min: 0, max: 59 };
const hourBounds: Bounds = { min: 0, max: 23 };
const dayBounds: Bounds = { min: 1, max: 31 };
const monthBounds: Bounds = { min: 1, max: 12, names: Object.fromEntries(months.map((name, index) => [name, index + 1])) };
const weekBounds: Bounds = { min: 0, max: 6, names: Object.fromEntries(days.map((name, index) => [name, index])) };

const descriptors: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** @throws CronFormatError */
export function parseCron(text: string): CronSchedule {
  if (text === '') {
    throw new CronFormatError('empty spec string');
  }
  if (text.startsWith('@')) {
    const fields = descriptors[text];
    if (fields !== undefined) {
      return parseCron(fields);
    }
    if (text.startsWith('@every ')) {
      return { ...parseCron('* * * * *'), everyMilliseconds: parsePeriod(text.slice('@every '.length), text) };
    }
    throw new CronFormatError(`unrecognized descriptor: ${text}`);
  }
  const fields = text.split(/\s+/).filter((field) => field !== '');
  const [minute, hour, day, month, week] = fields;
  if (fields.length !== 5 || !minute || !hour || !day || !month || !week) {
    throw new CronFormatError(`expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`);
  }
  return {
    minutes: parseField(minute, minuteBounds),
    hours: parseField(hour, hourBounds),
    daysOfMonth: parseField(day, dayBounds),
    months: parseField(month, monthBounds),
    daysOfWeek: parseField(week, weekBounds),
    anyDayOfMonth: isAny(day),
    anyDayOfWeek: isAny(week),
  };
}

function isAny(field: string): boolean {
  return field.split(',').some((part) => /^[*?](\/1)?$/.test(part));
}

function parseField(field: string, bounds: Bounds): Set<number> {
  const values = new Set<number>();
  for (const part of field.split(',').filter((one) => one !== '')) {
    const [range = '', step, ...more] = part.split('/');
    if (more.length > 0) {
      throw new CronFormatError(`too many slashes: ${part}`);
    }
    const [low, high] = parseRange(range, step !== undefined, bounds, part);
    const by = step === undefined ? 1 : parseNumber(step);
    if (low < bounds.min) {
      throw new CronFormatError(`beginning of range (${low}) below minimum (${bounds.min}): ${part}`);
    }
    if (high > bounds.max) {
      throw new CronFormatError(`end of range (${high}) above maximum (${bounds.max}): ${part}`);
    }
    if (low > high) {
      throw new CronFormatError(`beginning of range (${low}) beyond end of range (${high}): ${part}`);
    }
    if (by === 0) {
      throw new CronFormatError(`step of range should be a positive number: ${part}`);
    }
    for (let value = low; value <= high; value += by) {
      values.add(value);
    }
  }
  return values;
}

function parseRange(range: string, stepped: boolean, bounds: Bounds, part: string): [low: number, high: number] {
  if (range === '*' || range === '?') {
    return [bounds.min, bounds.max];
  }
  const ends = range.split('-');
  if (ends.length > 2) {
    throw new CronFormatError(`too many hyphens: ${part}`);
  }
  const low = parseValue(ends[0] ?? '', bounds);
  if (ends.length === 2) {
    return [low, parseValue(ends[1] ?? '', bounds)];
  }
  // `5/10` means from 5 on.
  return [low, stepped ? bounds.max : low];
}

function parseValue(text: string, bounds: Bounds): number {
  return bounds.names?.[text.toLowerCase()] ?? parseNumber(text);
}

function parseNumber(text: string): number {
  if (!/^[-+]?\d+$/.test(text)) {
    throw new CronFormatError(`failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  const number = Number(text);
  if (number < 0) {
    throw new CronFormatError(`negative number (${number}) not allowed: ${text}`);
  }
  return number;
}

/** A Go duration (`1h30m`), of at least a second. */
function parsePeriod(text: string, whole: string): number {
  const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) {
    throw new CronFormatError(`failed to parse duration ${whole}: time: invalid duration ${JSON.stringify(text)}`);
  }
  const total = parts.reduce((sum, [, number, unit = '']) => sum + Number(number) * (units[unit] ?? 0), 0);
  return Math.max(1000, Math.floor(total / 1000) * 1000);
}
