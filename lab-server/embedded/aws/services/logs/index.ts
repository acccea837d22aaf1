// Amazon CloudWatch Logs.
import type * as sdk from '@aws-sdk/client-cloudwatch-logs';
import { AwsError } from '../../gateway/errors.ts';
import { pageOf } from '../pages.ts';
import { arn, scopeKey } from '../scope.ts';
import { operation, type Call, type ServiceDefinition, type Timestamped } from '../service.ts';
import { appendEvents, createStream, streamKey, streamPrefix } from './append.ts';
import { filterPattern } from './filter-pattern.ts';
import { logGroups, logStreams, type LogEvent, type LogGroup, type LogStream } from './state.ts';

const GROUP_NAME = /^[.\-_/#A-Za-z0-9]{1,512}$/;
const RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];
const EVENT_LIMIT = 10_000;
const LIST_LIMIT = 50;

const noGroup = (): AwsError => new AwsError('ResourceNotFoundException', 'The specified log group does not exist.');
const noStream = (): AwsError => new AwsError('ResourceNotFoundException', 'The specified log stream does not exist.');
const invalid = (message: string): AwsError => new AwsError('InvalidParameterException', message);

function groupName(input: { logGroupName?: string; logGroupIdentifier?: string }): string {
  const given = input.logGroupName ?? input.logGroupIdentifier ?? '';
  return /^arn:aws[^:]*:logs:[^:]*:\d+:log-group:([^:]+)/.exec(given)?.[1] ?? given;
}

function requireGroup(name: string, call: Call): LogGroup {
  const group = logGroups(call.tables).get(scopeKey(call, name));
  if (!group) {
    throw noGroup();
  }
  return group;
}

function requireStream(group: string, stream: string, call: Call): LogStream {
  requireGroup(group, call);
  const found = logStreams(call.tables).get(streamKey(call, group, stream));
  if (!found) {
    throw noStream();
  }
  return found;
}

function describeGroup(group: LogGroup, call: Call): Timestamped<sdk.LogGroup> {
  const { tags: _tags, ...shown } = group;
  const streams = logStreams(call.tables).list(streamPrefix(call, group.logGroupName));
  return {
    ...shown,
    logGroupClass: group.logGroupClass as sdk.LogGroupClass,
    logGroupArn: group.arn,
    arn: `${group.arn}:*`,
    metricFilterCount: 0,
    storedBytes: streams.reduce((sum, stream) => sum + stream.events.reduce((bytes, event) => bytes + event.message.length + 26, 0), 0),
  };
}

function createGroup(input: Timestamped<sdk.CreateLogGroupRequest>, call: Call): object {
  const name = input.logGroupName ?? '';
  if (!GROUP_NAME.test(name)) {
    throw invalid(
      `1 validation error detected: Value '${name}' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+`,
    );
  }
  const groups = logGroups(call.tables);
  const key = scopeKey(call, name);
  if (groups.has(key)) {
    throw new AwsError('ResourceAlreadyExistsException', 'The specified log group already exists');
  }
  groups.put(key, {
    logGroupName: name,
    arn: arn('logs', call, `log-group:${name}`),
    creationTime: call.clock.now(),
    kmsKeyId: input.kmsKeyId,
    logGroupClass: input.logGroupClass ?? 'STANDARD',
    tags: input.tags ?? {},
  });
  return {};
}

function deleteGroup(input: Timestamped<sdk.DeleteLogGroupRequest>, call: Call): object {
  const { logGroupName } = requireGroup(input.logGroupName ?? '', call);
  for (const stream of logStreams(call.tables).list(streamPrefix(call, logGroupName))) {
    logStreams(call.tables).delete(streamKey(call, logGroupName, stream.logStreamName));
  }
  logGroups(call.tables).delete(scopeKey(call, logGroupName));
  return {};
}

