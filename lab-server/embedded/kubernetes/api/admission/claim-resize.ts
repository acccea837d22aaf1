// PersistentVolumeClaimResize: a claim grows only once it is bound, and only where its storage class says that volumes can.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { compareQuantities, tryParseQuantity } from '../../values/index.ts';
import { forbidden } from '../errors.ts';
import type { AdmissionPlugin } from './admission.ts';

type StorageClass = Stored<models.V1StorageClass>;
type Claim = Stored<models.V1PersistentVolumeClaim>;

export const claimResize: AdmissionPlugin = {
  name: 'PersistentVolumeClaimResize',
  validate({ operation, resource, subresource, name, object, old }, { store }) {
    if (operation !== 'UPDATE' || resource.table !== 'persistentvolumeclaims' || subresource !== undefined) {
      return;
    }
    const claim = object as Claim;
    const before = old as Claim;
    const size = sizeOf(claim);
    const oldSize = sizeOf(before);
    if (!size || !oldSize || compareQuantities(size, oldSize) <= 0) {
      return;
    }
    if (before.status?.phase !== 'Bound') {
      throw forbidden(resource.name, name, 'Only bound persistent volume claims can be expanded');
    }
    const className = claim.spec?.storageClassName;
    const storageClass =
      className && className === before.spec?.storageClassName
        ? (store.table('storageclasses.storage.k8s.io').get(className)?.object as StorageClass | undefined)
        : undefined;
    if (storageClass?.allowVolumeExpansion !== true) {
      const why = 'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize';
      throw forbidden(resource.name, name, why);
    }
  },
};

function sizeOf(claim: Claim): ReturnType<typeof tryParseQuantity> {
  return tryParseQuantity(claim.spec?.resources?.requests?.['storage']);
}
