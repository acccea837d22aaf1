// Says of each validating admission policy which of its generations was looked at. Types are not checked, so nothing is said of them.
import type * as models from '@kubernetes/client-node';
import { kindRef } from '../cluster-client.ts';
import type { Stored } from '../types.ts';
import type { Controller } from './controller.ts';
import { watchSelf } from './keys.ts';

const POLICY = kindRef<Stored<models.V1ValidatingAdmissionPolicy>>('admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicy');

export const validatingAdmissionPolicyStatusController: Controller = {
  name: 'validatingadmissionpolicy-status-controller',
  watches: [watchSelf(POLICY)],
  reconcile(key, { client }) {
    const policy = client.get(POLICY, undefined, key);
    const { generation } = policy?.metadata ?? {};
    if (policy && generation !== undefined && policy.status?.observedGeneration !== generation) {
      client.updateStatus(POLICY, { ...policy, status: { ...policy.status, observedGeneration: generation, typeChecking: {} } });
    }
  },
};
