// IAM and STS through the AWS SDK: what policies allow and refuse, with keys and sessions of their own.
import { CloudWatchLogsClient, CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateClusterCommand,
  DeleteClusterCommand,
  DescribeClustersCommand,
  ECSClient,
  ListClustersCommand,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs';
import { DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  AddUserToGroupCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteUserCommand,
  GetAccountAuthorizationDetailsCommand,
  GetUserCommand,
  IAMClient,
  paginateListUsers,
  PutGroupPolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  SimulatePrincipalPolicyCommand,
} from '@aws-sdk/client-iam';
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  DecodeAuthorizationMessageCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
  STSClient,
  type Credentials,
} from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SystemClock } from '../../../lab-server/base/index.ts';
import { startAws, type AwsEndpoint } from '../../../lab-server/embedded/aws/aws.ts';
import { createRuntime } from '../../../lab-server/embedded/runtime/index.ts';
import type { Runtime } from '../../../lab-server/embedded/runtime/runtime.ts';

let runtime: Runtime;
let aws: AwsEndpoint;
let iam: IAMClient;
let sts: STSClient;
const clients: { destroy(): void }[] = [];

interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

function as<Client extends { destroy(): void }>(Client: new (settings: object) => Client, credentials: Keys = aws.credentials): Client {
  const client = new Client({ endpoint: aws.url, region: aws.region, credentials, maxAttempts: 1 });
  clients.push(client);
  return client;
}

function keysOf(credentials: Credentials | undefined): Keys {
  return {
    accessKeyId: credentials?.AccessKeyId ?? '',
    secretAccessKey: credentials?.SecretAccessKey ?? '',
    sessionToken: credentials?.SessionToken ?? '',
  };
}

function policy(...statements: object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

async function newUser(UserName: string, ...statements: object[]): Promise<Keys> {
  await iam.send(new CreateUserCommand({ UserName }));
  if (statements.length > 0) {
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'own', PolicyDocument: policy(...statements) }));
  }
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
}

async function newRole(RoleName: string, principal: object, Condition: object = {}): Promise<string> {
  const trust = { Effect: 'Allow', Principal: principal, Action: ['sts:AssumeRole', 'sts:AssumeRoleWithWebIdentity'], Condition };
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: policy(trust) }));
  return Role?.Arn ?? '';
}

beforeAll(async () => {
  const clock = new SystemClock();
  runtime = createRuntime({ clock });
  aws = await startAws({ clock, runtime, databaseFile: ':memory:', listen: { host: '127.0.0.1', port: 0 } });
  iam = as(IAMClient);
  sts = as(STSClient);
});

afterAll(async () => {
  clients.forEach((client) => client.destroy());
  await aws[Symbol.asyncDispose]();
  await runtime[Symbol.asyncDispose]();
});

