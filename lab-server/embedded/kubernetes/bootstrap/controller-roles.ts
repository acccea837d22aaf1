// The roles that a real cluster gives its controllers, `system:controller:*`, for who looks at them: here controllers run in process.
import type { PolicyRule } from '../api/auth/authorize.ts';

const EVENTS = allow('create update patch', ['', 'events.k8s.io'], 'events');
const READ = 'get list watch';

/** By the controller's service account in kube-system. */
export const CONTROLLER_ROLES: Readonly<Record<string, readonly PolicyRule[]>> = {
  'attachdetach-controller': [
    allow('list watch', '', 'persistentvolumes persistentvolumeclaims'),
    allow(READ, '', 'nodes'),
    allow('patch update', '', 'nodes/status'),
    allow('list watch', '', 'pods'),
    EVENTS,
    allow('get create delete list watch', 'storage.k8s.io', 'volumeattachments'),
    allow(READ, 'storage.k8s.io', 'csidrivers'),
    allow(READ, 'storage.k8s.io', 'csinodes'),
  ],
  'certificate-controller': [
    allow('get list watch delete', 'certificates.k8s.io', 'certificatesigningrequests'),
    allow('update', 'certificates.k8s.io', 'certificatesigningrequests/status certificatesigningrequests/approval'),
    allow('approve', 'certificates.k8s.io', 'signers', ['kubernetes.io/kube-apiserver-client-kubelet']),
    allow('sign', 'certificates.k8s.io', 'signers', [
      'kubernetes.io/kube-apiserver-client',
      'kubernetes.io/kube-apiserver-client-kubelet',
      'kubernetes.io/kubelet-serving',
      'kubernetes.io/legacy-unknown',
    ]),
    allow('create', 'authorization.k8s.io', 'subjectaccessreviews'),
    EVENTS,
  ],
  'clusterrole-aggregation-controller': [allow('escalate get list watch update patch', 'rbac.authorization.k8s.io', 'clusterroles')],
  'cronjob-controller': [
    allow('get list watch update', 'batch', 'cronjobs'),
    allow('get list watch create update delete patch', 'batch', 'jobs'),
    allow('update', 'batch', 'cronjobs/status'),
    allow('update', 'batch', 'cronjobs/finalizers'),
    allow('list watch delete', '', 'pods'),
    EVENTS,
  ],
  'daemon-set-controller': [
    ...overWorkload('daemonsets', READ, ['apps', 'extensions']),
    allow('list watch', '', 'nodes'),
    allow('list watch create delete patch', '', 'pods'),
    allow('create', '', 'pods/binding'),
    allow('get list watch create delete update patch', 'apps', 'controllerrevisions'),
    EVENTS,
  ],
  'deployment-controller': [
    ...overWorkload('deployments', 'get list watch update', ['apps', 'extensions']),
    allow('get list watch create update patch delete', ['apps', 'extensions'], 'replicasets'),
    allow('get list watch update', '', 'pods'),
    EVENTS,
  ],
  'disruption-controller': [
    allow(READ, ['apps', 'extensions'], 'deployments'),
    allow(READ, ['apps', 'extensions'], 'replicasets'),
    allow(READ, '', 'replicationcontrollers'),
    allow(READ, 'policy', 'poddisruptionbudgets'),
    allow(READ, 'apps', 'statefulsets'),
    allow('update', 'policy', 'poddisruptionbudgets/status'),
    allow('patch update', '', 'pods/status'),
    allow('get', '*', '*/scale'),
    EVENTS,
  ],
  'endpoint-controller': [
    allow(READ, '', 'pods services'),
    allow('get list watch create update delete', '', 'endpoints'),
    allow('create', '', 'endpoints/restricted'),
    EVENTS,
  ],
  'endpointslice-controller': [
    allow(READ, '', 'nodes pods services'),
    allow('update', '', 'services/finalizers'),
    allow('get list watch create update delete', 'discovery.k8s.io', 'endpointslices'),
    EVENTS,
  ],
  'endpointslicemirroring-controller': [
    allow(READ, '', 'endpoints services'),
    allow('update', '', 'services/finalizers'),
    allow('update', '', 'endpoints/finalizers'),
    allow('get list watch create update delete', 'discovery.k8s.io', 'endpointslices'),
    EVENTS,
  ],
  'ephemeral-volume-controller': [
    allow(READ, '', 'pods'),
    allow('update', '', 'pods/finalizers'),
    allow('get list watch create', '', 'persistentvolumeclaims'),
    EVENTS,
  ],
  'expand-controller': [
    allow('get list watch update patch', '', 'persistentvolumes'),
    allow('update patch', '', 'persistentvolumeclaims/status'),
    allow(READ, '', 'persistentvolumeclaims'),
    EVENTS,
    allow('get', '', 'services'),
  ],
  'generic-garbage-collector': [allow('get list watch patch update delete', '*', '*'), EVENTS],
  'horizontal-pod-autoscaler': [
    allow(READ, 'autoscaling', 'horizontalpodautoscalers'),
    allow('update', 'autoscaling', 'horizontalpodautoscalers/status'),
    allow('get update', '*', '*/scale'),
    allow('list watch', '', 'pods'),
    allow('list watch', 'metrics.k8s.io', 'pods'),
    allow(READ, 'custom.metrics.k8s.io', '*'),
    allow(READ, 'external.metrics.k8s.io', '*'),
    EVENTS,
  ],
  'job-controller': [
    ...overWorkload('jobs', 'get list watch update patch', ['batch']),
    allow('list watch create delete patch', '', 'pods'),
    EVENTS,
  ],
  'namespace-controller': [
    allow('get list watch delete', '', 'namespaces'),
    allow('update', '', 'namespaces/finalize namespaces/status'),
    allow('get list watch delete deletecollection', '*', '*'),
  ],
  'node-controller': [
    allow('get list watch update delete patch', '', 'nodes'),
    allow('patch update', '', 'nodes/status'),
    allow('patch update', '', 'pods/status'),
    allow('list watch get delete', '', 'pods'),
    EVENTS,
  ],
  'persistent-volume-binder': [
    allow('get list watch update create delete', '', 'persistentvolumes'),
    allow('update', '', 'persistentvolumes/status'),
    allow('get list watch update', '', 'persistentvolumeclaims'),
    allow('update', '', 'persistentvolumeclaims/status'),
    allow('list watch get create delete', '', 'pods'),
    allow(READ, 'storage.k8s.io', 'storageclasses'),
    allow('list watch', '', 'nodes'),
    EVENTS,
    allow('watch', '', 'events'),
    allow('get', '', 'services'),
  ],
  'pod-garbage-collector': [allow('list watch delete', '', 'pods'), allow(READ, '', 'nodes'), allow('patch', '', 'pods/status')],
  'pv-protection-controller': [allow('get list watch update', '', 'persistentvolumes'), EVENTS],
  'pvc-protection-controller': [allow('get list watch update', '', 'persistentvolumeclaims'), allow(READ, '', 'pods'), EVENTS],
  'replicaset-controller': [
    ...overWorkload('replicasets', 'get list watch update', ['apps', 'extensions']),
    allow('list watch patch create delete', '', 'pods'),
    EVENTS,
  ],
  'replication-controller': [
    ...overWorkload('replicationcontrollers', 'get list watch update', ['']),
    allow('list watch patch create delete', '', 'pods'),
    EVENTS,
  ],
  'resourcequota-controller': [allow('list watch', '*', '*'), allow('update', '', 'resourcequotas/status'), EVENTS],
  'root-ca-cert-publisher': [allow('create update', '', 'configmaps'), EVENTS],
  'route-controller': [allow('list watch', '', 'nodes'), allow('patch', '', 'nodes/status'), EVENTS],
  'service-account-controller': [allow('create', '', 'serviceaccounts'), EVENTS],
  'service-controller': [
    allow(READ, '', 'services'),
    allow('patch update', '', 'services/status'),
    allow('list watch', '', 'nodes'),
    EVENTS,
  ],
  'statefulset-controller': [
    allow('list watch', '', 'pods'),
    ...overWorkload('statefulsets', READ, ['apps']),
    allow('get create delete update patch', '', 'pods'),
    allow('get create delete update patch list watch', 'apps', 'controllerrevisions'),
    allow('get create list watch', '', 'persistentvolumeclaims'),
    allow('update delete', '', 'persistentvolumeclaims'),
    allow('update', '', 'pods/finalizers'),
    EVENTS,
  ],
  'ttl-after-finished-controller': [allow('get list watch delete', 'batch', 'jobs'), EVENTS],
  'ttl-controller': [allow('update patch list watch', '', 'nodes'), EVENTS],
};

/** Verbs and resources as words; lists are in the order of their words, as the real server writes them. */
function allow(verbs: string, groups: string | readonly string[], resources: string, names?: string[]): PolicyRule {
  return {
    apiGroups: typeof groups === 'string' ? [groups] : [...groups],
    resources: resources.split(' ').toSorted(),
    verbs: verbs.split(' ').toSorted(),
    ...(names && { resourceNames: names }),
  };
}

/** What a controller may do with the kind it reconciles. */
function overWorkload(plural: string, verbs: string, groups: readonly string[]): PolicyRule[] {
  return [allow(verbs, groups, plural), allow('update', groups, `${plural}/status`), allow('update', groups, `${plural}/finalizers`)];
}
