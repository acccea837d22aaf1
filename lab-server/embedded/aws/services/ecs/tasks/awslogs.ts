// The awslogs driver: a container's output becomes events of a log stream.
import type { ContainerLog, LogLine } from '../../../../runtime/runtime.ts';
import { appendEvents, createStream } from '../../logs/append.ts';
import { streamKey } from '../../logs/keys.ts';
import { logGroups, logStreams } from '../../logs/state.ts';
import { arn, scopeKey, type Scope } from '../../scope.ts';
import type { AwsContext } from '../../service.ts';
import type { ContainerDefinition } from '../state.ts';
import { TaskFailure } from './failure.ts';

/** Lines are sent together this long after the first of them, as the driver batches its uploads. */
const BATCH_MS = 100;

export interface LogTarget {
  scope: Scope;
  group: string;
  stream: string;
}

/**
 * The stream of a container, made if need be. Undefined with another driver. `checkAccess` throws when the task may not write there.
 * Throws TaskFailure when the group is missing.
 */
export function openLog(
  container: ContainerDefinition,
  taskId: string,
  context: AwsContext,
  scope: Scope,
  checkAccess: (target: LogTarget) => void,
): LogTarget | undefined {
  const { logDriver, options = {} } = container.logConfiguration ?? {};
  const group = options['awslogs-group'];
  if (logDriver !== 'awslogs' || group === undefined) {
    return undefined;
  }
  const target: LogTarget = {
    scope: { account: scope.account, region: options['awslogs-region'] ?? scope.region },
    group,
    stream: options['awslogs-stream-prefix'] ? `${options['awslogs-stream-prefix']}/${container.name ?? ''}/${taskId}` : taskId,
  };
  checkAccess(target);
  const groups = logGroups(context.tables);
  const groupKey = scopeKey(target.scope, group);
  if (!groups.has(groupKey)) {
    if (options['awslogs-create-group'] !== 'true') {
      throw new TaskFailure(
        'ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: operation error CloudWatch Logs: CreateLogStream, ResourceNotFoundException: The specified log group does not exist. : exit status 1',
      );
    }
    groups.put(groupKey, {
      logGroupName: group,
      arn: arn('logs', target.scope, `log-group:${group}`),
      creationTime: context.clock.now(),
      logGroupClass: 'STANDARD',
      tags: {},
    });
  }
  if (!logStreams(context.tables).has(streamKey(target.scope, group, target.stream))) {
    createStream(context, target.scope, group, target.stream);
  }
  return target;
}

/** Sends every line of `log` from now on, until the container ended; the last ones before it resolves. */
export async function sendLines(log: ContainerLog, target: LogTarget, context: AwsContext, signal: AbortSignal): Promise<void> {
  let waiting: LogLine[] = [];
  let timer: Disposable | undefined;
  const flush = (): void => {
    timer?.[Symbol.dispose]();
    timer = undefined;
    const events = waiting.map((line) => ({ timestamp: line.at, message: line.text }));
    waiting = [];
    if (events.length > 0) {
      appendEvents(context, target.scope, target.group, target.stream, events);
    }
  };
  for await (const line of log.follow(signal)) {
    waiting.push(line);
    timer ??= context.clock.schedule(BATCH_MS, flush);
  }
  if (signal.aborted) {
    timer?.[Symbol.dispose]();
    return;
  }
  flush();
}
