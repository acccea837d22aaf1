import { expect, test } from 'vitest';
import { nextPlace, surplus } from '../../../lab-server/embedded/aws/services/autoscaling/choose.ts';
import type { Group, GroupInstance } from '../../../lab-server/embedded/aws/services/autoscaling/state.ts';
import { ecsStand, type Stand } from './ecs-stand.ts';

const IMAGE = 'ami-0d0c05de51de00001';

function instance(id: string, zone: string, rest: Partial<GroupInstance> = {}): GroupInstance {
  const base = {
    InstanceId: id,
    AvailabilityZone: zone,
    LifecycleState: 'InService' as const,
    HealthStatus: 'Healthy',
    ProtectedFromScaleIn: false,
  };
  return { ...base, launchedAt: 0, ...rest };
}

const group = { AvailabilityZones: ['a', 'b'], TerminationPolicies: ['Default'], instances: [] } as unknown as Group;

test('the next instance goes where the fewest are', () => {
  expect(nextPlace(group, [instance('1', 'a')], () => undefined)).toEqual({ zone: 'b' });
});

test('instances end in the fullest zone, the oldest first, and protected ones never', () => {
  const all = [
    instance('1', 'a', { launchedAt: 2 }),
    instance('2', 'a', { launchedAt: 1 }),
    instance('3', 'b'),
    instance('4', 'a', { ProtectedFromScaleIn: true }),
  ];
  expect(surplus(group, all, 2).map((one) => one.InstanceId)).toEqual(['2', '3']);
});

async function asg<Answer = Record<string, unknown>>(stand: Stand, operation: string, input: object): Promise<Answer> {
  return stand.call<Answer>('autoscaling', operation, input);
}

async function groupOf(stand: Stand): Promise<{ DesiredCapacity: number; Instances: { InstanceId: string; LifecycleState: string }[] }> {
  const { AutoScalingGroups } = await asg<{ AutoScalingGroups: never[] }>(stand, 'DescribeAutoScalingGroups', {
    AutoScalingGroupNames: ['web'],
  });
  return AutoScalingGroups[0] as never;
}

async function inService(stand: Stand, count: number): Promise<void> {
  await stand.until(async () => (await groupOf(stand)).Instances.filter((one) => one.LifecycleState === 'InService').length === count);
}

async function aGroup(stand: Stand, rest: object = {}): Promise<void> {
  await stand.call('ec2', 'CreateLaunchTemplate', {
    LaunchTemplateName: 'node',
    LaunchTemplateData: {
      ImageId: IMAGE,
      InstanceType: 't3.medium',
      UserData: Buffer.from('#!/bin/bash\necho ECS_CLUSTER=demo >> /etc/ecs/ecs.config').toString('base64'),
    },
  });
  await asg(stand, 'CreateAutoScalingGroup', {
    AutoScalingGroupName: 'web',
    LaunchTemplate: { LaunchTemplateName: 'node' },
    MinSize: 1,
    MaxSize: 4,
    DesiredCapacity: 2,
    AvailabilityZones: ['us-east-1a', 'us-east-1b'],
    ...rest,
  });
}

test('instances of a group start, join the cluster that their user data names, and are replaced when they are ended', async () => {
  await using stand = await ecsStand();
  await stand.ecs('CreateCluster', { clusterName: 'demo' });
  await aGroup(stand);
  await inService(stand, 2);
  const joined = async (): Promise<number> =>
    (await stand.ecs<{ containerInstanceArns: string[] }>('ListContainerInstances', { cluster: 'demo' })).containerInstanceArns.length;
  expect(await joined()).toBe(2);
  const [first] = (await groupOf(stand)).Instances;
  await stand.call('ec2', 'TerminateInstances', { InstanceIds: [first?.InstanceId] });
  await inService(stand, 2);
  expect((await groupOf(stand)).Instances.map((one) => one.InstanceId)).not.toContain(first?.InstanceId);
  await asg(stand, 'SetDesiredCapacity', { AutoScalingGroupName: 'web', DesiredCapacity: 1 });
  await stand.until(async () => (await joined()) === 1);
  await expect(asg(stand, 'SetDesiredCapacity', { AutoScalingGroupName: 'web', DesiredCapacity: 9 })).rejects.toThrow('above max value 4');
  await expect(asg(stand, 'DeleteAutoScalingGroup', { AutoScalingGroupName: 'web' })).rejects.toThrow('while there are instances');
});

test('a lifecycle hook holds an instance back until it is told to go on', async () => {
  await using stand = await ecsStand();
  await aGroup(stand, {
    DesiredCapacity: 1,
    LifecycleHookSpecificationList: [
      { LifecycleHookName: 'prepare', LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING', DefaultResult: 'CONTINUE' },
    ],
  });
  await stand.until(async () => (await groupOf(stand)).Instances[0]?.LifecycleState === 'Pending:Wait');
  await asg(stand, 'CompleteLifecycleAction', {
    AutoScalingGroupName: 'web',
    LifecycleHookName: 'prepare',
    InstanceId: (await groupOf(stand)).Instances[0]?.InstanceId,
    LifecycleActionResult: 'CONTINUE',
  });
  await inService(stand, 1);
  expect((await groupOf(stand)).Instances).toHaveLength(1);
});

test('a scheduled action and a policy change the capacity', async () => {
  await using stand = await ecsStand();
  await aGroup(stand, { DesiredCapacity: 1 });
  await inService(stand, 1);
  await asg(stand, 'PutScheduledUpdateGroupAction', {
    AutoScalingGroupName: 'web',
    ScheduledActionName: 'noon',
    Recurrence: '10 0 * * *',
    DesiredCapacity: 3,
  });
  await stand.clock.advance(10 * 60_000 + 100);
  await inService(stand, 3);
  await asg(stand, 'PutScalingPolicy', {
    AutoScalingGroupName: 'web',
    PolicyName: 'less',
    AdjustmentType: 'ChangeInCapacity',
    ScalingAdjustment: -2,
  });
  await asg(stand, 'ExecutePolicy', { AutoScalingGroupName: 'web', PolicyName: 'less' });
  await inService(stand, 1);
  expect((await groupOf(stand)).DesiredCapacity).toBe(1);
});

test('an instance refresh replaces every instance', async () => {
  await using stand = await ecsStand();
  await aGroup(stand);
  await inService(stand, 2);
  const before = (await groupOf(stand)).Instances.map((one) => one.InstanceId);
  await asg(stand, 'StartInstanceRefresh', { AutoScalingGroupName: 'web' });
  await stand.until(async () => {
    const { InstanceRefreshes } = await asg<{ InstanceRefreshes: { Status: string }[] }>(stand, 'DescribeInstanceRefreshes', {
      AutoScalingGroupName: 'web',
    });
    return InstanceRefreshes[0]?.Status === 'Successful';
  });
  const after = (await groupOf(stand)).Instances.map((one) => one.InstanceId);
  expect(after).toHaveLength(2);
  expect(after.filter((id) => before.includes(id))).toEqual([]);
});
