// leases: who holds a role, as long as they keep saying so. Leaders and nodes renew them.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { invalid } from '../../validation/field-errors.ts';
import { validateNonNegative } from '../../validation/object-meta.ts';
import { checkedKind } from '../checked-kind.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';

export type Lease = Stored<models.V1Lease>;

export const leases = checkedKind<Lease>(
  {
    group: 'coordination.k8s.io',
    version: 'v1',
    kind: 'Lease',
    plural: 'leases',
    singular: 'lease',
    namespaced: true,
    model: 'V1Lease',
    hasGeneration: false,
    createsOnUpdate: true,
    columns: [nameColumn(), textColumn('Holder', (lease) => lease.spec?.holderIdentity ?? ''), ageColumn()],
  },
  {
    validate({ spec = {} }) {
      const seconds = spec.leaseDurationSeconds;
      return [
        ...(typeof seconds === 'number' && seconds <= 0 ? [invalid('spec.leaseDurationSeconds', seconds, 'must be greater than 0')] : []),
        ...validateNonNegative(spec.leaseTransitions, 'spec.leaseTransitions'),
      ];
    },
  },
);
