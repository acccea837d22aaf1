// Finds pods of lower priority whose removal would make room for a pod. A function of the cluster as it is; the scheduler acts on it.
// https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/
import type * as models from '@kubernetes/client-node';
import { kindRef } from '../cluster-client.ts';
import type { Pod, Stored } from '../types.ts';
import { matchesSelector } from '../values/index.ts';
import { filterNode } from './choose-node.ts';
import { fitErrorMessage } from './failure-message.ts';
import type { NodeInfo, PodInfo } from './node-info.ts';
import { type Refusal, refuse, type SchedulingView } from './plugins/plugin.ts';

const DISRUPTION_BUDGET = kindRef<Stored<models.V1PodDisruptionBudget>>('policy/v1', 'PodDisruptionBudget');

export type Preemption = { node: NodeInfo; victims: PodInfo[] } | { message: string };

interface Candidate {
  node: NodeInfo;
  victims: PodInfo[];
  violations: number;
}

export function findPreemption(pod: PodInfo, refusals: ReadonlyMap<string, Refusal>, view: SchedulingView): Preemption {
  if (pod.pod.spec?.preemptionPolicy === 'Never') {
    return { message: 'not eligible due to preemptionPolicy=Never.' };
  }
  const nominated = view.nodes.find(({ name }) => name === pod.pod.status?.nominatedNodeName);
  const leaving = [...(nominated?.pods.values() ?? [])].some(
    (other) => other.priority < pod.priority && other.pod.metadata.deletionTimestamp,
  );
  if (leaving) {
    return { message: 'not eligible due to a terminating pod on the nominated node.' };
  }
  const failures: Refusal[] = [];
  const candidates: Candidate[] = [];
  for (const node of view.nodes) {
    const result = refusals.get(node.name)?.unresolvable ? refuse('Preemption is not helpful for scheduling') : tryNode(pod, node, view);
    if ('victims' in result) {
      candidates.push(result);
    } else {
      failures.push(result);
    }
  }
  const best = candidates.toSorted(compareCandidates)[0];
  return best ? { node: best.node, victims: best.victims } : { message: fitErrorMessage(view.nodes.length, failures) };
}

/** Removes every pod of lower priority, then lets as many as possible stay, the most important first. */
function tryNode(pod: PodInfo, node: NodeInfo, view: SchedulingView): Candidate | Refusal {
  const lower = [...node.pods.values()].filter(({ priority }) => priority < pod.priority);
  if (lower.length === 0) {
    return refuse('No preemption victims found for incoming pod');
  }
  const staying = new Map([...node.pods].filter(([, { priority }]) => priority >= pod.priority));
  const fits = (): Refusal | undefined => {
    const changed = node.copy(staying.values());
    const nodes = view.nodes.map((other) => (other.name === node.name ? changed : other));
    return filterNode(pod, changed, { ...view, nodes, memo: new Map() });
  };
  const refusal = fits();
  if (refusal) {
    return refusal;
  }
  const victims: PodInfo[] = [];
  let violations = 0;
  const budgets = view.client.list(DISRUPTION_BUDGET);
  const broken = (info: PodInfo): boolean => breaksBudget(info.pod, budgets);
  for (const info of lower.toSorted((a, b) => Number(broken(b)) - Number(broken(a)) || moreImportant(a, b))) {
    staying.set(info.pod.metadata.uid, info);
    if (fits()) {
      staying.delete(info.pod.metadata.uid);
      victims.push(info);
      violations += broken(info) ? 1 : 0;
    }
  }
  return { node, victims, violations };
}

function breaksBudget(pod: Pod, budgets: readonly Stored<models.V1PodDisruptionBudget>[]): boolean {
  return budgets.some(
    ({ metadata, spec, status }) =>
      metadata.namespace === pod.metadata.namespace &&
      matchesSelector(spec?.selector, pod.metadata.labels) &&
      (status?.disruptionsAllowed ?? 0) <= 0,
  );
}

/** Higher priority first, then the one that started earlier. */
function moreImportant(a: PodInfo, b: PodInfo): number {
  const started = (info: PodInfo): string => info.pod.status?.startTime ?? '9999';
  return b.priority - a.priority || (started(a) < started(b) ? -1 : 1);
}

/** Fewest broken budgets, then the least important victims, then the fewest. */
function compareCandidates(a: Candidate, b: Candidate): number {
  const highest = ({ victims }: Candidate): number => Math.max(...victims.map(({ priority }) => priority));
  const sum = ({ victims }: Candidate): number => victims.reduce((total, { priority }) => total + priority + 2 ** 31, 0);
  return a.violations - b.violations || highest(a) - highest(b) || sum(a) - sum(b) || a.victims.length - b.victims.length;
}
