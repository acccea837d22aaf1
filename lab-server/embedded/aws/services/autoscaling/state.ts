// Records of EC2 Auto Scaling. Keys: `account/region/group`, and a name after it.
import type * as sdk from '@aws-sdk/client-auto-scaling';
import { AwsError } from '../../gateway/errors.ts';
import type { Table, Tables } from '../../state/tables.ts';
import { scopeKey, type Scope } from '../scope.ts';
import type { AwsContext, Principal, Timestamped } from '../service.ts';

export type GroupInstance = Timestamped<sdk.Instance> & {
  launchedAt: number;
  /** When a lifecycle hook gives up waiting, and which one. */
  waiting?: { hook: string; until: number };
};
export type Group = Omit<Timestamped<sdk.AutoScalingGroup>, 'Instances'> & { instances: GroupInstance[]; lastScaledAt?: number };
export type LaunchConfiguration = Timestamped<sdk.LaunchConfiguration>;
export type Policy = Timestamped<sdk.ScalingPolicy>;
export type ScheduledAction = Timestamped<sdk.ScheduledUpdateGroupAction>;
export type Hook = Timestamped<sdk.LifecycleHook>;
export type Activity = Timestamped<sdk.Activity>;
export type Refresh = Timestamped<sdk.InstanceRefresh>;
export type Notification = Timestamped<sdk.NotificationConfiguration>;

export interface GroupTables {
  groups: Table<Group>;
  configurations: Table<LaunchConfiguration>;
  policies: Table<Policy>;
  scheduledActions: Table<ScheduledAction>;
  hooks: Table<Hook>;
  activities: Table<Activity>;
  refreshes: Table<Refresh>;
  notifications: Table<Notification>;
}

export function groupTables(tables: Tables): GroupTables {
  return {
    groups: tables.table('autoscaling.groups'),
    configurations: tables.table('autoscaling.launch-configurations'),
    policies: tables.table('autoscaling.policies'),
    scheduledActions: tables.table('autoscaling.scheduled-actions'),
    hooks: tables.table('autoscaling.hooks'),
    activities: tables.table('autoscaling.activities'),
    refreshes: tables.table('autoscaling.refreshes'),
    notifications: tables.table('autoscaling.notifications'),
  };
}

export function validation(message: string): AwsError {
  return new AwsError('ValidationError', message);
}

export function requireGroup(name: string | undefined, call: Scope & Pick<AwsContext, 'tables'>): Group {
  const group = groupTables(call.tables).groups.get(scopeKey(call, name ?? ''));
  if (!group) {
    throw validation(`AutoScalingGroup name not found - AutoScalingGroup '${name ?? ''}' not found`);
  }
  return group;
}

/** Where records that belong to a group are. */
export function inGroup(scope: Scope, group: string | undefined, name = ''): string {
  return scopeKey(scope, group ?? '', name);
}

/** Who starts and ends instances for groups. */
export function groupRole(account: string): Principal {
  return {
    account,
    arn: `arn:aws:iam::${account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`,
    userId: account,
    accessKeyId: '',
    isRoot: true,
  };
}

const OUT_OF_SERVICE = ['Standby', 'Terminating', 'Terminating:Wait', 'Terminating:Proceed', 'Terminated', 'Detaching', 'EnteringStandby'];

/** Whether an instance counts towards the desired capacity. */
export function counts(instance: GroupInstance): boolean {
  return !OUT_OF_SERVICE.includes(instance.LifecycleState ?? '');
}

export function isSuspended(group: Group, process: string): boolean {
  return group.SuspendedProcesses?.some((one) => one.ProcessName === process) ?? false;
}
