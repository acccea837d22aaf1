// Availability Zone rebalancing: a steady service whose tasks crowd in one zone starts one in the emptiest and then stops one in the fullest
// (developer guide, "Balancing an Amazon ECS service across Availability Zones").
import { ec2Tables } from '../../ec2/state.ts';
import { scopeKey } from '../../scope.ts';
import type { AwsContext } from '../../service.ts';
import type { Service, Task } from '../state.ts';
import { scopeOf } from '../tasks/record.ts';

/** Zones apart by this many tasks are out of balance. */
const IMBALANCE = 2;

/** The zones that a service's tasks may be in, when it keeps them in balance. */
export function zonesOf(context: Pick<AwsContext, 'tables'>, service: Service): string[] {
  const { availabilityZoneRebalancing, deploymentConfiguration, networkConfiguration, schedulingStrategy } = service;
  const mayExceed = (deploymentConfiguration?.maximumPercent ?? 200) > 100;
  if (availabilityZoneRebalancing !== 'ENABLED' || schedulingStrategy === 'DAEMON' || !mayExceed) {
    return [];
  }
  const scope = scopeOf(service.serviceArn ?? '');
  const zones = (networkConfiguration?.awsvpcConfiguration?.subnets ?? []).flatMap(
    (id) => ec2Tables(context.tables).subnets.get(scopeKey(scope, id))?.AvailabilityZone ?? [],
  );
  return [...new Set(zones)].toSorted();
}

interface Balance {
  isBalanced: boolean;
  counts: ReadonlyMap<string, number>;
}

export function balanceOf(zones: readonly string[], tasks: readonly Task[]): Balance {
  const counts = new Map(zones.map((zone) => [zone, 0]));
  for (const { availabilityZone = '' } of tasks) {
    counts.set(availabilityZone, (counts.get(availabilityZone) ?? 0) + 1);
  }
  const numbers = [...counts.values()];
  return { isBalanced: zones.length < 2 || Math.max(...numbers) - Math.min(...numbers) < IMBALANCE, counts };
}

/** For each task of `order`, how many of `own` its zone has when those of its zone that come before it are stopped. */
export function crowdsInTurn(order: readonly Task[], own: readonly Task[]): ReadonlyMap<Task, number> {
  const left = new Map(balanceOf([], own).counts);
  return new Map(
    order.map((task) => {
      const { availabilityZone = '' } = task;
      const crowd = left.get(availabilityZone) ?? 0;
      left.set(availabilityZone, crowd - 1);
      return [task, crowd];
    }),
  );
}

/** `is not AZ balanced with 3 tasks in us-east-1a, 1 tasks in us-east-1b. AZ Rebalancing in progress.` */
export function balanceText({ isBalanced, counts }: Balance): string {
  const parts = [...counts].map(([zone, count]) => `${count} tasks in ${zone}`).join(', ');
  return isBalanced ? `is AZ balanced with ${parts}.` : `is not AZ balanced with ${parts}. AZ Rebalancing in progress.`;
}
