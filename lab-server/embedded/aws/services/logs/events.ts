// Log streams and their events: put, read in order, filtered.
import type * as sdk from '@aws-sdk/client-cloudwatch-logs';
import { pageOf } from '../pages.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { appendEvents, createStream } from './append.ts';
import { streamKey, streamPrefix } from './keys.ts';
import { checkLimit, constraint, exists, invalid, invalidToken, noStream } from './errors.ts';
import { filterPattern } from './filter-pattern.ts';
import { groupName, requireGroup } from './groups.ts';
import { logStreams, type LogEvent, type LogStream } from './state.ts';

type Answer<T> = Timestamped<Omit<T, '$metadata'>>;

const EVENT_LIMIT = 10_000;
const LIST_LIMIT = 50;
const DAY_MS = 86_400_000;
const OLDEST_MS = 14 * DAY_MS;
const NEWEST_MS = 2 * 3_600_000;
const TOKEN_DIGITS = 56;

function requireStream(group: string, stream: string, call: Call): LogStream {
  requireGroup(group, call);
  const found = logStreams(call.tables).get(streamKey(call, group, stream));
  if (!found) {
    throw noStream();
  }
  return found;
}

function makeStream(input: Timestamped<sdk.CreateLogStreamRequest>, call: Call): object {
  const group = requireGroup(input.logGroupName ?? '', call).logGroupName;
  const name = input.logStreamName ?? '';
  if (!/^[^:*]{1,512}$/.test(name)) {
    throw constraint(name, 'logStreamName', 'Member must satisfy regular expression pattern: [^:*]*');
  }
  if (logStreams(call.tables).has(streamKey(call, group, name))) {
    throw exists('The specified log stream already exists');
  }
  createStream(call, call, group, name);
  return {};
}

function describeStreams(input: Timestamped<sdk.DescribeLogStreamsRequest>, call: Call): Answer<sdk.DescribeLogStreamsResponse> {
  checkLimit(input.limit, LIST_LIMIT);
  const { orderBy = 'LogStreamName' } = input;
  if (orderBy !== 'LogStreamName' && orderBy !== 'LastEventTime') {
    throw constraint(orderBy, 'orderBy', 'Member must satisfy enum value set: [LogStreamName, LastEventTime]');
  }
  if (orderBy === 'LastEventTime' && input.logStreamNamePrefix !== undefined) {
    throw invalid('Cannot order by LastEventTime with a logStreamNamePrefix.');
  }
  const group = requireGroup(groupName(input), call).logGroupName;
  const streams = logStreams(call.tables)
    .list(streamPrefix(call, group))
    .filter((stream) => stream.logStreamName.startsWith(input.logStreamNamePrefix ?? ''));
  if (orderBy === 'LastEventTime') {
    streams.sort((left, right) => (left.lastEventTimestamp ?? 0) - (right.lastEventTimestamp ?? 0));
  }
  const ordered = input.descending ? streams.toReversed() : streams;
  const page = pageOf(ordered, input.nextToken, input.limit ?? LIST_LIMIT, invalidToken);
  return {
    logStreams: page.items.map(({ events: _events, logGroupName: _group, ...stream }) => ({ ...stream, storedBytes: 0 })),
    nextToken: page.nextToken,
  };
}

function between(event: LogEvent, from: number | undefined, to: number | undefined): boolean {
  return (from === undefined || event.timestamp >= from) && (to === undefined || event.timestamp < to);
}

