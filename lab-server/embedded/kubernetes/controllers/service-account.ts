// Gives every namespace its service account `default`.
import { isApiError } from '../api/errors.ts';
import type { Controller } from './controller.ts';
import { keyOf } from './keys.ts';
import { NAMESPACE, SERVICE_ACCOUNT } from './kinds.ts';
import { isNamespaceTerminating } from './pods/replicas.ts';

const DEFAULT_NAME = 'default';

export const serviceAccountController: Controller = {
  name: 'service-account-controller',
  watches: [
    { kind: NAMESPACE, keys: (namespace) => [keyOf(namespace)] },
    {
      kind: SERVICE_ACCOUNT,
      keys: ({ metadata }) => (metadata.name === DEFAULT_NAME && metadata.namespace ? [metadata.namespace] : []),
    },
  ],
  reconcile(key, { client }) {
    const namespace = client.get(NAMESPACE, undefined, key);
    if (!namespace || namespace.metadata.deletionTimestamp || client.get(SERVICE_ACCOUNT, key, DEFAULT_NAME)) {
      return;
    }
    try {
      client.create(SERVICE_ACCOUNT, {
        apiVersion: SERVICE_ACCOUNT.apiVersion,
        kind: SERVICE_ACCOUNT.kind,
        metadata: { name: DEFAULT_NAME, namespace: key },
      });
    } catch (error) {
      if (!isApiError(error, 'AlreadyExists') && !isNamespaceTerminating(error)) {
        throw error;
      }
    }
  },
};
