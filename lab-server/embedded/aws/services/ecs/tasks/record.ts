// A task's record: its key, its states in their order, and the changes that its life makes to it.
import { parseArn, scopeKey, type Scope } from '../../scope.ts';
import type { AwsContext } from '../../service.ts';
import { ecsTables, type Container, type Task } from '../state.ts';

/** The states of a task's life in their order (developer guide, "Task lifecycle"). */
export const STATES = [
  'PROVISIONING',
  'PENDING',
  'ACTIVATING',
  'RUNNING',
  'DEACTIVATING',
  'STOPPING',
  'DEPROVISIONING',
  'STOPPED',
] as const;
export type TaskState = (typeof STATES)[number];

export function rankOf(state: string | undefined): number {
  return STATES.indexOf(state as TaskState);
}

/** Where the record of `arn:aws:ecs:REGION:ACCOUNT:task/CLUSTER/ID` is. */
export function taskKey(taskArn: string): string {
  const parsed = parseArn(taskArn);
  return scopeKey(parsed ?? { account: '', region: '' }, (parsed?.resource ?? '').replace(/^task\//, ''));
}

export function scopeOf(arn: string): Scope {
  const parsed = parseArn(arn);
  return { account: parsed?.account ?? '', region: parsed?.region ?? '' };
}

export function idOfTask(task: Task): string {
  return task.taskArn?.split('/').at(-1) ?? '';
}

export function readTask(context: Pick<AwsContext, 'tables'>, taskArn: string): Task | undefined {
  return ecsTables(context.tables).tasks.get(taskKey(taskArn));
}

/** The record as answers show it. */
export function shownTask(task: Task, include: readonly string[] = []): Task {
  const { network: _network, protectedUntil: _protectedUntil, targetHealth: _target, failedTarget: _failed, tags, ...shown } = task;
  return { ...shown, tags: include.includes('TAGS') ? (tags ?? []) : [] };
}

export function withContainer(task: Task, name: string, change: Partial<Container>): Task {
  return { ...task, containers: task.containers?.map((one) => (one.name === name ? { ...one, ...change } : one)) };
}

/** A task is as healthy as its essential containers that have a health check. */
export function healthOf(task: Task, checked: ReadonlySet<string>): 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN' {
  const states = (task.containers ?? []).filter((one) => checked.has(one.name ?? '')).map((one) => one.healthStatus ?? 'UNKNOWN');
  if (states.includes('UNHEALTHY')) {
    return 'UNHEALTHY';
  }
  return states.length > 0 && states.every((state) => state === 'HEALTHY') ? 'HEALTHY' : 'UNKNOWN';
}
