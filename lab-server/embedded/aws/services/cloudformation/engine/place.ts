// The place of a resource in its stack: the services as the stack may use them, names, and waiting.
import { randomBytes } from 'node:crypto';
import { AwsError } from '../../../gateway/errors.ts';
import { assumeForService } from '../../iam/service-roles.ts';
import type { AwsContext } from '../../service.ts';
import { inputOf } from '../api-input.ts';
import type { Place } from '../resource-types/type.ts';
import type { Stack } from '../state.ts';
import { readStack, setResource } from './records.ts';
import { textOf } from '../text-of.ts';

const SUFFIX_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const SUFFIX = 12;
const LONGEST_NAME = 255;

/** Calls to services as the stack makes them: with its role, or as whoever asked for the stack. */
export function apiOf(stack: Stack, context: AwsContext): Place['api'] {
  return async (service, operation, properties) => {
    const principal =
      stack.roleArn === undefined
        ? stack.principal
        : assumeForService(stack.roleArn, 'cloudformation.amazonaws.com', 'AWSCloudFormation', context);
    return context.call(service, operation, inputOf(service, operation, properties), { principal, region: stack.region });
  };
}

export interface Waiting {
  signal: AbortSignal;
  /** Called when the stack has to wait for something. */
  onWait(): void;
}

export function placeOf(stack: Stack, logicalId: string, context: AwsContext, waiting: Waiting): Place {
  return {
    stackName: stack.stackName,
    stackId: stack.stackId,
    logicalId,
    account: stack.account,
    region: stack.region,
    context,
    tags: stack.tags,
    api: apiOf(stack, context),
    name: (longest = LONGEST_NAME) => physicalName(stack.stackName, logicalId, longest),
    until: (condition) => untilHolds(condition, context, waiting),
    sleep: (milliseconds) => {
      waiting.onWait();
      return context.clock.sleep(milliseconds, waiting.signal);
    },
    identify: (physicalId) => {
      const current = readStack(stack, stack.stackId, context);
      const record = current.resources[logicalId];
      if (record?.status === 'CREATE_IN_PROGRESS') {
        setResource(current, { ...record, physicalId }, context, true);
      }
    },
    signals: () => readStack(stack, stack.stackId, context).signals[logicalId] ?? [],
  };
}

/** `stack-Logical-1A2B3C4D5E6F`; the first two parts give way when there is little room. */
function physicalName(stackName: string, logicalId: string, longest: number): string {
  const suffix = [...randomBytes(SUFFIX)].map((byte) => SUFFIX_CHARACTERS[byte % SUFFIX_CHARACTERS.length]).join('');
  const full = `${stackName}-${logicalId}-${suffix}`;
  if (full.length <= longest) {
    return full;
  }
  const room = longest - SUFFIX - 2;
  const first = Math.min(stackName.length, Math.max(Math.floor(room / 2), room - logicalId.length));
  return `${stackName.slice(0, first)}-${logicalId.slice(0, room - first)}-${suffix}`.replace(/--+/g, '-');
}

/** Asks again after each change of the endpoint's records; nothing polls. */
async function untilHolds(condition: () => boolean | Promise<boolean>, context: AwsContext, waiting: Waiting): Promise<void> {
  const { signal } = waiting;
  for (;;) {
    signal.throwIfAborted();
    const changed = Promise.withResolvers<void>();
    // It may be rejected while the condition is looked at, when nobody waits for it yet.
    changed.promise.catch(() => undefined);
    using _listening = context.tables.onWrite(() => changed.resolve());
    const halt = (): void => changed.reject(signal.reason as Error);
    signal.addEventListener('abort', halt, { once: true });
    try {
      if (await condition()) {
        return;
      }
      waiting.onWait();
      await changed.promise;
    } finally {
      signal.removeEventListener('abort', halt);
    }
  }
}

/** Waits for the next change of the endpoint's records, `limitMs` at most. */
export async function nextChange(context: AwsContext, waiting: Waiting, limitMs: number): Promise<void> {
  waiting.onWait();
  const changed = Promise.withResolvers<void>();
  using _listening = context.tables.onWrite(() => changed.resolve());
  const ended = new AbortController();
  const limit = context.clock.sleep(limitMs, AbortSignal.any([waiting.signal, ended.signal]));
  try {
    await Promise.race([changed.promise, limit]);
  } finally {
    ended.abort();
    limit.catch(() => undefined);
  }
}

/** Whether a deletion failed because something still stands in its way, which may go soon. */
export function isInTheWay(error: unknown): boolean {
  return (
    error instanceof AwsError &&
    /Dependency|InUse|has dependencies|in use|ScalingActivityInProgress|ClusterContains/i.test(`${error.code} ${error.message}`)
  );
}

/** What went wrong with a resource, as events tell it. */
export function reasonOf(error: unknown, type: string): string {
  if (!(error instanceof AwsError)) {
    return error instanceof Error ? error.message : textOf(error);
  }
  if (error.code === 'ValidationError' || error.message.startsWith('Resource handler returned message')) {
    return error.message;
  }
  const service = type.split('::')[1] ?? '';
  const handler = /NotFound|NoSuch|does not exist/i.test(`${error.code} ${error.message}`)
    ? 'NotFound'
    : /AccessDenied|Unauthorized/.test(error.code)
      ? 'AccessDenied'
      : /AlreadyExists|EntityAlreadyExists/.test(error.code)
        ? 'AlreadyExists'
        : 'InvalidRequest';
  return `Resource handler returned message: "${error.message} (Service: ${service}, Status Code: ${error.status ?? 400})" (HandlerErrorCode: ${handler})`;
}
