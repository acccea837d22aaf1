import { expect, test } from 'vitest';
import type { Service, Task } from '../../../lab-server/embedded/aws/services/ecs/state.ts';
import { ecsStand, fargateDefinition, type Stand } from './ecs-stand.ts';

async function create(stand: Stand, name: string, configuration: object): Promise<void> {
  await stand.ecs('RegisterTaskDefinition', fargateDefinition(name, { portMappings: [{ containerPort: 80, name: 'http' }] }));
  await stand.ecs('CreateService', {
    serviceName: name,
    taskDefinition: name,
    desiredCount: 1,
    launchType: 'FARGATE',
    networkConfiguration: await stand.network(),
    serviceConnectConfiguration: { enabled: true, namespace: 'shop', ...configuration },
  });
  await stand.until(async () => {
    const { services } = await stand.ecs<{ services: Service[] }>('DescribeServices', { services: [name] });
    return services[0]?.runningCount === 1;
  });
}

async function addressOf(stand: Stand, service: string): Promise<string> {
  const { taskArns } = await stand.ecs<{ taskArns: string[] }>('ListTasks', { serviceName: service });
  const { tasks } = await stand.ecs<{ tasks: Task[] }>('DescribeTasks', { tasks: taskArns });
  return tasks[0]?.attachments?.[0]?.details?.find((detail) => detail.name === 'privateIPv4Address')?.value ?? '';
}

test('a task reaches another service of the namespace by its alias, and others do not know the name', async () => {
  await using stand = await ecsStand();
  await stand.ecs('CreateCluster');
  await create(stand, 'backend', { services: [{ portName: 'http', clientAliases: [{ port: 8080, dnsName: 'backend' }] }] });
  await create(stand, 'frontend', {});
  const { network } = stand.aws.context.runtime;
  const from = await addressOf(stand, 'frontend');
  const [address = ''] = network.resolve(from, 'backend');
  expect(address).toMatch(/^169\.254\./);
  const connection = await network.connect(from, address, 8080);
  connection.destroy();
  await expect(network.connect(from, address, 9999)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  expect(network.resolve('203.0.113.10', 'backend')).toEqual([]);
});

test('a task that was there before an endpoint learns of it with its next deployment', async () => {
  await using stand = await ecsStand();
  await stand.ecs('CreateCluster');
  await create(stand, 'frontend', {});
  await stand.clock.advance(1000);
  await create(stand, 'backend', { services: [{ portName: 'http', clientAliases: [{ port: 80 }] }] });
  const { network } = stand.aws.context.runtime;
  expect(network.resolve(await addressOf(stand, 'frontend'), 'http.shop')).toEqual([]);
  await stand.ecs('UpdateService', { service: 'frontend', forceNewDeployment: true });
  await stand.until(async () => {
    const { services } = await stand.ecs<{ services: Service[] }>('DescribeServices', { services: ['frontend'] });
    return services[0]?.deployments?.length === 1 && services[0].deployments[0]?.rolloutState === 'COMPLETED';
  });
  expect(network.resolve(await addressOf(stand, 'frontend'), 'http.shop')).toHaveLength(1);
});

test('services of a namespace are listed', async () => {
  await using stand = await ecsStand();
  await stand.ecs('CreateCluster');
  await create(stand, 'backend', {});
  expect(await stand.ecs('ListServicesByNamespace', { namespace: 'shop' })).toMatchObject({
    serviceArns: [expect.stringMatching(/service\/default\/backend$/)],
  });
});
