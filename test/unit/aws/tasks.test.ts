import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ManualClock } from '../../../lab-server/base/index.ts';
import type { Task } from '../../../lab-server/embedded/aws/services/ecs/state.ts';
import { ecsStand, executionRole, fargateDefinition, type Stand } from './ecs-stand.ts';

async function run(stand: Stand, definition: object, input: object = {}): Promise<string> {
  await stand.ecs('CreateCluster');
  await stand.ecs('RegisterTaskDefinition', definition);
  const { family } = definition as { family: string };
  const { tasks } = await stand.ecs<{ tasks: Task[] }>('RunTask', {
    taskDefinition: family,
    launchType: 'FARGATE',
    networkConfiguration: await stand.network(),
    ...input,
  });
  return tasks[0]?.taskArn ?? '';
}

async function read(stand: Stand, arn: string): Promise<Task> {
  const { tasks } = await stand.ecs<{ tasks: Task[] }>('DescribeTasks', { tasks: [arn] });
  return tasks[0] ?? {};
}

async function until(stand: Stand, arn: string, condition: (task: Task) => boolean): Promise<Task> {
  let task: Task = {};
  await stand.until(async () => {
    task = await read(stand, arn);
    return condition(task);
  });
  return task;
}

test('a Fargate task goes from PROVISIONING to RUNNING with an interface of its own', async () => {
  await using stand = await ecsStand();
  const arn = await run(stand, fargateDefinition('nginx'));
  expect((await read(stand, arn)).lastStatus).toBe('PROVISIONING');
  const task = await until(stand, arn, (one) => one.lastStatus === 'RUNNING');
  expect(task).toMatchObject({
    lastStatus: 'RUNNING',
    desiredStatus: 'RUNNING',
    platformVersion: '1.4.0',
    group: 'family:nginx',
    attachments: [{ type: 'ElasticNetworkInterface', status: 'ATTACHED' }],
    containers: [{ name: 'web', lastStatus: 'RUNNING' }],
  });
  const eni = task.attachments?.[0]?.details?.find((one) => one.name === 'networkInterfaceId')?.value;
  const { NetworkInterfaces } = await stand.call<{ NetworkInterfaces: { Association?: { PublicIp: string } }[] }>(
    'ec2',
    'DescribeNetworkInterfaces',
    { NetworkInterfaceIds: [eni] },
  );
  expect(NetworkInterfaces[0]?.Association?.PublicIp).toMatch(/^198\.1[89]\./);
});

test('a stopped task says who stopped it, gives its interface back and is forgotten after an hour', async () => {
  await using stand = await ecsStand();
  const arn = await run(stand, fargateDefinition('nginx'));
  await until(stand, arn, (one) => one.lastStatus === 'RUNNING');
  await stand.ecs('StopTask', { task: arn, reason: 'enough' });
  const task = await until(stand, arn, (one) => one.lastStatus === 'STOPPED');
  expect(task).toMatchObject({
    stopCode: 'UserInitiated',
    stoppedReason: 'enough',
    attachments: [{ status: 'DELETED' }],
    containers: [{ lastStatus: 'STOPPED', exitCode: 0 }],
  });
  expect(task.stoppedAt).toBeGreaterThan(task.startedAt ?? Infinity);
  expect((await stand.call<{ NetworkInterfaces: object[] }>('ec2', 'DescribeNetworkInterfaces')).NetworkInterfaces).toEqual([]);
  await stand.clock.advance(3_600_001);
  expect((await stand.ecs<{ failures: object[] }>('DescribeTasks', { tasks: [arn] })).failures).toMatchObject([{ reason: 'MISSING' }]);
});

test('the end of an essential container ends the task with its exit code', async () => {
  await using stand = await ecsStand();
  const arn = await run(stand, fargateDefinition('short', { image: 'busybox', command: ['sh', '-c', 'exit 3'] }));
  const task = await until(stand, arn, (one) => one.lastStatus === 'STOPPED');
  expect(task).toMatchObject({
    stopCode: 'EssentialContainerExited',
    stoppedReason: 'Essential container in task exited',
    containers: [{ exitCode: 3 }],
  });
});

test('an image that is not there stops the task with the words of the pull', async () => {
  await using stand = await ecsStand();
  const arn = await run(stand, fargateDefinition('nosuch', { image: 'nosuchimage:1' }));
  const task = await until(stand, arn, (one) => one.lastStatus === 'STOPPED');
  expect(task.stopCode).toBe('TaskFailedToStart');
  expect(task.stoppedReason).toMatch(/^CannotPullContainerError: pull image manifest has been retried .*nosuchimage:1/);
  expect(task.containers?.[0]?.reason).toBe(task.stoppedReason);
  expect(task.startedAt).toBeUndefined();
});

test('output goes to the log group, secrets come from Parameter Store', async () => {
  await using stand = await ecsStand();
  await stand.call('ssm', 'PutParameter', { Name: '/app/word', Value: 'sesame', Type: 'SecureString' });
  await stand.call('logs', 'CreateLogGroup', { logGroupName: '/ecs/app' });
  await executionRole(stand, 'ssm:GetParameters');
  const arn = await run(
    stand,
    fargateDefinition(
      'app',
      {
        image: 'busybox',
        command: ['sh', '-c', 'echo open $WORD $COLOR'],
        secrets: [{ name: 'WORD', valueFrom: '/app/word' }],
        logConfiguration: {
          logDriver: 'awslogs',
          options: { 'awslogs-group': '/ecs/app', 'awslogs-region': 'us-east-1', 'awslogs-stream-prefix': 'ecs' },
        },
      },
      { executionRoleArn: 'arn:aws:iam::123456789012:role/ecsTaskExecutionRole' },
    ),
    { overrides: { containerOverrides: [{ name: 'web', environment: [{ name: 'COLOR', value: 'blue' }] }] } },
  );
  await until(stand, arn, (one) => one.lastStatus === 'STOPPED');
  const { events } = await stand.call<{ events: { message: string }[] }>('logs', 'GetLogEvents', {
    logGroupName: '/ecs/app',
    logStreamName: `ecs/web/${arn.split('/').at(-1) ?? ''}`,
  });
  expect(events.map((event) => event.message)).toEqual(['open sesame blue']);
});

