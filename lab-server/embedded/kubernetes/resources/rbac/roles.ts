// roles: what may be done in one namespace.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { pathSegmentName } from '../../validation/object-meta.ts';
import { validateRule } from '../../validation/rbac.ts';
import { checkedKind } from '../checked-kind.ts';
import { plainColumns } from '../columns.ts';

export type Role = Stored<models.V1Role>;

export const roles = checkedKind<Role>(
  {
    group: 'rbac.authorization.k8s.io',
    version: 'v1',
    kind: 'Role',
    plural: 'roles',
    singular: 'role',
    namespaced: true,
    model: 'V1Role',
    hasGeneration: false,
    createsOnUpdate: true,
    columns: plainColumns(),
  },
  {
    nameRule: pathSegmentName,
    validate: (role) => (role.rules ?? []).flatMap((rule, index) => validateRule(rule, true, `rules[${index}]`)),
  },
);
