// Claims of a pod: they must exist and be bound, or be bound on the node that is chosen; and their volumes may be tied to nodes.
import type * as models from '@kubernetes/client-node';
import { kindRef } from '../../cluster-client.ts';
import type { Node, Pod, Stored } from '../../types.ts';
import { matchesAnyTerm } from './node-selector-terms.ts';
import { type Plugin, refuse, type SchedulingView } from './plugin.ts';

type Claim = Stored<models.V1PersistentVolumeClaim>;
type Volume = Stored<models.V1PersistentVolume>;
type StorageClass = Stored<models.V1StorageClass>;

export const CLAIM = kindRef<Claim>('v1', 'PersistentVolumeClaim');
export const VOLUME = kindRef<Volume>('v1', 'PersistentVolume');
export const STORAGE_CLASS = kindRef<StorageClass>('storage.k8s.io/v1', 'StorageClass');

/** The annotation that tells the volume controller on which node a waiting claim is to be provisioned. */
export const SELECTED_NODE = 'volume.kubernetes.io/selected-node';

export const volumeBinding: Plugin = {
  name: 'VolumeBinding',
  preFilter({ pod }, view) {
    for (const name of claimNamesOf(pod)) {
      const claim = view.client.get(CLAIM, pod.metadata.namespace, name);
      if (!claim) {
        return `persistentvolumeclaim "${name}" not found`;
      }
      if (claim.metadata.deletionTimestamp) {
        return `persistentvolumeclaim "${name}" is being deleted`;
      }
      if (claim.status?.phase === 'Lost') {
        return `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${claim.spec?.volumeName ?? ''}"`;
      }
      if (!claim.spec?.volumeName && !waitsForConsumer(claim, view)) {
        return 'pod has unbound immediate PersistentVolumeClaims';
      }
    }
    return undefined;
  },
  filter({ pod }, { node }, view) {
    for (const name of claimNamesOf(pod)) {
      const claim = view.client.get(CLAIM, pod.metadata.namespace, name);
      if (!claim) {
        continue;
      }
      if (claim.spec?.volumeName) {
        const volume = view.client.get(VOLUME, undefined, claim.spec.volumeName);
        if (volume && !volumeAllows(volume, node)) {
          return refuse("node(s) didn't match PersistentVolume's node affinity", true);
        }
      } else if (!canBindOn(claim, node, view)) {
        return refuse("node(s) didn't find available persistent volumes to bind", true);
      }
    }
    return undefined;
  },
};

export function claimNamesOf(pod: Pod): string[] {
  return (pod.spec?.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    if (persistentVolumeClaim) {
      return [persistentVolumeClaim.claimName];
    }
    return ephemeral ? [`${pod.metadata.name}-${name}`] : [];
  });
}

/** Claims of `pod` that wait to hear on which node it will run. */
export function waitingClaims(pod: Pod, view: Pick<SchedulingView, 'client'>): Claim[] {
  return claimNamesOf(pod).flatMap((name) => {
    const claim = view.client.get(CLAIM, pod.metadata.namespace, name);
    return claim && !claim.spec?.volumeName ? [claim] : [];
  });
}

function waitsForConsumer(claim: Claim, { client }: Pick<SchedulingView, 'client'>): boolean {
  const className = claim.spec?.storageClassName;
  return client.get(STORAGE_CLASS, undefined, className ?? '')?.volumeBindingMode === 'WaitForFirstConsumer';
}

function canBindOn(claim: Claim, node: Node, { client }: SchedulingView): boolean {
  const className = claim.spec?.storageClassName ?? '';
  const storageClass = client.get(STORAGE_CLASS, undefined, className);
  if (storageClass && storageClass.provisioner !== 'kubernetes.io/no-provisioner') {
    return true;
  }
  return client
    .list(VOLUME)
    .some((volume) => volume.spec?.storageClassName === className && volume.status?.phase === 'Available' && volumeAllows(volume, node));
}

function volumeAllows(volume: Volume, node: Node): boolean {
  const required = volume.spec?.nodeAffinity?.required;
  return !required || matchesAnyTerm(required.nodeSelectorTerms, node);
}
