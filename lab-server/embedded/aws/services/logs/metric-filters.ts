// Metric filters: events that match a pattern become data of a metric (API reference, PutMetricFilter).
import type * as sdk from '@aws-sdk/client-cloudwatch-logs';
import { pageOf } from '../pages.ts';
import { scopeKey, type Scope } from '../scope.ts';
import { operation, type AwsContext, type Call, type Operation, type Timestamped } from '../service.ts';
import { streamPrefix } from './keys.ts';
import { constraint, invalid, invalidToken } from './errors.ts';
import { filterPattern } from './filter-pattern.ts';
import { metricFilters, type MetricFilter } from './state.ts';

const LIST_LIMIT = 50;
const LONGEST_NAME = 512;
const LONGEST_PATTERN = 1024;
const LONGEST_METRIC = 255;

function checkLength(value: string | undefined, member: string, most: number): void {
  if (value !== undefined && (value.length < 1 || value.length > most)) {
    throw constraint(value, member, `Minimum length of 1. Maximum length of ${most}.`);
  }
}

function checkNames(input: { filterName?: string; logGroupName?: string }): void {
  checkLength(input.filterName, 'filterName', LONGEST_NAME);
  if (input.filterName !== undefined && /[:*]/.test(input.filterName)) {
    throw constraint(input.filterName, 'filterName', 'Must match pattern [^:*]*');
  }
  checkLength(input.logGroupName, 'logGroupName', LONGEST_NAME);
  if (input.logGroupName !== undefined && !/^[.\-_/#A-Za-z0-9]+$/.test(input.logGroupName)) {
    throw constraint(input.logGroupName, 'logGroupName', String.raw`Must match pattern [.-_/#A-Za-z0-9]+`);
  }
}

function put(input: Timestamped<sdk.PutMetricFilterRequest>, call: Call): object {
  checkNames(input);
  if ((input.filterPattern?.length ?? 0) > LONGEST_PATTERN) {
    throw constraint(input.filterPattern, 'filterPattern', `Minimum length of 0. Maximum length of ${LONGEST_PATTERN}.`);
  }
  const transformations = input.metricTransformations ?? [];
  if (transformations.length !== 1) {
    throw constraint(JSON.stringify(transformations), 'metricTransformations', 'Fixed number of 1 item.');
  }
  try {
    filterPattern(input.filterPattern ?? '');
  } catch (error) {
    throw invalid(`Invalid filter pattern: ${error instanceof Error ? error.message : String(error)}`);
  }
  metricFilters(call.tables).put(streamPrefix(call, input.logGroupName ?? '') + (input.filterName ?? ''), {
    filterName: input.filterName,
    filterPattern: input.filterPattern,
    metricTransformations: transformations,
    creationTime: call.clock.now(),
    logGroupName: input.logGroupName,
    applyOnTransformedLogs: input.applyOnTransformedLogs ?? false,
  });
  return {};
}

function describe(
  input: Timestamped<sdk.DescribeMetricFiltersRequest>,
  call: Call,
): Timestamped<Omit<sdk.DescribeMetricFiltersResponse, '$metadata'>> {
  checkLength(input.filterNamePrefix, 'filterNamePrefix', LONGEST_NAME);
  checkLength(input.logGroupName, 'logGroupName', LONGEST_NAME);
  checkLength(input.metricName, 'metricName', LONGEST_METRIC);
  checkLength(input.metricNamespace, 'metricNamespace', LONGEST_METRIC);
  const filters = metricFilters(call.tables)
    .list(`${scopeKey(call)}/`)
    .filter(
      (filter) =>
        (filter.filterName ?? '').startsWith(input.filterNamePrefix ?? '') &&
        (input.logGroupName === undefined || filter.logGroupName === input.logGroupName) &&
        (input.metricName === undefined ||
          filter.metricTransformations?.some(
            (one) => one.metricName === input.metricName && one.metricNamespace === input.metricNamespace,
          )),
    );
  const page = pageOf(filters, input.nextToken, input.limit ?? LIST_LIMIT, invalidToken);
  return { metricFilters: page.items, nextToken: page.nextToken };
}

/** What a matching event is worth: a number, or a field of its JSON. */
function valueOf(transformation: NonNullable<MetricFilter['metricTransformations']>[number], message: string): number | undefined {
  const text = transformation.metricValue ?? '';
  if (!text.startsWith('$.')) {
    return Number.isFinite(Number(text)) ? Number(text) : undefined;
  }
  try {
    const found = text
      .slice(2)
      .split('.')
      .reduce<unknown>((node, name) => (node as Record<string, unknown> | undefined)?.[name], JSON.parse(message));
    return typeof found === 'number' || typeof found === 'string' ? Number(found) : undefined;
  } catch {
    return undefined;
  }
}

/** Publishes what new events of a group mean to its metric filters. Without a metrics service nothing happens. */
export function countEvents(
  context: AwsContext,
  scope: Scope,
  group: string,
  events: readonly { timestamp: number; message: string }[],
): void {
  for (const filter of metricFilters(context.tables).list(streamPrefix(scope, group))) {
    const matches = filterPattern(filter.filterPattern ?? '');
    for (const transformation of filter.metricTransformations ?? []) {
      const data = events
        .filter((event) => matches(event.message))
        .flatMap((event) => {
          const Value = valueOf(transformation, event.message);
          return Value === undefined || Number.isNaN(Value)
            ? []
            : [{ MetricName: transformation.metricName, Value, Timestamp: event.timestamp, Unit: transformation.unit ?? 'None' }];
        });
      if (data.length > 0) {
        const principal = { ...SERVICE, account: scope.account, arn: `arn:aws:iam::${scope.account}:root` };
        const input = { Namespace: transformation.metricNamespace, MetricData: data };
        // An account without that service loses the datum, as a metric that nobody can read.
        context.call('monitoring', 'PutMetricData', input, { principal, region: scope.region }).catch(() => undefined);
      }
    }
  }
}

const SERVICE = { userId: 'logs.amazonaws.com', accessKeyId: '', isRoot: true };

export const metricFilterOperations: Readonly<Record<string, Operation>> = {
  PutMetricFilter: operation<sdk.PutMetricFilterRequest, object>({ handle: put }),
  DescribeMetricFilters: operation<sdk.DescribeMetricFiltersRequest, sdk.DescribeMetricFiltersResponse>({ handle: describe }),
  DeleteMetricFilter: operation<sdk.DeleteMetricFilterRequest, object>({
    handle: (input, call) => {
      checkNames(input);
      metricFilters(call.tables).delete(streamPrefix(call, input.logGroupName ?? '') + (input.filterName ?? ''));
      return {};
    },
  }),
  TestMetricFilter: operation<sdk.TestMetricFilterRequest, sdk.TestMetricFilterResponse>({
    handle: (input) => {
      let matches: (message: string) => boolean;
      try {
        matches = filterPattern(input.filterPattern ?? '');
      } catch (error) {
        throw invalid(`Invalid filter pattern: ${error instanceof Error ? error.message : String(error)}`);
      }
      return {
        matches: (input.logEventMessages ?? []).flatMap((eventMessage, index) =>
          matches(eventMessage) ? [{ eventNumber: index + 1, eventMessage, extractedValues: {} }] : [],
        ),
      };
    },
  }),
};
