import { expect, test } from 'vitest';
import type { ContainerInstance, Service, Task } from '../../../lab-server/embedded/aws/services/ecs/state.ts';
import { ecsStand, type Stand } from './ecs-stand.ts';

async function join(stand: Stand, memory = 1024): Promise<string> {
  await stand.ecs('CreateCluster');
  const { containerInstance } = await stand.ecs<{ containerInstance: ContainerInstance }>('RegisterContainerInstance', {
    instanceIdentityDocument: JSON.stringify({ instanceId: 'i-0123456789abcdef0' }),
    totalResources: [
      { name: 'CPU', type: 'INTEGER', integerValue: 2048 },
      { name: 'MEMORY', type: 'INTEGER', integerValue: memory },
    ],
    attributes: [{ name: 'ecs.instance-type', value: 't3.small' }],
  });
  return containerInstance.containerInstanceArn ?? '';
}

async function define(stand: Stand, container: object = {}): Promise<void> {
  await stand.ecs('RegisterTaskDefinition', {
    family: 'web',
    containerDefinitions: [
      { name: 'web', image: 'nginx', memory: 600, portMappings: [{ containerPort: 80, hostPort: 8080 }], ...container },
    ],
  });
}

async function run(stand: Stand, input: object = {}): Promise<{ tasks: Task[]; failures: { arn: string; reason: string }[] }> {
  return stand.ecs('RunTask', { taskDefinition: 'web', ...input });
}

async function untilRunning(stand: Stand, taskArn: string | undefined): Promise<Task> {
  let task: Task = {};
  await stand.until(async () => {
    task = (await stand.ecs<{ tasks: Task[] }>('DescribeTasks', { tasks: [taskArn] })).tasks[0] ?? {};
    return task.lastStatus === 'RUNNING';
  });
  return task;
}

test('a bridge task takes memory and a host port of its instance', async () => {
  await using stand = await ecsStand();
  const arn = await join(stand);
  await define(stand);
  const { tasks } = await run(stand);
  const task = await untilRunning(stand, tasks[0]?.taskArn);
  expect(task).toMatchObject({
    launchType: 'EC2',
    containerInstanceArn: arn,
    containers: [{ networkBindings: [{ bindIP: '0.0.0.0', containerPort: 80, hostPort: 8080, protocol: 'tcp' }] }],
  });
  const { containerInstances } = await stand.ecs<{ containerInstances: ContainerInstance[] }>('DescribeContainerInstances', {
    containerInstances: [arn],
  });
  expect(containerInstances[0]?.runningTasksCount).toBe(1);
  expect(containerInstances[0]?.remainingResources?.find((one) => one.name === 'MEMORY')?.integerValue).toBe(424);
  expect(containerInstances[0]?.remainingResources?.find((one) => one.name === 'PORTS')?.stringSetValue).toContain('8080');
});

test.each([
  ['RESOURCE:MEMORY', { memory: 2000 }],
  ['RESOURCE:CPU', { cpu: 4096 }],
])('a task that does not fit fails with %s', async (reason, container) => {
  await using stand = await ecsStand();
  const arn = await join(stand);
  await define(stand, container);
  expect(await run(stand)).toMatchObject({ tasks: [], failures: [{ arn, reason }] });
});

test('a host port is taken once', async () => {
  await using stand = await ecsStand();
  await join(stand);
  await define(stand, { memory: 100 });
  await run(stand);
  expect((await run(stand)).failures).toMatchObject([{ reason: 'RESOURCE:PORTS' }]);
});

test('constraints name instances by their attributes', async () => {
  await using stand = await ecsStand();
  await join(stand);
  await define(stand);
  const constraint = (expression: string): object => ({ placementConstraints: [{ type: 'memberOf', expression }] });
  expect((await run(stand, constraint('attribute:ecs.instance-type == m5.large'))).failures).toMatchObject([{ reason: 'ATTRIBUTE' }]);
  expect((await run(stand, constraint('attribute:ecs.instance-type =~ t3.* and not (attribute:x exists)'))).tasks).toHaveLength(1);
});

test('a draining instance loses its service tasks, a new one gets them', async () => {
  await using stand = await ecsStand();
  const first = await join(stand);
  await define(stand);
  await stand.ecs('CreateService', {
    serviceName: 'web',
    taskDefinition: 'web',
    desiredCount: 1,
    deploymentConfiguration: { minimumHealthyPercent: 0 },
  });
  const where = async (): Promise<(string | undefined)[]> => {
    const { taskArns } = await stand.ecs<{ taskArns: string[] }>('ListTasks', { serviceName: 'web' });
    const tasks = taskArns.length === 0 ? [] : (await stand.ecs<{ tasks: Task[] }>('DescribeTasks', { tasks: taskArns })).tasks;
    return tasks.map((task) => task.containerInstanceArn);
  };
  await stand.until(async () => (await where())[0] === first);
  const second = await join(stand);
  await stand.ecs('UpdateContainerInstancesState', { containerInstances: [first], status: 'DRAINING' });
  await stand.until(async () => (await where())[0] === second);
  await stand.until(async () => {
    const { services } = await stand.ecs<{ services: Service[] }>('DescribeServices', { services: ['web'] });
    return services[0]?.runningCount === 1;
  });
  await expect(stand.ecs('DeregisterContainerInstance', { containerInstance: second })).rejects.toThrow(
    'Found running tasks on the instance.',
  );
});

test('a daemon service has one task on each instance', async () => {
  await using stand = await ecsStand();
  await join(stand);
  await define(stand);
  await stand.ecs('CreateService', { serviceName: 'agent', taskDefinition: 'web', schedulingStrategy: 'DAEMON' });
  const running = async (): Promise<number | undefined> =>
    (await stand.ecs<{ services: Service[] }>('DescribeServices', { services: ['agent'] })).services[0]?.runningCount;
  await stand.until(async () => (await running()) === 1);
  await join(stand);
  await stand.until(async () => (await running()) === 2);
  expect(await running()).toBe(2);
});

test('an instance whose user data names the cluster joins it after its boot, and leaves it when terminated', async () => {
  await using stand = await ecsStand();
  await stand.ecs('CreateCluster', { clusterName: 'demo' });
  const { Instances } = await stand.call<{ Instances: { InstanceId: string }[] }>('ec2', 'RunInstances', {
    ImageId: 'ami-0123456789abcdef0',
    InstanceType: 't3.small',
    MinCount: 1,
    MaxCount: 1,
    UserData: Buffer.from('#!/bin/bash\necho ECS_CLUSTER=demo >> /etc/ecs/ecs.config\n').toString('base64'),
  });
  const members = async (): Promise<string[]> =>
    (await stand.ecs<{ containerInstanceArns: string[] }>('ListContainerInstances', { cluster: 'demo' })).containerInstanceArns;
  expect(await members()).toEqual([]);
  await stand.until(async () => (await members()).length === 1);
  await stand.call('ec2', 'TerminateInstances', { InstanceIds: [Instances[0]?.InstanceId] });
  expect(await members()).toEqual([]);
});