function describeGroups(
  input: Timestamped<sdk.DescribeLogGroupsRequest>,
  call: Call,
): Timestamped<Omit<sdk.DescribeLogGroupsResponse, '$metadata'>> {
  const groups = logGroups(call.tables)
    .list(scopeKey(call, input.logGroupNamePrefix ?? ''))
    .filter(
      (group) =>
        input.logGroupNamePattern === undefined || group.logGroupName.toLowerCase().includes(input.logGroupNamePattern.toLowerCase()),
    );
  const page = pageOf(groups, input.nextToken, input.limit ?? LIST_LIMIT, () => invalid('The specified nextToken is invalid.'));
  return { logGroups: page.items.map((group) => describeGroup(group, call)), nextToken: page.nextToken };
}

function makeStream(input: Timestamped<sdk.CreateLogStreamRequest>, call: Call): object {
  const group = requireGroup(input.logGroupName ?? '', call).logGroupName;
  const name = input.logStreamName ?? '';
  if (!/^[^:*]{1,512}$/.test(name)) {
    throw invalid(
      `1 validation error detected: Value '${name}' at 'logStreamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [^:*]*`,
    );
  }
  if (logStreams(call.tables).has(streamKey(call, group, name))) {
    throw new AwsError('ResourceAlreadyExistsException', 'The specified log stream already exists');
  }
  createStream(call, call, group, name);
  return {};
}

function describeStreams(
  input: Timestamped<sdk.DescribeLogStreamsRequest>,
  call: Call,
): Timestamped<Omit<sdk.DescribeLogStreamsResponse, '$metadata'>> {
  const group = requireGroup(groupName(input), call).logGroupName;
  const streams = logStreams(call.tables)
    .list(streamPrefix(call, group))
    .filter((stream) => stream.logStreamName.startsWith(input.logStreamNamePrefix ?? ''));
  if (input.orderBy === 'LastEventTime') {
    streams.sort((left, right) => (left.lastEventTimestamp ?? 0) - (right.lastEventTimestamp ?? 0));
  }
  const page = pageOf(input.descending ? streams.toReversed() : streams, input.nextToken, input.limit ?? LIST_LIMIT);
  return {
    logStreams: page.items.map(({ events: _events, logGroupName: _group, ...stream }) => ({ ...stream, storedBytes: 0 })),
    nextToken: page.nextToken,
  };
}

function between(event: LogEvent, from: number | undefined, to: number | undefined): boolean {
  return (from === undefined || event.timestamp >= from) && (to === undefined || event.timestamp < to);
}

function getEvents(input: Timestamped<sdk.GetLogEventsRequest>, call: Call): Timestamped<Omit<sdk.GetLogEventsResponse, '$metadata'>> {
  const stream = requireStream(groupName(input), input.logStreamName ?? '', call);
  const events = stream.events.filter((event) => between(event, input.startTime, input.endTime));
  const limit = Math.min(input.limit ?? EVENT_LIMIT, EVENT_LIMIT);
  const token = /^([fb])\/(\d+)$/.exec(input.nextToken ?? '');
  if (input.nextToken !== undefined && !token) {
    throw invalid('The specified nextToken is invalid.');
  }
  const position = token ? Number(token[2]) : input.startFromHead ? 0 : Math.max(0, events.length - limit);
  const start = token?.[1] === 'b' ? Math.max(0, position - limit) : Math.min(position, events.length);
  const end = token?.[1] === 'b' ? Math.min(position, events.length) : Math.min(events.length, start + limit);
  // The tokens never run out: at either end the same one comes back, and clients stop at that.
  return {
    events: events.slice(start, end).map(({ eventId: _id, ...event }) => event),
    nextForwardToken: `f/${end}`,
    nextBackwardToken: `b/${start}`,
  };
}

function filterEvents(
  input: Timestamped<sdk.FilterLogEventsRequest>,
  call: Call,
): Timestamped<Omit<sdk.FilterLogEventsResponse, '$metadata'>> {
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
  const page = pageOf(events, input.nextToken, input.limit ?? EVENT_LIMIT);
  return { events: page.items, searchedLogStreams: [], nextToken: page.nextToken };
}

