// ECR, EventBridge, Price List and X-Ray through the AWS SDK, and what a killed process keeps.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CloudFormationClient, CreateStackCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CreateLogGroupCommand, CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  paginateListImages,
  PutImageCommand,
  SetRepositoryPolicyCommand,
} from '@aws-sdk/client-ecr';
import { DescribeRuleCommand, EventBridgeClient, PutEventsCommand, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateAccessKeyCommand, CreateUserCommand, GetUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { DescribeServicesCommand, GetAttributeValuesCommand, GetProductsCommand, PricingClient } from '@aws-sdk/client-pricing';
import { BatchGetTracesCommand, GetSamplingRulesCommand, PutTraceSegmentsCommand, XRayClient } from '@aws-sdk/client-xray';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FARGATE, EKS, EC2 } from '../../../lab-server/embedded/aws/services/pricing/prices.ts';
import { SystemClock } from '../../../lab-server/base/index.ts';
import { startAws, type AwsEndpoint } from '../../../lab-server/embedded/aws/aws.ts';
import { createRuntime } from '../../../lab-server/embedded/runtime/index.ts';
import type { Runtime } from '../../../lab-server/embedded/runtime/runtime.ts';

const root = join(import.meta.dirname, '..', '..', '..');
let runtime: Runtime;
let aws: AwsEndpoint;
const clients: { destroy(): void }[] = [];

interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
}

