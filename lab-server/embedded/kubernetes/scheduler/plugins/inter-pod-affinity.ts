// Pod affinity and anti-affinity, of the pod itself and of those that are already there.
import type { NodeInfo, PodInfo } from '../node-info.ts';
import { memoized, type Plugin, refuse, type SchedulingView } from './plugin.ts';
import { type AffinityTerm, domainOf, termSelects } from './pod-selection.ts';

export const interPodAffinity: Plugin = {
  name: 'InterPodAffinity',
  filter(pod, node, view) {
    const affinity = pod.pod.spec?.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    const antiAffinity = pod.pod.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    if (!affinity.every((term) => satisfied(term, pod, node, view))) {
      return refuse("node(s) didn't match pod affinity rules", true);
    }
    if (antiAffinity.some((term) => anyIn(node, term.topologyKey, view, (other) => termSelects(term, pod.pod, other.pod, view)))) {
      return refuse("node(s) didn't match pod anti-affinity rules");
    }
    if (othersObject(pod, node, view)) {
      return refuse("node(s) didn't satisfy existing pods anti-affinity rules");
    }
    return undefined;
  },
  score(pod, node, view) {
    const { podAffinity, podAntiAffinity } = pod.pod.spec?.affinity ?? {};
    let score = 0;
    for (const { podAffinityTerm: term, weight } of podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []) {
      score += weight * countIn(node, term, pod, view);
    }
    for (const { podAffinityTerm: term, weight } of podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []) {
      score -= weight * countIn(node, term, pod, view);
    }
    return score;
  },
  weight: 2,
};

/** A pod with affinity to itself alone may be the first of its kind. */
function satisfied(term: AffinityTerm, pod: PodInfo, node: NodeInfo, view: SchedulingView): boolean {
  if (domainOf(node.node, term.topologyKey) === undefined) {
    return false;
  }
  const selects = (other: PodInfo): boolean => termSelects(term, pod.pod, other.pod, view);
  if (anyIn(node, term.topologyKey, view, selects)) {
    return true;
  }
  const anywhere = view.nodes.some(({ pods }) => [...pods.values()].some(selects));
  return !anywhere && termSelects(term, pod.pod, pod.pod, view);
}

function othersObject(pod: PodInfo, node: NodeInfo, view: SchedulingView): boolean {
  return antiAffinePods(view).some(({ other, at, term }) => {
    const domain = domainOf(at.node, term.topologyKey);
    return domain !== undefined && domain === domainOf(node.node, term.topologyKey) && termSelects(term, other.pod, pod.pod, view);
  });
}

function antiAffinePods(view: SchedulingView): { other: PodInfo; at: NodeInfo; term: AffinityTerm }[] {
  return memoized(view, 'existing-anti-affinity', () =>
    view.nodes.flatMap((at) =>
      [...at.pods.values()].flatMap((other) =>
        (other.pod.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map((term) => ({
          other,
          at,
          term,
        })),
      ),
    ),
  );
}

function anyIn(node: NodeInfo, topologyKey: string, view: SchedulingView, selects: (other: PodInfo) => boolean): boolean {
  const domain = domainOf(node.node, topologyKey);
  return (
    domain !== undefined &&
    view.nodes.some((other) => domainOf(other.node, topologyKey) === domain && [...other.pods.values()].some(selects))
  );
}

function countIn(node: NodeInfo, term: AffinityTerm, pod: PodInfo, view: SchedulingView): number {
  const domain = domainOf(node.node, term.topologyKey);
  if (domain === undefined) {
    return 0;
  }
  let count = 0;
  for (const other of view.nodes) {
    if (domainOf(other.node, term.topologyKey) === domain) {
      count += [...other.pods.values()].filter((candidate) => termSelects(term, pod.pod, candidate.pod, view)).length;
    }
  }
  return count;
}
