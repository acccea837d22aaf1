// The resource metrics API (metrics.k8s.io), which `kubectl top` reads: served where a metrics server is installed.
import type { Resource } from '../registry.ts';
import { type KindDefinition } from '../../resources/kind.ts';
import { ageColumn, nameColumn, textColumn } from '../../resources/columns.ts';
import { notFound } from '../errors.ts';
import type { Answer, ResourceRequest } from '../http/request.ts';
import { negotiate } from '../negotiate.ts';
import { labelSelector } from '../selectors.ts';
import type { ApiServices } from '../services.ts';
import { includeObjectOf, table } from '../table.ts';
import type { KubernetesObject } from '../../types.ts';
import { isoTime } from '../../values/index.ts';

/** Use of one thing now, as a kubelet measures it. */
export interface ContainerUsage {
  name: string;
  cpuMillicores: number;
  memoryBytes: number;
}

export interface ResourceMetrics {
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly windowMs: number;
  readonly nodes: readonly (Omit<ContainerUsage, 'name'> & { name: string })[];
  readonly pods: readonly { namespace: string; pod: string; containers: readonly ContainerUsage[] }[];
}

interface Metrics extends KubernetesObject {
  timestamp: string;
  window: string;
  usage?: Record<string, string>;
  containers?: { name: string; usage: Record<string, string> }[];
}

function definition(kind: string, plural: string, namespaced: boolean): KindDefinition {
  return {
    group: 'metrics.k8s.io',
    version: 'v1beta1',
    kind,
    plural,
    singular: '',
    namespaced,
    model: '',
    verbs: ['get', 'list'],
    columns: [
      nameColumn(),
      textColumn('cpu', (object) => totalOf(object as Metrics, 'cpu')),
      textColumn('memory', (object) => totalOf(object as Metrics, 'memory')),
      textColumn('Window', (object) => (object as Metrics).window),
      ageColumn(),
    ],
  };
}

export const metricsKinds: readonly KindDefinition[] = [definition('NodeMetrics', 'nodes', false), definition('PodMetrics', 'pods', true)];

/** APIService that stands for an installed metrics server. */
export const METRICS_SERVICE = 'v1beta1.metrics.k8s.io';

export function isMetricsKind(resource: Resource): boolean {
  return resource.group === 'metrics.k8s.io';
}

export function readMetrics(services: ApiServices, request: ResourceRequest): Answer {
  const { resource, info, query } = request;
  const matches = labelSelector(query.get('labelSelector'));
  const measured = services.metrics();
  const all = resource.plural === 'nodes' ? nodeMetrics(services, measured) : podMetrics(services, measured);
  const chosen = all.filter(
    (object) =>
      (info.name === '' || object.metadata.name === info.name) &&
      (info.namespace === undefined || object.metadata.namespace === info.namespace) &&
      (matches?.(object) ?? true),
  );
  if (negotiate(request.message.headers.accept).as === 'Table') {
    return { code: 200, body: table(resource, chosen, {}, measured.timestamp, includeObjectOf(query)) };
  }
  if (info.name === '') {
    return { code: 200, body: { kind: `${resource.kind}List`, apiVersion: resource.apiVersion, metadata: {}, items: chosen } };
  }
  const [one] = chosen;
  if (!one) {
    throw notFound(resource.name, info.namespace === undefined ? info.name : `${info.namespace}/${info.name}`);
  }
  return { code: 200, body: one };
}

function common(measured: ResourceMetrics): { timestamp: string; window: string } {
  return { timestamp: isoTime(measured.timestamp), window: `${(measured.windowMs / 1000).toFixed(1)}s` };
}

function nodeMetrics({ core }: ApiServices, measured: ResourceMetrics): Metrics[] {
  return measured.nodes.map(({ name, ...use }) => {
    const labels = core.store.table('nodes').get(name)?.object.metadata.labels;
    return {
      kind: 'NodeMetrics',
      apiVersion: 'metrics.k8s.io/v1beta1',
      metadata: { name, creationTimestamp: isoTime(measured.timestamp), ...(labels && { labels }) },
      ...common(measured),
      usage: usageOf(use),
    };
  });
}

function podMetrics({ core }: ApiServices, measured: ResourceMetrics): Metrics[] {
  return measured.pods.map(({ namespace, pod, containers }) => {
    const labels = core.store.table('pods').get(`${namespace}/${pod}`)?.object.metadata.labels;
    return {
      kind: 'PodMetrics',
      apiVersion: 'metrics.k8s.io/v1beta1',
      metadata: { name: pod, namespace, creationTimestamp: isoTime(measured.timestamp), ...(labels && { labels }) },
      ...common(measured),
      containers: containers.map(({ name, ...use }) => ({ name, usage: usageOf(use) })),
    };
  });
}

function usageOf({ cpuMillicores, memoryBytes }: Omit<ContainerUsage, 'name'>): Record<string, string> {
  return { cpu: `${Math.round(cpuMillicores * 1_000_000)}n`, memory: `${Math.round(memoryBytes / 1024)}Ki` };
}

function totalOf(metrics: Metrics, name: 'cpu' | 'memory'): string {
  const texts = metrics.usage ? [metrics.usage[name]] : (metrics.containers ?? []).map(({ usage }) => usage[name]);
  const total = texts.reduce((sum, text) => sum + Number.parseInt(text ?? '0', 10), 0);
  return name === 'cpu' ? `${Math.ceil(total / 1_000_000)}m` : `${total}Ki`;
}
