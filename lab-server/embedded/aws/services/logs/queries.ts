// Queries of Logs Insights: run at once when they are started, read afterwards.
import { randomUUID } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-cloudwatch-logs';
import { AwsError } from '../../gateway/errors.ts';
import { pageOf } from '../pages.ts';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { streamPrefix } from './keys.ts';
import { invalid, invalidToken, notFound } from './errors.ts';
import { groupName, requireGroup } from './groups.ts';
import { EPOCH, runQuery, timeText, type Row } from './insights.ts';
import { logStreams, queries, queryDefinitions } from './state.ts';

type Answer<T> = Timestamped<Omit<T, '$metadata'>>;

const SECOND = 1000;
/** Results kept of one query. */
const MAX_RESULTS = 10_000;
const MAX_KEPT = 100;

function start(input: Timestamped<sdk.StartQueryRequest>, call: Call): Answer<sdk.StartQueryResponse> {
  const names = [
    ...(input.logGroupName === undefined ? [] : [input.logGroupName]),
    ...(input.logGroupNames ?? []),
    ...(input.logGroupIdentifiers ?? []).map((identifier) => groupName({ logGroupIdentifier: identifier })),
  ];
  if (names.length === 0) {
    throw invalid('Either a logGroupName, logGroupNames or logGroupIdentifiers must be specified.');
  }
  const groups = names.map((name) => requireGroup(name, call).logGroupName);
  // Times are seconds by the reference; clients that send milliseconds are understood as well.
  const scale = (time: number | undefined): number => ((time ?? 0) > 100_000_000_000 ? (time ?? 0) : (time ?? 0) * SECOND);
  const [from, to] = [scale(input.startTime), scale(input.endTime)];
  const events = groups
    .flatMap((group) => logStreams(call.tables).list(streamPrefix(call, group)))
    .flatMap((stream) =>
      stream.events.filter((event) => event.timestamp >= from && event.timestamp <= to + SECOND - 1).map((event) => ({ stream, event })),
    )
    .toSorted((left, right) => right.event.timestamp - left.event.timestamp);
  const rows = events.map(({ stream, event }) => rowOf(stream, event, call));
  let found: ReturnType<typeof runQuery>;
  try {
    found = runQuery(input.queryString ?? '', rows);
  } catch (error) {
    throw new AwsError('MalformedQueryException', error instanceof Error ? error.message : String(error));
  }
  const queryId = randomUUID();
  queries(call.tables).put(scopeKey(call, queryId), {
    queryId,
    queryString: input.queryString,
    status: 'Complete',
    createTime: call.clock.now(),
    logGroupName: groups[0],
    queryLanguage: 'CWLI',
    results: found.rows
      .slice(0, Math.min(input.limit ?? MAX_RESULTS, MAX_RESULTS))
      .map((row) => [
        ...found.fields.flatMap((field) => (row[field] === undefined ? [] : [{ field, value: row[field] }])),
        ...(row['@ptr'] === undefined ? [] : [{ field: '@ptr', value: row['@ptr'] }]),
      ]),
    scanned: { records: rows.length, bytes: rows.reduce((sum, row) => sum + (row['@message']?.length ?? 0), 0) },
  });
  forgetOldest(call);
  return { queryId };
}

function rowOf(
  stream: { logStreamName: string; logGroupName: string },
  event: { timestamp: number; ingestionTime: number; message: string; eventId: string },
  call: Call,
): Row {
  return {
    ...jsonFields(event.message),
    [EPOCH]: String(event.timestamp),
    '@timestamp': timeText(event.timestamp),
    '@ingestionTime': timeText(event.ingestionTime),
    '@message': event.message,
    '@logStream': stream.logStreamName,
    '@log': `${call.account}:${stream.logGroupName}`,
    '@ptr': Buffer.from(`${stream.logGroupName}\u0000${stream.logStreamName}\u0000${event.eventId}`).toString('base64'),
  };
}

