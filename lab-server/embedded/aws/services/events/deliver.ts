// Events on a bus: matched by its rules, kept by its archives, given to targets.
import { randomUUID } from 'node:crypto';
import { messageOf } from '../../../../base/index.ts';
import { assumeForService } from '../iam/service-roles.ts';
import { appendEvents, createStream } from '../logs/append.ts';
import { logGroups } from '../logs/state.ts';
import { parseArn, scopeKey, type Scope } from '../scope.ts';
import type { AwsContext, Principal } from '../service.ts';
import { inputFor } from './input.ts';
import { matchesPattern } from './patterns.ts';
import { busName, eventTables, ruleKey, type BusEvent, type Rule, type Target } from './state.ts';

/** Events that go from bus to bus stop here, so that two buses cannot feed each other for ever. */
const MOST_HOPS = 5;

export interface NewEvent {
  source: string;
  detailType: string;
  resources?: readonly string[];
  detail: Record<string, unknown>;
  /** Milliseconds since the epoch; now when absent. */
  time?: number;
}

/** An event as it is on a bus. */
export function busEvent(given: NewEvent, scope: Scope, context: Pick<AwsContext, 'clock'>): BusEvent {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': given.detailType,
    source: given.source,
    account: scope.account,
    time: new globalThis.Date(given.time ?? context.clock.now()).toISOString().replace(/\.\d{3}Z$/, 'Z'),
    region: scope.region,
    resources: [...(given.resources ?? [])],
    detail: given.detail,
  };
}

/** Puts an event on a bus. Failures of targets harm nobody else. */
export function publish(event: BusEvent, bus: string, scope: Scope, context: AwsContext, hops = 0): void {
  const tables = eventTables(context.tables);
  for (const archive of tables.archives.list(`${scopeKey(scope)}/`)) {
    const isOwn = archive.sourceArn.endsWith(`:event-bus/${bus}`) && event['replay-name'] === undefined;
    if (isOwn && (archive.eventPattern === undefined || matchesPattern(archive.eventPattern, event))) {
      tables.archives.put(scopeKey(scope, archive.name), { ...archive, events: [...archive.events, event] });
    }
  }
  for (const rule of tables.rules.list(ruleKey(scope, bus))) {
    if (rule.state !== 'DISABLED' && rule.eventPattern !== undefined && matchesPattern(rule.eventPattern, event)) {
      fire(rule, event, scope, context, hops);
    }
  }
}

/** Gives an event to every target of a rule. */
export function fire(rule: Rule, event: BusEvent, scope: Scope, context: AwsContext, hops = 0): void {
  for (const target of rule.targets) {
    void give(target, rule, event, scope, context, hops).catch((error: unknown) => {
      // Without a dead-letter queue AWS drops what it cannot deliver; whoever runs the endpoint may want to know.
      process.emitWarning(`the rule ${rule.name} could not deliver to ${target.Arn ?? ''}: ${messageOf(error)}`);
    });
  }
}

async function give(target: Target, rule: Rule, event: BusEvent, scope: Scope, context: AwsContext, hops: number): Promise<void> {
  const parsed = parseArn(target.Arn ?? '');
  switch (parsed?.service) {
    case 'logs':
      toLogGroup(parsed.resource.replace(/^log-group:/, '').replace(/:\*$/, ''), inputFor(target, event, rule), scope, context);
      break;
    case 'ecs':
      await runTask(target, inputFor(target, event, rule), scope, context);
      break;
    case 'events':
      if (parsed.resource.startsWith('event-bus/') && hops < MOST_HOPS) {
        publish(event, busName(target.Arn), { account: parsed.account, region: parsed.region }, context, hops + 1);
      }
      break;
    default:
    // Functions, queues, topics and the like are not simulated; the fidelity list says so.
  }
}

/** Each event has a stream of its own, as with EventBridge. */
function toLogGroup(group: string, message: string, scope: Scope, context: AwsContext): void {
  if (!logGroups(context.tables).has(scopeKey(scope, group))) {
    throw new Error(`the log group ${group} does not exist`);
  }
  const stream = randomUUID();
  createStream(context, scope, group, stream);
  appendEvents(context, scope, group, stream, [{ timestamp: context.clock.now(), message }]);
}

async function runTask(target: Target, input: string, scope: Scope, context: AwsContext): Promise<void> {
  const { EcsParameters = {} as NonNullable<Target['EcsParameters']>, RoleArn, Arn } = target;
  const principal = principalFor(RoleArn, scope, context);
  const { awsvpcConfiguration } = EcsParameters.NetworkConfiguration ?? {};
  const overrides = overridesOf(input);
  await context.call(
    'ecs',
    'RunTask',
    {
      cluster: Arn,
      taskDefinition: EcsParameters.TaskDefinitionArn,
      count: EcsParameters.TaskCount ?? 1,
      ...(EcsParameters.LaunchType === undefined ? {} : { launchType: EcsParameters.LaunchType }),
      ...(EcsParameters.CapacityProviderStrategy ? { capacityProviderStrategy: EcsParameters.CapacityProviderStrategy } : {}),
      ...(EcsParameters.PlatformVersion === undefined ? {} : { platformVersion: EcsParameters.PlatformVersion }),
      ...(EcsParameters.Group === undefined ? {} : { group: EcsParameters.Group }),
      ...(EcsParameters.EnableExecuteCommand === undefined ? {} : { enableExecuteCommand: EcsParameters.EnableExecuteCommand }),
      ...(EcsParameters.PlacementConstraints ? { placementConstraints: EcsParameters.PlacementConstraints } : {}),
      ...(EcsParameters.PlacementStrategy ? { placementStrategy: EcsParameters.PlacementStrategy } : {}),
      ...(EcsParameters.PropagateTags === undefined ? {} : { propagateTags: EcsParameters.PropagateTags }),
      ...(EcsParameters.Tags ? { tags: EcsParameters.Tags.map(({ Key, Value }) => ({ key: Key, value: Value })) } : {}),
      ...(awsvpcConfiguration
        ? {
            networkConfiguration: {
              awsvpcConfiguration: {
                subnets: awsvpcConfiguration.Subnets,
                securityGroups: awsvpcConfiguration.SecurityGroups,
                assignPublicIp: awsvpcConfiguration.AssignPublicIp,
              },
            },
          }
        : {}),
      ...(overrides ? { overrides } : {}),
      startedBy: `events-rule/${target.Id ?? ''}`.slice(0, 36),
    },
    { principal, region: scope.region },
  );
}

/** The input of an ECS target is the task's overrides; a whole event is none. */
function overridesOf(input: string): object | undefined {
  const json = JSON.parse(input) as { containerOverrides?: unknown };
  return typeof json === 'object' && json !== null && json.containerOverrides !== undefined ? json : undefined;
}

function principalFor(roleArn: string | undefined, scope: Scope, context: AwsContext): Principal {
  return assumeForService(roleArn ?? `arn:aws:iam::${scope.account}:role/none`, 'events.amazonaws.com', 'events', context);
}
