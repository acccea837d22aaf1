// Deployments: rolls a new pod template out over replica sets, step by step, and keeps what is needed to go back.
import type { ClusterClient } from '../cluster-client.ts';
import type { Deployment, Pod, ReplicaSet } from '../types.ts';
import { isEmptySelector, matchesSelector } from '../values/label-selector.ts';
import { findCondition } from './conditions.ts';
import type { Controller, ControllerContext, Key, ReconcileResult } from './controller.ts';
import {
  type Rollout,
  allSets,
  ensureNewReplicaSet,
  noteProgress,
  openRollout,
  scaleTo,
  sized,
  trimHistory,
} from './deployments/replica-sets.ts';
import { desiredReplicasOf } from './deployments/revisions.ts';
import { rolloutLimits } from './deployments/rollout-limits.ts';
import { newReplicaSetSize, shrinkOld, spreadProportionally } from './deployments/scaling.ts';
import { type DeploymentStatus, countStatus, deadlineInMs, hasProgressDeadline, isComplete, rolloutStatus } from './deployments/status.ts';
import { controllerOf, keyOf, objectOf, watchOwned, watchSelf } from './keys.ts';
import { DEPLOYMENT, POD, REPLICA_SET } from './kinds.ts';
import { claim } from './ownership.ts';
import { isFinished } from './pods/readiness.ts';
import { sameValue } from '../values/same.ts';

/** A deadline that passes within this time is looked at a little later than it passes. */
const DEADLINE_MARGIN_MS = 1000;

export const deploymentController: Controller = {
  name: 'deployment-controller',
  watches: [
    watchSelf(DEPLOYMENT),
    watchOwned(REPLICA_SET, DEPLOYMENT, ({ spec }, set) => matchesSelector(spec?.selector, set.metadata.labels)),
    { kind: POD, keys: (pod, _old, client) => recreatingDeploymentOf(pod as Pod, client) },
  ],
  reconcile,
};

/** A Recreate deployment goes on when its last old pod is gone; others need not look at pods. */
function recreatingDeploymentOf(pod: Pod, client: ClusterClient): readonly Key[] {
  const { namespace } = pod.metadata;
  const owner = controllerOf(pod);
  const set = owner?.kind === 'ReplicaSet' ? client.get(REPLICA_SET, namespace, owner.name) : undefined;
  const deployment = set && controllerOf(set);
  const found = deployment && client.get(DEPLOYMENT, namespace, deployment.name);
  return found?.spec?.strategy?.type === 'Recreate' ? [keyOf(found)] : [];
}

function reconcile(key: Key, context: ControllerContext): ReconcileResult {
  const { client, event } = context;
  const deployment = objectOf(client, DEPLOYMENT, key);
  if (!deployment?.spec) {
    return undefined;
  }
  if (isEmptySelector(deployment.spec.selector)) {
    event(deployment, 'Warning', 'SelectingAll', 'This deployment is selecting all pods. A non-empty selector is required.');
    return undefined;
  }
  const sets = claim(client, REPLICA_SET, deployment, deployment.spec.selector);
  const rollout = openRollout(deployment, sets, context);
  if (deployment.metadata.deletionTimestamp) {
    return writeStatus(rollout, countStatus);
  }
  notePause(rollout);
  if (rollout.spec.paused || isScaling(rollout)) {
    scale(rollout);
    if (rollout.spec.paused) {
      trimHistory(rollout);
    }
    return writeStatus(rollout, countStatus);
  }
  if (rollout.spec.strategy?.type === 'Recreate') {
    recreate(rollout);
  } else {
    roll(rollout);
  }
  return writeStatus(rollout, rolloutStatus);
}

/** Keeps a rollout that was paused past its deadline from being reported as stuck. */
function notePause(rollout: Rollout): void {
  const current = findCondition(rollout.deployment.status?.conditions, 'Progressing');
  if (!hasProgressDeadline(rollout.deployment) || current?.reason === 'ProgressDeadlineExceeded') {
    return;
  }
  const isNoted = current?.reason === 'DeploymentPaused';
  if (rollout.spec.paused && !isNoted) {
    noteProgress(rollout, 'Unknown', 'DeploymentPaused', 'Deployment is paused');
  } else if (!rollout.spec.paused && isNoted) {
    noteProgress(rollout, 'Unknown', 'DeploymentResumed', 'Deployment is resumed');
  }
}

