import { expect, test } from 'vitest';
import type { Service, ServiceDeployment, Task } from '../../../lab-server/embedded/aws/services/ecs/state.ts';
import { ecsStand, fargateDefinition, type Stand } from './ecs-stand.ts';

async function create(stand: Stand, input: object = {}, definition: object = fargateDefinition('web')): Promise<Service> {
  await stand.ecs('CreateCluster');
  await stand.ecs('RegisterTaskDefinition', definition);
  const { service } = await stand.ecs<{ service: Service }>('CreateService', {
    serviceName: 'web',
    taskDefinition: (definition as { family: string }).family,
    desiredCount: 2,
    launchType: 'FARGATE',
    networkConfiguration: await stand.network(),
    ...input,
  });
  return service;
}

async function read(stand: Stand): Promise<Service> {
  const { services } = await stand.ecs<{ services: Service[] }>('DescribeServices', { services: ['web'] });
  return services[0] ?? {};
}

async function until(stand: Stand, condition: (service: Service) => boolean): Promise<Service> {
  let service: Service = {};
  await stand.until(async () => {
    service = await read(stand);
    return condition(service);
  });
  return service;
}

const isStable = (service: Service): boolean =>
  service.deployments?.length === 1 &&
  service.runningCount === service.desiredCount &&
  service.deployments[0]?.rolloutState === 'COMPLETED';

function texts(service: Service): string[] {
  return (service.events ?? []).map((event) => event.message ?? '');
}

async function tasks(stand: Stand): Promise<Task[]> {
  const { taskArns } = await stand.ecs<{ taskArns: string[] }>('ListTasks', { serviceName: 'web' });
  return (await stand.ecs<{ tasks: Task[] }>('DescribeTasks', { tasks: taskArns })).tasks;
}

test('a new service starts its tasks and reaches a steady state', async () => {
  await using stand = await ecsStand();
  const created = await create(stand);
  expect(created).toMatchObject({
    status: 'ACTIVE',
    desiredCount: 2,
    runningCount: 0,
    deployments: [{ status: 'PRIMARY', rolloutState: 'IN_PROGRESS' }],
  });
  const service = await until(stand, isStable);
  expect(service).toMatchObject({ runningCount: 2, pendingCount: 0, deployments: [{ runningCount: 2, rolloutState: 'COMPLETED' }] });
  expect(texts(service).at(-1)).toMatch(/^\(service web\) has started 2 tasks: \(task [0-9a-f]{32}\) \(task [0-9a-f]{32}\)\.$/);
  expect(texts(service)[0]).toBe('(service web) has reached a steady state.');
  expect(texts(service)[1]).toMatch(/^\(service web\) \(deployment ecs-svc\/\d{19}\) deployment completed\.$/);
});

test('a task that is stopped is replaced', async () => {
  await using stand = await ecsStand();
  await create(stand);
  await until(stand, isStable);
  const [victim] = await tasks(stand);
  await stand.ecs('StopTask', { task: victim?.taskArn });
  const service = await until(stand, (one) => one.runningCount === 2 && texts(one).filter((text) => text.includes('steady')).length === 2);
  expect(texts(service)).toContainEqual(expect.stringMatching(/has started 1 tasks/));
  expect((await tasks(stand)).map((task) => task.taskArn)).not.toContain(victim?.taskArn);
});

test('an update rolls without falling below the healthy minimum', async () => {
  await using stand = await ecsStand();
  await create(stand);
  await until(stand, isStable);
  await stand.ecs('RegisterTaskDefinition', fargateDefinition('web', { image: 'nginx:1.27' }));
  const { service } = await stand.ecs<{ service: Service }>('UpdateService', { service: 'web', taskDefinition: 'web' });
  expect(service.deployments?.map((one) => one.status)).toEqual(['PRIMARY', 'ACTIVE']);
  let least = Infinity;
  const done = await until(stand, (one) => {
    least = Math.min(least, one.runningCount ?? 0);
    return isStable(one);
  });
  expect(least).toBe(2);
  expect(done.taskDefinition).toMatch(/web:2$/);
  expect(new Set((await tasks(stand)).map((task) => task.taskDefinitionArn))).toEqual(new Set([done.taskDefinition]));
});

