// What is in a new cluster before anyone has made anything: namespaces, the API's own Service, classes.

const NAMESPACES = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];

export interface BootstrapOptions {
  /** The API server's address inside the cluster. */
  apiServer: { address: string; port: number };
}

/** Objects in the order in which they can be made. */
export function bootstrapObjects({ apiServer }: BootstrapOptions): object[] {
  return [
    ...NAMESPACES.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
    ...priorityClasses(),
    standardStorageClass(),
    ...apiService(apiServer),
  ];
}

function priorityClasses(): object[] {
  const make = (name: string, value: number, description: string): object => ({
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name },
    value,
    description,
    preemptionPolicy: 'PreemptLowerPriority',
  });
  return [
    make('system-cluster-critical', 2_000_000_000, 'For pods that the cluster cannot do without, but that may move to another node.'),
    make('system-node-critical', 2_000_001_000, 'For pods that their node cannot do without.'),
  ];
}

/** The class that minikube's storage provisioner serves. */
export function standardStorageClass(): { metadata: { name: string } } {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: {
      name: 'standard',
      labels: { 'addonmanager.kubernetes.io/mode': 'EnsureExists' },
      annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
    },
    provisioner: 'k8s.io/minikube-hostpath',
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'Immediate',
  } as { metadata: { name: string } };
}

function apiService({ address, port }: { address: string; port: number }): object[] {
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'kubernetes', namespace: 'default', labels: { component: 'apiserver', provider: 'kubernetes' } },
      spec: { clusterIP: '10.96.0.1', type: 'ClusterIP', ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: port }] },
    },
    {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name: 'kubernetes', namespace: 'default', labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
      subsets: [{ addresses: [{ ip: address }], ports: [{ name: 'https', port, protocol: 'TCP' }] }],
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'kubernetes', namespace: 'default', labels: { 'kubernetes.io/service-name': 'kubernetes' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: [address], conditions: { ready: true } }],
      ports: [{ name: 'https', port, protocol: 'TCP' }],
    },
  ];
}
