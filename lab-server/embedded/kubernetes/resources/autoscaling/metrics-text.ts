// The TARGETS of an autoscaler: what each metric is now, and what it shall be.
import type * as models from '@kubernetes/client-node';
import type { Wire } from '../../types.ts';

type Metric = Wire<models.V2MetricSpec>;
type Status = Wire<models.V2MetricStatus>;
type Target = Wire<models.V2MetricTarget>;
type Value = Wire<models.V2MetricValueStatus>;

const unknown = '<unknown>';
const shownMetrics = 2;

export function metricsText(metrics: readonly Metric[], statuses: readonly Status[]): string {
  if (metrics.length === 0) {
    return '<none>';
  }
  const all = metrics.map((metric, index) => metricText(metric, statuses[index]));
  const shown = all.slice(0, shownMetrics).join(', ');
  return all.length > shownMetrics ? `${shown} + ${all.length - shownMetrics} more...` : shown;
}

function metricText(metric: Metric, status: Status | undefined): string {
  switch (metric.type) {
    case 'External':
      return ownValue(metric.external?.target, status?.external?.current);
    case 'Object':
      return ownValue(metric.object?.target, status?.object?.current);
    case 'Pods':
      return `${status?.pods?.current?.averageValue ?? unknown}/${metric.pods?.target?.averageValue ?? ''}`;
    case 'Resource':
      return `${metric.resource?.name}: ${resourceValue(metric.resource?.target, status?.resource?.current)}`;
    case 'ContainerResource':
      return `${metric.containerResource?.name}: ${resourceValue(metric.containerResource?.target, status?.containerResource?.current)}`;
    default:
      return '<unknown type>';
  }
}

function ownValue(target: Target | undefined, current: Value | undefined): string {
  return target?.averageValue
    ? `${current?.averageValue ?? unknown}/${target.averageValue} (avg)`
    : `${current?.value ?? unknown}/${target?.value ?? ''}`;
}

function resourceValue(target: Target | undefined, current: Value | undefined): string {
  if (target?.averageValue) {
    return `${current?.averageValue ?? unknown}/${target.averageValue}`;
  }
  const percent = (value: number | undefined, otherwise: string) => (typeof value === 'number' ? `${value}%` : otherwise);
  return `${percent(current?.averageUtilization, unknown)}/${percent(target?.averageUtilization, '<auto>')}`;
}
