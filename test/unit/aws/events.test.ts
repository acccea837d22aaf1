// EventBridge by the clock: patterns, schedules, and what ECS tells.
import { describe, expect, test } from 'vitest';
import { inputFor } from '../../../lab-server/embedded/aws/services/events/input.ts';
import { checkPattern, matchesPattern } from '../../../lab-server/embedded/aws/services/events/patterns.ts';
import type { BusEvent, Rule } from '../../../lab-server/embedded/aws/services/events/state.ts';
import { ecsStand, fargateDefinition, type Stand } from './ecs-stand.ts';

const GROUP = '/aws/events/ecs';
const MINUTE = 60_000;

describe('patterns', () => {
  const event = {
    source: 'aws.ecs',
    detail: { lastStatus: 'STOPPED', cpu: 256, tags: ['a', 'b'], containers: [{ name: 'web', exitCode: 1 }] },
  };
  test.each([
    [{ source: ['aws.ecs', 'aws.ec2'] }, true],
    [{ source: ['aws.ec2'] }, false],
    [{ detail: { lastStatus: [{ prefix: 'STOP' }] } }, true],
    [{ detail: { lastStatus: [{ 'anything-but': ['RUNNING', 'PENDING'] }] } }, true],
    [{ detail: { lastStatus: [{ 'anything-but': { prefix: 'STOP' } }] } }, false],
    [{ detail: { lastStatus: [{ 'equals-ignore-case': 'stopped' }] } }, true],
    [{ detail: { lastStatus: [{ wildcard: 'S*ED' }] } }, true],
    [{ detail: { cpu: [{ numeric: ['>=', 256, '<', 512] }] } }, true],
    [{ detail: { cpu: [{ numeric: ['>', 256] }] } }, false],
    [{ detail: { tags: ['b'] } }, true],
    [{ detail: { containers: { exitCode: [{ 'anything-but': 0 }] } } }, true],
    [{ detail: { stoppedReason: [{ exists: false }] } }, true],
    [{ detail: { stoppedReason: [{ exists: true }] } }, false],
    [{ $or: [{ source: ['aws.ec2'] }, { detail: { cpu: [256] } }] }, true],
  ])('%j: %s', (pattern, expected) => {
    checkPattern(JSON.stringify(pattern));
    expect(matchesPattern(JSON.stringify(pattern), event)).toBe(expected);
  });

  test.each([
    ['nothing', 'Event pattern is not valid. Reason: Invalid JSON'],
    ['{"source":"aws.ecs"}', "Event pattern is not valid. Reason: 'source' must be an object or an array"],
    ['{"source":[{"made-up":"x"}]}', 'Event pattern is not valid. Reason: Unrecognized match type made-up'],
  ])('%s is refused', (pattern, message) => {
    expect(() => checkPattern(pattern)).toThrow(message);
  });
});

test('a transformer makes texts and structures of the parts of an event', () => {
  const event = { detail: { taskArn: 'arn:task', count: 2 }, time: '2026-01-01T00:00:00Z' } as unknown as BusEvent;
  const rule = { arn: 'arn:rule', name: 'stopped' } as Rule;
  const transformed = (InputTemplate: string): string =>
    inputFor(
      { Id: '1', Arn: '', InputTransformer: { InputPathsMap: { task: '$.detail.taskArn', count: '$.detail.count' }, InputTemplate } },
      event,
      rule,
    );
  expect(JSON.parse(transformed('{"task": <task>, "count": <count>, "rule": "<aws.events.rule-name>"}'))).toEqual({
    task: 'arn:task',
    count: 2,
    rule: 'stopped',
  });
  expect(transformed('"the task <task> of <count>"')).toBe('"the task arn:task of 2"');
});

async function toLog(stand: Stand, rule: object): Promise<void> {
  await stand.call('logs', 'CreateLogGroup', { logGroupName: GROUP });
  await stand.call('events', 'PutRule', { Name: 'rule', ...rule });
  const Arn = `arn:aws:logs:us-east-1:123456789012:log-group:${GROUP}`;
  await stand.call('events', 'PutTargets', { Rule: 'rule', Targets: [{ Id: 'log', Arn }] });
}

interface Logged {
  'detail-type': string;
  source: string;
  detail: { lastStatus?: string; stopCode?: string; eventName?: string };
}

async function logged(stand: Stand): Promise<Logged[]> {
  const { events } = await stand.call<{ events: { message: string }[] }>('logs', 'FilterLogEvents', { logGroupName: GROUP });
  return events.map((event) => JSON.parse(event.message) as Logged);
}

