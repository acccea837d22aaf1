// The Node that a kubelet registers: what a minikube machine with containerd says of itself.
import { createHash } from 'node:crypto';
import type { Node } from '../types.ts';
import { isoTime } from '../values/index.ts';

const KUBELET_VERSION = 'v1.36.2';
const CONTAINER_RUNTIME_VERSION = 'containerd://2.1.9';

export interface NodeDescription {
  name: string;
  address: string;
  podCIDR: string;
  /** Quantities: cpu, memory, ephemeral-storage, pods. */
  capacity: Readonly<Record<string, string>>;
  /** `control-plane` also marks the node as minikube's primary one. */
  role: 'control-plane' | 'worker';
  labels?: Readonly<Record<string, string>>;
}

export const DEFAULT_CAPACITY: Readonly<Record<string, string>> = {
  cpu: '2',
  'ephemeral-storage': '61202244Ki',
  'hugepages-1Gi': '0',
  'hugepages-2Mi': '0',
  memory: '4025824Ki',
  pods: '110',
};

const GOOD_CONDITIONS = [
  { type: 'MemoryPressure', status: 'False', reason: 'KubeletHasSufficientMemory', message: 'kubelet has sufficient memory available' },
  { type: 'DiskPressure', status: 'False', reason: 'KubeletHasNoDiskPressure', message: 'kubelet has no disk pressure' },
  { type: 'PIDPressure', status: 'False', reason: 'KubeletHasSufficientPID', message: 'kubelet has sufficient PID available' },
  { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' },
] as const;

export function newNode(description: NodeDescription, now: number): object {
  const { name, podCIDR, role } = description;
  const primary = role === 'control-plane';
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'beta.kubernetes.io/arch': 'amd64',
        'beta.kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'minikube.k8s.io/name': 'minikube',
        'minikube.k8s.io/primary': String(primary),
        'minikube.k8s.io/version': 'v1.38.1',
        ...(primary ? { 'node-role.kubernetes.io/control-plane': '', 'node.kubernetes.io/exclude-from-external-load-balancers': '' } : {}),
        ...description.labels,
      },
      annotations: { 'node.alpha.kubernetes.io/ttl': '0', 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
    },
    spec: { podCIDR, podCIDRs: [podCIDR] },
    status: nodeStatus(description, undefined, now),
  };
}

/** The status of a node whose kubelet runs; transition times of conditions that did not change are kept. */
export function nodeStatus(description: NodeDescription, old: Node['status'], now: number): Node['status'] {
  const { name, address, capacity } = description;
  const time = isoTime(now);
  const machine = createHash('md5').update(`${name} ${address}`).digest('hex');
  const uuid = machine.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return {
    addresses: [
      { type: 'InternalIP', address },
      { type: 'Hostname', address: name },
    ],
    allocatable: { ...capacity },
    capacity: { ...capacity },
    conditions: GOOD_CONDITIONS.map((condition) => {
      const before = old?.conditions?.find(({ type }) => type === condition.type);
      const kept = before?.status === condition.status ? before.lastTransitionTime : undefined;
      return { ...condition, lastHeartbeatTime: time, lastTransitionTime: kept ?? time };
    }),
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    images: old?.images ?? [],
    nodeInfo: {
      architecture: 'amd64',
      bootID: uuid,
      containerRuntimeVersion: CONTAINER_RUNTIME_VERSION,
      // What `uname -r` says in the containers.
      kernelVersion: '6.12.0-dockside',
      kubeProxyVersion: '',
      kubeletVersion: KUBELET_VERSION,
      machineID: machine,
      operatingSystem: 'linux',
      osImage: 'Debian GNU/Linux 12 (bookworm)',
      systemUUID: uuid,
    },
    runtimeHandlers: [{ name: '', features: { recursiveReadOnlyMounts: true, userNamespaces: true } }],
  };
}