test('a user without policies is refused, in words that name user, action and resource', async () => {
  const ann = await newUser('ann');
  await expect(as(ECSClient, ann).send(new CreateClusterCommand({ clusterName: 'demo' }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message:
      'User: arn:aws:iam::123456789012:user/ann is not authorized to perform: ecs:CreateCluster on resource: * because no identity-based policy allows the ecs:CreateCluster action',
  });
  await expect(as(IAMClient, ann).send(new CreateUserCommand({ UserName: 'bob' }))).rejects.toMatchObject({
    name: 'AccessDenied',
    $metadata: { httpStatusCode: 403 },
  });
  expect((await as(STSClient, ann).send(new GetCallerIdentityCommand({}))).Arn).toBe('arn:aws:iam::123456789012:user/ann');
});

test('EC2 refuses in its own words, with a message that STS decodes', async () => {
  const keys = await newUser('eve');
  const refusal = await as(EC2Client, keys)
    .send(new DescribeVpcsCommand({}))
    .catch((error: unknown) => error as Error);
  expect(refusal).toMatchObject({ name: 'UnauthorizedOperation' });
  const encoded = /Encoded authorization failure message: (\S+)/.exec((refusal as Error).message)?.[1];
  const { DecodedMessage } = await sts.send(new DecodeAuthorizationMessageCommand({ EncodedMessage: encoded }));
  expect(JSON.parse(DecodedMessage ?? '')).toMatchObject({ allowed: false, context: { action: 'ec2:DescribeVpcs' } });
});

test('a group’s policy holds for its users, a deny wins, and tags are conditions', async () => {
  const keys = await newUser('dev', { Effect: 'Deny', Action: 'ecs:DeleteCluster', Resource: '*' });
  await iam.send(new CreateGroupCommand({ GroupName: 'devs' }));
  const tagged = { StringEquals: { 'aws:RequestTag/team': 'red' } };
  await iam.send(
    new PutGroupPolicyCommand({
      GroupName: 'devs',
      PolicyName: 'ecs',
      PolicyDocument: policy(
        { Effect: 'Allow', Action: ['ecs:Describe*', 'ecs:List*', 'ecs:Delete*', 'ecs:TagResource'], Resource: '*' },
        { Effect: 'Allow', Action: 'ecs:CreateCluster', Resource: '*', Condition: tagged },
      ),
    }),
  );
  await iam.send(new AddUserToGroupCommand({ GroupName: 'devs', UserName: 'dev' }));
  const ecs = as(ECSClient, keys);
  await expect(ecs.send(new CreateClusterCommand({ clusterName: 'red' }))).rejects.toMatchObject({ name: 'AccessDeniedException' });
  await ecs.send(new CreateClusterCommand({ clusterName: 'red', tags: [{ key: 'team', value: 'red' }] }));
  expect((await ecs.send(new ListClustersCommand({}))).clusterArns).toHaveLength(1);
  await expect(ecs.send(new DeleteClusterCommand({ cluster: 'red' }))).rejects.toThrow(
    /with an explicit deny in an identity-based policy$/,
  );
});

test('a policy may name single services, clusters and log groups', async () => {
  const keys = await newUser(
    'reader',
    { Effect: 'Allow', Action: 'ecs:DescribeClusters', Resource: 'arn:aws:ecs:*:*:cluster/blue' },
    { Effect: 'Allow', Action: 'logs:*', Resource: 'arn:aws:logs:*:*:log-group:/blue/*:*' },
  );
  const ecs = as(ECSClient, keys);
  await ecs.send(new DescribeClustersCommand({ clusters: ['blue'] }));
  await expect(ecs.send(new DescribeClustersCommand({ clusters: ['blue', 'green'] }))).rejects.toThrow(
    'on resource: arn:aws:ecs:us-east-1:123456789012:cluster/green because',
  );
  const logs = as(CloudWatchLogsClient, keys);
  await logs.send(new CreateLogGroupCommand({ logGroupName: '/blue/web' }));
  await expect(logs.send(new CreateLogGroupCommand({ logGroupName: '/green/web' }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
  });
});

test('whoever gives a task a role must be allowed to pass it', async () => {
  const role = await newRole('worker', { Service: 'ecs-tasks.amazonaws.com' });
  const pass = { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } };
  const register = new RegisterTaskDefinitionCommand({
    family: 'work',
    taskRoleArn: role,
    containerDefinitions: [{ name: 'web', image: 'nginx', memory: 64 }],
  });
  const without = await newUser('registrar', { Effect: 'Allow', Action: 'ecs:*', Resource: '*' });
  await expect(as(ECSClient, without).send(register)).rejects.toThrow(
    `User: arn:aws:iam::123456789012:user/registrar is not authorized to perform: iam:PassRole on resource: ${role} because no identity-based policy allows the iam:PassRole action`,
  );
  const allowed = { Effect: 'Allow', Action: 'iam:PassRole', Resource: role, Condition: pass };
  const granted = await newUser('passer', { Effect: 'Allow', Action: 'ecs:*', Resource: '*' }, allowed);
  await as(ECSClient, granted).send(register);
});

test('a boundary bounds a user, and simulation says the same as the real call', async () => {
  const keys = await newUser('bounded');
  await iam.send(new AttachUserPolicyCommand({ UserName: 'bounded', PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' }));
  const document = policy({ Effect: 'Allow', Action: 'ecs:Describe*', Resource: '*' });
  const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: 'bounds', PolicyDocument: document }));
  await iam.send(new PutUserPermissionsBoundaryCommand({ UserName: 'bounded', PermissionsBoundary: Policy?.Arn }));
  const ecs = as(ECSClient, keys);
  await ecs.send(new DescribeClustersCommand({}));
  await expect(ecs.send(new ListClustersCommand({}))).rejects.toThrow('because no permissions boundary allows the ecs:ListClusters action');
  const { EvaluationResults } = await iam.send(
    new SimulatePrincipalPolicyCommand({
      PolicySourceArn: 'arn:aws:iam::123456789012:user/bounded',
      ActionNames: ['ecs:DescribeClusters', 'ecs:ListClusters'],
    }),
  );
  expect(EvaluationResults?.map((one) => one.EvalDecision)).toEqual(['allowed', 'implicitDeny']);
});

test('a role is taken by whom it trusts, under its conditions, and its session can be narrowed', async () => {
  const arn = await newRole('operator', { AWS: 'arn:aws:iam::123456789012:root' }, { StringEquals: { 'sts:ExternalId': 'lesson' } });
  await iam.send(new AttachRolePolicyCommand({ RoleName: 'operator', PolicyArn: 'arn:aws:iam::aws:policy/AmazonECS_FullAccess' }));
  const RoleSessionName = 'shift';
  await expect(sts.send(new AssumeRoleCommand({ RoleArn: arn, RoleSessionName }))).rejects.toMatchObject({ name: 'AccessDenied' });
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: arn, RoleSessionName, ExternalId: 'lesson' }));
  const ecs = as(ECSClient, keysOf(Credentials));
  await ecs.send(new ListClustersCommand({}));
  await expect(as(IAMClient, keysOf(Credentials)).send(new GetUserCommand({ UserName: 'ann' }))).rejects.toThrow(
    'User: arn:aws:sts::123456789012:assumed-role/operator/shift is not authorized to perform: iam:GetUser on resource: arn:aws:iam::123456789012:user/ann',
  );
  const narrow = policy({ Effect: 'Allow', Action: 'ecs:DescribeClusters', Resource: '*' });
  const narrowed = await sts.send(new AssumeRoleCommand({ RoleArn: arn, RoleSessionName, ExternalId: 'lesson', Policy: narrow }));
  await expect(as(ECSClient, keysOf(narrowed.Credentials)).send(new ListClustersCommand({}))).rejects.toThrow('no session policy allows');
});

