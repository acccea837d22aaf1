// The cluster's network as one piece: service routing, host ports, policies, names, and the addresses to publish.
import type { Clock } from '../../../base/index.ts';
import type { NameService, Network } from '../../runtime/runtime.ts';
import type { ClusterClient } from '../cluster-client.ts';
import { ClusterDns } from './cluster-dns.ts';
import { HostPorts } from './host-ports.ts';
import { NODE } from './kinds.ts';
import { KubeProxy } from './kube-proxy.ts';
import { NetworkPolicies } from './network-policies.ts';
import { PodDirectory } from './pod-directory.ts';
import { type PublishedAddress, publishedAddresses } from './published-addresses.ts';
import { ServiceTable } from './service-table.ts';

/** Where the cluster's names are resolved: the kube-dns Service's address. */
export const DNS_ADDRESS = '10.96.0.10';
const API_SERVICE_ADDRESS = '10.96.0.1';

export interface ClusterNetworkOptions {
  client: ClusterClient;
  clock: Clock;
  network: Network;
  /** The API server's address and port as nodes know it: 192.168.49.2:8443. */
  apiServer: { address: string; port: number };
  /** Resolves what is not the cluster's, for ExternalName Services. */
  upstream?: NameService;
}

export interface ClusterNetwork extends Disposable {
  /** What a learner's terminal can reach now. */
  published(): readonly PublishedAddress[];
  onChange(listener: () => void): Disposable;
  /** Has a port of the first node reached from outside, too. */
  publish(port: number): Disposable;
}

export function createClusterNetwork(options: ClusterNetworkOptions): ClusterNetwork {
  const { client, clock, network, apiServer, upstream } = options;
  const services = new ServiceTable(client);
  const pods = new PodDirectory(client);
  const nodes = new Map<string, string>();
  const listeners = new Set<() => void>();
  const extra = new Set<number>();
  let published: readonly PublishedAddress[] | undefined;

  const nodeNameAt = (address: string): string | undefined => {
    for (const [name, own] of nodes) {
      if (own === address) {
        return name;
      }
    }
    return undefined;
  };
  const proxy = new KubeProxy({
    services,
    clock,
    nodeAddresses: () => nodes,
    nodeOfClient: (address) => pods.at(address)?.spec?.nodeName ?? nodeNameAt(address),
  });
  const open: Disposable[] = [
    services,
    pods,
    network.addRouter(new NetworkPolicies(client, pods, (address) => nodeNameAt(address) !== undefined)),
    network.addRouter(proxy),
    network.addRouter(new HostPorts(pods, nodeNameAt)),
    network.addNameService(new ClusterDns(services, (name, from) => upstream?.resolve(name, from))),
    services.onChange(() => {
      proxy.invalidate();
      changed();
    }),
    pods.onChange(changed),
    client.watch(NODE, ({ type, object }) => {
      const address = object.status?.addresses?.find((entry) => entry.type === 'InternalIP')?.address;
      const before = nodes.get(object.metadata.name);
      if (type === 'DELETED' || address === undefined) {
        nodes.delete(object.metadata.name);
      } else {
        nodes.set(object.metadata.name, address);
      }
      if (nodes.get(object.metadata.name) !== before) {
        changed();
      }
    }),
  ];

  function changed(): void {
    published = undefined;
    for (const listener of listeners) {
      listener();
    }
  }

  return {
    published() {
      published ??= publishedAddresses({
        services,
        pods,
        nodeAddresses: () => nodes,
        fixed: [
          { ...apiServer, protocol: 'tcp' },
          { address: API_SERVICE_ADDRESS, port: 443, protocol: 'tcp' },
          ...Array.from(extra, (port) => ({ address: apiServer.address, port, protocol: 'tcp' as const })),
        ],
      });
      return published;
    },
    onChange(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
    publish(port) {
      extra.add(port);
      changed();
      return {
        [Symbol.dispose]() {
          extra.delete(port);
          changed();
        },
      };
    },
    [Symbol.dispose]() {
      listeners.clear();
      for (const each of open) {
        each[Symbol.dispose]();
      }
    },
  };
}
