// The embedded AWS endpoint under load: `dockside sandbox ecs` in a process of its own, and one client with 16 connections on the same machine.
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeClustersCommand,
  DescribeServicesCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
} from '@aws-sdk/client-ecs';
import { z } from 'zod';
import { DocksideError, SystemClock } from '../../base/index.ts';
import { startAws } from '../../embedded/aws/aws.ts';
import { createRuntime } from '../../embedded/runtime/index.ts';
import { ApiConnection, requestsPerSecond } from './api-client.ts';
import { type Figure, figureOf } from './figures.ts';
import { SandboxProcess } from './sandbox-process.ts';
import type { Scenario } from './scenario.ts';

const CONNECTIONS = 16;
const ROUNDS = 5;
const REQUESTS = 3000;
const TASK_REQUESTS = 500;
const SERVICE_ROUNDS = 5;
const RUNNING_TASKS = 500;
const IDLE_MS = 10_000;
const CALM_MS = 3000;
const DESCRIBE_PAGE = 100;

const started = z.object({ endpoint: z.string(), accessKeyId: z.string(), secretAccessKey: z.string(), region: z.string() });

interface Endpoint {
  server: SandboxProcess;
  url: string;
  ecs: ECSClient;
  settings: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
}

const DEFINITION = {
  family: 'web',
  networkMode: 'awsvpc' as const,
  requiresCompatibilities: ['FARGATE' as const],
  cpu: '256',
  memory: '512',
  containerDefinitions: [{ name: 'web', image: 'nginx:latest', portMappings: [{ containerPort: 80 }] }],
};

export const ecsApi: Scenario = async ({ config }) => [
  await endpointReady(),
  ...(await onEndpoint(join(config.dataFolder, 'bench-aws'), requests)),
  ...(await onEndpoint(join(config.dataFolder, 'bench-tasks'), tasks)),
];

/** From nothing to an endpoint that listens, in a process that has its modules already. */
async function endpointReady(): Promise<Figure> {
  const samples: number[] = [];
  for (let round = 0; round < 12; round += 1) {
    const startedAt = performance.now();
    const clock = new SystemClock();
    const runtime = createRuntime({ clock });
    const aws = await startAws({ clock, runtime, databaseFile: ':memory:', listen: { host: '127.0.0.1', port: 0 } });
    samples.push(performance.now() - startedAt);
    await aws[Symbol.asyncDispose]();
    await runtime[Symbol.asyncDispose]();
  }
  return figureOf('embedded AWS endpoint ready', 'ms', samples.slice(1), 50);
}

async function onEndpoint(data: string, measure: (endpoint: Endpoint) => Promise<Figure[]>): Promise<Figure[]> {
  await using server = await SandboxProcess.start('ecs', '--data', data);
  const facts = started.parse(JSON.parse(server.ready));
  const settings = { endpoint: facts.endpoint, region: facts.region, credentials: facts };
  const ecs = new ECSClient(settings);
  await ecs.send(new CreateClusterCommand({}));
  await ecs.send(new RegisterTaskDefinitionCommand(DEFINITION));
  const figures = await measure({ server, url: facts.endpoint, ecs, settings });
  ecs.destroy();
  return figures;
}

/** Every accepted write is with the database before it is answered. The first round of each warms the server up. */
async function requests({ url, settings }: Endpoint): Promise<Figure[]> {
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => ApiConnection.openPlain(url)));
  const networkConfiguration = await network(settings);
  const describe = await signed(settings, new DescribeClustersCommand({}));
  const register = await signed(settings, new RegisterTaskDefinitionCommand({ ...DEFINITION, family: 'measured' }));
  const run = await signed(settings, new RunTaskCommand({ taskDefinition: 'web', launchType: 'FARGATE', networkConfiguration }));
  const measure = async (request: Signed, count: number, rounds: number): Promise<number[]> => {
    const samples: number[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      samples.push(await requestsPerSecond(connections, count, () => request));
    }
    return samples.slice(1);
  };
  const figures = [
    figureOf('DescribeClusters, 16 connections', '/s', await measure(describe, REQUESTS, ROUNDS), 5000),
    figureOf('RegisterTaskDefinition, 16 connections', '/s', await measure(register, REQUESTS, ROUNDS), 2000),
    figureOf('RunTask, 16 connections', '/s', await measure(run, TASK_REQUESTS, 3), 2000),
  ];
  connections.forEach((connection) => connection[Symbol.dispose]());
  return figures;
}

