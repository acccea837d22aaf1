// GetMetricData: metrics and expressions over them, for alarms as well.
import type * as sdk from '@aws-sdk/client-cloudwatch';
import type { Tables } from '../../state/tables.ts';
import type { Scope } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { validation } from './errors.ts';
import { evaluate, type SeriesValues } from './expression.ts';
import { isQuery, selectMetrics } from './metrics-query.ts';
import { dimensionsOf } from './metrics.ts';
import { pointsOf } from './series.ts';
import { buckets, statisticOf } from './statistics.ts';

export type Query = Timestamped<sdk.MetricDataQuery>;

const MAX_QUERIES = 500;
const DEFAULT_PERIOD = 60;

/** The series of each query by its id. Throws ValidationError for expressions that cannot be read. */
export function seriesOf(tables: Tables, scope: Scope, queries: readonly Query[], start: number, end: number): Map<string, SeriesValues> {
  const found = new Map<string, SeriesValues>();
  for (const { Id = '', MetricStat: stat } of queries) {
    if (stat) {
      found.set(Id, metricSeries(tables, scope, stat, start, end));
    }
  }
  const periodMs = (queries.find((one) => one.MetricStat)?.MetricStat?.Period ?? DEFAULT_PERIOD) * 1000;
  const under = new Set<string>();
  const resolve = (id: string): SeriesValues | undefined => {
    const known = found.get(id);
    const query = known ? undefined : queries.find((one) => one.Id === id);
    if (known || query?.Expression === undefined) {
      return known;
    }
    if (under.has(id)) {
      throw validation(`Error in expression '${id}': Circular reference`);
    }
    under.add(id);
    const metrics = (contained = ''): SeriesValues[] =>
      queries.flatMap((one) => (one.MetricStat && (one.Id ?? '').includes(contained) ? (found.get(one.Id ?? '') ?? []) : []));
    const series = evaluate(query.Expression, { series: resolve, metrics, periodMs });
    found.set(id, series);
    return series;
  };
  for (const { Id = '', Expression } of queries) {
    if (Expression !== undefined && !isQuery(Expression)) {
      resolve(Id);
    }
  }
  return found;
}

function metricSeries(tables: Tables, scope: Scope, stat: Timestamped<sdk.MetricStat>, start: number, end: number): SeriesValues {
  const metric = {
    namespace: stat.Metric?.Namespace ?? '',
    name: stat.Metric?.MetricName ?? '',
    dimensions: dimensionsOf(stat.Metric?.Dimensions),
  };
  const points = pointsOf(tables, scope, metric, Math.floor(start / 1000) * 1000, end).filter(
    (point) => stat.Unit === undefined || point.unit === stat.Unit,
  );
  return new Map(
    buckets(
      points.map((point) => ({ ...point, unit: '' })),
      (stat.Period ?? DEFAULT_PERIOD) * 1000,
    ).flatMap((bucket) => {
      const value = statisticOf(bucket, stat.Stat ?? 'Average');
      return value === undefined ? [] : [[bucket.at, value] as const];
    }),
  );
}

function check(input: Timestamped<sdk.GetMetricDataInput>): void {
  const { StartTime: start = 0, EndTime: end = 0, MetricDataQueries: queries = [] } = input;
  if (Math.floor(start / 1000) === Math.floor(end / 1000)) {
    throw validation('The parameter StartTime must not equal parameter EndTime.');
  }
  if (start > end) {
    throw validation('The parameter EndTime must be greater than StartTime.');
  }
  if (queries.length > MAX_QUERIES) {
    throw validation(`The collection MetricDataQueries must not have a size greater than ${MAX_QUERIES}.`);
  }
  const ids = new Set<string>();
  queries.forEach((query, index) => {
    if (!query.MetricStat && query.Expression === undefined) {
      throw validation(`The parameter MetricDataQueries.member.${index + 1}.MetricStat is required.\n`);
    }
    if (!/^[a-z][A-Za-z0-9_]*$/.test(query.Id ?? '')) {
      throw validation(
        `The value ${query.Id ?? ''} for parameter MetricDataQueries.member.${index + 1}.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.`,
      );
    }
    if (ids.has(query.Id ?? '')) {
      throw validation(`The values for parameter Id in MetricDataQueries are not unique.`);
    }
    ids.add(query.Id ?? '');
  });
}

function get(input: Timestamped<sdk.GetMetricDataInput>, call: Call): Timestamped<Omit<sdk.GetMetricDataOutput, '$metadata'>> {
  check(input);
  const { StartTime: start = 0, EndTime: end = 0, MetricDataQueries: queries = [] } = input;
  const series = seriesOf(call.tables, call, queries, start, end);
  const results = queries
    .filter((query) => query.ReturnData !== false)
    .flatMap((query) => {
      if (query.Expression !== undefined && isQuery(query.Expression)) {
        return selectMetrics(call.tables, call, query.Expression, { start, end, periodMs: (query.Period ?? DEFAULT_PERIOD) * 1000 }).map(
          ({ group, values }) => ({ query, label: query.Label ?? group ?? query.Id, values }),
        );
      }
      return [{ query, label: query.Label ?? labelOf(query, queries), values: series.get(query.Id ?? '') ?? new Map() }];
    })
    .map(({ query, label, values }) => {
      const points = [...(values as SeriesValues)].sort(([left], [right]) =>
        input.ScanBy === 'TimestampAscending' ? left - right : right - left,
      );
      return {
        Id: query.Id,
        Label: label,
        Timestamps: points.map(([at]) => at),
        Values: points.map(([, value]) => value),
        StatusCode: 'Complete' as const,
      };
    });
  return { MetricDataResults: results, Messages: [] };
}

/** A metric's name; with its statistic where several statistics of metrics are asked for. */
function labelOf(query: Query, queries: readonly Query[]): string | undefined {
  const name = query.MetricStat?.Metric?.MetricName;
  const stats = new Set(queries.flatMap((one) => (one.MetricStat?.Metric?.MetricName === name ? (one.MetricStat?.Stat ?? []) : [])));
  return name === undefined ? query.Id : stats.size > 1 ? `${name} ${query.MetricStat?.Stat ?? ''}` : name;
}

export const metricDataOperations: Readonly<Record<string, Operation>> = {
  GetMetricData: operation<sdk.GetMetricDataInput, sdk.GetMetricDataOutput>({ handle: get }),
};