function as<Client extends { destroy(): void }>(
  Client: new (settings: object) => Client,
  { endpoint, credentials }: { endpoint: string; credentials: Keys } = { endpoint: aws.url, credentials: aws.credentials },
): Client {
  const client = new Client({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
  clients.push(client);
  return client;
}

const manifest = (mark: string): string =>
  JSON.stringify({ schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json', config: { digest: mark, size: 7 } });

beforeAll(async () => {
  const clock = new SystemClock();
  runtime = createRuntime({ clock });
  aws = await startAws({ clock, runtime, databaseFile: ':memory:', listen: { host: '127.0.0.1', port: 0 } });
});

afterAll(async () => {
  clients.forEach((client) => client.destroy());
  await aws[Symbol.asyncDispose]();
  await runtime[Symbol.asyncDispose]();
});

test('images are put, listed page by page and given back, and a repository’s own policy lets somebody in', async () => {
  const ecr = as(ECRClient);
  const { repository } = await ecr.send(new CreateRepositoryCommand({ repositoryName: 'team/web' }));
  expect(repository?.repositoryUri).toBe('123456789012.dkr.ecr.us-east-1.amazonaws.com/team/web');
  for (const tag of ['v1', 'v2', 'v3']) {
    await ecr.send(new PutImageCommand({ repositoryName: 'team/web', imageTag: tag, imageManifest: manifest(tag) }));
  }
  const tags: string[] = [];
  for await (const page of paginateListImages({ client: ecr, pageSize: 2 }, { repositoryName: 'team/web' })) {
    tags.push(...(page.imageIds ?? []).map((id) => id.imageTag ?? ''));
  }
  expect(tags.toSorted()).toEqual(['v1', 'v2', 'v3']);
  const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
  expect(Buffer.from(authorizationData?.[0]?.authorizationToken ?? '', 'base64').toString()).toMatch(/^AWS:/);

  const iam = as(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'puller' }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'puller' }));
  const credentials = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
  const puller = as(ECRClient, { endpoint: aws.url, credentials });
  const get = new BatchGetImageCommand({ repositoryName: 'team/web', imageIds: [{ imageTag: 'v2' }] });
  await expect(puller.send(get)).rejects.toMatchObject({ name: 'AccessDeniedException' });
  const statement = { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::123456789012:user/puller' }, Action: ['ecr:BatchGetImage'] };
  const policyText = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  await ecr.send(new SetRepositoryPolicyCommand({ repositoryName: 'team/web', policyText }));
  expect((await puller.send(get)).images?.[0]?.imageManifest).toBe(manifest('v2'));
});

test('an event of one’s own reaches a log group', async () => {
  const logs = as(CloudWatchLogsClient);
  const events = as(EventBridgeClient);
  await logs.send(new CreateLogGroupCommand({ logGroupName: '/orders' }));
  await events.send(
    new PutRuleCommand({ Name: 'orders', EventPattern: JSON.stringify({ source: ['shop'], detail: { total: [{ numeric: ['>', 10] }] } }) }),
  );
  const Arn = 'arn:aws:logs:us-east-1:123456789012:log-group:/orders';
  await events.send(new PutTargetsCommand({ Rule: 'orders', Targets: [{ Id: 'log', Arn }] }));
  const entry = (total: number) => ({ Source: 'shop', DetailType: 'order', Detail: JSON.stringify({ total }) });
  const { FailedEntryCount, Entries } = await events.send(
    new PutEventsCommand({ Entries: [entry(5), entry(50), { ...entry(60), Detail: 'no json' }] }),
  );
  expect(FailedEntryCount).toBe(1);
  expect(Entries?.[2]?.ErrorCode).toBe('MalformedDetail');
  const { events: lines } = await logs.send(new FilterLogEventsCommand({ logGroupName: '/orders' }));
  expect(lines?.map((line) => (JSON.parse(line.message ?? '') as { detail: object }).detail)).toEqual([{ total: 50 }]);
});

test('prices are looked up as the console’s calculator does', async () => {
  const pricing = as(PricingClient);
  const { Services } = await pricing.send(new DescribeServicesCommand({}));
  expect(Services?.map((service) => service.ServiceCode)).toEqual(['AmazonECS', 'AmazonEKS', 'AmazonEC2']);
  const { AttributeValues } = await pricing.send(
    new GetAttributeValuesCommand({ ServiceCode: 'AmazonEC2', AttributeName: 'instanceType' }),
  );
  expect(AttributeValues?.map((one) => one.Value)).toContain('t3.medium');
  const { PriceList } = await pricing.send(
    new GetProductsCommand({ ServiceCode: 'AmazonEC2', Filters: [{ Type: 'TERM_MATCH', Field: 'instanceType', Value: 't3.medium' }] }),
  );
  expect(PriceList).toHaveLength(1);
  expect(String(PriceList?.[0])).toContain('"USD":"0.0416000000"');
});

test.skipIf(!existsSync(join(root, 'content', 'data', 'prices.json')))('the price list and the lessons name the same prices', () => {
  const { items } = JSON.parse(readFileSync(join(root, 'content', 'data', 'prices.json'), 'utf8')) as {
    items: Record<string, { value: number }>;
  };
  const of = (name: string): number | undefined => items[name]?.value;
  expect({ vcpu: FARGATE.vcpu, memory: FARGATE.memory, arm: FARGATE.armVcpu, eks: EKS.standard, medium: EC2['t3.medium'] }).toEqual({
    vcpu: of('fargateX86Cpu'),
    memory: of('fargateX86Memory'),
    arm: of('fargateArmCpu'),
    eks: of('eksControlPlane'),
    medium: of('ec2T3Medium'),
  });
});

test('X-Ray takes segments and gives them back by trace', async () => {
  const xray = as(XRayClient);
  const segment = { trace_id: '1-58406520-a006649127e371903a2de979', id: '70de5b6f19ff9a0a', name: 'web', start_time: 1.5, end_time: 2.25 };
  const { UnprocessedTraceSegments } = await xray.send(
    new PutTraceSegmentsCommand({ TraceSegmentDocuments: [JSON.stringify(segment), '{"name":"broken"}'] }),
  );
  expect(UnprocessedTraceSegments).toHaveLength(1);
  const { Traces } = await xray.send(new BatchGetTracesCommand({ TraceIds: [segment.trace_id] }));
  expect(Traces?.[0]).toMatchObject({ Duration: 0.75, Segments: [{ Id: segment.id }] });
  const { SamplingRuleRecords } = await xray.send(new GetSamplingRulesCommand({}));
  expect(SamplingRuleRecords?.at(-1)?.SamplingRule?.RuleName).toBe('Default');
});

async function startProcess(data: string): Promise<{ child: ChildProcess; endpoint: string; credentials: Keys }> {
  const child = spawn(process.execPath, [join(root, 'lab-server', 'cli', 'main.ts'), 'sandbox', 'ecs', '--data', data, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const { endpoint, accessKeyId, secretAccessKey } = JSON.parse(line) as Keys & { endpoint: string };
    return { child, endpoint, credentials: { accessKeyId, secretAccessKey } };
  }
  throw new Error('the endpoint ended before it was ready');
}

async function killed({ child }: { child: ChildProcess }): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

test('identities, policies, images, rules and stacks survive a kill', async () => {
  const data = mkdtempSync(join(tmpdir(), 'dockside-test-'));
  const first = await startProcess(data);
  const document = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'iam:GetUser', Resource: '*' }] });
  const iam = as(IAMClient, first);
  await iam.send(new CreateUserCommand({ UserName: 'kept' }));
  await iam.send(new PutUserPolicyCommand({ UserName: 'kept', PolicyName: 'own', PolicyDocument: document }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'kept' }));
  await as(ECRClient, first).send(new CreateRepositoryCommand({ repositoryName: 'kept' }));
  await as(EventBridgeClient, first).send(new PutRuleCommand({ Name: 'kept', ScheduleExpression: 'rate(1 hour)' }));
  const TemplateBody = '{"Resources":{"Logs":{"Type":"AWS::Logs::LogGroup"}}}';
  await as(CloudFormationClient, first).send(new CreateStackCommand({ StackName: 'kept', TemplateBody }));
  await killed(first);

  const second = await startProcess(data);
  try {
    const credentials = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
    const own = as(IAMClient, { endpoint: second.endpoint, credentials });
    expect((await own.send(new GetUserCommand({}))).User?.UserName).toBe('kept');
    await expect(own.send(new CreateUserCommand({ UserName: 'other' }))).rejects.toMatchObject({ name: 'AccessDenied' });
    expect((await as(ECRClient, second).send(new DescribeRepositoriesCommand({}))).repositories).toHaveLength(1);
    expect((await as(EventBridgeClient, second).send(new DescribeRuleCommand({ Name: 'kept' }))).State).toBe('ENABLED');
    const { Stacks } = await as(CloudFormationClient, second).send(new DescribeStacksCommand({ StackName: 'kept' }));
    expect(Stacks?.[0]?.StackStatus).toBe('CREATE_COMPLETE');
  } finally {
    await killed(second);
    rmSync(data, { recursive: true, force: true });
  }
});
