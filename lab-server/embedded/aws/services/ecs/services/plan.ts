// What a service's tasks should become next: a function from what is there to what to start and stop (developer guide, "Rolling update").
import type { Service, Task } from '../state.ts';
import { isAlive, isHealthy, isRunning, primaryOf } from './record.ts';

export interface Plan {
  /** Tasks of the primary deployment to start. */
  start: number;
  stop: { task: Task; reason: string; isUnhealthy?: true }[];
}

/** `now` tells whether a task is still protected: such a one is never one too many, only stopped when it is unhealthy. */
export function planService(service: Service, tasks: readonly Task[], now: number): Plan {
  const desired = service.status === 'ACTIVE' ? (service.desiredCount ?? 0) : 0;
  const primary = primaryOf(service);
  const { maximumPercent = 200, minimumHealthyPercent = 100 } = service.deploymentConfiguration ?? {};
  const most = Math.floor((desired * maximumPercent) / 100);
  const least = Math.ceil((desired * minimumHealthyPercent) / 100);
  const alive = tasks.filter(isAlive);
  const unhealthy = alive.filter((task) => isRunning(task) && task.healthStatus === 'UNHEALTHY');
  const kept = alive.filter((task) => !unhealthy.includes(task));
  const isFree = (task: Task): boolean => (task.protectedUntil ?? 0) <= now;
  const own = kept.filter((task) => task.startedBy === primary?.id);
  const old = kept.filter((task) => task.startedBy !== primary?.id);
  const scaling = `Scaling activity initiated by (deployment ${primary?.id ?? ''})`;
  const surplus = surplusOf(own.filter(isFree), own.length - desired);
  // Old tasks that do nothing useful go at once; healthy ones only as long as enough healthy ones are left.
  const healthy = kept.filter(isHealthy).filter((task) => !surplus.includes(task));
  const idle = old.filter((task) => !isHealthy(task) && isFree(task));
  const spare = Math.max(0, healthy.length - least);
  const replaced = oldestFirst(old.filter((task) => isHealthy(task) && isFree(task))).slice(0, spare);
  const isFailed = primary?.rolloutState === 'FAILED';
  const room = most - (alive.length - unhealthy.length);
  return {
    start: isFailed ? 0 : Math.max(0, Math.min(desired - own.length, room)),
    stop: [
      ...unhealthy.map((task) => ({ task, reason: 'Task failed container health checks', isUnhealthy: true as const })),
      ...[...surplus, ...(isFailed ? [] : [...idle, ...replaced])].map((task) => ({ task, reason: scaling })),
    ],
  };
}

/** Tasks that are one too many: those that do not run yet first, then the newest. */
function surplusOf(tasks: readonly Task[], count: number): Task[] {
  const order = tasks.toSorted(
    (left, right) => Number(isRunning(left)) - Number(isRunning(right)) || (right.createdAt ?? 0) - (left.createdAt ?? 0),
  );
  return order.slice(0, Math.max(0, count));
}

function oldestFirst(tasks: readonly Task[]): Task[] {
  return tasks.toSorted((left, right) => (left.createdAt ?? 0) - (right.createdAt ?? 0));
}

/** Failed tasks after which the circuit breaker opens: half of the desired count, at least 3 and at most 200. */
export function breakerThreshold(desiredCount: number): number {
  return Math.min(200, Math.max(3, Math.ceil(desiredCount / 2)));
}
