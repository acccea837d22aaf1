// Which volume fits a claim: the smallest that has the class, the access modes, the mode, the labels and the room.
import { compareQuantities, tryParseQuantity } from '../../values/quantity.ts';
import { matchesSelector } from '../../values/label-selector.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../kinds.ts';

/** The best volume for the claim, one that was reserved for it by its claimRef first. */
export function findVolume(claim: PersistentVolumeClaim, volumes: readonly PersistentVolume[]): PersistentVolume | undefined {
  const fitting = volumes.filter((volume) => !volume.metadata.deletionTimestamp && fits(claim, volume));
  return fitting.find((volume) => isReservedFor(claim, volume)) ?? fitting.filter(isFree).toSorted(bySize)[0];
}

/** Whether the volume names this claim, or the name of it before it existed. */
export function isReservedFor({ metadata }: PersistentVolumeClaim, { spec }: PersistentVolume): boolean {
  const reference = spec?.claimRef;
  return (
    reference !== undefined &&
    reference.namespace === metadata.namespace &&
    reference.name === metadata.name &&
    (!reference.uid || reference.uid === metadata.uid)
  );
}

function isFree({ spec, status }: PersistentVolume): boolean {
  return !spec?.claimRef && status?.phase !== 'Released' && status?.phase !== 'Failed';
}

function fits(claim: PersistentVolumeClaim, volume: PersistentVolume): boolean {
  const wanted = claim.spec ?? {};
  const offered = volume.spec ?? {};
  const request = tryParseQuantity(wanted.resources?.requests?.['storage']);
  const capacity = tryParseQuantity(offered.capacity?.['storage']);
  return (
    (wanted.storageClassName ?? '') === (offered.storageClassName ?? '') &&
    (wanted.volumeMode ?? 'Filesystem') === (offered.volumeMode ?? 'Filesystem') &&
    (wanted.accessModes ?? []).every((mode) => offered.accessModes?.includes(mode)) &&
    (!wanted.selector || matchesSelector(wanted.selector, volume.metadata.labels)) &&
    (!request || (capacity !== undefined && compareQuantities(capacity, request) >= 0))
  );
}

function bySize(a: PersistentVolume, b: PersistentVolume): number {
  const size = (volume: PersistentVolume) => tryParseQuantity(volume.spec?.capacity?.['storage'])?.nanos ?? 0n;
  return size(a) < size(b) ? -1 : size(a) > size(b) ? 1 : a.metadata.name < b.metadata.name ? -1 : 1;
}
