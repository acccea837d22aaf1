// Gives ingresses of the nginx class the address at which the cluster's ingress controller answers: the node's.
import { INGRESS, INGRESS_CLASS, type Ingress, isServed } from '../network/ingress/ingress-class.ts';
import { sameValue } from '../values/same.ts';
import type { Controller } from './controller.ts';
import { keyOf, objectOf, watchSelf } from './keys.ts';
import { NODE } from './kinds.ts';

export const ingressStatusController: Controller = {
  name: 'nginx-ingress-controller',
  serviceAccount: 'ingress-nginx',
  watches: [watchSelf(INGRESS), { kind: INGRESS_CLASS, keys: (_class, _old, client) => client.list(INGRESS).map(keyOf) }],
  reconcile(key, { client, event }) {
    const ingress = objectOf(client, INGRESS, key);
    if (!ingress || !isServed(client, ingress)) {
      return;
    }
    const addresses = client.list(NODE)[0]?.status?.addresses ?? [];
    const ip = addresses.find(({ type }) => type === 'InternalIP')?.address;
    const status: Ingress['status'] = { loadBalancer: ip ? { ingress: [{ ip }] } : {} };
    if (!sameValue(status, ingress.status)) {
      event(ingress, 'Normal', 'Sync', 'Scheduled for sync');
      client.updateStatus(INGRESS, { ...ingress, status });
    }
  },
};
