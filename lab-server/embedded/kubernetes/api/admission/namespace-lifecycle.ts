// NamespaceLifecycle: nothing is created in a namespace that is not there or is going, and the system's own namespaces stay.
import type { Namespace } from '../../types.ts';
import { ApiError, forbidden, notFound } from '../errors.ts';
import type { AdmissionPlugin } from './admission.ts';

const IMMORTAL: ReadonlySet<string> = new Set(['default', 'kube-public', 'kube-system']);

export const namespaceLifecycle: AdmissionPlugin = {
  name: 'NamespaceLifecycle',
  admit({ operation, resource, namespace, name }, { store }) {
    if (operation === 'DELETE' && resource.table === 'namespaces' && IMMORTAL.has(name)) {
      throw forbidden(resource.name, name, 'this namespace may not be deleted');
    }
    if (operation !== 'CREATE' || !resource.namespaced || namespace === undefined) {
      return;
    }
    const found = store.table('namespaces').get(namespace)?.object as Namespace | undefined;
    if (!found) {
      throw notFound({ group: '', resource: 'namespaces' }, namespace);
    }
    if (found.metadata.deletionTimestamp === undefined) {
      return;
    }
    const refusal = forbidden(resource.name, name, `unable to create new content in namespace ${namespace} because it is being terminated`);
    throw new ApiError(refusal.code, refusal.reason, refusal.message, {
      ...refusal.details,
      causes: [{ reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' }],
    });
  },
};
