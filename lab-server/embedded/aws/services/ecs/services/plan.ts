// What a service's tasks should become next: a function from what is there to what to start and stop (developer guide, "Rolling update").
import type { Rollout, Service, Task } from '../state.ts';
import { primaryOf } from './record.ts';
import { isAlive, isHealthy, isRunning } from './task-condition.ts';
import { wantedTasks } from './rollout.ts';
import { balanceOf, crowdsInTurn } from './zone-balance.ts';

export interface Plan {
  /** How many tasks of which deployment or task set to start. */
  start: { id: string; count: number }[];
  stop: { task: Task; reason: string; isUnhealthy?: true }[];
}

/** `zones`: those to keep in balance, if any. `now` tells whether a task is still protected: such a one is never one too many, only stopped when it is unhealthy. */
export function planService(service: Service, tasks: readonly Task[], now: number, zones: readonly string[] = []): Plan {
  const rollout = service.status === 'ACTIVE' ? service.memory?.rollout : undefined;
  const alive = tasks.filter(isAlive);
  const unhealthy = alive.filter((task) => failedCheck(service, task, now) !== undefined);
  const kept = alive.filter((task) => !unhealthy.includes(task));
  const plan = rollout ? planStaged(service, rollout, kept, now) : planRolling(service, kept, now, zones);
  return {
    start: plan.start.filter(({ count }) => count > 0),
    stop: [...unhealthy.map((task) => ({ task, reason: failedCheck(service, task, now) ?? '', isUnhealthy: true as const })), ...plan.stop],
  };
}

const CONTAINER_CHECKS = 'Task failed container health checks';
const TARGET_CHECKS = 'Task failed ELB health checks in';

/** Whether a task was stopped because checks of it failed. */
export function isFailedCheck(stoppedReason: string | undefined): boolean {
  return stoppedReason === CONTAINER_CHECKS || (stoppedReason?.startsWith(TARGET_CHECKS) ?? false);
}

/** Why a running task is to be replaced. What load balancers find counts only after the service's grace period. */
function failedCheck(service: Service, task: Task, now: number): string | undefined {
  if (!isRunning(task)) {
    return undefined;
  }
  if (task.healthStatus === 'UNHEALTHY') {
    return CONTAINER_CHECKS;
  }
  const graceMs = (service.healthCheckGracePeriodSeconds ?? 0) * 1000;
  return task.targetHealth === 'UNHEALTHY' && now - (task.startedAt ?? now) >= graceMs
    ? `${TARGET_CHECKS} (target-group ${task.failedTarget?.groupArn ?? ''})`
    : undefined;
}

function planRolling(service: Service, kept: readonly Task[], now: number, zones: readonly string[]): Plan {
  const desired = service.status === 'ACTIVE' ? (service.desiredCount ?? 0) : 0;
  const primary = primaryOf(service);
  const { maximumPercent = 200, minimumHealthyPercent = 100 } = service.deploymentConfiguration ?? {};
  const most = Math.floor((desired * maximumPercent) / 100);
  const least = Math.ceil((desired * minimumHealthyPercent) / 100);
  const isFree = (task: Task): boolean => (task.protectedUntil ?? 0) <= now;
  const own = kept.filter((task) => task.startedBy === primary?.id);
  const old = kept.filter((task) => task.startedBy !== primary?.id);
  const balance = balanceOf(zones, own);
  // One more task than wanted stands in the emptiest zone before one of the fullest goes; it must run by then.
  const isMoving = zones.length > 1 && old.length === 0 && own.length > desired && !own.every(isHealthy);
  const surplus = isMoving ? [] : surplusOf(own.filter(isFree), own.length - desired, own);
  const isSettled = old.length === 0 && own.length === desired && own.every(isHealthy);
  const extra = isSettled && !balance.isBalanced ? 1 : 0;
  // Old tasks that do nothing useful go at once; healthy ones only as long as enough healthy ones are left.
  const healthy = kept.filter(isHealthy).filter((task) => !surplus.includes(task));
  const idle = old.filter((task) => !isHealthy(task) && isFree(task));
  const spare = Math.max(0, healthy.length - least);
  const replaced = oldestFirst(old.filter((task) => isHealthy(task) && isFree(task))).slice(0, spare);
  const isFailed = primary?.rolloutState === 'FAILED';
  const room = most - kept.length;
  return {
    start: [{ id: primary?.id ?? '', count: isFailed ? 0 : Math.min(desired - own.length + extra, room) }],
    stop: [...surplus, ...(isFailed ? [] : [...idle, ...replaced])].map((task) => ({ task, reason: scaling(primary?.id) })),
  };
}

