// A pod's name resolution by its dnsPolicy and dnsConfig: search domains, and the text of its resolv.conf.
// https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
import type { Pod } from '../types.ts';

export const CLUSTER_DOMAIN = 'cluster.local';

export interface Resolver {
  searchDomains: readonly string[];
  text: string;
}

export function resolverOf(pod: Pod, dnsAddress: string): Resolver {
  const policy = pod.spec?.dnsPolicy ?? 'ClusterFirst';
  const config = pod.spec?.dnsConfig;
  const clustered = policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && !pod.spec?.hostNetwork);
  const namespace = pod.metadata.namespace ?? 'default';
  const searchDomains = [
    ...(clustered ? [`${namespace}.svc.${CLUSTER_DOMAIN}`, `svc.${CLUSTER_DOMAIN}`, CLUSTER_DOMAIN] : []),
    ...(config?.searches ?? []),
  ];
  const nameservers = [...(policy === 'None' ? [] : [clustered ? dnsAddress : '192.168.49.1']), ...(config?.nameservers ?? [])];
  const own = new Map((config?.options ?? []).map(({ name, value }) => [name ?? '', value]));
  const options = [
    ...(clustered && !own.has('ndots') ? ['ndots:5'] : []),
    ...[...own].map(([name, value]) => (value ? `${name}:${value}` : name)),
  ];
  const lines = [
    ...(searchDomains.length > 0 ? [`search ${searchDomains.join(' ')}`] : []),
    ...nameservers.map((address) => `nameserver ${address}`),
    ...(options.length > 0 ? [`options ${options.join(' ')}`] : []),
  ];
  return { searchDomains, text: `${lines.join('\n')}\n` };
}
