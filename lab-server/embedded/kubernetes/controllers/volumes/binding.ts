// Binds a claim and a volume to each other: in both specs, in both statuses, whichever of these writes is missing yet.
import { referenceTo } from '../../events/index.ts';
import type { ClusterClient } from '../../cluster-client.ts';
import { sameValue } from '../../values/same.ts';
import { PERSISTENT_VOLUME, PERSISTENT_VOLUME_CLAIM, type PersistentVolume, type PersistentVolumeClaim } from '../kinds.ts';

const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller';
const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed';

type VolumePhase = 'Available' | 'Bound' | 'Released' | 'Failed';

export function bind(client: ClusterClient, claim: PersistentVolumeClaim, volume: PersistentVolume): void {
  setVolumePhase(client, reserveVolume(client, claim, volume), 'Bound');
  completeClaim(client, claim, volume);
}

function reserveVolume(client: ClusterClient, claim: PersistentVolumeClaim, volume: PersistentVolume): PersistentVolume {
  if (volume.spec?.claimRef?.uid === claim.metadata.uid) {
    return volume;
  }
  const isOurs = !volume.spec?.claimRef;
  const annotations = isOurs ? { ...volume.metadata.annotations, [BOUND_BY_CONTROLLER]: 'yes' } : volume.metadata.annotations;
  return client.update(PERSISTENT_VOLUME, {
    ...volume,
    metadata: { ...volume.metadata, annotations },
    spec: { ...volume.spec, claimRef: referenceTo(claim) },
  });
}

export function setVolumePhase(client: ClusterClient, volume: PersistentVolume, phase: VolumePhase): PersistentVolume {
  return volume.status?.phase === phase
    ? volume
    : client.updateStatus(PERSISTENT_VOLUME, { ...volume, status: { ...volume.status, phase } });
}

function completeClaim(client: ClusterClient, claim: PersistentVolumeClaim, volume: PersistentVolume): void {
  const isOurs = !claim.spec?.volumeName;
  const annotations = {
    ...claim.metadata.annotations,
    [BIND_COMPLETED]: 'yes',
    ...(isOurs ? { [BOUND_BY_CONTROLLER]: 'yes' } : {}),
  };
  const volumeName = volume.metadata.name;
  const current =
    claim.spec?.volumeName === volumeName && sameValue(annotations, claim.metadata.annotations)
      ? claim
      : client.update(PERSISTENT_VOLUME_CLAIM, {
          ...claim,
          metadata: { ...claim.metadata, annotations },
          spec: { ...claim.spec, volumeName },
        });
  const status = { ...current.status, phase: 'Bound', accessModes: volume.spec?.accessModes, capacity: volume.spec?.capacity };
  if (!sameValue(status, current.status)) {
    client.updateStatus(PERSISTENT_VOLUME_CLAIM, { ...current, status });
  }
}

/** Whether the claim was bound once: a volume that is missing then is lost, not awaited. */
export function isBindCompleted({ metadata }: PersistentVolumeClaim): boolean {
  return metadata.annotations?.[BIND_COMPLETED] === 'yes';
}
