// Schedules as AWS writes them: `at(2026-01-31T10:00:00)`, `rate(5 minutes)`, `cron(0 10 * * ? *)`, and the five fields of Auto Scaling groups.
import { Cron } from 'croner';

export type Schedule = { kind: 'at'; at: number } | { kind: 'rate'; everyMs: number } | { kind: 'cron'; cron: Cron };

const UNITS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** Undefined when the text is no schedule. `timezone`: an IANA name, UTC when absent. */
export function parseSchedule(text: string, timezone = 'UTC'): Schedule | undefined {
  const at = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?)\)$/.exec(text)?.[1];
  if (at !== undefined) {
    const once = cronOf(`${at}${at.length === 16 ? ':00' : ''}`, timezone);
    const moment = once?.nextRun('1970-01-01T00:00:00')?.getTime();
    return moment === undefined ? undefined : { kind: 'at', at: moment };
  }
  const rate = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(text);
  if (rate) {
    const everyMs = Number(rate[1]) * (UNITS[rate[2] ?? ''] ?? 0);
    return everyMs > 0 ? { kind: 'rate', everyMs } : undefined;
  }
  const fields = /^cron\(\s*(.+?)\s*\)$/.exec(text)?.[1]?.split(/\s+/);
  return fields?.length === 6 ? cronSchedule(fields, timezone, true) : undefined;
}

/** The five fields of Unix: minute, hour, day of month, month, day of week. */
export function parseUnixCron(text: string, timezone = 'UTC'): Schedule | undefined {
  const fields = text.trim().split(/\s+/);
  return fields.length === 5 ? cronSchedule([...fields, '*'], timezone, false) : undefined;
}

function cronSchedule(fields: readonly string[], timezone: string, isAws: boolean): Schedule | undefined {
  const [minute = '', hour = '', day = '', month = '', weekday = '', year = ''] = fields;
  // AWS counts weekdays from 1 (Sunday); Unix and croner from 0.
  const days = isAws ? weekday.replaceAll(/(?<![#/\d])\d/g, (digit) => String(Number(digit) - 1)) : weekday;
  const cron = cronOf(['0', minute, hour, day, month, days, year].join(' '), timezone);
  return cron && { kind: 'cron', cron };
}

function cronOf(pattern: string, timezone: string): Cron | undefined {
  try {
    return new Cron(pattern, { timezone, paused: true, legacyMode: false });
  } catch {
    return undefined;
  }
}

/** The next moment after `now`; `since` is when a rate began. Undefined when there is none. */
export function nextMoment(schedule: Schedule, now: number, since: number): number | undefined {
  switch (schedule.kind) {
    case 'at':
      return schedule.at > now ? schedule.at : undefined;
    case 'rate':
      return since + (Math.floor((now - since) / schedule.everyMs) + 1) * schedule.everyMs;
    case 'cron': {
      const Time = globalThis.Date;
      return schedule.cron.nextRun(new Time(now))?.getTime();
    }
    default:
      return schedule satisfies never;
  }
}
