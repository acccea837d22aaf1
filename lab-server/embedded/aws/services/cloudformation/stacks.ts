// Stacks: created, updated, deleted.
import { randomUUID } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-cloudformation';
import { AwsError } from '../../gateway/errors.ts';
import { operation, type Authorization, type Call, type Operation, type Timestamped } from '../service.ts';
import { activeResources, scopeOf } from './engine/scope.ts';
import { findStack, saveStack, setStatus, stacksOf } from './engine/records.ts';
import { stackWorldOf } from './engine/world.ts';
import { noStack, validationError } from './errors.ts';
import { creationOrder } from './template/references.ts';
import { parameterValues } from './template/parameters.ts';
import { checkCapabilities, checkedTemplate, templateText } from './template-operations.ts';
import type { Stack, StackBody } from './state.ts';

const NAME = /^[a-zA-Z][-a-zA-Z0-9]*$/;
const LONGEST_NAME = 128;
/** States from which an update may begin. */
const UPDATABLE = new Set(['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE', 'IMPORT_COMPLETE', 'UPDATE_FAILED']);

export type StackTags = { Key: string; Value: string }[];

/** Suites for other emulators write underscores into names. */
export function checkStackName(name: string, call: Pick<Call, 'takesPlaceholders'>): void {
  if (!(call.takesPlaceholders ? /^[a-zA-Z][-\w]*$/ : NAME).test(name) || name.length > LONGEST_NAME) {
    throw validationError(
      `1 validation error detected: Value '${name}' at 'stackName' failed to satisfy constraint: ${name.length > LONGEST_NAME ? `Member must have length less than or equal to ${LONGEST_NAME}` : 'Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*'}`,
    );
  }
}

export function tagsOf(tags: readonly { Key?: string; Value?: string }[] | undefined): StackTags {
  return (tags ?? []).map(({ Key = '', Value = '' }) => ({ Key, Value }));
}

/** A stack that exists, or existed when it is named by its id. Throws ValidationError. */
export function requireStack(nameOrId: string | undefined, call: Call): Stack {
  const stack = findStack(nameOrId ?? '', call, call);
  if (!stack) {
    throw noStack(nameOrId ?? '');
  }
  return stack;
}

/** The same in the words of the actions on policies. */
function requireNamed(name: string | undefined, call: Call): Stack {
  const stack = findStack(name ?? '', call, call);
  if (!stack) {
    throw validationError(`Stack: ${name ?? ''} does not exist`);
  }
  return stack;
}

/** A fresh record, before anything of it is made. */
export function newStack(name: string, body: StackBody, input: Timestamped<sdk.CreateStackInput>, call: Call): Stack {
  return {
    ...body,
    stackId: `arn:aws:cloudformation:${call.region}:${call.account}:stack/${name}/${randomUUID()}`,
    stackName: name,
    account: call.account,
    region: call.region,
    status: 'CREATE_IN_PROGRESS',
    createdAt: call.clock.now(),
    capabilities: input.Capabilities ?? [],
    notificationArns: input.NotificationARNs ?? [],
    roleArn: input.RoleARN,
    timeoutMinutes: input.TimeoutInMinutes,
    disableRollback: input.DisableRollback ?? false,
    onFailure: input.OnFailure ?? 'ROLLBACK',
    terminationProtection: input.EnableTerminationProtection ?? false,
    policy: input.StackPolicyBody,
    resolved: {},
    resources: {},
    outputs: [],
    imports: [],
    principal: call.principal,
    leftovers: [],
    signals: {},
  };
}

/** Throws ValidationError for what can be told before anything is made: conditions, and the order of resources. */
export function checkBody(stack: Stack, body: StackBody, call: Call): void {
  const scope = scopeOf(stack, body, call);
  creationOrder(scope.template, activeResources(scope));
}

async function create(input: Timestamped<sdk.CreateStackInput>, call: Call): Promise<{ StackId: string }> {
  const name = input.StackName ?? '';
  checkStackName(name, call);
  if (findStack(name, call, call)) {
    throw new AwsError('AlreadyExistsException', `Stack [${name}] already exists`);
  }
  const text = templateText(input);
  const template = checkedTemplate(text);
  const body: StackBody = {
    template: text,
    parameters: { ...parameterValues(template, input.Parameters ?? []) },
    tags: tagsOf(input.Tags),
  };
  checkCapabilities(template, input.Capabilities ?? [], call);
  const stack: Stack = { ...newStack(name, body, input, call), description: template.Description };
  checkBody(stack, body, call);
  setStatus(stack, 'CREATE_IN_PROGRESS', 'User Initiated', call);
  await stackWorldOf(call).launch(stack);
  return { StackId: stack.stackId };
}

