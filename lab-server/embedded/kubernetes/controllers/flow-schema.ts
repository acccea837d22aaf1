// Says of each flow schema whether the priority level that it names exists.
import type * as models from '@kubernetes/client-node';
import { kindRef } from '../cluster-client.ts';
import type { Stored } from '../types.ts';
import { withCondition } from './conditions.ts';
import type { Controller } from './controller.ts';
import { keyOf, watchSelf } from './keys.ts';

type FlowSchema = Stored<models.V1FlowSchema>;
type Status = NonNullable<FlowSchema['status']>;

const FLOW_SCHEMA = kindRef<FlowSchema>('flowcontrol.apiserver.k8s.io/v1', 'FlowSchema');
const PRIORITY_LEVEL = kindRef<Stored<models.V1PriorityLevelConfiguration>>(
  'flowcontrol.apiserver.k8s.io/v1',
  'PriorityLevelConfiguration',
);

export const flowSchemaController: Controller = {
  name: 'api-priority-and-fairness-config-consumer-v1',
  watches: [
    watchSelf(FLOW_SCHEMA),
    {
      kind: PRIORITY_LEVEL,
      keys: ({ metadata }, _old, client) =>
        client
          .list(FLOW_SCHEMA)
          .filter(({ spec }) => spec?.priorityLevelConfiguration?.name === metadata.name)
          .map(keyOf),
    },
  ],
  reconcile(key, { client, clock }) {
    const schema = client.get(FLOW_SCHEMA, undefined, key);
    if (!schema) {
      return;
    }
    const level = schema.spec?.priorityLevelConfiguration?.name ?? '';
    const exists = client.get(PRIORITY_LEVEL, undefined, level) !== undefined;
    const names = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)}`;
    const wanted = {
      type: 'Dangling',
      status: exists ? 'False' : 'True',
      reason: exists ? 'Found' : 'NotFound',
      message: exists ? `${names} and it exists` : `${names} but there is no such object`,
    };
    const current = schema.status?.conditions?.find(({ type }) => type === wanted.type);
    if (current?.status !== wanted.status || current.message !== wanted.message) {
      const conditions = withCondition(schema.status?.conditions as Parameters<typeof withCondition>[0], wanted, clock.now());
      client.updateStatus(FLOW_SCHEMA, { ...schema, status: { ...schema.status, conditions: conditions as Status['conditions'] } });
    }
  },
};
