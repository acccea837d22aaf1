import { expect, test } from 'vitest';
import { ecsStand, fargateDefinition } from './ecs-stand.ts';

test('tasks of a service are found by name from within the VPC of the namespace, and by nobody once they stop', async () => {
  await using stand = await ecsStand();
  const map = <Answer>(operation: string, input: object): Promise<Answer> => stand.call<Answer>('servicediscovery', operation, input);
  const { Vpcs } = await stand.call<{ Vpcs: { VpcId: string }[] }>('ec2', 'DescribeVpcs');
  const { OperationId } = await map<{ OperationId: string }>('CreatePrivateDnsNamespace', { Name: 'shop.local', Vpc: Vpcs[0]?.VpcId });
  const { Operation } = await map<{ Operation: { Targets: { NAMESPACE: string } } }>('GetOperation', { OperationId });
  const { Service } = await map<{ Service: { Id: string; Arn: string } }>('CreateService', {
    Name: 'web',
    NamespaceId: Operation.Targets.NAMESPACE,
    DnsConfig: { DnsRecords: [{ Type: 'A', TTL: 10 }] },
    HealthCheckCustomConfig: { FailureThreshold: 1 },
  });
  await stand.ecs('CreateCluster', {});
  await stand.ecs('RegisterTaskDefinition', fargateDefinition('web'));
  await stand.ecs('CreateService', {
    serviceName: 'web',
    taskDefinition: 'web',
    desiredCount: 2,
    launchType: 'FARGATE',
    networkConfiguration: await stand.network(),
    serviceRegistries: [{ registryArn: Service.Arn }],
  });
  const discovered = async (): Promise<string[]> => {
    const { Instances } = await map<{ Instances: { Attributes: Record<string, string> }[] }>('DiscoverInstances', {
      NamespaceName: 'shop.local',
      ServiceName: 'web',
    });
    return Instances.map((one) => one.Attributes['AWS_INSTANCE_IPV4'] ?? '');
  };
  await stand.until(async () => (await discovered()).length === 2);
  const addresses = await discovered();
  const { network } = stand.aws.context.runtime;
  expect(network.resolve(addresses[0] ?? '', 'web.shop.local').toSorted((left, right) => (left < right ? -1 : 1))).toEqual(
    addresses.toSorted((left, right) => (left < right ? -1 : 1)),
  );
  expect(network.resolve('203.0.113.10', 'web.shop.local')).toEqual([]);
  await expect(map('DeleteService', { Id: Service.Id })).rejects.toThrow('Service contains registered instances');
  await stand.ecs('UpdateService', { service: 'web', desiredCount: 0 });
  await stand.until(async () => (await discovered()).length === 0);
  await map('DeleteService', { Id: Service.Id });
});

test('names of a public namespace are for everybody, and unhealthy instances are left out', async () => {
  await using stand = await ecsStand();
  const map = <Answer>(operation: string, input: object): Promise<Answer> => stand.call<Answer>('servicediscovery', operation, input);
  await map('CreatePublicDnsNamespace', { Name: 'example.org' });
  const { Namespaces } = await map<{ Namespaces: { Id: string }[] }>('ListNamespaces', {});
  const { Service } = await map<{ Service: { Id: string } }>('CreateService', {
    Name: 'api',
    NamespaceId: Namespaces[0]?.Id,
    DnsConfig: { DnsRecords: [{ Type: 'A', TTL: 10 }] },
    HealthCheckCustomConfig: {},
  });
  for (const [InstanceId, AWS_INSTANCE_IPV4] of [
    ['a', '198.51.100.1'],
    ['b', '198.51.100.2'],
  ]) {
    await map('RegisterInstance', { ServiceId: Service.Id, InstanceId, Attributes: { AWS_INSTANCE_IPV4 } });
  }
  await map('UpdateInstanceCustomHealthStatus', { ServiceId: Service.Id, InstanceId: 'a', Status: 'UNHEALTHY' });
  expect(stand.aws.network.resolve('api.example.org')).toBe('198.51.100.2');
  await expect(map('RegisterInstance', { ServiceId: Service.Id, InstanceId: 'c', Attributes: {} })).rejects.toThrow('AWS_INSTANCE_IPV4');
});