function checkIdentifiers(input: { logGroupName?: string; logGroupIdentifier?: string }): void {
  if (input.logGroupName !== undefined && input.logGroupIdentifier !== undefined) {
    throw invalid('LogGroup name and LogGroup ARN are mutually exclusive parameters.');
  }
  if (input.logGroupName !== undefined && !/^[.\-_/#A-Za-z0-9]+$/.test(input.logGroupName)) {
    throw constraint(input.logGroupName, 'logGroupName', String.raw`Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+`);
  }
  if (input.logGroupIdentifier?.endsWith(':*')) {
    throw constraint(
      input.logGroupIdentifier,
      'logGroupIdentifier',
      String.raw`Member must satisfy regular expression pattern: [\w#+=/:,.@-]*`,
    );
  }
}

function getEvents(input: Timestamped<sdk.GetLogEventsRequest>, call: Call): Answer<sdk.GetLogEventsResponse> {
  checkLimit(input.limit, EVENT_LIMIT);
  checkIdentifiers(input);
  const stream = requireStream(groupName(input), input.logStreamName ?? '', call);
  const events = stream.events.filter((event) => between(event, input.startTime, input.endTime));
  const limit = input.limit ?? EVENT_LIMIT;
  const token = /^([fb])\/(\d+)$/.exec(input.nextToken ?? '');
  if (input.nextToken !== undefined && !token) {
    throw invalidToken();
  }
  // A forward token names the last event that was read, a backward one the first.
  const position = Number(token?.[2] ?? 0);
  const [from, to] = !token
    ? input.startFromHead
      ? [0, limit]
      : [Math.max(0, events.length - limit), events.length]
    : token[1] === 'f'
      ? [position + 1, position + 1 + limit]
      : [Math.max(0, position - limit), position];
  const found = events.slice(from, to);
  const first = found.length > 0 ? from : position;
  const last = found.length > 0 ? from + found.length - 1 : position;
  const text = (index: number): string => String(index).padStart(TOKEN_DIGITS, '0');
  // The tokens never run out: at either end the same one comes back, and clients stop at that.
  return {
    events: found.map(({ eventId: _id, ...event }) => event),
    nextForwardToken: `f/${text(last)}`,
    nextBackwardToken: `b/${text(first)}`,
  };
}

function filterEvents(input: Timestamped<sdk.FilterLogEventsRequest>, call: Call): Answer<sdk.FilterLogEventsResponse> {
  checkLimit(input.limit, EVENT_LIMIT);
  checkIdentifiers(input);
  if (input.logStreamNames?.length && input.logStreamNamePrefix !== undefined) {
    throw invalid('LogStream names and LogStream name prefix are mutually exclusive parameters.');
  }
  const group = requireGroup(groupName(input), call).logGroupName;
  let matches: (message: string) => boolean;
  try {
    matches = filterPattern(input.filterPattern ?? '');
  } catch (error) {
    throw invalid(`Invalid filter pattern: ${error instanceof Error ? error.message : String(error)}`);
  }
  const events = logStreams(call.tables)
    .list(streamPrefix(call, group))
    .filter((stream) => input.logStreamNames === undefined || input.logStreamNames.includes(stream.logStreamName))
    .filter((stream) => stream.logStreamName.startsWith(input.logStreamNamePrefix ?? ''))
    .flatMap((stream) =>
      stream.events
        .filter((event) => between(event, input.startTime, input.endTime) && matches(event.message))
        .map((event) => ({ ...event, logStreamName: stream.logStreamName })),
    )
    .sort((left, right) => left.timestamp - right.timestamp);
  const page = pageOf(events, input.nextToken, input.limit ?? EVENT_LIMIT, invalidToken);
  return { events: page.items, searchedLogStreams: [], nextToken: page.nextToken };
}

function putEvents(input: Timestamped<sdk.PutLogEventsRequest>, call: Call): Answer<sdk.PutLogEventsResponse> {
  const { logGroupName, logStreamName } = requireStream(input.logGroupName ?? '', input.logStreamName ?? '', call);
  const events = (input.logEvents ?? []).map((event) => ({ timestamp: event.timestamp ?? 0, message: event.message ?? '' }));
  if (events.length === 0) {
    throw constraint('[]', 'logEvents', 'Member must have length greater than or equal to 1');
  }
  if (events.some((event, index) => index > 0 && event.timestamp < (events[index - 1]?.timestamp ?? 0))) {
    throw invalid('Log events in a single PutLogEvents request must be in chronological order.');
  }
  const now = call.clock.now();
  const firstNew = events.findIndex((event) => event.timestamp > now + NEWEST_MS);
  const tooNew = firstNew === -1 ? events.length : firstNew;
  const tooOld = events.findLastIndex((event) => event.timestamp < now - OLDEST_MS) + 1;
  appendEvents(call, call, logGroupName, logStreamName, events.slice(tooOld, tooNew));
  return {
    nextSequenceToken: logStreams(call.tables).get(streamKey(call, logGroupName, logStreamName))?.uploadSequenceToken,
    ...(tooOld > 0 || tooNew < events.length
      ? {
          rejectedLogEventsInfo: {
            ...(tooNew < events.length ? { tooNewLogEventStartIndex: tooNew } : {}),
            ...(tooOld > 0 ? { tooOldLogEventEndIndex: tooOld } : {}),
          },
        }
      : {}),
  };
}

export const eventOperations: Readonly<Record<string, Operation>> = {
  CreateLogStream: operation<sdk.CreateLogStreamRequest, object>({ handle: makeStream }),
  DeleteLogStream: operation<sdk.DeleteLogStreamRequest, object>({
    handle: (input, call) => {
      const stream = requireStream(input.logGroupName ?? '', input.logStreamName ?? '', call);
      logStreams(call.tables).delete(streamKey(call, stream.logGroupName, stream.logStreamName));
      return {};
    },
  }),
  DescribeLogStreams: operation<sdk.DescribeLogStreamsRequest, sdk.DescribeLogStreamsResponse>({ handle: describeStreams }),
  PutLogEvents: operation<sdk.PutLogEventsRequest, sdk.PutLogEventsResponse>({ handle: putEvents }),
  GetLogEvents: operation<sdk.GetLogEventsRequest, sdk.GetLogEventsResponse>({ handle: getEvents }),
  FilterLogEvents: operation<sdk.FilterLogEventsRequest, sdk.FilterLogEventsResponse>({ handle: filterEvents }),
  GetLogGroupFields: operation<sdk.GetLogGroupFieldsRequest, sdk.GetLogGroupFieldsResponse>({
    handle: (input, call) => {
      requireGroup(groupName(input), call);
      return { logGroupFields: ['@message', '@timestamp', '@ingestionTime', '@logStream', '@log'].map((name) => ({ name, percent: 100 })) };
    },
  }),
};
