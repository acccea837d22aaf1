// Validation of roles and of who they are bound to (k8s.io/kubernetes/pkg/apis/rbac/validation).
import type * as models from '@kubernetes/client-node';
import type { FieldError } from '../resources/kind.ts';
import type { Wire } from '../types.ts';
import { dns1123Subdomain, pathSegment } from '../values/names.ts';
import { sameValue } from '../values/same.ts';
import { invalid, invalidFor, notSupported, required } from './field-errors.ts';
import { inGoForm } from './go-form.ts';

export type PolicyRule = Wire<models.V1PolicyRule>;
export type RoleRef = Wire<models.V1RoleRef>;
export type Subject = Wire<models.RbacV1Subject>;

export const rbacGroup = 'rbac.authorization.k8s.io';

export function validateRule(rule: PolicyRule, namespaced: boolean, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!rule.verbs?.length) {
    errors.push(required(`${path}.verbs`, 'verbs must contain at least one value'));
  }
  if (rule.nonResourceURLs?.length) {
    const field = `${path}.nonResourceURLs`;
    if (namespaced) {
      errors.push(invalid(field, rule.nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs'));
    }
    if (rule.apiGroups?.length || rule.resources?.length || rule.resourceNames?.length) {
      errors.push(invalid(field, rule.nonResourceURLs, 'rules cannot apply to both regular resources and non-resource URLs'));
    }
    return errors;
  }
  if (!rule.apiGroups?.length) {
    errors.push(required(`${path}.apiGroups`, 'resource rules must supply at least one api group'));
  }
  if (!rule.resources?.length) {
    errors.push(required(`${path}.resources`, 'resource rules must supply at least one resource'));
  }
  return errors;
}

/** What a binding of either kind defaults: the group of roles, and of subjects by their kind. */
export function setBindingDefaults(binding: { roleRef?: RoleRef; subjects?: Subject[] }): void {
  if (binding.roleRef) {
    binding.roleRef.apiGroup ||= rbacGroup;
  }
  for (const subject of binding.subjects ?? []) {
    if (subject.kind === 'User' || subject.kind === 'Group') {
      subject.apiGroup ||= rbacGroup;
    }
  }
}

export function validateBinding(roleRef: RoleRef | undefined, subjects: readonly Subject[], namespaced: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const { apiGroup = '', kind = '', name = '' } = roleRef ?? ({} as Partial<RoleRef>);
  if (apiGroup !== rbacGroup) {
    errors.push(notSupported('roleRef.apiGroup', apiGroup, [rbacGroup]));
  }
  const roleKinds = namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole'];
  if (!roleKinds.includes(kind)) {
    errors.push(notSupported('roleRef.kind', kind, roleKinds));
  }
  errors.push(...(name === '' ? [required('roleRef.name')] : invalidFor('roleRef.name', name, pathSegment(name))));
  subjects.forEach((subject, index) => errors.push(...validateSubject(subject, namespaced, `subjects[${index}]`)));
  return errors;
}

export function validateRoleRefKept(roleRef: RoleRef | undefined, old: RoleRef | undefined): FieldError[] {
  const shown = inGoForm(roleRef ?? {}, { APIGroup: '""', Kind: '""', Name: '""' });
  return sameValue(roleRef, old) ? [] : [invalid('roleRef', shown, 'cannot change roleRef')];
}

function validateSubject(subject: Subject, namespaced: boolean, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!subject.name) {
    errors.push(required(`${path}.name`));
  }
  switch (subject.kind) {
    case 'ServiceAccount':
      if (subject.name) {
        errors.push(...invalidFor(`${path}.name`, subject.name, dns1123Subdomain(subject.name)));
      }
      if (subject.apiGroup) {
        errors.push(notSupported(`${path}.apiGroup`, subject.apiGroup, ['']));
      }
      if (!namespaced && !subject.namespace) {
        errors.push(required(`${path}.namespace`));
      }
      break;
    case 'User':
    case 'Group':
      if (subject.apiGroup !== rbacGroup) {
        errors.push(notSupported(`${path}.apiGroup`, subject.apiGroup ?? '', [rbacGroup]));
      }
      break;
    default:
      errors.push(notSupported(`${path}.kind`, subject.kind ?? '', ['ServiceAccount', 'User', 'Group']));
  }
  return errors;
}
