// How far a rolling update may go at once: surge and unavailability, absolute or as a percentage of the replicas.
import type { Deployment } from '../../types.ts';
import { scaledValue } from '../../values/int-or-string.ts';

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
  const maxSurge = scaledValue(surge, replicas, 'up') ?? 0;
  let maxUnavailable = scaledValue(unavailable, replicas, 'down') ?? 0;
  if (maxSurge === 0 && maxUnavailable === 0) {
    maxUnavailable = 1;
  }
  return { replicas, maxSurge, maxUnavailable: Math.min(maxUnavailable, replicas) };
}
