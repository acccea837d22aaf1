// Instance refresh: the instances of a group are replaced one after the other, the group never more than one below its capacity.
import { scopeKey, type Scope } from '../scope.ts';
import type { AwsContext } from '../service.ts';
import { groupTables, inGroup, type Refresh } from './state.ts';
import type { GroupWorld } from './world.ts';

/** An instance that is not in service after this is not waited for. */
const PATIENCE_MS = 600_000;

/** Replaces every instance that the group had at the start. Never rejects. */
export async function refreshGroup(context: AwsContext, world: GroupWorld, scope: Scope, name: string, refreshId: string): Promise<void> {
  const { groups, refreshes } = groupTables(context.tables);
  const find = (): [string, Refresh] | undefined =>
    refreshes.entries(inGroup(scope, name)).find(([, one]) => one.InstanceRefreshId === refreshId);
  const update = (change: Partial<Refresh>): boolean => {
    const found = find();
    if (!found || found[1].Status === 'Cancelled') {
      return false;
    }
    refreshes.put(found[0], { ...found[1], ...change });
    return true;
  };
  try {
    const begun = find()?.[1];
    const desired = begun?.DesiredConfiguration;
    // After a restart of the process it goes on with those that are older than the refresh.
    const all = groups.get(scopeKey(scope, name))?.instances ?? [];
    const old = all.filter((one) => one.launchedAt <= (begun?.StartTime ?? 0)).map((one) => one.InstanceId);
    if (desired?.LaunchTemplate) {
      const { LaunchTemplate } = desired;
      world.update(scope, name, (group) => ({ ...group, LaunchTemplate }));
    }
    for (const [index, id] of old.entries()) {
      const group = groups.get(scopeKey(scope, name));
      const instance = group?.instances.find((one) => one.InstanceId === id);
      if (
        !update({ Status: 'InProgress', PercentageComplete: Math.floor((index / old.length) * 100), InstancesToUpdate: old.length - index })
      ) {
        return;
      }
      if (group && instance) {
        await world.terminate(scope, group, [instance], 'An instance refresh replaces the instance.');
        await world.reconcile(scope, name);
        await inService(context, world, scope, name);
      }
    }
    update({ Status: 'Successful', PercentageComplete: 100, InstancesToUpdate: 0, EndTime: context.clock.now() });
  } catch (error) {
    update({ Status: 'Failed', StatusReason: error instanceof Error ? error.message : String(error), EndTime: context.clock.now() });
  }
}

/** Waits until the group has as many instances in service as it wants, or its patience is over. */
async function inService(context: AwsContext, world: GroupWorld, scope: Scope, name: string): Promise<void> {
  const until = context.clock.now() + PATIENCE_MS;
  while (context.clock.now() < until) {
    const group = groupTables(context.tables).groups.get(scopeKey(scope, name));
    if (!group || group.instances.filter((one) => one.LifecycleState === 'InService').length >= (group.DesiredCapacity ?? 0)) {
      return;
    }
    await world.nextChange(scope, name, until - context.clock.now());
  }
}
