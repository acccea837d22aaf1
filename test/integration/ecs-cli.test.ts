// The article's own ecs-cli lines against the embedded endpoint, typed in a folder of their own with a home of their own.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CreateRepositoryCommand, ECRClient, PutImageCommand } from '@aws-sdk/client-ecr';
import { EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { DescribeClustersCommand, DescribeContainerInstancesCommand, ECSClient, ListContainerInstancesCommand } from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { SystemClock } from '../../lab-server/base/index.ts';
import { startAws, type AwsEndpoint } from '../../lab-server/embedded/aws/aws.ts';
import { createRuntime } from '../../lab-server/embedded/runtime/index.ts';
import type { Runtime } from '../../lab-server/embedded/runtime/runtime.ts';

const PROGRAM = resolve('lab-server/ecs-cli/main.ts');
const NGINX_TASK = {
  family: 'nginx-task',
  containerDefinitions: [
    { name: 'nginx-container', image: 'nginx:latest', essential: true, portMappings: [{ containerPort: 80, hostPort: 80 }] },
  ],
};

let runtime: Runtime;
let aws: AwsEndpoint;
let home: string;
let folder: string;
let instanceId: string;

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
  home = mkdtempSync(join(tmpdir(), 'ecs-cli-home-'));
  folder = join(home, 'shop');
  mkdirSync(folder);
  writeFileSync(join(folder, 'nginx-task.json'), JSON.stringify(NGINX_TASK, null, 2));
});

afterAll(async () => {
  await aws[Symbol.asyncDispose]();
  await runtime[Symbol.asyncDispose]();
  rmSync(home, { recursive: true });
});

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

