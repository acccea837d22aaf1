// How many replicas a metric asks for, pods that are not ready or have no metrics counted carefully.
// https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/#algorithm-details
import { DocksideError } from '../../../../base/index.ts';
import type { Pod } from '../../types.ts';
import { parseTime } from '../../values/iso-time.ts';
import { milliValue, tryParseQuantity, wholeValue } from '../../values/quantity.ts';
import { conditionOf, isTerminating } from '../pods/readiness.ts';
import { type PodMetrics, usageOf } from './metrics.ts';

/** CPU of a pod this young counts only from its first readiness on (--horizontal-pod-autoscaler-cpu-initialization-period). */
const CPU_INITIALIZATION_MS = 300_000;
/** A pod that was never ready after this time is simply not ready (--horizontal-pod-autoscaler-initial-readiness-delay). */
const INITIAL_READINESS_MS = 30_000;

export interface Tolerances {
  scaleDown: number;
  scaleUp: number;
}

export interface MetricQuery {
  resource: string;
  /** One container's usage instead of the whole pod's. */
  container?: string;
  target: { utilization: number } | { averageValue: number };
}

export interface Observed {
  replicas: number;
  pods: readonly Pod[];
  /** Undefined where nothing serves metrics. */
  metrics: readonly PodMetrics[] | undefined;
  tolerances: Tolerances;
  now: number;
}

export interface Recommendation {
  replicas: number;
  /** Percent of the request; undefined where the target is a value. */
  utilization: number | undefined;
  /** Millicores or bytes a pod, on average. */
  averageValue: number;
}

/** Why no number could be had; the message is the real controller's. */
export class MetricsUnavailable extends DocksideError {
  constructor(message: string) {
    super('KUBERNETES_METRICS_UNAVAILABLE', message);
  }
}

export function recommendReplicas(query: MetricQuery, observed: Observed): Recommendation {
  const why = !observed.metrics
    ? 'unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)'
    : observed.metrics.length === 0
      ? 'no metrics returned from resource metrics API'
      : undefined;
  if (why !== undefined) {
    throw new MetricsUnavailable(`unable to get metrics for resource ${query.resource}: ${why}`);
  }
  const groups = groupPods(query, observed);
  const { usage } = groups;
  if (usage.size === 0) {
    throw new MetricsUnavailable('did not receive metrics for targeted pods (pods might be unready)');
  }
  const requests = 'utilization' in query.target ? requestsOf(query, observed.pods) : undefined;
  const total = sum(usage.values());
  const ratioOf = (values: ReadonlyMap<string, number>) => usageRatio(query, values, requests);
  const current = ratioOf(usage);
  const result = { utilization: requests ? current.utilization : undefined, averageValue: Math.floor(total / usage.size) };
  const replicas = replicasFor(query, observed, groups, requests, current.ratio, ratioOf);
  return { replicas, ...result };
}

interface Groups {
  /** Usage by pod of those that count. */
  usage: Map<string, number>;
  ready: number;
  unready: string[];
  missing: string[];
}

function replicasFor(
  query: MetricQuery,
  { replicas, tolerances }: Observed,
  { usage, ready, unready, missing }: Groups,
  requests: ReadonlyMap<string, number> | undefined,
  ratio: number,
  ratioOf: (values: ReadonlyMap<string, number>) => { ratio: number },
): number {
  const isWithin = (value: number) => 1 - tolerances.scaleDown <= value && value <= 1 + tolerances.scaleUp;
  const growsDespiteUnready = unready.length > 0 && ratio > 1;
  if (!growsDespiteUnready && missing.length === 0) {
    return isWithin(ratio) ? replicas : Math.ceil(ratio * ready);
  }
  // Pods that say nothing are taken to need all their target when shrinking, and nothing when growing.
  const assumed = new Map(usage);
  for (const pod of missing) {
    const target =
      'utilization' in query.target ? Math.floor(((requests?.get(pod) ?? 0) * query.target.utilization) / 100) : query.target.averageValue;
    assumed.set(pod, ratio < 1 ? target : 0);
  }
  if (growsDespiteUnready) {
    for (const pod of unready) {
      assumed.set(pod, 0);
    }
  }
  const next = ratioOf(assumed).ratio;
  if (isWithin(next) || (ratio < 1 && next > 1) || (ratio > 1 && next < 1)) {
    return replicas;
  }
  const wanted = Math.ceil(next * assumed.size);
  const contradicts = (next < 1 && wanted > replicas) || (next > 1 && wanted < replicas);
  return contradicts ? replicas : wanted;
}