test('a role that trusts a service alone is refused to people, and so is one that does not exist', async () => {
  const arn = await newRole('for-tasks', { Service: 'ecs-tasks.amazonaws.com' });
  for (const RoleArn of [arn, 'arn:aws:iam::123456789012:role/nobody']) {
    await expect(sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'test' }))).rejects.toThrow(
      `User: arn:aws:iam::123456789012:user/learner is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`,
    );
  }
});

test('a user needs its own policy too where a role trusts the whole account, but not where the role names it', async () => {
  const keys = await newUser('walker');
  const shared = await newRole('shared', { AWS: '123456789012' });
  const personal = await newRole('personal', { AWS: 'arn:aws:iam::123456789012:user/walker' });
  const own = as(STSClient, keys);
  await expect(own.send(new AssumeRoleCommand({ RoleArn: shared, RoleSessionName: 'go' }))).rejects.toThrow(
    'because no identity-based policy allows the sts:AssumeRole action',
  );
  const { AssumedRoleUser } = await own.send(new AssumeRoleCommand({ RoleArn: personal, RoleSessionName: 'go' }));
  expect(AssumedRoleUser?.Arn).toBe('arn:aws:sts::123456789012:assumed-role/personal/go');
});

test('session tokens are the user, federation tokens only what their policy says', async () => {
  const { Credentials } = await sts.send(new GetSessionTokenCommand({ DurationSeconds: 900 }));
  expect((await as(STSClient, keysOf(Credentials)).send(new GetCallerIdentityCommand({}))).Arn).toBe(
    'arn:aws:iam::123456789012:user/learner',
  );
  const lists = policy({ Effect: 'Allow', Action: 'ecs:ListClusters', Resource: '*' });
  const federated = await sts.send(new GetFederationTokenCommand({ Name: 'visitor', Policy: lists }));
  const ecs = as(ECSClient, keysOf(federated.Credentials));
  await ecs.send(new ListClustersCommand({}));
  await expect(ecs.send(new DescribeClustersCommand({}))).rejects.toMatchObject({ name: 'AccessDeniedException' });
});

test('a web identity is believed for its provider, audience and subject only', async () => {
  const { CreateOpenIDConnectProviderCommand } = await import('@aws-sdk/client-iam');
  const { OpenIDConnectProviderArn } = await iam.send(
    new CreateOpenIDConnectProviderCommand({ Url: 'https://ci.example.com', ClientIDList: ['sts.amazonaws.com'] }),
  );
  const condition = { StringLike: { 'ci.example.com:sub': 'repo:demo/*' } };
  const RoleArn = await newRole('deployer', { Federated: OpenIDConnectProviderArn }, condition);
  const token = (sub: string): string =>
    ['{}', JSON.stringify({ iss: 'https://ci.example.com', sub, aud: 'sts.amazonaws.com' }), 'signature']
      .map((part) => Buffer.from(part).toString('base64url'))
      .join('.');
  const assume = (WebIdentityToken: string): AssumeRoleWithWebIdentityCommand =>
    new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName: 'ci', WebIdentityToken });
  const { SubjectFromWebIdentityToken } = await sts.send(assume(token('repo:demo/main')));
  expect(SubjectFromWebIdentityToken).toBe('repo:demo/main');
  await expect(sts.send(assume(token('repo:other/main')))).rejects.toMatchObject({ name: 'AccessDenied' });
  await expect(sts.send(assume('nonsense'))).rejects.toMatchObject({ name: 'InvalidIdentityTokenException' });
});

test('listings come in pages, and the whole account in one view', async () => {
  for (const number of [1, 2, 3]) {
    await iam.send(new CreateUserCommand({ UserName: `page-${number}`, Path: '/pages/' }));
  }
  const names: string[] = [];
  for await (const page of paginateListUsers({ client: iam, pageSize: 2 }, { PathPrefix: '/pages/' })) {
    names.push(...(page.Users ?? []).map((user) => user.UserName ?? ''));
  }
  expect(names).toEqual(['page-1', 'page-2', 'page-3']);
  const details = await iam.send(new GetAccountAuthorizationDetailsCommand({ Filter: ['User'] }));
  expect(details.UserDetailList?.find((one) => one.UserName === 'learner')?.AttachedManagedPolicies?.[0]?.PolicyName).toBe(
    'AdministratorAccess',
  );
  await expect(iam.send(new DeleteUserCommand({ UserName: 'ann' }))).rejects.toMatchObject({ name: 'DeleteConflictException' });
});