/** Old and new tasks stand side by side until the clean-up; only then the old ones go. */
function planStaged(service: Service, rollout: Rollout, kept: readonly Task[], now: number): Plan {
  const plan: Plan = { start: [], stop: [] };
  const ids = new Set([rollout.deploymentId, rollout.sourceId, ...kept.map((task) => task.startedBy ?? '')]);
  for (const id of ids) {
    const own = kept.filter((task) => task.startedBy === id);
    const wanted = wantedTasks(service, rollout, id);
    const free = own.filter((task) => (task.protectedUntil ?? 0) <= now);
    plan.start.push({ id, count: wanted - own.length });
    plan.stop.push(...surplusOf(free, own.length - wanted, own).map((task) => ({ task, reason: scaling(id) })));
  }
  return plan;
}

/** The same for a service whose task sets an outside controller makes: each set has a share of the desired count. */
export function planTaskSets(sets: readonly { id?: string; computedDesiredCount?: number }[], tasks: readonly Task[]): Plan {
  const alive = tasks.filter(isAlive);
  const plan: Plan = { start: [], stop: [] };
  for (const { id = '', computedDesiredCount = 0 } of sets) {
    const own = alive.filter((task) => task.startedBy === id);
    plan.start.push({ id, count: computedDesiredCount - own.length });
    plan.stop.push(...surplusOf(own, own.length - computedDesiredCount, own).map((task) => ({ task, reason: scaling(id) })));
  }
  const orphans = alive.filter((task) => !sets.some((set) => set.id === task.startedBy));
  plan.stop.push(...orphans.map((task) => ({ task, reason: scaling(task.startedBy) })));
  return { start: plan.start.filter(({ count }) => count > 0), stop: plan.stop };
}

function scaling(id: string | undefined): string {
  return `Scaling activity initiated by (deployment ${id ?? ''})`;
}

/** `count` of `tasks` that are too many among `own`: those that do not run yet first, then of the fullest zone at each stop, then the newest. */
function surplusOf(tasks: readonly Task[], count: number, own: readonly Task[]): Task[] {
  const waitingFirst = (left: Task, right: Task): number => Number(isRunning(left)) - Number(isRunning(right));
  const order = tasks.toSorted((left, right) => waitingFirst(left, right) || (right.createdAt ?? 0) - (left.createdAt ?? 0));
  const crowds = crowdsInTurn(order, own);
  return order
    .toSorted((left, right) => waitingFirst(left, right) || (crowds.get(right) ?? 0) - (crowds.get(left) ?? 0))
    .slice(0, Math.max(0, count));
}

function oldestFirst(tasks: readonly Task[]): Task[] {
  return tasks.toSorted((left, right) => (left.createdAt ?? 0) - (right.createdAt ?? 0));
}

/** Failed tasks after which the circuit breaker opens: by default half of the desired count, at least 3 and at most 200. */
export function failureThreshold({ desiredCount = 0, deploymentConfiguration }: Service): number {
  const { type, value = 50 } = deploymentConfiguration?.deploymentCircuitBreaker?.thresholdConfiguration ?? {};
  if (type === 'COUNT') {
    return value;
  }
  const share = Math.ceil((desiredCount * value) / 100);
  return type === 'UNBOUNDED_PERCENT' ? Math.max(1, share) : Math.min(200, Math.max(3, share));
}
