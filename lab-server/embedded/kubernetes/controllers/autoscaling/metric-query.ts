// What each kind of metric asks of the metrics APIs, and how its answer, or why there is none, is told.
import type { HorizontalPodAutoscaler } from '../kinds.ts';
import { formatQuantity, milliValue, quantityOf, quantityOfMillis, tryParseQuantity, wholeValue } from '../../values/quantity.ts';
import { type MetricQuery, MetricsUnavailable, type Recommendation } from './replica-count.ts';

export type Metric = NonNullable<NonNullable<HorizontalPodAutoscaler['spec']>['metrics']>[number];
export type MetricStatus = NonNullable<NonNullable<HorizontalPodAutoscaler['status']>['currentMetrics']>[number];

const NO_CUSTOM = 'unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered';
const NO_EXTERNAL = 'unable to fetch metrics from external metrics API: no external metrics API (external.metrics.k8s.io) registered';

/** Throws MetricsUnavailable, with the real controller's words, for metrics that nothing in the cluster can serve. */
export function queryOf(metric: Metric, namespace: string): MetricQuery {
  if (metric.pods) {
    throw new MetricsUnavailable(`unable to get metric ${metric.pods.metric.name}: ${NO_CUSTOM}`);
  }
  if (metric.object) {
    const { describedObject, metric: own } = metric.object;
    throw new MetricsUnavailable(
      `unable to get metric ${own.name}: ${describedObject.kind} on ${namespace} ${describedObject.name}/${NO_CUSTOM}`,
    );
  }
  if (metric.external) {
    const { name, selector } = metric.external.metric;
    throw new MetricsUnavailable(`unable to get external metric ${namespace}/${name}/${goSelector(selector)}: ${NO_EXTERNAL}`);
  }
  const source = metric.resource ?? metric.containerResource;
  if (!source) {
    throw new MetricsUnavailable(`unknown metric source type ${JSON.stringify(metric.type)}`);
  }
  return resourceQuery(source, metric.containerResource?.container);
}

function resourceQuery(source: NonNullable<Metric['resource']>, container: string | undefined): MetricQuery {
  const { averageUtilization, averageValue } = source.target;
  if (averageUtilization !== undefined) {
    return { resource: source.name, container, target: { utilization: averageUtilization } };
  }
  const quantity = tryParseQuantity(averageValue);
  if (!quantity) {
    throw new MetricsUnavailable(
      'invalid resource metric source: neither an average utilization target nor an average value (usage) target was set',
    );
  }
  return {
    resource: source.name,
    container,
    target: { averageValue: source.name === 'cpu' ? milliValue(quantity) : wholeValue(quantity) },
  };
}

/** A selector as Go prints it. */
function goSelector(selector: NonNullable<Metric['external']>['metric']['selector']): string {
  if (!selector) {
    return 'nil';
  }
  const labels = Object.entries(selector.matchLabels ?? {})
    .map(([key, value]) => `${key}: ${value},`)
    .toSorted();
  const expressions = (selector.matchExpressions ?? []).map(
    ({ key, operator, values = [] }) => `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`,
  );
  return `&LabelSelector{MatchLabels:map[string]string{${labels.join('')}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join('')}},}`;
}

export function metricName({ resource, container, target }: MetricQuery): string {
  const subject = container === undefined ? `${resource} resource` : `${resource} container resource`;
  return 'utilization' in target ? `${subject} utilization (percentage of request)` : subject;
}

export function metricStatus(
  metric: Metric,
  { resource, container }: MetricQuery,
  { utilization, averageValue }: Recommendation,
): MetricStatus {
  const value = formatQuantity(resource === 'cpu' ? quantityOfMillis(averageValue) : quantityOf(averageValue));
  const current = { ...(utilization === undefined ? {} : { averageUtilization: utilization }), averageValue: value };
  return container === undefined
    ? { type: metric.type, resource: { name: resource, current } }
    : { type: metric.type, containerResource: { container, name: resource, current } };
}

export interface MetricFailure {
  reason: string;
  /** Of the condition and its event. */
  message: string;
  /** Of the event that sums up. */
  summary: string;
}

const REASONS: Readonly<Record<string, string>> = {
  Resource: 'FailedGetResourceMetric',
  ContainerResource: 'FailedGetContainerResourceMetric',
  Pods: 'FailedGetPodsMetric',
  Object: 'FailedGetObjectMetric',
  External: 'FailedGetExternalMetric',
};

export function describeFailure(metric: Metric, error: MetricsUnavailable): MetricFailure {
  const source = metric.resource ?? metric.containerResource;
  const reason = REASONS[metric.type] ?? 'InvalidMetricSourceType';
  if (source) {
    const message = `failed to get ${source.name} ${source.target.type === 'Utilization' ? 'utilization' : 'usage'}: ${error.message}`;
    const kind = metric.resource ? 'resource' : 'container';
    return { reason, message, summary: `failed to get ${source.name} ${kind} metric value: ${message}` };
  }
  const subject = metric.external ? `${metric.external.metric.name} external` : metric.type.toLowerCase();
  return { reason, message: error.message, summary: `failed to get ${subject} metric value: ${error.message}` };
}