async function tasks(endpoint: Endpoint): Promise<Figure[]> {
  const { ecs, server, settings } = endpoint;
  const networkConfiguration = await network(settings);
  const steady: number[] = [];
  for (let round = 0; round < SERVICE_ROUNDS; round += 1) {
    const startedAt = performance.now();
    const serviceName = `web-${round}`;
    await ecs.send(
      new CreateServiceCommand({ serviceName, taskDefinition: 'web', desiredCount: 3, launchType: 'FARGATE', networkConfiguration }),
    );
    await until(async () => (await ecs.send(new DescribeServicesCommand({ services: [serviceName] }))).services?.[0]?.runningCount === 3);
    steady.push((performance.now() - startedAt) / 1000);
  }
  await pause(CALM_MS);
  const before = server.memory();
  const more = RUNNING_TASKS;
  await ecs.send(
    new CreateServiceCommand({
      serviceName: 'many',
      taskDefinition: 'web',
      desiredCount: more,
      launchType: 'FARGATE',
      networkConfiguration,
    }),
  );
  await until(async () => (await ecs.send(new DescribeServicesCommand({ services: ['many'] }))).services?.[0]?.runningCount === more);
  await pause(CALM_MS);
  const after = server.memory();
  const idle = await server.coreShare(IDLE_MS);
  return [
    figureOf('service of 3 Fargate tasks, created to steady', 's', steady.slice(1), 1.5),
    ...(before === undefined || after === undefined
      ? []
      : [figureOf(`memory of ${RUNNING_TASKS} running tasks`, 'MB', [(after - before) / 1e6], 100)]),
    ...(idle === undefined ? [] : [figureOf(`idle endpoint with ${RUNNING_TASKS} running tasks`, '% of a core', [idle], 0.5)]),
  ];
}

async function network(settings: Endpoint['settings']): Promise<{ awsvpcConfiguration: { subnets: string[] } }> {
  const ec2 = new EC2Client(settings);
  const { Subnets } = await ec2.send(new DescribeSubnetsCommand({ MaxResults: DESCRIBE_PAGE }));
  ec2.destroy();
  return { awsvpcConfiguration: { subnets: (Subnets ?? []).slice(0, 1).map((subnet) => subnet.SubnetId ?? '') } };
}

type Signed = readonly [method: string, path: string, body: string, headers: string];

/** A command as the SDK would send it. The same signed request may be sent again for some minutes. */
async function signed(
  settings: Endpoint['settings'],
  command: DescribeClustersCommand | RegisterTaskDefinitionCommand | RunTaskCommand,
): Promise<Signed> {
  let caught: Signed | undefined;
  const client = new ECSClient({ ...settings, maxAttempts: 1 });
  client.middlewareStack.add(
    () => (args) => {
      const request = args.request as { method: string; path: string; body: string; headers: Record<string, string> };
      const lines = Object.entries(request.headers).filter(([name]) => name.toLowerCase() !== 'content-length');
      caught = [
        request.method,
        request.path,
        Buffer.from(request.body).toString('utf8'),
        lines.map(([name, value]) => `${name}: ${value}\r\n`).join(''),
      ];
      throw new DocksideError('BENCH_FAILED', 'The request is only signed, not sent.');
    },
    { step: 'finalizeRequest', priority: 'low' },
  );
  // With the token that the SDK adds, the same request again would be the same tasks again.
  client.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { body: Uint8Array | string };
      const { clientToken: _token, ...input } = JSON.parse(Buffer.from(request.body as string).toString('utf8')) as Record<string, unknown>;
      request.body = JSON.stringify(input);
      return next(args);
    },
    { step: 'build', priority: 'high' },
  );
  await client.send(command as DescribeClustersCommand).catch(() => undefined);
  client.destroy();
  if (!caught) {
    throw new DocksideError('BENCH_FAILED', 'The SDK signed no request.');
  }
  return caught;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) {
    await pause(20);
  }
}
