import { expect, test } from 'vitest';
import type { Service, ServiceDeployment, Task } from '../../../lab-server/embedded/aws/services/ecs/state.ts';
import { ecsStand, fargateDefinition, type Stand } from './ecs-stand.ts';

const MINUTE_MS = 60_000;

async function steadyService(stand: Stand, deploymentConfiguration: object): Promise<void> {
  await stand.ecs('CreateCluster');
  await stand.ecs('RegisterTaskDefinition', fargateDefinition('web'));
  await stand.ecs('CreateService', {
    serviceName: 'web',
    taskDefinition: 'web',
    desiredCount: 2,
    launchType: 'FARGATE',
    networkConfiguration: await stand.network(),
    deploymentConfiguration,
  });
  await stand.until(async () => (await read(stand)).deployments?.[0]?.rolloutState === 'COMPLETED');
  await stand.ecs('RegisterTaskDefinition', fargateDefinition('web', { image: 'nginx:1.27' }));
}

async function read(stand: Stand): Promise<Service> {
  const { services } = await stand.ecs<{ services: Service[] }>('DescribeServices', { services: ['web'] });
  return services[0] ?? {};
}

/** Updates to the second revision and gives the service deployment's ARN. */
async function update(stand: Stand): Promise<string> {
  const { service } = await stand.ecs<{ service: Service }>('UpdateService', { service: 'web', taskDefinition: 'web' });
  return service.currentServiceDeployment ?? '';
}

async function deployment(stand: Stand, arn: string): Promise<ServiceDeployment> {
  const { serviceDeployments } = await stand.ecs<{ serviceDeployments: ServiceDeployment[] }>('DescribeServiceDeployments', {
    serviceDeploymentArns: [arn],
  });
  return serviceDeployments[0] ?? {};
}

async function revisions(stand: Stand): Promise<string[]> {
  const { taskArns } = await stand.ecs<{ taskArns: string[] }>('ListTasks', { serviceName: 'web' });
  const { tasks } = await stand.ecs<{ tasks: Task[] }>('DescribeTasks', { tasks: taskArns });
  return tasks.map((task) => task.taskDefinitionArn?.split(':').at(-1) ?? '').toSorted();
}

test('blue and green tasks stand side by side for the bake time, then the blue ones go', async () => {
  await using stand = await ecsStand();
  await steadyService(stand, { strategy: 'BLUE_GREEN', bakeTimeInMinutes: 5 });
  const arn = await update(stand);
  await stand.until(async () => (await deployment(stand, arn)).lifecycleStage === 'BAKE_TIME');
  expect(await revisions(stand)).toEqual(['1', '1', '2', '2']);
  expect((await deployment(stand, arn)).targetServiceRevision).toMatchObject({ requestedProductionTrafficWeight: 100 });
  await stand.clock.advance(4 * MINUTE_MS);
  expect((await deployment(stand, arn)).lifecycleStage).toBe('BAKE_TIME');
  await stand.until(async () => (await deployment(stand, arn)).status === 'SUCCESSFUL', 5 * MINUTE_MS);
  expect(await revisions(stand)).toEqual(['2', '2']);
});

test('a canary deployment gives the new tasks a part of the traffic first', async () => {
  await using stand = await ecsStand();
  await steadyService(stand, { strategy: 'CANARY', canaryConfiguration: { canaryPercent: 20, canaryBakeTimeInMinutes: 10 } });
  const arn = await update(stand);
  await stand.until(async () => (await deployment(stand, arn)).lifecycleStage === 'PRODUCTION_TRAFFIC_SHIFT');
  expect(await deployment(stand, arn)).toMatchObject({
    targetServiceRevision: { requestedProductionTrafficWeight: 20 },
    sourceServiceRevisions: [{ requestedProductionTrafficWeight: 80 }],
  });
  await stand.until(async () => (await deployment(stand, arn)).status === 'SUCCESSFUL', 11 * MINUTE_MS);
});

test('a linear deployment moves the traffic step by step', async () => {
  await using stand = await ecsStand();
  await steadyService(stand, { strategy: 'LINEAR', linearConfiguration: { stepPercent: 50, stepBakeTimeInMinutes: 2 } });
  const arn = await update(stand);
  await stand.until(async () => (await deployment(stand, arn)).targetServiceRevision?.requestedProductionTrafficWeight === 50);
  await stand.until(async () => (await deployment(stand, arn)).status === 'SUCCESSFUL', 3 * MINUTE_MS);
  expect(await revisions(stand)).toEqual(['2', '2']);
});

