// Gives ingresses of the nginx class the address at which the cluster's ingress controller answers: the node's.
import type * as models from '@kubernetes/client-node';
import { kindRef } from '../cluster-client.ts';
import type { Stored } from '../types.ts';
import { sameValue } from '../values/same.ts';
import type { Controller } from './controller.ts';
import { keyOf, objectOf, watchSelf } from './keys.ts';
import { NODE } from './kinds.ts';

type Ingress = Stored<models.V1Ingress>;
type IngressClass = Stored<models.V1IngressClass>;

const INGRESS = kindRef<Ingress>('networking.k8s.io/v1', 'Ingress');
const INGRESS_CLASS = kindRef<IngressClass>('networking.k8s.io/v1', 'IngressClass');
/** The controller named by the class that `minikube addons enable ingress` creates. */
const CONTROLLER = 'k8s.io/ingress-nginx';
const LEGACY_CLASS = 'kubernetes.io/ingress.class';

export const ingressStatusController: Controller = {
  name: 'nginx-ingress-controller',
  serviceAccount: 'ingress-nginx',
  watches: [watchSelf(INGRESS), { kind: INGRESS_CLASS, keys: (_class, _old, client) => client.list(INGRESS).map(keyOf) }],
  reconcile(key, { client, event }) {
    const ingress = objectOf(client, INGRESS, key);
    const name = ingress?.spec?.ingressClassName ?? ingress?.metadata.annotations?.[LEGACY_CLASS];
    if (
      !ingress ||
      ingress.metadata.deletionTimestamp ||
      client.get(INGRESS_CLASS, undefined, name ?? '')?.spec?.controller !== CONTROLLER
    ) {
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
