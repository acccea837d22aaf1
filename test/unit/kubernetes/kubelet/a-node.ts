// A node with its kubelet over a scripted runtime and an in-memory cluster, for tests.
import { ManualClock } from '../../../../lab-server/base/index.ts';
import {
  createNodeFiles,
  Heartbeats,
  type Kubelet,
  type PodSnapshots,
  startKubelet,
} from '../../../../lab-server/embedded/kubernetes/kubelet/index.ts';
import { POD } from '../../../../lab-server/embedded/kubernetes/kubelet/kinds.ts';
import { createNodeNetwork } from '../../../../lab-server/embedded/kubernetes/network/pod-network.ts';
import { EVENT } from '../../../../lab-server/embedded/kubernetes/events/index.ts';
import type { KindRef } from '../../../../lab-server/embedded/kubernetes/cluster-client.ts';
import type { KubernetesObject, Pod } from '../../../../lab-server/embedded/kubernetes/types.ts';
import type { PodSpec } from '../../../../lab-server/embedded/kubernetes/kubelet/kinds.ts';
import { MemoryClusterClient } from '../memory-cluster-client.ts';
import { ScriptedRuntime } from './scripted-runtime.ts';

export class TestNode implements Disposable {
  readonly clock: ManualClock;
  readonly client: MemoryClusterClient;
  readonly runtime: ScriptedRuntime;
  readonly heartbeats: Heartbeats;
  readonly errors: unknown[] = [];
  readonly nodeFiles;
  kubelet: Kubelet;
  readonly #network;

  constructor(before?: { clock: ManualClock; client: MemoryClusterClient; rebooted?: boolean; snapshots?: PodSnapshots }) {
    this.clock = before?.clock ?? new ManualClock();
    this.client = before?.client ?? new MemoryClusterClient(this.clock);
    this.runtime = new ScriptedRuntime(this.clock);
    this.heartbeats = new Heartbeats(this.clock);
    this.nodeFiles = createNodeFiles(this.clock);
    this.#network = createNodeNetwork({
      network: this.runtime.network,
      podCIDR: '10.244.0.0/24',
      nodeAddress: '192.168.49.2',
      dnsAddress: '10.96.0.10',
    });
    this.kubelet = startKubelet({
      client: this.client,
      clock: this.clock,
      runtime: this.runtime,
      node: {
        name: 'minikube',
        address: '192.168.49.2',
        podCIDR: '10.244.0.0/24',
        capacity: { cpu: '2', memory: '4Gi', pods: '110' },
        role: 'control-plane',
      },
      network: this.#network,
      nodeFiles: this.nodeFiles,
      heartbeats: this.heartbeats,
      rebooted: before?.rebooted === true,
      snapshots: before?.snapshots,
      issueToken: ({ serviceAccount, namespace }) => `token-of-${namespace}-${serviceAccount}`,
      report: (error) => this.errors.push(error),
    });
  }

  run(name: string, spec: Partial<PodSpec>, metadata: Partial<Pod['metadata']> = {}): void {
    this.client.create(POD, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default', ...metadata },
      spec: { nodeName: 'minikube', restartPolicy: 'Always', terminationGracePeriodSeconds: 30, ...spec },
      status: { phase: 'Pending' },
    });
  }

  change<T extends KubernetesObject>(kind: KindRef<T>, name: string, edit: (current: T) => T): void {
    const current = this.client.get(kind, 'default', name);
    if (!current) {
      throw new Error(`there is no ${kind.kind} ${name}`);
    }
    this.client.update(kind, edit(current));
  }

  pod(name: string): Pod {
    const pod = this.client.get(POD, 'default', name);
    if (!pod) {
      throw new Error(`there is no pod ${name}`);
    }
    return pod;
  }

  exists(name: string): boolean {
    return this.client.get(POD, 'default', name) !== undefined;
  }

  status(name: string, container = 0) {
    const statuses = this.pod(name).status?.containerStatuses ?? [];
    const status = statuses[container];
    if (!status) {
      throw new Error(`pod ${name} has no container status ${container}`);
    }
    return status;
  }

  condition(name: string, type: string) {
    return this.pod(name).status?.conditions?.find((condition) => condition.type === type);
  }

  /** `Reason: message` of every event about an object, in order. */
  events(name: string): string[] {
    return this.client
      .list(EVENT)
      .filter((event) => event.involvedObject.name === name)
      .map((event) => `${event.reason}: ${event.message}`);
  }

  async until(condition: () => boolean, limitMs?: number): Promise<void> {
    await this.clock.advanceUntil(condition, limitMs);
  }

  async phase(name: string, phase: string): Promise<void> {
    await this.until(() => this.pod(name).status?.phase === phase);
  }

  [Symbol.dispose](): void {
    this.kubelet[Symbol.dispose]();
    this.#network[Symbol.dispose]();
    this.runtime.network.close();
  }
}

export function aContainer(name = 'web', more: Partial<PodSpec['containers'][number]> = {}): PodSpec['containers'][number] {
  return { name, image: 'nginx:latest', imagePullPolicy: 'IfNotPresent', ...more };
}
