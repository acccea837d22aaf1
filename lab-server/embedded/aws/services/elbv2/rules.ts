// Rules of application listeners: conditions and actions, in the order of their priorities; the default one comes last.
import { createHash } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError } from '../../gateway/errors.ts';
import { pageOf } from '../pages.ts';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { checkedActions } from './actions.ts';
import { checkConditions } from './conditions.ts';
import { ruleNotFound, validationError } from './errors.ts';
import { requireListener } from './listeners.ts';
import { elbTables, groupsOfActions, keyOf, newHash, rulesOfListener, type Condition, type Listener, type Rule } from './state.ts';
import { taggedWith } from './tags.ts';
import { elbWorldOf } from './world.ts';

const LOWEST_PRIORITY = 50_000;
const PAGE = 50;

function baseOf(listenerArn: string): string {
  return listenerArn.replace(':listener/', ':listener-rule/');
}

function defaultRule(listener: Listener): Timestamped<sdk.Rule> {
  const listenerArn = listener.ListenerArn ?? '';
  return {
    RuleArn: `${baseOf(listenerArn)}/${createHash('sha256').update(listenerArn).digest('hex').slice(0, 16)}`,
    Priority: 'default',
    Conditions: [],
    Actions: listener.DefaultActions,
    IsDefault: true,
  };
}

function shown({ listenerArn: _listener, tags: _tags, priority: _priority, ...rule }: Rule): Timestamped<sdk.Rule> {
  return rule;
}

function requireRule(ruleArn: string | undefined, call: Call): Rule {
  const rule = elbTables(call.tables).rules.get(keyOf(ruleArn));
  if (!rule) {
    if (defaultOwner(ruleArn ?? '', call)) {
      throw new AwsError('OperationNotPermittedException', `Default rule '${ruleArn ?? ''}' cannot be modified`);
    }
    throw ruleNotFound();
  }
  return rule;
}

/** The listener whose default rule has this ARN. */
function defaultOwner(ruleArn: string, call: Call): Listener | undefined {
  return elbTables(call.tables)
    .listeners.list(`${scopeKey(call)}/`)
    .find((listener) => ruleArn.startsWith(baseOf(listener.ListenerArn ?? '')) && defaultRule(listener).RuleArn === ruleArn);
}

function save(rule: Rule, call: Call, before: readonly string[] = []): Rule {
  elbTables(call.tables).rules.put(keyOf(rule.RuleArn), rule);
  for (const groupArn of new Set([...before, ...groupsOfActions(rule.Actions)])) {
    elbWorldOf(call).groupChanged(groupArn);
  }
  return rule;
}

function checked(conditions: readonly Condition[]): Condition[] {
  checkConditions(conditions);
  return [...conditions];
}

function checkPriority(priority: number): void {
  if (!Number.isInteger(priority) || priority < 1 || priority > LOWEST_PRIORITY) {
    throw validationError(
      `1 validation error detected: Value '${priority}' at 'priority' failed to satisfy constraint: Member must have value ${priority < 1 ? 'greater than or equal to 1' : `less than or equal to ${LOWEST_PRIORITY}`}`,
    );
  }
}

function create(input: Timestamped<sdk.CreateRuleInput>, call: Call): { Rules: Timestamped<sdk.Rule>[] } {
  const listener = requireListener(input.ListenerArn, call);
  const priority = input.Priority ?? 0;
  checkPriority(priority);
  const conditions = checked(input.Conditions ?? []);
  if (rulesOfListener(call.tables, listener.ListenerArn ?? '').some((rule) => rule.priority === priority)) {
    throw new AwsError('PriorityInUseException', 'The specified priority is in use.');
  }
  const actions = checkedActions(input.Actions ?? [], call);
  const rule: Rule = {
    RuleArn: `${baseOf(listener.ListenerArn ?? '')}/${newHash()}`,
    Priority: String(priority),
    Conditions: conditions,
    Actions: actions,
    IsDefault: false,
    ...(input.Transforms?.length ? { Transforms: input.Transforms } : {}),
    listenerArn: listener.ListenerArn ?? '',
    tags: taggedWith([], input.Tags),
    priority,
  };
  return { Rules: [shown(save(rule, call))] };
}

