// The arithmetic of deployments over their replica sets: pure functions from observed sizes to wanted sizes.
import type { RolloutLimits } from './rollout-limits.ts';

/** What the arithmetic needs of a replica set. */
export interface Sized {
  name: string;
  /** Milliseconds since the epoch. */
  createdAt: number;
  /** spec.replicas */
  replicas: number;
  /** status.availableReplicas */
  available: number;
  /** The annotation deployment.kubernetes.io/max-replicas: replicas and surge when it was last scaled. */
  maxReplicas: number | undefined;
}

/** Wanted sizes by replica set name; sets that stay as they are do not appear. */
export type Resizing = Map<string, number>;

/** The size of the new replica set in a rolling update: as far up as the surge allows. */
export function newReplicaSetSize(newSet: Sized, all: readonly Sized[], limits: RolloutLimits): number {
  if (newSet.replicas > limits.replicas) {
    return limits.replicas;
  }
  const room = limits.replicas + limits.maxSurge - total(all);
  return room <= 0 ? newSet.replicas : newSet.replicas + Math.min(room, limits.replicas - newSet.replicas);
}

/** Sizes of the old replica sets: first without what is not available anyway, then as far down as availability allows. */
export function shrinkOld(old: readonly Sized[], newSet: Sized, limits: RolloutLimits): Resizing {
  const resizing: Resizing = new Map();
  const active = byCreation(old.filter(({ replicas }) => replicas > 0));
  const minAvailable = limits.replicas - limits.maxUnavailable;
  const all = [...active, newSet];
  let unhealthyBudget = total(all) - minAvailable - (newSet.replicas - newSet.available);
  if (unhealthyBudget <= 0) {
    return resizing;
  }
  const sizes = new Map(active.map((set) => [set.name, set.replicas]));
  for (const set of active) {
    const drop = Math.min(unhealthyBudget, Math.max(0, set.replicas - set.available));
    sizes.set(set.name, set.replicas - drop);
    unhealthyBudget -= drop;
  }
  let budget = all.reduce((sum, set) => sum + set.available, 0) - minAvailable;
  for (const set of active) {
    const size = sizes.get(set.name) ?? 0;
    const drop = Math.min(Math.max(0, budget), size);
    sizes.set(set.name, size - drop);
    budget -= drop;
  }
  for (const set of active) {
    const size = sizes.get(set.name);
    if (size !== undefined && size !== set.replicas) {
      resizing.set(set.name, size);
    }
  }
  return resizing;
}

/** Spreads a change of the deployment's size over several active replica sets, each by its share, the rest to the largest. */
export function spreadProportionally(active: readonly Sized[], limits: RolloutLimits, currentTotal: number): Resizing {
  const resizing: Resizing = new Map();
  const allowed = limits.replicas > 0 ? limits.replicas + limits.maxSurge : 0;
  const change = allowed - total(active);
  const order = change > 0 ? bySize(active, newestFirst) : bySize(active, oldestFirst);
  let given = 0;
  for (const set of order) {
    const share = change === 0 ? 0 : proportion(set, limits, currentTotal, change, given);
    given += share;
    resizing.set(set.name, set.replicas + share);
  }
  const [largest] = order;
  if (largest && change !== 0) {
    resizing.set(largest.name, Math.max(0, (resizing.get(largest.name) ?? 0) + change - given));
  }
  return resizing;
}

function proportion(set: Sized, limits: RolloutLimits, currentTotal: number, change: number, given: number): number {
  if (set.replicas === 0 || change === given) {
    return 0;
  }
  const share = fraction(set, limits, currentTotal);
  const left = change - given;
  return change > 0 ? Math.min(share, left) : Math.max(share, left);
}

function fraction(set: Sized, limits: RolloutLimits, currentTotal: number): number {
  if (limits.replicas === 0) {
    return -set.replicas;
  }
  const before = set.maxReplicas !== undefined && set.maxReplicas > 0 ? set.maxReplicas : currentTotal;
  if (before === 0) {
    return 0;
  }
  return Math.round((set.replicas * (limits.replicas + limits.maxSurge)) / before) - set.replicas;
}

export function total(sets: readonly Sized[]): number {
  return sets.reduce((sum, { replicas }) => sum + replicas, 0);
}

function byCreation(sets: readonly Sized[]): Sized[] {
  return sets.toSorted(oldestFirst);
}

function bySize(sets: readonly Sized[], then: (a: Sized, b: Sized) => number): Sized[] {
  return sets.toSorted((a, b) => b.replicas - a.replicas || then(a, b));
}

function oldestFirst(a: Sized, b: Sized): number {
  return a.createdAt - b.createdAt || (a.name < b.name ? -1 : 1);
}

function newestFirst(a: Sized, b: Sized): number {
  return b.createdAt - a.createdAt || (a.name < b.name ? -1 : 1);
}
