// Whether a task of a service counts: alive, running, healthy.
import type { Task } from '../state.ts';

/** A task that shall run: it counts for its service until it is told to stop. */
export function isAlive(task: Task): boolean {
  return task.desiredStatus === 'RUNNING';
}

export function isRunning(task: Task): boolean {
  return task.lastStatus === 'RUNNING' && isAlive(task);
}

/** A running task whose health checks, if it has some, pass. */
export function isHealthy(task: Task): boolean {
  const isChecked = task.containers?.some((container) => container.healthStatus !== undefined) ?? false;
  const isServing = task.targetHealth === undefined || task.targetHealth === 'HEALTHY';
  return isRunning(task) && isServing && (!isChecked || task.healthStatus === 'HEALTHY');
}
