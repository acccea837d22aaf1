// Rules: which events or moments they are about, and their targets.
import type * as sdk from '@aws-sdk/client-eventbridge';
import { AwsError } from '../../gateway/errors.ts';
import { pageOf } from '../pages.ts';
import { parseSchedule } from '../schedule.ts';
import { arn } from '../scope.ts';
import { operation, type Authorization, type Call, type Operation, type Timestamped } from '../service.ts';
import { findBus, requireBus, saveBus } from './buses.ts';
import { checkPattern, matchesPattern } from './patterns.ts';
import { busName, DEFAULT_BUS, eventTables, ruleKey, type Rule, type Tag, type Target } from './state.ts';
import { eventWorldOf } from './world.ts';

const PAGE = 100;
const NAME = /^[.\-_A-Za-z0-9]{1,64}$/;
const MOST_TARGETS = 5;

function notThere(name: string, bus: string): AwsError {
  return new AwsError('ResourceNotFoundException', `Rule ${name} does not exist on EventBus ${bus}.`);
}

function requireRule(name: string | undefined, bus: string | undefined, call: Call): Rule {
  const rule = eventTables(call.tables).rules.get(ruleKey(call, busName(bus), name));
  if (!rule) {
    throw notThere(name ?? '', busName(bus));
  }
  return rule;
}

function save(rule: Rule, call: Call): Rule {
  eventTables(call.tables).rules.put(ruleKey(call, rule.bus, rule.name), rule);
  eventWorldOf(call).reschedule();
  return rule;
}

function ruleArn(call: Call, bus: string, name: string): string {
  return arn('events', call, bus === DEFAULT_BUS ? `rule/${name}` : `rule/${bus}/${name}`);
}

