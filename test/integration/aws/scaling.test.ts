// Scaling, metrics, names and groups through the AWS SDK, against an endpoint on a port of its own; what was accepted outlives the process.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { AutoScalingClient, CreateAutoScalingGroupCommand, DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  paginateListMetrics,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
  waitUntilAlarmExists,
} from '@aws-sdk/client-cloudwatch';
import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  CreateKeyPairCommand,
  CreateLaunchTemplateCommand,
  CreateVpcCommand,
  DescribeInstancesCommand,
  DescribeVolumesCommand,
  EC2Client,
  waitUntilInstanceRunning,
} from '@aws-sdk/client-ec2';
import { CreateClusterCommand, CreateServiceCommand, ECSClient, RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import {
  CreateHttpNamespaceCommand,
  CreateServiceCommand as CreateDiscoveryServiceCommand,
  DiscoverInstancesCommand,
  GetOperationCommand,
  RegisterInstanceCommand,
  ServiceDiscoveryClient,
} from '@aws-sdk/client-servicediscovery';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SystemClock } from '../../../lab-server/base/index.ts';
import { startAws, type AwsEndpoint } from '../../../lab-server/embedded/aws/aws.ts';
import { createRuntime } from '../../../lab-server/embedded/runtime/index.ts';
import type { Runtime } from '../../../lab-server/embedded/runtime/runtime.ts';

let folder: string;
let runtime: Runtime;
let aws: AwsEndpoint;

const wait = { minDelay: 1, maxDelay: 1, maxWaitTime: 50 };
const IMAGE = 'ami-0d0c05de51de00003';

async function open(): Promise<void> {
  const clock = new SystemClock();
  runtime = createRuntime({ clock });
  aws = await startAws({
    clock,
    runtime,
    databaseFile: join(folder, 'aws.db'),
    listen: { host: '127.0.0.1', port: 0 },
    delays: { provisioning: 5, pull: 5, deprovisioning: 5, instanceBoot: 5 },
  });
}

async function close(): Promise<void> {
  await aws[Symbol.asyncDispose]();
  await runtime[Symbol.asyncDispose]();
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dockside-scaling-'));
  await open();
});

afterAll(async () => {
  await close();
  await rm(folder, { recursive: true });
});

function settings(): { endpoint: string; region: string; credentials: AwsEndpoint['credentials'] } {
  return { endpoint: aws.url, region: aws.region, credentials: aws.credentials };
}

test('metrics are put, listed and computed, and an alarm stands over them', async () => {
  const cloudwatch = new CloudWatchClient(settings());
  const Timestamp = new Date();
  await cloudwatch.send(
    new PutMetricDataCommand({
      Namespace: 'shop',
      MetricData: Array.from({ length: 60 }, (_, index) => ({
        MetricName: 'orders',
        Timestamp,
        Value: index,
        Dimensions: [{ Name: 'desk', Value: `desk number ${index % 2}` }],
      })),
    }),
  );
  const range = { StartTime: new Date(Timestamp.getTime() - 300_000), EndTime: new Date(Timestamp.getTime() + 300_000) };
  const Dimensions = [{ Name: 'desk', Value: 'desk number 1' }];
  const { Datapoints } = await cloudwatch.send(
    new GetMetricStatisticsCommand({
      Namespace: 'shop',
      MetricName: 'orders',
      Dimensions,
      Period: 60,
      Statistics: ['Sum', 'Maximum'],
      ExtendedStatistics: ['p50'],
      ...range,
    }),
  );
  expect(Datapoints).toMatchObject([{ Sum: 900, Maximum: 59, ExtendedStatistics: { p50: 29 } }]);
  const { MetricDataResults } = await cloudwatch.send(
    new GetMetricDataCommand({
      ...range,
      MetricDataQueries: [
        {
          Id: 'm',
          ReturnData: false,
          MetricStat: { Metric: { Namespace: 'shop', MetricName: 'orders', Dimensions }, Period: 60, Stat: 'Sum' },
        },
        { Id: 'half', Expression: 'm / 2' },
      ],
    }),
  );
  expect(MetricDataResults).toMatchObject([{ Id: 'half', Values: [450] }]);
  let listed = 0;
  for await (const page of paginateListMetrics({ client: cloudwatch }, { Namespace: 'shop' })) {
    listed += page.Metrics?.length ?? 0;
  }
  expect(listed).toBe(2);
  await cloudwatch.send(
    new PutMetricAlarmCommand({
      AlarmName: 'many',
      Namespace: 'shop',
      MetricName: 'orders',
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanThreshold',
    }),
  );
  await waitUntilAlarmExists({ client: cloudwatch, ...wait }, { AlarmNames: ['many'] });
  cloudwatch.destroy();
});

