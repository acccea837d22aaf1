// Change sets: what an update would do, seen before it is done.
import { randomUUID } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-cloudformation';
import { AwsError } from '../../gateway/errors.ts';
import { pageOf } from '../pages.ts';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { needsReplacement, requireType } from './engine/apply.ts';
import { findStack, saveStack, setStatus } from './engine/records.ts';
import { activeResources, scopeOf } from './engine/scope.ts';
import { stackWorldOf } from './engine/world.ts';
import { validationError } from './errors.ts';
import { resolve, type Scope } from './template/functions.ts';
import { parameterValues } from './template/parameters.ts';
import {
  beginUpdate,
  checkBody,
  checkStackName,
  newStack,
  onStack,
  requireStack,
  requireUpdatable,
  tagsOf,
  updatedBody,
} from './stacks.ts';
import { cloudFormationTables, type ChangeSet, type ResourceRecord, type Stack, type StackBody } from './state.ts';
import { checkCapabilities, checkedTemplate, templateText } from './template-operations.ts';

const PAGE = 100;
const NAME = /^[a-zA-Z][-a-zA-Z0-9]*$/;
const NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set.";

function keyOf(changeSet: Pick<ChangeSet, 'changeSetId'>, call: Call): string {
  return scopeKey(call, changeSet.changeSetId);
}

function save(changeSet: ChangeSet, call: Call): ChangeSet {
  cloudFormationTables(call.tables).changeSets.put(keyOf(changeSet, call), changeSet);
  return changeSet;
}

function requireChangeSet(input: { ChangeSetName?: string; StackName?: string }, call: Call): ChangeSet {
  const all = cloudFormationTables(call.tables).changeSets.list(`${scopeKey(call)}/`);
  const wanted = input.ChangeSetName ?? '';
  const found = all.find(
    (one) =>
      one.changeSetId === wanted ||
      (one.name === wanted && (input.StackName === undefined || one.stackName === input.StackName || one.stackId === input.StackName)),
  );
  if (!found) {
    throw new AwsError('ChangeSetNotFoundException', `ChangeSet [${wanted}] does not exist`);
  }
  return found;
}

/** Properties as far as they are known before anything is made; a reference to what does not exist yet differs from everything. */
function knownProperties(name: string, scope: Scope): Record<string, unknown> {
  try {
    return (resolve(scope.template.Resources[name]?.Properties ?? {}, scope) ?? {}) as Record<string, unknown>;
  } catch {
    return { unresolved: randomUUID() };
  }
}

function changesOf(stack: Stack, body: StackBody, call: Call): Timestamped<sdk.Change>[] {
  const scope = scopeOf(stack, body, call);
  const active = activeResources(scope);
  const change = (
    Action: sdk.ChangeAction,
    record: Partial<ResourceRecord> & { logicalId: string; type: string },
    more: object = {},
  ): Timestamped<sdk.Change> => ({
    Type: 'Resource',
    ResourceChange: {
      Action,
      LogicalResourceId: record.logicalId,
      ...(record.physicalId === undefined ? {} : { PhysicalResourceId: record.physicalId }),
      ResourceType: record.type,
      ...more,
    },
  });
  const kept = [...active].flatMap((name) => {
    const record = stack.resources[name];
    const type = scope.template.Resources[name]?.Type ?? '';
    if (record?.physicalId === undefined) {
      return [change('Add', { logicalId: name, type })];
    }
    const properties = knownProperties(name, scope);
    const changed = [...new Set([...Object.keys(properties), ...Object.keys(record.properties)])].filter(
      (property) => JSON.stringify(properties[property]) !== JSON.stringify(record.properties[property]),
    );
    if (changed.length === 0) {
      return [];
    }
    const Replacement: sdk.Replacement = needsReplacement(requireType(type), record.properties, properties) ? 'True' : 'False';
    const Details = changed.map((Name) => ({
      Target: {
        Attribute: 'Properties' as const,
        Name,
        RequiresRecreation: Replacement === 'True' ? ('Always' as const) : ('Never' as const),
      },
      Evaluation: 'Static' as const,
      ChangeSource: 'DirectModification' as const,
    }));
    return [change('Modify', record, { Replacement, Scope: ['Properties'], Details })];
  });
  const gone = Object.values(stack.resources).filter((record) => !active.has(record.logicalId));
  return [...kept, ...gone.map((record) => change('Remove', record))];
}

