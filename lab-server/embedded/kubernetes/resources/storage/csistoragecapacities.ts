// csistoragecapacities: how much a storage driver has left.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { invalidFor, required } from '../../validation/field-errors.ts';
import { validateImmutable } from '../../validation/object-meta.ts';
import { dns1123Subdomain } from '../../values/names.ts';
import { checkedKind } from '../checked-kind.ts';
import { nameColumn, textColumn } from '../columns.ts';

export type CSIStorageCapacity = Stored<models.V1CSIStorageCapacity>;

export const csistoragecapacities = checkedKind<CSIStorageCapacity>(
  {
    group: 'storage.k8s.io',
    version: 'v1',
    kind: 'CSIStorageCapacity',
    plural: 'csistoragecapacities',
    singular: 'csistoragecapacity',
    namespaced: true,
    model: 'V1CSIStorageCapacity',
    hasGeneration: false,
    columns: [
      nameColumn(),
      textColumn('StorageClassName', (object) => object.storageClassName ?? ''),
      textColumn('Capacity', (object) => object.capacity ?? '<unset>'),
    ],
  },
  {
    validate: ({ storageClassName: name }) =>
      name ? invalidFor('storageClassName', name, dns1123Subdomain(name)) : [required('storageClassName')],
    validateChange: (object, old) => [
      ...validateImmutable(object.nodeTopology, old.nodeTopology, 'nodeTopology'),
      ...validateImmutable(object.storageClassName, old.storageClassName, 'storageClassName'),
    ],
  },
);
