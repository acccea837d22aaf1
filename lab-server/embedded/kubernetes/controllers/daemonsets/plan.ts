// The next steps of a daemon set: nodes that need a pod, pods that must go, and the pods a rolling update may replace now.
import type { Pod } from '../../types.ts';
import { parseTime } from '../../values/iso-time.ts';
import { isAvailable, isFinished, isTerminating } from '../pods/readiness.ts';
import type { Placement } from './placement.ts';

export interface NodeObservation {
  name: string;
  placement: Placement;
  pods: readonly Pod[];
}

export interface DaemonObservation {
  nodes: readonly NodeObservation[];
  /** Pods meant for nodes that do not exist. */
  stray: readonly Pod[];
  isUpdated: (pod: Pod) => boolean;
  minReadySeconds: number;
  /** Undefined: pods change only when someone deletes them (OnDelete). */
  rollingUpdate: { maxUnavailable: number; maxSurge: number } | undefined;
}

export interface DaemonPlan {
  /** Names of nodes to create a pod on. */
  create: string[];
  delete: Pod[];
  /** Pods that ended on their own and make room for another. */
  ended: Pod[];
}

export function planDaemonSet(observed: DaemonObservation, now: number): DaemonPlan {
  const plan: DaemonPlan = { create: [], delete: [...observed.stray], ended: [] };
  const surges = (observed.rollingUpdate?.maxSurge ?? 0) > 0;
  for (const node of observed.nodes) {
    planNode(node, observed, surges, plan, now);
  }
  if (observed.rollingUpdate && plan.create.length === 0 && plan.delete.length === 0 && plan.ended.length === 0) {
    if (surges) {
      surge(observed, observed.rollingUpdate.maxSurge, plan, now);
    } else {
      replace(observed, observed.rollingUpdate.maxUnavailable, plan, now);
    }
  }
  return plan;
}

/** One pod on each node where one belongs, none elsewhere. */
function planNode(
  { name, placement, pods }: NodeObservation,
  observed: DaemonObservation,
  surges: boolean,
  plan: DaemonPlan,
  now: number,
): void {
  if (!placement.mayStay) {
    plan.delete.push(...pods.filter((pod) => !isTerminating(pod)));
    return;
  }
  if (pods.length === 0) {
    if (placement.shouldRun) {
      plan.create.push(name);
    }
    return;
  }
  const ended = pods.filter((pod) => !isTerminating(pod) && isFinished(pod));
  plan.ended.push(...ended);
  const running = pods.filter((pod) => !isTerminating(pod) && !isFinished(pod)).toSorted(oldestFirst);
  if (!surges) {
    plan.delete.push(...running.slice(1));
    return;
  }
  // While surging, an old and a new pod may stand side by side until the new one is available.
  const updated = running.filter(observed.isUpdated);
  const outdated = running.filter((pod) => !observed.isUpdated(pod));
  const hasSuccessor = updated.some((pod) => isAvailable(pod, observed.minReadySeconds, now));
  plan.delete.push(...updated.slice(1), ...(hasSuccessor ? outdated : outdated.slice(1)));
}

/** Deletes outdated pods: unavailable ones at once, others while few enough nodes are without. */
function replace(observed: DaemonObservation, maxUnavailable: number, plan: DaemonPlan, now: number): void {
  let unavailable = 0;
  const candidates: Pod[] = [];
  for (const { placement, pods } of observed.nodes) {
    if (!placement.shouldRun) {
      continue;
    }
    const [pod, ...others] = pods;
    const isUp = pod !== undefined && others.length === 0 && !isTerminating(pod) && isAvailable(pod, observed.minReadySeconds, now);
    unavailable += isUp ? 0 : 1;
    if (!pod || others.length > 0 || isTerminating(pod) || observed.isUpdated(pod)) {
      continue;
    }
    (isUp ? candidates : plan.delete).push(pod);
  }
  plan.delete.push(...candidates.slice(0, Math.max(0, maxUnavailable - unavailable)));
}

/** Creates new pods beside outdated ones, on as many nodes at once as may surge. */
function surge(observed: DaemonObservation, maxSurge: number, plan: DaemonPlan, now: number): void {
  const places = observed.nodes.filter(({ placement }) => placement.shouldRun);
  const alone = places.filter(({ pods }) => pods.length > 0 && !pods.some(observed.isUpdated));
  let surging = places.filter(({ pods }) => pods.length > 1).length;
  for (const { name, pods } of alone) {
    const isUp = pods.some((pod) => !isTerminating(pod) && isAvailable(pod, observed.minReadySeconds, now));
    if (!isUp || surging < maxSurge) {
      plan.create.push(name);
      surging += isUp ? 1 : 0;
    }
  }
}

function oldestFirst(a: Pod, b: Pod): number {
  const isPlaced = (pod: Pod) => (pod.spec?.nodeName ? 0 : 1);
  const createdAt = (pod: Pod) => parseTime(pod.metadata.creationTimestamp) ?? 0;
  return isPlaced(a) - isPlaced(b) || createdAt(a) - createdAt(b) || (a.metadata.name < b.metadata.name ? -1 : 1);
}
