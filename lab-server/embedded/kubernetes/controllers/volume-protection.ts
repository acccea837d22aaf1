// Keeps claims that pods use, and volumes that are bound, from vanishing under them: finalizers that go when nobody needs them.
import type { ClusterClient, KindRef } from '../cluster-client.ts';
import type { KubernetesObject, Pod } from '../types.ts';
import type { Controller } from './controller.ts';
import { objectOf, watchSelf } from './keys.ts';
import { PERSISTENT_VOLUME, PERSISTENT_VOLUME_CLAIM, POD, type PersistentVolumeClaim } from './kinds.ts';
import { ifPresent } from './ownership.ts';
import { isFinished } from './pods/readiness.ts';

const CLAIM_FINALIZER = 'kubernetes.io/pvc-protection';
const VOLUME_FINALIZER = 'kubernetes.io/pv-protection';

export const claimProtectionController: Controller = {
  name: 'pvc-protection-controller',
  watches: [
    watchSelf(PERSISTENT_VOLUME_CLAIM),
    { kind: POD, keys: (pod) => claimNames(pod as Pod).map((name) => `${pod.metadata.namespace}/${name}`) },
  ],
  reconcile(key, { client }) {
    const claim = objectOf(client, PERSISTENT_VOLUME_CLAIM, key);
    if (claim) {
      protect(client, PERSISTENT_VOLUME_CLAIM, claim, CLAIM_FINALIZER, isUsed(claim, client));
    }
  },
};

export const volumeProtectionController: Controller = {
  name: 'pv-protection-controller',
  watches: [watchSelf(PERSISTENT_VOLUME)],
  reconcile(key, { client }) {
    const volume = objectOf(client, PERSISTENT_VOLUME, key);
    if (volume) {
      protect(client, PERSISTENT_VOLUME, volume, VOLUME_FINALIZER, volume.status?.phase === 'Bound');
    }
  },
};

function claimNames({ metadata, spec }: Pod): string[] {
  return (spec?.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) =>
    persistentVolumeClaim ? [persistentVolumeClaim.claimName] : ephemeral ? [`${metadata.name}-${name}`] : [],
  );
}

/** A pod that is on a node and has not ended may have the claim mounted. */
function isUsed({ metadata }: PersistentVolumeClaim, client: ClusterClient): boolean {
  return client
    .list(POD, { namespace: metadata.namespace })
    .some((pod) => pod.spec?.nodeName && !isFinished(pod) && claimNames(pod).includes(metadata.name));
}

function protect<T extends KubernetesObject>(
  client: ClusterClient,
  kind: KindRef<T>,
  object: T,
  finalizer: string,
  isInUse: boolean,
): void {
  const finalizers = object.metadata.finalizers ?? [];
  const has = finalizers.includes(finalizer);
  const isLeaving = object.metadata.deletionTimestamp !== undefined;
  if (isLeaving && has && !isInUse) {
    const others = finalizers.filter((one) => one !== finalizer);
    ifPresent(() => client.update(kind, { ...object, metadata: { ...object.metadata, finalizers: others } }));
  } else if (!isLeaving && !has) {
    ifPresent(() => client.update(kind, { ...object, metadata: { ...object.metadata, finalizers: [...finalizers, finalizer] } }));
  }
}