test('a task tells of each step of its life', async () => {
  await using stand = await ecsStand();
  await toLog(stand, {
    EventPattern: '{"source":["aws.ecs"],"detail-type":["ECS Task State Change"],"detail":{"lastStatus":["RUNNING","STOPPED"]}}',
  });
  await stand.ecs('CreateCluster');
  await stand.ecs('RegisterTaskDefinition', fargateDefinition('app', { image: 'busybox', command: ['true'] }));
  await stand.ecs('RunTask', { taskDefinition: 'app', launchType: 'FARGATE', networkConfiguration: await stand.network() });
  await stand.until(async () => (await logged(stand)).some((event) => event.detail.lastStatus === 'STOPPED'));
  const seen = await logged(stand);
  expect(seen.map((event) => event.detail.lastStatus)).toContain('RUNNING');
  expect(seen.at(-1)?.detail).toMatchObject({
    lastStatus: 'STOPPED',
    stopCode: 'EssentialContainerExited',
    clusterArn: expect.stringContaining('cluster/default'),
  });
});

test('a service tells that its deployment is complete and that it is steady', async () => {
  await using stand = await ecsStand();
  await toLog(stand, { EventPattern: '{"detail-type":["ECS Service Action","ECS Deployment State Change"]}' });
  await stand.ecs('CreateCluster');
  await stand.ecs('RegisterTaskDefinition', fargateDefinition('app'));
  await stand.ecs('CreateService', {
    serviceName: 'web',
    taskDefinition: 'app',
    desiredCount: 1,
    launchType: 'FARGATE',
    networkConfiguration: await stand.network(),
  });
  await stand.until(async () => (await logged(stand)).some((event) => event.detail.eventName === 'SERVICE_STEADY_STATE'));
  const names = (await logged(stand)).map((event) => event.detail.eventName);
  expect(names).toEqual(expect.arrayContaining(['SERVICE_DEPLOYMENT_IN_PROGRESS', 'SERVICE_DEPLOYMENT_COMPLETED', 'SERVICE_STEADY_STATE']));
});

test('a schedule fires at its moments, and not while it is disabled', async () => {
  await using stand = await ecsStand();
  await toLog(stand, { ScheduleExpression: 'rate(5 minutes)' });
  await stand.clock.advance(4 * MINUTE);
  expect(await logged(stand)).toEqual([]);
  await stand.clock.advance(7 * MINUTE);
  expect(await logged(stand)).toMatchObject([{ 'detail-type': 'Scheduled Event', source: 'aws.events' }, { source: 'aws.events' }]);
  await stand.call('events', 'DisableRule', { Name: 'rule' });
  await stand.clock.advance(60 * MINUTE);
  expect(await logged(stand)).toHaveLength(2);
});

test('a scheduled rule runs a task as its role, and none when the role may not', async () => {
  await using stand = await ecsStand();
  const document = (statement: object): string => JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  const trust = document({ Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sts:AssumeRole' });
  await stand.call('iam', 'CreateRole', { RoleName: 'ecsEvents', AssumeRolePolicyDocument: trust });
  await stand.ecs('CreateCluster');
  await stand.ecs('RegisterTaskDefinition', fargateDefinition('job', { image: 'busybox', command: ['true'] }));
  const { awsvpcConfiguration } = await stand.network();
  await stand.call('events', 'PutRule', { Name: 'nightly', ScheduleExpression: 'cron(0 3 * * ? *)' });
  await stand.call('events', 'PutTargets', {
    Rule: 'nightly',
    Targets: [
      {
        Id: 'job',
        Arn: 'arn:aws:ecs:us-east-1:123456789012:cluster/default',
        RoleArn: 'arn:aws:iam::123456789012:role/ecsEvents',
        EcsParameters: {
          TaskDefinitionArn: 'arn:aws:ecs:us-east-1:123456789012:task-definition/job:1',
          LaunchType: 'FARGATE',
          NetworkConfiguration: { awsvpcConfiguration: { Subnets: awsvpcConfiguration.subnets, AssignPublicIp: 'ENABLED' } },
        },
      },
    ],
  });
  const tasks = async (): Promise<number> =>
    (await stand.ecs<{ taskArns: string[] }>('ListTasks', { desiredStatus: 'STOPPED' })).taskArns.length +
    (await stand.ecs<{ taskArns: string[] }>('ListTasks', { desiredStatus: 'RUNNING' })).taskArns.length;
  await stand.clock.advance(24 * 60 * MINUTE);
  expect(await tasks()).toBe(0);
  await stand.call('iam', 'AttachRolePolicy', {
    RoleName: 'ecsEvents',
    PolicyArn: 'arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceEventsRole',
  });
  await stand.clock.advance(23 * 60 * MINUTE + 59 * MINUTE);
  await stand.until(async () => (await tasks()) === 1);
});
