// Keeps as many pods as asked for: the work that replica sets and replication controllers share.
import { messageOf } from '../../../../base/index.ts';
import { isApiError } from '../../api/errors.ts';
import type { KubernetesObject, LabelSelector, Pod, PodTemplateSpec, ReplicaSet } from '../../types.ts';
import { isoTime } from '../../values/iso-time.ts';
import { matchesSelector } from '../../values/label-selector.ts';
import { findCondition, withoutCondition } from '../conditions.ts';
import type { ControllerContext } from '../controller.ts';
import { POD } from '../kinds.ts';
import { ifPresent } from '../ownership.ts';
import { podFromTemplate } from './from-template.ts';
import { podsToDelete } from './ranking.ts';
import { availableInMs, isReady, isTerminating } from './readiness.ts';
import { slowStart } from './slow-start.ts';

/** Pods created or deleted before other keys get their turn. */
const CHANGES_PER_RECONCILE = 20;

export interface ReplicaPlan {
  owner: KubernetesObject;
  replicas: number;
  template: PodTemplateSpec;
  /** The owner's active pods. */
  active: readonly Pod[];
  /** Pods of the same workload, for spreading deletions over nodes. */
  related: () => readonly Pod[];
}

export interface ReplicaOutcome {
  /** More is to be done than one turn allows. */
  unfinished: boolean;
  error?: unknown;
}

/** Creates or deletes pods, at most a turn's worth. Refusals come back as `error`, after their event. */
export function manageReplicas(plan: ReplicaPlan, context: ControllerContext): ReplicaOutcome {
  const missing = plan.replicas - plan.active.length;
  if (missing > 0) {
    const count = Math.min(missing, CHANGES_PER_RECONCILE);
    const { error } = slowStart(count, () => createPod(plan, context));
    return { unfinished: error === undefined && count < missing, error: isNamespaceTerminating(error) ? undefined : error };
  }
  if (missing < 0) {
    const surplus = podsToDelete(plan.active, plan.related(), -missing, context.clock.now());
    let error: unknown;
    for (const pod of surplus.slice(0, CHANGES_PER_RECONCILE)) {
      try {
        deletePod(plan.owner, pod, context);
      } catch (failure) {
        error ??= failure;
      }
    }
    return { unfinished: error === undefined && surplus.length > CHANGES_PER_RECONCILE, error };
  }
  return { unfinished: false };
}

function createPod({ owner, template }: ReplicaPlan, { client, event }: ControllerContext): void {
  try {
    const pod = client.create(POD, podFromTemplate(owner, template));
    event(owner, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
  } catch (error) {
    if (!isNamespaceTerminating(error)) {
      event(owner, 'Warning', 'FailedCreate', `Error creating: ${messageOf(error)}`);
    }
    throw error;
  }
}

/** Deletes a pod of `owner` and says so; a pod that is gone already counts as deleted. */
export function deletePod(owner: KubernetesObject, pod: Pod, { client, event }: ControllerContext): void {
  const { namespace, name, uid } = pod.metadata;
  try {
    ifPresent(() => client.delete(POD, namespace, name, { preconditions: { uid } }));
    event(owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`);
  } catch (error) {
    event(owner, 'Warning', 'FailedDelete', `Error deleting: ${messageOf(error)}`);
    throw error;
  }
}

/** Whether a creation was refused because the namespace is going away: nothing to report, nothing to retry. */
export function isNamespaceTerminating(error: unknown): boolean {
  return isApiError(error) && error.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating') === true;
}

export type ReplicaStatus = NonNullable<ReplicaSet['status']>;

export interface ObservedReplicas {
  generation: number | undefined;
  previous: Pick<ReplicaStatus, 'conditions'> | undefined;
  active: readonly Pod[];
  /** All pods of the owner, to count those that are terminating; undefined where the kind does not show them. */
  owned: readonly Pod[] | undefined;
  templateLabels: LabelSelector;
  minReadySeconds: number;
  /** What went wrong in managing replicas. */
  error: unknown;
  isGrowing: boolean;
}

/** The status that the observed pods amount to, and when it may change by time alone. */
export function replicaStatus(observed: ObservedReplicas, now: number): { status: ReplicaStatus; availableInMs: number | undefined } {
  let ready = 0;
  let available = 0;
  let fullyLabeled = 0;
  let soonest: number | undefined;
  for (const pod of observed.active) {
    fullyLabeled += Number(matchesSelector(observed.templateLabels, pod.metadata.labels));
    ready += Number(isReady(pod));
    const wait = availableInMs(pod, observed.minReadySeconds, now);
    available += Number(wait === 0);
    if (wait !== undefined && wait > 0) {
      soonest = Math.min(soonest ?? wait, wait);
    }
  }
  const status: ReplicaStatus = { replicas: observed.active.length };
  setPositive(status, 'fullyLabeledReplicas', fullyLabeled);
  setPositive(status, 'readyReplicas', ready);
  setPositive(status, 'availableReplicas', available);
  if (observed.owned) {
    status.terminatingReplicas = observed.owned.filter(
      (pod) => isTerminating(pod) && pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed',
    ).length;
  }
  setPositive(status, 'observedGeneration', observed.generation ?? 0);
  const conditions = failureCondition(observed, now);
  if (conditions.length > 0) {
    status.conditions = conditions;
  }
  return { status, availableInMs: soonest };
}

function failureCondition({ previous, error, isGrowing }: ObservedReplicas, now: number): NonNullable<ReplicaStatus['conditions']> {
  const others = withoutCondition(previous?.conditions, 'ReplicaFailure');
  if (error === undefined) {
    return others;
  }
  const current = findCondition(previous?.conditions, 'ReplicaFailure');
  const reason = isGrowing ? 'FailedCreate' : 'FailedDelete';
  if (current?.reason === reason) {
    return previous?.conditions ?? [];
  }
  return [...others, { type: 'ReplicaFailure', status: 'True', reason, message: messageOf(error), lastTransitionTime: isoTime(now) }];
}

function setPositive<Name extends string>(status: { [name in Name]?: number }, name: Name, value: number): void {
  if (value > 0) {
    status[name] = value;
  }
}
