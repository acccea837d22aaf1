// deviceclasses: kinds of device that pods may claim.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { checkedKind } from '../checked-kind.ts';
import { ageColumn, nameColumn } from '../columns.ts';

export type DeviceClass = Stored<models.V1DeviceClass>;

export const deviceclasses = checkedKind<DeviceClass>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'DeviceClass',
  plural: 'deviceclasses',
  singular: 'deviceclass',
  namespaced: false,
  model: 'V1DeviceClass',
  hasGeneration: true,
  columns: [nameColumn(), ageColumn()],
});
