// The machines of a cluster: each a kubelet with its own network and disk. What `minikube node add`, `stop`, `start` and `delete` change.
import type { Duplex } from 'node:stream';
import { type Clock, DocksideError } from '../../base/index.ts';
import { applyChanges, changesOf } from '../runtime/files/tree-changes.ts';
import type { VirtualFileSystem } from '../runtime/files/virtual-file-system.ts';
import type { NetworkEndpoint, Runtime } from '../runtime/runtime.ts';
import { type ClusterClient, kindRef } from './cluster-client.ts';
import {
  createNodeFiles,
  DEFAULT_CAPACITY,
  type Heartbeats,
  type Kubelet,
  type KubeletOptions,
  type NodeDescription,
  type NodeFiles,
  type PodSnapshot,
  type PodSnapshots,
  startKubelet,
} from './kubelet/index.ts';
import { createNodeNetwork, DNS_ADDRESS } from './network/index.ts';
import type { Snapshots } from './machines/snapshots.ts';
import type { NodePower } from './node-power.ts';
import type { Node } from './types.ts';

const NODE = kindRef<Node>('v1', 'Node');
const FIRST_NAME = 'minikube';
/** Nodes of one cluster at most. */
const MOST_NODES = 10;
/** Under this prefix the storage of volumes is kept that are not tied to a node. */
const SHARED = 'shared/';

export interface NodesOptions {
  client: ClusterClient;
  clock: Clock;
  runtime: Runtime;
  heartbeats: Heartbeats;
  power: NodePower;
  snapshots: Snapshots;
  issueToken: KubeletOptions['issueToken'];
  report: (error: unknown) => void;
}

interface Machine {
  kubelet: Kubelet;
  endpoint: NetworkEndpoint;
  parts: DisposableStack;
}

interface NodeService {
  port: number;
  accept: (connection: Duplex) => void;
  listening: Disposable | undefined;
}

/** A machine as `minikube` lists it. */
export interface MachineState {
  name: string;
  address: string;
  role: NodeDescription['role'];
  isRunning: boolean;
}

export class Nodes implements Disposable {
  readonly #options: NodesOptions;
  readonly #machines = new Map<string, Machine>();
  /** What is on each machine's disk, whether it is on or off. */
  readonly #disks = new Map<string, NodeFiles>();
  readonly #sharedFiles = new Map<string, VirtualFileSystem>();
  /** What pods left behind at the last stop of the server: for the nodes that start with it. */
  #left: PodSnapshots = new Map();
  /** What the first node's address answers on. */
  readonly #services = new Set<NodeService>();

  constructor(options: NodesOptions) {
    this.#options = options;
  }

  /**
   * Starts the nodes that the cluster has, but those that were powered off, or `count` new ones in a new cluster. `rebooted`: they were all off,
   * and all of them come back.
   */
  start(count: number, rebooted = false): void {
    this.#left = rebooted ? new Map() : this.#options.snapshots.takePods();
    this.#restoreShared();
    const stored = this.#options.client.list(NODE).map((node) => node.metadata.name);
    const names = stored.length > 0 ? stored : Array.from({ length: count }, (_, index) => nodeName(index + 1));
    for (const name of names) {
      if (!rebooted && this.#options.power.isOff(name)) {
        this.#options.heartbeats.silence(name);
      } else {
        this.#run(name, rebooted && stored.length > 0);
      }
    }
    this.#left = new Map();
  }

