// Gives pods their place in the network: an address of the node's range, a resolver, and the endpoint their containers share.
import type { Network, NetworkEndpoint } from '../../runtime/runtime.ts';
import type { Pod } from '../types.ts';
import { AddressRange } from './address-range.ts';
import { resolverOf } from './pod-resolver.ts';

export interface PodAttachment extends Disposable {
  readonly address: string;
  readonly endpoint: NetworkEndpoint;
  /** The text of /etc/resolv.conf. */
  readonly resolvConf: string;
}

export interface PodNetwork {
  /** Attaches a pod; `wanted` is the address it had before, taken when it is still free. */
  attach(pod: Pod, wanted?: string): PodAttachment;
  /** The node's own endpoint: probes come from it, host-network pods live in it. */
  readonly nodeEndpoint: NetworkEndpoint;
  readonly podCIDR: string;
}

export interface NodeNetworkOptions {
  network: Network;
  /** `10.244.0.0/24` */
  podCIDR: string;
  nodeAddress: string;
  dnsAddress: string;
}

/** The pod network of one node. Disposing it detaches the node itself. */
export function createNodeNetwork(options: NodeNetworkOptions): PodNetwork & Disposable {
  const { network, podCIDR, nodeAddress, dnsAddress } = options;
  const range = new AddressRange(podCIDR);
  const nodeEndpoint = network.attach(nodeAddress);

  function attach(pod: Pod, wanted?: string): PodAttachment {
    const resolver = resolverOf(pod, dnsAddress);
    if (pod.spec?.hostNetwork) {
      return { address: nodeAddress, endpoint: nodeEndpoint, resolvConf: resolver.text, [Symbol.dispose]: () => {} };
    }
    const address = range.allocate(wanted);
    const hosts: Record<string, string> = { [pod.spec?.hostname ?? pod.metadata.name]: address };
    for (const alias of pod.spec?.hostAliases ?? []) {
      for (const name of alias.hostnames ?? []) {
        hosts[name.toLowerCase()] = alias.ip;
      }
    }
    const endpoint = network.attach(address, { searchDomains: resolver.searchDomains, hosts });
    let attached = true;
    return {
      address,
      endpoint,
      resolvConf: resolver.text,
      [Symbol.dispose]() {
        if (attached) {
          attached = false;
          endpoint[Symbol.dispose]();
          range.release(address);
        }
      },
    };
  }

  return { attach, nodeEndpoint, podCIDR, [Symbol.dispose]: () => nodeEndpoint[Symbol.dispose]() };
}
