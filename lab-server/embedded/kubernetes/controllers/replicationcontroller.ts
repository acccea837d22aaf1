// ReplicationControllers: what replica sets were before deployments, with a plain map as selector.
import { matchesLabels } from '../values/label-selector.ts';
import type { Controller } from './controller.ts';
import { objectOf, watchOwned, watchSelf } from './keys.ts';
import { POD, REPLICATION_CONTROLLER } from './kinds.ts';
import { reconcileReplicas } from './pods/replica-owner.ts';

export const replicationControllerController: Controller = {
  name: 'replication-controller',
  watches: [
    watchSelf(REPLICATION_CONTROLLER),
    watchOwned(POD, REPLICATION_CONTROLLER, ({ spec }, pod) => matchesLabels(spec?.selector, pod.metadata.labels)),
  ],
  reconcile(key, context) {
    const { client } = context;
    const controller = objectOf(client, REPLICATION_CONTROLLER, key);
    if (!controller?.spec) {
      return undefined;
    }
    const related = () => client.list(POD, { namespace: controller.metadata.namespace, controllerUid: controller.metadata.uid });
    const selector = controller.spec.selector && { matchLabels: controller.spec.selector };
    return reconcileReplicas(REPLICATION_CONTROLLER, controller, { selector, related, countsTerminating: false }, context);
  },
};
