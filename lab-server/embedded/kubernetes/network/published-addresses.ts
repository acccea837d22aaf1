// The addresses that a learner's terminal can reach, worked out anew only when something they depend on changes.
import type { Pod } from '../types.ts';
import { addressesOf } from './service-addresses.ts';
import type { PodDirectory } from './pod-directory.ts';
import type { ServiceTable } from './service-table.ts';

export interface PublishedAddress {
  address: string;
  port: number;
  protocol: 'tcp' | 'udp';
}

export interface PublishedOptions {
  services: ServiceTable;
  pods: PodDirectory;
  nodeAddresses: () => ReadonlyMap<string, string>;
  /** Addresses that are always there: the API server's. */
  fixed: readonly PublishedAddress[];
}

/** Services are published with or without endpoints: without, they refuse, as on a real cluster. */
export function publishedAddresses({ services, pods, nodeAddresses, fixed }: PublishedOptions): PublishedAddress[] {
  const found = new Map<string, PublishedAddress>();
  const add = (entry: PublishedAddress): void => void found.set(`${entry.protocol}/${entry.address}:${entry.port}`, entry);
  fixed.forEach(add);
  for (const service of services.services()) {
    for (const { address, port, protocol } of addressesOf(service)) {
      const addresses = address === undefined ? [...nodeAddresses().values()] : [address];
      addresses.forEach((each) => add({ address: each, port, protocol }));
    }
  }
  for (const pod of pods.pods()) {
    podPorts(pod).forEach(add);
  }
  return [...found.values()];
}

function podPorts(pod: Pod): PublishedAddress[] {
  const address = pod.status?.podIP ?? '';
  const containers = [
    ...(pod.spec?.containers ?? []),
    ...(pod.spec?.initContainers ?? []).filter((each) => each.restartPolicy === 'Always'),
  ];
  return containers.flatMap(({ ports }) =>
    (ports ?? []).flatMap(({ containerPort, protocol }) =>
      protocol === 'SCTP' ? [] : [{ address, port: containerPort, protocol: protocol === 'UDP' ? ('udp' as const) : ('tcp' as const) }],
    ),
  );
}
