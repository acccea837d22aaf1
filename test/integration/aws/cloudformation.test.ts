// CloudFormation through the AWS SDK: a template of an ECS service with all that it stands on, updates, roll-backs, exports and deletion.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeStackEventsCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  GetTemplateCommand,
  ListExportsCommand,
  SignalResourceCommand,
  UpdateStackCommand,
  ValidateTemplateCommand,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
  waitUntilStackUpdateComplete,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import { DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DescribeServicesCommand, ECSClient, ListClustersCommand } from '@aws-sdk/client-ecs';
import { CreateGroupCommand, CreateRoleCommand, IAMClient, ListGroupPoliciesCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SystemClock } from '../../../lab-server/base/index.ts';
import { startAws, type AwsEndpoint } from '../../../lab-server/embedded/aws/aws.ts';
import { createRuntime } from '../../../lab-server/embedded/runtime/index.ts';
import type { Runtime } from '../../../lab-server/embedded/runtime/runtime.ts';

const SERVICE = `
AWSTemplateFormatVersion: "2010-09-09"
Description: A Fargate service in a network of its own
Parameters:
  Image: { Type: String, Default: "nginx:latest" }
  Count: { Type: Number, Default: 1, MinValue: 0, MaxValue: 4 }
Mappings:
  Sizes: { small: { cpu: "256", memory: "512" } }
Conditions:
  IsOpen: !Not [!Equals [!Ref Count, 0]]
Resources:
  Vpc:
    Type: AWS::EC2::VPC
    Properties: { CidrBlock: 10.9.0.0/16, EnableDnsHostnames: true }
  Subnet:
    Type: AWS::EC2::Subnet
    Properties:
      VpcId: !Ref Vpc
      AvailabilityZone: !Select [0, !GetAZs ""]
      CidrBlock: !Select [1, !Cidr [!GetAtt Vpc.CidrBlock, 4, 8]]
      MapPublicIpOnLaunch: true
  Gateway: { Type: AWS::EC2::InternetGateway }
  Attachment:
    Type: AWS::EC2::VPCGatewayAttachment
    Properties: { VpcId: !Ref Vpc, InternetGatewayId: !Ref Gateway }
  Routes: { Type: AWS::EC2::RouteTable, Properties: { VpcId: !Ref Vpc } }
  Route:
    Type: AWS::EC2::Route
    DependsOn: Attachment
    Properties: { RouteTableId: !Ref Routes, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Gateway }
  Association:
    Type: AWS::EC2::SubnetRouteTableAssociation
    Properties: { SubnetId: !Ref Subnet, RouteTableId: !Ref Routes }
  Group:
    Type: AWS::EC2::SecurityGroup
    Condition: IsOpen
    Properties:
      GroupDescription: !Sub "web of \${AWS::StackName}"
      VpcId: !Ref Vpc
      SecurityGroupIngress: [{ IpProtocol: tcp, FromPort: 80, ToPort: 80, CidrIp: 0.0.0.0/0 }]
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{ Effect: Allow, Principal: { Service: ecs-tasks.amazonaws.com }, Action: sts:AssumeRole }]
      ManagedPolicyArns: [arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy]
  Logs: { Type: AWS::Logs::LogGroup, Properties: { RetentionInDays: 7 } }
  Cluster: { Type: AWS::ECS::Cluster }
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: !Ref AWS::StackName
      NetworkMode: awsvpc
      RequiresCompatibilities: [FARGATE]
      Cpu: !FindInMap [Sizes, small, cpu]
      Memory: !FindInMap [Sizes, small, memory]
      ExecutionRoleArn: !GetAtt Role.Arn
      ContainerDefinitions:
        - Name: web
          Image: !Ref Image
          PortMappings: [{ ContainerPort: "80" }]
          Environment: [{ Name: GREETING, Value: !Join ["-", [hello, !Ref AWS::Region]] }]
          LogConfiguration:
            LogDriver: awslogs
            Options: { awslogs-group: !Ref Logs, awslogs-region: !Ref AWS::Region, awslogs-stream-prefix: web }
  Service:
    Type: AWS::ECS::Service
    Properties:
      Cluster: !Ref Cluster
      LaunchType: FARGATE
      DesiredCount: !Ref Count
      TaskDefinition: !Ref Task
      NetworkConfiguration:
        AwsvpcConfiguration:
          AssignPublicIp: ENABLED
          Subnets: [!Ref Subnet]
          SecurityGroups: [!If [IsOpen, !Ref Group, !Ref AWS::NoValue]]
Outputs:
  ServiceName: { Value: !GetAtt Service.Name }
  VpcId: { Value: !Ref Vpc, Export: { Name: !Sub "\${AWS::StackName}-vpc" } }
`;

