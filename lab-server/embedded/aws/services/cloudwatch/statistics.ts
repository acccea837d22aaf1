// From points to the datapoints of periods: sums, averages, percentiles (user guide, "CloudWatch statistics definitions").
import type { Point } from './series.ts';

/** What was put in one period. */
export interface Bucket {
  /** Start of the period, in milliseconds since the epoch. */
  at: number;
  unit: string;
  points: readonly Point[];
}

/** Points by period, in order. Points of different units are different datapoints. */
export function buckets(points: readonly Point[], periodMs: number): Bucket[] {
  const found = new Map<string, { at: number; unit: string; points: Point[] }>();
  for (const point of points) {
    const at = Math.floor(point.at / periodMs) * periodMs;
    const key = `${at} ${point.unit}`;
    const bucket = found.get(key) ?? { at, unit: point.unit, points: [] };
    bucket.points.push(point);
    found.set(key, bucket);
  }
  return [...found.values()].sort((left, right) => left.at - right.at);
}

const EXTENDED =
  /^(p(\d{1,2}(\.\d{1,10})?|100)|tm\d+(\.\d+)?|wm\d+(\.\d+)?|tc\d+(\.\d+)?|ts\d+(\.\d+)?|pr\d*(\.\d+)?|iqm|(TM|WM|PR|TC|TS)\([^)]*:[^)]*\))$/i;

export function isExtended(name: string): boolean {
  return EXTENDED.test(name);
}

/** The value of a statistic over a period. Undefined where the values are not known one by one and a percentile is asked for. */
export function statisticOf({ points }: Pick<Bucket, 'points'>, name: string): number | undefined {
  const count = points.reduce((sum, point) => sum + point.count, 0);
  const total = points.reduce((sum, point) => sum + point.sum, 0);
  switch (name) {
    case 'SampleCount':
      return count;
    case 'Sum':
      return total;
    case 'Average':
      return count === 0 ? undefined : total / count;
    case 'Minimum':
      return Math.min(...points.map((point) => point.min));
    case 'Maximum':
      return Math.max(...points.map((point) => point.max));
    default:
      return percentile(points, name);
  }
}

function percentile(points: readonly Point[], name: string): number | undefined {
  const values = samples(points);
  const wanted = /^p(\d+(?:\.\d+)?)$/i.exec(name)?.[1];
  if (!values || values.length === 0) {
    return undefined;
  }
  if (wanted !== undefined) {
    const place = Math.max(0, Math.ceil((Number(wanted) / 100) * values.length) - 1);
    return values[Math.min(place, values.length - 1)];
  }
  // Trimmed mean: the average without what lies above the percentile.
  const trimmed = /^tm(\d+(?:\.\d+)?)$/i.exec(name)?.[1];
  if (trimmed !== undefined) {
    const kept = values.slice(0, Math.max(1, Math.ceil((Number(trimmed) / 100) * values.length)));
    return kept.reduce((sum, value) => sum + value, 0) / kept.length;
  }
  return undefined;
}

/** Every value in order, or undefined when some are known as a sum only. */
function samples(points: readonly Point[]): number[] | undefined {
  const all: number[] = [];
  for (const point of points) {
    if (!point.values) {
      // A set of statistics is one value when all of it is the same.
      if (point.min !== point.max && point.count > 1) {
        return undefined;
      }
      all.push(...Array.from({ length: Math.min(point.count, 1000) }, () => point.min));
    }
    point.values?.forEach((value, at) => all.push(...Array.from({ length: Math.min(point.counts?.[at] ?? 1, 1000) }, () => value)));
  }
  return all.sort((left, right) => left - right);
}
