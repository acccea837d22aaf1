// resourceslices: the devices a node has to give.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { required } from '../../validation/field-errors.ts';
import { checkedKind } from '../checked-kind.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';

export type ResourceSlice = Stored<models.V1ResourceSlice>;

export const resourceslices = checkedKind<ResourceSlice>(
  {
    group: 'resource.k8s.io',
    version: 'v1',
    kind: 'ResourceSlice',
    plural: 'resourceslices',
    singular: 'resourceslice',
    namespaced: false,
    model: 'V1ResourceSlice',
    hasGeneration: true,
    columns: [
      nameColumn(),
      textColumn('Node', (slice) => slice.spec?.nodeName ?? ''),
      textColumn('Driver', (slice) => slice.spec?.driver ?? ''),
      textColumn('Pool', (slice) => slice.spec?.pool?.name ?? ''),
      ageColumn(),
    ],
    selectableFields: (slice) => ({ 'spec.nodeName': slice.spec?.nodeName ?? '', 'spec.driver': slice.spec?.driver ?? '' }),
  },
  { validate: ({ spec }) => (spec?.driver ? [] : [required('spec.driver')]) },
);
