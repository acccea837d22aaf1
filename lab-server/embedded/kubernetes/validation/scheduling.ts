// Validation of what steers the scheduler: node selectors, affinity, tolerations, topology spread.
import type { FieldError } from '../resources/kind.ts';
import { dns1123Label, dns1123Subdomain, labelValue, qualifiedName } from '../values/names.ts';
import { duplicate, forbidden, invalid, invalidFor, notSupported, required } from './field-errors.ts';
import { validateLabelSelector } from './label-selector.ts';
import type { Affinity, NodeSelector, NodeSelectorTerm, PodAffinityTerm, Toleration, TopologySpreadConstraint } from './pod-types.ts';

type Requirement = NonNullable<NodeSelectorTerm['matchExpressions']>[number];

export const taintEffects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] as const;
const invalidOperator = 'not a valid selector operator';

export function validateNodeSelector(selector: NodeSelector, path: string): FieldError[] {
  const terms = selector.nodeSelectorTerms ?? [];
  if (terms.length === 0) {
    return [required(`${path}.nodeSelectorTerms`, 'must have at least one node selector term')];
  }
  return terms.flatMap((term, index) => validateTerm(term, true, `${path}.nodeSelectorTerms[${index}]`));
}

function validateTerm(term: NodeSelectorTerm, checkValues: boolean, path: string): FieldError[] {
  return [
    ...(term.matchExpressions ?? []).flatMap((one, index) => validateRequirement(one, checkValues, `${path}.matchExpressions[${index}]`)),
    ...(term.matchFields ?? []).flatMap((one, index) => validateFieldRequirement(one, `${path}.matchFields[${index}]`)),
  ];
}