/** The body that an update asks for. */
export function updatedBody(
  input: { UsePreviousTemplate?: boolean; TemplateBody?: string; TemplateURL?: string; Parameters?: sdk.Parameter[]; Tags?: sdk.Tag[] },
  stack: Stack,
): StackBody {
  const text = input.UsePreviousTemplate ? stack.template : templateText(input);
  const template = checkedTemplate(text);
  return {
    template: text,
    parameters: { ...parameterValues(template, input.Parameters ?? [], stack.parameters) },
    tags: input.Tags === undefined ? stack.tags : tagsOf(input.Tags),
  };
}

export function requireUpdatable(stack: Stack): void {
  if (!UPDATABLE.has(stack.status)) {
    throw validationError(`Stack:${stack.stackId} is in ${stack.status} state and can not be updated.`);
  }
}

/** Begins an update of a stack to another body. */
export async function beginUpdate(stack: Stack, body: StackBody, more: Partial<Stack>, call: Call): Promise<void> {
  const template = checkedTemplate(body.template);
  const changed: Stack = {
    ...stack,
    ...body,
    ...more,
    description: template.Description,
    before: { template: stack.template, parameters: stack.parameters, tags: stack.tags },
    updatedAt: call.clock.now(),
    principal: call.principal,
    leftovers: [],
  };
  setStatus(changed, 'UPDATE_IN_PROGRESS', 'User Initiated', call);
  await stackWorldOf(call).launch(changed);
}

async function update(input: Timestamped<sdk.UpdateStackInput>, call: Call): Promise<{ StackId: string }> {
  const stack = findStack(input.StackName ?? '', call, call);
  if (!stack || stack.status === 'DELETE_COMPLETE') {
    throw validationError(`Stack [${input.StackName ?? ''}] does not exist`);
  }
  requireUpdatable(stack);
  const body = updatedBody(input, stack);
  checkCapabilities(checkedTemplate(body.template), input.Capabilities ?? [], call);
  checkBody(stack, body, call);
  const isSame =
    body.template === stack.template &&
    JSON.stringify(body.parameters) === JSON.stringify(stack.parameters) &&
    JSON.stringify(body.tags) === JSON.stringify(stack.tags);
  if (isSame && (input.RoleARN ?? stack.roleArn) === stack.roleArn && (input.StackPolicyBody ?? stack.policy) === stack.policy) {
    throw validationError('No updates are to be performed.');
  }
  const more = {
    capabilities: input.Capabilities ?? [],
    roleArn: input.RoleARN ?? stack.roleArn,
    notificationArns: input.NotificationARNs ?? stack.notificationArns,
    disableRollback: input.DisableRollback ?? false,
    policy: input.StackPolicyBody ?? stack.policy,
  };
  await beginUpdate(stack, body, more, call);
  return { StackId: stack.stackId };
}

async function remove(input: Timestamped<sdk.DeleteStackInput>, call: Call): Promise<object> {
  const stack = findStack(input.StackName ?? '', call, call);
  // Deleting what is not there succeeds.
  if (!stack || stack.status === 'DELETE_COMPLETE') {
    return {};
  }
  if (stack.terminationProtection) {
    throw validationError(`Stack [${stack.stackName}] cannot be deleted while TerminationProtection is enabled`);
  }
  if (input.RetainResources?.length && stack.status !== 'DELETE_FAILED' && !call.takesPlaceholders) {
    throw validationError(
      `Invalid operation on stack [${stack.stackId}]. RetainResources can only be used for stacks in the DELETE_FAILED state.`,
    );
  }
  const world = stackWorldOf(call);
  await world.abandon(stack.stackId);
  const exported = stack.outputs.flatMap((output) => output.exportName ?? []);
  const user = stacksOf(call, call).find(
    (other) => other.status !== 'DELETE_COMPLETE' && other.imports.some((name) => exported.includes(name)),
  );
  const current = requireStack(stack.stackId, call);
  if (user) {
    const name = exported.find((one) => user.imports.includes(one)) ?? '';
    setStatus(current, 'DELETE_FAILED', `Delete canceled. Cannot delete export ${name} as it is in use by ${user.stackName}.`, call);
    return {};
  }
  const changed = { ...current, roleArn: input.RoleARN ?? stack.roleArn, retained: input.RetainResources ?? [], principal: call.principal };
  setStatus(changed, 'DELETE_IN_PROGRESS', 'User Initiated', call);
  await world.launch(changed);
  return {};
}

/** What an action on one stack asks for. */
export const onStack =
  (action: string) =>
  (input: { StackName?: string; ChangeSetName?: string }, call: Call): Authorization[] => {
    const name = input.StackName ?? '';
    const known = findStack(name, call, call)?.stackId;
    return [
      {
        action: `cloudformation:${action}`,
        resource: known ?? (name.startsWith('arn:') ? name : `arn:aws:cloudformation:${call.region}:${call.account}:stack/${name}/*`),
      },
    ];
  };

