// clusterroles: what may be done anywhere.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { required } from '../../validation/field-errors.ts';
import { validateLabelSelector } from '../../validation/label-selector.ts';
import { pathSegmentName } from '../../validation/object-meta.ts';
import { validateRule } from '../../validation/rbac.ts';
import { checkedKind } from '../checked-kind.ts';
import { plainColumns } from '../columns.ts';
import type { FieldError } from '../kind.ts';

export type ClusterRole = Stored<models.V1ClusterRole>;

export const clusterroles = checkedKind<ClusterRole>(
  {
    group: 'rbac.authorization.k8s.io',
    version: 'v1',
    kind: 'ClusterRole',
    plural: 'clusterroles',
    singular: 'clusterrole',
    namespaced: false,
    model: 'V1ClusterRole',
    hasGeneration: false,
    createsOnUpdate: true,
    columns: plainColumns(),
  },
  {
    nameRule: pathSegmentName,
    validate: (role) => [
      ...(role.rules ?? []).flatMap((rule, index) => validateRule(rule, false, `rules[${index}]`)),
      ...(role.aggregationRule ? validateAggregation(role.aggregationRule) : []),
    ],
  },
);

function validateAggregation({ clusterRoleSelectors = [] }: NonNullable<ClusterRole['aggregationRule']>): FieldError[] {
  const path = 'aggregationRule.clusterRoleSelectors';
  return clusterRoleSelectors.length === 0
    ? [required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil')]
    : clusterRoleSelectors.flatMap((selector, index) => validateLabelSelector(selector, `${path}[${index}]`));
}
