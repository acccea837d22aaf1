// Records of CloudWatch beside its points: alarms and their history, dashboards, insight rules, anomaly detectors.
import type * as sdk from '@aws-sdk/client-cloudwatch';
import type { Table, Tables } from '../../state/tables.ts';
import { scopeKey, type Scope } from '../scope.ts';
import type { Timestamped } from '../service.ts';

export type Tag = Timestamped<sdk.Tag>;
export type MetricAlarm = Timestamped<sdk.MetricAlarm>;
export type CompositeAlarm = Timestamped<sdk.CompositeAlarm>;
export type HistoryItem = Timestamped<sdk.AlarmHistoryItem>;
export type Dashboard = { name: string; body: string; modifiedAt: number };
export type InsightRule = Timestamped<sdk.InsightRule>;
export type AnomalyDetector = Timestamped<sdk.AnomalyDetector>;
export type State = sdk.StateValue;

/** One of the two kinds of alarms. */
export type Alarm = { kind: 'metric'; alarm: MetricAlarm; tags: Tag[] } | { kind: 'composite'; alarm: CompositeAlarm; tags: Tag[] };

export interface CloudWatchTables {
  alarms: Table<Alarm>;
  /** By alarm and moment. */
  history: Table<HistoryItem>;
  dashboards: Table<Dashboard>;
  insightRules: Table<{ rule: InsightRule; tags: Tag[] }>;
  anomalyDetectors: Table<AnomalyDetector>;
}

export function cloudWatchTables(tables: Tables): CloudWatchTables {
  return {
    alarms: tables.table('cloudwatch.alarms'),
    history: tables.table('cloudwatch.history'),
    dashboards: tables.table('cloudwatch.dashboards'),
    insightRules: tables.table('cloudwatch.insight-rules'),
    anomalyDetectors: tables.table('cloudwatch.anomaly-detectors'),
  };
}

export function alarmKey(scope: Scope, name: string): string {
  return scopeKey(scope, name);
}
