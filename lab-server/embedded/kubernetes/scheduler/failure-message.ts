// Why a pod could not be placed, in the scheduler's own words.
import type { Refusal } from './plugins/plugin.ts';

/** `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint(s).` */
export function fitErrorMessage(nodeCount: number, refusals: Iterable<Refusal>): string {
  const counts = new Map<string, number>();
  for (const { reasons } of refusals) {
    for (const reason of reasons) {
      counts.set(reason, (counts.get(reason) ?? 0) + 1);
    }
  }
  const parts = [...counts].map(([reason, count]) => `${count} ${reason}`).toSorted();
  return `0/${nodeCount} nodes are available: ${parts.join(', ')}.`;
}

/** The whole text of the event and of the PodScheduled condition. */
export function unschedulableMessage(
  nodeCount: number,
  outcome: { refusals: ReadonlyMap<string, Refusal>; everywhere?: string },
  preemption: string | undefined,
): string {
  if (nodeCount === 0) {
    return 'no nodes available to schedule pods';
  }
  if (outcome.everywhere !== undefined) {
    return `0/${nodeCount} nodes are available: ${outcome.everywhere}. not found`;
  }
  const fit = fitErrorMessage(nodeCount, outcome.refusals.values());
  return preemption === undefined ? fit : `${fit} no new claims to deallocate, preemption: ${preemption}`;
}