function describe(input: Timestamped<sdk.DescribeRulesInput>, call: Call): Timestamped<Omit<sdk.DescribeRulesOutput, '$metadata'>> {
  const { ListenerArn: listenerArn, RuleArns: arns } = input;
  if (listenerArn === undefined && !arns?.length) {
    throw new AwsError('InvalidParameterValue', 'You must specify either listener rule ARNs or a listener ARN');
  }
  if (listenerArn !== undefined && arns?.length) {
    throw new AwsError('InvalidParameterValue', 'Listener rule ARNs and a listener ARN cannot be specified at the same time');
  }
  let found: Timestamped<sdk.Rule>[];
  if (listenerArn === undefined) {
    found = (arns ?? []).map((one) => {
      const rule = elbTables(call.tables).rules.get(keyOf(one));
      const owner = rule ? undefined : defaultOwner(one, call);
      if (!rule && !owner) {
        throw ruleNotFound();
      }
      return rule ? shown(rule) : defaultRule(owner as Listener);
    });
  } else {
    const listener = requireListener(listenerArn, call);
    found = [...rulesOfListener(call.tables, listenerArn).map(shown), defaultRule(listener)];
  }
  const page = pageOf(found, input.Marker, input.PageSize ?? PAGE);
  return { Rules: page.items, NextMarker: page.nextToken };
}

function setPriorities(input: Timestamped<sdk.SetRulePrioritiesInput>, call: Call): { Rules: Timestamped<sdk.Rule>[] } {
  const wanted = (input.RulePriorities ?? []).map(({ RuleArn, Priority = 0 }) => ({
    rule: requireRule(RuleArn, call),
    priority: Priority,
  }));
  const moved = new Set(wanted.map((one) => one.rule.RuleArn));
  const taken = new Set<string>();
  for (const { rule, priority } of wanted) {
    checkPriority(priority);
    const others = rulesOfListener(call.tables, rule.listenerArn).filter((one) => !moved.has(one.RuleArn));
    const place = `${rule.listenerArn} ${priority}`;
    if (taken.has(place) || others.some((one) => one.priority === priority)) {
      throw new AwsError('PriorityInUseException', 'The specified priority is in use.');
    }
    taken.add(place);
  }
  return { Rules: wanted.map(({ rule, priority }) => shown(save({ ...rule, priority, Priority: String(priority) }, call))) };
}

export const ruleOperations: Readonly<Record<string, Operation>> = {
  CreateRule: operation<sdk.CreateRuleInput, sdk.CreateRuleOutput>({ handle: create }),
  DescribeRules: operation<sdk.DescribeRulesInput, sdk.DescribeRulesOutput>({ handle: describe }),
  ModifyRule: operation<sdk.ModifyRuleInput, sdk.ModifyRuleOutput>({
    handle: (input, call) => {
      const rule = requireRule(input.RuleArn, call);
      const modified: Rule = {
        ...rule,
        ...(input.Conditions ? { Conditions: checked(input.Conditions) } : {}),
        ...(input.Actions ? { Actions: checkedActions(input.Actions, call) } : {}),
        ...(input.Transforms ? { Transforms: input.Transforms } : {}),
      };
      return { Rules: [shown(save(modified, call, groupsOfActions(rule.Actions)))] };
    },
  }),
  DeleteRule: operation<sdk.DeleteRuleInput, object>({
    handle: (input, call) => {
      const rule = requireRule(input.RuleArn, call);
      elbTables(call.tables).rules.delete(keyOf(rule.RuleArn));
      for (const groupArn of groupsOfActions(rule.Actions)) {
        elbWorldOf(call).groupChanged(groupArn);
      }
      return {};
    },
  }),
  SetRulePriorities: operation<sdk.SetRulePrioritiesInput, sdk.SetRulePrioritiesOutput>({ handle: setPriorities }),
};