/** Empty text stands for nothing: clients send it. */
function given(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function put(input: Timestamped<sdk.PutRuleRequest>, call: Call): { RuleArn: string } {
  const name = input.Name ?? '';
  const bus = requireBus(input.EventBusName, call);
  if (!NAME.test(name)) {
    throw new AwsError(
      'ValidationException',
      String.raw`1 validation error detected: Value '${name}' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\.\-_A-Za-z0-9]+`,
    );
  }
  const eventPattern = given(input.EventPattern);
  const scheduleExpression = given(input.ScheduleExpression);
  if (eventPattern === undefined && scheduleExpression === undefined) {
    throw new AwsError('ValidationException', 'Parameter(s) EventPattern or ScheduleExpression must be specified.');
  }
  if (scheduleExpression !== undefined && bus.name !== DEFAULT_BUS) {
    throw new AwsError('ValidationException', 'ScheduleExpression is supported only on the default event bus.');
  }
  if (eventPattern !== undefined) {
    checkPattern(eventPattern);
  }
  if (scheduleExpression !== undefined && !parseSchedule(scheduleExpression)) {
    throw new AwsError('ValidationException', 'Parameter ScheduleExpression is not valid.');
  }
  const before = eventTables(call.tables).rules.get(ruleKey(call, bus.name, name));
  const rule = save(
    {
      name,
      arn: ruleArn(call, bus.name, name),
      bus: bus.name,
      eventPattern,
      scheduleExpression,
      state: input.State ?? 'ENABLED',
      description: given(input.Description),
      roleArn: given(input.RoleArn),
      createdBy: call.account,
      scheduledAt: before?.scheduleExpression === scheduleExpression ? (before?.scheduledAt ?? call.clock.now()) : call.clock.now(),
      targets: before?.targets ?? [],
      // Tags are set when a rule is made; a later request changes nothing of them.
      tags: before?.tags ?? input.Tags ?? [],
    },
    call,
  );
  return { RuleArn: rule.arn };
}

function shown(rule: Rule): Timestamped<sdk.Rule> {
  return {
    Name: rule.name,
    Arn: rule.arn,
    ...(rule.eventPattern === undefined ? {} : { EventPattern: rule.eventPattern }),
    State: rule.state,
    ...(rule.description === undefined ? {} : { Description: rule.description }),
    ...(rule.scheduleExpression === undefined ? {} : { ScheduleExpression: rule.scheduleExpression }),
    ...(rule.roleArn === undefined ? {} : { RoleArn: rule.roleArn }),
    ...(rule.managedBy === undefined ? {} : { ManagedBy: rule.managedBy }),
    EventBusName: rule.bus,
  };
}

function rulesOf(bus: string | undefined, call: Call): Rule[] {
  return eventTables(call.tables).rules.list(ruleKey(call, busName(bus)));
}

const ARN = /^arn:[\w-]+:[\w-]+:[\w-]*:\d*:.+$/;

function putTargets(input: Timestamped<sdk.PutTargetsRequest>, call: Call): Timestamped<Omit<sdk.PutTargetsResponse, '$metadata'>> {
  const targets = input.Targets ?? [];
  for (const { Arn = '', SqsParameters } of targets) {
    if (!ARN.test(Arn)) {
      throw new AwsError('ValidationException', `Parameter ${Arn} is not valid. Reason: Provided Arn is not in correct format.`);
    }
    if (Arn.endsWith('.fifo') && !SqsParameters) {
      throw new AwsError(
        'ValidationException',
        `Parameter(s) SqsParameters must be specified for target: ${targets.find((one) => one.Arn === Arn)?.Id ?? ''}.`,
      );
    }
  }
  const rule = requireRule(input.Rule, input.EventBusName, call);
  const faulty = targets.find(
    ({ Arn = '', EcsParameters, RoleArn }) =>
      /:ecs:.*:cluster\//.test(Arn) && (!EcsParameters || (RoleArn === undefined && !call.takesPlaceholders)),
  );
  if (faulty) {
    throw new AwsError(
      'ValidationException',
      `Parameter(s) ${faulty.EcsParameters ? 'RoleArn' : 'EcsParameters'} must be specified for target: ${faulty.Id ?? ''}.`,
    );
  }
  const byId = new Map([...rule.targets, ...targets].map((target) => [target.Id, target]));
  if (byId.size > MOST_TARGETS && !call.takesPlaceholders) {
    throw new AwsError('LimitExceededException', 'The requested resource exceeds the maximum number allowed.');
  }
  save({ ...rule, targets: [...byId.values()] }, call);
  return { FailedEntryCount: 0, FailedEntries: [] };
}

function removeTargets(
  input: Timestamped<sdk.RemoveTargetsRequest>,
  call: Call,
): Timestamped<Omit<sdk.RemoveTargetsResponse, '$metadata'>> {
  const rule = requireRule(input.Rule, input.EventBusName, call);
  const ids = input.Ids ?? [];
  save({ ...rule, targets: rule.targets.filter((target) => !ids.includes(target.Id ?? '')) }, call);
  const missing = ids.filter((id) => !rule.targets.some((target) => target.Id === id));
  return {
    FailedEntryCount: missing.length,
    FailedEntries: missing.map((TargetId) => ({
      TargetId,
      ErrorCode: 'ResourceNotFoundException',
      ErrorMessage: `Rule ${rule.name} does not have target ${TargetId}.`,
    })),
  };
}

/** What bears tags: a rule or a bus. */
function taggedBy(resourceArn: string | undefined, call: Call): { tags: Tag[]; write: (tags: Tag[]) => void } {
  const [, kind, path = ''] = /:(rule|event-bus)\/(.+)$/.exec(resourceArn ?? '') ?? [];
  if (kind === 'event-bus') {
    const bus = findBus(path, call);
    if (bus) {
      return { tags: bus.tags, write: (tags) => saveBus({ ...bus, tags }, call) };
    }
  }
  const name = path.split('/').at(-1) ?? '';
  const bus = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : DEFAULT_BUS;
  const rule = eventTables(call.tables).rules.get(ruleKey(call, bus, name));
  if (!rule) {
    throw kind === 'event-bus' ? new AwsError('ResourceNotFoundException', `Event bus ${path} does not exist.`) : notThere(name, bus);
  }
  return { tags: rule.tags, write: (tags) => void save({ ...rule, tags }, call) };
}

const onRule =
  (action: string) =>
  (input: { Name?: string; Rule?: string; EventBusName?: string }, call: Call): Authorization[] => [
    { action: `events:${action}`, resource: ruleArn(call, busName(input.EventBusName), input.Name ?? input.Rule ?? '') },
  ];

export const ruleOperations: Readonly<Record<string, Operation>> = {
  PutRule: operation<sdk.PutRuleRequest, sdk.PutRuleResponse>({ authorize: onRule('PutRule'), handle: put }),
  DescribeRule: operation<sdk.DescribeRuleRequest, sdk.DescribeRuleResponse>({
    authorize: onRule('DescribeRule'),
    handle: (input, call) => {
      const rule = requireRule(input.Name, input.EventBusName, call);
      return { ...shown(rule), CreatedBy: rule.createdBy };
    },
  }),
  ListRules: operation<sdk.ListRulesRequest, sdk.ListRulesResponse>({
    handle: (input, call) => {
      requireBus(input.EventBusName, call);
      const found = rulesOf(input.EventBusName, call).filter((rule) => rule.name.startsWith(input.NamePrefix ?? ''));
      const page = pageOf(found, input.NextToken, input.Limit ?? PAGE);
      return { Rules: page.items.map(shown), NextToken: page.nextToken };
    },
  }),
  DeleteRule: operation<sdk.DeleteRuleRequest, object>({
    authorize: onRule('DeleteRule'),
    handle: (input, call) => {
      const key = ruleKey(call, busName(input.EventBusName), input.Name);
      const rule = eventTables(call.tables).rules.get(key);
      // Deleting what is not there succeeds.
      if ((rule?.targets.length ?? 0) > 0) {
        throw new AwsError('ValidationException', "Rule can't be deleted since it has targets.");
      }
      eventTables(call.tables).rules.delete(key);
      eventWorldOf(call).reschedule();
      return {};
    },
  }),
  EnableRule: operation<sdk.EnableRuleRequest, object>({
    authorize: onRule('EnableRule'),
    handle: (input, call) => {
      save({ ...requireRule(input.Name, input.EventBusName, call), state: 'ENABLED' }, call);
      return {};
    },
  }),
  DisableRule: operation<sdk.DisableRuleRequest, object>({
    authorize: onRule('DisableRule'),
    handle: (input, call) => {
      save({ ...requireRule(input.Name, input.EventBusName, call), state: 'DISABLED' }, call);
      return {};
    },
  }),
  PutTargets: operation<sdk.PutTargetsRequest, sdk.PutTargetsResponse>({ authorize: onRule('PutTargets'), handle: putTargets }),
  RemoveTargets: operation<sdk.RemoveTargetsRequest, sdk.RemoveTargetsResponse>({
    authorize: onRule('RemoveTargets'),
    handle: removeTargets,
  }),
  ListTargetsByRule: operation<sdk.ListTargetsByRuleRequest, sdk.ListTargetsByRuleResponse>({
    authorize: onRule('ListTargetsByRule'),
    handle: (input, call) => {
      const { targets } = requireRule(input.Rule, input.EventBusName, call);
      const page = pageOf<Target>(targets, input.NextToken, input.Limit ?? PAGE);
      return { Targets: page.items, NextToken: page.nextToken };
    },
  }),
  ListRuleNamesByTarget: operation<sdk.ListRuleNamesByTargetRequest, sdk.ListRuleNamesByTargetResponse>({
    handle: (input, call) => {
      const found = rulesOf(input.EventBusName, call).filter((rule) => rule.targets.some((target) => target.Arn === input.TargetArn));
      const page = pageOf(
        found.map((rule) => rule.name),
        input.NextToken,
        input.Limit ?? PAGE,
      );
      return { RuleNames: page.items, NextToken: page.nextToken };
    },
  }),
  TestEventPattern: operation<sdk.TestEventPatternRequest, sdk.TestEventPatternResponse>({
    handle: (input) => {
      checkPattern(input.EventPattern ?? '');
      let event: object;
      try {
        event = JSON.parse(input.Event ?? '') as object;
      } catch {
        throw new AwsError('ValidationException', 'Parameter Event is not valid. Reason: Invalid JSON');
      }
      return { Result: matchesPattern(input.EventPattern ?? '', event) };
    },
  }),
  TagResource: operation<sdk.TagResourceRequest, object>({
    handle: (input, call) => {
      const { tags, write } = taggedBy(input.ResourceARN, call);
      write([...new Map([...tags, ...(input.Tags ?? [])].map((tag) => [tag.Key, tag])).values()]);
      return {};
    },
  }),
  UntagResource: operation<sdk.UntagResourceRequest, object>({
    handle: (input, call) => {
      const { tags, write } = taggedBy(input.ResourceARN, call);
      write(tags.filter((tag) => !input.TagKeys?.includes(tag.Key ?? '')));
      return {};
    },
  }),
  ListTagsForResource: operation<sdk.ListTagsForResourceRequest, sdk.ListTagsForResourceResponse>({
    handle: (input, call) => ({ Tags: taggedBy(input.ResourceARN, call).tags }),
  }),
};
