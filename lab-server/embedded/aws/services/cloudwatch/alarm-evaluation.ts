// The state of a metric alarm: a function from the datapoints of its last periods (user guide, "Evaluating an alarm").
import { isoOf } from '../../gateway/protocols/time.ts';
import type { MetricAlarm, State } from './state.ts';

/** Periods beyond those of the alarm that are looked at when some are missing. */
export const MORE_PERIODS = 2;

export interface Judgement {
  state: State;
  reason: string;
  data: object;
}

const BREACHES: Readonly<Record<string, { words: string; test: (value: number, threshold: number) => boolean }>> = {
  GreaterThanOrEqualToThreshold: { words: 'greater than or equal to', test: (value, threshold) => value >= threshold },
  GreaterThanThreshold: { words: 'greater than', test: (value, threshold) => value > threshold },
  LessThanThreshold: { words: 'less than', test: (value, threshold) => value < threshold },
  LessThanOrEqualToThreshold: { words: 'less than or equal to', test: (value, threshold) => value <= threshold },
};

export const COMPARISONS: readonly string[] = Object.keys(BREACHES);

/** Judges an alarm. `values`: the newest period first, undefined where a period has no data; MORE_PERIODS more than the alarm asks for. */
export function judge(
  alarm: MetricAlarm,
  values: readonly (number | undefined)[],
  at: readonly number[],
  now: number,
): Judgement | undefined {
  const wanted = alarm.EvaluationPeriods ?? 1;
  const needed = alarm.DatapointsToAlarm ?? wanted;
  const threshold = alarm.Threshold ?? 0;
  const { words, test } = BREACHES[alarm.ComparisonOperator ?? ''] ?? { words: '', test: () => false };
  const treatment = alarm.TreatMissingData ?? 'missing';
  const known = values.flatMap((value, index) => (value === undefined ? [] : [{ value, at: at[index] ?? 0 }]));
  if (known.length === 0 && (treatment === 'missing' || treatment === 'ignore')) {
    return treatment === 'ignore' ? undefined : insufficient(alarm, wanted, now);
  }
  const recent =
    treatment === 'missing' || treatment === 'ignore' ? known.slice(0, wanted) : known.filter((one) => at.indexOf(one.at) < wanted);
  const missing = Math.max(0, wanted - recent.length);
  const breaching = recent.filter((one) => test(one.value, threshold)).length + (treatment === 'breaching' ? missing : 0);
  const isLoose = treatment === 'missing' || treatment === 'ignore';
  if (isLoose && recent.length < needed && breaching === recent.length) {
    // All that is known breaches, and it is too little to tell.
    return undefined;
  }
  const isAlarm = breaching >= needed;
  return {
    state: isAlarm ? 'ALARM' : 'OK',
    reason: reasonOf({ recent, wanted, needed, breaching, threshold, words, isAlarm }),
    data: {
      version: '1.0',
      queryDate: isoOf(now),
      startDate: recent.length > 0 ? isoOf(recent.at(-1)?.at ?? now) : undefined,
      ...(alarm.Statistic ? { statistic: alarm.Statistic } : {}),
      ...(alarm.Period ? { period: alarm.Period } : {}),
      recentDatapoints: recent.map((one) => one.value).reverse(),
      threshold,
    },
  };
}

function insufficient(alarm: MetricAlarm, wanted: number, now: number): Judgement {
  return {
    state: 'INSUFFICIENT_DATA',
    reason: `Insufficient Data: ${wanted} datapoint${wanted === 1 ? ' was' : 's were'} unknown.`,
    data: {
      version: '1.0',
      queryDate: isoOf(now),
      ...(alarm.Period ? { period: alarm.Period } : {}),
      recentDatapoints: [],
      threshold: alarm.Threshold,
    },
  };
}

interface Facts {
  recent: readonly { value: number; at: number }[];
  wanted: number;
  needed: number;
  breaching: number;
  threshold: number;
  words: string;
  isAlarm: boolean;
}

function reasonOf({ recent, wanted, needed, breaching, threshold, words, isAlarm }: Facts): string {
  const plural = (count: number): string => `datapoint${count === 1 ? '' : 's'}`;
  if (recent.length === 0) {
    return `Threshold Crossed: no datapoints were received for ${wanted} period${wanted === 1 ? '' : 's'} and ${wanted} missing ${plural(wanted)} ${wanted === 1 ? 'was' : 'were'} treated as [${isAlarm ? 'Breaching' : 'NonBreaching'}].`;
  }
  const list = recent.map((one) => `${decimal(one.value)} (${dayOf(one.at)})`).join(', ');
  const limit = `the threshold (${decimal(threshold)})`;
  if (isAlarm) {
    return `Threshold Crossed: ${breaching} out of the last ${wanted} ${plural(wanted)} [${list}] ${breaching === 1 ? 'was' : 'were'} ${words} ${limit} (minimum ${needed} ${plural(needed)} for OK -> ALARM transition).`;
  }
  const count = recent.length - breaching;
  return `Threshold Crossed: ${count} out of the last ${wanted} ${plural(wanted)} [${list}] ${count === 1 ? 'was' : 'were'} not ${words} ${limit} (minimum ${Math.max(1, wanted - needed + 1)} ${plural(wanted - needed + 1)} for ALARM -> OK transition).`;
}

function decimal(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

/** `24/11/26 10:00:00`, as reasons give moments. */
function dayOf(at: number): string {
  const [day = '', time = ''] = isoOf(at).replace('Z', '').split('T');
  const [year = '', month = '', date = ''] = day.split('-');
  return `${date}/${month}/${year.slice(2)} ${time.slice(0, 8)}`;
}
