// Gives every namespace the ConfigMap kube-root-ca.crt, so that pods can trust the API server.
import { isApiError } from '../api/errors.ts';
import type { Controller } from './controller.ts';
import { keyOf } from './keys.ts';
import { CONFIG_MAP, NAMESPACE } from './kinds.ts';
import { isNamespaceTerminating } from './pods/replicas.ts';
import { sameValue } from '../values/same.ts';

const NAME = 'kube-root-ca.crt';
const DESCRIPTION =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

/** `rootCertificate` is the cluster's CA as PEM. */
export function rootCaPublisher(rootCertificate: string): Controller {
  const data = { 'ca.crt': rootCertificate };
  return {
    name: 'root-ca-cert-publisher',
    watches: [
      { kind: NAMESPACE, keys: (namespace) => [keyOf(namespace)] },
      { kind: CONFIG_MAP, keys: ({ metadata }) => (metadata.name === NAME && metadata.namespace ? [metadata.namespace] : []) },
    ],
    reconcile(key, { client }) {
      const namespace = client.get(NAMESPACE, undefined, key);
      if (!namespace || namespace.metadata.deletionTimestamp) {
        return;
      }
      const annotations = { 'kubernetes.io/description': DESCRIPTION };
      const current = client.get(CONFIG_MAP, key, NAME);
      if (current && sameValue(current.data, data) && current.metadata.annotations?.['kubernetes.io/description'] === DESCRIPTION) {
        return;
      }
      try {
        if (current) {
          const metadata = { ...current.metadata, annotations: { ...current.metadata.annotations, ...annotations } };
          client.update(CONFIG_MAP, { ...current, metadata, data });
        } else {
          client.create(CONFIG_MAP, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: NAME, namespace: key, annotations }, data });
        }
      } catch (error) {
        if (!isApiError(error, 'AlreadyExists') && !isNamespaceTerminating(error)) {
          throw error;
        }
      }
    },
  };
}
