// When a cron schedule is due: by the wall clock of a time zone, in UTC where none is named.
// Date only takes times apart here; it never tells the time of day.
/* oxlint-disable no-restricted-globals */
import type { CronSchedule } from './cron.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
/** A schedule that is never due (30 February) is given up after five years, as robfig/cron does. */
const horizon = 5 * 366 * day;

/** The first time after `after` (both in milliseconds since the epoch) that the schedule is due; undefined where it never is. */
export function nextTime(schedule: CronSchedule, after: number, timeZone = 'UTC'): number | undefined {
  if (schedule.everyMilliseconds !== undefined) {
    return Math.floor(after / 1000) * 1000 + schedule.everyMilliseconds;
  }
  const wall = wallClock(timeZone);
  let time = Math.floor(after / minute) * minute + minute;
  while (time < after + horizon) {
    const now = wall(time);
    if (!schedule.months.has(now.month) || !dayMatches(schedule, now)) {
      // To the start of the next day by the wall clock, in quarters of an hour: days may be 23 or 25 hours long.
      time += minute * (15 - (now.minute % 15));
      if (now.hour < 22) {
        time += (22 - now.hour) * 60 * minute - minute * 15;
      }
      continue;
    }
    if (!schedule.hours.has(now.hour)) {
      time += minute * (60 - now.minute);
      continue;
    }
    if (schedule.minutes.has(now.minute)) {
      return time;
    }
    time += minute;
  }
  return undefined;
}

/** Whether the IANA name is known here. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

interface WallTime {
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
}

function dayMatches(schedule: CronSchedule, { day: dayOfMonth, weekday }: WallTime): boolean {
  const byMonth = schedule.daysOfMonth.has(dayOfMonth);
  const byWeek = schedule.daysOfWeek.has(weekday);
  return schedule.anyDayOfMonth || schedule.anyDayOfWeek ? byMonth && byWeek : byMonth || byWeek;
}

function wallClock(timeZone: string): (time: number) => WallTime {
  if (timeZone === 'UTC') {
    return (time) => wallTimeOf(new Date(time));
  }
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  return (time) => {
    const parts = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day: dayOfMonth = 1, hour = 0, minute: minutes = 0 } = parts;
    return wallTimeOf(new Date(Date.UTC(year, month - 1, dayOfMonth, hour, minutes)));
  };
}

function wallTimeOf(date: Date): WallTime {
  return {
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    weekday: date.getUTCDay(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
  };
}
