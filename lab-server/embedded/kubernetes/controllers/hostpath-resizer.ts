// Grows the volumes of the node's disk when their claims ask for more: a directory has no size, so only the figures change.
import { compareQuantities, tryParseQuantity } from '../values/quantity.ts';
import type { Controller } from './controller.ts';
import { objectOf, watchSelf } from './keys.ts';
import { PERSISTENT_VOLUME, PERSISTENT_VOLUME_CLAIM } from './kinds.ts';

const PROVISIONER = 'k8s.io/minikube-hostpath';
const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by';

export const hostpathResizer: Controller = {
  name: `external-resizer ${PROVISIONER}`,
  serviceAccount: 'storage-provisioner',
  watches: [watchSelf(PERSISTENT_VOLUME_CLAIM)],
  reconcile(key, { client, event }) {
    const claim = objectOf(client, PERSISTENT_VOLUME_CLAIM, key);
    const wanted = claim?.spec?.resources?.requests?.['storage'];
    if (
      !claim ||
      claim.status?.phase !== 'Bound' ||
      claim.metadata.deletionTimestamp ||
      !isMore(wanted, claim.status.capacity?.['storage'])
    ) {
      return;
    }
    const volume = client.get(PERSISTENT_VOLUME, undefined, claim.spec?.volumeName ?? '');
    if (volume?.metadata.annotations?.[PROVISIONED_BY] !== PROVISIONER) {
      return;
    }
    const capacity = { storage: wanted ?? '0' };
    if (isMore(wanted, volume.spec?.capacity?.['storage'])) {
      event(claim, 'Normal', 'Resizing', `External resizer is resizing volume ${volume.metadata.name}`);
      client.update(PERSISTENT_VOLUME, { ...volume, spec: { ...volume.spec, capacity: { ...volume.spec?.capacity, ...capacity } } });
    }
    client.updateStatus(PERSISTENT_VOLUME_CLAIM, {
      ...claim,
      status: { ...claim.status, capacity: { ...claim.status.capacity, ...capacity } },
    });
    event(claim, 'Normal', 'VolumeResizeSuccessful', 'Resize volume succeeded');
  },
};

function isMore(wanted: string | undefined, present: string | undefined): boolean {
  const [size, current] = [tryParseQuantity(wanted), tryParseQuantity(present)];
  return size !== undefined && current !== undefined && compareQuantities(size, current) > 0;
}