function ecsCli(...args: string[]): Promise<Outcome> {
  const env = { PATH: process.env.PATH, HOME: home, AWS_ENDPOINT_URL: aws.url, AWS_EC2_METADATA_DISABLED: 'true' };
  return new Promise((done) => {
    const child = execFile(process.execPath, [PROGRAM, ...args], { cwd: folder, env }, (_, stdout, stderr) =>
      done({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

async function succeed(...args: string[]): Promise<Outcome> {
  const outcome = await ecsCli(...args);
  expect({ args, ...outcome }).toMatchObject({ args, code: 0 });
  return outcome;
}

test('the article’s lines make a cluster, register the task, run it and list it', async () => {
  await succeed('configure', '--region', aws.region, '--cluster', 'demo');
  const { accessKeyId, secretAccessKey } = aws.credentials;
  await succeed('configure', 'profile', '--access-key', accessKeyId, '--secret-key', secretAccessKey);
  expect(statSync(join(home, '.ecs', 'credentials')).mode & 0o777).toBe(0o600);

  const missing = await ecsCli('ps');
  expect(missing).toMatchObject({ code: 1, stdout: '' });
  expect(missing.stderr).toContain('There is no cluster "demo" here');

  expect((await succeed('up', '--empty')).stderr).toContain('Created cluster');
  await addInstance();

  const created = await succeed('compose', '--file', 'nginx-task.json', 'create');
  expect(created.stderr).toContain('the original ecs-cli would stop here');
  expect(created.stderr).toContain('TaskDefinition=nginx-task:1');
  // The same content again makes no second revision, and `compose up` takes the folder's only task definition.
  expect((await succeed('compose', 'up')).stderr).toContain('taskDefinition=nginx-task:1');

  const listed = await succeed('ps');
  const [heading, ...rows] = listed.stdout.trim().split('\n');
  expect(heading?.split(/\s{2,}/)).toEqual(['Name', 'State', 'Ports', 'TaskDefinition', 'Health']);
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatch(/^demo\/[0-9a-f]{32}\/nginx-container {2}RUNNING {2}\d+\.\d+\.\d+\.\d+:80->80\/tcp {2}nginx-task:1 +UNKNOWN$/);

  await succeed('compose', 'stop');
  expect((await succeed('ps', '--desired-status', 'RUNNING')).stdout).toBe('');
});

test('a project runs as a service, is scaled, and is removed', async () => {
  writeFileSync(join(folder, 'web.yml'), 'version: "3"\nservices:\n  web:\n    image: nginx\n    mem_limit: 64m\n    ports: ["80"]\n');
  const service = ['compose', '--file', 'web.yml', '--project-name', 'web', 'service'];
  await succeed(...service, 'up');
  await succeed(...service, 'scale', '2');
  expect((await succeed(...service, 'ps', '--desired-status', 'running')).stdout.match(/RUNNING/g)).toHaveLength(2);
  await succeed(...service, 'rm');
  expect((await ecsCli(...service, 'start')).stderr).toContain('There is no service "web" in the cluster demo');
});

test('the lines that a task writes are printed, and the attributes of an instance are checked', async () => {
  const logging = '{driver: awslogs, options: {awslogs-group: /shop, awslogs-region: us-east-1, awslogs-stream-prefix: app}}';
  writeFileSync(
    join(folder, 'log.yml'),
    `version: "3"\nservices:\n  talk:\n    image: busybox\n    command: sh -c "echo hello from the task; sleep 1000"\n    logging: ${logging}\n`,
  );
  const compose = ['compose', '-f', 'log.yml', '-p', 'talk'];
  await succeed(...compose, 'up', '--create-log-groups');
  const id = /demo\/([0-9a-f]{32})\/talk/.exec((await succeed(...compose, 'ps')).stdout)?.[1] ?? '';
  await vi.waitFor(async () => expect((await ecsCli('logs', '--task-id', id)).stdout).toBe('hello from the task\n'), { timeout: 20_000 });

  const checked = await succeed('check-attributes', '--task-def', 'talk', '--container-instances', instanceId);
  const [heading, row] = checked.stdout.split('\n');
  expect(heading).toMatch(/^Container Instance +Missing Attributes$/);
  expect(row).toMatch(new RegExp(`^${instanceId} {2}(None|com\\.amazonaws\\..+)$`));
});

test('up makes a network, a role and an instance with CloudFormation, scale adds one, and down removes all of it', async () => {
  const where = ['--cluster', 'made', '--region', aws.region];
  const made = await succeed('up', '--capability-iam', ...where);
  expect(made.stdout).toMatch(
    /^VPC created: vpc-\w+\nSecurity Group created: sg-\w+\nSubnet created: subnet-\w+\nSubnet created: subnet-\w+\nCluster creation succeeded\.\n$/,
  );
  const ecs = new ECSClient({ endpoint: aws.url, region: aws.region, credentials: aws.credentials });
  const instances = async (): Promise<number> =>
    (await ecs.send(new ListContainerInstancesCommand({ cluster: 'made' }))).containerInstanceArns?.length ?? 0;
  await expect.poll(instances, { timeout: 20_000 }).toBe(1);
  expect((await ecsCli('up', ...where)).stderr).toContain('is there already');
  await succeed('scale', '--capability-iam', '--size', '2', ...where);
  await expect.poll(instances, { timeout: 20_000 }).toBe(2);
  expect((await succeed('down', '--force', ...where)).stderr).toContain('Deleted cluster');
  expect((await ecs.send(new DescribeClustersCommand({ clusters: ['made'] }))).clusters?.[0]?.status).not.toBe('ACTIVE');
  ecs.destroy();
});

test('the images of ECR are listed with their tags', async () => {
  const ecr = new ECRClient({ endpoint: aws.url, region: aws.region, credentials: aws.credentials });
  await ecr.send(new CreateRepositoryCommand({ repositoryName: 'shop' }));
  const config = { mediaType: 'application/vnd.oci.image.config.v1+json', size: 2, digest: `sha256:${'4'.repeat(64)}` };
  const manifest = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json', config, layers: [] };
  await ecr.send(new PutImageCommand({ repositoryName: 'shop', imageTag: 'v1', imageManifest: JSON.stringify(manifest) }));
  ecr.destroy();
  const [heading, ...rows] = (await succeed('images', '--region', aws.region)).stdout.trimEnd().split('\n');
  expect(heading?.split(/\s{3,}/)).toEqual(['REPOSITORY NAME', 'TAG', 'IMAGE DIGEST', 'PUSHED AT', 'SIZE']);
  expect(rows).toEqual([expect.stringMatching(/^shop {16}v1 {18}sha256:[0-9a-f]{64} {3}\d+ seconds? ago {2,}[\d.]+ k?B$/)]);
});

test('up for Fargate makes a network alone', async () => {
  const where = ['--cluster', 'fargate', '--region', aws.region];
  const made = await succeed('up', '--launch-type', 'FARGATE', ...where);
  expect(made.stdout).toMatch(
    /^VPC created: vpc-\w+\nSubnet created: subnet-\w+\nSubnet created: subnet-\w+\nCluster creation succeeded\.\n$/,
  );
  await succeed('down', '--force', ...where);
});

test('what is refused is refused in plain words', async () => {
  writeFileSync(join(folder, 'wrong.yml'), 'version: "3"\nservices:\n  web:\n    imagee: nginx\n');
  expect((await ecsCli('compose', '-f', 'wrong.yml', 'up')).stderr).toContain('wrong.yml:');
  expect((await ecsCli('up', '--size', 'many')).stderr).toContain('--size takes a number of instances');
  expect((await ecsCli('up', '--vpc', 'vpc-1')).stderr).toContain('--vpc and --subnets go together');
  expect((await ecsCli('scale', '--size', '2', '--cluster', 'nowhere')).stderr).toContain('There is no stack amazon-ecs-cli-setup-nowhere');
  expect((await ecsCli('--endpoint', 'http://127.0.0.1:9', 'ps')).stderr).toContain('AWS does not answer');
});

async function addInstance(): Promise<void> {
  const settings = { endpoint: aws.url, region: aws.region, credentials: aws.credentials };
  const ec2 = new EC2Client(settings);
  const ecs = new ECSClient(settings);
  try {
    await ec2.send(
      new RunInstancesCommand({
        ImageId: 'ami-0123456789abcdef0',
        InstanceType: 't3.medium',
        MinCount: 1,
        MaxCount: 1,
        UserData: Buffer.from('#!/bin/bash\necho ECS_CLUSTER=demo >> /etc/ecs/ecs.config\n').toString('base64'),
      }),
    );
    await vi.waitFor(
      async () => {
        const { containerInstanceArns } = await ecs.send(new ListContainerInstancesCommand({ cluster: 'demo' }));
        const { containerInstances } = await ecs.send(
          new DescribeContainerInstancesCommand({ cluster: 'demo', containerInstances: containerInstanceArns }),
        );
        expect(containerInstances?.[0]?.status).toBe('ACTIVE');
        instanceId = containerInstances?.[0]?.containerInstanceArn?.split('/').at(-1) ?? '';
      },
      { timeout: 20_000, interval: 200 },
    );
  } finally {
    ec2.destroy();
    ecs.destroy();
  }
}
