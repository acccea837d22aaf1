// rolebindings: who has a role in one namespace.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { pathSegmentName } from '../../validation/object-meta.ts';
import { setBindingDefaults, validateBinding, validateRoleRefKept } from '../../validation/rbac.ts';
import { checkedKind } from '../checked-kind.ts';
import { bindingColumns } from './binding-columns.ts';

export type RoleBinding = Stored<models.V1RoleBinding>;

export const rolebindings = checkedKind<RoleBinding>(
  {
    group: 'rbac.authorization.k8s.io',
    version: 'v1',
    kind: 'RoleBinding',
    plural: 'rolebindings',
    singular: 'rolebinding',
    namespaced: true,
    model: 'V1RoleBinding',
    hasGeneration: false,
    createsOnUpdate: true,
    columns: bindingColumns(),
    setDefaults: setBindingDefaults,
  },
  {
    nameRule: pathSegmentName,
    validate: (binding) => validateBinding(binding.roleRef, binding.subjects ?? [], true),
    validateChange: (binding, old) => validateRoleRefKept(binding.roleRef, old.roleRef),
  },
);
