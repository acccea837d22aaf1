// What pods use now, as a metrics server gathers it from the kubelets.
import type { Clock } from '../../base/index.ts';
import type { MetricsSource } from './controllers/index.ts';
import type { Nodes } from './nodes.ts';

/** A metrics server scrapes this often, so its figures are averages over this time. */
const WINDOW_MS = 15_000;

export function metricsOf(nodes: Nodes, clock: Clock): MetricsSource {
  return {
    podMetrics(namespace) {
      const timestamp = clock.now();
      return nodes
        .kubelets()
        .flatMap((kubelet) => kubelet.usage())
        .filter((usage) => usage.namespace === namespace)
        .map(({ pod, containers }) => ({ pod, containers, timestamp, windowMs: WINDOW_MS }));
    },
  };
}
