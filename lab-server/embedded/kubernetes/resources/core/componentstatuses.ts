// componentstatuses: how the parts of the control plane are. Nothing is stored: the answer is the same as long as the API answers.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { nameColumn, textColumn } from '../columns.ts';
import type { KindDefinition } from '../kind.ts';

export type ComponentStatus = Stored<models.V1ComponentStatus>;

export const componentstatuses: KindDefinition<ComponentStatus> = {
  group: '',
  version: 'v1',
  kind: 'ComponentStatus',
  plural: 'componentstatuses',
  singular: 'componentstatus',
  shortNames: ['cs'],
  namespaced: false,
  model: 'V1ComponentStatus',
  verbs: ['get', 'list'],
  deprecated: 'v1 ComponentStatus is deprecated in v1.19+',
  hasGeneration: false,
  computed: () =>
    ['controller-manager', 'etcd-0', 'scheduler'].map((name) => ({
      apiVersion: 'v1',
      kind: 'ComponentStatus',
      metadata: { name },
      conditions: [{ type: 'Healthy', status: 'True', message: 'ok' }],
    })),
  columns: [
    nameColumn(),
    textColumn('Status', (status) => {
      const condition = healthy(status);
      return condition ? (condition.status === 'True' ? 'Healthy' : 'Unhealthy') : 'Unknown';
    }),
    textColumn('Message', (status) => healthy(status)?.message ?? ''),
    textColumn('Error', (status) => healthy(status)?.error ?? ''),
  ],
};

function healthy(status: ComponentStatus) {
  return status.conditions?.find((condition) => condition.type === 'Healthy');
}
