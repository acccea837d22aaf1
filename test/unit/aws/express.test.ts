import { expect, test } from 'vitest';
import type { Service } from '../../../lab-server/embedded/aws/services/ecs/state.ts';
import { ecsStand, type Stand } from './ecs-stand.ts';

interface Express {
  serviceArn: string;
  serviceName: string;
  status: { statusCode: string };
  activeConfigurations: { taskDefinitionArn: string; ingressPaths: { endpoint: string }[]; scalingTarget: object }[];
}

const ROLE = 'arn:aws:iam::123456789012:role/express';

async function create(stand: Stand): Promise<Express> {
  const { service } = await stand.ecs<{ service: Express }>('CreateExpressGatewayService', {
    serviceName: 'shop',
    executionRoleArn: ROLE,
    infrastructureRoleArn: ROLE,
    primaryContainer: { image: 'nginx:latest' },
    healthCheckPath: '/',
  });
  return service;
}

async function service(stand: Stand): Promise<Service> {
  return (await stand.ecs<{ services: Service[] }>('DescribeServices', { services: ['shop'] })).services[0] ?? {};
}

test('an image becomes a service behind a load balancer that answers to its host name and scales', async () => {
  await using stand = await ecsStand();
  await stand.ecs('CreateCluster');
  const created = await create(stand);
  expect(created).toMatchObject({
    status: { statusCode: 'ACTIVE' },
    activeConfigurations: [{ scalingTarget: { minTaskCount: 1, maxTaskCount: 20, autoScalingMetric: 'AVERAGE_CPU' } }],
  });
  await stand.until(async () => (await service(stand)).deployments?.[0]?.rolloutState === 'COMPLETED');
  const host = created.activeConfigurations[0]?.ingressPaths[0]?.endpoint ?? '';
  expect(host).toMatch(/^shop-[0-9a-f]+\.ecs\.us-east-1\.on\.aws$/);
  expect(stand.aws.context.runtime.network.resolve('203.0.113.10', host).length).toBeGreaterThan(0);
  expect(await stand.call('application-autoscaling', 'DescribeScalableTargets', { ServiceNamespace: 'ecs' })).toMatchObject({
    ScalableTargets: [{ ResourceId: 'service/default/shop', MaxCapacity: 20 }],
  });
});

test('an update comes as a canary, and a deletion takes down what was made', async () => {
  await using stand = await ecsStand();
  await stand.ecs('CreateCluster');
  const { serviceArn } = await create(stand);
  await stand.until(async () => (await service(stand)).deployments?.[0]?.rolloutState === 'COMPLETED');
  await stand.ecs('UpdateExpressGatewayService', { serviceArn, primaryContainer: { image: 'nginx:1.27' } });
  expect((await service(stand)).deployments).toMatchObject([{ status: 'PRIMARY' }, { status: 'ACTIVE' }]);
  await stand.until(async () => (await service(stand)).deployments?.length === 1, 10 * 60_000);
  await stand.ecs('DeleteExpressGatewayService', { serviceArn });
  await stand.until(async () => {
    const { service: left } = await stand.ecs<{ service: Express }>('DescribeExpressGatewayService', { serviceArn });
    return left.status.statusCode === 'INACTIVE';
  });
  expect(await stand.call('elasticloadbalancing', 'DescribeLoadBalancers')).toMatchObject({ LoadBalancers: [] });
});
