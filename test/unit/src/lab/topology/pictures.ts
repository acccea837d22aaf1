// Pictures of sandboxes for tests: small, and as the server sends them.
import type { Topology, TopologyGroup, TopologyUnit } from '../../../../../lab-server/protocol/topology.ts';

export function aGroup(change: Partial<TopologyGroup> = {}): TopologyGroup {
  return { id: 'web', kind: 'Deployment', name: 'web', space: '', wanted: 3, ready: 3, note: '', ...change };
}

export function aUnit(name: string, change: Partial<TopologyUnit> = {}): TopologyUnit {
  return {
    id: name,
    kind: 'Pod',
    name,
    group: 'web',
    host: 'minikube',
    state: 'ready',
    words: 'Running',
    revision: '1',
    current: true,
    restarts: 0,
    ...change,
  };
}

export function aPicture(change: Partial<Topology>): Topology {
  const hosts = [{ id: 'minikube', kind: 'Node', name: 'minikube', ready: true, note: '' }];
  return { platform: 'kubernetes', hosts, groups: [], units: [], entries: [], hidden: 0, ...change };
}
