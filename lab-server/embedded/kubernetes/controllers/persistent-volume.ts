// PersistentVolumes and their claims: bound to each other, released, reclaimed, and provisioned where a storage class can.
import type { ClusterClient } from '../cluster-client.ts';
import type { Pod } from '../types.ts';
import type { Controller, ControllerContext, Key } from './controller.ts';
import { keyOf } from './keys.ts';
import {
  PERSISTENT_VOLUME,
  PERSISTENT_VOLUME_CLAIM,
  POD,
  type PersistentVolume,
  type PersistentVolumeClaim,
  STORAGE_CLASS,
  type StorageClass,
} from './kinds.ts';
import { ifPresent } from './ownership.ts';
import { bind, isBindCompleted, setVolumePhase } from './volumes/binding.ts';
import { findVolume, isReservedFor } from './volumes/matching.ts';

const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';
const SELECTED_NODE = 'volume.kubernetes.io/selected-node';
const PROVISIONER = 'volume.kubernetes.io/storage-provisioner';
const BETA_PROVISIONER = 'volume.beta.kubernetes.io/storage-provisioner';
const NO_PROVISIONER = 'kubernetes.io/no-provisioner';

export const persistentVolumeController: Controller = {
  name: 'persistentvolume-controller',
  serviceAccount: 'persistent-volume-binder',
  watches: [
    {
      kind: PERSISTENT_VOLUME_CLAIM,
      keys(object) {
        const { volumeName } = (object as PersistentVolumeClaim).spec ?? {};
        return volumeName ? [keyOf(object), volumeName] : [keyOf(object)];
      },
    },
    { kind: PERSISTENT_VOLUME, keys: (volume, _old, client) => [keyOf(volume), ...claimsFor(volume as PersistentVolume, client)] },
    { kind: STORAGE_CLASS, keys: (_class, _old, client) => pendingClaims(client).map(keyOf) },
  ],
  // A volume's key has no namespace, a claim's has one.
  reconcile(key, context) {
    const [first = '', second] = key.split('/');
    if (second === undefined) {
      const volume = context.client.get(PERSISTENT_VOLUME, undefined, first);
      if (volume) {
        syncVolume(volume, context);
      }
      return;
    }
    const claim = context.client.get(PERSISTENT_VOLUME_CLAIM, first, second);
    if (claim) {
      syncClaim(claim, context);
    }
  },
};

/** The claim of a volume; of a free volume all claims that still look for one. */
function claimsFor({ spec }: PersistentVolume, client: ClusterClient): Key[] {
  return spec?.claimRef ? [`${spec.claimRef.namespace}/${spec.claimRef.name}`] : pendingClaims(client).map(keyOf);
}

function pendingClaims(client: ClusterClient): PersistentVolumeClaim[] {
  return client.list(PERSISTENT_VOLUME_CLAIM).filter(({ status }) => status?.phase !== 'Bound');
}

function syncVolume(volume: PersistentVolume, { client }: ControllerContext): void {
  const reference = volume.spec?.claimRef;
  if (!reference) {
    setVolumePhase(client, volume, 'Available');
    return;
  }
  if (!reference.uid) {
    // Reserved by an administrator for a claim that has not come yet.
    setVolumePhase(client, volume, 'Available');
    return;
  }
  const claim = client.get(PERSISTENT_VOLUME_CLAIM, reference.namespace, reference.name ?? '');
  if (claim?.metadata.uid === reference.uid) {
    return;
  }
  const released = setVolumePhase(client, volume, 'Released');
  if (released.spec?.persistentVolumeReclaimPolicy === 'Delete' && !released.metadata.deletionTimestamp) {
    ifPresent(() => client.delete(PERSISTENT_VOLUME, undefined, released.metadata.name));
  }
}