function usageRatio(
  { target }: MetricQuery,
  usage: ReadonlyMap<string, number>,
  requests: ReadonlyMap<string, number> | undefined,
): { ratio: number; utilization: number | undefined } {
  if ('averageValue' in target) {
    return { ratio: sum(usage.values()) / usage.size / target.averageValue, utilization: undefined };
  }
  const requested = [...usage.keys()].reduce((total, pod) => total + (requests?.get(pod) ?? 0), 0);
  if (requested === 0) {
    throw new MetricsUnavailable('no metrics returned matched known pods');
  }
  const utilization = Math.floor((sum(usage.values()) * 100) / requested);
  return { ratio: utilization / target.utilization, utilization };
}

function groupPods({ resource, container }: MetricQuery, { pods, metrics, now }: Observed): Groups {
  const byPod = new Map(metrics?.map((one) => [one.pod, one]));
  const groups: Groups = { usage: new Map(), ready: 0, unready: [], missing: [] };
  for (const pod of pods) {
    const { name } = pod.metadata;
    if (isTerminating(pod) || pod.status?.phase === 'Failed') {
      continue;
    }
    if (pod.status?.phase === 'Pending') {
      groups.unready.push(name);
      continue;
    }
    const metric = byPod.get(name);
    const used = metric && usageOf(metric, resource, container);
    if (!metric || used === undefined) {
      groups.missing.push(name);
    } else if (resource === 'cpu' && isCpuUnreliable(pod, metric, now)) {
      groups.unready.push(name);
    } else {
      groups.ready += 1;
      groups.usage.set(name, used);
    }
  }
  return groups;
}

/** Whether a pod's CPU says more about its start than about its load. */
function isCpuUnreliable(pod: Pod, metric: PodMetrics, now: number): boolean {
  const ready = conditionOf(pod, 'Ready');
  const startedAt = parseTime(pod.status?.startTime);
  if (!ready || startedAt === undefined) {
    return true;
  }
  const changedAt = parseTime(ready.lastTransitionTime) ?? 0;
  return startedAt + CPU_INITIALIZATION_MS > now
    ? ready.status === 'False' || metric.timestamp < changedAt + metric.windowMs
    : ready.status === 'False' && startedAt + INITIAL_READINESS_MS > changedAt;
}

/** What each pod requests; every container must say. */
function requestsOf({ resource, container }: MetricQuery, pods: readonly Pod[]): Map<string, number> {
  const requests = new Map<string, number>();
  for (const pod of pods) {
    const sidecars = (pod.spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
    const all = [...(pod.spec?.containers ?? []), ...sidecars].filter(({ name }) => container === undefined || name === container);
    if (all.length === 0) {
      throw new MetricsUnavailable(`container ${container} not found in Pod ${pod.metadata.name}`);
    }
    let total = 0;
    for (const { name, resources } of all) {
      const quantity = tryParseQuantity(resources?.requests?.[resource]);
      if (!quantity) {
        throw new MetricsUnavailable(`missing request for ${resource} in container ${name} of Pod ${pod.metadata.name}`);
      }
      total += resource === 'cpu' ? milliValue(quantity) : wholeValue(quantity);
    }
    requests.set(pod.metadata.name, total);
  }
  return requests;
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) {
    total += value;
  }
  return total;
}
