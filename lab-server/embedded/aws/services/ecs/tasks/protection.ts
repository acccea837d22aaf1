// Task protection: a service leaves protected tasks alone when it scales in or deploys (developer guide, "Protect your tasks from being terminated").
import type * as sdk from '@aws-sdk/client-ecs';
import { scopeKey } from '../../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../../service.ts';
import { tasksOf } from '../cluster-records.ts';
import { clientException, invalidParameter } from '../errors.ts';
import { idOf, requireCluster } from '../names.ts';
import { ecsTables, type Task } from '../state.ts';
import { worldOf } from '../world.ts';

const MINUTE_MS = 60_000;
const DEFAULT_MINUTES = 120;
const LONGEST_MINUTES = 2880;
const MAX_TASKS = 10;

interface Found {
  tasks: Task[];
  failures: sdk.Failure[];
}

/** Tasks of services among `references`; others are failures. */
function find(references: readonly string[], clusterReference: string | undefined, call: Call): Found {
  const cluster = requireCluster(clusterReference, call);
  const found: Found = { tasks: [], failures: [] };
  for (const reference of references) {
    const task = ecsTables(call.tables).tasks.get(scopeKey(call, cluster.clusterName ?? '', idOf(reference)));
    if (!task) {
      found.failures.push({ arn: reference, reason: 'MISSING' });
    } else if (!task.group?.startsWith('service:')) {
      found.failures.push({ arn: task.taskArn, reason: 'TASK_NOT_VALID', detail: 'Task protection is for tasks of services.' });
    } else {
      found.tasks.push(task);
    }
  }
  return found;
}

function shown(task: Task, now: number): Timestamped<sdk.ProtectedTask> {
  const until = task.protectedUntil;
  const isProtected = until !== undefined && until > now;
  return { taskArn: task.taskArn, protectionEnabled: isProtected, ...(isProtected ? { expirationDate: until } : {}) };
}

export const protectionOperations: Readonly<Record<string, Operation>> = {
  UpdateTaskProtection: operation<sdk.UpdateTaskProtectionRequest, sdk.UpdateTaskProtectionResponse>({
    handle: (input, call) => {
      const references = input.tasks ?? [];
      if (references.length < 1 || references.length > MAX_TASKS) {
        throw invalidParameter(`tasks must have between 1 and ${MAX_TASKS} items.`);
      }
      const minutes = input.expiresInMinutes ?? DEFAULT_MINUTES;
      if (minutes < 1 || minutes > LONGEST_MINUTES) {
        throw clientException(`expiresInMinutes must be between 1 and ${LONGEST_MINUTES}.`);
      }
      const now = call.clock.now();
      const { tasks, failures } = find(references, input.cluster, call);
      const changed = tasks.map((task) =>
        worldOf(call).protect(task.taskArn ?? '', input.protectionEnabled ? now + minutes * MINUTE_MS : undefined),
      );
      return { protectedTasks: changed.flatMap((task) => (task ? [shown(task, now)] : [])), failures };
    },
  }),
  GetTaskProtection: operation<sdk.GetTaskProtectionRequest, sdk.GetTaskProtectionResponse>({
    handle: (input, call) => {
      const references = input.tasks?.length
        ? input.tasks
        : tasksOf(requireCluster(input.cluster, call), call).flatMap((task) =>
            task.group?.startsWith('service:') ? (task.taskArn ?? []) : [],
          );
      const { tasks, failures } = find(references, input.cluster, call);
      return { protectedTasks: tasks.map((task) => shown(task, call.clock.now())), failures };
    },
  }),
};
