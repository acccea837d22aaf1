// Scaling as it happens: alarms that name a policy, schedules that fall due, and the activities that tell of it.
import { randomUUID } from 'node:crypto';
import { onAlarmAction } from '../cloudwatch/alarm-world.ts';
import type { MetricAlarm } from '../cloudwatch/state.ts';
import { nextMoment, parseSchedule } from '../schedule.ts';
import { scopeKey, type Scope } from '../scope.ts';
import type { AwsContext } from '../service.ts';
import { adjusted, stepFor, tracked } from './adjustment.ts';
import { capacityOf, changeCapacity, linkedRole } from './capacity.ts';
import { scalingTables, targetKey, type ScalableTarget, type ScalingPolicy, type ScheduledAction } from './state.ts';

const MAX_ACTIVITIES = 200;
/** ECS services are given this long to take effect, unless a policy says otherwise. */
const DEFAULT_COOLDOWN = 300;

const worlds = new WeakMap<object, ScalingWorld>();

export function scalingWorldOf(context: Pick<AwsContext, 'tables'>): ScalingWorld {
  const world = worlds.get(context.tables);
  if (!world) {
    throw new Error('Application Auto Scaling has not started');
  }
  return world;
}

export class ScalingWorld implements Disposable {
  readonly #context: AwsContext;
  readonly #listening: Disposable;
  #timer: Disposable | undefined;
  #order = 0;

  constructor(context: AwsContext) {
    this.#context = context;
    worlds.set(context.tables, this);
    this.#listening = onAlarmAction(context, (action, { scope, alarm, values }) => this.#onAlarm(action, scope, alarm, values));
    this.reschedule();
  }

