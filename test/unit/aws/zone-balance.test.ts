import { expect, test } from 'vitest';
import type { Service, Task } from '../../../lab-server/embedded/aws/services/ecs/state.ts';
import { planService } from '../../../lab-server/embedded/aws/services/ecs/services/plan.ts';
import { ecsStand, fargateDefinition, type Stand } from './ecs-stand.ts';

async function read(stand: Stand): Promise<{ service: Service; zones: string[]; tasks: Task[] }> {
  const { services } = await stand.ecs<{ services: Service[] }>('DescribeServices', { services: ['web'] });
  const { taskArns } = await stand.ecs<{ taskArns: string[] }>('ListTasks', { serviceName: 'web' });
  const { tasks } = await stand.ecs<{ tasks: Task[] }>('DescribeTasks', { tasks: taskArns });
  return { service: services[0] ?? {}, tasks, zones: tasks.map((task) => task.availabilityZone ?? '').toSorted() };
}

async function subnets(stand: Stand): Promise<string[]> {
  const { Subnets } = await stand.call<{ Subnets: { SubnetId: string; AvailabilityZone: string }[] }>('ec2', 'DescribeSubnets');
  return Subnets.toSorted((left, right) => left.AvailabilityZone.localeCompare(right.AvailabilityZone))
    .slice(0, 2)
    .map((subnet) => subnet.SubnetId);
}

test('a service spreads its tasks over its zones, and goes back into balance one task at a time', async () => {
  await using stand = await ecsStand();
  await stand.ecs('CreateCluster');
  await stand.ecs('RegisterTaskDefinition', fargateDefinition('web'));
  await stand.ecs('CreateService', {
    serviceName: 'web',
    taskDefinition: 'web',
    desiredCount: 4,
    launchType: 'FARGATE',
    networkConfiguration: { awsvpcConfiguration: { subnets: await subnets(stand) } },
  });
  await stand.until(async () => (await read(stand)).service.runningCount === 4);
  expect((await read(stand)).zones).toEqual(['us-east-1a', 'us-east-1a', 'us-east-1b', 'us-east-1b']);
  const before = await read(stand);
  await stand.ecs('UpdateService', { service: 'web', desiredCount: 2 });
  await stand.until(async () => (await read(stand)).service.runningCount === 2);
  expect((await read(stand)).zones).toEqual(['us-east-1a', 'us-east-1b']);
  expect(before.service.availabilityZoneRebalancing).toBe('ENABLED');
});

test('tasks that crowd in one zone are moved, and the service says so', async () => {
  await using stand = await ecsStand();
  await stand.ecs('CreateCluster');
  await stand.ecs('RegisterTaskDefinition', fargateDefinition('web'));
  const [first, second] = await subnets(stand);
  await stand.ecs('CreateService', {
    serviceName: 'web',
    taskDefinition: 'web',
    desiredCount: 3,
    launchType: 'FARGATE',
    networkConfiguration: { awsvpcConfiguration: { subnets: [first] } },
  });
  await stand.until(async () => (await read(stand)).service.deployments?.[0]?.rolloutState === 'COMPLETED');
  // The record as a service has it whose second zone was away for a while.
  const { services } = { services: stand.aws.context.tables.table<Service>('ecs.services') };
  const [[key, record]] = services.entries() as [[string, Service]];
  services.put(key, { ...record, networkConfiguration: { awsvpcConfiguration: { subnets: [first ?? '', second ?? ''] } } });
  const withBoth = (deployment: object): object => ({
    ...deployment,
    networkConfiguration: { awsvpcConfiguration: { subnets: [first, second] } },
  });
  const changed = services.get(key) as Service;
  services.put(key, { ...changed, deployments: changed.deployments?.map(withBoth) as Service['deployments'] });
  await stand.ecs('UpdateService', { service: 'web', enableECSManagedTags: true });
  await stand.until(async () => (await read(stand)).zones.join(' ') === 'us-east-1a us-east-1a us-east-1b', 60_000);
  const texts = (await read(stand)).service.events?.map((event) => event.message ?? '') ?? [];
  expect(texts).toContainEqual(
    '(service web) is not AZ balanced with 3 tasks in us-east-1a, 0 tasks in us-east-1b. AZ Rebalancing in progress.',
  );
  await stand.until(async () => {
    const { service } = await read(stand);
    return (
      service.events?.some((event) => event.message?.includes('is AZ balanced with 2 tasks in us-east-1a, 1 tasks in us-east-1b.')) ?? false
    );
  });
});

test('of tasks that started in the same moment, those to stop come from every zone in turn', () => {
  const service: Service = { status: 'ACTIVE', desiredCount: 2, deployments: [{ id: 'd', status: 'PRIMARY' }] };
  const tasks = ['us-east-1b', 'us-east-1b', 'us-east-1a', 'us-east-1a'].map((availabilityZone, index): Task => ({
    taskArn: `task-${index}`,
    startedBy: 'd',
    lastStatus: 'RUNNING',
    desiredStatus: 'RUNNING',
    createdAt: 1,
    availabilityZone,
  }));
  const { stop } = planService(service, tasks, 2, ['us-east-1a', 'us-east-1b']);
  expect(new Set(stop.map(({ task }) => task.availabilityZone))).toEqual(new Set(['us-east-1a', 'us-east-1b']));
});
