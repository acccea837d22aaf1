// Elastic Load Balancing through the AWS SDK: requests are really balanced over the tasks of an ECS service.
import { request as httpRequest } from 'node:http';
import {
  AuthorizeSecurityGroupIngressCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServicesCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
  waitUntilServicesStable,
} from '@aws-sdk/client-ecs';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateRuleCommand,
  CreateTargetGroupCommand,
  DeleteLoadBalancerCommand,
  DeleteTargetGroupCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  ModifyTargetGroupAttributesCommand,
  waitUntilLoadBalancerAvailable,
  waitUntilLoadBalancersDeleted,
  waitUntilTargetInService,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SystemClock } from '../../../lab-server/base/index.ts';
import { startAws, type AwsEndpoint } from '../../../lab-server/embedded/aws/aws.ts';
import { createRuntime } from '../../../lab-server/embedded/runtime/index.ts';
import type { Runtime } from '../../../lab-server/embedded/runtime/runtime.ts';

let runtime: Runtime;
let aws: AwsEndpoint;
let elb: ElasticLoadBalancingV2Client;
let ecs: ECSClient;
let ec2: EC2Client;
let subnets: string[];
let group: string;
let vpc: string;

const wait = { minDelay: 1, maxDelay: 1, maxWaitTime: 50 };

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
  const settings = { endpoint: aws.url, region: aws.region, credentials: aws.credentials };
  elb = new ElasticLoadBalancingV2Client(settings);
  ecs = new ECSClient(settings);
  ec2 = new EC2Client(settings);
  const found = await ec2.send(new DescribeSubnetsCommand({ Filters: [{ Name: 'default-for-az', Values: ['true'] }] }));
  subnets = (found.Subnets ?? []).slice(0, 2).map((one) => one.SubnetId ?? '');
  vpc = found.Subnets?.[0]?.VpcId ?? '';
  const groups = await ec2.send(new DescribeSecurityGroupsCommand({ Filters: [{ Name: 'group-name', Values: ['default'] }] }));
  group = groups.SecurityGroups?.[0]?.GroupId ?? '';
});

afterAll(async () => {
  for (const client of [elb, ecs, ec2]) {
    client.destroy();
  }
  await aws[Symbol.asyncDispose]();
  await runtime[Symbol.asyncDispose]();
});

interface Answer {
  status: number;
  body: string;
  location: string | undefined;
}

/** Asks as the learner's terminal would: the name is resolved, and the connection comes from outside. */
async function get(name: string, port: number, path: string, headers: Record<string, string> = {}, limitMs = 5000): Promise<Answer> {
  const address = aws.network.resolve(name);
  const connection = await aws.network.connect({ address: address ?? '', port }, AbortSignal.timeout(limitMs));
  return new Promise((resolve, reject) => {
    const asked = httpRequest({ path, headers: { Host: name, Connection: 'close', ...headers }, createConnection: () => connection });
    asked.on('response', (answer) => {
      let body = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => (body += chunk));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body, location: answer.headers.location }));
    });
    asked.on('error', reject);
    asked.end();
  });
}

async function balancer(name: string, type: 'application' | 'network'): Promise<{ arn: string; dnsName: string }> {
  const made = await elb.send(new CreateLoadBalancerCommand({ Name: name, Type: type, Subnets: subnets }));
  const { LoadBalancerArn: arn = '', DNSName: dnsName = '' } = made.LoadBalancers?.[0] ?? {};
  await waitUntilLoadBalancerAvailable({ client: elb, ...wait }, { LoadBalancerArns: [arn] });
  return { arn, dnsName };
}

async function targetGroup(name: string, protocol: 'HTTP' | 'TCP'): Promise<string> {
  const made = await elb.send(
    new CreateTargetGroupCommand({
      Name: name,
      Protocol: protocol,
      Port: 80,
      VpcId: vpc,
      TargetType: 'ip',
      HealthCheckIntervalSeconds: 5,
      HealthCheckTimeoutSeconds: 2,
    }),
  );
  return made.TargetGroups?.[0]?.TargetGroupArn ?? '';
}

async function service(name: string, targetGroupArn: string, desiredCount: number): Promise<void> {
  await ecs.send(new CreateClusterCommand({}));
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: name,
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      cpu: '256',
      memory: '512',
      containerDefinitions: [{ name: 'web', image: 'traefik/whoami', portMappings: [{ containerPort: 80 }] }],
    }),
  );
  await ecs.send(
    new CreateServiceCommand({
      serviceName: name,
      taskDefinition: name,
      desiredCount,
      launchType: 'FARGATE',
      loadBalancers: [{ targetGroupArn, containerName: 'web', containerPort: 80 }],
      networkConfiguration: { awsvpcConfiguration: { subnets, securityGroups: [group], assignPublicIp: 'ENABLED' } },
    }),
  );
  await waitUntilServicesStable({ client: ecs, ...wait }, { services: [name] });
}

