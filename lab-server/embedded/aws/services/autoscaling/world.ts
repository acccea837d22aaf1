// Groups as they live: instances are started and ended until there are as many as wanted, and replaced when they are gone or unhealthy.
import { randomUUID } from 'node:crypto';
import { onAlarmAction } from '../cloudwatch/alarm-world.ts';
import { instancesTable, type Instance } from '../ec2/instance-table.ts';
import { onInstanceState } from '../ec2/instances.ts';
import { ec2Tables } from '../ec2/state.ts';
import { elbTables, keyOf, type Target } from '../elbv2/state.ts';
import { deregisterTargets, registerTargets } from '../elbv2/targets.ts';
import { elbWorldOf } from '../elbv2/world.ts';
import { nextMoment, parseUnixCron } from '../schedule.ts';
import { scopeKey, type Scope } from '../scope.ts';
import type { AwsContext } from '../service.ts';
import { KeyedTimers } from '../timers.ts';
import { nextPlace, surplus } from './choose.ts';
import { launchInstance } from './launch.ts';
import { refreshGroup } from './refresh.ts';
import { runPolicy } from './policy-run.ts';
import {
  counts,
  groupRole,
  groupTables,
  inGroup,
  isSuspended,
  type Activity,
  type Group,
  type GroupInstance,
  type ScheduledAction,
} from './state.ts';

const MAX_ACTIVITIES = 200;

const worlds = new WeakMap<object, GroupWorld>();

export function groupWorldOf(context: Pick<AwsContext, 'tables'>): GroupWorld {
  const world = worlds.get(context.tables);
  if (!world) {
    throw new Error('Auto Scaling has not started');
  }
  return world;
}

export class GroupWorld implements Disposable {
  readonly #context: AwsContext;
  readonly #stop = new DisposableStack();
  readonly #timers: KeyedTimers;
  readonly #working = new Map<string, Promise<void>>();
  readonly #waiting = new Map<string, (() => void)[]>();
  #order = 0;

  constructor(context: AwsContext) {
    this.#context = context;
    this.#timers = new KeyedTimers(context.clock);
    worlds.set(context.tables, this);
    this.#stop.use(onInstanceState(context, (instance, scope) => this.#instanceChanged(instance, scope)));
    this.#stop.use(elbWorldOf(context).onTargetChange((target) => this.#targetChanged(target)));
    this.#stop.use(onAlarmAction(context, (action, { scope, alarm, values }) => runPolicy(context, this, action, scope, alarm, values)));
    for (const key of groupTables(context.tables)
      .groups.entries()
      .map(([one]) => one)) {
      void this.reconcileKey(key);
    }
    for (const [key, refresh] of groupTables(context.tables).refreshes.entries()) {
      const [account = '', region = ''] = key.split('/');
      if (refresh.Status === 'Pending' || refresh.Status === 'InProgress') {
        void refreshGroup(context, this, { account, region }, refresh.AutoScalingGroupName ?? '', refresh.InstanceRefreshId ?? '');
      }
    }
    this.reschedule();
  }

