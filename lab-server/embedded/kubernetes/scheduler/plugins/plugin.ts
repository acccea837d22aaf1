// What a scheduling plugin is: a filter that may refuse a node with a reason, a score that prefers one node to another, or both.
import type { ClusterClient } from '../../cluster-client.ts';
import type { NodeInfo, PodInfo } from '../node-info.ts';

export interface Refusal {
  /** In the scheduler's own words: `Insufficient cpu`. One node may have several. */
  reasons: readonly string[];
  /** No pod that goes away from this node would help. */
  unresolvable: boolean;
}

/** The cluster as one scheduling attempt sees it. */
export interface SchedulingView {
  nodes: readonly NodeInfo[];
  client: ClusterClient;
  /** Results a plugin works out once per attempt and uses for every node. */
  memo: Map<string, unknown>;
}

export interface Plugin {
  name: string;
  /** Refuses the pod on every node alike, before nodes are looked at. */
  preFilter?(pod: PodInfo, view: SchedulingView): string | undefined;
  filter?(pod: PodInfo, node: NodeInfo, view: SchedulingView): Refusal | undefined;
  /** Higher is better; scaled to 0-100 over the nodes that fit unless `scaled` is set. */
  score?(pod: PodInfo, node: NodeInfo, view: SchedulingView): number;
  scaled?: boolean;
  /** The lowest raw score is the best. */
  inverted?: boolean;
  weight?: number;
}

export function refuse(reason: string, unresolvable = false): Refusal {
  return { reasons: [reason], unresolvable };
}

/** Computes a value once per scheduling attempt. */
export function memoized<T>(view: SchedulingView, key: string, compute: () => T): T {
  if (!view.memo.has(key)) {
    view.memo.set(key, compute());
  }
  return view.memo.get(key) as T;
}
