// ServiceAccount: a pod runs as an account of its namespace, whose token is mounted into its containers.
import type * as models from '@kubernetes/client-node';
import type { Pod, Stored } from '../../types.ts';
import { forbidden } from '../errors.ts';
import { randomSuffix } from '../objects/metadata.ts';
import type { AdmissionPlugin } from './admission.ts';

type ServiceAccount = Stored<models.V1ServiceAccount>;
type PodSpec = NonNullable<Pod['spec']>;

const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
/** The kubelet renews a token well before this. The odd seven seconds tell a default from what was asked for. */
const TOKEN_SECONDS = 3607;
const DEFAULT_MODE = 0o644;

export const serviceAccount: AdmissionPlugin = {
  name: 'ServiceAccount',
  admit({ operation, resource, subresource, namespace, name, object }, { store }) {
    if (operation !== 'CREATE' || resource.table !== 'pods' || subresource !== undefined) {
      return;
    }
    const spec = ((object as Pod).spec ??= {} as PodSpec);
    const accountName = spec.serviceAccountName || 'default';
    spec.serviceAccountName = accountName;
    spec.serviceAccount = accountName;
    const account = store.table('serviceaccounts').get(`${namespace}/${accountName}`)?.object as ServiceAccount | undefined;
    if (!account) {
      throw forbidden(
        resource.name,
        name,
        `error looking up service account ${namespace}/${accountName}: serviceaccount ${JSON.stringify(accountName)} not found`,
      );
    }
    if (spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) {
      mountToken(spec);
    }
    if (!spec.imagePullSecrets?.length && account.imagePullSecrets?.length) {
      spec.imagePullSecrets = account.imagePullSecrets.map((reference) => ({ ...reference }));
    }
  },
};

function mountToken(spec: PodSpec): void {
  const wanting = [...(spec.initContainers ?? []), ...(spec.containers ?? [])].filter(
    ({ volumeMounts }) => !volumeMounts?.some(({ mountPath }) => mountPath === MOUNT_PATH),
  );
  if (wanting.length === 0) {
    return;
  }
  const volume = `kube-api-access-${randomSuffix()}`;
  for (const container of wanting) {
    container.volumeMounts = [...(container.volumeMounts ?? []), { name: volume, readOnly: true, mountPath: MOUNT_PATH }];
  }
  spec.volumes = [...(spec.volumes ?? []), { name: volume, projected: { sources: tokenSources(), defaultMode: DEFAULT_MODE } }];
}

function tokenSources(): NonNullable<NonNullable<NonNullable<PodSpec['volumes']>[number]['projected']>['sources']> {
  return [
    { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: 'token' } },
    { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
  ];
}
