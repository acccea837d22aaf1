// Instances of groups: described, attached, detached, protected, put aside, ended; and lifecycle actions on them.
import { randomUUID } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-auto-scaling';
import { instancesTable } from '../ec2/instance-table.ts';
import { pageOf } from '../pages.ts';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { invalidToken } from './groups.ts';
import { groupTables, requireGroup, validation, type Activity, type Group, type GroupInstance } from './state.ts';
import { groupWorldOf } from './world.ts';

const PAGE = 50;

/** The group that an instance is of. Throws ValidationError. */
function ownerOf(instanceId: string | undefined, call: Call): { group: Group; instance: GroupInstance } {
  for (const group of groupTables(call.tables).groups.list(`${scopeKey(call)}/`)) {
    const instance = group.instances.find((one) => one.InstanceId === instanceId);
    if (instance) {
      return { group, instance };
    }
  }
  throw validation(`Instance Id not found - No managed instance found for instance ID ${instanceId ?? ''}`);
}

function checkMembers(group: Group, ids: readonly string[]): void {
  const foreign = ids.find((id) => !group.instances.some((one) => one.InstanceId === id));
  if (foreign !== undefined) {
    throw validation(`The instance ${foreign} is not part of Auto Scaling group ${group.AutoScalingGroupName ?? ''}.`);
  }
}

function change(group: Group, ids: readonly string[], call: Call, values: Partial<GroupInstance>, capacity = 0): void {
  groupWorldOf(call).update(call, group.AutoScalingGroupName ?? '', (one) => ({
    ...one,
    DesiredCapacity: Math.max(0, (one.DesiredCapacity ?? 0) + capacity),
    instances: one.instances.map((instance) => (ids.includes(instance.InstanceId ?? '') ? { ...instance, ...values } : instance)),
  }));
}

function activityOf(group: Group, id: string, description: string, call: Call): Activity {
  return {
    ActivityId: randomUUID(),
    AutoScalingGroupName: group.AutoScalingGroupName,
    Description: `${description}: ${id}`,
    Cause: `At ${stamp(call)} a user request changed instance ${id}.`,
    StartTime: call.clock.now(),
    StatusCode: 'InProgress',
    Progress: 50,
    Details: '{}',
  };
}

function stamp({ clock }: Call): string {
  const Time = globalThis.Date;
  return new Time(clock.now()).toISOString();
}

async function attach(input: Timestamped<sdk.AttachInstancesQuery>, call: Call): Promise<object> {
  const group = requireGroup(input.AutoScalingGroupName, call);
  const ids = input.InstanceIds ?? [];
  const added = ids.map((id): GroupInstance => {
    const instance = instancesTable(call.tables).get(scopeKey(call, id));
    if (!instance) {
      throw validation(`Invalid Instance ID(s): [${id}] specified`);
    }
    return {
      InstanceId: id,
      InstanceType: instance.InstanceType,
      AvailabilityZone: instance.Placement?.AvailabilityZone,
      LifecycleState: 'InService',
      HealthStatus: 'Healthy',
      ProtectedFromScaleIn: group.NewInstancesProtectedFromScaleIn ?? false,
      LaunchConfigurationName: group.LaunchConfigurationName,
      launchedAt: call.clock.now(),
    };
  });
  const desired = (group.DesiredCapacity ?? 0) + added.length;
  if (desired > (group.MaxSize ?? 0)) {
    throw validation(
      `AutoScalingGroup ${group.AutoScalingGroupName ?? ''} has max-size=${group.MaxSize ?? 0}. Attaching ${added.length} instance(s) would exceed it.`,
    );
  }
  for (const id of ids) {
    const table = instancesTable(call.tables);
    const instance = table.get(scopeKey(call, id));
    if (instance) {
      const tags = (group.Tags ?? []).map(({ Key = '', Value = '' }) => ({ Key, Value }));
      table.put(scopeKey(call, id), {
        ...instance,
        Tags: [...(instance.Tags ?? []), ...tags, { Key: 'aws:autoscaling:groupName', Value: group.AutoScalingGroupName ?? '' }],
      });
    }
  }
  groupWorldOf(call).update(call, group.AutoScalingGroupName ?? '', (one) => ({
    ...one,
    DesiredCapacity: desired,
    instances: [...one.instances, ...added],
  }));
  await groupWorldOf(call).reconcile(call, group.AutoScalingGroupName ?? '');
  return {};
}

async function detach(input: Timestamped<sdk.DetachInstancesQuery>, call: Call): Promise<{ Activities: Activity[] }> {
  const group = requireGroup(input.AutoScalingGroupName, call);
  const ids = input.InstanceIds ?? [];
  checkMembers(group, ids);
  const decrement = input.ShouldDecrementDesiredCapacity ?? false;
  if (decrement && (group.DesiredCapacity ?? 0) - ids.length < (group.MinSize ?? 0)) {
    throw validation(
      `Terminating instance without replacement will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.`,
    );
  }
  groupWorldOf(call).update(call, group.AutoScalingGroupName ?? '', (one) => ({
    ...one,
    DesiredCapacity: (one.DesiredCapacity ?? 0) - (decrement ? ids.length : 0),
    instances: one.instances.filter((instance) => !ids.includes(instance.InstanceId ?? '')),
  }));
  for (const id of ids) {
    const table = instancesTable(call.tables);
    const instance = table.get(scopeKey(call, id));
    if (instance) {
      table.put(scopeKey(call, id), { ...instance, Tags: (instance.Tags ?? []).filter((tag) => tag.Key !== 'aws:autoscaling:groupName') });
    }
  }
  await groupWorldOf(call).reconcile(call, group.AutoScalingGroupName ?? '');
  return { Activities: ids.map((id) => activityOf(group, id, 'Detaching EC2 instance', call)) };
}

