// Node heartbeats without a timer. A running kubelet would renew its Lease every 10 s and its conditions every 5 min; here the times
// are worked out when somebody looks, so an idle cluster does nothing. Who cares whether a node still beats listens for changes.
import type { Clock } from '../../../base/index.ts';
import type { KubernetesObject, Node } from '../types.ts';
import { isoTime, microTime } from '../values/index.ts';
import type { Lease } from './kinds.ts';

const LEASE_RENEWAL_MS = 10_000;
const STATUS_REPORT_MS = 300_000;

export interface Heartbeat {
  beating: boolean;
  /** When it began, or when it was last heard of, in milliseconds since the epoch. */
  since: number;
}

export class Heartbeats {
  readonly #clock: Clock;
  readonly #nodes = new Map<string, Heartbeat>();
  readonly #listeners = new Set<(node: string, heartbeat: Heartbeat) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  of(node: string): Heartbeat | undefined {
    return this.#nodes.get(node);
  }

  start(node: string): void {
    this.#set(node, { beating: true, since: this.#clock.now() });
  }

  stop(node: string): void {
    const current = this.#nodes.get(node);
    if (current?.beating) {
      this.#set(node, { beating: false, since: latest(current.since, this.#clock.now(), LEASE_RENEWAL_MS) });
    }
  }

  /** A node that is known and off: nothing has been heard of it since now. */
  silence(node: string): void {
    this.#set(node, { beating: false, since: this.#clock.now() });
  }

  /** Calls `listener` when a node begins or ceases to beat. */
  onChange(listener: (node: string, heartbeat: Heartbeat) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** The object as a reader should see it now: a Lease or Node of a beating node gets its current times, any other object stays as it is. */
  present<T extends KubernetesObject>(object: T): T {
    if (object.kind === 'Lease' && object.metadata.namespace === 'kube-node-lease') {
      return this.#presentLease(object as unknown as Lease) as unknown as T;
    }
    if (object.kind === 'Node' && object.apiVersion === 'v1') {
      return this.#presentNode(object as unknown as Node) as unknown as T;
    }
    return object;
  }

  #presentLease(lease: Lease): Lease {
    const beat = this.#nodes.get(lease.metadata.name);
    if (!beat) {
      return lease;
    }
    const at = beat.beating ? latest(beat.since, this.#clock.now(), LEASE_RENEWAL_MS) : beat.since;
    return { ...lease, spec: { ...lease.spec, renewTime: microTime(at) } };
  }

  #presentNode(node: Node): Node {
    const beat = this.#nodes.get(node.metadata.name);
    if (!beat?.beating || !node.status?.conditions) {
      return node;
    }
    const lastHeartbeatTime = isoTime(latest(beat.since, this.#clock.now(), STATUS_REPORT_MS));
    return {
      ...node,
      status: { ...node.status, conditions: node.status.conditions.map((condition) => ({ ...condition, lastHeartbeatTime })) },
    };
  }

  #set(node: string, heartbeat: Heartbeat): void {
    this.#nodes.set(node, heartbeat);
    for (const listener of this.#listeners) {
      listener(node, heartbeat);
    }
  }
}

/** The last beat at or before `now` of a pulse that began at `since`. */
function latest(since: number, now: number, period: number): number {
  return since + Math.floor(Math.max(0, now - since) / period) * period;
}
