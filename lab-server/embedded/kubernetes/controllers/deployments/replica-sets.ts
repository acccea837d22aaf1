// The replica sets of a deployment: finding the new one, creating it, scaling any of them, removing the oldest.
import { messageOf } from '../../../../base/index.ts';
import { isApiError } from '../../api/errors.ts';
import type { Deployment, ReplicaSet } from '../../types.ts';
import type { ControllerContext } from '../controller.ts';
import { isControlledBy } from '../keys.ts';
import { DEPLOYMENT, REPLICA_SET } from '../kinds.ts';
import { ifPresent } from '../ownership.ts';
import { controllerReference } from '../pods/from-template.ts';
import { isNamespaceTerminating } from '../pods/replicas.ts';
import { sameValue } from '../../values/same.ts';
import { findCondition } from '../conditions.ts';
import {
  REVISION,
  byCreation,
  createdAt,
  findNewReplicaSet,
  maxReplicasOf,
  newReplicaSetAnnotations,
  revisionOf,
  withReplicaAnnotations,
} from './revisions.ts';
import { type DeploymentSpec, rolloutLimits } from './rollout-limits.ts';
import { type Sized, newReplicaSetSize } from './scaling.ts';
import { hasProgressDeadline, setCondition } from './status.ts';
import { TEMPLATE_HASH_LABEL, isSameTemplate, templateHash } from './template-hash.ts';

/** A deployment and its replica sets, as one reconcile goes along: `refresh`ed by every write. */
export interface Rollout {
  deployment: Deployment;
  spec: DeploymentSpec;
  newSet: ReplicaSet | undefined;
  oldSets: ReplicaSet[];
  context: ControllerContext;
}

export function allSets({ newSet, oldSets }: Rollout): ReplicaSet[] {
  return newSet ? [...oldSets, newSet] : oldSets;
}

export function sized(set: ReplicaSet): Sized {
  const replicas = set.spec?.replicas ?? 1;
  return {
    name: set.metadata.name,
    createdAt: createdAt(set),
    replicas,
    // Pods beyond the size are about to go, though the status may still count them.
    available: Math.min(replicas, set.status?.availableReplicas ?? 0),
    maxReplicas: maxReplicasOf(set),
  };
}

/** Finds the new replica set, brings its annotations and the deployment's revision up to date. */
export function openRollout(deployment: Deployment, sets: readonly ReplicaSet[], context: ControllerContext): Rollout {
  const spec = deployment.spec as DeploymentSpec;
  const newSet = findNewReplicaSet(deployment, sets);
  const rollout: Rollout = {
    deployment,
    spec,
    newSet,
    oldSets: sets.filter((set) => set !== newSet).toSorted(byCreation),
    context,
  };
  if (newSet) {
    syncNewReplicaSet(rollout, newSet);
  }
  return rollout;
}

function nextRevision({ oldSets }: Rollout): number {
  return oldSets.reduce((highest, set) => Math.max(highest, revisionOf(set)), 0) + 1;
}

function syncNewReplicaSet(rollout: Rollout, newSet: ReplicaSet): void {
  const { deployment, spec, context } = rollout;
  const annotations = newReplicaSetAnnotations(deployment, newSet.metadata.annotations, nextRevision(rollout));
  const minReadySeconds = spec.minReadySeconds ?? 0;
  let current = newSet;
  if (!sameValue(annotations, newSet.metadata.annotations ?? {}) || (newSet.spec?.minReadySeconds ?? 0) !== minReadySeconds) {
    const { minReadySeconds: _, ...others } = newSet.spec as NonNullable<ReplicaSet['spec']>;
    current = context.client.update(REPLICA_SET, {
      ...newSet,
      metadata: { ...newSet.metadata, annotations },
      spec: minReadySeconds > 0 ? { ...others, minReadySeconds } : others,
    });
  }
  rollout.newSet = current;
  noteRevision(rollout, revisionOf(current));
  if (hasProgressDeadline(deployment) && !findCondition(deployment.status?.conditions, 'Progressing')) {
    noteProgress(rollout, 'True', 'FoundNewReplicaSet', `Found new replica set "${current.metadata.name}"`);
  }
}

function noteRevision(rollout: Rollout, revision: number): void {
  const { deployment, context } = rollout;
  if (revisionOf(deployment) !== revision) {
    const annotations = { ...deployment.metadata.annotations, [REVISION]: String(revision) };
    rollout.deployment = context.client.update(DEPLOYMENT, { ...deployment, metadata: { ...deployment.metadata, annotations } });
  }
}

/** Writes the Progressing condition at once. */
export function noteProgress(rollout: Rollout, status: string, reason: string, message: string): void {
  const { deployment, context } = rollout;
  const conditions = setCondition(deployment.status?.conditions, { type: 'Progressing', status, reason, message }, context.clock.now());
  if (!sameValue(conditions, deployment.status?.conditions)) {
    rollout.deployment = context.client.updateStatus(DEPLOYMENT, { ...deployment, status: { ...deployment.status, conditions } });
  }
}

