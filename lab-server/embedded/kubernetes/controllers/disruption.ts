// PodDisruptionBudgets: how many pods may be evicted now, kept up to date for the eviction subresource.
import type { ClusterClient, KindRef } from '../cluster-client.ts';
import type { Condition, KubernetesObject, Pod } from '../types.ts';
import { scaledValue } from '../values/int-or-string.ts';
import { parseTime } from '../values/iso-time.ts';
import { matchesSelector } from '../values/label-selector.ts';
import { sameValue } from '../values/same.ts';
import { withCondition } from './conditions.ts';
import type { Controller, ControllerContext, Key, ReconcileResult } from './controller.ts';
import { controllerOf, keyOf, objectOf, watchSelf } from './keys.ts';
import {
  DEPLOYMENT,
  POD,
  POD_DISRUPTION_BUDGET,
  type PodDisruptionBudget,
  REPLICATION_CONTROLLER,
  REPLICA_SET,
  STATEFUL_SET,
} from './kinds.ts';
import { isFinished, isReady, isTerminating } from './pods/readiness.ts';

type Status = NonNullable<PodDisruptionBudget['status']>;

/** An eviction that was allowed but has not deleted its pod within this time no longer counts. */
const EVICTION_TIMEOUT_MS = 120_000;
/** Controllers of pods that say how many they want. */
const SIZED: readonly KindRef<KubernetesObject>[] = [REPLICA_SET, STATEFUL_SET, REPLICATION_CONTROLLER];

export const disruptionController: Controller = {
  name: 'controllermanager',
  serviceAccount: 'disruption-controller',
  watches: [
    watchSelf(POD_DISRUPTION_BUDGET),
    { kind: POD, keys: (pod, old, client) => budgetsOf(pod as Pod, old as Pod | undefined, client) },
  ],
  reconcile,
};

function budgetsOf(pod: Pod, old: Pod | undefined, client: ClusterClient): readonly Key[] {
  return client
    .list(POD_DISRUPTION_BUDGET, { namespace: pod.metadata.namespace })
    .filter(
      ({ spec }) => matchesSelector(spec?.selector, pod.metadata.labels) || (old && matchesSelector(spec?.selector, old.metadata.labels)),
    )
    .map(keyOf);
}

function reconcile(key: Key, context: ControllerContext): ReconcileResult {
  const { client, clock, event } = context;
  const budget = objectOf(client, POD_DISRUPTION_BUDGET, key);
  if (!budget) {
    return undefined;
  }
  const now = clock.now();
  const pods = client
    .list(POD, { namespace: budget.metadata.namespace })
    .filter((pod) => matchesSelector(budget.spec?.selector, pod.metadata.labels));
  if (pods.length === 0) {
    event(budget, 'Normal', 'NoPods', 'No matching pods found');
  }
  const { expected, desired } = expectedHealthy(budget, pods, client);
  const { disruptedPods, soonestMs } = pendingDisruptions(budget, pods, now);
  const healthy = pods.filter(
    (pod) => isReady(pod) && !isFinished(pod) && !isTerminating(pod) && !(pod.metadata.name in disruptedPods),
  ).length;
  const disruptionsAllowed = expected === 0 ? 0 : Math.max(0, healthy - desired);
  const status: Status = {
    currentHealthy: healthy,
    desiredHealthy: desired,
    disruptionsAllowed,
    expectedPods: expected,
    observedGeneration: budget.metadata.generation,
    conditions: withCondition(
      budget.status?.conditions as Condition[] | undefined,
      allowed(disruptionsAllowed, budget),
      now,
    ) as Status['conditions'],
    ...(Object.keys(disruptedPods).length > 0 ? { disruptedPods } : {}),
  };
  if (!sameValue(status, budget.status)) {
    client.updateStatus(POD_DISRUPTION_BUDGET, { ...budget, status });
  }
  return soonestMs === undefined ? undefined : { requeueAfterMs: soonestMs };
}

/** The condition that tells whether anything may be evicted; metav1 conditions always carry a message. */
function allowed(disruptions: number, { metadata }: PodDisruptionBudget): Condition {
  const observedGeneration = metadata.generation;
  return {
    type: 'DisruptionAllowed',
    status: disruptions > 0 ? 'True' : 'False',
    reason: disruptions > 0 ? 'SufficientPods' : 'InsufficientPods',
    message: '',
    ...(observedGeneration === undefined ? {} : { observedGeneration }),
  };
}

/** How many pods there should be, and how many of them must stay healthy. */
export function expectedHealthy(
  { spec }: PodDisruptionBudget,
  pods: readonly Pod[],
  client: ClusterClient,
): { expected: number; desired: number } {
  const { minAvailable, maxUnavailable } = spec ?? {};
  if (maxUnavailable !== undefined) {
    const expected = expectedCount(pods, client);
    return { expected, desired: Math.max(0, expected - (scaledValue(maxUnavailable, expected, 'up') ?? 0)) };
  }
  if (typeof minAvailable === 'number') {
    return { expected: pods.length, desired: minAvailable };
  }
  const expected = expectedCount(pods, client);
  return { expected, desired: scaledValue(minAvailable ?? 0, expected, 'up') ?? 0 };
}

/** The sizes that the controllers of the pods ask for: pods that are missing count as unavailable. */
function expectedCount(pods: readonly Pod[], client: ClusterClient): number {
  const sizes = new Map<string, number>();
  for (const pod of pods) {
    const owner = controllerOf(pod);
    if (!owner) {
      continue;
    }
    const size = sizeOf(owner, pod.metadata.namespace, client);
    if (size) {
      sizes.set(size.uid, size.replicas);
    }
  }
  return [...sizes.values()].reduce((sum, replicas) => sum + replicas, 0);
}

function sizeOf(owner: NonNullable<ReturnType<typeof controllerOf>>, namespace: string | undefined, client: ClusterClient) {
  const kind = SIZED.find((one) => one.kind === owner.kind && one.apiVersion === owner.apiVersion);
  const object = kind && client.get(kind, namespace, owner.name);
  if (!object || object.metadata.uid !== owner.uid) {
    return undefined;
  }
  const deployment = controllerOf(object);
  const parent = deployment?.kind === DEPLOYMENT.kind ? client.get(DEPLOYMENT, namespace, deployment.name) : undefined;
  const sized = parent ?? object;
  return { uid: sized.metadata.uid ?? '', replicas: (sized.spec as { replicas?: number } | undefined)?.replicas ?? 1 };
}

/** Evictions that were allowed and have not shown in the pods yet. */
function pendingDisruptions(budget: PodDisruptionBudget, pods: readonly Pod[], now: number) {
  const disruptedPods: Record<string, string> = {};
  let soonestMs: number | undefined;
  for (const [name, time] of Object.entries(budget.status?.disruptedPods ?? {})) {
    const pod = pods.find(({ metadata }) => metadata.name === name);
    const left = (parseTime(time) ?? 0) + EVICTION_TIMEOUT_MS - now;
    if (pod && !isTerminating(pod) && left > 0) {
      disruptedPods[name] = time;
      soonestMs = Math.min(soonestMs ?? left, left);
    }
  }
  return { disruptedPods, soonestMs };
}
