// The status of a deployment: counts over its replica sets, and the conditions Available, Progressing and ReplicaFailure.
import type { Condition, Deployment, ReplicaSet } from '../../types.ts';
import { isoTime, parseTime } from '../../values/iso-time.ts';
import { findCondition, withoutCondition } from '../conditions.ts';
import { rolloutLimits } from './rollout-limits.ts';

export type DeploymentStatus = NonNullable<Deployment['status']>;
export type DeploymentCondition = NonNullable<DeploymentStatus['conditions']>[number];

/** A deadline of 2^31-1 seconds means none. */
const NO_DEADLINE = 2_147_483_647;

export function hasProgressDeadline(deployment: Deployment): boolean {
  const seconds = deployment.spec?.progressDeadlineSeconds;
  return seconds !== undefined && seconds !== NO_DEADLINE;
}

/** Counts and availability as the replica sets report them; other conditions are kept. */
export function countStatus(
  deployment: Deployment,
  all: readonly ReplicaSet[],
  newSet: ReplicaSet | undefined,
  now: number,
): DeploymentStatus {
  const available = sum(all, ({ status }) => status?.availableReplicas);
  const wanted = sum(all, ({ spec }) => spec?.replicas);
  const status: DeploymentStatus = { terminatingReplicas: sum(all, (set) => set.status?.terminatingReplicas) };
  const counts = {
    observedGeneration: deployment.metadata.generation ?? 0,
    replicas: sum(all, (set) => set.status?.replicas),
    updatedReplicas: newSet?.status?.replicas ?? 0,
    readyReplicas: sum(all, (set) => set.status?.readyReplicas),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, wanted - available),
    collisionCount: deployment.status?.collisionCount ?? 0,
  };
  for (const [name, count] of Object.entries(counts) as [keyof typeof counts, number][]) {
    if (count > 0) {
      status[name] = count;
    }
  }
  const { replicas, maxUnavailable } = rolloutLimits(deployment.spec as NonNullable<Deployment['spec']>);
  const condition =
    available >= replicas - maxUnavailable
      ? { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message: 'Deployment has minimum availability.' }
      : {
          type: 'Available',
          status: 'False',
          reason: 'MinimumReplicasUnavailable',
          message: 'Deployment does not have minimum availability.',
        };
  status.conditions = setCondition(deployment.status?.conditions, condition, now);
  return status;
}

function sum(sets: readonly ReplicaSet[], count: (set: ReplicaSet) => number | undefined): number {
  return sets.reduce((total, set) => total + (count(set) ?? 0), 0);
}

/** Sets a condition unless one of the same status and reason stands already. */
export function setCondition(
  conditions: readonly DeploymentCondition[] | undefined,
  wanted: Condition,
  now: number,
): DeploymentCondition[] {
  const current = findCondition(conditions, wanted.type);
  if (current?.status === wanted.status && current.reason === wanted.reason) {
    return [...(conditions ?? [])];
  }
  const lastTransitionTime = current?.status === wanted.status ? current.lastTransitionTime : isoTime(now);
  return [...withoutCondition(conditions, wanted.type), { ...wanted, lastTransitionTime, lastUpdateTime: isoTime(now) }];
}

/** All replicas are of the newest template, available, and nothing else is left. */
export function isComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const replicas = deployment.spec?.replicas ?? 1;
  return (
    (status.updatedReplicas ?? 0) === replicas &&
    (status.replicas ?? 0) === replicas &&
    (status.availableReplicas ?? 0) === replicas &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

function isProgressing(before: DeploymentStatus, after: DeploymentStatus): boolean {
  const old = (status: DeploymentStatus) => (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return (
    (after.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    old(after) < old(before) ||
    (after.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  );
}

/** Milliseconds until the progress deadline passes without progress; undefined where it does not apply. */
export function deadlineInMs(deployment: Deployment, status: DeploymentStatus, now: number): number | undefined {
  const condition = findCondition(status.conditions, 'Progressing');
  const since = parseTime(condition?.lastUpdateTime);
  if (
    !hasProgressDeadline(deployment) ||
    since === undefined ||
    condition?.reason === 'ProgressDeadlineExceeded' ||
    condition?.reason === 'NewReplicaSetAvailable' ||
    isComplete(deployment, status)
  ) {
    return undefined;
  }
  return since + (deployment.spec?.progressDeadlineSeconds ?? 0) * 1000 - now;
}

/** The whole status during a rollout, with its progress and failures. */
export function rolloutStatus(
  deployment: Deployment,
  all: readonly ReplicaSet[],
  newSet: ReplicaSet | undefined,
  now: number,
): DeploymentStatus {
  const before = deployment.status ?? {};
  const status = countStatus(deployment, all, newSet, now);
  const current = findCondition(before.conditions, 'Progressing');
  const wasCompleteAlready = (status.replicas ?? 0) === (status.updatedReplicas ?? 0) && current?.reason === 'NewReplicaSetAvailable';
  const subject = newSet ? `ReplicaSet "${newSet.metadata.name}"` : `Deployment "${deployment.metadata.name}"`;
  if (!hasProgressDeadline(deployment)) {
    status.conditions = withoutCondition(status.conditions, 'Progressing');
  } else if (!wasCompleteAlready) {
    const condition = progressCondition(deployment, before, status, subject, now);
    if (condition) {
      // A rollout that goes on keeps the time of its transition and renews that of its update.
      const isRenewed = condition.reason === 'ReplicaSetUpdated' && current !== undefined;
      const others = isRenewed ? withoutCondition(status.conditions, 'Progressing') : status.conditions;
      status.conditions = setCondition(others, condition, now);
      if (isRenewed && current.status === 'True') {
        status.conditions = status.conditions.map((one) =>
          one.type === 'Progressing' ? { ...one, lastTransitionTime: current.lastTransitionTime } : one,
        );
      }
    }
  }
  const failure = replicaFailure(all, newSet);
  status.conditions = failure ? setCondition(status.conditions, failure, now) : withoutCondition(status.conditions, 'ReplicaFailure');
  return status;
}

function progressCondition(
  deployment: Deployment,
  before: DeploymentStatus,
  status: DeploymentStatus,
  subject: string,
  now: number,
): Condition | undefined {
  if (isComplete(deployment, status)) {
    return { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable', message: `${subject} has successfully progressed.` };
  }
  if (isProgressing(before, status)) {
    return { type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated', message: `${subject} is progressing.` };
  }
  const left = deadlineInMs(deployment, status, now);
  const hasTimedOut = left !== undefined && left < 0;
  const timedOutBefore = findCondition(status.conditions, 'Progressing')?.reason === 'ProgressDeadlineExceeded';
  if (hasTimedOut || timedOutBefore) {
    return { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: `${subject} has timed out progressing.` };
  }
  return undefined;
}

/** The failure of the new replica set, else of any other. */
function replicaFailure(all: readonly ReplicaSet[], newSet: ReplicaSet | undefined): Condition | undefined {
  for (const set of newSet ? [newSet, ...all] : all) {
    const failure = findCondition(set.status?.conditions, 'ReplicaFailure');
    if (failure) {
      return { type: 'ReplicaFailure', status: failure.status, reason: failure.reason ?? '', message: failure.message ?? '' };
    }
  }
  return undefined;
}