test('a missing log group keeps the task from starting', async () => {
  await using stand = await ecsStand();
  await executionRole(stand);
  const logConfiguration = { logDriver: 'awslogs', options: { 'awslogs-group': '/ecs/none', 'awslogs-region': 'us-east-1' } };
  const arn = await run(
    stand,
    fargateDefinition('app', { logConfiguration }, { executionRoleArn: 'arn:aws:iam::123456789012:role/ecsTaskExecutionRole' }),
  );
  const task = await until(stand, arn, (one) => one.lastStatus === 'STOPPED');
  expect(task.stoppedReason).toMatch(
    /^ResourceInitializationError: failed to validate logger args: .*The specified log group does not exist/,
  );
});

test('health checks run in the container at their interval', async () => {
  await using stand = await ecsStand();
  const arn = await run(
    stand,
    fargateDefinition('checked', { healthCheck: { command: ['CMD-SHELL', 'test -e /ok'], interval: 5, retries: 2 } }),
  );
  expect((await until(stand, arn, (one) => one.lastStatus === 'RUNNING')).healthStatus).toBe('UNKNOWN');
  expect((await until(stand, arn, (one) => one.healthStatus === 'UNHEALTHY')).containers?.[0]?.healthStatus).toBe('UNHEALTHY');
});

test('a container waits for those that it depends on', async () => {
  await using stand = await ecsStand();
  const arn = await run(
    stand,
    fargateDefinition(
      'ordered',
      {},
      {
        containerDefinitions: [
          {
            name: 'init',
            image: 'busybox',
            essential: false,
            command: ['sh', '-c', 'sleep 5; echo done > /shared/flag'],
            mountPoints: [{ sourceVolume: 'shared', containerPath: '/shared' }],
          },
          {
            name: 'main',
            image: 'busybox',
            command: ['cat', '/shared/flag'],
            dependsOn: [{ containerName: 'init', condition: 'SUCCESS' }],
            mountPoints: [{ sourceVolume: 'shared', containerPath: '/shared' }],
          },
        ],
        volumes: [{ name: 'shared' }],
      },
    ),
  );
  await stand.clock.advance(3000);
  expect((await read(stand, arn)).lastStatus).toBe('ACTIVATING');
  const task = await until(stand, arn, (one) => one.lastStatus === 'STOPPED');
  expect(task.containers?.map((one) => one.exitCode)).toEqual([0, 0]);
});

test('running tasks go on after a restart, under the same ids and addresses', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ecs-tasks-'));
  try {
    const databaseFile = join(folder, 'aws.sqlite');
    const clock = new ManualClock();
    let arn = '';
    let address: string | undefined;
    {
      await using stand = await ecsStand({ databaseFile, clock });
      arn = await run(stand, fargateDefinition('nginx'));
      const before = await until(stand, arn, (one) => one.lastStatus === 'RUNNING');
      address = before.containers?.[0]?.networkInterfaces?.[0]?.privateIpv4Address;
    }
    await using again = await ecsStand({ databaseFile, clock });
    await again.clock.advance(1000);
    const task = await read(again, arn);
    expect(task.lastStatus).toBe('RUNNING');
    expect(task.containers?.[0]?.networkInterfaces?.[0]?.privateIpv4Address).toBe(address);
    const { eni } = { eni: again.aws.context.runtime.network };
    await again.call('ec2', 'AuthorizeSecurityGroupIngress', {
      GroupId: (await again.network()).awsvpcConfiguration.securityGroups[0],
      IpProtocol: 'tcp',
      FromPort: 80,
      ToPort: 80,
      CidrIp: '0.0.0.0/0',
    });
    const connection = await eni.connect('203.0.113.9', address ?? '', 80);
    connection.destroy();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test.each([
  ['no network', { networkConfiguration: undefined }, "Network Configuration must be provided when networkMode 'awsvpc' is specified."],
  ['too many', { count: 11 }, 'count must be between 1 and 10.'],
  ['EC2 without instances', { launchType: 'EC2' }, 'No Container Instances were found in your cluster.'],
  [
    'an unknown container',
    { overrides: { containerOverrides: [{ name: 'db' }] } },
    'Override for container named db is not a container in the TaskDefinition.',
  ],
  ['a missing revision', { taskDefinition: 'nginx:9' }, 'TaskDefinition not found.'],
  ['a missing cluster', { cluster: 'nowhere' }, 'Cluster not found.'],
])('RunTask refuses: %s', async (_name, input, message) => {
  await using stand = await ecsStand();
  await expect(run(stand, fargateDefinition('nginx'), input)).rejects.toThrow(message);
});

test('a client token runs its task once', async () => {
  await using stand = await ecsStand();
  const network = await stand.network();
  const first = await run(stand, fargateDefinition('nginx'), {
    clientToken: 'once',
    networkConfiguration: network,
    taskDefinition: 'nginx:1',
  });
  const second = await run(stand, fargateDefinition('nginx'), {
    clientToken: 'once',
    networkConfiguration: network,
    taskDefinition: 'nginx:1',
  });
  expect(second).toBe(first);
});
