// Staged deployments, task sets and Express Mode through the AWS SDK.
import {
  ContinueServiceDeploymentCommand,
  CreateExpressGatewayServiceCommand,
  CreateServiceCommand,
  CreateTaskSetCommand,
  DeleteExpressGatewayServiceCommand,
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  DescribeServicesCommand,
  DescribeTaskSetsCommand,
  type ECSClient,
  ListServiceDeploymentsCommand,
  StopServiceDeploymentCommand,
  UpdateServiceCommand,
  waitUntilServicesStable,
  type ServiceDeployment,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AwsEndpoint } from '../../../lab-server/embedded/aws/aws.ts';
import { fargateStand, type FargateStand } from './fargate-stand.ts';

let stand: FargateStand;
let aws: AwsEndpoint;
let ecs: ECSClient;
let networkConfiguration: FargateStand['networkConfiguration'];

const wait = { minDelay: 1, maxDelay: 1, maxWaitTime: 50 };

beforeAll(async () => {
  stand = await fargateStand('nginx:1.27', 'nginx:1.28');
  ({ aws, ecs, networkConfiguration } = stand);
});

afterAll(() => stand[Symbol.asyncDispose]());

/** The service deployment once `condition` holds; asked again with each change of ECS's records. */
async function deploymentWhere(arn: string, condition: (deployment: ServiceDeployment) => boolean): Promise<ServiceDeployment> {
  for (;;) {
    const changed = Promise.withResolvers<void>();
    using _listening = aws.context.tables.onWrite(() => changed.resolve());
    const { serviceDeployments } = await ecs.send(new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [arn] }));
    const [deployment] = serviceDeployments ?? [];
    if (deployment && condition(deployment)) {
      return deployment;
    }
    await changed.promise;
  }
}

test('a blue/green deployment waits at a pause, goes on, and can be stopped in its bake time', { timeout: 60_000 }, async () => {
  await ecs.send(
    new CreateServiceCommand({
      serviceName: 'web',
      taskDefinition: 'web:1',
      desiredCount: 1,
      launchType: 'FARGATE',
      networkConfiguration,
      deploymentConfiguration: {
        strategy: 'BLUE_GREEN',
        bakeTimeInMinutes: 30,
        lifecycleHooks: [{ targetType: 'PAUSE', lifecycleStages: ['POST_SCALE_UP'] }],
      },
    }),
  );
  await waitUntilServicesStable({ client: ecs, ...wait }, { services: ['web'] });
  const { service } = await ecs.send(new UpdateServiceCommand({ service: 'web', taskDefinition: 'web:2' }));
  const arn = service?.currentServiceDeployment ?? '';
  const paused = await deploymentWhere(arn, (one) => one.lifecycleStage === 'POST_SCALE_UP');
  const [hook] = paused.lifecycleHookDetails ?? [];
  expect(hook).toMatchObject({ targetType: 'PAUSE', status: 'AWAITING_ACTION' });
  expect(hook?.expiresAt).toBeInstanceOf(Date);
  await ecs.send(new ContinueServiceDeploymentCommand({ serviceDeploymentArn: arn, hookId: hook?.hookId }));
  await deploymentWhere(arn, (one) => one.lifecycleStage === 'BAKE_TIME');
  await ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn: arn }));
  const stopped = await deploymentWhere(arn, (one) => one.status === 'ROLLBACK_SUCCESSFUL');
  const { serviceRevisions } = await ecs.send(
    new DescribeServiceRevisionsCommand({ serviceRevisionArns: [stopped.rollback?.serviceRevisionArn ?? ''] }),
  );
  expect(serviceRevisions).toMatchObject([{ taskDefinition: expect.stringMatching(/web:1$/), containerImages: [{ image: 'nginx:1.27' }] }]);
  const { serviceDeployments } = await ecs.send(new ListServiceDeploymentsCommand({ service: 'web' }));
  const listed = (serviceDeployments ?? []).map((one) => one.status ?? '');
  expect(listed.toSorted()).toEqual(['ROLLBACK_SUCCESSFUL', 'SUCCESSFUL']);
});

test('an outside controller brings its task sets', { timeout: 60_000 }, async () => {
  await ecs.send(new CreateServiceCommand({ serviceName: 'outside', desiredCount: 2, deploymentController: { type: 'EXTERNAL' } }));
  const { taskSet } = await ecs.send(
    new CreateTaskSetCommand({
      cluster: 'default',
      service: 'outside',
      taskDefinition: 'web:1',
      launchType: 'FARGATE',
      networkConfiguration,
      scale: { value: 50, unit: 'PERCENT' },
    }),
  );
  expect(taskSet).toMatchObject({ status: 'ACTIVE', computedDesiredCount: 1, scale: { value: 50, unit: 'PERCENT' } });
  const { taskSets } = await ecs.send(new DescribeTaskSetsCommand({ cluster: 'default', service: 'outside' }));
  expect(taskSets).toMatchObject([{ id: taskSet?.id, createdAt: expect.any(Date) }]);
});

test('Express Mode makes a service of an image', { timeout: 60_000 }, async () => {
  const role = `arn:aws:iam::${aws.account}:role/ecsTaskExecutionRole`;
  const { service } = await ecs.send(
    new CreateExpressGatewayServiceCommand({
      serviceName: 'express',
      executionRoleArn: role,
      infrastructureRoleArn: role,
      healthCheckPath: '/',
      primaryContainer: { image: 'nginx:latest', containerPort: 80 },
    }),
  );
  expect(service?.activeConfigurations?.[0]?.ingressPaths).toMatchObject([
    { accessType: 'PUBLIC', endpoint: expect.stringMatching(/\.on\.aws$/) },
  ]);
  const { services } = await ecs.send(new DescribeServicesCommand({ services: ['express'] }));
  expect(services?.[0]).toMatchObject({ launchType: 'FARGATE', deploymentConfiguration: { strategy: 'CANARY' } });
  const deleted = await ecs.send(new DeleteExpressGatewayServiceCommand({ serviceArn: service?.serviceArn }));
  expect(deleted.service?.status?.statusCode).toBe('DRAINING');
});
