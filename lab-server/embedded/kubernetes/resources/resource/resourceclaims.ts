// resourceclaims: a wish for devices.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { validateImmutable } from '../../validation/object-meta.ts';
import { checkedKind } from '../checked-kind.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';

export type ResourceClaim = Stored<models.ResourceV1ResourceClaim>;

export const resourceclaims = checkedKind<ResourceClaim>(
  {
    group: 'resource.k8s.io',
    version: 'v1',
    kind: 'ResourceClaim',
    plural: 'resourceclaims',
    singular: 'resourceclaim',
    namespaced: true,
    model: 'ResourceV1ResourceClaim',
    subresources: { status: true },
    hasGeneration: false,
    columns: [nameColumn(), textColumn('State', stateText), ageColumn()],
    prepareForCreate(claim) {
      claim.status = {};
    },
    prepareForUpdate(claim, old) {
      claim.status = old.status ?? {};
    },
  },
  { validateChange: (claim, old) => validateImmutable(claim.spec, old.spec, 'spec') },
);

function stateText({ metadata, status }: ResourceClaim): string {
  if (!status?.allocation) {
    return metadata.deletionTimestamp ? 'deleted' : 'pending';
  }
  const states = metadata.deletionTimestamp ? ['deleted', 'allocated'] : ['allocated'];
  return [...states, ...(status.reservedFor?.length ? ['reserved'] : [])].join(',');
}
