// What the admission policies and their bindings share, validating and mutating.
import type * as models from '@kubernetes/client-node';
import type { Wire } from '../../types.ts';
import { invalid, notSupported, required } from '../../validation/field-errors.ts';
import { setRuleDefaults, validateRule } from '../../validation/webhooks.ts';
import { formatSelector } from '../../values/label-selector.ts';
import type { FieldError } from '../kind.ts';

type MatchResources = Wire<models.V1MatchResources>;
type ParamRef = Wire<models.V1ParamRef>;
type ParamKind = Wire<models.V1ParamKind>;

export function setMatchDefaults(match: MatchResources | undefined): void {
  if (match) {
    match.matchPolicy ??= 'Equivalent';
    match.namespaceSelector ??= {};
    match.objectSelector ??= {};
    setRuleDefaults(match.resourceRules);
    setRuleDefaults(match.excludeResourceRules);
  }
}

/** `rules.example.com/v1/ReplicaLimit` */
export function paramKindText(kind: ParamKind | undefined): string {
  return kind ? `${kind.apiVersion}/${kind.kind}` : '<unset>';
}

export function paramRefText(reference: ParamRef | undefined): string {
  if (reference?.name) {
    return `${reference.namespace || '*'}/${reference.name}`;
  }
  return reference?.selector ? formatSelector(reference.selector) : '<unset>';
}

export function validateMatch(match: MatchResources | undefined, path: string): FieldError[] {
  if (!match) {
    return [required(path)];
  }
  const rules = match.resourceRules ?? [];
  return rules.length === 0
    ? [required(`${path}.resourceRules`)]
    : rules.flatMap((rule, index) => validateRule(rule, `${path}.resourceRules[${index}]`));
}

export function validateFailurePolicy(policy: string | undefined, path: string): FieldError[] {
  return policy === 'Fail' || policy === 'Ignore' ? [] : [notSupported(path, policy ?? '', ['Fail', 'Ignore'])];
}

export function validateParamRef(reference: ParamRef | undefined, path: string): FieldError[] {
  if (!reference) {
    return [];
  }
  const errors: FieldError[] = [];
  if (reference.name && reference.selector) {
    errors.push(invalid(`${path}.name`, reference.name, 'name and selector are mutually exclusive'));
  } else if (!reference.name && !reference.selector) {
    errors.push(required(path, 'one of name or selector must be specified'));
  }
  if (!reference.parameterNotFoundAction) {
    errors.push(required(`${path}.parameterNotFoundAction`));
  }
  return errors;
}
