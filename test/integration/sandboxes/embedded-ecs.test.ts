// The embedded AWS driver as labs use it: an endpoint in a thread of its own, under the host names of AWS.
import { Agent } from 'node:https';
import { connect as connectTls } from 'node:tls';
import { duplexPair, type Duplex } from 'node:stream';
import { CloudWatchLogsClient, CreateLogGroupCommand, CreateLogStreamCommand, PutLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  ECSClient,
  CreateClusterCommand,
  DescribeClustersCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
} from '@aws-sdk/client-ecs';
import {
  AuthorizeSecurityGroupIngressCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { SystemClock } from '../../../lab-server/base/index.ts';
import { EmbeddedEcsDriver } from '../../../lab-server/sandboxes/embedded-ecs/index.ts';
import type { Sandbox, StateQuery, WorkspaceAccess } from '../../../lab-server/sandboxes/sandbox.ts';
import { ask } from '../../../lab-server/grading/requests.ts';
import { inFolder, sandboxContract, signal } from './contract.ts';

function newDriver(): EmbeddedEcsDriver {
  return new EmbeddedEcsDriver({ clock: new SystemClock(), memoryMb: 128 });
}

interface Settings {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
}

/** What a client on this machine is given: the keys file and the endpoint's loopback address. */
function settingsOf(sandbox: Sandbox): Settings {
  const { files, hostEnv } = sandbox.access();
  const [, accessKeyId = '', secretAccessKey = ''] =
    /aws_access_key_id = (\S+)\naws_secret_access_key = (\S+)/.exec(files['.aws/credentials']?.content ?? '') ?? [];
  return { endpoint: hostEnv?.AWS_ENDPOINT_URL ?? '', region: 'us-east-1', credentials: { accessKeyId, secretAccessKey } };
}

function disposable<Client extends { destroy(): void }>(client: Client): { client: Client } & Disposable {
  return { client, [Symbol.dispose]: () => client.destroy() };
}

sandboxContract('embedded AWS', {
  newDriver,
  stages: ['aws running', 'aws done'],
  query: { platform: 'ecs', service: 'ecs', operation: 'ListTaskDefinitionFamilies' },
  nameOf: (document) => String(document.value),
  async make(sandbox, name) {
    using ecs = disposable(new ECSClient(settingsOf(sandbox)));
    const containerDefinitions = [{ name: 'one', image: 'nginx', memory: 64 }];
    await ecs.client.send(new RegisterTaskDefinitionCommand({ family: name, containerDefinitions }));
  },
  async fill(sandbox, text) {
    using logs = disposable(new CloudWatchLogsClient({ ...settingsOf(sandbox), maxAttempts: 1 }));
    const logGroupName = '/fill';
    await logs.client.send(new CreateLogGroupCommand({ logGroupName }));
    const timestamp = Date.now();
    for (let count = 0; count < 400; count += 1) {
      const logStreamName = String(count);
      await logs.client.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
      const message = text.slice(0, 200_000);
      const logEvents = [1, 2, 3, 4].map((part) => ({ timestamp, message: `${count} ${part} ${message}` }));
      await logs.client.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
    }
  },
  credentials: ({ files, certificates }) => [files, certificates],
  address: { address: '192.0.2.10', port: 443 },
  nobody: { address: '198.18.77.77', port: 80 },
});

describe('an embedded AWS', () => {
  const { open } = inFolder(newDriver);

  it('answers under the host names of AWS, over TLS that its authority vouches for', async () => {
    const sandbox = await open();
    const { network, certificates = [] } = sandbox.access();
    for (const name of [
      'ecs.us-east-1.amazonaws.com',
      'ecs.eu-west-3.amazonaws.com',
      'iam.amazonaws.com',
      'api.ecr.us-east-1.amazonaws.com',
    ]) {
      expect(await network?.resolve?.(name)).toBe('192.0.2.10');
    }
    expect(await network?.resolve?.('example.com')).toBeUndefined();
    const client = new ECSClient({
      region: 'eu-west-3',
      credentials: settingsOf(sandbox).credentials,
      requestHandler: { httpsAgent: agentInto(sandbox.access(), certificates) },
    });
    await client.send(new CreateClusterCommand({ clusterName: 'paris' }));
    expect((await client.send(new DescribeClustersCommand({ clusters: ['paris'] }))).clusters?.[0]?.clusterArn).toBe(
      'arn:aws:ecs:eu-west-3:123456789012:cluster/paris',
    );
    client.destroy();
    await sandbox.close();
  });

  it('hands the keys out in a file where the exercise asks for aws configure', async () => {
    const sandbox = await open({ credentials: 'file' });
    const { files } = sandbox.access();
    expect(Object.keys(files)).toEqual(['learner_accessKeys.csv']);
    expect(files['learner_accessKeys.csv']?.content).toMatch(/^Access key ID,Secret access key\nAKIA[A-Z2-7]{16},[\w+/]{40}\n$/);
    await sandbox.close();
  });

  it('reads all there is of a kind, and nothing where the cluster is not there', async () => {
    const sandbox = await open();
    const read = (operation: string, input: Record<string, unknown> = {}): Promise<Record<string, unknown>[]> =>
      sandbox.state.read({ platform: 'ecs', service: 'ecs', operation, input }, signal);
    expect(await read('DescribeServices', { cluster: 'nowhere' })).toEqual([]);
    expect(await read('DescribeTasks', { cluster: 'nowhere' })).toEqual([]);
    expect(await read('DescribeTaskDefinition', { taskDefinition: 'nothing' })).toEqual([]);
    expect(
      await sandbox.state.read({ platform: 'ecs', service: 'ssm', operation: 'GetParameter', input: { Name: '/no' } }, signal),
    ).toEqual([]);
    const ssm = new SSMClient(settingsOf(sandbox));
    await ssm.send(new PutParameterCommand({ Name: '/shop/colour', Value: 'blue', Type: 'String' }));
    ssm.destroy();
    expect(
      await sandbox.state.read({ platform: 'ecs', service: 'ssm', operation: 'GetParameter', input: { Name: '/shop/colour' } }, signal),
    ).toMatchObject([{ Name: '/shop/colour', Value: 'blue' }]);
    await expect(read('DeleteCluster', { cluster: 'demo' })).rejects.toThrow('is not an operation that reads');
    await sandbox.close();
  });

  it('publishes the address of a task, which answers once its security group lets the learner in', async () => {
    const sandbox = await open();
    const settings = settingsOf(sandbox);
    const ecs = new ECSClient(settings);
    const ec2 = new EC2Client(settings);
    const [subnets, groups] = await Promise.all([ec2.send(new DescribeSubnetsCommand()), ec2.send(new DescribeSecurityGroupsCommand())]);
    const GroupId = groups.SecurityGroups?.[0]?.GroupId ?? '';
    await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpProtocol: 'tcp', FromPort: 80, ToPort: 80, CidrIp: '0.0.0.0/0' }));
    await ecs.send(new CreateClusterCommand({ clusterName: 'demo' }));
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: 'web',
        networkMode: 'awsvpc',
        requiresCompatibilities: ['FARGATE'],
        cpu: '256',
        memory: '512',
        containerDefinitions: [{ name: 'web', image: 'nginx', portMappings: [{ containerPort: 80 }] }],
      }),
    );
    const { network } = sandbox.access();
    const changed = Promise.withResolvers<void>();
    using _listener = network?.onChange(() => changed.resolve());
    await ecs.send(
      new RunTaskCommand({
        cluster: 'demo',
        taskDefinition: 'web',
        launchType: 'FARGATE',
        networkConfiguration: {
          awsvpcConfiguration: { subnets: [subnets.Subnets?.[0]?.SubnetId ?? ''], securityGroups: [GroupId], assignPublicIp: 'ENABLED' },
        },
      }),
    );
    await changed.promise;
    await expect.poll(() => addressOf(sandbox)).toMatch(/^198\.1[89]\./);
    const lab = {
      hosts: {},
      connect: (address: string, port: number): Promise<Duplex> => network?.connect({ address, port, protocol: 'tcp' }) as Promise<Duplex>,
    };
    expect((await ask(lab, `http://${addressOf(sandbox)}/`, undefined, signal)).body).toContain('Welcome to nginx!');
    const tasks: StateQuery = { platform: 'ecs', service: 'ecs', operation: 'DescribeTasks', input: { cluster: 'demo' } };
    await expect.poll(async () => (await sandbox.state.read(tasks, signal))[0]?.lastStatus).toBe('RUNNING');
    ecs.destroy();
    ec2.destroy();
    await sandbox.close();
  });
});

function addressOf(sandbox: Sandbox): string {
  return (
    sandbox
      .access()
      .network?.published()
      .find(({ address }) => address !== '192.0.2.10')?.address ?? ''
  );
}

/** Sends a client's connections through the sandbox's network, as the workspace's relay does. */
function agentInto(access: WorkspaceAccess, certificates: readonly string[]): Agent {
  const agent = new Agent();
  agent.createConnection = (options) => {
    const [near, far] = duplexPair();
    void access.network?.connect({ address: '192.0.2.10', port: 443, protocol: 'tcp' }).then((socket) => far.pipe(socket).pipe(far));
    return connectTls({ socket: near, ca: [...certificates], servername: options.host ?? undefined });
  };
  return agent;
}
