// One node's agent: registers the node, runs the pods that are bound to it, and answers for their containers.
import type { Clock } from '../../../base/index.ts';
import type { Container, NetworkEndpoint, Runtime } from '../../runtime/runtime.ts';
import { isApiError } from '../api/errors.ts';
import type { ClusterClient } from '../cluster-client.ts';
import { createEventRecorder } from '../events/index.ts';
import type { PodNetwork } from '../network/pod-network.ts';
import type { KubernetesObject, Pod } from '../types.ts';
import { microTime } from '../values/index.ts';
import { BackOff } from './back-off.ts';
import type { Heartbeats } from './heartbeats.ts';
import { ImagePuller } from './image-puller.ts';
import { CONFIG_MAP, LEASE, NODE, PERSISTENT_VOLUME_CLAIM, POD, SECRET } from './kinds.ts';
import { newNode, type NodeDescription, nodeStatus } from './node-object.ts';
import type { PodSnapshot, PodSnapshots } from './pod-snapshot.ts';
import { PodWorker } from './pod-worker.ts';
import { SandboxPace } from './sandbox-pace.ts';
import { refersTo, type SourceKind } from './source-index.ts';
import type { NodeFiles } from './volumes/node-files.ts';
import type { TokenRequest } from './volumes/payload.ts';
import type { WorkerContext } from './worker-context.ts';

const CRASH_INITIAL_MS = 10_000;
const CRASH_MAX_MS = 300_000;
const LEASE_NAMESPACE = 'kube-node-lease';
const LEASE_SECONDS = 40;

export interface KubeletOptions {
  client: ClusterClient;
  clock: Clock;
  runtime: Runtime;
  node: NodeDescription;
  network: PodNetwork;
  nodeFiles: NodeFiles;
  heartbeats: Heartbeats;
  /**
   * The machine was off and comes back: its containers are restarted and counted as such. Without it, as when the whole cluster is
   * resumed, they go on as if nothing had happened.
   */
  rebooted?: boolean;
  /** What pods left behind when the cluster was stopped. Without it, nobody can tell and everything counts as kept. */
  snapshots?: PodSnapshots;
  /** Makes a service account token for a projected volume. */
  issueToken: (request: TokenRequest) => string;
  /** Takes errors that nothing expects; they are bugs. */
  report: (error: unknown) => void;
}

/** A container as the streaming subresources see it. */
export interface ContainerHandle {
  /** The current or most recent run; undefined while it never ran. */
  current: Container | undefined;
  /** The run before the current one. */
  previous: Container | undefined;
  running: boolean;
  waiting: { reason: string; message: string | undefined } | undefined;
}

export interface PodUsage {
  namespace: string;
  pod: string;
  containers: { name: string; cpuMillicores: number; memoryBytes: number }[];
}

export interface Kubelet extends Disposable {
  readonly node: string;
  /** A container of a pod by the pod's uid; undefined when the pod is not here. */
  container(podUid: string, name: string): ContainerHandle | undefined;
  /** The network of a pod's containers, for port-forward. */
  endpoint(podUid: string): NetworkEndpoint | undefined;
  /** What the pods of this node use now. */
  usage(): PodUsage[];
  /** What its pods would leave behind now. */
  snapshots(): Map<string, PodSnapshot>;
}

