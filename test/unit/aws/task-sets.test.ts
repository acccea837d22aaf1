import { expect, test } from 'vitest';
import type { Service, Task, TaskSet } from '../../../lab-server/embedded/aws/services/ecs/state.ts';
import { ecsStand, fargateDefinition, type Stand } from './ecs-stand.ts';

async function outsideService(stand: Stand): Promise<void> {
  await stand.ecs('CreateCluster');
  await stand.ecs('RegisterTaskDefinition', fargateDefinition('web'));
  await stand.ecs('CreateService', { serviceName: 'web', desiredCount: 4, deploymentController: { type: 'EXTERNAL' } });
}

async function createSet(stand: Stand, scale: number): Promise<TaskSet> {
  const { taskSet } = await stand.ecs<{ taskSet: TaskSet }>('CreateTaskSet', {
    cluster: 'default',
    service: 'web',
    taskDefinition: 'web',
    launchType: 'FARGATE',
    networkConfiguration: await stand.network(),
    scale: { value: scale, unit: 'PERCENT' },
  });
  return taskSet;
}

async function sets(stand: Stand): Promise<TaskSet[]> {
  return (await stand.ecs<{ taskSets: TaskSet[] }>('DescribeTaskSets', { cluster: 'default', service: 'web' })).taskSets;
}

test('task sets share the desired count of a service by their scale, and are steady when their tasks run', async () => {
  await using stand = await ecsStand();
  await outsideService(stand);
  await createSet(stand, 100);
  await createSet(stand, 25);
  await stand.until(async () => (await sets(stand)).every((set) => set.stabilityStatus === 'STEADY_STATE'));
  expect((await sets(stand)).map((set) => set.runningCount).toSorted((a, b) => (a ?? 0) - (b ?? 0))).toEqual([1, 4]);
});

test('the primary task set gives the service its configuration', async () => {
  await using stand = await ecsStand();
  await outsideService(stand);
  const first = await createSet(stand, 50);
  await stand.ecs('UpdateServicePrimaryTaskSet', { cluster: 'default', service: 'web', primaryTaskSet: first.id });
  const { services } = await stand.ecs<{ services: Service[] }>('DescribeServices', { services: ['web'] });
  expect(services[0]).toMatchObject({ taskDefinition: first.taskDefinition, taskSets: [{ status: 'PRIMARY' }] });
});

test('the tasks of a deleted task set stop', async () => {
  await using stand = await ecsStand();
  await outsideService(stand);
  const set = await createSet(stand, 50);
  await stand.until(async () => (await sets(stand))[0]?.runningCount === 2);
  const { taskArns } = await stand.ecs<{ taskArns: string[] }>('ListTasks', { serviceName: 'web' });
  await stand.ecs('DeleteTaskSet', { cluster: 'default', service: 'web', taskSet: set.taskSetArn });
  await stand.until(async () => {
    const { tasks } = await stand.ecs<{ tasks: Task[] }>('DescribeTasks', { tasks: taskArns });
    return tasks.every((task) => task.lastStatus === 'STOPPED');
  });
  await expect(stand.ecs('DeleteTaskSet', { cluster: 'default', service: 'web', taskSet: set.taskSetArn })).rejects.toMatchObject({
    code: 'TaskSetNotFoundException',
  });
});

test('a service of CODE_DEPLOY runs a task set of its own, and takes no other task definition', async () => {
  await using stand = await ecsStand();
  await stand.ecs('CreateCluster');
  await stand.ecs('RegisterTaskDefinition', fargateDefinition('web'));
  await stand.ecs('CreateService', {
    serviceName: 'web',
    taskDefinition: 'web',
    desiredCount: 1,
    launchType: 'FARGATE',
    networkConfiguration: await stand.network(),
    deploymentController: { type: 'CODE_DEPLOY' },
  });
  await stand.until(async () => (await sets(stand))[0]?.stabilityStatus === 'STEADY_STATE');
  await expect(stand.ecs('UpdateService', { service: 'web', taskDefinition: 'web' })).rejects.toMatchObject({
    code: 'InvalidParameterException',
    message:
      'Unable to update task definition on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment.',
  });
});
