// horizontalpodautoscalers (autoscaling/v1): the older view, with cpu alone. What it cannot say is kept in annotations.
import type * as models from '@kubernetes/client-node';
import type { KubernetesObject, Stored } from '../../types.ts';
import type { Column, KindDefinition } from '../kind.ts';
import { type HorizontalPodAutoscaler, horizontalpodautoscalers as current } from './horizontalpodautoscalers.ts';

type OldAutoscaler = Stored<models.V1HorizontalPodAutoscaler>;
type Metric = NonNullable<NonNullable<HorizontalPodAutoscaler['spec']>['metrics']>[number];
type MetricStatus = NonNullable<NonNullable<HorizontalPodAutoscaler['status']>['currentMetrics']>[number];

const kept = {
  metrics: 'autoscaling.alpha.kubernetes.io/metrics',
  currentMetrics: 'autoscaling.alpha.kubernetes.io/current-metrics',
  conditions: 'autoscaling.alpha.kubernetes.io/conditions',
  behavior: 'autoscaling.alpha.kubernetes.io/behavior',
} as const;

export const horizontalpodautoscalersV1: KindDefinition<OldAutoscaler> = {
  group: 'autoscaling',
  version: 'v1',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
  singular: 'horizontalpodautoscaler',
  shortNames: ['hpa'],
  categories: ['all'],
  namespaced: true,
  model: 'V1HorizontalPodAutoscaler',
  subresources: { status: true },
  hasGeneration: false,
  storedAs: { group: 'autoscaling', plural: 'horizontalpodautoscalers', toStored, fromStored },
  columns: current.columns.map((column) => ({
    ...column,
    cell: (object, now) => column.cell(toStored(object), now),
  })) as Column<OldAutoscaler>[],
  setDefaults(object) {
    object.spec ??= {} as NonNullable<OldAutoscaler['spec']>;
    object.spec.minReplicas ??= 1;
  },
  prepareForCreate(object) {
    object.status = { currentReplicas: 0, desiredReplicas: 0 };
  },
  prepareForUpdate(object, old) {
    if (old.status) {
      object.status = old.status;
    }
  },
  validateCreate: (object, context) => current.validateCreate?.(toStored(object), context) ?? [],
  validateUpdate: (object, old, context) => current.validateUpdate?.(toStored(object), toStored(old), context) ?? [],
};

function toStored(object: OldAutoscaler): HorizontalPodAutoscaler {
  const { targetCPUUtilizationPercentage, ...spec } = object.spec ?? ({} as NonNullable<OldAutoscaler['spec']>);
  const { currentCPUUtilizationPercentage, currentReplicas, ...status } = object.status ?? ({} as NonNullable<OldAutoscaler['status']>);
  const annotations = { ...object.metadata.annotations };
  const take = (annotation: string): unknown => {
    const text = annotations[annotation];
    delete annotations[annotation];
    return text === undefined ? undefined : parsed(text);
  };
  const metrics = (take(kept.metrics) as Metric[] | undefined) ?? [];
  if (typeof targetCPUUtilizationPercentage === 'number') {
    const target = { type: 'Utilization', averageUtilization: targetCPUUtilizationPercentage };
    metrics.unshift({ type: 'Resource', resource: { name: 'cpu', target } });
  }
  const currentMetrics = (take(kept.currentMetrics) as MetricStatus[] | undefined) ?? [];
  if (typeof currentCPUUtilizationPercentage === 'number') {
    currentMetrics.unshift({
      type: 'Resource',
      resource: { name: 'cpu', current: { averageUtilization: currentCPUUtilizationPercentage } },
    });
  }
  const behavior = take(kept.behavior);
  const conditions = take(kept.conditions);
  const result = {
    ...object,
    apiVersion: 'autoscaling/v2',
    metadata: { ...object.metadata, ...(object.metadata.annotations && { annotations }) },
    spec: { ...spec, ...(metrics.length > 0 && { metrics }), ...(behavior !== undefined && { behavior }) },
    status: {
      ...status,
      // Zero is written in v1 and left out in v2.
      ...(currentReplicas && { currentReplicas }),
      currentMetrics: currentMetrics.length > 0 ? currentMetrics : null,
      ...(conditions !== undefined && { conditions }),
    },
  } as unknown as HorizontalPodAutoscaler;
  current.setDefaults?.(result);
  return result;
}

function fromStored(stored: KubernetesObject): OldAutoscaler {
  const { spec, status, metadata, ...rest } = stored as HorizontalPodAutoscaler;
  const { metrics = [], behavior, ...oldSpec } = spec ?? ({} as NonNullable<HorizontalPodAutoscaler['spec']>);
  const { currentMetrics, conditions, ...oldStatus } = status ?? ({} as NonNullable<HorizontalPodAutoscaler['status']>);
  const isCpu = (metric: Metric) => metric.resource?.name === 'cpu' && typeof metric.resource.target.averageUtilization === 'number';
  const cpu = metrics.find(isCpu);
  const others = metrics.filter((metric) => metric !== cpu);
  const cpuNow = (currentMetrics ?? []).find((metric) => metric.resource?.name === 'cpu');
  const notes = { metrics: others, conditions, behavior, currentMetrics: currentMetrics ?? [] };
  const annotations = { ...metadata.annotations };
  for (const [field, value] of Object.entries(notes)) {
    if (value && (!Array.isArray(value) || value.length > 0)) {
      annotations[kept[field as keyof typeof kept]] = JSON.stringify(value);
    }
  }
  const target = cpu?.resource?.target.averageUtilization;
  const now = cpuNow?.resource?.current.averageUtilization;
  return {
    ...rest,
    apiVersion: 'autoscaling/v1',
    metadata: { ...metadata, ...(Object.keys(annotations).length > 0 && { annotations }) },
    spec: { ...oldSpec, ...(target !== undefined && { targetCPUUtilizationPercentage: target }) },
    status: { currentReplicas: 0, ...oldStatus, ...(now !== undefined && { currentCPUUtilizationPercentage: now }) },
  } as unknown as OldAutoscaler;
}

/** A client may have written anything there: what is no JSON counts as absent. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
