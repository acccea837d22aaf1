// DefaultStorageClass and StorageObjectInUseProtection: claims get the default class, and neither they nor volumes vanish while in use.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import type { AdmissionPlugin } from './admission.ts';

type StorageClass = Stored<models.V1StorageClass>;
type Claim = Stored<models.V1PersistentVolumeClaim>;

const IS_DEFAULT = 'storageclass.kubernetes.io/is-default-class';
const OLD_CLASS = 'volume.beta.kubernetes.io/storage-class';
const FINALIZERS: Readonly<Record<string, string>> = {
  persistentvolumeclaims: 'kubernetes.io/pvc-protection',
  persistentvolumes: 'kubernetes.io/pv-protection',
};

export const storageDefaults: AdmissionPlugin = {
  name: 'DefaultStorageClass',
  admit({ operation, resource, subresource, object }, { store }) {
    const finalizer = FINALIZERS[resource.table];
    if (operation !== 'CREATE' || subresource !== undefined || !finalizer || !object) {
      return;
    }
    const { metadata } = object;
    if (!metadata.finalizers?.includes(finalizer)) {
      metadata.finalizers = [...(metadata.finalizers ?? []), finalizer];
    }
    if (resource.table === 'persistentvolumeclaims') {
      const { spec } = object as Claim;
      if (spec && spec.storageClassName === undefined && metadata.annotations?.[OLD_CLASS] === undefined) {
        const name = defaultClass(
          store
            .table('storageclasses.storage.k8s.io')
            .list()
            .map((entry) => entry.object as StorageClass),
        );
        if (name !== undefined) {
          spec.storageClassName = name;
        }
      }
    }
  },
};

/** Of several defaults the newest counts. */
function defaultClass(classes: readonly StorageClass[]): string | undefined {
  return classes
    .filter(({ metadata }) => metadata.annotations?.[IS_DEFAULT] === 'true')
    .toSorted((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? 1 : -1))[0]?.metadata.name;
}
