// The endpoint as its own process: what it accepted is there after kill -9, and nothing that comes over the wire brings it down or goes without a request id.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import type { Readable } from 'node:stream';
import { CreateLogGroupCommand, CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeClustersCommand,
  DescribeServicesCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  waitUntilServicesStable,
} from '@aws-sdk/client-ecs';
import { CreateSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';

const factsSchema = z.object({ endpoint: z.string(), region: z.string(), accessKeyId: z.string(), secretAccessKey: z.string() });
type Facts = z.infer<typeof factsSchema>;

const folder = mkdtempSync(join(tmpdir(), 'dockside-aws-'));
let server: ChildProcess;
let facts: Facts;

async function start(): Promise<void> {
  server = spawn(process.execPath, ['lab-server/cli/main.ts', 'sandbox', 'ecs', '--data', folder], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  (server.stderr as Readable).pipe(process.stderr, { end: false });
  const [line] = (await once(createInterface({ input: server.stdout as Readable }), 'line')) as [string];
  facts = factsSchema.parse(JSON.parse(line));
}

async function kill(signal: NodeJS.Signals): Promise<void> {
  const exited = once(server, 'exit');
  server.kill(signal);
  await exited;
}

beforeAll(start, 60_000);

afterAll(async () => {
  clients.forEach((client) => client.destroy());
  await kill('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
});

const clients: { destroy(): void }[] = [];

function own<Client extends { destroy(): void }>(client: Client): Client {
  clients.push(client);
  return client;
}

function settings(): { endpoint: string; region: string; credentials: Facts } {
  return { endpoint: facts.endpoint, region: facts.region, credentials: facts };
}

test('every accepted change survives kill -9, and the service goes on', { timeout: 90_000 }, async () => {
  const wait = { minDelay: 1, maxDelay: 1, maxWaitTime: 40 };
  const before = own(new ECSClient(settings()));
  const { Subnets } = await own(new EC2Client(settings())).send(new DescribeSubnetsCommand({}));
  await before.send(new CreateClusterCommand({ clusterName: 'kept', tags: [{ key: 'owner', value: 'me' }] }));
  await before.send(
    new RegisterTaskDefinitionCommand({
      family: 'web',
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      cpu: '256',
      memory: '512',
      containerDefinitions: [{ name: 'web', image: 'nginx:latest' }],
    }),
  );
  await before.send(
    new CreateServiceCommand({
      cluster: 'kept',
      serviceName: 'web',
      taskDefinition: 'web',
      desiredCount: 2,
      launchType: 'FARGATE',
      networkConfiguration: { awsvpcConfiguration: { subnets: [Subnets?.[0]?.SubnetId ?? ''] } },
    }),
  );
  await waitUntilServicesStable({ client: before, ...wait }, { cluster: 'kept', services: ['web'] });
  const tasks = (await before.send(new ListTasksCommand({ cluster: 'kept' }))).taskArns?.toSorted();
  await own(new SSMClient(settings())).send(new PutParameterCommand({ Name: '/a', Value: 'one', Type: 'SecureString' }));
  await own(new SecretsManagerClient(settings())).send(new CreateSecretCommand({ Name: 'b', SecretString: 'two' }));
  await own(new CloudWatchLogsClient(settings())).send(new CreateLogGroupCommand({ logGroupName: '/c' }));
  await kill('SIGKILL');
  await start();
  const after = own(new ECSClient(settings()));
  const { clusters } = await after.send(new DescribeClustersCommand({ clusters: ['kept'], include: ['TAGS'] }));
  expect(clusters).toMatchObject([{ status: 'ACTIVE', tags: [{ key: 'owner', value: 'me' }], activeServicesCount: 1 }]);
  await waitUntilServicesStable({ client: after, ...wait }, { cluster: 'kept', services: ['web'] });
  expect((await after.send(new ListTasksCommand({ cluster: 'kept' }))).taskArns?.toSorted()).toEqual(tasks);
  const { services } = await after.send(new DescribeServicesCommand({ cluster: 'kept', services: ['web'] }));
  expect(services?.[0]?.events?.at(-1)?.message).toContain('has started 2 tasks');
  const parameter = await own(new SSMClient(settings())).send(new GetParameterCommand({ Name: '/a', WithDecryption: true }));
  expect(parameter.Parameter?.Value).toBe('one');
  expect((await own(new SecretsManagerClient(settings())).send(new GetSecretValueCommand({ SecretId: 'b' }))).SecretString).toBe('two');
  expect((await own(new CloudWatchLogsClient(settings())).send(new DescribeLogGroupsCommand({}))).logGroups).toMatchObject([
    { logGroupName: '/c' },
  ]);
});

test(
  'a write that the disk refuses is told to the client and on the process, and made up for by the next one',
  { timeout: 60_000 },
  async () => {
    const ecs = own(new ECSClient({ ...settings(), maxAttempts: 1 }));
    const told = once(createInterface({ input: server.stderr as Readable }), 'line');
    const other = new DatabaseSync(join(folder, 'aws.sqlite'));
    try {
      other.exec('BEGIN IMMEDIATE');
      await expect(ecs.send(new CreateClusterCommand({ clusterName: 'refused' }))).rejects.toThrow('unknown error, exception or failure');
      expect(await told).toMatchObject([expect.stringContaining('database is locked')]);
      other.exec('ROLLBACK');
    } finally {
      other.close();
    }
    await ecs.send(new CreateClusterCommand({ clusterName: 'next' }));
    await kill('SIGKILL');
    await start();
    const { clusters } = await own(new ECSClient(settings())).send(new DescribeClustersCommand({ clusters: ['refused', 'next'] }));
    expect(clusters?.map((cluster) => cluster.clusterName)).toEqual(['refused', 'next']);
  },
);

/** A scope is enough for the endpoint to choose the service and its protocol. */
function authorization(service: string): string {
  return `AWS4-HMAC-SHA256 Credential=${facts.accessKeyId}/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=00`;
}

const SERVICES: readonly [service: string, headers: Record<string, string>][] = [
  ['ecs', { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AmazonEC2ContainerServiceV20141113.DescribeClusters' }],
  ['logs', { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'Logs_20140328.PutLogEvents' }],
  ['events', { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AWSEvents.PutRule' }],
  ['iam', { 'content-type': 'application/x-www-form-urlencoded' }],
  ['ec2', { 'content-type': 'application/x-www-form-urlencoded' }],
  ['xray', { 'content-type': 'application/json' }],
];

test('whatever comes over the wire is answered with a request id, and never brings the endpoint down', { timeout: 60_000 }, async () => {
  const body = fc.oneof(
    fc.string({ maxLength: 200 }),
    fc.json({ maxDepth: 4 }),
    fc.constantFrom(
      '{"a":'.repeat(500),
      '[',
      'Action=&Version=',
      'Action=RunInstances&Filter.1.Name=%zz',
      '\u0000',
      '{"__proto__":{"a":1}}',
    ),
  );
  const header = fc.option(
    fc.string({ maxLength: 40, unit: 'grapheme-ascii' }).map((text) => text.trim()),
    { nil: undefined },
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...SERVICES), body, fc.boolean(), header, async ([service, headers], sent, isSigned, target) => {
      const answer = await fetch(facts.endpoint, {
        method: 'POST',
        headers: {
          ...headers,
          ...(isSigned ? { authorization: authorization(service) } : {}),
          ...(target === undefined ? {} : { 'x-amz-target': target }),
        },
        body: sent,
      });
      const text = await answer.text();
      const id = answer.headers.get('x-amzn-requestid') ?? answer.headers.get('x-amz-request-id') ?? /<RequestI[dD]>(.+?)</.exec(text)?.[1];
      expect(answer.status).toBeLessThan(500);
      expect(id).toMatch(/^[0-9a-f-]{36}$/);
    }),
    { numRuns: 150 },
  );
  expect(server.exitCode).toBe(null);
});