test('an application load balancer answers for the healthy tasks of a service, by turns, once its security group lets it', async () => {
  const { arn, dnsName } = await balancer('web', 'application');
  const targetGroupArn = await targetGroup('web', 'HTTP');
  await expect(service('early', targetGroupArn, 1)).rejects.toThrow('does not have an associated load balancer');
  const listener = await elb.send(
    new CreateListenerCommand({
      LoadBalancerArn: arn,
      Protocol: 'HTTP',
      Port: 80,
      DefaultActions: [{ Type: 'forward', TargetGroupArn: targetGroupArn }],
    }),
  );
  const listenerArn = listener.Listeners?.[0]?.ListenerArn ?? '';
  await expect(get(dnsName, 80, '/', {}, 300)).rejects.toThrow(/abort|timeout/i);
  await ec2.send(
    new AuthorizeSecurityGroupIngressCommand({ GroupId: group, IpProtocol: 'tcp', FromPort: 80, ToPort: 80, CidrIp: '0.0.0.0/0' }),
  );
  expect(await get(dnsName, 80, '/')).toMatchObject({ status: 503 });
  await service('web', targetGroupArn, 2);
  await waitUntilTargetInService({ client: elb, ...wait }, { TargetGroupArn: targetGroupArn });
  const answers = await Promise.all(Array.from({ length: 4 }, () => get(dnsName, 80, '/api?x=1')));
  const names = answers.map((answer) => (JSON.parse(answer.body) as { hostname: string }).hostname);
  expect(new Set(names).size).toBe(2);
  expect(answers[0]?.body).toContain('"X-Forwarded-For":["203.0.113.10"]');
  expect(answers[0]?.body).toContain('"X-Forwarded-Proto":["http"]');
  await elb.send(
    new CreateRuleCommand({
      ListenerArn: listenerArn,
      Priority: 10,
      Conditions: [{ Field: 'path-pattern', Values: ['/old/*'] }],
      Actions: [{ Type: 'redirect', RedirectConfig: { Path: '/new/#{path}', Port: '8080', StatusCode: 'HTTP_302' } }],
    }),
  );
  await elb.send(
    new CreateRuleCommand({
      ListenerArn: listenerArn,
      Priority: 20,
      Conditions: [{ Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'X-Team', Values: ['blue*'] } }],
      Actions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '418', ContentType: 'text/plain', MessageBody: 'tea' } }],
    }),
  );
  expect(await get(dnsName, 80, '/old/a?b=1')).toMatchObject({
    status: 302,
    location: `http://${dnsName.toLowerCase()}:8080/new/old/a?b=1`,
  });
  expect(await get(dnsName, 80, '/', { 'X-Team': 'blue-1' })).toMatchObject({ status: 418, body: 'tea' });
  const { services } = await ecs.send(new DescribeServicesCommand({ services: ['web'] }));
  expect(services?.[0]?.events?.map((event) => event.message)).toContain(
    `(service web) registered 1 targets in (target-group ${targetGroupArn})`,
  );
});

test('a task that leaves its service leaves its target group', async () => {
  const { arn } = await balancer('leaving', 'application');
  const targetGroupArn = await targetGroup('leaving', 'HTTP');
  await elb.send(
    new ModifyTargetGroupAttributesCommand({
      TargetGroupArn: targetGroupArn,
      Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: '0' }],
    }),
  );
  await elb.send(
    new CreateListenerCommand({
      LoadBalancerArn: arn,
      Protocol: 'HTTP',
      Port: 80,
      DefaultActions: [{ Type: 'forward', TargetGroupArn: targetGroupArn }],
    }),
  );
  await service('leaving', targetGroupArn, 1);
  expect((await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: targetGroupArn }))).TargetHealthDescriptions).toMatchObject([
    { HealthCheckPort: '80', TargetHealth: { State: 'healthy' } },
  ]);
  await expect(elb.send(new DeleteTargetGroupCommand({ TargetGroupArn: targetGroupArn }))).rejects.toThrow(
    `The target group '${targetGroupArn}' is currently in use by a listener or a rule`,
  );
  await ecs.send(new UpdateServiceCommand({ service: 'leaving', desiredCount: 0 }));
  await waitUntilServicesStable({ client: ecs, ...wait }, { services: ['leaving'] });
  expect((await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: targetGroupArn }))).TargetHealthDescriptions).toEqual([]);
  await elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn: arn }));
  await waitUntilLoadBalancersDeleted({ client: elb, ...wait }, { LoadBalancerArns: [arn] });
});

test('a network load balancer passes connections on to healthy targets', async () => {
  const { arn, dnsName } = await balancer('stream', 'network');
  const targetGroupArn = await targetGroup('stream', 'TCP');
  await elb.send(
    new CreateListenerCommand({
      LoadBalancerArn: arn,
      Protocol: 'TCP',
      Port: 8080,
      DefaultActions: [{ Type: 'forward', TargetGroupArn: targetGroupArn }],
    }),
  );
  await service('stream', targetGroupArn, 1);
  expect(await get(dnsName, 8080, '/')).toMatchObject({ status: 200 });
});
