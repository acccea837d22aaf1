// Metrics: put, listed, and asked for their statistics.
import type * as sdk from '@aws-sdk/client-cloudwatch';
import { pageOf } from '../pages.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { invalidCombination, invalidValue } from './errors.ts';
import { addPoint, metricsOf, pointsOf, type Dimension, type Point } from './series.ts';
import { buckets, isExtended, statisticOf } from './statistics.ts';

const UNITS: ReadonlySet<string> = new Set([
  'Seconds',
  'Microseconds',
  'Milliseconds',
  ...['Bytes', 'Kilobytes', 'Megabytes', 'Gigabytes', 'Terabytes', 'Bits', 'Kilobits', 'Megabits', 'Gigabits', 'Terabits'].flatMap(
    (unit) => [unit, `${unit}/Second`],
  ),
  'Percent',
  'Count',
  'Count/Second',
  'None',
]);
const MAX_DATUMS = 1000;
const MAX_DIMENSIONS = 30;
const LISTED = 500;
const MAX_DATAPOINTS = 1440;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

type Datum = Timestamped<sdk.MetricDatum>;

export function dimensionsOf(dimensions: readonly Timestamped<sdk.Dimension>[] | undefined): Dimension[] {
  return (dimensions ?? []).map(({ Name = '', Value = '' }) => ({ Name, Value }));
}

function checkNumber(value: number | undefined, name: string): void {
  if (value !== undefined && !Number.isFinite(value)) {
    throw invalidValue(`The value ${Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity'} for parameter ${name} is invalid.`);
  }
}

function checkDatum(datum: Datum, at: number): void {
  const name = (member: string): string => `MetricData.member.${at + 1}.${member}`;
  const exclusive = (left: string, right: string): string =>
    `The parameters ${name(left)} and ${name(right)} are mutually exclusive and you have specified both.`;
  checkNumber(datum.Value, name('Value'));
  datum.Values?.forEach((value, index) => checkNumber(value, name(`Values.member.${index + 1}`)));
  if (datum.Value !== undefined && datum.Values?.length) {
    throw invalidValue(exclusive('Value', 'Values'));
  }
  if (datum.Value !== undefined && datum.StatisticValues) {
    throw invalidCombination(exclusive('Value', 'StatisticValues'));
  }
  if (datum.Values && datum.Counts && datum.Values.length !== datum.Counts.length) {
    throw invalidValue(`The parameters ${name('Values')} and ${name('Counts')} must be of the same size.`);
  }
  if (datum.Value === undefined && !datum.Values && !datum.StatisticValues) {
    throw invalidCombination(
      `At least one of the parameters ${name('Value')}, ${name('Values')} or ${name('StatisticValues')} must be specified.`,
    );
  }
  if (datum.Unit !== undefined && !UNITS.has(datum.Unit)) {
    throw invalidValue(`The parameter ${name('Unit')} must be a value in the set [ ${[...UNITS].join(', ')} ].`);
  }
  if ((datum.Dimensions?.length ?? 0) > MAX_DIMENSIONS) {
    throw invalidValue(`The collection ${name('Dimensions')} must not have a size greater than ${MAX_DIMENSIONS}.`);
  }
  datum.Dimensions?.forEach((dimension, index) => {
    if (!dimension.Name || !dimension.Value) {
      throw invalidValue(`The parameter ${name(`Dimensions.member.${index + 1}.${dimension.Name ? 'Value' : 'Name'}`)} must not be empty.`);
    }
  });
}

function pointOf(datum: Datum, now: number): Point {
  const base = { at: datum.Timestamp ?? now, unit: datum.Unit ?? 'None', ...(datum.StorageResolution === 1 ? { resolution: 1 } : {}) };
  if (datum.StatisticValues) {
    const { SampleCount = 0, Sum = 0, Minimum = 0, Maximum = 0 } = datum.StatisticValues;
    return { ...base, count: SampleCount, sum: Sum, min: Minimum, max: Maximum };
  }
  const values = datum.Values ?? [datum.Value ?? 0];
  const counts = values.map((_value, index) => datum.Counts?.[index] ?? 1);
  return {
    ...base,
    count: counts.reduce((sum, count) => sum + count, 0),
    sum: values.reduce((sum, value, index) => sum + value * (counts[index] ?? 1), 0),
    min: Math.min(...values),
    max: Math.max(...values),
    values,
    counts,
  };
}

