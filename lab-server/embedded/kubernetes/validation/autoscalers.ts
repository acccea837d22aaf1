// Validation of horizontal pod autoscalers (k8s.io/kubernetes/pkg/apis/autoscaling/validation).
import type * as models from '@kubernetes/client-node';
import type { FieldError } from '../resources/kind.ts';
import type { Wire } from '../types.ts';
import { pathSegment } from '../values/names.ts';
import { formatQuantity, tryParseQuantity } from '../values/quantity.ts';
import { forbidden, invalid, invalidFor, notSupported, required } from './field-errors.ts';
import type { Unchecked } from './unchecked.ts';

type Spec = Unchecked<Wire<models.V2HorizontalPodAutoscalerSpec>>;
type Metric = Unchecked<Wire<models.V2MetricSpec>>;
type Target = Unchecked<Wire<models.V2MetricTarget>>;
type Rules = Unchecked<Wire<models.V2HPAScalingRules>>;

/** The field that each type of metric fills. */
const sources = {
  ContainerResource: 'containerResource',
  External: 'external',
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
} as const;

export function validateAutoscaler(spec: Spec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { minReplicas, maxReplicas = 0 } = spec;
  if (typeof minReplicas === 'number' && minReplicas < 1) {
    errors.push(invalid(`${path}.minReplicas`, minReplicas, 'must be greater than or equal to 1'));
  }
  if (maxReplicas < 1) {
    errors.push(invalid(`${path}.maxReplicas`, maxReplicas, 'must be greater than 0'));
  }
  if (typeof minReplicas === 'number' && maxReplicas < minReplicas) {
    errors.push(invalid(`${path}.maxReplicas`, maxReplicas, 'must be greater than or equal to `minReplicas`'));
  }
  errors.push(...validateReference(spec.scaleTargetRef, `${path}.scaleTargetRef`));
  spec.metrics?.forEach((metric, index) => errors.push(...validateMetric(metric, `${path}.metrics[${index}]`)));
  for (const direction of ['scaleUp', 'scaleDown'] as const) {
    const rules = spec.behavior?.[direction];
    if (rules) {
      errors.push(...validateRules(rules, `${path}.behavior.${direction}`));
    }
  }
  return errors;
}

function validateReference(reference: { kind?: string; name?: string } | undefined, path: string): FieldError[] {
  return (['kind', 'name'] as const).flatMap((field) => {
    const value = reference?.[field];
    return value ? invalidFor(`${path}.${field}`, value, pathSegment(value)) : [required(`${path}.${field}`)];
  });
}

function validateMetric(metric: Metric, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const expected = sources[metric.type as keyof typeof sources] as (typeof sources)[keyof typeof sources] | undefined;
  const present = Object.values(sources).filter((source) => metric[source]);
  if (!metric.type) {
    errors.push(required(`${path}.type`, 'must specify a metric source type'));
  }
  if (!expected) {
    errors.push(notSupported(`${path}.type`, metric.type ?? '', Object.keys(sources)));
  }
  const [first] = present;
  if (first) {
    errors.push(...validateSource(metric, first, `${path}.${first}`));
  }
  if (expected && !metric[expected]) {
    errors.push(required(`${path}.${expected}`, 'must populate information for the given metric source'));
  }
  const others = present.filter((source) => source !== expected);
  return [...errors, ...others.map((source) => forbidden(`${path}.${source}`, 'must populate the given metric source only'))];
}

function validateSource(metric: Metric, source: (typeof sources)[keyof typeof sources], path: string): FieldError[] {
  const target = metric[source]?.target;
  const errors: FieldError[] = [];
  if (source === 'resource' || source === 'containerResource') {
    if (!metric[source]?.name) {
      errors.push(required(`${path}.name`, 'must specify a resource name'));
    }
    if (source === 'containerResource' && !metric.containerResource?.container) {
      errors.push(required(`${path}.container`, 'must specify a container'));
    }
    errors.push(...validateTarget(target, `${path}.target`));
    const [utilization, value] = [target?.averageUtilization, target?.averageValue];
    if (typeof utilization !== 'number' && !value) {
      errors.push(required(`${path}.target.averageUtilization`, 'must set either a target raw value or a target utilization'));
    } else if (typeof utilization === 'number' && value) {
      errors.push(forbidden(`${path}.target.averageValue`, 'may not set both a target raw value and a target utilization'));
    }
    return errors;
  }
  if (source === 'object') {
    errors.push(...validateReference(metric.object?.describedObject, `${path}.describedObject`));
  }
  if (!metric[source]?.metric?.name) {
    errors.push(required(`${path}.metric.name`, 'must specify a metric name'));
  }
  errors.push(...validateTarget(target, `${path}.target`));
  if (!target?.averageValue && (source === 'pods' || !target?.value)) {
    const detail = {
      pods: 'must specify a positive target averageValue',
      object: 'must set either a target value or averageValue',
      external: 'must set either a target value for metric or a per-pod target',
    }[source];
    errors.push(required(`${path}.target.averageValue`, detail));
  }
  return errors;
}

function validateTarget(target: Target | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const type = target?.type ?? '';
  if (type === '') {
    errors.push(required(`${path}.type`, 'must specify a metric target type'));
  }
  if (!['Utilization', 'Value', 'AverageValue'].includes(type)) {
    errors.push(invalid(`${path}.type`, type, 'must be either Utilization, Value, or AverageValue'));
  }
  for (const field of ['value', 'averageValue'] as const) {
    const quantity = tryParseQuantity(target?.[field]);
    if (quantity && quantity.nanos <= 0n) {
      errors.push(invalid(`${path}.${field}`, formatQuantity(quantity), 'must be positive'));
    }
  }
  if (typeof target?.averageUtilization === 'number' && target.averageUtilization < 1) {
    errors.push(invalid(`${path}.averageUtilization`, target.averageUtilization, 'must be greater than 0'));
  }
  return errors;
}

function validateRules(rules: Rules, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const window = rules.stabilizationWindowSeconds;
  if (typeof window === 'number' && window < 0) {
    errors.push(invalid(`${path}.stabilizationWindowSeconds`, window, 'must be greater than or equal to zero'));
  }
  if (typeof window === 'number' && window > 3600) {
    errors.push(invalid(`${path}.stabilizationWindowSeconds`, window, 'must be less than or equal to 3600'));
  }
  const selections = ['Disabled', 'Max', 'Min'];
  if (rules.selectPolicy && !selections.includes(rules.selectPolicy)) {
    errors.push(notSupported(`${path}.selectPolicy`, rules.selectPolicy, selections));
  }
  if (!rules.policies?.length) {
    errors.push(required(`${path}.policies`, 'must specify at least one Policy'));
  }
  rules.policies?.forEach(({ type, value, periodSeconds }, index) => {
    const at = `${path}.policies[${index}]`;
    if (type !== 'Pods' && type !== 'Percent') {
      errors.push(notSupported(`${at}.type`, type ?? '', ['Percent', 'Pods']));
    }
    if ((value ?? 0) <= 0) {
      errors.push(invalid(`${at}.value`, value ?? 0, 'must be greater than zero'));
    }
    if ((periodSeconds ?? 0) <= 0) {
      errors.push(invalid(`${at}.periodSeconds`, periodSeconds ?? 0, 'must be greater than zero'));
    } else if ((periodSeconds ?? 0) > 1800) {
      errors.push(invalid(`${at}.periodSeconds`, periodSeconds, 'must be less than or equal to 1800'));
    }
  });
  return errors;
}
