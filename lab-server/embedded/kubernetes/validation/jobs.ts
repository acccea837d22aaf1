// Validation of jobs and of the templates of cron jobs (k8s.io/kubernetes/pkg/apis/batch/validation).
import type * as models from '@kubernetes/client-node';
import type { FieldError } from '../resources/kind.ts';
import type { Wire } from '../types.ts';
import { qualifiedName } from '../values/names.ts';
import { duplicate, invalid, invalidFor, notSupported, required, tooMany } from './field-errors.ts';
import { validateNonNegative } from './object-meta.ts';
import { validatePodTemplate } from './pod-spec.ts';

export type JobSpec = Wire<models.V1JobSpec>;
type FailurePolicy = NonNullable<JobSpec['podFailurePolicy']>;
type FailureRule = FailurePolicy['rules'][number];
type SuccessPolicy = NonNullable<JobSpec['successPolicy']>;

const counts = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'ttlSecondsAfterFinished',
  'backoffLimitPerIndex',
  'maxFailedIndexes',
] as const;

export function validateJobSpec(spec: JobSpec, path: string): FieldError[] {
  const errors = counts.flatMap((field) => validateNonNegative(spec[field], `${path}.${field}`));
  if (typeof spec.maxFailedIndexes === 'number' && typeof spec.backoffLimitPerIndex !== 'number') {
    errors.push(required(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'));
  }
  const mode = spec.completionMode;
  if (mode && mode !== 'NonIndexed' && mode !== 'Indexed') {
    errors.push(notSupported(`${path}.completionMode`, mode, ['NonIndexed', 'Indexed']));
  }
  if (mode === 'Indexed') {
    if (typeof spec.completions !== 'number') {
      errors.push(required(`${path}.completions`, 'when completion mode is Indexed'));
    }
    if ((spec.parallelism ?? 0) > 100_000) {
      const detail = 'must be less than or equal to 100000 when completion mode is Indexed';
      errors.push(invalid(`${path}.parallelism`, spec.parallelism, detail));
    }
    if (typeof spec.completions === 'number' && (spec.maxFailedIndexes ?? 0) > spec.completions) {
      errors.push(invalid(`${path}.maxFailedIndexes`, spec.maxFailedIndexes, 'must be less than or equal to completions'));
    }
  } else {
    for (const field of ['backoffLimitPerIndex', 'maxFailedIndexes'] as const) {
      if (typeof spec[field] === 'number') {
        errors.push(invalid(`${path}.${field}`, spec[field], 'requires indexed completion mode'));
      }
    }
  }
  if (spec.podFailurePolicy) {
    errors.push(...validateFailurePolicy(spec.podFailurePolicy, spec, `${path}.podFailurePolicy`));
  }
  if (spec.successPolicy) {
    errors.push(...validateSuccessPolicy(spec.successPolicy, spec, `${path}.successPolicy`));
  }
  errors.push(...validateReplacement(spec, `${path}.podReplacementPolicy`));
  return [
    ...errors,
    ...validatePodTemplate(spec.template, `${path}.template`),
    ...validateRestart(spec, `${path}.template.spec.restartPolicy`),
  ];
}

function validateReplacement({ podReplacementPolicy: policy, podFailurePolicy }: JobSpec, path: string): FieldError[] {
  const supported = podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed'];
  return policy && !supported.includes(policy) ? [notSupported(path, policy, supported)] : [];
}

/** Pods of a job must end: `Always` is what the defaults make of nothing. */
function validateRestart({ template, podFailurePolicy }: JobSpec, path: string): FieldError[] {
  const policy = template?.spec?.restartPolicy;
  if (!policy || policy === 'Always') {
    return [required(path, 'valid values: "OnFailure", "Never"')];
  }
  if (policy !== 'OnFailure' && policy !== 'Never') {
    return [notSupported(path, policy, ['OnFailure', 'Never'])];
  }
  return podFailurePolicy && policy !== 'Never'
    ? [invalid(path, policy, 'only "Never" is supported when podFailurePolicy is specified')]
    : [];
}

function validateFailurePolicy(policy: FailurePolicy, spec: JobSpec, path: string): FieldError[] {
  const rules = policy.rules ?? [];
  const errors = rules.length > 20 ? [tooMany(`${path}.rules`, rules.length, 20)] : [];
  const names = new Set(
    [...(spec.template?.spec?.containers ?? []), ...(spec.template?.spec?.initContainers ?? [])].map(({ name }) => name),
  );
  rules.forEach((rule, index) => errors.push(...validateFailureRule(rule, spec, names, `${path}.rules[${index}]`)));
  return errors;
}

const actions = ['Count', 'FailIndex', 'FailJob', 'Ignore'];

function validateFailureRule(rule: FailureRule, spec: JobSpec, names: ReadonlySet<string>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!rule.action) {
    errors.push(required(`${path}.action`, `valid values: ${quotedList(actions)}`));
  } else if (rule.action === 'FailIndex' && typeof spec.backoffLimitPerIndex !== 'number') {
    errors.push(invalid(`${path}.action`, rule.action, 'requires the backoffLimitPerIndex to be set'));
  } else if (!actions.includes(rule.action)) {
    errors.push(notSupported(`${path}.action`, rule.action, actions));
  }
  if (rule.onExitCodes) {
    errors.push(...validateExitCodes(rule.onExitCodes, names, `${path}.onExitCodes`));
  }
  const conditions = rule.onPodConditions ?? [];
  conditions.forEach(({ type, status }, index) => {
    const at = `${path}.onPodConditions[${index}]`;
    errors.push(...invalidFor(`${at}.type`, type ?? '', qualifiedName(type ?? '')));
    if (status && !['False', 'True', 'Unknown'].includes(status)) {
      errors.push(notSupported(`${at}.status`, status, ['False', 'True', 'Unknown']));
    }
  });
  if (rule.onExitCodes && conditions.length > 0) {
    errors.push(withoutValue(path, 'specifying both OnExitCodes and OnPodConditions is not supported'));
  } else if (!rule.onExitCodes && conditions.length === 0) {
    errors.push(withoutValue(path, 'specifying one of OnExitCodes and OnPodConditions is required'));
  }
  return errors;
}

function withoutValue(field: string, detail: string): FieldError {
  return { type: 'FieldValueInvalid', field, message: `Invalid value: ${detail}` };
}

/** As Go's %q prints a list. */
function quotedList(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(' ')}]`;
}

function validateExitCodes(codes: NonNullable<FailureRule['onExitCodes']>, names: ReadonlySet<string>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!codes.operator) {
    errors.push(required(`${path}.operator`, `valid values: ${quotedList(['In', 'NotIn'])}`));
  } else if (codes.operator !== 'In' && codes.operator !== 'NotIn') {
    errors.push(notSupported(`${path}.operator`, codes.operator, ['In', 'NotIn']));
  }
  if (codes.containerName && !names.has(codes.containerName)) {
    const detail = 'must be one of the container or initContainer names in the pod template';
    errors.push(invalid(`${path}.containerName`, codes.containerName, detail));
  }
  const values = codes.values ?? [];
  if (values.length === 0) {
    errors.push(invalid(`${path}.values`, codes.values, 'at least one value is required'));
  } else if (values.length > 255) {
    errors.push(tooMany(`${path}.values`, values.length, 255));
  }
  values.forEach((value, index) => {
    if (codes.operator === 'In' && value === 0) {
      errors.push(invalid(`${path}.values[${index}]`, value, 'must not be 0 for the In operator'));
    }
    if (values.indexOf(value) < index) {
      errors.push(duplicate(`${path}.values[${index}]`, value));
    }
  });
  if (values.some((value, index) => index > 0 && (values[index - 1] ?? 0) > value)) {
    errors.push(invalid(`${path}.values`, values, 'must be ordered'));
  }
  return errors;
}

function validateSuccessPolicy(policy: SuccessPolicy, spec: JobSpec, path: string): FieldError[] {
  if (spec.completionMode !== 'Indexed') {
    return [invalid(path, policy, 'requires indexed completion mode')];
  }
  const rules = policy.rules ?? [];
  if (rules.length === 0) {
    return [required(`${path}.rules`, 'at least one rules must be specified when the successPolicy is specified')];
  }
  return rules.flatMap((rule, index) => {
    const at = `${path}.rules[${index}]`;
    if (typeof rule.succeededCount !== 'number' && !rule.succeededIndexes) {
      return [required(at, 'at least one of succeededCount or succeededIndexes must be specified')];
    }
    const errors = validateNonNegative(rule.succeededCount, `${at}.succeededCount`);
    const all = spec.completions ?? 0;
    if ((rule.succeededCount ?? 0) > all) {
      const detail = `must be less than or equal to ${all} (the number of specified completions)`;
      errors.push(invalid(`${at}.succeededCount`, rule.succeededCount, detail));
    }
    return errors;
  });
}