function syncClaim(claim: PersistentVolumeClaim, context: ControllerContext): void {
  const { client, event } = context;
  if (claim.spec?.volumeName) {
    syncNamedClaim(claim, claim.spec.volumeName, context);
    return;
  }
  if (claim.metadata.deletionTimestamp) {
    return;
  }
  const storageClass = classOf(claim, client);
  if (storageClass && claim.spec?.storageClassName === undefined) {
    // A default class that was set later is given to claims that name none.
    const spec = { ...claim.spec, storageClassName: storageClass.metadata.name };
    client.update(PERSISTENT_VOLUME_CLAIM, { ...claim, spec });
    return;
  }
  if (storageClass?.volumeBindingMode === 'WaitForFirstConsumer' && !claim.metadata.annotations?.[SELECTED_NODE]) {
    const consumer = consumerOf(claim, client);
    if (consumer) {
      event(claim, 'Normal', 'WaitForPodScheduled', `waiting for pod ${consumer.metadata.name} to be scheduled`);
    } else {
      event(claim, 'Normal', 'WaitForFirstConsumer', 'waiting for first consumer to be created before binding');
    }
    return;
  }
  const volume = findVolume(claim, client.list(PERSISTENT_VOLUME));
  if (volume) {
    bind(client, claim, volume);
    return;
  }
  awaitProvisioner(claim, storageClass, context);
}

/** A claim that names its volume, by its author or because it is bound. */
function syncNamedClaim(claim: PersistentVolumeClaim, name: string, { client, event }: ControllerContext): void {
  const volume = client.get(PERSISTENT_VOLUME, undefined, name);
  if (volume && (!volume.spec?.claimRef || isReservedFor(claim, volume))) {
    bind(client, claim, volume);
    return;
  }
  if (!isBindCompleted(claim)) {
    if (volume) {
      event(claim, 'Warning', 'FailedBinding', `volume "${name}" already bound to a different claim.`);
    }
    return;
  }
  if (claim.status?.phase !== 'Lost') {
    client.updateStatus(PERSISTENT_VOLUME_CLAIM, { ...claim, status: { phase: 'Lost' } });
    const reason = volume ? 'ClaimMisbound' : 'ClaimLost';
    const message = volume
      ? 'Two claims are bound to the same volume, this one is bound incorrectly'
      : 'Bound claim has lost its PersistentVolume. Data on the volume is lost!';
    event(claim, 'Warning', reason, message);
  }
}

/** The class a claim names; the default one where it names none at all. */
function classOf({ spec }: PersistentVolumeClaim, client: ClusterClient): StorageClass | undefined {
  if (spec?.storageClassName !== undefined) {
    return spec.storageClassName === '' ? undefined : client.get(STORAGE_CLASS, undefined, spec.storageClassName);
  }
  return client.list(STORAGE_CLASS).find(({ metadata }) => metadata.annotations?.[DEFAULT_CLASS] === 'true');
}

function consumerOf({ metadata }: PersistentVolumeClaim, client: ClusterClient): Pod | undefined {
  return client
    .list(POD, { namespace: metadata.namespace })
    .find(({ spec }) => spec?.volumes?.some(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === metadata.name));
}

function awaitProvisioner(
  claim: PersistentVolumeClaim,
  storageClass: StorageClass | undefined,
  { client, event }: ControllerContext,
): void {
  const name = claim.spec?.storageClassName;
  if (!name) {
    event(claim, 'Normal', 'FailedBinding', 'no persistent volumes available for this claim and no storage class is set');
    return;
  }
  if (!storageClass) {
    event(claim, 'Warning', 'ProvisioningFailed', `storageclass.storage.k8s.io "${name}" not found`);
    return;
  }
  const { provisioner } = storageClass;
  if (provisioner === NO_PROVISIONER) {
    event(claim, 'Normal', 'FailedBinding', 'no persistent volumes available for this claim and no storage class is set');
    return;
  }
  if (claim.metadata.annotations?.[PROVISIONER] !== provisioner) {
    const annotations = { ...claim.metadata.annotations, [PROVISIONER]: provisioner, [BETA_PROVISIONER]: provisioner };
    client.update(PERSISTENT_VOLUME_CLAIM, { ...claim, metadata: { ...claim.metadata, annotations } });
  }
  const who = `either by the external provisioner '${provisioner}' or manually by the system administrator`;
  const advice = 'If volume creation is delayed, please verify that the provisioner is running and correctly registered.';
  event(claim, 'Normal', 'ExternalProvisioning', `Waiting for a volume to be created ${who}. ${advice}`);
}