test('a failing deployment opens the circuit breaker and goes back to the one before', async () => {
  await using stand = await ecsStand();
  await create(stand, { deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } } });
  const before = await until(stand, isStable);
  await stand.ecs('RegisterTaskDefinition', fargateDefinition('web', { image: 'nginx:nosuchtag' }));
  await stand.ecs('UpdateService', { service: 'web', taskDefinition: 'web:2' });
  const after = await until(stand, (one) => isStable(one) && texts(one).some((text) => text.includes('rolling back')));
  expect(after.taskDefinition).toBe(before.taskDefinition);
  expect(after.runningCount).toBe(2);
  expect(texts(after)).toContainEqual(expect.stringMatching(/deployment failed: tasks failed to start\.$/));
  const { serviceDeployments } = await stand.ecs<{ serviceDeployments: ServiceDeployment[] }>('ListServiceDeployments', { service: 'web' });
  expect(serviceDeployments.map((one) => one.status)).toEqual(['ROLLBACK_SUCCESSFUL', 'SUCCESSFUL']);
});

test('without rollback a failed deployment starts nothing more and keeps the old tasks', async () => {
  await using stand = await ecsStand();
  await create(stand, { deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: false } } });
  await until(stand, isStable);
  await stand.ecs('RegisterTaskDefinition', fargateDefinition('web', { image: 'nginx:nosuchtag' }));
  await stand.ecs('UpdateService', { service: 'web', taskDefinition: 'web:2' });
  const service = await until(stand, (one) => one.deployments?.[0]?.rolloutState === 'FAILED');
  expect(service.deployments?.[0]).toMatchObject({
    failedTasks: 3,
    rolloutStateReason: 'ECS deployment circuit breaker: tasks failed to start.',
  });
  expect(service.runningCount).toBe(2);
});

test('scaling to zero and deletion end in INACTIVE', async () => {
  await using stand = await ecsStand();
  await create(stand);
  await until(stand, isStable);
  await expect(stand.ecs('DeleteService', { service: 'web' })).rejects.toThrow('The service cannot be stopped while it is scaled above 0.');
  await stand.ecs('UpdateService', { service: 'web', desiredCount: 0 });
  await until(stand, (one) => one.runningCount === 0 && one.pendingCount === 0);
  const { service } = await stand.ecs<{ service: Service }>('DeleteService', { service: 'web' });
  expect(service.status).toBe('DRAINING');
  expect((await until(stand, (one) => one.status === 'INACTIVE')).status).toBe('INACTIVE');
  await expect(stand.ecs('UpdateService', { service: 'web', desiredCount: 1 })).rejects.toThrow('Service was not ACTIVE.');
});

test('an EC2 service without instances says that it cannot place its tasks', async () => {
  await using stand = await ecsStand();
  const definition = { family: 'web', containerDefinitions: [{ name: 'web', image: 'nginx', memory: 128 }] };
  await create(stand, { launchType: 'EC2', networkConfiguration: undefined }, definition);
  const service = await until(stand, (one) => (one.events?.length ?? 0) > 0);
  expect(texts(service)[0]).toMatch(
    /^\(service web\) was unable to place a task because no container instance met all of its requirements\. Reason: No Container Instances were found in your cluster\./,
  );
});

test('the same request twice is one service, another one is refused', async () => {
  await using stand = await ecsStand();
  const networkConfiguration = await stand.network();
  const first = await create(stand, { networkConfiguration, taskDefinition: 'web:1' });
  const second = await create(stand, { networkConfiguration, taskDefinition: 'web:1' });
  expect(second.deployments?.[0]?.id).toBe(first.deployments?.[0]?.id);
  await expect(create(stand, { networkConfiguration, desiredCount: 5 })).rejects.toThrow('Creation of service was not idempotent.');
});

test('a protected task outlives scaling in, until its protection ends', async () => {
  await using stand = await ecsStand();
  await create(stand);
  await until(stand, isStable);
  const arns = (await tasks(stand)).map((task) => task.taskArn);
  await stand.ecs('UpdateTaskProtection', { cluster: 'default', tasks: arns, protectionEnabled: true, expiresInMinutes: 1 });
  await stand.ecs('UpdateService', { service: 'web', desiredCount: 0 });
  await stand.clock.advance(30_000);
  expect((await read(stand)).runningCount).toBe(2);
  await stand.clock.advance(31_000);
  expect((await until(stand, (one) => one.runningCount === 0)).runningCount).toBe(0);
});