  /** Sets a target's capacity within its bounds, and records the activity. */
  setCapacity(scope: Scope, target: ScalableTarget, capacity: number, cause: string): void {
    const now = this.#context.clock.now();
    const base = {
      ActivityId: randomUUID(),
      ServiceNamespace: target.ServiceNamespace,
      ResourceId: target.ResourceId,
      ScalableDimension: target.ScalableDimension,
      Description: `Setting desired count to ${capacity}.`,
      Cause: cause,
      StartTime: now,
    };
    this.#order += 1;
    const { activities } = scalingTables(this.#context.tables);
    const prefix = `${targetKey(scope, target)} `;
    const key = `${prefix}${String(now).padStart(15, '0')} ${String(this.#order).padStart(8, '0')}`;
    for (const [old] of activities.entries(prefix).slice(0, -MAX_ACTIVITIES)) {
      activities.delete(old);
    }
    activities.put(key, { ...base, StatusCode: 'InProgress' });
    changeCapacity(this.#context, scope, target, capacity).then(
      () =>
        activities.put(key, {
          ...base,
          EndTime: this.#context.clock.now(),
          StatusCode: 'Successful',
          StatusMessage: `Successfully set desired count to ${capacity}. Change successfully fulfilled by ${target.ServiceNamespace ?? ''}.`,
        }),
      (error: unknown) =>
        activities.put(key, {
          ...base,
          EndTime: this.#context.clock.now(),
          StatusCode: 'Failed',
          StatusMessage: `Failed to set desired count to ${capacity}. Reason: ${error instanceof Error ? error.message : String(error)}`,
        }),
    );
  }

  deleteAlarms(scope: Scope, policy: ScalingPolicy): void {
    const AlarmNames = (policy.Alarms ?? []).map((alarm) => alarm.AlarmName ?? '');
    if (policy.PolicyType === 'TargetTrackingScaling' && AlarmNames.length > 0) {
      void this.#context.call('monitoring', 'DeleteAlarms', { AlarmNames }, { principal: linkedRole(scope.account), region: scope.region });
    }
  }

  /** Looks anew which scheduled action falls due next. */
  reschedule(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    const now = this.#context.clock.now();
    const moments = scalingTables(this.#context.tables)
      .scheduledActions.entries()
      .flatMap(([key, action]) => {
        const at = dueAfter(action, now);
        return at === undefined ? [] : [{ key, at }];
      });
    const next = moments.reduce((least, one) => Math.min(least, one.at), Number.POSITIVE_INFINITY);
    if (Number.isFinite(next)) {
      this.#timer = this.#context.clock.schedule(next - now, () => {
        for (const { key } of moments.filter((one) => one.at === next)) {
          this.#onSchedule(key);
        }
        this.reschedule();
      });
    }
  }

  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]();
    this.#timer?.[Symbol.dispose]();
    worlds.delete(this.#context.tables);
  }

  #onSchedule(key: string): void {
    const { scheduledActions, targets } = scalingTables(this.#context.tables);
    const action = scheduledActions.get(key);
    const [account = '', region = ''] = key.split('/');
    const scope = { account, region };
    const place = action && targetKey(scope, action);
    const target = place === undefined ? undefined : targets.get(place);
    if (!action || !target || place === undefined || target.SuspendedState?.ScheduledScalingSuspended) {
      return;
    }
    const { MinCapacity: min = target.MinCapacity ?? 0, MaxCapacity: max = target.MaxCapacity ?? 0 } = action.ScalableTargetAction ?? {};
    const changed = { ...target, MinCapacity: min, MaxCapacity: max };
    targets.put(place, changed);
    const current = capacityOf(this.#context, scope, target);
    const wanted = current === undefined ? undefined : Math.min(max, Math.max(min, current));
    if (wanted !== undefined && wanted !== current) {
      const bound = wanted > (current ?? 0) ? `minimum capacity was set to ${min}` : `maximum capacity was set to ${max}`;
      this.setCapacity(scope, changed, wanted, `${bound} by scheduled action name ${action.ScheduledActionName ?? ''}`);
    }
    if (action.Schedule?.startsWith('at(')) {
      scheduledActions.delete(key);
    }
  }

  /** What an alarm's history says of the action, or undefined when it names no policy of ours. */
  #onAlarm(actionArn: string, scope: Scope, alarm: MetricAlarm, values: readonly number[]): string | undefined {
    const tables = scalingTables(this.#context.tables);
    const [key, policy] = tables.policies.entries(`${scopeKey(scope)}/`).find(([, one]) => one.PolicyARN === actionArn) ?? [];
    const target = policy && tables.targets.get(targetKey(scope, policy));
    const current = policy && capacityOf(this.#context, scope, policy);
    const value = values[0];
    if (!key || !policy) {
      return undefined;
    }
    if (!target || current === undefined || value === undefined) {
      return `Failed to execute action ${actionArn}`;
    }
    const wanted = wantedCapacity(policy, alarm, current, value);
    const bounded = wanted === undefined ? current : Math.min(target.MaxCapacity ?? wanted, Math.max(target.MinCapacity ?? 0, wanted));
    const isOut = bounded > current;
    const isSuspended = isOut ? target.SuspendedState?.DynamicScalingOutSuspended : target.SuspendedState?.DynamicScalingInSuspended;
    const now = this.#context.clock.now();
    if (bounded === current || isSuspended || now < (policy.lastScaledAt ?? Number.NEGATIVE_INFINITY) + cooldownMs(policy, isOut)) {
      return undefined;
    }
    tables.policies.put(key, { ...policy, lastScaledAt: now });
    this.setCapacity(
      scope,
      target,
      bounded,
      `monitor alarm ${alarm.AlarmName ?? ''} in state ALARM triggered policy ${policy.PolicyName ?? ''}`,
    );
    return `Successfully executed action ${actionArn}`;
  }
}

function wantedCapacity(policy: ScalingPolicy, alarm: MetricAlarm, current: number, value: number): number | undefined {
  const tracking = policy.TargetTrackingScalingPolicyConfiguration;
  if (tracking) {
    const isHigh = alarm.ComparisonOperator === 'GreaterThanThreshold';
    return !isHigh && tracking.DisableScaleIn ? undefined : tracked(current, value, tracking.TargetValue ?? 1, isHigh);
  }
  const steps = policy.StepScalingPolicyConfiguration;
  const step = steps && stepFor(steps.StepAdjustments ?? [], value - (alarm.Threshold ?? 0));
  return (
    step &&
    adjusted(current, { type: steps.AdjustmentType ?? '', amount: step.ScalingAdjustment ?? 0, least: steps.MinAdjustmentMagnitude ?? 0 })
  );
}

function cooldownMs(policy: ScalingPolicy, isOut: boolean): number {
  const tracking = policy.TargetTrackingScalingPolicyConfiguration;
  const seconds = tracking
    ? ((isOut ? tracking.ScaleOutCooldown : tracking.ScaleInCooldown) ?? DEFAULT_COOLDOWN)
    : (policy.StepScalingPolicyConfiguration?.Cooldown ?? DEFAULT_COOLDOWN);
  return seconds * 1000;
}

/** When a scheduled action falls due after `now`; undefined when it never does. */
export function dueAfter(action: ScheduledAction, now: number): number | undefined {
  const schedule = parseSchedule(action.Schedule ?? '', action.Timezone);
  const from = Math.max(now, (action.StartTime ?? 0) - 1);
  const at = schedule && nextMoment(schedule, from, action.StartTime ?? action.CreationTime ?? 0);
  return at !== undefined && (action.EndTime === undefined || at <= action.EndTime) ? at : undefined;
}
