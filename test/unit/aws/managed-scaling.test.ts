import { expect, test } from 'vitest';
import { ecsStand } from './ecs-stand.ts';

test('a capacity provider starts the instances that the tasks of a service need, and ends them when they are idle', async () => {
  await using stand = await ecsStand();
  const userData = Buffer.from('#!/bin/bash\necho ECS_CLUSTER=demo >> /etc/ecs/ecs.config').toString('base64');
  await stand.call('ec2', 'CreateLaunchTemplate', {
    LaunchTemplateName: 'node',
    LaunchTemplateData: { ImageId: 'ami-0d0c05de51de00001', InstanceType: 't3.small', UserData: userData },
  });
  await stand.call('autoscaling', 'CreateAutoScalingGroup', {
    AutoScalingGroupName: 'nodes',
    LaunchTemplate: { LaunchTemplateName: 'node' },
    MinSize: 0,
    MaxSize: 4,
    AvailabilityZones: ['us-east-1a'],
  });
  const groups = async (): Promise<{ AutoScalingGroupARN: string; DesiredCapacity: number }[]> =>
    (await stand.call<{ AutoScalingGroups: never[] }>('autoscaling', 'DescribeAutoScalingGroups')).AutoScalingGroups;
  await stand.ecs('CreateCapacityProvider', {
    name: 'nodes-provider',
    autoScalingGroupProvider: {
      autoScalingGroupArn: (await groups())[0]?.AutoScalingGroupARN,
      managedScaling: { status: 'ENABLED', instanceWarmupPeriod: 60 },
    },
  });
  await stand.ecs('CreateCluster', { clusterName: 'demo', capacityProviders: ['nodes-provider'] });
  await stand.ecs('RegisterTaskDefinition', {
    family: 'web',
    containerDefinitions: [{ name: 'web', image: 'nginx', memory: 1200, cpu: 256 }],
  });
  await stand.ecs('CreateService', {
    cluster: 'demo',
    serviceName: 'web',
    taskDefinition: 'web',
    desiredCount: 2,
    capacityProviderStrategy: [{ capacityProvider: 'nodes-provider', weight: 1 }],
  });
  const running = async (): Promise<number | undefined> =>
    (await stand.ecs<{ services: { runningCount: number }[] }>('DescribeServices', { cluster: 'demo', services: ['web'] })).services[0]
      ?.runningCount;
  await stand.until(async () => (await running()) === 2);
  expect((await groups())[0]?.DesiredCapacity).toBe(2);
  await stand.clock.advance(60_000);
  await stand.ecs('UpdateService', { cluster: 'demo', service: 'web', desiredCount: 0 });
  await stand.until(async () => (await groups())[0]?.DesiredCapacity === 0);
});
