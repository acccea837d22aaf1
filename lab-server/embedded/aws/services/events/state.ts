// EventBridge's records.
import type * as sdk from '@aws-sdk/client-eventbridge';
import { scopeKey, type Scope } from '../scope.ts';
import type { Table, Tables } from '../../state/tables.ts';
import type { Timestamped } from '../service.ts';

export type Tag = Timestamped<sdk.Tag>;
export type Target = Timestamped<sdk.Target>;

export interface Bus {
  name: string;
  arn: string;
  createdAt: number;
  description?: string;
  kmsKeyIdentifier?: string;
  deadLetterArn?: string;
  /** Statements of the bus's policy, by their ids. */
  statements: Record<string, object>;
  tags: Tag[];
}

export interface Rule {
  name: string;
  arn: string;
  bus: string;
  eventPattern?: string;
  scheduleExpression?: string;
  state: NonNullable<sdk.RuleState>;
  description?: string;
  roleArn?: string;
  createdBy: string;
  /** The service that keeps the rule for itself. */
  managedBy?: string;
  /** When its schedule began to count. */
  scheduledAt: number;
  targets: Target[];
  tags: Tag[];
}

/** An event as rules see it and targets get it. */
export interface BusEvent {
  version: '0';
  id: string;
  'detail-type': string;
  source: string;
  account: string;
  /** ISO 8601, to the second. */
  time: string;
  region: string;
  resources: string[];
  detail: Record<string, unknown>;
  'replay-name'?: string;
}

export interface Archive {
  name: string;
  arn: string;
  sourceArn: string;
  description?: string;
  eventPattern?: string;
  retentionDays: number;
  createdAt: number;
  events: BusEvent[];
}

export type Replay = Timestamped<sdk.DescribeReplayResponse> & { name: string };
export type Connection = Timestamped<sdk.DescribeConnectionResponse> & { name: string };
export type ApiDestination = Timestamped<sdk.DescribeApiDestinationResponse> & { name: string };

export interface EventTables {
  buses: Table<Bus>;
  rules: Table<Rule>;
  archives: Table<Archive>;
  replays: Table<Replay>;
  connections: Table<Connection>;
  apiDestinations: Table<ApiDestination>;
}

export function eventTables(tables: Tables): EventTables {
  return {
    buses: tables.table('events.buses'),
    rules: tables.table('events.rules'),
    archives: tables.table('events.archives'),
    replays: tables.table('events.replays'),
    connections: tables.table('events.connections'),
    apiDestinations: tables.table('events.api-destinations'),
  };
}

export const DEFAULT_BUS = 'default';

/** The name in `orders` or `arn:aws:events:REGION:ACCOUNT:event-bus/orders`; the default bus without one. */
export function busName(reference: string | undefined): string {
  return reference === undefined || reference === '' ? DEFAULT_BUS : (/event-bus\/(.+)$/.exec(reference)?.[1] ?? reference);
}

export function ruleKey(scope: Scope, bus: string, name = ''): string {
  return scopeKey(scope, bus, name);
}
