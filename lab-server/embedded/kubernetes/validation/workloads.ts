// What deployments, replica sets and daemon sets share: a selector that must match the template, and steps in numbers or percent.
import type { FieldError } from '../resources/kind.ts';
import type { LabelSelector, PodTemplateSpec } from '../types.ts';
import { type IntOrString, isPercent } from '../values/int-or-string.ts';
import { isEmptySelector, matchesSelector } from '../values/label-selector.ts';
import { mustNotBeNegative, percentText } from '../values/names.ts';
import { forbidden, invalid, invalidFor, notSupported, required } from './field-errors.ts';
import { validateLabelSelector } from './label-selector.ts';
import { validatePodTemplate } from './pod-spec.ts';

interface Templated {
  selector?: LabelSelector;
  template?: PodTemplateSpec;
}

/** `noun` is what the server calls the kind where a selector selects everything. */
export function validateSelector(selector: LabelSelector | undefined, noun: string, path: string): FieldError[] {
  if (!selector) {
    return [required(path)];
  }
  const errors = validateLabelSelector(selector, path);
  if (isEmptySelector(selector)) {
    errors.push(invalid(path, selector, `empty selector is invalid for ${noun}`));
  }
  return errors;
}

export function validateTemplateMatches({ selector, template }: Templated, path: string): FieldError[] {
  const labels = template?.metadata?.labels;
  return selector && matchesSelector(selector, labels)
    ? []
    : [invalid(`${path}.template.metadata.labels`, labels, '`selector` does not match template `labels`')];
}

/** A template whose pods run for ever. `owner` is the kind in words of the message. */
export function validateLastingTemplate({ template }: Templated, owner: string, path: string): FieldError[] {
  return [...validatePodTemplate(template, `${path}.template`), ...validateLasting({ template }, owner, path)];
}

export function validateLasting({ template }: Pick<Templated, 'template'>, owner: string, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const policy = template?.spec?.restartPolicy;
  if (policy !== 'Always') {
    errors.push(notSupported(`${path}.template.spec.restartPolicy`, policy ?? '', ['Always']));
  }
  if (typeof template?.spec?.activeDeadlineSeconds === 'number') {
    const field = `${path}.template.spec.activeDeadlineSeconds`;
    errors.push(forbidden(field, `activeDeadlineSeconds in ${owner} is not Supported`));
  }
  return errors;
}

export function validateIntOrPercent(value: IntOrString | undefined, path: string): FieldError[] {
  if (typeof value === 'string') {
    return invalidFor(path, value, percentText(value));
  }
  return value !== undefined && value < 0 ? [invalid(path, value, mustNotBeNegative)] : [];
}

export function validateAtMostAll(value: IntOrString | undefined, path: string): FieldError[] {
  return typeof value === 'string' && isPercent(value) && Number.parseInt(value, 10) > 100
    ? [invalid(path, value, 'must not be greater than 100%')]
    : [];
}

/** The number, or the number of percent: enough to tell zero. */
export function amountOf(value: IntOrString | undefined): number {
  return typeof value === 'string' ? Number.parseInt(value, 10) || 0 : (value ?? 0);
}