/** Fields that Insights discovers in messages of JSON, nested ones with dots. */
function jsonFields(message: string): Record<string, string> {
  if (!message.startsWith('{')) {
    return {};
  }
  try {
    return flattened(JSON.parse(message) as object, '');
  } catch {
    return {};
  }
}

function flattened(value: object, prefix: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]: [string, unknown]) =>
      typeof inner === 'object' && inner !== null
        ? Object.entries(flattened(inner, `${prefix}${name}.`))
        : [[prefix + name, String(inner)]],
    ),
  ) as Record<string, string>;
}

function forgetOldest(call: Call): void {
  const all = queries(call.tables)
    .list(`${scopeKey(call)}/`)
    .toSorted((left, right) => (left.createTime ?? 0) - (right.createTime ?? 0));
  for (const query of all.slice(0, Math.max(0, all.length - MAX_KEPT))) {
    queries(call.tables).delete(scopeKey(call, query.queryId ?? ''));
  }
}

export const queryOperations: Readonly<Record<string, Operation>> = {
  StartQuery: operation<sdk.StartQueryRequest, sdk.StartQueryResponse>({ handle: start }),
  GetQueryResults: operation<sdk.GetQueryResultsRequest, sdk.GetQueryResultsResponse>({
    handle: (input, call) => {
      const query = queries(call.tables).get(scopeKey(call, input.queryId ?? ''));
      if (!query) {
        throw notFound('The specified query does not exist.');
      }
      return {
        queryLanguage: 'CWLI',
        results: query.results,
        statistics: { recordsMatched: query.results.length, recordsScanned: query.scanned.records, bytesScanned: query.scanned.bytes },
        status: query.status,
      };
    },
  }),
  StopQuery: operation<sdk.StopQueryRequest, sdk.StopQueryResponse>({
    handle: (input, call) => {
      if (!queries(call.tables).has(scopeKey(call, input.queryId ?? ''))) {
        throw notFound('The specified query does not exist.');
      }
      throw invalid('Query has already ended with a status of Complete.');
    },
  }),
  DescribeQueries: operation<sdk.DescribeQueriesRequest, sdk.DescribeQueriesResponse>({
    handle: (input, call) => {
      const found = queries(call.tables)
        .list(`${scopeKey(call)}/`)
        .filter(
          (query) =>
            (input.logGroupName === undefined || query.logGroupName === input.logGroupName) &&
            (input.status === undefined || query.status === input.status),
        )
        .map(({ results: _results, scanned: _scanned, ...query }) => query);
      const page = pageOf(found, input.nextToken, input.maxResults ?? MAX_KEPT, invalidToken);
      return { queries: page.items, nextToken: page.nextToken };
    },
  }),
  PutQueryDefinition: operation<sdk.PutQueryDefinitionRequest, sdk.PutQueryDefinitionResponse>({
    handle: (input, call) => {
      const queryDefinitionId = input.queryDefinitionId ?? randomUUID();
      queryDefinitions(call.tables).put(scopeKey(call, queryDefinitionId), {
        queryDefinitionId,
        name: input.name,
        queryString: input.queryString,
        logGroupNames: input.logGroupNames ?? [],
        lastModified: call.clock.now(),
      });
      return { queryDefinitionId };
    },
  }),
  DescribeQueryDefinitions: operation<sdk.DescribeQueryDefinitionsRequest, sdk.DescribeQueryDefinitionsResponse>({
    handle: (input, call) => {
      const found = queryDefinitions(call.tables)
        .list(`${scopeKey(call)}/`)
        .filter((definition) => (definition.name ?? '').startsWith(input.queryDefinitionNamePrefix ?? ''));
      const page = pageOf(found, input.nextToken, input.maxResults ?? MAX_KEPT, invalidToken);
      return { queryDefinitions: page.items, nextToken: page.nextToken };
    },
  }),
  DeleteQueryDefinition: operation<sdk.DeleteQueryDefinitionRequest, sdk.DeleteQueryDefinitionResponse>({
    handle: (input, call) => ({ success: queryDefinitions(call.tables).delete(scopeKey(call, input.queryDefinitionId ?? '')) }),
  }),
};