export const stackOperations: Readonly<Record<string, Operation>> = {
  CreateStack: operation<sdk.CreateStackInput, sdk.CreateStackOutput>({ authorize: onStack('CreateStack'), handle: create }),
  UpdateStack: operation<sdk.UpdateStackInput, sdk.UpdateStackOutput>({ authorize: onStack('UpdateStack'), handle: update }),
  DeleteStack: operation<sdk.DeleteStackInput, object>({ authorize: onStack('DeleteStack'), handle: remove }),
  CancelUpdateStack: operation<sdk.CancelUpdateStackInput, object>({
    authorize: onStack('CancelUpdateStack'),
    handle: async (input, call) => {
      const stack = requireStack(input.StackName, call);
      if (stack.status !== 'UPDATE_IN_PROGRESS') {
        throw validationError(`CancelUpdateStack cannot be called from current stack status`);
      }
      await stackWorldOf(call).halt(stack.stackId, new Error('Update canceled by user.'));
      return {};
    },
  }),
  ContinueUpdateRollback: operation<sdk.ContinueUpdateRollbackInput, sdk.ContinueUpdateRollbackOutput>({
    authorize: onStack('ContinueUpdateRollback'),
    handle: async (input, call) => {
      const stack = requireStack(input.StackName, call);
      if (stack.status !== 'UPDATE_ROLLBACK_FAILED') {
        throw validationError(`Stack:${stack.stackId} is in ${stack.status} state and can not continue rollback.`);
      }
      const changed = setStatus({ ...stack, principal: call.principal }, 'UPDATE_ROLLBACK_IN_PROGRESS', 'User Initiated', call);
      await stackWorldOf(call).launch(changed);
      return {};
    },
  }),
  RollbackStack: operation<sdk.RollbackStackInput, sdk.RollbackStackOutput>({
    authorize: onStack('RollbackStack'),
    handle: async (input, call) => {
      const stack = requireStack(input.StackName, call);
      const isUpdate = stack.status === 'UPDATE_FAILED';
      if (!isUpdate && stack.status !== 'CREATE_FAILED') {
        throw validationError(`Stack:${stack.stackId} is in ${stack.status} state and can not be rolled back.`);
      }
      const changed = setStatus(stack, isUpdate ? 'UPDATE_ROLLBACK_IN_PROGRESS' : 'ROLLBACK_IN_PROGRESS', 'User Initiated', call);
      await stackWorldOf(call).launch(changed);
      return { StackId: stack.stackId };
    },
  }),
  UpdateTerminationProtection: operation<sdk.UpdateTerminationProtectionInput, sdk.UpdateTerminationProtectionOutput>({
    authorize: onStack('UpdateTerminationProtection'),
    handle: (input, call) => {
      const stack = requireStack(input.StackName, call);
      saveStack({ ...stack, terminationProtection: input.EnableTerminationProtection ?? false }, call);
      return { StackId: stack.stackId };
    },
  }),
  SetStackPolicy: operation<sdk.SetStackPolicyInput, object>({
    authorize: onStack('SetStackPolicy'),
    handle: (input, call) => {
      if (input.StackPolicyBody !== undefined && input.StackPolicyURL !== undefined) {
        throw validationError('You cannot specify both StackPolicyURL and StackPolicyBody');
      }
      if (input.StackPolicyURL !== undefined) {
        throw validationError('S3 error: Access Denied. The embedded endpoint has no S3: give the policy as StackPolicyBody.');
      }
      saveStack({ ...requireNamed(input.StackName, call), policy: input.StackPolicyBody }, call);
      return {};
    },
  }),
  GetStackPolicy: operation<sdk.GetStackPolicyInput, sdk.GetStackPolicyOutput>({
    authorize: onStack('GetStackPolicy'),
    handle: (input, call) => {
      const { policy } = requireNamed(input.StackName, call);
      return policy === undefined ? {} : { StackPolicyBody: policy };
    },
  }),
  SignalResource: operation<sdk.SignalResourceInput, object>({
    authorize: onStack('SignalResource'),
    handle: (input, call) => {
      const stack = requireStack(input.StackName, call);
      const name = input.LogicalResourceId ?? '';
      const sender = input.UniqueId ?? '';
      const known = stack.signals[name] ?? [];
      if (input.Status === 'SUCCESS' && !known.includes(sender)) {
        saveStack({ ...stack, signals: { ...stack.signals, [name]: [...known, sender] } }, call);
      }
      return {};
    },
  }),
};