let runtime: Runtime;
let aws: AwsEndpoint;
let stacks: CloudFormationClient;
let ecs: ECSClient;
let ec2: EC2Client;
const wait = { minDelay: 1, maxDelay: 1, maxWaitTime: 40 };

function clusterTemplate(name: string, more: object = {}): string {
  return JSON.stringify({ Resources: { Cluster: { Type: 'AWS::ECS::Cluster', Properties: { ClusterName: name } }, ...more } });
}

async function described(StackName: string): Promise<Stack> {
  const { Stacks } = await stacks.send(new DescribeStacksCommand({ StackName }));
  return Stacks?.[0] ?? ({} as Stack);
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
  const settings = { endpoint: aws.url, region: aws.region, credentials: aws.credentials, maxAttempts: 1 };
  stacks = new CloudFormationClient(settings);
  ecs = new ECSClient(settings);
  ec2 = new EC2Client(settings);
});

afterAll(async () => {
  [stacks, ecs, ec2].forEach((client) => client.destroy());
  await aws[Symbol.asyncDispose]();
  await runtime[Symbol.asyncDispose]();
});

test('a Fargate service with its network, role and logs is made, scaled, and removed without a trace', async () => {
  const StackName = 'web';
  const vpcsBefore = (await ec2.send(new DescribeVpcsCommand({}))).Vpcs?.length;
  await expect(stacks.send(new CreateStackCommand({ StackName, TemplateBody: SERVICE }))).rejects.toMatchObject({
    name: 'InsufficientCapabilitiesException',
    message: 'Requires capabilities : [CAPABILITY_IAM]',
  });
  await stacks.send(new CreateStackCommand({ StackName, TemplateBody: SERVICE, Capabilities: ['CAPABILITY_IAM'] }));
  await waitUntilStackCreateComplete({ client: stacks, ...wait }, { StackName });
  const { Outputs } = await described(StackName);
  const output = (key: string): string => Outputs?.find((one) => one.OutputKey === key)?.OutputValue ?? '';
  expect(output('VpcId')).toMatch(/^vpc-/);
  const { StackResources } = await stacks.send(new DescribeStackResourcesCommand({ StackName }));
  expect(new Set(StackResources?.map((resource) => resource.ResourceStatus))).toEqual(new Set(['CREATE_COMPLETE']));
  const cluster = StackResources?.find((resource) => resource.LogicalResourceId === 'Cluster')?.PhysicalResourceId;
  const read = async () => (await ecs.send(new DescribeServicesCommand({ cluster, services: [output('ServiceName')] }))).services?.[0];
  expect(await read()).toMatchObject({ runningCount: 1, desiredCount: 1 });

  const Parameters = [{ ParameterKey: 'Count', ParameterValue: '2' }];
  const update = new UpdateStackCommand({ StackName, UsePreviousTemplate: true, Parameters, Capabilities: ['CAPABILITY_IAM'] });
  await stacks.send(update);
  await waitUntilStackUpdateComplete({ client: stacks, ...wait }, { StackName });
  expect(await read()).toMatchObject({ runningCount: 2 });
  await expect(stacks.send(update)).rejects.toThrow('No updates are to be performed.');

  const { StackId } = await described(StackName);
  await stacks.send(new DeleteStackCommand({ StackName }));
  await waitUntilStackDeleteComplete({ client: stacks, ...wait }, { StackName });
  await expect(stacks.send(new DescribeStacksCommand({ StackName }))).rejects.toThrow('Stack with id web does not exist');
  expect((await described(StackId ?? '')).StackStatus).toBe('DELETE_COMPLETE');
  expect((await ec2.send(new DescribeVpcsCommand({}))).Vpcs?.length).toBe(vpcsBefore);
  expect((await ecs.send(new ListClustersCommand({}))).clusterArns).toEqual([]);
});