  update(scope: Scope, name: string, change: (group: Group) => Group): void {
    const { groups } = groupTables(this.#context.tables);
    const key = scopeKey(scope, name);
    const group = groups.get(key);
    if (group) {
      groups.put(key, change(group));
      const waiting = this.#waiting.get(key);
      this.#waiting.delete(key);
      for (const resolve of waiting ?? []) {
        resolve();
      }
    }
  }

  /** Resolves at the next change of a group, or after `limitMs`. */
  async nextChange(scope: Scope, name: string, limitMs: number): Promise<void> {
    const key = scopeKey(scope, name);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), resolve]);
    using _limit = this.#context.clock.schedule(limitMs, resolve);
    await promise;
  }

  /** Brings a group to its desired capacity. Resolves when every start and end was asked for. */
  reconcile(scope: Scope, name: string): Promise<void> {
    return this.reconcileKey(scopeKey(scope, name));
  }

  reconcileKey(key: string): Promise<void> {
    // One at a time for each group: a second one looks again after the first.
    const next = (this.#working.get(key) ?? Promise.resolve())
      .then(() => this.#work(key))
      .catch((error: unknown) => {
        process.emitWarning(
          `the Auto Scaling group ${key} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        );
      });
    this.#working.set(key, next);
    return next;
  }

  record(scope: Scope, name: string, activity: Omit<Activity, 'ActivityId' | 'AutoScalingGroupName' | 'StartTime'>): void {
    const { activities } = groupTables(this.#context.tables);
    const now = this.#context.clock.now();
    const prefix = inGroup(scope, name);
    for (const [old] of activities.entries(prefix).slice(0, -MAX_ACTIVITIES)) {
      activities.delete(old);
    }
    this.#order += 1;
    activities.put(`${prefix}${String(now).padStart(15, '0')} ${String(this.#order).padStart(8, '0')}`, {
      ActivityId: randomUUID(),
      AutoScalingGroupName: name,
      StartTime: now,
      EndTime: now,
      Progress: 100,
      Details: '{}',
      AutoScalingGroupARN: groupTables(this.#context.tables).groups.get(scopeKey(scope, name))?.AutoScalingGroupARN,
      ...activity,
    });
  }

  /** Ends instances of a group, after its hooks. */
  async terminate(scope: Scope, group: Group, instances: readonly GroupInstance[], cause: string): Promise<void> {
    const name = group.AutoScalingGroupName ?? '';
    const hook = this.#hook(scope, name, 'autoscaling:EC2_INSTANCE_TERMINATING');
    const ids = new Set(instances.map((one) => one.InstanceId));
    this.#targets(group, instances, false);
    this.update(scope, name, (current) => ({
      ...current,
      instances: current.instances.map((one) =>
        ids.has(one.InstanceId)
          ? {
              ...one,
              LifecycleState: hook ? 'Terminating:Wait' : 'Terminating',
              ...(hook ? { waiting: this.#wait(scope, name, one, hook) } : {}),
            }
          : one,
      ),
    }));
    for (const { InstanceId: id = '' } of instances) {
      this.record(scope, name, {
        Description: `Terminating EC2 instance: ${id}`,
        Cause: cause,
        StatusCode: hook ? 'MidLifecycleAction' : 'Successful',
      });
    }
    if (!hook) {
      await this.#end(
        scope,
        name,
        [...ids].flatMap((id) => id ?? []),
      );
    }
  }

  /** Goes on after a hook: `CONTINUE` or `ABANDON`. False when nothing waits. */
  async proceed(scope: Scope, name: string, instanceId: string, result: string): Promise<boolean> {
    const group = groupTables(this.#context.tables).groups.get(scopeKey(scope, name));
    const instance = group?.instances.find((one) => one.InstanceId === instanceId && one.waiting);
    if (!group || !instance) {
      return false;
    }
    this.#timers.cancel(`${scopeKey(scope, name)} ${instanceId}`);
    const isLaunch = instance.LifecycleState === 'Pending:Wait';
    this.#set(scope, name, instanceId, { LifecycleState: isLaunch ? 'Pending:Proceed' : 'Terminating:Proceed', waiting: undefined });
    if (isLaunch && result !== 'ABANDON') {
      this.#inService(scope, name, instanceId);
    } else {
      await this.#end(scope, name, [instanceId]);
    }
    return true;
  }

  /** Looks anew which scheduled action falls due next. */
  reschedule(): void {
    const now = this.#context.clock.now();
    const { scheduledActions } = groupTables(this.#context.tables);
    const due = scheduledActions.entries().flatMap(([key, action]) => {
      const at = dueAfter(action, now);
      return at === undefined ? [] : [{ key, action, at }];
    });
    const next = due.reduce((least, one) => Math.min(least, one.at), Number.POSITIVE_INFINITY);
    this.#timers.cancel('schedule');
    if (Number.isFinite(next)) {
      this.#timers.set('schedule', next - now, () => {
        for (const { key, action } of due.filter((one) => one.at === next)) {
          this.#onSchedule(key, action);
        }
        this.reschedule();
      });
    }
  }

  [Symbol.dispose](): void {
    this.#stop.dispose();
    this.#timers[Symbol.dispose]();
    worlds.delete(this.#context.tables);
  }

  async #work(key: string): Promise<void> {
    const [account = '', region = '', ...rest] = key.split('/');
    const name = rest.join('/');
    const scope = { account, region };
    const { groups } = groupTables(this.#context.tables);
    await this.#replaceLost(scope, name);
    const group = groups.get(key);
    if (!group || group.Status === 'Delete in progress') {
      return;
    }
    const active = group.instances.filter(counts);
    const desired = group.DesiredCapacity ?? 0;
    const cause = `At ${stamp(this.#context)} an instance was ${active.length < desired ? 'started' : 'taken out of service'} in response to a difference between desired and actual capacity, ${active.length < desired ? 'increasing' : 'shrinking'} the capacity from ${active.length} to ${desired}.`;
    if (active.length < desired && !isSuspended(group, 'Launch')) {
      for (let number = active.length; number < desired; number += 1) {
        await this.#launch(scope, name, cause);
      }
    } else if (active.length > desired && !isSuspended(group, 'Terminate')) {
      await this.terminate(scope, group, surplus(group, active, active.length - desired), cause);
    }
  }

  /** Forgets instances that EC2 has ended, and ends those that are unhealthy. */
  async #replaceLost(scope: Scope, name: string): Promise<void> {
    const instances = instancesTable(this.#context.tables);
    const isGone = (one: GroupInstance): boolean => {
      const state = instances.get(scopeKey(scope, one.InstanceId ?? ''))?.State?.Name;
      return state === undefined || state === 'terminated' || state === 'shutting-down';
    };
    this.update(scope, name, (group) => ({ ...group, instances: group.instances.filter((one) => !isGone(one)) }));
    const group = groupTables(this.#context.tables).groups.get(scopeKey(scope, name));
    const unhealthy = group?.instances.filter((one) => counts(one) && one.HealthStatus === 'Unhealthy') ?? [];
    if (group && unhealthy.length > 0 && !isSuspended(group, 'ReplaceUnhealthy')) {
      await this.terminate(
        scope,
        group,
        unhealthy,
        `At ${stamp(this.#context)} an instance was taken out of service in response to a health check.`,
      );
    }
  }

  async #launch(scope: Scope, name: string, cause: string): Promise<void> {
    const group = groupTables(this.#context.tables).groups.get(scopeKey(scope, name));
    if (!group) {
      return;
    }
    const subnets = ec2Tables(this.#context.tables).subnets;
    const place = nextPlace(group, group.instances.filter(counts), (subnet) => subnets.get(scopeKey(scope, subnet))?.AvailabilityZone);
    try {
      const instance = await launchInstance(group, place, { ...this.#context, ...scope });
      this.update(scope, name, (current) => ({ ...current, instances: [...current.instances, instance] }));
      this.record(scope, name, {
        Description: `Launching a new EC2 instance: ${instance.InstanceId ?? ''}`,
        Cause: cause,
        StatusCode: 'Successful',
      });
      const record = instancesTable(this.#context.tables).get(scopeKey(scope, instance.InstanceId ?? ''));
      if (record?.State?.Name === 'running') {
        this.#instanceChanged(record, scope);
      }
    } catch (error) {
      this.record(scope, name, {
        Description: 'Launching a new EC2 instance.',
        Cause: cause,
        StatusCode: 'Failed',
        StatusMessage: `${error instanceof Error ? error.message : String(error)} Launching EC2 instance failed.`,
      });
      throw error;
    }
  }

  async #end(scope: Scope, name: string, InstanceIds: string[]): Promise<void> {
    await this.#context.call('ec2', 'TerminateInstances', { InstanceIds }, { principal: groupRole(scope.account), region: scope.region });
    this.update(scope, name, (group) => ({
      ...group,
      instances: group.instances.filter((one) => !InstanceIds.includes(one.InstanceId ?? '')),
    }));
    void this.reconcile(scope, name);
  }

  #instanceChanged(instance: Instance, scope: Scope): void {
    const [name, own] = this.#find(scope, instance.InstanceId ?? '');
    if (name === undefined || !own) {
      return;
    }
    const state = instance.State?.Name;
    if (state === 'running' && own.LifecycleState === 'Pending') {
      const hook = this.#hook(scope, name, 'autoscaling:EC2_INSTANCE_LAUNCHING');
      if (hook) {
        this.#set(scope, name, own.InstanceId, { LifecycleState: 'Pending:Wait', waiting: this.#wait(scope, name, own, hook) });
      } else {
        this.#inService(scope, name, own.InstanceId ?? '');
      }
    } else if (state === 'shutting-down' || state === 'terminated') {
      void this.reconcile(scope, name);
    } else if ((state === 'stopping' || state === 'stopped') && counts(own)) {
      this.#set(scope, name, own.InstanceId, { HealthStatus: 'Unhealthy' });
      void this.reconcile(scope, name);
    }
  }

  #targetChanged(target: Target): void {
    const [account = '', region = ''] = keyOf(target.groupArn).split('/');
    const [name, own] = target.state === 'unhealthy' ? this.#find({ account, region }, target.id) : [];
    const group = name === undefined ? undefined : groupTables(this.#context.tables).groups.get(scopeKey({ account, region }, name));
    const graceMs = (group?.HealthCheckGracePeriod ?? 0) * 1000;
    if (name !== undefined && own && group?.HealthCheckType?.includes('ELB') && this.#context.clock.now() >= own.launchedAt + graceMs) {
      this.#set({ account, region }, name, own.InstanceId, { HealthStatus: 'Unhealthy' });
      void this.reconcile({ account, region }, name);
    }
  }

  #inService(scope: Scope, name: string, instanceId: string): void {
    this.#set(scope, name, instanceId, { LifecycleState: 'InService' });
    const group = groupTables(this.#context.tables).groups.get(scopeKey(scope, name));
    const instance = group?.instances.find((one) => one.InstanceId === instanceId);
    if (group && instance) {
      this.#targets(group, [instance], true);
    }
  }

  #targets(group: Group, instances: readonly GroupInstance[], isIn: boolean): void {
    const targets = instances.map(({ InstanceId }) => ({ Id: InstanceId ?? '' }));
    for (const arn of group.TargetGroupARNs ?? []) {
      const targetGroup = elbTables(this.#context.tables).targetGroups.get(keyOf(arn));
      if (targetGroup) {
        (isIn ? registerTargets : deregisterTargets)(this.#context, targetGroup, targets);
      }
    }
  }

  #find(scope: Scope, instanceId: string): [string | undefined, GroupInstance | undefined] {
    for (const group of groupTables(this.#context.tables).groups.list(`${scopeKey(scope)}/`)) {
      const own = group.instances.find((one) => one.InstanceId === instanceId);
      if (own) {
        return [group.AutoScalingGroupName, own];
      }
    }
    return [undefined, undefined];
  }

  #set(scope: Scope, name: string, instanceId: string | undefined, change: Partial<GroupInstance>): void {
    this.update(scope, name, (group) => ({
      ...group,
      instances: group.instances.map((one) => (one.InstanceId === instanceId ? { ...one, ...change } : one)),
    }));
  }

  #hook(scope: Scope, name: string, transition: string): { name: string; timeoutMs: number; result: string } | undefined {
    const hook = groupTables(this.#context.tables)
      .hooks.list(inGroup(scope, name))
      .find((one) => one.LifecycleTransition === transition);
    return (
      hook && {
        name: hook.LifecycleHookName ?? '',
        timeoutMs: (hook.HeartbeatTimeout ?? 3600) * 1000,
        result: hook.DefaultResult ?? 'ABANDON',
      }
    );
  }

  #wait(
    scope: Scope,
    name: string,
    instance: GroupInstance,
    hook: { name: string; timeoutMs: number; result: string },
  ): GroupInstance['waiting'] {
    const id = instance.InstanceId ?? '';
    this.#timers.set(`${scopeKey(scope, name)} ${id}`, hook.timeoutMs, () => {
      // EC2 may refuse, as it does for a protected instance; nobody waits who could be told otherwise.
      this.proceed(scope, name, id, hook.result).catch((error: unknown) =>
        this.record(scope, name, {
          Description: `Terminating EC2 instance: ${id}`,
          Cause: `The time of the lifecycle hook ${hook.name} was over.`,
          StatusCode: 'Failed',
          StatusMessage: error instanceof Error ? error.message : String(error),
        }),
      );
    });
    return { hook: hook.name, until: this.#context.clock.now() + hook.timeoutMs };
  }

  #onSchedule(key: string, action: ScheduledAction): void {
    const [account = '', region = ''] = key.split('/');
    const name = action.AutoScalingGroupName ?? '';
    this.update({ account, region }, name, (group) => {
      const min = action.MinSize ?? group.MinSize ?? 0;
      const max = action.MaxSize ?? group.MaxSize ?? 0;
      return {
        ...group,
        MinSize: min,
        MaxSize: max,
        DesiredCapacity: Math.min(max, Math.max(min, action.DesiredCapacity ?? group.DesiredCapacity ?? 0)),
      };
    });
    if (action.Recurrence === undefined) {
      groupTables(this.#context.tables).scheduledActions.delete(key);
    }
    void this.reconcile({ account, region }, name);
  }
}

/** When a scheduled action falls due after `now`; undefined when it never does. */
function dueAfter(action: ScheduledAction, now: number): number | undefined {
  const start = action.StartTime ?? action.Time ?? 0;
  const schedule = action.Recurrence === undefined ? undefined : parseUnixCron(action.Recurrence, action.TimeZone);
  const at = schedule ? nextMoment(schedule, Math.max(now, start - 1), 0) : start > now ? start : undefined;
  return at !== undefined && (action.EndTime === undefined || at <= action.EndTime) ? at : undefined;
}

function stamp({ clock }: Pick<AwsContext, 'clock'>): string {
  const Time = globalThis.Date;
  return new Time(clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
}
