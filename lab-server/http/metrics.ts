// Figures for a monitoring system, in Prometheus' text format.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { LabState } from '../protocol/index.ts';

export interface Metrics {
  readonly registry: Registry;
  observeRequest(route: string, method: string, status: number, seconds: number): void;
  streamOpened(): Disposable;
}

export function createMetrics(labCounts: () => Record<LabState, number>): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'dockside_http_request_seconds',
    help: 'Time to answer HTTP requests',
    labelNames: ['route', 'method', 'status'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [registry],
  });
  const streams = new Gauge({ name: 'dockside_streams', help: 'Open lab streams (WebSockets)', registers: [registry] });
  const opened = new Counter({ name: 'dockside_streams_total', help: 'Lab streams opened', registers: [registry] });
  new Gauge({
    name: 'dockside_labs',
    help: 'Labs by state',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      for (const [state, count] of Object.entries(labCounts())) {
        this.set({ state }, count);
      }
    },
  });
  return {
    registry,
    observeRequest: (route, method, status, seconds) => requests.observe({ route, method, status }, seconds),
    streamOpened() {
      streams.inc();
      opened.inc();
      let counted = true;
      return {
        [Symbol.dispose]() {
          if (counted) {
            counted = false;
            streams.dec();
          }
        },
      };
    },
  };
}
