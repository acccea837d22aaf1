// Puts back objects the cluster cannot be without when somebody deletes them, such as the Service of the API server itself.
import { isApiError } from '../api/errors.ts';
import type { KubernetesObject } from '../types.ts';
import type { Controller } from './controller.ts';

/** `objects` as they were created at the start of the cluster. */
export function restoreController(objects: readonly KubernetesObject[]): Controller {
  const byKey = new Map(objects.map((object) => [restoreKey(object), object]));
  return {
    name: 'bootstrap-controller',
    watches: objects.map(({ apiVersion, kind }) => ({
      kind: { apiVersion, kind },
      keys(object, _old, client) {
        const key = restoreKey(object);
        const isGone = client.get(object, object.metadata.namespace, object.metadata.name ?? '') === undefined;
        return isGone && byKey.has(key) ? [key] : [];
      },
    })),
    reconcile(key, { client }) {
      const object = byKey.get(key);
      if (!object || client.get(object, object.metadata.namespace, object.metadata.name ?? '')) {
        return;
      }
      try {
        client.create(object, object);
      } catch (error) {
        if (!isApiError(error, 'AlreadyExists')) {
          throw error;
        }
      }
    },
  };
}

function restoreKey({ apiVersion, kind, metadata }: KubernetesObject): string {
  return [apiVersion, kind, metadata.namespace, metadata.name].join(' ');
}