function putEvents(input: Timestamped<sdk.PutLogEventsRequest>, call: Call): Timestamped<Omit<sdk.PutLogEventsResponse, '$metadata'>> {
  const { logGroupName, logStreamName } = requireStream(input.logGroupName ?? '', input.logStreamName ?? '', call);
  const events = (input.logEvents ?? []).map((event) => ({ timestamp: event.timestamp ?? 0, message: event.message ?? '' }));
  if (events.some((event, index) => index > 0 && event.timestamp < (events[index - 1]?.timestamp ?? 0))) {
    throw invalid('Log events in a single PutLogEvents request must be in chronological order.');
  }
  appendEvents(call, call, logGroupName, logStreamName, events);
  return { nextSequenceToken: logStreams(call.tables).get(streamKey(call, logGroupName, logStreamName))?.uploadSequenceToken };
}

function changeGroup(name: string, call: Call, change: (group: LogGroup) => LogGroup): object {
  const group = requireGroup(name, call);
  logGroups(call.tables).put(scopeKey(call, group.logGroupName), change(group));
  return {};
}

function putRetention(input: Timestamped<sdk.PutRetentionPolicyRequest>, call: Call): object {
  if (!RETENTION_DAYS.includes(input.retentionInDays ?? 0)) {
    throw invalid(`Invalid retentionInDays ${input.retentionInDays ?? ''}. Valid values: ${RETENTION_DAYS.join(', ')}.`);
  }
  return changeGroup(input.logGroupName ?? '', call, (group) => ({ ...group, retentionInDays: input.retentionInDays }));
}

function withoutKeys(tags: Record<string, string>, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.includes(key)));
}

export const logs: ServiceDefinition = {
  name: 'logs',
  operations: {
    CreateLogGroup: operation<sdk.CreateLogGroupRequest, object>({ handle: createGroup }),
    DeleteLogGroup: operation<sdk.DeleteLogGroupRequest, object>({ handle: deleteGroup }),
    DescribeLogGroups: operation<sdk.DescribeLogGroupsRequest, sdk.DescribeLogGroupsResponse>({ handle: describeGroups }),
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
    PutRetentionPolicy: operation<sdk.PutRetentionPolicyRequest, object>({ handle: putRetention }),
    DeleteRetentionPolicy: operation<sdk.DeleteRetentionPolicyRequest, object>({
      handle: (input, call) => changeGroup(input.logGroupName ?? '', call, ({ retentionInDays: _days, ...group }) => group),
    }),
    TagLogGroup: operation<sdk.TagLogGroupRequest, object>({
      handle: (input, call) =>
        changeGroup(input.logGroupName ?? '', call, (group) => ({ ...group, tags: { ...group.tags, ...input.tags } })),
    }),
    UntagLogGroup: operation<sdk.UntagLogGroupRequest, object>({
      handle: (input, call) =>
        changeGroup(input.logGroupName ?? '', call, (group) => ({ ...group, tags: withoutKeys(group.tags, input.tags ?? []) })),
    }),
    ListTagsLogGroup: operation<sdk.ListTagsLogGroupRequest, sdk.ListTagsLogGroupResponse>({
      handle: (input, call) => ({ tags: requireGroup(input.logGroupName ?? '', call).tags }),
    }),
    TagResource: operation<sdk.TagResourceRequest, object>({
      handle: (input, call) =>
        changeGroup(groupName({ logGroupIdentifier: input.resourceArn }), call, (group) => ({
          ...group,
          tags: { ...group.tags, ...input.tags },
        })),
    }),
    UntagResource: operation<sdk.UntagResourceRequest, object>({
      handle: (input, call) =>
        changeGroup(groupName({ logGroupIdentifier: input.resourceArn }), call, (group) => ({
          ...group,
          tags: withoutKeys(group.tags, input.tagKeys ?? []),
        })),
    }),
    ListTagsForResource: operation<sdk.ListTagsForResourceRequest, sdk.ListTagsForResourceResponse>({
      handle: (input, call) => ({ tags: requireGroup(groupName({ logGroupIdentifier: input.resourceArn }), call).tags }),
    }),
  },
  fidelity: {
    version: '2014-03-28',
    gaps: ['Logs Insights queries, metric filters, subscriptions, exports and live tail'],
    differences: ['a stream keeps its newest 5,000 events'],
  },
};