  /** Every machine of the cluster, by name. */
  machines(): MachineState[] {
    return this.#options.client.list(NODE).map(({ metadata: { name } }) => {
      const { address, role } = describe(name);
      return { name, address, role, isRunning: this.#machines.has(name) };
    });
  }

  /** Adds the next node and returns its name. Throws DocksideError `CLUSTER_FULL` beyond ten. */
  add(): string {
    if (this.#options.client.list(NODE).length >= MOST_NODES) {
      throw new DocksideError('CLUSTER_FULL', `A cluster has at most ${MOST_NODES} nodes here: delete one first.`, { status: 400 });
    }
    let number = 2;
    while (this.#options.client.get(NODE, undefined, nodeName(number))) {
      number += 1;
    }
    const name = nodeName(number);
    this.#run(name, false);
    return name;
  }

  /** Powers a node on. What ran on it when it went off is restarted. */
  startNode(name: string): void {
    this.#run(name, true);
  }

  #run(name: string, rebooted: boolean): void {
    // Also of a new node: one of its name may have been off when its cluster was deleted.
    this.#options.power.setOn(name);
    if (this.#machines.has(name)) {
      return;
    }
    const { client, clock, runtime, heartbeats, issueToken, report } = this.#options;
    const node = describe(name);
    const parts = new DisposableStack();
    const network = parts.use(
      createNodeNetwork({ network: runtime.network, podCIDR: node.podCIDR, nodeAddress: node.address, dnsAddress: DNS_ADDRESS }),
    );
    const nodeFiles = this.#diskOf(name);
    const snapshots = this.#left;
    const kubelet = parts.use(
      startKubelet({ client, clock, runtime, node, network, nodeFiles, heartbeats, rebooted, snapshots, issueToken, report }),
    );
    this.#machines.set(name, { kubelet, endpoint: network.nodeEndpoint, parts });
    if (name === FIRST_NAME) {
      this.#services.forEach((service) => listen(service, network.nodeEndpoint));
    }
  }

  /** Powers a node off until it is started again: its containers end, and it is heard of no more. */
  stopNode(name: string): void {
    if (this.#options.client.get(NODE, undefined, name)) {
      this.#options.power.setOff(name);
    }
    this.#halt(name);
  }

  #halt(name: string): void {
    const machine = this.#machines.get(name);
    this.#machines.delete(name);
    this.#options.heartbeats.stop(name);
    machine?.parts.dispose();
  }

  /** Takes a node out of the cluster. */
  deleteNode(name: string): void {
    this.#halt(name);
    this.#disks.delete(name);
    this.#options.snapshots.forgetDisk(name);
    this.#options.power.setOn(name);
    if (this.#options.client.get(NODE, undefined, name)) {
      this.#options.client.delete(NODE, undefined, name);
    }
  }

  kubelet(name: string): Kubelet | undefined {
    return this.#machines.get(name)?.kubelet;
  }

  kubelets(): Kubelet[] {
    return [...this.#machines.values()].map(({ kubelet }) => kubelet);
  }

  /** Powers all machines off, to be started together again. */
  haltAll(): void {
    for (const name of this.#machines.keys()) {
      this.#halt(name);
    }
  }

  /** Forgets what is on the disks of the machines. */
  eraseDisks(): void {
    this.#disks.clear();
    this.#sharedFiles.clear();
    this.#options.snapshots.erase();
  }

  /** Keeps what is on the disks, and what pods would leave behind now, for the next start of the server. */
  keep(): void {
    const { snapshots } = this.#options;
    for (const [name, { files }] of this.#disks) {
      snapshots.keepDisk(name, changesOf(files.tree));
    }
    for (const [name, files] of this.#sharedFiles) {
      snapshots.keepDisk(SHARED + name, changesOf(files.tree));
    }
    const pods = new Map<string, PodSnapshot>();
    for (const { kubelet } of this.#machines.values()) {
      kubelet.snapshots().forEach((left, uid) => pods.set(uid, left));
    }
    snapshots.keepPods(pods);
  }

  #diskOf(name: string): NodeFiles {
    let disk = this.#disks.get(name);
    if (!disk) {
      disk = createNodeFiles(this.#options.clock, this.#sharedFiles);
      applyChanges(disk.files.tree, this.#options.snapshots.disk(name));
      this.#disks.set(name, disk);
    }
    return disk;
  }

  /** The storage that outlives nodes, as it was kept. */
  #restoreShared(): void {
    const volumes = createNodeFiles(this.#options.clock, this.#sharedFiles);
    for (const name of this.#options.snapshots.disks()) {
      const volume = name.startsWith(SHARED) ? name.slice(SHARED.length) : undefined;
      if (volume !== undefined && !this.#sharedFiles.has(volume)) {
        applyChanges(volumes.shared(volume).tree, this.#options.snapshots.disk(name));
      }
    }
  }

  /** Has the first node's address accept connections on a port, whenever that node is up. */
  serve(port: number, accept: (connection: Duplex) => void): Disposable {
    const service: NodeService = { port, accept, listening: undefined };
    this.#services.add(service);
    const machine = this.#machines.get(FIRST_NAME);
    if (machine) {
      listen(service, machine.endpoint);
    }
    return {
      [Symbol.dispose]: () => {
        this.#services.delete(service);
        service.listening?.[Symbol.dispose]();
      },
    };
  }

  [Symbol.dispose](): void {
    for (const { parts } of this.#machines.values()) {
      parts.dispose();
    }
    this.#machines.clear();
  }
}

/** The listener goes with the endpoint. */
function listen(service: NodeService, endpoint: NetworkEndpoint): void {
  service.listening = endpoint.listen(service.port, service.accept);
}

/** `minikube`, `minikube-m02`, `minikube-m03`, … */
function nodeName(number: number): string {
  return number === 1 ? FIRST_NAME : `${FIRST_NAME}-m${String(number).padStart(2, '0')}`;
}

function describe(name: string): NodeDescription {
  const number = name === FIRST_NAME ? 1 : Number(/-m(\d+)$/.exec(name)?.[1] ?? 1);
  return {
    name,
    address: `192.168.49.${number + 1}`,
    podCIDR: `10.244.${number - 1}.0/24`,
    capacity: DEFAULT_CAPACITY,
    role: number === 1 ? 'control-plane' : 'worker',
  };
}