export function startKubelet(options: KubeletOptions): Kubelet {
  const { clock, node, heartbeats, runtime, report } = options;
  const client = options.client.as({ user: `system:node:${node.name}`, fieldManager: 'kubelet' });
  const events = createEventRecorder({ client, clock, component: 'kubelet', host: node.name });
  const workers = new Map<string, PodWorker>();
  const context: WorkerContext = {
    client,
    clock,
    runtime,
    events,
    images: new ImagePuller(clock, runtime.images, events),
    sandboxes: new SandboxPace(clock),
    crashBackOff: new BackOff(clock, CRASH_INITIAL_MS, CRASH_MAX_MS),
    network: options.network,
    nodeFiles: options.nodeFiles,
    node: { name: node.name, address: node.address, allocatable: node.capacity },
    issueToken: options.issueToken,
    rebooted: options.rebooted === true,
    snapshots: options.snapshots,
    nodeObject: () => client.get(NODE, undefined, node.name),
    podsBeside: (podUid) => otherPods(podUid),
    report,
  };

  registerNode();
  heartbeats.start(node.name);
  const watches = [
    client.watch(POD, ({ type, object }) => podChanged(type, object)),
    client.watch(CONFIG_MAP, ({ object }) => sourceChanged('ConfigMap', object)),
    client.watch(SECRET, ({ object }) => sourceChanged('Secret', object)),
    client.watch(PERSISTENT_VOLUME_CLAIM, ({ object }) => sourceChanged('PersistentVolumeClaim', object)),
  ];

  function registerNode(): void {
    const now = clock.now();
    const existing = client.get(NODE, undefined, node.name);
    if (existing) {
      client.updateStatus(NODE, { ...existing, status: nodeStatus(node, existing.status, now) });
    } else {
      announce(client.create(NODE, newNode(node, now)));
    }
    if (!client.get(LEASE, LEASE_NAMESPACE, node.name)) {
      const registered = client.get(NODE, undefined, node.name);
      ifAllowed(() =>
        client.create(LEASE, {
          apiVersion: 'coordination.k8s.io/v1',
          kind: 'Lease',
          metadata: {
            name: node.name,
            namespace: LEASE_NAMESPACE,
            ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: node.name, uid: registered?.metadata.uid ?? '' }],
          },
          spec: { holderIdentity: node.name, leaseDurationSeconds: LEASE_SECONDS, renewTime: microTime(now) },
        }),
      );
    }
  }

  function announce(registered: KubernetesObject): void {
    // Events about nodes carry the node's name as uid, as the real kubelet's do.
    const about = { ...registered, metadata: { ...registered.metadata, uid: node.name } };
    events.event(about, 'Normal', 'Starting', 'Starting kubelet.');
    for (const reason of ['NodeHasSufficientMemory', 'NodeHasNoDiskPressure', 'NodeHasSufficientPID', 'NodeReady']) {
      events.event(about, 'Normal', reason, `Node ${node.name} status is now: ${reason}`);
    }
  }

  function podChanged(type: 'ADDED' | 'MODIFIED' | 'DELETED', pod: Pod): void {
    const { uid } = pod.metadata;
    const worker = workers.get(uid);
    if (type === 'DELETED') {
      worker?.dispose();
      if (workers.delete(uid)) {
        workers.forEach((other) => other.roomFreed());
      }
    } else if (worker) {
      worker.update(pod);
    } else if (pod.spec?.nodeName === node.name) {
      workers.set(uid, new PodWorker(context, pod));
    }
  }

  function* otherPods(podUid: string): Generator<Pod> {
    for (const worker of workers.values()) {
      const { metadata, status } = worker.pod;
      if (metadata.uid !== podUid && status?.phase !== 'Succeeded' && status?.phase !== 'Failed') {
        yield worker.pod;
      }
    }
  }

  function sourceChanged(kind: SourceKind, source: KubernetesObject): void {
    const { namespace = '', name = '' } = source.metadata;
    for (const worker of workers.values()) {
      if (refersTo(worker.pod, kind, namespace, name)) {
        worker.sourceChanged();
      }
    }
  }

  function container(podUid: string, name: string): ContainerHandle | undefined {
    const worker = workers.get(podUid);
    if (!worker) {
      return undefined;
    }
    const record = worker.record(name);
    const state = record?.state;
    return {
      current: record?.container,
      previous: record?.previous,
      running: state?.is === 'running',
      waiting: state?.is === 'waiting' ? { reason: state.reason, message: state.message } : undefined,
    };
  }

  function usage(): PodUsage[] {
    return [...workers.values()].map((worker) => ({
      namespace: worker.pod.metadata.namespace ?? 'default',
      pod: worker.pod.metadata.name,
      containers: [...worker.records()].flatMap((record) =>
        record.state.is === 'running' && record.container ? [{ name: record.name, ...record.container.usage() }] : [],
      ),
    }));
  }

  function snapshots(): Map<string, PodSnapshot> {
    const found = new Map<string, PodSnapshot>();
    for (const [uid, worker] of workers) {
      const left = worker.snapshot();
      if (left) {
        found.set(uid, left);
      }
    }
    return found;
  }

  return {
    node: node.name,
    container,
    snapshots,
    endpoint: (podUid) => workers.get(podUid)?.sandbox?.endpoint,
    usage,
    [Symbol.dispose]() {
      heartbeats.stop(node.name);
      for (const watch of watches) {
        watch[Symbol.dispose]();
      }
      for (const worker of workers.values()) {
        worker.dispose();
      }
      workers.clear();
    },
  };
}

/** Runs a write that may come before its namespace exists. */
function ifAllowed(write: () => unknown): void {
  try {
    write();
  } catch (error) {
    if (!isApiError(error)) {
      throw error;
    }
  }
}
