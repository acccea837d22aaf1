// Whether a node has the resources that a pod requests, and preferring the nodes that keep most free (LeastAllocated).
import type { NodeInfo, PodInfo } from '../node-info.ts';
import type { Plugin, Refusal } from './plugin.ts';

const SCORED = ['cpu', 'memory'];
/** What a container without a request counts as in scores, so that such pods spread too. */
const DEFAULT_REQUEST: Readonly<Record<string, number>> = { cpu: 100, memory: 200 * 1024 * 1024 };

export const resourcesFit: Plugin = {
  name: 'NodeResourcesFit',
  filter(pod, node) {
    return insufficient(pod, node);
  },
  score(pod, node) {
    const shares = SCORED.map((name) => {
      const allocatable = node.allocatable[name] ?? 0;
      const used = usedForScore(node, name) + requestForScore(pod, name);
      return allocatable === 0 || used > allocatable ? 0 : ((allocatable - used) * 100) / allocatable;
    });
    return shares.reduce((sum, share) => sum + share, 0) / shares.length;
  },
  scaled: true,
};

/** Prefers nodes on which cpu and memory are used to the same degree. */
export const balancedAllocation: Plugin = {
  name: 'NodeResourcesBalancedAllocation',
  score(pod, node) {
    const [cpu = 0, memory = 0] = SCORED.map((name) => {
      const allocatable = node.allocatable[name] ?? 0;
      return allocatable === 0 ? 0 : Math.min(1, (node.requested(name) + (pod.requests[name] ?? 0)) / allocatable);
    });
    return (1 - Math.abs(cpu - memory) / 2) * 100;
  },
  scaled: true,
};

function insufficient(pod: PodInfo, node: NodeInfo): Refusal | undefined {
  const reasons: string[] = [];
  let unresolvable = false;
  const capacity = node.allocatable['pods'] ?? 0;
  if (node.pods.size + 1 > capacity) {
    reasons.push('Too many pods');
  }
  for (const name of orderedNames(pod.requests)) {
    const wanted = pod.requests[name] ?? 0;
    const allocatable = node.allocatable[name] ?? 0;
    if (wanted > 0 && wanted > allocatable - node.requested(name)) {
      reasons.push(`Insufficient ${name}`);
      unresolvable ||= wanted > allocatable;
    }
  }
  return reasons.length === 0 ? undefined : { reasons, unresolvable };
}

/** cpu, memory and ephemeral-storage first, as the real plugin checks them. */
function orderedNames(requests: Readonly<Record<string, number>>): string[] {
  const first = ['cpu', 'memory', 'ephemeral-storage'];
  return [
    ...first.filter((name) => name in requests),
    ...Object.keys(requests)
      .filter((name) => !first.includes(name))
      .toSorted(),
  ];
}

function requestForScore(pod: PodInfo, name: string): number {
  return (pod.requests[name] ?? 0) || (pod.pod.spec?.containers.length ?? 1) * (DEFAULT_REQUEST[name] ?? 0);
}

function usedForScore(node: NodeInfo, name: string): number {
  let used = 0;
  for (const pod of node.pods.values()) {
    used += requestForScore(pod, name);
  }
  return used;
}
