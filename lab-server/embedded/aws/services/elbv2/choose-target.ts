// Which target serves next: weights of groups, stickiness, and turns among the healthy targets of a group.
import type { AwsContext } from '../service.ts';
import { elbTables, keyOf, targetKey, targetsOf, type Action, type Target, type TargetGroup } from './state.ts';
import { stateOf } from './target-state.ts';
import type { ElbWorld } from './world.ts';

/** Next turn of each group. Order is all that matters, so it need not survive anything. */
const turns = new WeakMap<ElbWorld, Map<string, number>>();

function turn(world: ElbWorld, key: string): number {
  const own = turns.get(world) ?? new Map<string, number>();
  turns.set(world, own);
  const number = own.get(key) ?? 0;
  own.set(key, number + 1);
  return number;
}

export function findGroup(context: Pick<AwsContext, 'tables'>, groupArn: string): TargetGroup | undefined {
  return elbTables(context.tables).targetGroups.get(keyOf(groupArn));
}

/** The group that a forward action sends this request to: by turns that follow the weights. Undefined when all weights are zero. */
export function chooseGroup(action: Action, world: ElbWorld): string | undefined {
  const groups = (action.ForwardConfig?.TargetGroups ?? []).map((one) => ({ arn: one.TargetGroupArn ?? '', weight: one.Weight ?? 1 }));
  if (groups.length === 0) {
    return action.TargetGroupArn;
  }
  const total = groups.reduce((sum, one) => sum + one.weight, 0);
  if (total === 0) {
    return undefined;
  }
  // Spread evenly: turn n falls to the group that is furthest behind its share.
  const number = turn(world, groups.map((one) => `${one.arn}=${one.weight}`).join(' ')) % total;
  const given = new Map<string, number>();
  let chosen = groups[0];
  for (let step = 0; step <= number; step += 1) {
    chosen = groups.reduce((best, one) => (behind(one, step) > behind(best, step) ? one : best));
    given.set(chosen.arn, (given.get(chosen.arn) ?? 0) + 1);
  }
  return chosen?.arn;

  function behind(one: { arn: string; weight: number }, step: number): number {
    return (one.weight * (step + 1)) / total - (given.get(one.arn) ?? 0);
  }
}

/** Targets that take requests: the healthy ones, or every one that is registered while none is healthy ("fail open"). */
export function servingTargets(context: AwsContext, group: TargetGroup): Target[] {
  const registered = targetsOf(context.tables, group.TargetGroupArn ?? '').map((target) => ({
    target,
    state: stateOf(context, group, target).State,
  }));
  const healthy = registered.filter((one) => one.state === 'healthy' || one.state === 'unavailable');
  const rest = registered.filter((one) => one.state === 'unhealthy' || one.state === 'initial');
  return (healthy.length > 0 ? healthy : rest).map((one) => one.target);
}

/** The next target of a group by its algorithm. */
export function chooseTarget(context: AwsContext, world: ElbWorld, group: TargetGroup): Target | undefined {
  const serving = servingTargets(context, group);
  if (serving.length === 0) {
    return undefined;
  }
  const start = turn(world, group.TargetGroupArn ?? '') % serving.length;
  const inTurn = [...serving.slice(start), ...serving.slice(0, start)];
  if (group.attributes['load_balancing.algorithm.type'] !== 'least_outstanding_requests') {
    return inTurn[0];
  }
  const load = (target: Target): number => world.inFlight.count(targetKey(target.groupArn, target.id, target.port));
  return inTurn.reduce((best, one) => (load(one) < load(best) ? one : best));
}
