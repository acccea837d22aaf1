// Where the autoscaler reads what pods use.

export interface PodMetrics {
  pod: string;
  /** When the usage was read, in milliseconds since the epoch. */
  timestamp: number;
  /** Over which time it is an average. */
  windowMs: number;
  containers: readonly { name: string; cpuMillicores: number; memoryBytes: number }[];
}

/** The resource metrics API (metrics.k8s.io) in process. */
export interface MetricsSource {
  /** The latest metrics of the namespace's pods; pods that have none yet are missing. Undefined where nothing serves metrics. */
  podMetrics(namespace: string): readonly PodMetrics[] | undefined;
}

/** What a pod uses of `cpu` (millicores) or `memory` (bytes), or one of its containers alone; undefined where it is not known. */
export function usageOf(metrics: PodMetrics, resource: string, container?: string): number | undefined {
  if (resource !== 'cpu' && resource !== 'memory') {
    return undefined;
  }
  const counted = container === undefined ? metrics.containers : metrics.containers.filter(({ name }) => name === container);
  if (counted.length === 0) {
    return undefined;
  }
  return counted.reduce((sum, one) => sum + (resource === 'cpu' ? one.cpuMillicores : one.memoryBytes), 0);
}
