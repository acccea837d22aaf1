// Adding events to a stream: what PutLogEvents does, and the awslogs log driver of containers.
import type { AwsContext } from '../service.ts';
import { arn, scopeKey, type Scope } from '../scope.ts';
import { streamKey } from './keys.ts';
import { countEvents } from './metric-filters.ts';
import { logGroups, logStreams, MAX_EVENTS, type LogStream } from './state.ts';

export interface IncomingEvent {
  timestamp: number;
  message: string;
}

const TOKEN_DIGITS = 56;
/** Creates a stream. The group must exist. */
export function createStream(context: AwsContext, scope: Scope, group: string, stream: string): LogStream {
  const created: LogStream = {
    logGroupName: group,
    logStreamName: stream,
    arn: arn('logs', scope, `log-group:${group}:log-stream:${stream}`),
    creationTime: context.clock.now(),
    uploadSequenceToken: sequenceToken(1),
    events: [],
  };
  logStreams(context.tables).put(streamKey(scope, group, stream), created);
  return created;
}

/** Appends events in order of their time. False when the group or stream does not exist. */
export function appendEvents(context: AwsContext, scope: Scope, group: string, stream: string, events: readonly IncomingEvent[]): boolean {
  const streams = logStreams(context.tables);
  const key = streamKey(scope, group, stream);
  const existing = streams.get(key);
  if (!existing || !logGroups(context.tables).has(scopeKey(scope, group))) {
    return false;
  }
  const now = context.clock.now();
  const count = Number(existing.uploadSequenceToken);
  const added = events.map((event, index) => ({ ...event, ingestionTime: now, eventId: eventId(event.timestamp, count + index) }));
  const all = [...existing.events, ...added].sort((left, right) => left.timestamp - right.timestamp).slice(-MAX_EVENTS);
  streams.put(key, {
    ...existing,
    events: all,
    firstEventTimestamp: all[0]?.timestamp,
    lastEventTimestamp: all.at(-1)?.timestamp,
    lastIngestionTime: now,
    uploadSequenceToken: sequenceToken(count + added.length),
  });
  countEvents(context, scope, group, events);
  return true;
}

function sequenceToken(count: number): string {
  return String(count).padStart(TOKEN_DIGITS, '0');
}

/** Ids grow with time, as CloudWatch's do, so that they order events of one millisecond. */
function eventId(timestamp: number, sequence: number): string {
  return String(timestamp).padStart(20, '3') + String(sequence).padStart(36, '0');
}