test('what cannot be made is rolled back, and the events say why', async () => {
  const bad = { Bad: { Type: 'AWS::EC2::Subnet', DependsOn: 'Cluster', Properties: { VpcId: 'vpc-00000000', CidrBlock: '10.0.0.0/24' } } };
  await stacks.send(new CreateStackCommand({ StackName: 'broken', TemplateBody: clusterTemplate('undone', bad) }));
  expect((await described('broken')).StackStatus).toBe('ROLLBACK_COMPLETE');
  const { StackEvents } = await stacks.send(new DescribeStackEventsCommand({ StackName: 'broken' }));
  const failure = StackEvents?.find((event) => event.ResourceStatus === 'CREATE_FAILED');
  expect(failure).toMatchObject({ LogicalResourceId: 'Bad' });
  expect(failure?.ResourceStatusReason).toContain("The vpc ID 'vpc-00000000' does not exist");
  expect((await ecs.send(new ListClustersCommand({}))).clusterArns).toEqual([]);
});

test('an update that fails takes the stack back to where it was', async () => {
  await stacks.send(new CreateStackCommand({ StackName: 'back', TemplateBody: clusterTemplate('first') }));
  const bad = { Bad: { Type: 'AWS::Logs::LogGroup', DependsOn: 'Cluster', Properties: { LogGroupName: '?!' } } };
  await stacks.send(new UpdateStackCommand({ StackName: 'back', TemplateBody: clusterTemplate('second', bad) }));
  expect((await described('back')).StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect((await ecs.send(new ListClustersCommand({}))).clusterArns).toEqual(['arn:aws:ecs:us-east-1:123456789012:cluster/first']);
  await stacks.send(new DeleteStackCommand({ StackName: 'back' }));
});

test('a change set shows what it would do, and does it', async () => {
  const StackName = 'reviewed';
  const changeSet = (ChangeSetName: string, name: string, ChangeSetType: 'CREATE' | 'UPDATE') =>
    stacks.send(new CreateChangeSetCommand({ StackName, ChangeSetName, ChangeSetType, TemplateBody: clusterTemplate(name) }));
  await changeSet('one', 'a', 'CREATE');
  expect((await described(StackName)).StackStatus).toBe('REVIEW_IN_PROGRESS');
  await stacks.send(new ExecuteChangeSetCommand({ StackName, ChangeSetName: 'one' }));
  expect((await described(StackName)).StackStatus).toBe('CREATE_COMPLETE');
  await changeSet('two', 'b', 'UPDATE');
  const { Changes } = await stacks.send(new DescribeChangeSetCommand({ StackName, ChangeSetName: 'two' }));
  expect(Changes?.[0]?.ResourceChange).toMatchObject({ Action: 'Modify', LogicalResourceId: 'Cluster', Replacement: 'True' });
  await stacks.send(new ExecuteChangeSetCommand({ StackName, ChangeSetName: 'two' }));
  expect((await ecs.send(new ListClustersCommand({}))).clusterArns).toEqual(['arn:aws:ecs:us-east-1:123456789012:cluster/b']);
  await changeSet('three', 'b', 'UPDATE');
  const empty = await stacks.send(new DescribeChangeSetCommand({ StackName, ChangeSetName: 'three' }));
  expect(empty).toMatchObject({ Status: 'FAILED', ExecutionStatus: 'UNAVAILABLE' });
  await stacks.send(new DeleteStackCommand({ StackName }));
});

test('an export is taken in by name, and holds its stack while it is in use', async () => {
  const producer = {
    Resources: { Group: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/shared' } } },
    Outputs: { Name: { Value: { Ref: 'Group' }, Export: { Name: 'shared-log-group' } } },
  };
  const consumer = {
    Resources: {
      Word: {
        Type: 'AWS::SSM::Parameter',
        Properties: { Name: '/word', Type: 'String', Value: { 'Fn::ImportValue': 'shared-log-group' } },
      },
    },
    Outputs: { Value: { Value: { 'Fn::GetAtt': ['Word', 'Value'] } } },
  };
  await stacks.send(new CreateStackCommand({ StackName: 'producer', TemplateBody: JSON.stringify(producer) }));
  await stacks.send(new CreateStackCommand({ StackName: 'consumer', TemplateBody: JSON.stringify(consumer) }));
  expect((await described('consumer')).Outputs?.[0]?.OutputValue).toBe('/shared');
  expect((await stacks.send(new ListExportsCommand({}))).Exports).toMatchObject([{ Name: 'shared-log-group', Value: '/shared' }]);
  await stacks.send(new DeleteStackCommand({ StackName: 'producer' }));
  expect((await described('producer')).StackStatusReason).toContain('Cannot delete export shared-log-group as it is in use by consumer');
  await stacks.send(new DeleteStackCommand({ StackName: 'consumer' }));
  await stacks.send(new DeleteStackCommand({ StackName: 'producer' }));
  await expect(described('producer')).rejects.toThrow('does not exist');
});

test.each([
  ['{}', 'Template format error: At least one Resources member must be defined.'],
  ['Resources: [', /^Template format error: YAML not well-formed\. \(line \d+, column \d+\)$/],
  ['{"Resources":{"A":{"Type":"AWS::Made::Up"}}}', 'Template format error: Unrecognized resource types: [AWS::Made::Up]'],
  [
    '{"Resources":{"A":{"Type":"AWS::Logs::LogGroup","Properties":{"LogGroupName":{"Ref":"B"}}}}}',
    'Template format error: Unresolved resource dependencies [B] in the Resources block of the template',
  ],
  [
    '{"Resources":{"A":{"Type":"AWS::Logs::LogGroup","DependsOn":"B"},"B":{"Type":"AWS::Logs::LogGroup","DependsOn":"A"}}}',
    'Circular dependency between resources: [A, B]',
  ],
  [
    '{"Resources":{"A":{"Type":"AWS::Logs::LogGroup","Properties":{"LogGroupName":{"Fn::GetAtt":["B","Arn"]}}}}}',
    'Template error: instance of Fn::GetAtt references undefined resource B',
  ],
])('a template that is none is refused: %s', async (TemplateBody, message) => {
  await expect(stacks.send(new ValidateTemplateCommand({ TemplateBody }))).rejects.toThrow(message);
});

test('parameters are checked, and the template comes back as it was given', async () => {
  const create = (...Parameters: { ParameterKey: string; ParameterValue: string }[]) =>
    stacks.send(new CreateStackCommand({ StackName: 'params', TemplateBody: SERVICE, Capabilities: ['CAPABILITY_IAM'], Parameters }));
  await expect(create({ ParameterKey: 'Nope', ParameterValue: '1' })).rejects.toThrow('Parameters: [Nope] do not exist in the template');
  await expect(create({ ParameterKey: 'Count', ParameterValue: 'many' })).rejects.toThrow("Parameter 'Count' must be a number.");
  await expect(create({ ParameterKey: 'Count', ParameterValue: '9' })).rejects.toThrow('not greater than 4');
  const text = clusterTemplate('kept');
  await stacks.send(new CreateStackCommand({ StackName: 'kept', TemplateBody: text }));
  expect((await stacks.send(new GetTemplateCommand({ StackName: 'kept' }))).TemplateBody).toBe(text);
});

test('what cannot be removed fails the deletion of its stack, a replaced resource as well, until nothing stands in its way', async () => {
  const iam = new IAMClient({ endpoint: aws.url, region: aws.region, credentials: aws.credentials, maxAttempts: 1 });
  const trust = { Effect: 'Allow', Principal: { Service: 'cloudformation.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const document = (Statement: object[]): string => JSON.stringify({ Version: '2012-10-17', Statement });
  const all = { Effect: 'Allow', Action: '*', Resource: '*' };
  const setRights = (...denied: object[]): Promise<unknown> =>
    iam.send(new PutRolePolicyCommand({ RoleName: 'maker', PolicyName: 'rights', PolicyDocument: document([all, ...denied]) }));
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: 'maker', AssumeRolePolicyDocument: document([trust]) }));
  await setRights({ Effect: 'Deny', Action: 'iam:DeleteGroupPolicy', Resource: 'arn:aws:iam::*:group/first' });
  for (const GroupName of ['first', 'second']) {
    await iam.send(new CreateGroupCommand({ GroupName }));
  }
  const template = (GroupName: string, more: object = {}): string => {
    const Properties = { GroupName, PolicyName: 'held', PolicyDocument: { Version: '2012-10-17', Statement: [all] } };
    return JSON.stringify({ Resources: { Policy: { Type: 'AWS::IAM::GroupPolicy', Properties }, ...more } });
  };
  const Capabilities = ['CAPABILITY_IAM' as const];
  const stack = { StackName: 'held', Capabilities, RoleARN: Role?.Arn };
  await stacks.send(new CreateStackCommand({ ...stack, TemplateBody: template('first') }));
  const bad = { Bad: { Type: 'AWS::Logs::LogGroup', DependsOn: 'Policy', Properties: { LogGroupName: '?!' } } };
  await stacks.send(new UpdateStackCommand({ ...stack, TemplateBody: template('second', bad), DisableRollback: true }));
  expect((await described('held')).StackStatus).toBe('UPDATE_FAILED');
  await stacks.send(new DeleteStackCommand({ StackName: 'held' }));
  expect(await described('held')).toMatchObject({
    StackStatus: 'DELETE_FAILED',
    StackStatusReason: 'The following resource(s) failed to delete: [Policy]. ',
  });
  const { StackEvents } = await stacks.send(new DescribeStackEventsCommand({ StackName: 'held' }));
  const failure = StackEvents?.find((event) => event.LogicalResourceId === 'Policy' && event.ResourceStatus === 'DELETE_FAILED');
  expect(failure?.ResourceStatusReason).toContain('iam:DeleteGroupPolicy');
  expect((await iam.send(new ListGroupPoliciesCommand({ GroupName: 'first' }))).PolicyNames).toEqual(['held']);
  await setRights();
  await stacks.send(new DeleteStackCommand({ StackName: 'held' }));
  await waitUntilStackDeleteComplete({ client: stacks, ...wait }, { StackName: 'held' });
  expect((await iam.send(new ListGroupPoliciesCommand({ GroupName: 'first' }))).PolicyNames).toEqual([]);
  iam.destroy();
});

test('a stack that waits when the endpoint ends goes on after its next start', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dockside-stacks-'));
  const open = async (): Promise<{ endpoint: AwsEndpoint; client: CloudFormationClient }> => {
    const databaseFile = join(folder, 'aws.sqlite');
    const endpoint = await startAws({ clock: new SystemClock(), runtime, databaseFile, listen: { host: '127.0.0.1', port: 0 } });
    const { url, region, credentials } = endpoint;
    return { endpoint, client: new CloudFormationClient({ endpoint: url, region, credentials, maxAttempts: 1 }) };
  };
  const close = async ({ endpoint, client }: Awaited<ReturnType<typeof open>>): Promise<void> => {
    client.destroy();
    await endpoint[Symbol.asyncDispose]();
  };
  const StackName = 'patient';
  const Handle = { Type: 'AWS::CloudFormation::WaitConditionHandle' };
  const Wait = { Type: 'AWS::CloudFormation::WaitCondition', Properties: { Handle: { Ref: 'Handle' }, Timeout: '600' } };
  const before = await open();
  await before.client.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify({ Resources: { Handle, Wait } }) }));
  await close(before);
  const after = await open();
  const { StackEvents } = await after.client.send(new DescribeStackEventsCommand({ StackName }));
  expect(StackEvents?.filter((event) => event.ResourceStatus === 'CREATE_FAILED')).toEqual([]);
  await after.client.send(new SignalResourceCommand({ StackName, LogicalResourceId: 'Wait', UniqueId: 'one', Status: 'SUCCESS' }));
  await waitUntilStackCreateComplete({ client: after.client, ...wait }, { StackName });
  await close(after);
  rmSync(folder, { recursive: true, force: true });
});
