// Amazon ECS through the AWS SDK: signed requests, waiters and paginators against an endpoint on a port of its own.
import {
  EC2Client,
  AuthorizeSecurityGroupIngressCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
} from '@aws-sdk/client-ec2';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteServiceCommand,
  DescribeTasksCommand,
  ECSClient,
  paginateListTasks,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
  waitUntilServicesInactive,
  waitUntilServicesStable,
  waitUntilTasksRunning,
  waitUntilTasksStopped,
} from '@aws-sdk/client-ecs';
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  GetRoleCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SystemClock } from '../../../lab-server/base/index.ts';
import { startAws, type AwsEndpoint } from '../../../lab-server/embedded/aws/aws.ts';
import { createRuntime } from '../../../lab-server/embedded/runtime/index.ts';
import type { Runtime } from '../../../lab-server/embedded/runtime/runtime.ts';

let runtime: Runtime;
let aws: AwsEndpoint;
let ecs: ECSClient;
let ec2: EC2Client;

const wait = { minDelay: 1, maxDelay: 1, maxWaitTime: 50 };

function settings(): { endpoint: string; region: string; credentials: AwsEndpoint['credentials'] } {
  return { endpoint: aws.url, region: aws.region, credentials: aws.credentials };
}

beforeAll(async () => {
  const clock = new SystemClock();
  runtime = createRuntime({ clock });
  aws = await startAws({
    clock,
    runtime,
    databaseFile: ':memory:',
    listen: { host: '127.0.0.1', port: 0 },
    delays: { provisioning: 5, pull: 5, deprovisioning: 5 },
  });
  ecs = new ECSClient(settings());
  ec2 = new EC2Client(settings());
  await ecs.send(new CreateClusterCommand({}));
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: 'nginx',
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      cpu: '256',
      memory: '512',
      containerDefinitions: [{ name: 'nginx', image: 'nginx:latest', portMappings: [{ containerPort: 80 }] }],
    }),
  );
});

afterAll(async () => {
  ecs.destroy();
  ec2.destroy();
  await aws[Symbol.asyncDispose]();
  await runtime[Symbol.asyncDispose]();
});

async function network(): Promise<{ awsvpcConfiguration: { subnets: string[]; securityGroups: string[]; assignPublicIp: 'ENABLED' } }> {
  const subnets = await ec2.send(new DescribeSubnetsCommand({ Filters: [{ Name: 'default-for-az', Values: ['true'] }] }));
  const groups = await ec2.send(new DescribeSecurityGroupsCommand({ Filters: [{ Name: 'group-name', Values: ['default'] }] }));
  return {
    awsvpcConfiguration: {
      subnets: [subnets.Subnets?.[0]?.SubnetId ?? ''],
      securityGroups: [groups.SecurityGroups?.[0]?.GroupId ?? ''],
      assignPublicIp: 'ENABLED',
    },
  };
}

test('a task runs, answers on its public address once the security group lets it, and stops', async () => {
  const networkConfiguration = await network();
  const { tasks, failures } = await ecs.send(new RunTaskCommand({ taskDefinition: 'nginx', launchType: 'FARGATE', networkConfiguration }));
  expect(failures).toEqual([]);
  const arn = tasks?.[0]?.taskArn ?? '';
  await waitUntilTasksRunning({ client: ecs, ...wait }, { tasks: [arn] });
  const described = await ecs.send(new DescribeTasksCommand({ tasks: [arn] }));
  const eni = described.tasks?.[0]?.attachments?.[0]?.details?.find((one) => one.name === 'networkInterfaceId')?.value ?? '';
  const interfaces = await ec2.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [eni] }));
  const address = interfaces.NetworkInterfaces?.[0]?.Association?.PublicIp ?? '';
  expect(aws.network.published()).toContainEqual({ address, port: 80, protocol: 'tcp' });
  const closed = aws.network.connect({ address, port: 80 }, AbortSignal.timeout(300));
  await expect(closed).rejects.toThrow(/abort|timeout/i);
  await ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId: networkConfiguration.awsvpcConfiguration.securityGroups[0],
      IpPermissions: [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
    }),
  );
  const connection = await aws.network.connect({ address, port: 80 });
  connection.write('GET / HTTP/1.1\r\nHost: nginx\r\nConnection: close\r\n\r\n');
  let answer = '';
  for await (const chunk of connection as AsyncIterable<Buffer>) {
    answer += chunk.toString();
  }
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK/);
  await ecs.send(new StopTaskCommand({ task: arn, reason: 'done' }));
  await waitUntilTasksStopped({ client: ecs, ...wait }, { tasks: [arn] });
  const stopped = await ecs.send(new DescribeTasksCommand({ tasks: [arn] }));
  expect(stopped.tasks?.[0]).toMatchObject({ stopCode: 'UserInitiated', stoppedReason: 'done', containers: [{ exitCode: 0 }] });
  expect(stopped.tasks?.[0]?.stoppedAt).toBeInstanceOf(Date);
});

test('a service becomes stable, lists its tasks page by page, and becomes inactive', async () => {
  await ecs.send(
    new CreateServiceCommand({
      serviceName: 'web',
      taskDefinition: 'nginx',
      desiredCount: 3,
      launchType: 'FARGATE',
      networkConfiguration: await network(),
    }),
  );
  await waitUntilServicesStable({ client: ecs, ...wait }, { services: ['web'] });
  const arns: string[] = [];
  for await (const page of paginateListTasks({ client: ecs, pageSize: 2 }, { serviceName: 'web' })) {
    arns.push(...(page.taskArns ?? []));
  }
  expect(new Set(arns).size).toBe(3);
  await ecs.send(new DeleteServiceCommand({ service: 'web', force: true }));
  await waitUntilServicesInactive({ client: ecs, ...wait }, { services: ['web'] });
});

test('the role of every tutorial can be made, given its policy, and assumed', async () => {
  const iam = new IAMClient(settings());
  const sts = new STSClient(settings());
  const trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com', AWS: aws.account }, Action: 'sts:AssumeRole' }],
  };
  const RoleName = 'ecsTaskExecutionRole';
  const PolicyArn = 'arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy';
  const create = new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: JSON.stringify(trust) });
  await iam.send(create);
  await expect(iam.send(create)).rejects.toMatchObject({ name: 'EntityAlreadyExistsException' });
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  const { AttachedPolicies } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
  expect(AttachedPolicies).toEqual([{ PolicyName: 'AmazonECSTaskExecutionRolePolicy', PolicyArn }]);
  const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
  expect(JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''))).toEqual(trust);
  const { Credentials, AssumedRoleUser } = await sts.send(new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: 'lesson' }));
  const session = new STSClient({
    ...settings(),
    credentials: {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken,
    },
  });
  expect((await session.send(new GetCallerIdentityCommand({}))).Arn).toBe(AssumedRoleUser?.Arn);
  for (const client of [iam, sts, session]) {
    client.destroy();
  }
});
