// A task set's record, and its counts as its tasks are.
import { scopeKey } from '../../scope.ts';
import type { AwsContext } from '../../service.ts';
import { ecsTables, type Service, type Task, type TaskSet } from '../state.ts';
import { scopeOf } from '../tasks/record.ts';

type Tables = Pick<AwsContext, 'tables'>;

/** Where the record of `arn:aws:ecs:REGION:ACCOUNT:task-set/CLUSTER/SERVICE/ID` is. */
function keyOf(taskSetArn: string): string {
  return scopeKey(scopeOf(taskSetArn), taskSetArn.replace(/^.*:task-set\//, ''));
}

/** In the order of their making. */
export function taskSetsOf(context: Tables, service: Service): TaskSet[] {
  const path = (service.serviceArn ?? '').replace(/^.*:service\//, '');
  return ecsTables(context.tables)
    .taskSets.list(`${scopeKey(scopeOf(service.serviceArn ?? ''), path)}/`)
    .toSorted((left, right) => (left.createdAt ?? 0) - (right.createdAt ?? 0));
}

export function saveTaskSet(context: Tables, set: TaskSet): void {
  ecsTables(context.tables).taskSets.put(keyOf(set.taskSetArn ?? ''), set);
}

export function forgetTaskSet(context: Tables, set: TaskSet): void {
  ecsTables(context.tables).taskSets.delete(keyOf(set.taskSetArn ?? ''));
}

/** Sets with the counts of this moment; a set is steady when exactly its tasks run. `now` dates a change of that. */
export function countedSets(sets: readonly TaskSet[], service: Service, tasks: readonly Task[], now?: number): TaskSet[] {
  return sets.map((set) => {
    const own = tasks.filter((task) => task.startedBy === set.id && task.desiredStatus === 'RUNNING');
    const running = own.filter((task) => task.lastStatus === 'RUNNING').length;
    const isActive = service.status === 'ACTIVE' && set.status !== 'DRAINING';
    const wanted = isActive ? Math.ceil(((service.desiredCount ?? 0) * (set.scale?.value ?? 0)) / 100) : 0;
    const stabilityStatus = own.length === wanted && running === wanted ? ('STEADY_STATE' as const) : ('STABILIZING' as const);
    return {
      ...set,
      computedDesiredCount: wanted,
      runningCount: running,
      pendingCount: own.length - running,
      stabilityStatus,
      ...(stabilityStatus === set.stabilityStatus || now === undefined ? {} : { stabilityStatusAt: now, updatedAt: now }),
    };
  });
}
