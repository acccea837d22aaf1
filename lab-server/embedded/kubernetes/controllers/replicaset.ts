// ReplicaSets: as many pods of one template as asked for, adopted where they exist, created or deleted where they do not.
import type { ClusterClient } from '../cluster-client.ts';
import type { Pod, ReplicaSet } from '../types.ts';
import { matchesSelector } from '../values/label-selector.ts';
import type { Controller, ControllerContext, Key, ReconcileResult } from './controller.ts';
import { controllerOf, keyOf, objectOf, ownerKeys, watchSelf } from './keys.ts';
import { POD, REPLICA_SET } from './kinds.ts';
import { claim } from './ownership.ts';
import { isActive, isFinished } from './pods/readiness.ts';
import { manageReplicas, replicaStatus } from './pods/replicas.ts';
import { isSame } from './same.ts';

export const replicaSetController: Controller = {
  name: 'replicaset-controller',
  watches: [watchSelf(REPLICA_SET), { kind: POD, keys: (pod, old, client) => replicaSetsOf(pod as Pod, old as Pod | undefined, client) }],
  reconcile,
};

/** The replica sets that own a pod; for an orphan those that could adopt it. */
function replicaSetsOf(pod: Pod, old: Pod | undefined, client: ClusterClient): readonly Key[] {
  if (controllerOf(pod) ?? (old && controllerOf(old))) {
    return ownerKeys(REPLICA_SET, pod, old);
  }
  return client
    .list(REPLICA_SET, { namespace: pod.metadata.namespace })
    .filter(({ spec }) => matchesSelector(spec?.selector, pod.metadata.labels))
    .map(keyOf);
}

function reconcile(key: Key, context: ControllerContext): ReconcileResult {
  const { client, clock } = context;
  const replicaSet = objectOf(client, REPLICA_SET, key);
  if (!replicaSet?.spec) {
    return undefined;
  }
  const { selector, template = {}, minReadySeconds = 0, replicas = 1 } = replicaSet.spec;
  const before = claim(client, POD, replicaSet, selector, (pod) => !isFinished(pod));
  const active = before.filter(isActive);
  const outcome = replicaSet.metadata.deletionTimestamp
    ? { unfinished: false }
    : manageReplicas({ owner: replicaSet, replicas, template, active, related: () => relatedPods(replicaSet, client) }, context);

  const owned = client.list(POD, { namespace: replicaSet.metadata.namespace, controllerUid: replicaSet.metadata.uid });
  const { status, availableInMs } = replicaStatus(
    {
      generation: replicaSet.metadata.generation,
      previous: replicaSet.status,
      active: owned.filter(isActive),
      owned,
      templateLabels: { matchLabels: template.metadata?.labels },
      minReadySeconds,
      error: outcome.error,
      isGrowing: active.length < replicas,
    },
    clock.now(),
  );
  if (!isSame(status, replicaSet.status)) {
    client.updateStatus(REPLICA_SET, { ...replicaSet, status });
  }
  if (outcome.error !== undefined) {
    throw outcome.error;
  }
  if (outcome.unfinished) {
    return { requeueAfterMs: 0 };
  }
  return availableInMs === undefined ? undefined : { requeueAfterMs: availableInMs };
}

/** Pods of all replica sets that belong to the same deployment. */
function relatedPods(replicaSet: ReplicaSet, client: ClusterClient): readonly Pod[] {
  const { namespace, uid } = replicaSet.metadata;
  const owner = controllerOf(replicaSet);
  const family = owner ? client.list(REPLICA_SET, { namespace, controllerUid: owner.uid }).map((sibling) => sibling.metadata.uid) : [uid];
  return family.flatMap((controllerUid) => client.list(POD, { namespace, controllerUid }));
}
