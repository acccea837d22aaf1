// resourceclaimtemplates: a claim for each pod that names it.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { validateImmutable } from '../../validation/object-meta.ts';
import { checkedKind } from '../checked-kind.ts';
import { ageColumn, nameColumn } from '../columns.ts';

export type ResourceClaimTemplate = Stored<models.V1ResourceClaimTemplate>;

export const resourceclaimtemplates = checkedKind<ResourceClaimTemplate>(
  {
    group: 'resource.k8s.io',
    version: 'v1',
    kind: 'ResourceClaimTemplate',
    plural: 'resourceclaimtemplates',
    singular: 'resourceclaimtemplate',
    namespaced: true,
    model: 'V1ResourceClaimTemplate',
    hasGeneration: false,
    columns: [nameColumn(), ageColumn()],
  },
  { validateChange: (template, old) => validateImmutable(template.spec, old.spec, 'spec') },
);
