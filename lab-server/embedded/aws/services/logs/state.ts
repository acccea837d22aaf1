// CloudWatch Logs' records: groups and streams in the tables, events in memory beside them, bounded.
import type * as sdk from '@aws-sdk/client-cloudwatch-logs';
import type { Tables, Table } from '../../state/tables.ts';
import type { Timestamped } from '../service.ts';

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

export type MetricFilter = Timestamped<sdk.MetricFilter>;
export type SubscriptionFilter = Timestamped<sdk.SubscriptionFilter>;
export type Destination = Timestamped<sdk.Destination> & { tags?: Record<string, string> };
export type ResourcePolicy = Timestamped<sdk.ResourcePolicy>;
/** A query with what it found; it is done as soon as it was asked. */
export type Query = Timestamped<sdk.QueryInfo> & { results: Timestamped<sdk.ResultField>[][]; scanned: { records: number; bytes: number } };
export type QueryDefinition = Timestamped<sdk.QueryDefinition>;

export function metricFilters(tables: Tables): Table<MetricFilter> {
  return tables.table('logs.metric-filters');
}

export function subscriptionFilters(tables: Tables): Table<SubscriptionFilter> {
  return tables.table('logs.subscription-filters');
}

export function destinations(tables: Tables): Table<Destination> {
  return tables.table('logs.destinations');
}

export function resourcePolicies(tables: Tables): Table<ResourcePolicy> {
  return tables.table('logs.resource-policies');
}

export function queries(tables: Tables): Table<Query> {
  return tables.table('logs.queries');
}

export function queryDefinitions(tables: Tables): Table<QueryDefinition> {
  return tables.table('logs.query-definitions');
}