test('a pause waits until it is told to go on', async () => {
  await using stand = await ecsStand();
  await steadyService(stand, {
    strategy: 'BLUE_GREEN',
    lifecycleHooks: [{ targetType: 'PAUSE', lifecycleStages: ['POST_TEST_TRAFFIC_SHIFT'] }],
  });
  const arn = await update(stand);
  await stand.until(async () => (await deployment(stand, arn)).lifecycleStage === 'POST_TEST_TRAFFIC_SHIFT');
  await stand.clock.advance(10 * MINUTE_MS);
  const [hook] = (await deployment(stand, arn)).lifecycleHookDetails ?? [];
  expect(hook).toMatchObject({ targetType: 'PAUSE', status: 'AWAITING_ACTION', timeoutAction: 'ROLLBACK' });
  await stand.ecs('ContinueServiceDeployment', { serviceDeploymentArn: arn, hookId: hook?.hookId });
  await stand.until(async () => (await deployment(stand, arn)).status === 'SUCCESSFUL');
});

test('a pause that times out rolls back, and the new tasks go', async () => {
  await using stand = await ecsStand();
  await steadyService(stand, {
    strategy: 'BLUE_GREEN',
    lifecycleHooks: [{ targetType: 'PAUSE', lifecycleStages: ['POST_SCALE_UP'], timeoutConfiguration: { timeoutInMinutes: 1 } }],
  });
  const arn = await update(stand);
  await stand.until(async () => (await deployment(stand, arn)).status === 'ROLLBACK_SUCCESSFUL', 3 * MINUTE_MS);
  expect(await revisions(stand)).toEqual(['1', '1']);
  expect((await read(stand)).taskDefinition).toMatch(/web:1$/);
});

test('a deployment that is stopped goes back to the revision before', async () => {
  await using stand = await ecsStand();
  await steadyService(stand, { strategy: 'BLUE_GREEN', bakeTimeInMinutes: 60 });
  const arn = await update(stand);
  await stand.until(async () => (await deployment(stand, arn)).lifecycleStage === 'BAKE_TIME');
  await stand.ecs('StopServiceDeployment', { serviceDeploymentArn: arn });
  await stand.until(async () => (await deployment(stand, arn)).status === 'ROLLBACK_SUCCESSFUL');
  expect(await revisions(stand)).toEqual(['1', '1']);
  await expect(stand.ecs('StopServiceDeployment', { serviceDeploymentArn: arn })).rejects.toMatchObject({ code: 'ConflictException' });
});

test('a deployment that a newer one replaces is stopped, and its tasks go', async () => {
  await using stand = await ecsStand();
  await steadyService(stand, { strategy: 'BLUE_GREEN', bakeTimeInMinutes: 60 });
  const first = await update(stand);
  await stand.until(async () => (await deployment(stand, first)).lifecycleStage === 'BAKE_TIME');
  await stand.ecs('RegisterTaskDefinition', fargateDefinition('web', { image: 'nginx:1.28' }));
  const second = await update(stand);
  expect((await deployment(stand, first)).status).toBe('STOPPED');
  await stand.until(async () => (await deployment(stand, second)).lifecycleStage === 'BAKE_TIME');
  expect(await revisions(stand)).toEqual(['1', '1', '3', '3']);
});

test('an alarm that goes off while a deployment bakes rolls it back', async () => {
  await using stand = await ecsStand();
  await steadyService(stand, {
    strategy: 'BLUE_GREEN',
    bakeTimeInMinutes: 10,
    alarms: { enable: true, rollback: true, alarmNames: ['errors'] },
  });
  await stand.call('monitoring', 'PutMetricAlarm', {
    AlarmName: 'errors',
    MetricName: 'Errors',
    Namespace: 'App',
    Statistic: 'Sum',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanThreshold',
  });
  const arn = await update(stand);
  await stand.until(async () => (await deployment(stand, arn)).lifecycleStage === 'BAKE_TIME');
  expect((await deployment(stand, arn)).alarms).toMatchObject({ status: 'MONITORING', alarmNames: ['errors'] });
  await stand.call('monitoring', 'SetAlarmState', { AlarmName: 'errors', StateValue: 'ALARM', StateReason: 'a test' });
  await stand.until(async () => (await deployment(stand, arn)).status === 'ROLLBACK_SUCCESSFUL');
  expect((await deployment(stand, arn)).alarms).toMatchObject({ status: 'TRIGGERED', triggeredAlarmNames: ['errors'] });
  expect((await read(stand)).events?.some((event) => event.message?.endsWith('deployment failed: alarm detected.'))).toBe(true);
});
