// servicecidrs: the ranges that cluster addresses come from.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { validateCidr } from '../../validation/addresses.ts';
import { required } from '../../validation/field-errors.ts';
import { validateImmutable } from '../../validation/object-meta.ts';
import { checkedKind } from '../checked-kind.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';

export type ServiceCIDR = Stored<models.V1ServiceCIDR>;

export const servicecidrs = checkedKind<ServiceCIDR>(
  {
    group: 'networking.k8s.io',
    version: 'v1',
    kind: 'ServiceCIDR',
    plural: 'servicecidrs',
    singular: 'servicecidr',
    namespaced: false,
    model: 'V1ServiceCIDR',
    subresources: { status: true },
    hasGeneration: false,
    columns: [nameColumn(), textColumn('CIDRs', (range) => (range.spec?.cidrs ?? []).join(',')), ageColumn()],
    prepareForCreate(range) {
      range.status = {};
    },
    prepareForUpdate(range, old) {
      range.status = old.status ?? {};
    },
  },
  {
    validate({ spec }) {
      const cidrs = spec?.cidrs ?? [];
      return cidrs.length === 0
        ? [required('spec.cidrs', 'at least one CIDR required')]
        : cidrs.flatMap((cidr, index) => validateCidr(cidr, `spec.cidrs[${index}]`));
    },
    validateChange: (range, old) => validateImmutable(range.spec?.cidrs, old.spec?.cidrs, 'spec.cidrs'),
  },
);
