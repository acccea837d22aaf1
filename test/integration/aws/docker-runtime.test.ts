// ECS tasks as real containers of a Docker Engine, from an image made of a local root file system. Skipped where no engine answers.
import { execFileSync } from 'node:child_process';
import { copyFileSync, createReadStream, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import Docker from 'dockerode';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SystemClock } from '../../../lab-server/base/index.ts';
import { startAws, type AwsEndpoint } from '../../../lab-server/embedded/aws/aws.ts';
import { worldOf } from '../../../lab-server/embedded/aws/services/ecs/world.ts';
import type { Task } from '../../../lab-server/embedded/aws/services/ecs/state.ts';
import { createDockerRuntime } from '../../../lab-server/embedded/runtime/docker/index.ts';
import type { Runtime } from '../../../lab-server/embedded/runtime/runtime.ts';

const BUSYBOX = '/bin/busybox';
const IMAGE = 'dockside-test/web';
const docker = new Docker();
/** A Docker Engine that answers (DOCKER_HOST, or the usual socket) and a static busybox to make an image of. */
const isReady =
  existsSync(BUSYBOX) &&
  (await docker.ping().then(
    () => true,
    () => false,
  ));
let runtime: Runtime;
let aws: AwsEndpoint;

const ROOT = {
  account: '123456789012',
  arn: 'arn:aws:iam::123456789012:root',
  userId: '123456789012',
  accessKeyId: 'AKIATEST',
  isRoot: true,
};

async function call<Answer>(service: string, operation: string, input: object = {}): Promise<Answer> {
  return (await aws.context.call(service, operation, input, { principal: ROOT, region: 'us-east-1' })) as Answer;
}

async function importImage(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'dockside-image-'));
  try {
    const root = join(folder, 'root');
    for (const name of ['bin', 'www', 'tmp', 'etc']) {
      mkdirSync(join(root, name), { recursive: true });
    }
    copyFileSync(BUSYBOX, join(root, 'bin/busybox'));
    for (const applet of ['sh', 'echo', 'sleep', 'httpd', 'cat']) {
      symlinkSync('busybox', join(root, 'bin', applet));
    }
    writeFileSync(join(root, 'www/index.html'), 'hello from docker\n');
    execFileSync('tar', ['-cf', join(folder, 'root.tar'), '-C', root, '.']);
    const progress = await docker.importImage(createReadStream(join(folder, 'root.tar')), { repo: IMAGE, tag: '1' });
    await new Promise<void>((resolve, reject) => docker.modem.followProgress(progress, (error) => (error ? reject(error) : resolve())));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function run(container: object, ...others: object[]): Promise<Task> {
  const { Subnets } = await call<{ Subnets: { SubnetId: string }[] }>('ec2', 'DescribeSubnets');
  await call('ecs', 'RegisterTaskDefinition', {
    family: 'web',
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
    containerDefinitions: [container, ...others].map((one) => ({ name: 'web', image: `${IMAGE}:1`, ...one })),
  });
  const { tasks } = await call<{ tasks: Task[] }>('ecs', 'RunTask', {
    taskDefinition: 'web',
    launchType: 'FARGATE',
    enableExecuteCommand: true,
    networkConfiguration: { awsvpcConfiguration: { subnets: [Subnets[0]?.SubnetId] } },
  });
  return tasks[0] ?? {};
}

function reaches(task: Task, status: string): Promise<Task> {
  return new Promise((resolve) => {
    const listening = worldOf(aws.context).onTaskChange((changed) => {
      if (changed.taskArn === task.taskArn && changed.lastStatus === status) {
        listening[Symbol.dispose]();
        resolve(changed);
      }
    });
  });
}

beforeAll(async () => {
  if (isReady) {
    await importImage();
    const clock = new SystemClock();
    runtime = await createDockerRuntime({ clock });
    aws = await startAws({
      clock,
      runtime,
      databaseFile: ':memory:',
      listen: { host: '127.0.0.1', port: 0 },
      delays: { provisioning: 5, pull: 5, deprovisioning: 5 },
    });
    await call('ecs', 'CreateCluster');
  }
}, 60_000);

afterAll(async () => {
  if (isReady) {
    await aws[Symbol.asyncDispose]();
    await runtime[Symbol.asyncDispose]();
    await docker
      .getImage(`${IMAGE}:1`)
      .remove({ force: true })
      .catch(() => undefined);
  }
});

test.skipIf(!isReady)(
  'a task serves on its own address from a real container, executes commands, and stops',
  { timeout: 60_000 },
  async () => {
    const task = await run({
      command: ['/bin/httpd', '-f', '-p', '80', '-h', '/www'],
      portMappings: [{ containerPort: 80 }],
      stopTimeout: 2,
    });
    const running = await reaches(task, 'RUNNING');
    const address = running.attachments?.[0]?.details?.find((detail) => detail.name === 'privateIPv4Address')?.value ?? '';
    const connection = await runtime.network.connect(address, address, 80);
    connection.write('GET / HTTP/1.0\r\n\r\n');
    let answer = '';
    for await (const chunk of connection as AsyncIterable<Buffer>) {
      answer += chunk.toString('utf8');
    }
    expect(answer).toContain('hello from docker');

    const stdout = new PassThrough();
    const code = await worldOf(aws.context)
      .container(task.taskArn ?? '', 'web')
      ?.exec({
        command: ['/bin/sh', '-c', 'echo $((6 * 7)); exit 3'],
        tty: false,
        stdout,
        stderr: stdout,
        signal: AbortSignal.timeout(20_000),
      });
    expect(code).toBe(3);
    expect((stdout.read() as Buffer | null)?.toString('utf8')).toBe('42\n');

    const stopped = reaches(task, 'STOPPED');
    await call('ecs', 'StopTask', { task: task.taskArn });
    expect(await stopped).toMatchObject({ stopCode: 'UserInitiated', containers: [{ lastStatus: 'STOPPED' }] });
  },
);

test.skipIf(!isReady)('a container that ends gives the task its exit code', { timeout: 60_000 }, async () => {
  const task = await run({ command: ['/bin/sh', '-c', 'echo said; exit 7'] });
  expect(await reaches(task, 'STOPPED')).toMatchObject({ stopCode: 'EssentialContainerExited', containers: [{ exitCode: 7 }] });
});

test.skipIf(!isReady)(
  'a container that starts after another one of its task ended is in the same network',
  { timeout: 60_000 },
  async () => {
    const task = await run(
      { command: ['/bin/httpd', '-f', '-p', '80', '-h', '/www'], stopTimeout: 2 },
      { name: 'first', command: ['/bin/echo'], essential: false, dependsOn: [{ containerName: 'web', condition: 'START' }] },
      {
        name: 'late',
        command: ['/bin/busybox', 'wget', '-q', '-O', '-', 'http://127.0.0.1/'],
        dependsOn: [{ containerName: 'first', condition: 'COMPLETE' }],
      },
    );
    const { containers } = await reaches(task, 'STOPPED');
    expect(containers?.find((one) => one.name === 'late')).toMatchObject({ exitCode: 0 });
  },
);

test.skipIf(!isReady)('an image that the engine cannot have fails the task as ECS words it', { timeout: 60_000 }, async () => {
  const task = await run({ image: 'localhost:1/nobody/nothing:1' });
  const stopped = await reaches(task, 'STOPPED');
  expect(stopped.stoppedReason).toMatch(/^CannotPullContainerError: /);
});

test.skipIf(isReady)('tasks as Docker containers are skipped: no Docker Engine answers, or /bin/busybox is missing', () => {
  expect(isReady).toBe(false);
});