test('a service is registered to scale, and its policy brings its alarms', async () => {
  const ecs = new ECSClient(settings());
  const scaling = new ApplicationAutoScalingClient(settings());
  await ecs.send(new CreateClusterCommand({ clusterName: 'scaled' }));
  await ecs.send(
    new RegisterTaskDefinitionCommand({ family: 'scaled', memory: '128', containerDefinitions: [{ name: 'web', image: 'nginx' }] }),
  );
  await ecs.send(
    new CreateServiceCommand({ cluster: 'scaled', serviceName: 'web', taskDefinition: 'scaled', desiredCount: 0, launchType: 'EC2' }),
  );
  const place = {
    ServiceNamespace: 'ecs',
    ResourceId: 'service/scaled/web',
    ScalableDimension: 'ecs:service:DesiredCount',
  } as const;
  await scaling.send(new RegisterScalableTargetCommand({ ...place, MinCapacity: 0, MaxCapacity: 3 }));
  const { Alarms } = await scaling.send(
    new PutScalingPolicyCommand({
      ...place,
      PolicyName: 'cpu',
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: 50,
        PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
      },
    }),
  );
  expect(Alarms?.map((alarm) => alarm.AlarmName?.replace(/-[0-9a-f-]{36}$/, ''))).toEqual([
    'TargetTracking-service/scaled/web-AlarmHigh',
    'TargetTracking-service/scaled/web-AlarmLow',
  ]);
  await expect(
    scaling.send(new RegisterScalableTargetCommand({ ...place, ResourceId: 'service/scaled/nobody', MinCapacity: 0, MaxCapacity: 1 })),
  ).rejects.toThrow("ECS service doesn't exist: service/scaled/nobody");
  ecs.destroy();
  scaling.destroy();
});

test('instances are found by name in an HTTP namespace', async () => {
  const map = new ServiceDiscoveryClient({ ...settings(), disableHostPrefix: true });
  const { OperationId } = await map.send(new CreateHttpNamespaceCommand({ Name: 'shop' }));
  const { Operation } = await map.send(new GetOperationCommand({ OperationId }));
  expect(Operation).toMatchObject({ Status: 'SUCCESS', Type: 'CREATE_NAMESPACE' });
  const { Service } = await map.send(new CreateDiscoveryServiceCommand({ Name: 'api', NamespaceId: Operation?.Targets?.NAMESPACE }));
  await map.send(new RegisterInstanceCommand({ ServiceId: Service?.Id, InstanceId: 'one', Attributes: { url: 'http://one' } }));
  const { Instances } = await map.send(new DiscoverInstancesCommand({ NamespaceName: 'shop', ServiceName: 'api' }));
  expect(Instances).toMatchObject([{ InstanceId: 'one', HealthStatus: 'HEALTHY', Attributes: { url: 'http://one' } }]);
  map.destroy();
});

test('a group starts an instance with its disk, which is given an address; all of it outlives the process', async () => {
  const ec2 = new EC2Client(settings());
  const groups = new AutoScalingClient(settings());
  await expect(ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16', DryRun: true }))).rejects.toMatchObject({
    name: 'DryRunOperation',
  });
  const { KeyMaterial } = await ec2.send(new CreateKeyPairCommand({ KeyName: 'mine', KeyType: 'ed25519' }));
  expect(KeyMaterial).toContain('PRIVATE KEY');
  await ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: 'node',
      LaunchTemplateData: { ImageId: IMAGE, InstanceType: 't3.micro', KeyName: 'mine' },
    }),
  );
  await groups.send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: 'nodes',
      LaunchTemplate: { LaunchTemplateName: 'node', Version: '$Latest' },
      MinSize: 0,
      MaxSize: 2,
      DesiredCapacity: 1,
      AvailabilityZones: ['us-east-1a'],
    }),
  );
  const { AutoScalingGroups } = await groups.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: ['nodes'] }));
  const id = AutoScalingGroups?.[0]?.Instances?.[0]?.InstanceId ?? '';
  await waitUntilInstanceRunning({ client: ec2, ...wait }, { InstanceIds: [id] });
  const { Volumes } = await ec2.send(new DescribeVolumesCommand({ Filters: [{ Name: 'attachment.instance-id', Values: [id] }] }));
  expect(Volumes).toMatchObject([{ Size: 8, State: 'in-use' }]);
  const { AllocationId, PublicIp } = await ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
  await ec2.send(new AssociateAddressCommand({ AllocationId, InstanceId: id }));
  ec2.destroy();
  groups.destroy();

  await close();
  await open();
  const again = new EC2Client(settings());
  const { Reservations } = await again.send(
    new DescribeInstancesCommand({ Filters: [{ Name: 'tag:aws:autoscaling:groupName', Values: ['nodes'] }] }),
  );
  expect(Reservations?.[0]?.Instances).toMatchObject([{ InstanceId: id, PublicIpAddress: PublicIp, KeyName: 'mine' }]);
  const cloudwatch = new CloudWatchClient(settings());
  expect((await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: ['many'] }))).MetricAlarms).toHaveLength(1);
  const scaling = new ApplicationAutoScalingClient(settings());
  expect((await scaling.send(new DescribeScalableTargetsCommand({ ServiceNamespace: 'ecs' }))).ScalableTargets).toMatchObject([
    { MaxCapacity: 3 },
  ]);
  for (const client of [again, cloudwatch, scaling]) {
    client.destroy();
  }
});
