// Records of Application Auto Scaling. Keys: `account/region/namespace/resource dimension`, and a name after it.
import type * as sdk from '@aws-sdk/client-application-auto-scaling';
import type { Table, Tables } from '../../state/tables.ts';
import { scopeKey, type Scope } from '../scope.ts';
import type { Timestamped } from '../service.ts';

export type ScalableTarget = Timestamped<sdk.ScalableTarget> & { tags: Record<string, string> };
export type ScalingPolicy = Timestamped<sdk.ScalingPolicy> & { lastScaledAt?: number };
export type ScheduledAction = Timestamped<sdk.ScheduledAction>;
export type ScalingActivity = Timestamped<sdk.ScalingActivity>;

export interface Place {
  ServiceNamespace?: string | undefined;
  ResourceId?: string | undefined;
  ScalableDimension?: string | undefined;
}

export interface ScalingTables {
  targets: Table<ScalableTarget>;
  policies: Table<ScalingPolicy>;
  scheduledActions: Table<ScheduledAction>;
  activities: Table<ScalingActivity>;
}

export function scalingTables(tables: Tables): ScalingTables {
  return {
    targets: tables.table('application-autoscaling.targets'),
    policies: tables.table('application-autoscaling.policies'),
    scheduledActions: tables.table('application-autoscaling.scheduled-actions'),
    activities: tables.table('application-autoscaling.activities'),
  };
}

export function targetKey(scope: Scope, { ServiceNamespace, ResourceId, ScalableDimension }: Place): string {
  return scopeKey(scope, ServiceNamespace ?? '', `${ResourceId ?? ''} ${ScalableDimension ?? ''}`);
}

export function namedKey(scope: Scope, place: Place, name: string): string {
  return `${targetKey(scope, place)} ${name}`;
}