function put(input: Timestamped<sdk.PutMetricDataInput>, call: Call): object {
  const namespace = input.Namespace ?? '';
  if (namespace.startsWith('AWS/')) {
    throw invalidValue('The value AWS/ for parameter Namespace is invalid.');
  }
  const datums = [...(input.MetricData ?? []), ...(input.EntityMetricData ?? []).flatMap((one) => one.MetricData ?? [])];
  if (datums.length > MAX_DATUMS) {
    throw invalidValue(`The collection MetricData must not have a size greater than ${MAX_DATUMS}.`);
  }
  datums.forEach(checkDatum);
  for (const datum of datums) {
    const metric = { namespace, name: datum.MetricName ?? '', dimensions: dimensionsOf(datum.Dimensions) };
    addPoint(call.tables, call, metric, pointOf(datum, call.clock.now()));
  }
  return {};
}

function list(input: Timestamped<sdk.ListMetricsInput>, call: Call): Timestamped<Omit<sdk.ListMetricsOutput, '$metadata'>> {
  const since = call.clock.now() - (input.RecentlyActive === 'PT3H' ? 3 * HOUR_MS : 14 * DAY_MS);
  const found = metricsOf(call.tables, call, since).filter(
    (metric) =>
      (input.Namespace === undefined || metric.namespace === input.Namespace) &&
      (input.MetricName === undefined || metric.name === input.MetricName) &&
      (input.Dimensions ?? []).every((wanted) =>
        metric.dimensions.some((one) => one.Name === wanted.Name && (wanted.Value === undefined || one.Value === wanted.Value)),
      ),
  );
  const page = pageOf(found, input.NextToken, LISTED, () => invalidValue('Request parameter NextToken is invalid'));
  return {
    Metrics: page.items.map(({ namespace, name, dimensions }) => ({ Namespace: namespace, MetricName: name, Dimensions: dimensions })),
    NextToken: page.nextToken,
  };
}

function checkPeriod(period: number): void {
  if (
    !Number.isInteger(period) ||
    period <= 0 ||
    (period > 30 && period % 60 !== 0) ||
    (period < 60 && ![1, 5, 10, 20, 30].includes(period))
  ) {
    throw invalidValue(`The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.`);
  }
}

function statistics(
  input: Timestamped<sdk.GetMetricStatisticsInput>,
  call: Call,
): Timestamped<Omit<sdk.GetMetricStatisticsOutput, '$metadata'>> {
  const { StartTime: start = 0, EndTime: end = 0, Period: period = 60 } = input;
  if (!input.Statistics?.length && !input.ExtendedStatistics?.length) {
    throw invalidCombination('Must specify either Statistics or ExtendedStatistics');
  }
  const wanted = input.ExtendedStatistics?.find((name) => !isExtended(name));
  if (wanted !== undefined) {
    throw invalidValue(`The value ${wanted} for parameter ExtendedStatistics.member.1 is not supported.`);
  }
  if (Math.floor(start / 1000) >= Math.floor(end / 1000)) {
    throw invalidValue('The parameter StartTime must be less than the parameter EndTime.');
  }
  checkPeriod(period);
  const datapoints = Math.ceil((end - start) / (period * 1000));
  if (datapoints > MAX_DATAPOINTS) {
    throw invalidCombination(
      `You have requested up to ${datapoints} datapoints, which exceeds the limit of ${MAX_DATAPOINTS}. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
    );
  }
  const metric = { namespace: input.Namespace ?? '', name: input.MetricName ?? '', dimensions: dimensionsOf(input.Dimensions) };
  const points = pointsOf(call.tables, call, metric, Math.floor(start / 1000) * 1000, end).filter(
    (point) => input.Unit === undefined || point.unit === input.Unit,
  );
  return {
    Label: input.MetricName,
    Datapoints: buckets(points, period * 1000).map((bucket) => ({
      Timestamp: bucket.at,
      Unit: bucket.unit as sdk.StandardUnit,
      ...Object.fromEntries((input.Statistics ?? []).map((name) => [name, statisticOf(bucket, name)])),
      ...(input.ExtendedStatistics?.length
        ? {
            ExtendedStatistics: Object.fromEntries(
              input.ExtendedStatistics.flatMap((name) => {
                const value = statisticOf(bucket, name);
                return value === undefined ? [] : [[name, value]];
              }),
            ),
          }
        : {}),
    })),
  };
}

export const metricOperations: Readonly<Record<string, Operation>> = {
  PutMetricData: operation<sdk.PutMetricDataInput, object>({ handle: put }),
  ListMetrics: operation<sdk.ListMetricsInput, sdk.ListMetricsOutput>({ handle: list }),
  GetMetricStatistics: operation<sdk.GetMetricStatisticsInput, sdk.GetMetricStatisticsOutput>({ handle: statistics }),
};
