// csinodes: which storage drivers a node has.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { checkedKind } from '../checked-kind.ts';
import { ageColumn, integerColumn, nameColumn } from '../columns.ts';

export type CSINode = Stored<models.V1CSINode>;

export const csinodes = checkedKind<CSINode>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSINode',
  plural: 'csinodes',
  singular: 'csinode',
  namespaced: false,
  model: 'V1CSINode',
  hasGeneration: false,
  columns: [nameColumn(), integerColumn('Drivers', (node) => node.spec?.drivers?.length ?? 0), ageColumn()],
});
