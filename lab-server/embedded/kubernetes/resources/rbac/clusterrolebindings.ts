// clusterrolebindings: who has a role everywhere.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { pathSegmentName } from '../../validation/object-meta.ts';
import { setBindingDefaults, validateBinding, validateRoleRefKept } from '../../validation/rbac.ts';
import { checkedKind } from '../checked-kind.ts';
import { bindingColumns } from './binding-columns.ts';

export type ClusterRoleBinding = Stored<models.V1ClusterRoleBinding>;

export const clusterrolebindings = checkedKind<ClusterRoleBinding>(
  {
    group: 'rbac.authorization.k8s.io',
    version: 'v1',
    kind: 'ClusterRoleBinding',
    plural: 'clusterrolebindings',
    singular: 'clusterrolebinding',
    namespaced: false,
    model: 'V1ClusterRoleBinding',
    hasGeneration: false,
    createsOnUpdate: true,
    columns: bindingColumns(),
    setDefaults: setBindingDefaults,
  },
  {
    nameRule: pathSegmentName,
    validate: (binding) => validateBinding(binding.roleRef, binding.subjects ?? [], false),
    validateChange: (binding, old) => validateRoleRefKept(binding.roleRef, old.roleRef),
  },
);
