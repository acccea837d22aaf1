// Which scheduled time of a cron job is due, how many were missed, and when the next one comes.
import { nextTime } from '../../values/cron-times.ts';
import type { CronSchedule } from '../../values/cron.ts';
import { isoTime } from '../../values/iso-time.ts';

/** More missed times than this hint at a clock that jumped or a cluster that slept. */
const MANY_MISSED = 100;

export interface DueTimes {
  /** The latest scheduled time that has passed since `since`; undefined while there is none. */
  due: number | undefined;
  missedMany: boolean;
  /** How many times have passed, at least. */
  missed: number;
}

/** The scheduled times after `since` up to `now`; all in milliseconds since the epoch. */
export function dueTimes(schedule: CronSchedule, since: number, now: number, timeZone: string | undefined): DueTimes {
  const first = nextTime(schedule, since, timeZone);
  if (first === undefined || first > now) {
    return { due: undefined, missedMany: false, missed: 0 };
  }
  const second = nextTime(schedule, first, timeZone);
  if (second === undefined || second > now) {
    return { due: first, missedMany: false, missed: 1 };
  }
  // After a long time away counting one by one would take long: the distance of the first two gives the number.
  const estimated = Math.floor((now - first) / (second - first)) + 1;
  const start = estimated > MANY_MISSED ? now - 2 * (second - first) : second;
  let due = estimated > MANY_MISSED ? first : second;
  for (let time = nextTime(schedule, start - 1, timeZone); time !== undefined && time <= now; time = nextTime(schedule, time, timeZone)) {
    due = time;
  }
  return { due, missedMany: estimated > MANY_MISSED, missed: estimated };
}

const DAYS = ['Thu', 'Fri', 'Sat', 'Sun', 'Mon', 'Tue', 'Wed'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAY_MS = 86_400_000;

/** `Thu, 01 Jan 2026 00:00:00 +0000`, as events about schedules write times (Go's RFC1123Z). */
export function rfc1123(time: number): string {
  const [date = '', clock = ''] = isoTime(time).replace('Z', '').split('T');
  const [year, month, day] = date.split('-');
  // The epoch was a Thursday.
  const weekday = DAYS[Math.floor(time / DAY_MS) % DAYS.length];
  return `${weekday}, ${day} ${MONTHS[Number(month) - 1]} ${year} ${clock} +0000`;
}