function validateRequirement({ key, operator, values }: Requirement, checkValues: boolean, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const count = values?.length ?? 0;
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (count === 0) {
        errors.push(required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
      }
      break;
    case 'Exists':
    case 'DoesNotExist':
      if (count > 0) {
        errors.push(forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
      }
      break;
    case 'Gt':
    case 'Lt':
      if (count !== 1) {
        errors.push(required(`${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
      }
      break;
    default:
      errors.push(invalid(`${path}.operator`, operator ?? '', invalidOperator));
  }
  errors.push(...invalidFor(`${path}.key`, key ?? '', qualifiedName(key ?? '')));
  if (checkValues) {
    values?.forEach((value, index) => errors.push(...invalidFor(`${path}.values[${index}]`, value, labelValue(value))));
  }
  return errors;
}

function validateFieldRequirement({ key, operator, values }: Requirement, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (operator !== 'In' && operator !== 'NotIn') {
    errors.push(invalid(`${path}.operator`, operator ?? '', invalidOperator));
  } else if (values?.length !== 1) {
    errors.push(required(`${path}.values`, "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"));
  }
  if (key !== 'metadata.name') {
    errors.push(invalid(`${path}.key`, key ?? '', 'not a valid field selector key'));
  } else {
    values?.forEach((value, index) => errors.push(...invalidFor(`${path}.values[${index}]`, value, dns1123Subdomain(value))));
  }
  return errors;
}

export function validateAffinity(affinity: Affinity, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const required = affinity.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (required) {
    errors.push(...validateNodeSelector(required, `${path}.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution`));
  }
  const preferred = affinity.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  for (const [index, { weight, preference }] of preferred.entries()) {
    const at = `${path}.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
    errors.push(...validateWeight(weight, at), ...validateTerm(preference ?? {}, false, `${at}.preference`));
  }
  for (const kind of ['podAffinity', 'podAntiAffinity'] as const) {
    const terms = affinity[kind];
    terms?.requiredDuringSchedulingIgnoredDuringExecution?.forEach((term, index) => {
      errors.push(...validatePodTerm(term, `${path}.${kind}.requiredDuringSchedulingIgnoredDuringExecution[${index}]`));
    });
    terms?.preferredDuringSchedulingIgnoredDuringExecution?.forEach(({ weight, podAffinityTerm }, index) => {
      const at = `${path}.${kind}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
      errors.push(...validateWeight(weight, at), ...validatePodTerm(podAffinityTerm, `${at}.podAffinityTerm`));
    });
  }
  return errors;
}

function validateWeight(weight: number | undefined, path: string): FieldError[] {
  const value = weight ?? 0;
  return value <= 0 || value > 100 ? [invalid(`${path}.weight`, value, 'must be in the range 1-100')] : [];
}

function validatePodTerm(term: PodAffinityTerm | undefined, path: string): FieldError[] {
  const errors = [
    ...validateLabelSelector(term?.labelSelector, `${path}.labelSelector`),
    ...validateLabelSelector(term?.namespaceSelector, `${path}.namespaceSelector`),
    ...(term?.namespaces ?? []).flatMap((name) => invalidFor(`${path}.namespace`, name, dns1123Label(name))),
  ];
  const key = term?.topologyKey ?? '';
  if (key === '') {
    errors.push(required(`${path}.topologyKey`, 'can not be empty'));
  }
  return [...errors, ...invalidFor(`${path}.topologyKey`, key, qualifiedName(key))];
}

export function validateTaintEffect(effect: string, path: string): FieldError[] {
  return (taintEffects as readonly string[]).includes(effect) ? [] : [notSupported(path, effect, taintEffects)];
}

export function validateTolerations(tolerations: readonly Toleration[], path: string): FieldError[] {
  return tolerations.flatMap((toleration, index) => validateToleration(toleration, `${path}[${index}]`));
}

function validateToleration({ key, operator, value, effect, tolerationSeconds }: Toleration, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (key) {
    errors.push(...invalidFor(`${path}.key`, key, qualifiedName(key)));
  } else if (operator !== 'Exists') {
    const detail = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    errors.push(invalid(`${path}.operator`, operator ?? '', detail));
  }
  if (typeof tolerationSeconds === 'number' && effect !== 'NoExecute') {
    errors.push(invalid(`${path}.effect`, effect ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set"));
  }
  if (!operator || operator === 'Equal') {
    const problems = labelValue(value ?? '');
    if (problems.length > 0) {
      errors.push(invalid(`${path}.operator`, value, problems.join(';')));
    }
  } else if (operator === 'Exists') {
    if (value) {
      errors.push(invalid(`${path}.operator`, value, "value must be empty when `operator` is 'Exists'"));
    }
  } else {
    errors.push(notSupported(`${path}.operator`, operator, ['Equal', 'Exists']));
  }
  if (effect) {
    errors.push(...validateTaintEffect(effect, `${path}.effect`));
  }
  return errors;
}

export function validateTopologySpread(constraints: readonly TopologySpreadConstraint[], path: string): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [index, constraint] of constraints.entries()) {
    const at = `${path}[${index}]`;
    const { maxSkew = 0, topologyKey = '', whenUnsatisfiable = '', minDomains } = constraint;
    if (maxSkew <= 0) {
      errors.push(invalid(`${at}.maxSkew`, maxSkew, 'must be greater than zero'));
    }
    if (topologyKey === '') {
      errors.push(required(`${at}.topologyKey`, 'can not be empty'));
    } else {
      errors.push(...invalidFor(`${at}.topologyKey`, topologyKey, qualifiedName(topologyKey)));
    }
    if (whenUnsatisfiable !== 'DoNotSchedule' && whenUnsatisfiable !== 'ScheduleAnyway') {
      errors.push(notSupported(`${at}.whenUnsatisfiable`, whenUnsatisfiable, ['DoNotSchedule', 'ScheduleAnyway']));
    }
    const pair = `{${topologyKey}, ${whenUnsatisfiable}}`;
    if (seen.has(pair)) {
      errors.push(duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, pair));
    }
    seen.add(pair);
    if (typeof minDomains === 'number') {
      if (minDomains <= 0) {
        errors.push(invalid(`${at}.minDomains`, minDomains, 'must be greater than zero'));
      } else if (whenUnsatisfiable !== 'DoNotSchedule') {
        const detail = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`;
        errors.push(invalid(`${at}.minDomains`, minDomains, detail));
      }
    }
    for (const policy of ['nodeAffinityPolicy', 'nodeTaintsPolicy'] as const) {
      const value = constraint[policy];
      if (value && value !== 'Honor' && value !== 'Ignore') {
        errors.push(notSupported(`${at}.${policy}`, value, ['Honor', 'Ignore']));
      }
    }
    errors.push(...validateLabelSelector(constraint.labelSelector, `${at}.labelSelector`));
  }
  return errors;
}
