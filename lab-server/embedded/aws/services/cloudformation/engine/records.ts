// Stacks on record: found by name or id, changed step by step, each step told as an event.
import { randomUUID } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-cloudformation';
import { scopeKey, type Scope } from '../../scope.ts';
import type { AwsContext } from '../../service.ts';
import { cloudFormationTables, type ResourceRecord, type Stack } from '../state.ts';
import { textOf } from '../text-of.ts';

type Context = Pick<AwsContext, 'tables' | 'clock'>;

export function stackKey(scope: Scope, stackId: string): string {
  return scopeKey(scope, stackId);
}

export function stacksOf(scope: Scope, { tables }: Pick<AwsContext, 'tables'>): Stack[] {
  return cloudFormationTables(tables).stacks.list(`${scopeKey(scope)}/`);
}

/** A stack by its id, or by its name unless it is deleted. */
export function findStack(nameOrId: string, scope: Scope, context: Pick<AwsContext, 'tables'>): Stack | undefined {
  return nameOrId.startsWith('arn:')
    ? cloudFormationTables(context.tables).stacks.get(stackKey(scope, nameOrId))
    : stacksOf(scope, context).find((stack) => stack.stackName === nameOrId && stack.status !== 'DELETE_COMPLETE');
}

export function saveStack(stack: Stack, { tables }: Pick<AwsContext, 'tables'>): Stack {
  cloudFormationTables(tables).stacks.put(stackKey(stack, stack.stackId), stack);
  return stack;
}

export function readStack(scope: Scope, stackId: string, { tables }: Pick<AwsContext, 'tables'>): Stack {
  const stack = cloudFormationTables(tables).stacks.get(stackKey(scope, stackId));
  if (!stack) {
    throw new Error(`the stack ${stackId} is not on record`);
  }
  return stack;
}

const ORDER_DIGITS = 8;

function tell(stack: Stack, event: Partial<sdk.StackEvent>, { tables, clock }: Context): void {
  const { events } = cloudFormationTables(tables);
  const order = events.list(`${stackKey(stack, stack.stackId)}#`).length;
  events.put(`${stackKey(stack, stack.stackId)}#${textOf(order).padStart(ORDER_DIGITS, '0')}`, {
    StackId: stack.stackId,
    StackName: stack.stackName,
    EventId: randomUUID(),
    ...(event as object),
    Timestamp: clock.now(),
    order,
  });
}

/** Sets a stack's status and tells of it. */
export function setStatus(stack: Stack, status: sdk.StackStatus, reason: string | undefined, context: Context): Stack {
  const changed = saveStack({ ...stack, status, statusReason: reason }, context);
  tell(
    changed,
    {
      EventId: randomUUID(),
      LogicalResourceId: stack.stackName,
      PhysicalResourceId: stack.stackId,
      ResourceType: 'AWS::CloudFormation::Stack',
      ResourceStatus: status as sdk.ResourceStatus,
      ...(reason === undefined ? {} : { ResourceStatusReason: reason }),
    },
    context,
  );
  return changed;
}

/** Puts a resource's record into its stack and tells of its status. */
export function setResource(stack: Stack, record: ResourceRecord, context: Context, isQuiet = false): Stack {
  const changed = saveStack({ ...stack, resources: { ...stack.resources, [record.logicalId]: record } }, context);
  if (!isQuiet) {
    tellResource(changed, record, context);
  }
  return changed;
}

export function tellResource(stack: Stack, record: ResourceRecord, context: Context): void {
  const { logicalId, physicalId, type, status, reason, properties } = record;
  tell(
    stack,
    {
      EventId: `${logicalId}-${status}-${context.clock.now()}`,
      LogicalResourceId: logicalId,
      PhysicalResourceId: physicalId ?? '',
      ResourceType: type,
      ResourceStatus: status,
      ...(reason === undefined ? {} : { ResourceStatusReason: reason }),
      ResourceProperties: JSON.stringify(properties),
    },
    context,
  );
}
