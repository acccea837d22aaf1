// Scaling policies of groups as they run: by an alarm, or by hand.
import { adjusted, stepFor, tracked } from '../application-autoscaling/adjustment.ts';
import type { MetricAlarm } from '../cloudwatch/state.ts';
import { scopeKey, type Scope } from '../scope.ts';
import type { AwsContext } from '../service.ts';
import { counts, groupTables, isSuspended, type Group, type Policy } from './state.ts';
import type { GroupWorld } from './world.ts';

const DEFAULT_COOLDOWN = 300;

/** What an alarm's history says of the action, or undefined when it names no policy of a group. */
export function runPolicy(
  context: AwsContext,
  world: GroupWorld,
  actionArn: string,
  scope: Scope,
  alarm: MetricAlarm,
  values: readonly number[],
): string | undefined {
  const tables = groupTables(context.tables);
  const policy = tables.policies.list(`${scopeKey(scope)}/`).find((one) => one.PolicyARN === actionArn);
  const group = policy && tables.groups.get(scopeKey(scope, policy.AutoScalingGroupName ?? ''));
  if (!policy || !group) {
    return undefined;
  }
  const value = values[0] ?? alarm.Threshold ?? 0;
  const current = group.instances.filter(counts).length;
  const tracking = policy.TargetTrackingConfiguration;
  const wanted = tracking
    ? tracked(current, value, tracking.TargetValue ?? 1, alarm.ComparisonOperator === 'GreaterThanThreshold')
    : policyCapacity(policy, current, value - (alarm.Threshold ?? 0));
  const isIn = wanted !== undefined && wanted < current;
  if (wanted === undefined || isSuspended(group, 'AlarmNotification') || policy.Enabled === false || (tracking?.DisableScaleIn && isIn)) {
    return undefined;
  }
  return applyPolicy(
    context,
    world,
    scope,
    group,
    policy,
    wanted,
    `a monitor alarm ${alarm.AlarmName ?? ''} in state ALARM triggered policy ${policy.PolicyName ?? ''}`,
  )
    ? `Successfully executed action ${actionArn}`
    : undefined;
}

/** The capacity that a simple or step policy leads to; `distance` of the metric above its threshold. */
export function policyCapacity(policy: Policy, current: number, distance: number): number | undefined {
  const step = policy.PolicyType === 'StepScaling' ? stepFor(policy.StepAdjustments ?? [], distance) : undefined;
  const amount = policy.PolicyType === 'StepScaling' ? step?.ScalingAdjustment : policy.ScalingAdjustment;
  return amount === undefined
    ? undefined
    : adjusted(current, {
        type: policy.AdjustmentType ?? '',
        amount,
        least: policy.MinAdjustmentMagnitude ?? policy.MinAdjustmentStep ?? 0,
      });
}

/** Sets the capacity within the group's bounds. False while the cooldown lasts, or when nothing changes. */
export function applyPolicy(
  context: AwsContext,
  world: GroupWorld,
  scope: Scope,
  group: Group,
  policy: Policy,
  wanted: number,
  cause: string,
  honourCooldown = true,
): boolean {
  const bounded = Math.min(group.MaxSize ?? wanted, Math.max(group.MinSize ?? 0, wanted));
  const now = context.clock.now();
  const cooldownMs = (policy.Cooldown ?? policy.EstimatedInstanceWarmup ?? group.DefaultCooldown ?? DEFAULT_COOLDOWN) * 1000;
  if (bounded === group.DesiredCapacity || (honourCooldown && now < (group.lastScaledAt ?? Number.NEGATIVE_INFINITY) + cooldownMs)) {
    return false;
  }
  const name = group.AutoScalingGroupName ?? '';
  world.update(scope, name, (current) => ({ ...current, DesiredCapacity: bounded, lastScaledAt: now }));
  world.record(scope, name, {
    Description: `Changing the desired capacity from ${group.DesiredCapacity ?? 0} to ${bounded}.`,
    Cause: cause,
    StatusCode: 'Successful',
  });
  void world.reconcile(scope, name);
  return true;
}
