// Picks a node for a pod: filters, then scores. A function of the cluster as it is.
import type { NodeInfo, PodInfo } from './node-info.ts';
import { PLUGINS } from './plugins/index.ts';
import type { Plugin, Refusal, SchedulingView } from './plugins/plugin.ts';

export type Choice =
  | { node: NodeInfo }
  /** Why each node was refused, and by which plugins; `everywhere` when it was the same for all before they were looked at. */
  | { refusals: ReadonlyMap<string, Refusal>; refusedBy: ReadonlySet<string>; everywhere?: string };

export function chooseNode(pod: PodInfo, view: SchedulingView): Choice {
  for (const plugin of PLUGINS) {
    const everywhere = plugin.preFilter?.(pod, view);
    if (everywhere !== undefined) {
      return { refusals: new Map(), refusedBy: new Set([plugin.name]), everywhere };
    }
  }
  const refusals = new Map<string, Refusal>();
  const refusedBy = new Set<string>();
  const fitting: NodeInfo[] = [];
  for (const node of view.nodes) {
    const refused = firstRefusal(pod, node, view);
    if (refused) {
      refusals.set(node.name, refused.refusal);
      refusedBy.add(refused.by);
    } else {
      fitting.push(node);
    }
  }
  const best = bestOf(pod, fitting, view);
  return best ? { node: best } : { refusals, refusedBy };
}

/** The first plugin's refusal; undefined when the pod fits. */
export function filterNode(pod: PodInfo, node: NodeInfo, view: SchedulingView): Refusal | undefined {
  return firstRefusal(pod, node, view)?.refusal;
}

function firstRefusal(pod: PodInfo, node: NodeInfo, view: SchedulingView): { refusal: Refusal; by: string } | undefined {
  for (const plugin of PLUGINS) {
    const refusal = plugin.filter?.(pod, node, view);
    if (refusal) {
      return { refusal, by: plugin.name };
    }
  }
  return undefined;
}

function bestOf(pod: PodInfo, nodes: readonly NodeInfo[], view: SchedulingView): NodeInfo | undefined {
  if (nodes.length <= 1) {
    return nodes[0];
  }
  const totals = nodes.map(() => 0);
  for (const plugin of PLUGINS) {
    if (plugin.score) {
      const scores = scaledScores(plugin, pod, nodes, view);
      scores.forEach((score, index) => (totals[index] = (totals[index] ?? 0) + score * (plugin.weight ?? 1)));
    }
  }
  const best = Math.max(...totals);
  // Among equals the emptiest; the real scheduler throws dice.
  return nodes
    .filter((_, index) => best - (totals[index] ?? 0) < 1e-9)
    .toSorted((a, b) => a.pods.size - b.pods.size || (a.name < b.name ? -1 : 1))[0];
}

function scaledScores(plugin: Plugin, pod: PodInfo, nodes: readonly NodeInfo[], view: SchedulingView): number[] {
  const raw = nodes.map((node) => plugin.score?.(pod, node, view) ?? 0);
  if (plugin.scaled) {
    return raw;
  }
  const high = Math.max(...raw);
  const low = Math.min(...raw);
  if (high === low) {
    return raw.map(() => 0);
  }
  return raw.map((score) => (plugin.inverted ? high - score : score - low) * (100 / (high - low)));
}
