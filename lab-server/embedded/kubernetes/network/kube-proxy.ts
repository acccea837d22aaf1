// Sends connections to Services on to ready pods, as kube-proxy does.
// https://kubernetes.io/docs/reference/networking/virtual-ips/
import type { Clock } from '../../../base/index.ts';
import type { Router } from '../../runtime/runtime.ts';
import { cidrContains, parseCidr } from './address-range.ts';
import { addressesOf, type ServiceAddress } from './service-addresses.ts';
import type { Endpoint, ServiceTable } from './service-table.ts';

const DEFAULT_AFFINITY_SECONDS = 10_800;
const SERVICE_RANGE = parseCidr('10.96.0.0/12');

export interface KubeProxyOptions {
  services: ServiceTable;
  clock: Clock;
  /** Addresses of nodes by their names, for node ports and local traffic policies. */
  nodeAddresses: () => ReadonlyMap<string, string>;
  /** The node on which a client lives; undefined outside the cluster. */
  nodeOfClient: (address: string) => string | undefined;
}

interface Affinity {
  address: string;
  until: number;
}

export class KubeProxy implements Router {
  readonly #options: KubeProxyOptions;
  readonly #affinity = new Map<string, Affinity>();
  readonly #turns = new Map<string, number>();
  #index: Map<string, ServiceAddress> | undefined;

  constructor(options: KubeProxyOptions) {
    this.#options = options;
  }

  /** Forgets what was worked out from the Services; to be called when they change. */
  invalidate(): void {
    this.#index = undefined;
  }

  route({ from, address, port }: { from: string; address: string; port: number }): ReturnType<Router['route']> {
    const node = this.#nodeAt(address);
    const target = this.#find(address, port, node !== undefined);
    if (!target) {
      // An address of the service range that no Service has, or a port it does not serve, is refused.
      return cidrContains(SERVICE_RANGE, address) ? 'refuse' : undefined;
    }
    const endpoint = this.#pick(target, from, node);
    if (endpoint === 'drop' || endpoint === 'refuse') {
      return endpoint;
    }
    return { to: { address: endpoint.address, port: endpoint.port } };
  }

  #find(address: string, port: number, isNode: boolean): ServiceAddress | undefined {
    this.#index ??= indexOf(this.#options.services);
    return this.#index.get(`${address}:${port}`) ?? (isNode ? this.#index.get(`*:${port}`) : undefined);
  }

  #pick(target: ServiceAddress, from: string, node: string | undefined): Endpoint | 'refuse' | 'drop' {
    const { metadata, spec } = target.service;
    const all = this.#options.services.endpoints(metadata.namespace ?? '', metadata.name, target.portName);
    const usable = usableOf(all);
    if (usable.length === 0) {
      return 'refuse';
    }
    const local = this.#localOnly(target, usable, from, node);
    if (local.length === 0) {
      return 'drop';
    }
    const key = `${metadata.namespace}/${metadata.name}`;
    if (spec?.sessionAffinity === 'ClientIP') {
      return this.#sticky(key, from, local, spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? DEFAULT_AFFINITY_SECONDS);
    }
    return this.#next(`${key}:${target.portName}`, local);
  }

  /** Traffic policy Local keeps to endpoints of the node that the connection came to. */
  #localOnly(target: ServiceAddress, usable: readonly Endpoint[], from: string, node: string | undefined): readonly Endpoint[] {
    const { spec } = target.service;
    const policy = target.external ? spec?.externalTrafficPolicy : spec?.internalTrafficPolicy;
    const at = target.external ? node : this.#options.nodeOfClient(from);
    // A load balancer address outside any node reaches the nodes that have endpoints.
    return policy === 'Local' && at !== undefined ? usable.filter((endpoint) => endpoint.node === at) : usable;
  }

  #sticky(key: string, from: string, usable: readonly Endpoint[], seconds: number): Endpoint {
    const id = `${key} ${from}`;
    const now = this.#options.clock.now();
    const known = this.#affinity.get(id);
    const kept = known && known.until > now ? usable.find(({ address }) => address === known.address) : undefined;
    const endpoint = kept ?? this.#next(key, usable);
    this.#affinity.set(id, { address: endpoint.address, until: now + seconds * 1000 });
    return endpoint;
  }

  /** One after the other: as fair as the real one's dice, and without surprise. */
  #next(key: string, usable: readonly Endpoint[]): Endpoint {
    const turn = this.#turns.get(key) ?? 0;
    this.#turns.set(key, turn + 1);
    return usable[turn % usable.length] as Endpoint;
  }

  #nodeAt(address: string): string | undefined {
    for (const [name, nodeAddress] of this.#options.nodeAddresses()) {
      if (nodeAddress === address) {
        return name;
      }
    }
    return undefined;
  }
}

/** Ready endpoints; where there is none, those that still serve while they end. */
function usableOf(endpoints: readonly Endpoint[]): Endpoint[] {
  const ready = endpoints.filter((endpoint) => endpoint.ready);
  return ready.length > 0 ? ready : endpoints.filter((endpoint) => endpoint.serving && endpoint.terminating);
}

function indexOf(services: ServiceTable): Map<string, ServiceAddress> {
  const index = new Map<string, ServiceAddress>();
  for (const service of services.services()) {
    for (const entry of addressesOf(service)) {
      if (entry.protocol === 'tcp') {
        index.set(`${entry.address ?? '*'}:${entry.port}`, entry);
      }
    }
  }
  return index;
}
