// Which pods to give up first when there are too many: the least useful, then the most crowded, then the youngest.
// The order is that of k8s.io/kubernetes/pkg/controller ActivePodsWithRanks.
import type { Pod } from '../../types.ts';
import { parseTime } from '../../values/iso-time.ts';
import { isActive, isReady, maxRestarts, readySince } from './readiness.ts';

const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
const PHASE_RANK: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };
const NANOS_PER_MS = 1e6;

/**
 * The `count` pods of `pods` to delete. `related` are the active pods of all replica sets with the same owner:
 * nodes that hold many of them give up theirs first.
 */
export function podsToDelete(pods: readonly Pod[], related: readonly Pod[], count: number, now: number): readonly Pod[] {
  if (count >= pods.length) {
    return pods;
  }
  const perNode = new Map<string, number>();
  for (const pod of related) {
    if (isActive(pod)) {
      const node = pod.spec?.nodeName ?? '';
      perNode.set(node, (perNode.get(node) ?? 0) + 1);
    }
  }
  const ranked = pods.map((pod) => ({ pod, crowd: perNode.get(pod.spec?.nodeName ?? '') ?? 0 }));
  return ranked
    .sort((a, b) => compare(a, b, now))
    .slice(0, count)
    .map(({ pod }) => pod);
}

interface Ranked {
  pod: Pod;
  crowd: number;
}

function compare(a: Ranked, b: Ranked, now: number): number {
  return (
    Number(Boolean(a.pod.spec?.nodeName)) - Number(Boolean(b.pod.spec?.nodeName)) ||
    phaseRank(a.pod) - phaseRank(b.pod) ||
    Number(isReady(a.pod)) - Number(isReady(b.pod)) ||
    deletionCost(a.pod) - deletionCost(b.pod) ||
    b.crowd - a.crowd ||
    compareAges(readySince(a.pod), readySince(b.pod), a.pod, b.pod, now) ||
    maxRestarts(b.pod) - maxRestarts(a.pod) ||
    compareAges(parseTime(a.pod.metadata.creationTimestamp), parseTime(b.pod.metadata.creationTimestamp), a.pod, b.pod, now)
  );
}

/** Younger first, ages compared by order of magnitude (base 2) so that pods of about the same age are picked at random, by uid. */
function compareAges(a: number | undefined, b: number | undefined, podA: Pod, podB: Pod, now: number): number {
  if (a === b) {
    return 0;
  }
  if (a === undefined || b === undefined) {
    return a === undefined ? -1 : 1;
  }
  const difference = magnitude(now - a) - magnitude(now - b);
  return difference === 0 ? (podA.metadata.uid < podB.metadata.uid ? -1 : 1) : difference;
}

function magnitude(ageMs: number): number {
  return ageMs <= 0 ? -1 : Math.floor(Math.log2(ageMs * NANOS_PER_MS));
}

function phaseRank(pod: Pod): number {
  return PHASE_RANK[pod.status?.phase ?? 'Pending'] ?? 0;
}

function deletionCost(pod: Pod): number {
  const text = pod.metadata.annotations?.[DELETION_COST];
  const cost = text !== undefined && /^(0|-?[1-9][0-9]*)$/.test(text) ? Number(text) : 0;
  return Math.abs(cost) <= 2 ** 31 ? cost : 0;
}
