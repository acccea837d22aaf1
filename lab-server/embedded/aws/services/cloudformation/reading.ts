// Stacks, their events, resources, outputs and exports, as answers show them.
import type * as sdk from '@aws-sdk/client-cloudformation';
import { pageOf } from '../pages.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { findStack, stackKey, stacksOf } from './engine/records.ts';
import { noStack, validationError } from './errors.ts';
import { onStack, requireStack } from './stacks.ts';
import { cloudFormationTables, type ResourceRecord, type Stack } from './state.ts';
import { isNoEcho } from './template/parameters.ts';
import { parseTemplate } from './template/template.ts';

const PAGE = 100;
const DRIFT_UNKNOWN = { StackDriftStatus: 'NOT_CHECKED' } as const;

function invalidToken(): ReturnType<typeof validationError> {
  return validationError('Invalid token in the request.');
}

function shownStack(stack: Stack): Timestamped<sdk.Stack> {
  const declared = parseTemplate(stack.template).Parameters ?? {};
  return {
    StackId: stack.stackId,
    StackName: stack.stackName,
    ...(stack.changeSetId === undefined ? {} : { ChangeSetId: stack.changeSetId }),
    ...(stack.description === undefined ? {} : { Description: stack.description }),
    Parameters: Object.entries(stack.parameters).map(([ParameterKey, value]) => ({
      ParameterKey,
      ParameterValue: declared[ParameterKey] && isNoEcho(declared[ParameterKey]) ? '****' : value,
      ...(stack.resolved[ParameterKey] === undefined ? {} : { ResolvedValue: stack.resolved[ParameterKey] }),
    })),
    CreationTime: stack.createdAt,
    ...(stack.updatedAt === undefined ? {} : { LastUpdatedTime: stack.updatedAt }),
    ...(stack.deletedAt === undefined ? {} : { DeletionTime: stack.deletedAt }),
    StackStatus: stack.status,
    ...(stack.statusReason === undefined ? {} : { StackStatusReason: stack.statusReason }),
    DisableRollback: stack.disableRollback,
    NotificationARNs: stack.notificationArns,
    ...(stack.timeoutMinutes === undefined ? {} : { TimeoutInMinutes: stack.timeoutMinutes }),
    Capabilities: stack.capabilities as sdk.Capability[],
    ...(stack.outputs.length > 0 ? { Outputs: shownOutputs(stack) } : {}),
    ...(stack.roleArn === undefined ? {} : { RoleARN: stack.roleArn }),
    Tags: stack.tags,
    EnableTerminationProtection: stack.terminationProtection,
    DriftInformation: DRIFT_UNKNOWN,
    RollbackConfiguration: {},
  };
}

function shownOutputs(stack: Stack): sdk.Output[] {
  return stack.outputs.map(({ key, value, description, exportName }) => ({
    OutputKey: key,
    OutputValue: value,
    ...(description === undefined ? {} : { Description: description }),
    ...(exportName === undefined ? {} : { ExportName: exportName }),
  }));
}

function describeStacks(input: Timestamped<sdk.DescribeStacksInput>, call: Call): Timestamped<Omit<sdk.DescribeStacksOutput, '$metadata'>> {
  if (input.StackName !== undefined) {
    return { Stacks: [shownStack(requireStack(input.StackName, call))] };
  }
  const stacks = stacksOf(call, call)
    .filter((stack) => stack.status !== 'DELETE_COMPLETE')
    .toSorted((left, right) => right.createdAt - left.createdAt);
  const page = pageOf(stacks, input.NextToken, PAGE, invalidToken);
  return { Stacks: page.items.map(shownStack), NextToken: page.nextToken };
}

function listStacks(input: Timestamped<sdk.ListStacksInput>, call: Call): Timestamped<Omit<sdk.ListStacksOutput, '$metadata'>> {
  const wanted = input.StackStatusFilter ?? [];
  const stacks = stacksOf(call, call)
    .filter((stack) => wanted.length === 0 || wanted.includes(stack.status))
    .toSorted((left, right) => right.createdAt - left.createdAt);
  const page = pageOf(stacks, input.NextToken, PAGE, invalidToken);
  return {
    StackSummaries: page.items.map((stack) => ({
      StackId: stack.stackId,
      StackName: stack.stackName,
      ...(stack.description === undefined ? {} : { TemplateDescription: stack.description }),
      CreationTime: stack.createdAt,
      ...(stack.updatedAt === undefined ? {} : { LastUpdatedTime: stack.updatedAt }),
      ...(stack.deletedAt === undefined ? {} : { DeletionTime: stack.deletedAt }),
      StackStatus: stack.status,
      ...(stack.statusReason === undefined ? {} : { StackStatusReason: stack.statusReason }),
      DriftInformation: DRIFT_UNKNOWN,
    })),
    NextToken: page.nextToken,
  };
}

function describeEvents(
  input: Timestamped<sdk.DescribeStackEventsInput>,
  call: Call,
): Timestamped<Omit<sdk.DescribeStackEventsOutput, '$metadata'>> {
  const stack = findStack(input.StackName ?? '', call, call);
  if (!stack) {
    throw validationError(`Stack [${input.StackName ?? ''}] does not exist`);
  }
  const events = cloudFormationTables(call.tables)
    .events.list(`${stackKey(stack, stack.stackId)}#`)
    .toReversed();
  const page = pageOf(events, input.NextToken, PAGE, invalidToken);
  return { StackEvents: page.items.map(({ order: _order, ...event }) => event), NextToken: page.nextToken };
}

function inOrder(stack: Stack): ResourceRecord[] {
  return Object.values(stack.resources).toSorted((left, right) => (left.logicalId < right.logicalId ? -1 : 1));
}