function create(input: Timestamped<sdk.CreateChangeSetInput>, call: Call): { Id: string; StackId: string } {
  const name = input.ChangeSetName ?? '';
  if (!NAME.test(name)) {
    throw validationError(
      `1 validation error detected: Value '${name}' at 'changeSetName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*`,
    );
  }
  const type = input.ChangeSetType ?? 'UPDATE';
  const existing = findStack(input.StackName ?? '', call, call);
  const isNew = type === 'CREATE' && (!existing || existing.status === 'REVIEW_IN_PROGRESS');
  if (type === 'CREATE' && existing && !isNew) {
    throw validationError(`Stack [${existing.stackName}] already exists and cannot be created again with the changeSet [${name}].`);
  }
  if (type !== 'CREATE' && !existing) {
    throw validationError(`Stack [${input.StackName ?? ''}] does not exist`);
  }
  let stack: Stack;
  let body: StackBody;
  if (isNew) {
    checkStackName(input.StackName ?? '', call);
    const text = templateText(input);
    body = { template: text, parameters: { ...parameterValues(checkedTemplate(text), input.Parameters ?? []) }, tags: tagsOf(input.Tags) };
    stack =
      existing ?? setStatus(newStack(input.StackName ?? '', body, input as never, call), 'REVIEW_IN_PROGRESS', 'User Initiated', call);
  } else {
    stack = requireStack(input.StackName, call);
    requireUpdatable(stack);
    body = updatedBody(input, stack);
  }
  checkCapabilities(checkedTemplate(body.template), input.Capabilities ?? [], call);
  checkBody(stack, body, call);
  const isTaken = cloudFormationTables(call.tables)
    .changeSets.list(`${scopeKey(call)}/`)
    .some((one) => one.stackId === stack.stackId && one.name === name);
  if (isTaken) {
    throw new AwsError('AlreadyExistsException', `ChangeSet ${name} cannot be created due to a mismatch with existing attribute StackId`);
  }
  const changes = changesOf(stack, body, call);
  const isEmpty = changes.length === 0 && JSON.stringify(body.tags) === JSON.stringify(stack.tags) && !isNew;
  const changeSet = save(
    {
      ...body,
      changeSetId: `arn:aws:cloudformation:${call.region}:${call.account}:changeSet/${name}/${randomUUID()}`,
      name,
      stackId: stack.stackId,
      stackName: stack.stackName,
      type,
      status: isEmpty ? 'FAILED' : 'CREATE_COMPLETE',
      statusReason: isEmpty ? NO_CHANGES : undefined,
      executionStatus: isEmpty ? 'UNAVAILABLE' : 'AVAILABLE',
      description: input.Description,
      createdAt: call.clock.now(),
      capabilities: input.Capabilities ?? [],
      notificationArns: input.NotificationARNs ?? [],
      roleArn: input.RoleARN,
      changes,
    },
    call,
  );
  return { Id: changeSet.changeSetId, StackId: stack.stackId };
}