/** Creates the replica set of the current template if there is none. */
export function ensureNewReplicaSet(rollout: Rollout): void {
  if (rollout.newSet) {
    return;
  }
  const { spec, context } = rollout;
  const { client, event } = context;
  const wanted = newReplicaSet(rollout);
  const { name, namespace } = wanted.metadata;
  let isNew = true;
  try {
    rollout.newSet = client.create(REPLICA_SET, wanted);
  } catch (error) {
    if (isNamespaceTerminating(error)) {
      return;
    }
    if (!isApiError(error, 'AlreadyExists')) {
      if (hasProgressDeadline(rollout.deployment)) {
        const message = `Failed to create new replica set "${name}": ${messageOf(error)}`;
        noteProgress(rollout, 'False', 'ReplicaSetCreateError', message);
      }
      throw error;
    }
    const existing = client.get(REPLICA_SET, namespace, name);
    if (!existing || !isControlledBy(existing, rollout.deployment) || !isSameTemplate(existing.spec?.template, spec.template)) {
      countCollision(rollout);
      throw error;
    }
    rollout.newSet = existing;
    isNew = false;
  }
  const size = rollout.newSet.spec?.replicas ?? 0;
  if (isNew && size > 0) {
    event(rollout.deployment, 'Normal', 'ScalingReplicaSet', `Scaled up replica set ${name} from 0 to ${size}`);
  }
  noteRevision(rollout, revisionOf(rollout.newSet));
  if (isNew && hasProgressDeadline(rollout.deployment)) {
    noteProgress(rollout, 'True', 'NewReplicaSetCreated', `Created new replica set "${name}"`);
  }
}

/** Another template hashes alike: the next name will differ. */
function countCollision(rollout: Rollout): void {
  const { deployment, context } = rollout;
  const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
  rollout.deployment = context.client.updateStatus(DEPLOYMENT, { ...deployment, status: { ...deployment.status, collisionCount } });
}

function newReplicaSet(rollout: Rollout) {
  const { deployment, spec, oldSets } = rollout;
  const { name, namespace } = deployment.metadata;
  const hash = templateHash(spec.template, deployment.status?.collisionCount);
  const labels = { ...spec.template.metadata?.labels, [TEMPLATE_HASH_LABEL]: hash };
  const limits = rolloutLimits(spec);
  const empty: Sized = { name: '', createdAt: 0, replicas: 0, available: 0, maxReplicas: undefined };
  const replicas = spec.strategy?.type === 'Recreate' ? limits.replicas : newReplicaSetSize(empty, oldSets.map(sized), limits);
  const annotations = newReplicaSetAnnotations(deployment, undefined, nextRevision(rollout));
  return {
    apiVersion: REPLICA_SET.apiVersion,
    kind: REPLICA_SET.kind,
    metadata: {
      name: `${name}-${hash}`,
      namespace,
      labels,
      annotations: withReplicaAnnotations(annotations, limits.replicas, limits.replicas + limits.maxSurge),
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas,
      ...(spec.minReadySeconds ? { minReadySeconds: spec.minReadySeconds } : {}),
      selector: {
        ...spec.selector,
        matchLabels: { ...spec.selector.matchLabels, [TEMPLATE_HASH_LABEL]: hash },
      },
      template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
    },
  };
}

/** Scales a replica set and records the event; also renews what it remembers of the deployment's size. Returns whether its size changed. */
export function scaleTo(rollout: Rollout, set: ReplicaSet, replicas: number): boolean {
  const { deployment, spec, context } = rollout;
  const limits = rolloutLimits(spec);
  const from = set.spec?.replicas ?? 1;
  const annotations = withReplicaAnnotations(set.metadata.annotations, limits.replicas, limits.replicas + limits.maxSurge);
  if (from === replicas && sameValue(annotations, set.metadata.annotations)) {
    return false;
  }
  const scaled = context.client.update(REPLICA_SET, {
    ...set,
    metadata: { ...set.metadata, annotations },
    spec: { ...(set.spec as NonNullable<ReplicaSet['spec']>), replicas },
  });
  if (rollout.newSet === set) {
    rollout.newSet = scaled;
  } else {
    rollout.oldSets = rollout.oldSets.map((old) => (old === set ? scaled : old));
  }
  if (from === replicas) {
    return false;
  }
  const direction = from < replicas ? 'up' : 'down';
  const message = `Scaled ${direction} replica set ${set.metadata.name} from ${from} to ${replicas}`;
  context.event(deployment, 'Normal', 'ScalingReplicaSet', message);
  return true;
}

/** Removes the oldest emptied replica sets beyond the revisions to keep. */
export function trimHistory({ spec, oldSets, context }: Rollout): void {
  const limit = spec.revisionHistoryLimit;
  if (limit === undefined || limit === 2_147_483_647) {
    return;
  }
  const candidates = oldSets.filter(({ metadata }) => !metadata.deletionTimestamp).toSorted((a, b) => revisionOf(a) - revisionOf(b));
  for (const { metadata, spec: set, status } of candidates.slice(0, Math.max(0, candidates.length - limit))) {
    const isInUse = (status?.replicas ?? 0) !== 0 || set?.replicas !== 0;
    if (!isInUse && (metadata.generation ?? 0) <= (status?.observedGeneration ?? 0)) {
      ifPresent(() => context.client.delete(REPLICA_SET, metadata.namespace, metadata.name, { propagationPolicy: 'Background' }));
    }
  }
}