function shownResource(stack: Stack, record: ResourceRecord): Timestamped<sdk.StackResource> {
  return {
    StackName: stack.stackName,
    StackId: stack.stackId,
    LogicalResourceId: record.logicalId,
    ...(record.physicalId === undefined ? {} : { PhysicalResourceId: record.physicalId }),
    ResourceType: record.type,
    Timestamp: record.updatedAt,
    ResourceStatus: record.status,
    ...(record.reason === undefined ? {} : { ResourceStatusReason: record.reason }),
    DriftInformation: { StackResourceDriftStatus: 'NOT_CHECKED' },
  };
}

function stackOfResource(physicalId: string, call: Call): Stack {
  const stack = stacksOf(call, call).find(
    (one) => one.status !== 'DELETE_COMPLETE' && Object.values(one.resources).some((record) => record.physicalId === physicalId),
  );
  if (!stack) {
    throw validationError(`Stack for ${physicalId} does not exist`);
  }
  return stack;
}

function requireResource(stack: Stack, name: string | undefined): ResourceRecord {
  const record = stack.resources[name ?? ''];
  if (!record) {
    throw validationError(`Resource ${name ?? ''} does not exist for stack ${stack.stackName}`);
  }
  return record;
}

export const readingOperations: Readonly<Record<string, Operation>> = {
  DescribeStacks: operation<sdk.DescribeStacksInput, sdk.DescribeStacksOutput>({
    authorize: onStack('DescribeStacks'),
    handle: describeStacks,
  }),
  ListStacks: operation<sdk.ListStacksInput, sdk.ListStacksOutput>({ handle: listStacks }),
  DescribeStackEvents: operation<sdk.DescribeStackEventsInput, sdk.DescribeStackEventsOutput>({
    authorize: onStack('DescribeStackEvents'),
    handle: describeEvents,
  }),
  DescribeStackResource: operation<sdk.DescribeStackResourceInput, sdk.DescribeStackResourceOutput>({
    authorize: onStack('DescribeStackResource'),
    handle: (input, call) => {
      const stack = findStack(input.StackName ?? '', call, call);
      if (!stack) {
        throw validationError(`Stack '${input.StackName ?? ''}' does not exist`);
      }
      const record = requireResource(stack, input.LogicalResourceId);
      const metadata = parseTemplate(stack.template).Resources[record.logicalId]?.Metadata;
      const { Timestamp, ...shown } = shownResource(stack, record);
      return {
        StackResourceDetail: {
          ...shown,
          LastUpdatedTimestamp: Timestamp,
          Metadata: JSON.stringify(metadata ?? {}),
        },
      };
    },
  }),
  DescribeStackResources: operation<sdk.DescribeStackResourcesInput, sdk.DescribeStackResourcesOutput>({
    authorize: onStack('DescribeStackResources'),
    handle: (input, call) => {
      const stack =
        input.StackName === undefined && input.PhysicalResourceId !== undefined
          ? stackOfResource(input.PhysicalResourceId, call)
          : requireStack(input.StackName, call);
      const records = input.LogicalResourceId === undefined ? inOrder(stack) : [requireResource(stack, input.LogicalResourceId)];
      return { StackResources: records.map((record) => shownResource(stack, record)) };
    },
  }),
  ListStackResources: operation<sdk.ListStackResourcesInput, sdk.ListStackResourcesOutput>({
    authorize: onStack('ListStackResources'),
    handle: (input, call) => {
      const stack = findStack(input.StackName ?? '', call, call);
      if (!stack) {
        throw noStack(input.StackName ?? '');
      }
      const page = pageOf(inOrder(stack), input.NextToken, PAGE, invalidToken);
      return {
        StackResourceSummaries: page.items.map((record) => {
          const { StackName: _name, StackId: _id, Timestamp, DriftInformation, ...shown } = shownResource(stack, record);
          return { ...shown, LastUpdatedTimestamp: Timestamp, DriftInformation };
        }),
        NextToken: page.nextToken,
      };
    },
  }),
  ListExports: operation<sdk.ListExportsInput, sdk.ListExportsOutput>({
    handle: (input, call) => {
      const exports = stacksOf(call, call)
        .filter((stack) => stack.status !== 'DELETE_COMPLETE')
        .flatMap((stack) =>
          stack.outputs.flatMap(({ exportName, value }) =>
            exportName === undefined ? [] : [{ ExportingStackId: stack.stackId, Name: exportName, Value: value }],
          ),
        );
      const page = pageOf(exports, input.NextToken, PAGE, invalidToken);
      return { Exports: page.items, NextToken: page.nextToken };
    },
  }),
  ListImports: operation<sdk.ListImportsInput, sdk.ListImportsOutput>({
    handle: (input, call) => {
      const name = input.ExportName ?? '';
      const importing = stacksOf(call, call).filter((stack) => stack.status !== 'DELETE_COMPLETE' && stack.imports.includes(name));
      if (importing.length === 0) {
        throw validationError(`Export '${name}' is not imported by any stack.`);
      }
      const page = pageOf(importing, input.NextToken, PAGE, invalidToken);
      return { Imports: page.items.map((stack) => stack.stackName), NextToken: page.nextToken };
    },
  }),
  DescribeAccountLimits: operation<sdk.DescribeAccountLimitsInput, sdk.DescribeAccountLimitsOutput>({
    handle: () => ({
      AccountLimits: [
        { Name: 'StackLimit', Value: 2000 },
        { Name: 'StackOutputsLimit', Value: 200 },
        { Name: 'ConcurrentResourcesLimit', Value: 2500 },
      ],
    }),
  }),
};
