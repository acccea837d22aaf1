// Creates the claim of each generic ephemeral volume, owned by its pod so that both go together.
import { messageOf } from '../../../base/index.ts';
import type { Pod } from '../types.ts';
import type { Controller } from './controller.ts';
import { isControlledBy, keyOf, objectOf } from './keys.ts';
import { PERSISTENT_VOLUME_CLAIM, POD } from './kinds.ts';
import { controllerReference } from './pods/from-template.ts';
import { isTerminating } from './pods/readiness.ts';
import { isNamespaceTerminating } from './pods/replicas.ts';

export const ephemeralVolumeController: Controller = {
  name: 'ephemeral_volume',
  serviceAccount: 'ephemeral-volume-controller',
  watches: [
    { kind: POD, keys: (pod, old) => (!old && (pod as Pod).spec?.volumes?.some(({ ephemeral }) => ephemeral) ? [keyOf(pod)] : []) },
  ],
  reconcile(key, { client, event }) {
    const pod = objectOf(client, POD, key);
    if (!pod || isTerminating(pod)) {
      return;
    }
    for (const { name: volume, ephemeral } of pod.spec?.volumes ?? []) {
      const template = ephemeral?.volumeClaimTemplate;
      if (!template) {
        continue;
      }
      const name = `${pod.metadata.name}-${volume}`;
      const { namespace } = pod.metadata;
      const existing = client.get(PERSISTENT_VOLUME_CLAIM, namespace, name);
      if (existing && !isControlledBy(existing, pod)) {
        throw new Error(`PVC "${namespace}/${name}" was not created for the pod`);
      }
      if (existing) {
        continue;
      }
      try {
        client.create(PERSISTENT_VOLUME_CLAIM, {
          apiVersion: PERSISTENT_VOLUME_CLAIM.apiVersion,
          kind: PERSISTENT_VOLUME_CLAIM.kind,
          metadata: { ...template.metadata, name, namespace, ownerReferences: [controllerReference(pod)] },
          spec: template.spec,
        });
      } catch (error) {
        if (isNamespaceTerminating(error)) {
          return;
        }
        event(pod, 'Warning', 'FailedBinding', `ephemeral volume controller: create PVC ${name}: ${messageOf(error)}`);
        throw error;
      }
    }
  },
};
