// minikube's storage provisioner: makes a directory on the node into a volume for each claim that waits for one.
import { isApiError } from '../api/errors.ts';
import { referenceTo } from '../events/index.ts';
import type { Controller } from './controller.ts';
import { objectOf, watchSelf } from './keys.ts';
import { PERSISTENT_VOLUME, PERSISTENT_VOLUME_CLAIM, type PersistentVolumeClaim, STORAGE_CLASS, type StorageClass } from './kinds.ts';

const PROVISIONER = 'k8s.io/minikube-hostpath';
const STORAGE_PROVISIONER = 'volume.kubernetes.io/storage-provisioner';
const ROOT = '/tmp/hostpath-provisioner';
/** A running provisioner names itself by a random uid; this one is always the same. */
const IDENTITY = '6f1f4c2e-3f0a-4d7b-9a55-1d3e5b7c9f21';

export const hostpathProvisioner: Controller = {
  name: `${PROVISIONER}_minikube_${IDENTITY}`,
  serviceAccount: 'storage-provisioner',
  watches: [watchSelf(PERSISTENT_VOLUME_CLAIM)],
  reconcile(key, { client, event }) {
    const claim = objectOf(client, PERSISTENT_VOLUME_CLAIM, key);
    if (
      !claim ||
      claim.metadata.deletionTimestamp ||
      claim.spec?.volumeName ||
      claim.metadata.annotations?.[STORAGE_PROVISIONER] !== PROVISIONER
    ) {
      return;
    }
    const storageClass = client.get(STORAGE_CLASS, undefined, claim.spec?.storageClassName ?? '');
    if (!storageClass || client.get(PERSISTENT_VOLUME, undefined, volumeName(claim))) {
      return;
    }
    event(claim, 'Normal', 'Provisioning', `External provisioner is provisioning volume for claim "${key}"`);
    try {
      client.create(PERSISTENT_VOLUME, newVolume(claim, storageClass));
    } catch (error) {
      if (isApiError(error) && error.reason !== 'AlreadyExists') {
        const reason = 'ProvisioningFailed';
        event(claim, 'Warning', reason, `failed to provision volume with StorageClass "${storageClass.metadata.name}": ${error.message}`);
      }
      throw error;
    }
    event(claim, 'Normal', 'ProvisioningSucceeded', `Successfully provisioned volume ${volumeName(claim)}`);
  },
};

function volumeName({ metadata }: PersistentVolumeClaim): string {
  return `pvc-${metadata.uid}`;
}

function newVolume(claim: PersistentVolumeClaim, storageClass: StorageClass) {
  const { namespace, name } = claim.metadata;
  return {
    apiVersion: PERSISTENT_VOLUME.apiVersion,
    kind: PERSISTENT_VOLUME.kind,
    metadata: {
      name: volumeName(claim),
      annotations: { hostPathProvisionerIdentity: IDENTITY, 'pv.kubernetes.io/provisioned-by': PROVISIONER },
    },
    spec: {
      accessModes: claim.spec?.accessModes,
      capacity: { storage: claim.spec?.resources?.requests?.['storage'] ?? '0' },
      claimRef: referenceTo(claim),
      hostPath: { path: `${ROOT}/${namespace}/${name}`, type: '' },
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? 'Delete',
      storageClassName: storageClass.metadata.name,
      ...(storageClass.mountOptions ? { mountOptions: storageClass.mountOptions } : {}),
      volumeMode: claim.spec?.volumeMode ?? 'Filesystem',
    },
  };
}
