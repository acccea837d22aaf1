// The nodes with their pods, from the watches, so that placing a pod reads nothing but memory.
import type { Node, Pod } from '../types.ts';
import { NodeInfo, type PodInfo, podInfoOf } from './node-info.ts';

export class ClusterCache {
  readonly #nodes = new Map<string, NodeInfo>();
  /** Pods by uid with the node they are on, also when that node is not known (yet). */
  readonly #placed = new Map<string, { info: PodInfo; node: string }>();
  /** Pods that wait on a node for their victims to go. */
  readonly #nominated = new Map<string, { info: PodInfo; node: string }>();

  nodes(): NodeInfo[] {
    return [...this.#nodes.values()];
  }

  setNode(node: Node): void {
    const { name } = node.metadata;
    const known = this.#nodes.get(name);
    const pods = known ? known.pods.values() : [...this.#placed.values()].filter((placed) => placed.node === name).map(({ info }) => info);
    this.#nodes.set(name, new NodeInfo(node).copy(pods));
  }

  removeNode(name: string): void {
    this.#nodes.delete(name);
  }

  /** A pod that has a node; one that has ended counts no more. Returns whether that freed something. */
  setPod(pod: Pod): boolean {
    const ended = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
    const node = pod.spec?.nodeName;
    if (!node || ended) {
      return this.removePod(pod.metadata.uid);
    }
    this.#nominated.delete(pod.metadata.uid);
    const info = podInfoOf(pod);
    this.#placed.set(pod.metadata.uid, { info, node });
    this.#nodes.get(node)?.add(info);
    return false;
  }

  removePod(uid: string): boolean {
    this.#nominated.delete(uid);
    const placed = this.#placed.get(uid);
    if (!placed) {
      return false;
    }
    this.#placed.delete(uid);
    this.#nodes.get(placed.node)?.remove(uid);
    return true;
  }

  nominate(info: PodInfo, node: string): void {
    this.#nominated.set(info.pod.metadata.uid, { info, node });
  }

  /** The nodes as `pod` must see them: room that others of at least its priority are waiting for is taken. */
  nodesFor(pod: PodInfo): NodeInfo[] {
    const others = [...this.#nominated.values()].filter(
      ({ info }) => info.pod.metadata.uid !== pod.pod.metadata.uid && info.priority >= pod.priority,
    );
    if (others.length === 0) {
      return this.nodes();
    }
    return this.nodes().map((node) => {
      const waiting = others.filter((other) => other.node === node.name).map(({ info }) => info);
      return waiting.length === 0 ? node : node.copy([...node.pods.values(), ...waiting]);
    });
  }
}
