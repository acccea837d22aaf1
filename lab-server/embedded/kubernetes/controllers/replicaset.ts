// ReplicaSets: as many pods of one template as asked for, adopted where they exist, created or deleted where they do not.
import type { ClusterClient } from '../cluster-client.ts';
import type { Pod, ReplicaSet } from '../types.ts';
import { matchesSelector } from '../values/label-selector.ts';
import type { Controller } from './controller.ts';
import { controllerOf, objectOf, watchOwned, watchSelf } from './keys.ts';
import { POD, REPLICA_SET } from './kinds.ts';
import { reconcileReplicas } from './pods/replica-owner.ts';

export const replicaSetController: Controller = {
  name: 'replicaset-controller',
  watches: [watchSelf(REPLICA_SET), watchOwned(POD, REPLICA_SET, ({ spec }, pod) => matchesSelector(spec?.selector, pod.metadata.labels))],
  reconcile(key, context) {
    const replicaSet = objectOf(context.client, REPLICA_SET, key);
    if (!replicaSet?.spec) {
      return undefined;
    }
    const related = () => relatedPods(replicaSet, context.client);
    return reconcileReplicas(REPLICA_SET, replicaSet, { selector: replicaSet.spec.selector, related, countsTerminating: true }, context);
  },
};

/** Pods of all replica sets that belong to the same deployment. */
function relatedPods(replicaSet: ReplicaSet, client: ClusterClient): readonly Pod[] {
  const { namespace, uid } = replicaSet.metadata;
  const owner = controllerOf(replicaSet);
  const family = owner ? client.list(REPLICA_SET, { namespace, controllerUid: owner.uid }).map((sibling) => sibling.metadata.uid) : [uid];
  return family.flatMap((controllerUid) => client.list(POD, { namespace, controllerUid }));
}