export const instanceOperations: Readonly<Record<string, Operation>> = {
  AttachInstances: operation<sdk.AttachInstancesQuery, object>({ handle: attach }),
  DetachInstances: operation<sdk.DetachInstancesQuery, sdk.DetachInstancesAnswer>({ handle: detach }),
  DescribeAutoScalingInstances: operation<sdk.DescribeAutoScalingInstancesType, sdk.AutoScalingInstancesType>({
    handle: (input, call) => {
      const found = groupTables(call.tables)
        .groups.list(`${scopeKey(call)}/`)
        .flatMap((group) =>
          group.instances.map(({ launchedAt: _at, waiting: _waiting, ...instance }) => ({
            ...instance,
            AutoScalingGroupName: group.AutoScalingGroupName,
            HealthStatus: (instance.HealthStatus ?? 'Healthy').toUpperCase(),
          })),
        )
        .filter((one) => !input.InstanceIds?.length || input.InstanceIds.includes(one.InstanceId ?? ''));
      const page = pageOf(found, input.NextToken, input.MaxRecords ?? PAGE, invalidToken);
      return { AutoScalingInstances: page.items, NextToken: page.nextToken };
    },
  }),
  EnterStandby: operation<sdk.EnterStandbyQuery, sdk.EnterStandbyAnswer>({
    handle: async (input, call) => {
      const group = requireGroup(input.AutoScalingGroupName, call);
      const ids = input.InstanceIds ?? [];
      checkMembers(group, ids);
      change(group, ids, call, { LifecycleState: 'Standby' }, input.ShouldDecrementDesiredCapacity ? -ids.length : 0);
      await groupWorldOf(call).reconcile(call, group.AutoScalingGroupName ?? '');
      return { Activities: ids.map((id) => activityOf(group, id, 'Moving EC2 instance to Standby', call)) };
    },
  }),
  ExitStandby: operation<sdk.ExitStandbyQuery, sdk.ExitStandbyAnswer>({
    handle: async (input, call) => {
      const group = requireGroup(input.AutoScalingGroupName, call);
      const ids = input.InstanceIds ?? [];
      checkMembers(group, ids);
      change(group, ids, call, { LifecycleState: 'InService' }, ids.length);
      await groupWorldOf(call).reconcile(call, group.AutoScalingGroupName ?? '');
      return { Activities: ids.map((id) => activityOf(group, id, 'Moving EC2 instance out of Standby', call)) };
    },
  }),
  SetInstanceProtection: operation<sdk.SetInstanceProtectionQuery, sdk.SetInstanceProtectionAnswer>({
    handle: (input, call) => {
      const group = requireGroup(input.AutoScalingGroupName, call);
      checkMembers(group, input.InstanceIds ?? []);
      change(group, input.InstanceIds ?? [], call, { ProtectedFromScaleIn: input.ProtectedFromScaleIn ?? false });
      return {};
    },
  }),
  SetInstanceHealth: operation<sdk.SetInstanceHealthQuery, object>({
    handle: async (input, call) => {
      const { group, instance } = ownerOf(input.InstanceId, call);
      const status = input.HealthStatus ?? '';
      if (!['Healthy', 'Unhealthy'].includes(status)) {
        throw validation('Valid instance health states are: [Healthy, Unhealthy].');
      }
      change(group, [instance.InstanceId ?? ''], call, { HealthStatus: status });
      await groupWorldOf(call).reconcile(call, group.AutoScalingGroupName ?? '');
      return {};
    },
  }),
  TerminateInstanceInAutoScalingGroup: operation<sdk.TerminateInstanceInAutoScalingGroupType, sdk.ActivityType>({
    handle: async (input, call) => {
      const { group, instance } = ownerOf(input.InstanceId, call);
      const name = group.AutoScalingGroupName ?? '';
      const world = groupWorldOf(call);
      if (input.ShouldDecrementDesiredCapacity) {
        if ((group.DesiredCapacity ?? 0) <= (group.MinSize ?? 0)) {
          throw validation(
            'Currently, desiredSize equals minSize (' +
              (group.MinSize ?? 0) +
              "). Terminating instance without replacement will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.",
          );
        }
        world.update(call, name, (one) => ({ ...one, DesiredCapacity: (one.DesiredCapacity ?? 0) - 1 }));
      }
      await world.terminate(
        call,
        group,
        [instance],
        `At ${stamp(call)} instance ${instance.InstanceId ?? ''} was taken out of service in response to a user request.`,
      );
      await world.reconcile(call, name);
      return { Activity: activityOf(group, instance.InstanceId ?? '', 'Terminating EC2 instance', call) };
    },
  }),
  CompleteLifecycleAction: operation<sdk.CompleteLifecycleActionType, sdk.CompleteLifecycleActionAnswer>({
    handle: async (input, call) => {
      const group = requireGroup(input.AutoScalingGroupName, call);
      const waits = await groupWorldOf(call).proceed(
        call,
        group.AutoScalingGroupName ?? '',
        input.InstanceId ?? '',
        input.LifecycleActionResult ?? 'ABANDON',
      );
      if (!waits) {
        throw validation(`No active Lifecycle Action found with instance ID ${input.InstanceId ?? ''}`);
      }
      return {};
    },
  }),
  RecordLifecycleActionHeartbeat: operation<sdk.RecordLifecycleActionHeartbeatType, sdk.RecordLifecycleActionHeartbeatAnswer>({
    handle: (input, call) => {
      const group = requireGroup(input.AutoScalingGroupName, call);
      if (!group.instances.some((one) => one.InstanceId === input.InstanceId && one.waiting)) {
        throw validation(`No active Lifecycle Action found with instance ID ${input.InstanceId ?? ''}`);
      }
      return {};
    },
  }),
};
