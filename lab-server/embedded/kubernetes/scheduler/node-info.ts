// A node with the pods on it and what they take, kept up to date as they come and go.
import type { Node, Pod } from '../types.ts';
import { type Amounts, amountsOf, podRequests } from './pod-requests.ts';

export interface HostPort {
  protocol: string;
  address: string;
  port: number;
}

export interface PodInfo {
  readonly pod: Pod;
  readonly requests: Amounts;
  readonly hostPorts: readonly HostPort[];
  readonly priority: number;
}

export function podInfoOf(pod: Pod): PodInfo {
  return { pod, requests: podRequests(pod), hostPorts: hostPortsOf(pod), priority: pod.spec?.priority ?? 0 };
}

export class NodeInfo {
  readonly node: Node;
  readonly allocatable: Amounts;
  readonly pods = new Map<string, PodInfo>();
  readonly #requested = new Map<string, number>();

  constructor(node: Node) {
    this.node = node;
    this.allocatable = amountsOf(node.status?.allocatable);
  }

  get name(): string {
    return this.node.metadata.name;
  }

  requested(resource: string): number {
    return this.#requested.get(resource) ?? 0;
  }

  add(info: PodInfo): void {
    this.remove(info.pod.metadata.uid);
    this.pods.set(info.pod.metadata.uid, info);
    this.#count(info.requests, 1);
  }

  remove(uid: string): void {
    const info = this.pods.get(uid);
    if (info) {
      this.pods.delete(uid);
      this.#count(info.requests, -1);
    }
  }

  /** A copy with another node object, other pods or both, for trying things out. */
  copy(pods: Iterable<PodInfo> = this.pods.values(), node = this.node): NodeInfo {
    const copy = new NodeInfo(node);
    for (const info of pods) {
      copy.add(info);
    }
    return copy;
  }

  #count(amounts: Amounts, sign: 1 | -1): void {
    for (const name in amounts) {
      this.#requested.set(name, this.requested(name) + sign * (amounts[name] ?? 0));
    }
  }
}

function hostPortsOf(pod: Pod): HostPort[] {
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? []).filter((c) => c.restartPolicy === 'Always')];
  return containers.flatMap(({ ports }) =>
    (ports ?? []).flatMap(({ hostPort, hostIP, protocol }) =>
      hostPort ? [{ protocol: protocol ?? 'TCP', address: hostIP ?? '0.0.0.0', port: hostPort }] : [],
    ),
  );
}