/** Whether the deployment's size changed since its active replica sets were scaled. */
function isScaling(rollout: Rollout): boolean {
  const replicas = rollout.spec.replicas ?? 1;
  return activeSets(rollout).some((set) => {
    const desired = desiredReplicasOf(set);
    return desired !== undefined && desired !== replicas;
  });
}

function activeSets(rollout: Rollout): ReplicaSet[] {
  return allSets(rollout).filter(({ spec }) => (spec?.replicas ?? 1) > 0);
}

/** Brings the replica sets to the deployment's size without rolling anything out. */
function scale(rollout: Rollout): void {
  const { newSet, spec } = rollout;
  const limits = rolloutLimits(spec);
  const active = activeSets(rollout);
  const only = active.length === 0 ? (newSet ?? rollout.oldSets.at(-1)) : active.length === 1 ? active[0] : undefined;
  if (only) {
    scaleTo(rollout, only, limits.replicas);
    return;
  }
  if (newSet && isSaturated(newSet, limits.replicas)) {
    for (const set of rollout.oldSets) {
      if ((set.spec?.replicas ?? 1) > 0) {
        scaleTo(rollout, set, 0);
      }
    }
    return;
  }
  if (spec.strategy?.type !== 'Recreate') {
    const sizes = spreadProportionally(active.map(sized), limits, rollout.deployment.status?.replicas ?? 0);
    for (const set of active) {
      scaleTo(rollout, set, sizes.get(set.metadata.name) ?? set.spec?.replicas ?? 1);
    }
  }
}

function isSaturated(newSet: ReplicaSet, replicas: number): boolean {
  return (
    newSet.spec?.replicas === replicas && desiredReplicasOf(newSet) === replicas && (newSet.status?.availableReplicas ?? 0) === replicas
  );
}

/** One step of a rolling update: up as far as the surge allows, else down as far as availability allows. */
function roll(rollout: Rollout): void {
  ensureNewReplicaSet(rollout);
  const { newSet } = rollout;
  if (!newSet) {
    return;
  }
  const limits = rolloutLimits(rollout.spec);
  const size = newReplicaSetSize(sized(newSet), allSets(rollout).map(sized), limits);
  if (size !== newSet.spec?.replicas && scaleTo(rollout, newSet, size)) {
    return;
  }
  const shrunk = shrinkOld(rollout.oldSets.map(sized), sized(newSet), limits);
  for (const set of rollout.oldSets) {
    const wanted = shrunk.get(set.metadata.name);
    if (wanted !== undefined) {
      scaleTo(rollout, set, wanted);
    }
  }
  if (shrunk.size === 0 && isComplete(rollout.deployment, rollout.deployment.status ?? {})) {
    trimHistory(rollout);
  }
}

/** Everything old goes, and only then the new comes. */
function recreate(rollout: Rollout): void {
  const active = rollout.oldSets.filter(({ spec }) => (spec?.replicas ?? 1) > 0);
  for (const set of active) {
    scaleTo(rollout, set, 0);
  }
  if (active.length > 0 || hasOldPods(rollout)) {
    return;
  }
  ensureNewReplicaSet(rollout);
  if (rollout.newSet) {
    scaleTo(rollout, rollout.newSet, rollout.spec.replicas ?? 1);
  }
  if (isComplete(rollout.deployment, rollout.deployment.status ?? {})) {
    trimHistory(rollout);
  }
}

function hasOldPods({ oldSets, context: { client } }: Rollout): boolean {
  return oldSets.some(
    ({ metadata, status }) =>
      (status?.replicas ?? 0) > 0 ||
      client.list(POD, { namespace: metadata.namespace, controllerUid: metadata.uid }).some((pod) => !isFinished(pod)),
  );
}

type StatusOf = (deployment: Deployment, all: readonly ReplicaSet[], newSet: ReplicaSet | undefined, now: number) => DeploymentStatus;

/** Writes the status where it changed, and asks to be called again when the progress deadline passes. */
function writeStatus(rollout: Rollout, statusOf: StatusOf): ReconcileResult {
  const { deployment, newSet, spec, context } = rollout;
  const now = context.clock.now();
  const status = statusOf(deployment, allSets(rollout), newSet, now);
  if (!sameValue(status, deployment.status)) {
    context.client.updateStatus(DEPLOYMENT, { ...deployment, status });
  }
  const left = spec.paused ? undefined : deadlineInMs(deployment, status, now);
  return left === undefined ? undefined : { requeueAfterMs: Math.max(0, left) + DEADLINE_MARGIN_MS };
}
