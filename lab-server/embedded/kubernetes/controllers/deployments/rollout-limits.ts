// How far a rolling update may go at once: surge and unavailability, absolute or as a percentage of the replicas.
import type { Deployment } from '../../types.ts';

export type DeploymentSpec = NonNullable<Deployment['spec']>;

export interface RolloutLimits {
  replicas: number;
  maxSurge: number;
  maxUnavailable: number;
}

/** Surge rounds up, unavailability down; both zero becomes one unavailable, or nothing could ever move. */
export function rolloutLimits(spec: DeploymentSpec): RolloutLimits {
  const replicas = spec.replicas ?? 1;
  if (spec.strategy?.type === 'Recreate') {
    return { replicas, maxSurge: 0, maxUnavailable: 0 };
  }
  const { maxSurge: surge = '25%', maxUnavailable: unavailable = '25%' } = spec.strategy?.rollingUpdate ?? {};
  const maxSurge = resolve(surge, replicas, Math.ceil);
  let maxUnavailable = resolve(unavailable, replicas, Math.floor);
  if (maxSurge === 0 && maxUnavailable === 0) {
    maxUnavailable = 1;
  }
  return { replicas, maxSurge, maxUnavailable: Math.min(maxUnavailable, replicas) };
}

/** `30%` of `total`, or the number itself. */
export function resolve(value: number | string, total: number, round: (value: number) => number): number {
  if (typeof value === 'number') {
    return value;
  }
  return value.endsWith('%') ? round((Number.parseInt(value, 10) * total) / 100) : Number.parseInt(value, 10);
}
