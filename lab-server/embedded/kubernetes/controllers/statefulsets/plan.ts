// The next steps of a stateful set: which pods to create and delete now, in the order its policy asks for.
import type { Pod } from '../../types.ts';
import { isAvailable, isFinished, isReady, isTerminating } from '../pods/readiness.ts';
import { REVISION_LABEL } from './identity.ts';

export interface StatefulObservation {
  /** Pods by position: position 0 is the first ordinal. As many entries as replicas are wanted. */
  wanted: readonly (Pod | undefined)[];
  /** Pods beyond the wanted ordinals, highest ordinal first. */
  condemned: readonly Pod[];
  /** One at a time, each waiting for the one before. */
  isOrdered: boolean;
  minReadySeconds: number;
  /** The name of the revision that pods should have in the end. */
  updateRevision: string;
  /** Undefined: pods change only when someone deletes them (OnDelete). */
  rollingUpdate: { partition: number; maxUnavailable: number } | undefined;
}

export type StatefulStep =
  | { kind: 'create'; position: number }
  /** `why`: `update` deletes a pod to replace it by the new revision, `terminated` one that ended. */
  | { kind: 'delete'; pod: Pod; why: 'scale' | 'update' | 'terminated' };

export function planStatefulSet(observed: StatefulObservation, now: number): StatefulStep[] {
  const isHealthy = (pod: Pod) => !isTerminating(pod) && pod.status?.phase === 'Running' && isReady(pod);
  const isSettled = (pod: Pod) => isHealthy(pod) && isAvailable(pod, observed.minReadySeconds, now);
  const steps: StatefulStep[] = [];

  for (const [position, pod] of observed.wanted.entries()) {
    if (!pod) {
      steps.push({ kind: 'create', position });
    } else if (isFinished(pod)) {
      // Its successor comes when it is gone.
      if (!isTerminating(pod)) {
        steps.push({ kind: 'delete', pod, why: 'terminated' });
      }
    } else if (isSettled(pod)) {
      continue;
    }
    if (observed.isOrdered) {
      return steps;
    }
  }

  const firstUnhealthy = [...observed.wanted, ...observed.condemned.toReversed()].find((pod) => pod && !isHealthy(pod));
  for (const pod of observed.condemned) {
    if (observed.isOrdered && (isTerminating(pod) || (!isSettled(pod) && pod !== firstUnhealthy))) {
      return steps;
    }
    if (!isTerminating(pod)) {
      steps.push({ kind: 'delete', pod, why: 'scale' });
      if (observed.isOrdered) {
        return steps;
      }
    }
  }
  return [...steps, ...updateSteps(observed, isSettled)];
}

/** Replaces outdated pods from the highest ordinal down to the partition, while no more are unavailable than allowed. */
function updateSteps(observed: StatefulObservation, isSettled: (pod: Pod) => boolean): StatefulStep[] {
  if (!observed.rollingUpdate) {
    return [];
  }
  const { partition, maxUnavailable } = observed.rollingUpdate;
  const steps: StatefulStep[] = [];
  let budget = maxUnavailable - observed.wanted.filter((pod) => !pod || !isSettled(pod)).length;
  for (let position = observed.wanted.length - 1; position >= partition; position -= 1) {
    const pod = observed.wanted[position];
    if (!pod || isTerminating(pod) || pod.metadata.labels?.[REVISION_LABEL] === observed.updateRevision) {
      continue;
    }
    // A pod that is unavailable anyway costs nothing to replace.
    const cost = isSettled(pod) ? 1 : 0;
    if (cost > budget) {
      break;
    }
    budget -= cost;
    steps.push({ kind: 'delete', pod, why: 'update' });
  }
  return steps;
}
