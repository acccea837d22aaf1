// Metrics as they are kept: for each metric its points by the second, each point a set of statistics or of values.
import type { Table, Tables } from '../../state/tables.ts';
import { scopeKey, type Scope } from '../scope.ts';

export interface Dimension {
  Name: string;
  Value: string;
}

/** What was put for one second of one metric. */
export interface Point {
  /** Milliseconds since the epoch, cut to the second. */
  at: number;
  unit: string;
  count: number;
  sum: number;
  min: number;
  max: number;
  /** Values and how often each came, where they are known one by one. */
  values?: number[];
  counts?: number[];
  resolution?: number;
}

export interface Metric {
  namespace: string;
  name: string;
  dimensions: Dimension[];
}

interface Stored extends Metric {
  points: Point[];
}

/** A record holds the points of an hour at most, so that each change rewrites little. */
const CHUNK_MS = 3_600_000;
/** Points are kept for fifteen days, as AWS keeps those of a minute. */
const KEPT_MS = 15 * 24 * CHUNK_MS;
/** Different values of one point that are kept one by one; beyond it, only their statistics. */
const MAX_VALUES = 150;

/** Points of a metric in the order of their times. */
type Series = Metric & { points: Map<string, Point>; lastAt: number };

const indexes = new WeakMap<object, Map<string, Series>>();

function metricTable(tables: Tables): Table<Stored> {
  return tables.table('cloudwatch.points');
}

function idOf(metric: Metric): string {
  const dimensions = metric.dimensions.map(({ Name, Value }) => JSON.stringify([Name, Value])).sort();
  return `${JSON.stringify(metric.namespace)} ${JSON.stringify(metric.name)} ${dimensions.join(' ')}`;
}

function index(tables: Tables): Map<string, Series> {
  let all = indexes.get(tables);
  if (!all) {
    all = new Map();
    for (const [key, stored] of metricTable(tables).entries()) {
      const [account = '', region = ''] = key.split('/');
      const series = seriesIn(all, scopeKey({ account, region }, idOf(stored)), stored);
      for (const point of stored.points) {
        series.points.set(pointKey(point), point);
        series.lastAt = Math.max(series.lastAt, point.at);
      }
    }
    indexes.set(tables, all);
  }
  return all;
}

function seriesIn(all: Map<string, Series>, key: string, metric: Metric): Series {
  let series = all.get(key);
  if (!series) {
    series = { namespace: metric.namespace, name: metric.name, dimensions: metric.dimensions, points: new Map(), lastAt: 0 };
    all.set(key, series);
  }
  return series;
}

/** Forgets what was read of the records, after they were emptied. */
export function forgetSeries(tables: Tables): void {
  indexes.delete(tables);
}

function pointKey(point: { at: number; unit: string }): string {
  return `${point.at} ${point.unit}`;
}

/** Adds to a metric. Points of one second and unit are one. */
export function addPoint(tables: Tables, scope: Scope, metric: Metric, added: Point): void {
  const key = scopeKey(scope, idOf(metric));
  const series = seriesIn(index(tables), key, metric);
  const at = Math.floor(added.at / 1000) * 1000;
  const place = pointKey({ at, unit: added.unit });
  const before = series.points.get(place);
  series.points.set(place, before ? merged(before, added) : { ...added, at });
  series.lastAt = Math.max(series.lastAt, at);
  const chunk = Math.floor(at / CHUNK_MS);
  const points = [...series.points.values()].filter((point) => Math.floor(point.at / CHUNK_MS) === chunk);
  metricTable(tables).put(chunkKey(key, chunk), { namespace: metric.namespace, name: metric.name, dimensions: metric.dimensions, points });
  forgetOld(tables, key, series);
}

function chunkKey(key: string, chunk: number): string {
  return `${key} ${String(chunk).padStart(10, '0')}`;
}

function forgetOld(tables: Tables, key: string, series: Series): void {
  const oldest = series.lastAt - KEPT_MS;
  for (const [place, point] of series.points) {
    // The first ones are the oldest, but for points that came late.
    if (point.at >= oldest) {
      return;
    }
    series.points.delete(place);
    metricTable(tables).delete(chunkKey(key, Math.floor(point.at / CHUNK_MS)));
  }
}

function merged(left: Point, right: Point): Point {
  const { values, counts } = withValues(left, right);
  return {
    ...left,
    count: left.count + right.count,
    sum: left.sum + right.sum,
    min: Math.min(left.min, right.min),
    max: Math.max(left.max, right.max),
    ...(values ? { values, counts } : { values: undefined, counts: undefined }),
  };
}

function withValues(left: Point, right: Point): { values?: number[]; counts?: number[] } {
  if (!left.values || !right.values) {
    return {};
  }
  const all = new Map<number, number>();
  for (const point of [left, right]) {
    point.values?.forEach((value, at) => all.set(value, (all.get(value) ?? 0) + (point.counts?.[at] ?? 1)));
  }
  return all.size > MAX_VALUES ? {} : { values: [...all.keys()], counts: [...all.values()] };
}

/** Points of one metric, exactly these dimensions, from `start` to before `end`, in order. */
export function pointsOf(tables: Tables, scope: Scope, metric: Metric, start: number, end: number): Point[] {
  const series = index(tables).get(scopeKey(scope, idOf(metric)));
  return [...(series?.points.values() ?? [])].filter((one) => one.at >= start && one.at < end).sort((left, right) => left.at - right.at);
}

/** The metrics of a scope that got points after `since`. */
export function metricsOf(tables: Tables, scope: Scope, since: number): Metric[] {
  const prefix = `${scopeKey(scope)}/`;
  return [...index(tables)]
    .filter(([key, series]) => key.startsWith(prefix) && series.lastAt >= since)
    .map(([, { namespace, name, dimensions }]) => ({ namespace, name, dimensions }));
}
