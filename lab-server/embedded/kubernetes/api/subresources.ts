// Subresources that are served beside `status` and `scale`, and what they take: for discovery and for routing.
import type { Resource } from './registry.ts';

export interface Subresource {
  name: string;
  /** Kind of the body or of the options, where it is not the resource's own. */
  kind?: { group?: string; version?: string; kind: string };
  verbs: readonly string[];
}

const CONNECT = ['create', 'get'];
const PROXY = ['create', 'delete', 'get', 'patch', 'update'];
const CHANGE = ['get', 'patch', 'update'];

const OWN: Readonly<Record<string, readonly Subresource[]>> = {
  pods: [
    { name: 'attach', kind: { kind: 'PodAttachOptions' }, verbs: CONNECT },
    { name: 'binding', kind: { kind: 'Binding' }, verbs: ['create'] },
    { name: 'ephemeralcontainers', verbs: CHANGE },
    { name: 'eviction', kind: { group: 'policy', version: 'v1', kind: 'Eviction' }, verbs: ['create'] },
    { name: 'exec', kind: { kind: 'PodExecOptions' }, verbs: CONNECT },
    { name: 'log', verbs: ['get'] },
    { name: 'portforward', kind: { kind: 'PodPortForwardOptions' }, verbs: CONNECT },
    { name: 'proxy', kind: { kind: 'PodProxyOptions' }, verbs: PROXY },
    { name: 'resize', verbs: CHANGE },
  ],
  namespaces: [{ name: 'finalize', verbs: ['update'] }],
  nodes: [{ name: 'proxy', kind: { kind: 'NodeProxyOptions' }, verbs: PROXY }],
  services: [{ name: 'proxy', kind: { kind: 'ServiceProxyOptions' }, verbs: PROXY }],
  serviceaccounts: [{ name: 'token', kind: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' }, verbs: ['create'] }],
  'certificatesigningrequests.certificates.k8s.io': [{ name: 'approval', verbs: CHANGE }],
};

/** All subresources of a resource, in the order of their names. */
export function subresourcesOf(resource: Resource): Subresource[] {
  const all = [...(OWN[resource.table] ?? [])];
  if (resource.definition.subresources?.scale) {
    all.push({ name: 'scale', kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' }, verbs: CHANGE });
  }
  if (resource.definition.subresources?.status) {
    all.push({ name: 'status', verbs: CHANGE });
  }
  return all.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
