// csidrivers: what is known of a storage driver.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { checkedKind } from '../checked-kind.ts';
import { ageColumn, booleanColumn, nameColumn, textColumn } from '../columns.ts';

export type CSIDriver = Stored<models.V1CSIDriver>;

export const csidrivers = checkedKind<CSIDriver>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIDriver',
  plural: 'csidrivers',
  singular: 'csidriver',
  namespaced: false,
  model: 'V1CSIDriver',
  hasGeneration: false,
  columns: [
    nameColumn(),
    booleanColumn('AttachRequired', (driver) => driver.spec?.attachRequired ?? true),
    booleanColumn('PodInfoOnMount', (driver) => driver.spec?.podInfoOnMount ?? false),
    booleanColumn('StorageCapacity', (driver) => driver.spec?.storageCapacity ?? false),
    textColumn('TokenRequests', ({ spec }) => spec?.tokenRequests?.map(({ audience }) => audience).join(',') ?? '<unset>'),
    booleanColumn('RequiresRepublish', (driver) => driver.spec?.requiresRepublish ?? false),
    textColumn('Modes', ({ spec }) => (spec?.volumeLifecycleModes ?? []).join(',') || '<none>'),
    ageColumn(),
  ],
  setDefaults(driver) {
    const spec = (driver.spec ??= {});
    spec.attachRequired ??= true;
    spec.podInfoOnMount ??= false;
    spec.storageCapacity ??= false;
    spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType';
    spec.volumeLifecycleModes ??= ['Persistent'];
    spec.requiresRepublish ??= false;
    spec.seLinuxMount ??= false;
  },
});
