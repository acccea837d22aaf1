// What pods and nodes use now, as a metrics server gathers it from the kubelets.
import type { Clock } from '../../base/index.ts';
import type { ResourceMetrics } from './api/virtual/metrics.ts';
import type { MetricsSource } from './controllers/index.ts';
import type { Nodes } from './nodes.ts';

/** A metrics server scrapes this often, so its figures are averages over this time. */
const WINDOW_MS = 15_000;
/** What a node's own services use, whatever runs on it. */
const NODE_BASE = { cpuMillicores: 110, memoryBytes: 640 * 1024 * 1024 };

export function readUsage(nodes: Nodes, clock: Clock): ResourceMetrics {
  const kubelets = nodes.kubelets().map((kubelet) => ({ node: kubelet.node, pods: kubelet.usage() }));
  return {
    timestamp: clock.now(),
    windowMs: WINDOW_MS,
    nodes: kubelets.map(({ node, pods }) => {
      const containers = pods.flatMap((pod) => pod.containers);
      return {
        name: node,
        cpuMillicores: containers.reduce((sum, one) => sum + one.cpuMillicores, NODE_BASE.cpuMillicores),
        memoryBytes: containers.reduce((sum, one) => sum + one.memoryBytes, NODE_BASE.memoryBytes),
      };
    }),
    pods: kubelets.flatMap(({ pods }) => pods),
  };
}

/** For autoscalers: nothing is known where no metrics server is installed. */
export function metricsOf(nodes: Nodes, clock: Clock, isInstalled: () => boolean): MetricsSource {
  return {
    podMetrics(namespace) {
      if (!isInstalled()) {
        return undefined;
      }
      const { timestamp, windowMs, pods } = readUsage(nodes, clock);
      return pods.filter((usage) => usage.namespace === namespace).map(({ pod, containers }) => ({ pod, containers, timestamp, windowMs }));
    },
  };
}
