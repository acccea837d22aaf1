// The machines of a cluster: each a kubelet with its own network and disk. What `minikube node add`, `stop`, `start` and `delete` change.
import type { Duplex } from 'node:stream';
import type { IFileSystem } from 'just-bash';
import type { Clock } from '../../base/index.ts';
import type { NetworkEndpoint, Runtime } from '../runtime/runtime.ts';
import { type ClusterClient, kindRef } from './cluster-client.ts';
import {
  createNodeFiles,
  DEFAULT_CAPACITY,
  type Heartbeats,
  type Kubelet,
  type KubeletOptions,
  type NodeDescription,
  startKubelet,
} from './kubelet/index.ts';
import { createNodeNetwork, DNS_ADDRESS } from './network/index.ts';
import type { NodePower } from './node-power.ts';
import type { Node } from './types.ts';

const NODE = kindRef<Node>('v1', 'Node');
const FIRST_NAME = 'minikube';

export interface NodesOptions {
  client: ClusterClient;
  clock: Clock;
  runtime: Runtime;
  heartbeats: Heartbeats;
  power: NodePower;
  issueToken: KubeletOptions['issueToken'];
  report: (error: unknown) => void;
}

interface Machine {
  kubelet: Kubelet;
  endpoint: NetworkEndpoint;
  parts: DisposableStack;
}

export class Nodes implements Disposable {
  readonly #options: NodesOptions;
  readonly #machines = new Map<string, Machine>();
  readonly #sharedFiles = new Map<string, IFileSystem>();
  #serve: { port: number; accept: (connection: Duplex) => void } | undefined;

  constructor(options: NodesOptions) {
    this.#options = options;
  }

  /** Starts the nodes that the cluster has, but those that were powered off, or `count` new ones in a new cluster. */
  start(count: number): void {
    const stored = this.#options.client.list(NODE).map((node) => node.metadata.name);
    const names = stored.length > 0 ? stored : Array.from({ length: count }, (_, index) => nodeName(index + 1));
    for (const name of names) {
      if (this.#options.power.isOff(name)) {
        this.#options.heartbeats.silence(name);
      } else {
        this.#run(name, false);
      }
    }
  }

  /** Adds the next node and returns its name. */
  add(): string {
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
    this.#options.power.setOn(name);
    this.#run(name, true);
  }

  #run(name: string, rebooted: boolean): void {
    if (this.#machines.has(name)) {
      return;
    }
    const { client, clock, runtime, heartbeats, issueToken, report } = this.#options;
    const node = describe(name);
    const parts = new DisposableStack();
    const network = parts.use(
      createNodeNetwork({ network: runtime.network, podCIDR: node.podCIDR, nodeAddress: node.address, dnsAddress: DNS_ADDRESS }),
    );
    const nodeFiles = createNodeFiles(clock, this.#sharedFiles);
    const kubelet = parts.use(startKubelet({ client, clock, runtime, node, network, nodeFiles, heartbeats, rebooted, issueToken, report }));
    this.#machines.set(name, { kubelet, endpoint: network.nodeEndpoint, parts });
    if (this.#serve && name === FIRST_NAME) {
      parts.use(network.nodeEndpoint.listen(this.#serve.port, this.#serve.accept));
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

  /** Has the first node's address accept connections to the API server. */
  serveApi(port: number, accept: (connection: Duplex) => void): void {
    this.#serve = { port, accept };
    const machine = this.#machines.get(FIRST_NAME);
    machine?.parts.use(machine.endpoint.listen(port, accept));
  }

  [Symbol.dispose](): void {
    for (const { parts } of this.#machines.values()) {
      parts.dispose();
    }
    this.#machines.clear();
  }
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