async function execute(input: Timestamped<sdk.ExecuteChangeSetInput>, call: Call): Promise<object> {
  const changeSet = requireChangeSet(input, call);
  if (changeSet.executionStatus !== 'AVAILABLE') {
    throw new AwsError(
      'InvalidChangeSetStatusException',
      `ChangeSet [${changeSet.changeSetId}] cannot be executed in its current status of [${changeSet.status}]`,
    );
  }
  const stack = requireStack(changeSet.stackId, call);
  save({ ...changeSet, executionStatus: 'EXECUTE_COMPLETE' }, call);
  const { template, parameters, tags, capabilities, roleArn } = changeSet;
  const body = { template, parameters, tags };
  const more = {
    capabilities,
    roleArn: roleArn ?? stack.roleArn,
    changeSetId: changeSet.changeSetId,
    disableRollback: input.DisableRollback ?? false,
  };
  if (stack.status === 'REVIEW_IN_PROGRESS') {
    const begun: Stack = { ...stack, ...body, ...more, description: checkedTemplate(template).Description, principal: call.principal };
    setStatus(begun, 'CREATE_IN_PROGRESS', 'User Initiated', call);
    await stackWorldOf(call).launch(begun);
  } else {
    await beginUpdate(stack, body, more, call);
  }
  return {};
}

export const changeSetOperations: Readonly<Record<string, Operation>> = {
  CreateChangeSet: operation<sdk.CreateChangeSetInput, sdk.CreateChangeSetOutput>({
    authorize: onStack('CreateChangeSet'),
    handle: create,
  }),
  ExecuteChangeSet: operation<sdk.ExecuteChangeSetInput, sdk.ExecuteChangeSetOutput>({
    authorize: onStack('ExecuteChangeSet'),
    handle: execute,
  }),
  DescribeChangeSet: operation<sdk.DescribeChangeSetInput, sdk.DescribeChangeSetOutput>({
    authorize: onStack('DescribeChangeSet'),
    handle: (input, call) => {
      const changeSet = requireChangeSet(input, call);
      const page = pageOf(changeSet.changes, input.NextToken, PAGE, () => validationError('Invalid token in the request.'));
      return {
        ChangeSetName: changeSet.name,
        ChangeSetId: changeSet.changeSetId,
        StackId: changeSet.stackId,
        StackName: changeSet.stackName,
        Description: changeSet.description,
        Parameters: Object.entries(changeSet.parameters).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue })),
        CreationTime: changeSet.createdAt,
        ExecutionStatus: changeSet.executionStatus,
        Status: changeSet.status,
        StatusReason: changeSet.statusReason,
        NotificationARNs: changeSet.notificationArns,
        RollbackConfiguration: {},
        Capabilities: changeSet.capabilities as sdk.Capability[],
        Tags: changeSet.tags,
        Changes: page.items,
        NextToken: page.nextToken,
        IncludeNestedStacks: false,
      };
    },
  }),
  ListChangeSets: operation<sdk.ListChangeSetsInput, sdk.ListChangeSetsOutput>({
    authorize: onStack('ListChangeSets'),
    handle: (input, call) => {
      const stack = requireStack(input.StackName, call);
      const all = cloudFormationTables(call.tables)
        .changeSets.list(`${scopeKey(call)}/`)
        .filter((one) => one.stackId === stack.stackId && one.executionStatus !== 'EXECUTE_COMPLETE');
      return {
        Summaries: all.map((one) => ({
          StackId: one.stackId,
          StackName: one.stackName,
          ChangeSetId: one.changeSetId,
          ChangeSetName: one.name,
          ExecutionStatus: one.executionStatus,
          Status: one.status,
          StatusReason: one.statusReason,
          CreationTime: one.createdAt,
          Description: one.description,
          IncludeNestedStacks: false,
        })),
      };
    },
  }),
  DeleteChangeSet: operation<sdk.DeleteChangeSetInput, sdk.DeleteChangeSetOutput>({
    authorize: onStack('DeleteChangeSet'),
    handle: (input, call) => {
      const changeSet = requireChangeSet(input, call);
      cloudFormationTables(call.tables).changeSets.delete(keyOf(changeSet, call));
      const stack = findStack(changeSet.stackId, call, call);
      if (stack?.changeSetId === changeSet.changeSetId) {
        saveStack({ ...stack, changeSetId: undefined }, call);
      }
      return {};
    },
  }),
};
