// CloudWatch Logs' records: groups and streams in the tables, events in memory beside them, bounded.
import type { Tables, Table } from '../../state/tables.ts';

export interface LogGroup {
  logGroupName: string;
  arn: string;
  creationTime: number;
  retentionInDays?: number;
  kmsKeyId?: string;
  logGroupClass: string;
  tags: Record<string, string>;
}

export interface LogEvent {
  timestamp: number;
  ingestionTime: number;
  message: string;
  eventId: string;
}

export interface LogStream {
  logGroupName: string;
  logStreamName: string;
  arn: string;
  creationTime: number;
  firstEventTimestamp?: number;
  lastEventTimestamp?: number;
  lastIngestionTime?: number;
  uploadSequenceToken: string;
  /** Newest last. Beyond MAX_EVENTS the oldest fall out. */
  events: LogEvent[];
}

/** Events kept per stream; CloudWatch keeps them all, a lab need not. */
export const MAX_EVENTS = 5000;

export function logGroups(tables: Tables): Table<LogGroup> {
  return tables.table('logs.groups');
}

export function logStreams(tables: Tables): Table<LogStream> {
  return tables.table('logs.streams');
}
