// Pods by their address, from the watch.
import type { ClusterClient } from '../cluster-client.ts';
import type { Pod } from '../types.ts';
import { cidrContains, parseCidr } from './address-range.ts';
import { POD } from './kinds.ts';

const SERVICE_RANGE = parseCidr('10.96.0.0/12');

export class PodDirectory implements Disposable {
  readonly #byAddress = new Map<string, Pod>();
  readonly #listeners = new Set<() => void>();
  readonly #watch: Disposable;

  constructor(client: ClusterClient) {
    this.#watch = client.watch(POD, ({ type, object, old }) => this.#changed(type === 'DELETED' ? undefined : object, old ?? object));
  }

  at(address: string): Pod | undefined {
    return this.#byAddress.get(address);
  }

  pods(): IterableIterator<Pod> {
    return this.#byAddress.values();
  }

  isServiceAddress(address: string): boolean {
    return cidrContains(SERVICE_RANGE, address);
  }

  /** Calls `listener` when a pod gets, loses or changes its address. */
  onChange(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
    this.#listeners.clear();
  }

  #changed(pod: Pod | undefined, old: Pod): void {
    const before = addressOf(old);
    const now = pod ? addressOf(pod) : undefined;
    if (before !== undefined && before !== now && this.#byAddress.get(before)?.metadata.uid === old.metadata.uid) {
      this.#byAddress.delete(before);
    }
    if (pod && now !== undefined) {
      this.#byAddress.set(now, pod);
    }
    if (before !== now || pod === undefined) {
      for (const listener of this.#listeners) {
        listener();
      }
    }
  }
}

/** Ended pods have given their address back; host-network pods have the node's. */
function addressOf(pod: Pod): string | undefined {
  const ended = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
  return ended || pod.spec?.hostNetwork ? undefined : pod.status?.podIP;
}
