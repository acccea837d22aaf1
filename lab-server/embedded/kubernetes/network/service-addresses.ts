// Every address and port under which a Service can be reached, with the rules that hold there.
import type { Service } from '../types.ts';

export interface ServiceAddress {
  service: Service;
  /** Undefined for node ports: any node's address. */
  address: string | undefined;
  port: number;
  protocol: 'tcp' | 'udp';
  /** Name of the Service's port; empty where it has none. */
  portName: string;
  /** Reached from outside the cluster: externalTrafficPolicy applies, not internalTrafficPolicy. */
  external: boolean;
}

export function addressesOf(service: Service): ServiceAddress[] {
  const { spec, status } = service;
  if (!spec || spec.type === 'ExternalName' || !spec.clusterIP || spec.clusterIP === 'None') {
    return [];
  }
  const external = [
    ...(spec.externalIPs ?? []),
    ...(spec.type === 'LoadBalancer' ? (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => (ip ? [ip] : [])) : []),
  ];
  return (spec.ports ?? []).flatMap(({ port, nodePort, name, protocol }) => {
    if (protocol === 'SCTP') {
      return [];
    }
    const base = { service, protocol: protocol === 'UDP' ? ('udp' as const) : ('tcp' as const), portName: name ?? '' };
    return [
      { ...base, address: spec.clusterIP, port, external: false },
      // minikube tunnel gives a load balancer its own cluster address: one entry is enough.
      ...external.filter((address) => address !== spec.clusterIP).map((address) => ({ ...base, address, port, external: true })),
      ...(nodePort ? [{ ...base, address: undefined, port: nodePort, external: true }] : []),
    ];
  });
}
