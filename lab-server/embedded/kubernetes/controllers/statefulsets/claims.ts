// The claims of a stateful set's pods: created before their pod, and owned so that they go when the retention policy says so.
import { messageOf } from '../../../../base/index.ts';
import type { KubernetesObject, Pod } from '../../types.ts';
import { sameValue } from '../../values/same.ts';
import type { ControllerContext } from '../controller.ts';
import { PERSISTENT_VOLUME_CLAIM, type PersistentVolumeClaim, type StatefulSet } from '../kinds.ts';
import { ifPresent, withOwners } from '../ownership.ts';
import { claimNames, newClaims, podName } from './identity.ts';

type OwnerReferences = NonNullable<KubernetesObject['metadata']['ownerReferences']>;

/** Creates the claims that a pod needs and that are missing. Throws the API's refusal after its event. */
export function ensureClaims(set: StatefulSet, ordinal: number, { client, event }: ControllerContext): void {
  for (const claim of newClaims(set, ordinal)) {
    const name = claim.metadata.name ?? '';
    if (client.get(PERSISTENT_VOLUME_CLAIM, claim.metadata.namespace, name)) {
      continue;
    }
    const subject = `create Claim ${name} Pod ${podName(set, ordinal)} in StatefulSet ${set.metadata.name}`;
    try {
      client.create(PERSISTENT_VOLUME_CLAIM, claim);
      event(set, 'Normal', 'SuccessfulCreate', `${subject} success`);
    } catch (error) {
      event(set, 'Warning', 'FailedCreate', `${subject} failed error: ${messageOf(error)}`);
      throw error;
    }
  }
}

/** Makes the set or the pod own the pod's claims, or nobody, as the retention policy asks. */
export function syncClaimOwners(set: StatefulSet, ordinal: number, pod: Pod, isCondemned: boolean, { client }: ControllerContext): void {
  for (const name of claimNames(set, ordinal).values()) {
    const claim = client.get(PERSISTENT_VOLUME_CLAIM, set.metadata.namespace, name);
    if (!claim || claim.metadata.deletionTimestamp) {
      continue;
    }
    const references = claimOwners(set, pod, isCondemned, claim);
    if (!sameValue(references, claim.metadata.ownerReferences)) {
      ifPresent(() => client.update(PERSISTENT_VOLUME_CLAIM, withOwners(claim, references)));
    }
  }
}

/** The owners a claim should have: others are left alone. */
export function claimOwners(set: StatefulSet, pod: Pod, isCondemned: boolean, claim: PersistentVolumeClaim): OwnerReferences {
  const { whenDeleted = 'Retain', whenScaled = 'Retain' } = set.spec?.persistentVolumeClaimRetentionPolicy ?? {};
  const others = (claim.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== set.metadata.uid && uid !== pod.metadata.uid);
  if (whenScaled === 'Delete' && isCondemned) {
    return [...others, ownerReference(pod)];
  }
  return whenDeleted === 'Delete' ? [...others, ownerReference(set)] : others;
}

function ownerReference(owner: KubernetesObject): OwnerReferences[number] {
  const { name = '', uid = '' } = owner.metadata;
  return { apiVersion: owner.apiVersion, kind: owner.kind, name, uid, controller: true };
}
