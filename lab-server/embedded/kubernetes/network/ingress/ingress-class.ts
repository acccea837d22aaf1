// Which ingresses the cluster's nginx controller serves: those whose class names it.
import type * as models from '@kubernetes/client-node';
import { type ClusterClient, kindRef } from '../../cluster-client.ts';
import type { Stored } from '../../types.ts';

export type Ingress = Stored<models.V1Ingress>;
export type IngressClass = Stored<models.V1IngressClass>;

export const INGRESS = kindRef<Ingress>('networking.k8s.io/v1', 'Ingress');
export const INGRESS_CLASS = kindRef<IngressClass>('networking.k8s.io/v1', 'IngressClass');

/** The controller named by the class that `minikube addons enable ingress` creates. */
export const INGRESS_CONTROLLER = 'k8s.io/ingress-nginx';
const LEGACY_CLASS = 'kubernetes.io/ingress.class';

export function isServed(client: ClusterClient, ingress: Ingress): boolean {
  const name = ingress.spec?.ingressClassName ?? ingress.metadata.annotations?.[LEGACY_CLASS];
  return (
    ingress.metadata.deletionTimestamp === undefined &&
    client.get(INGRESS_CLASS, undefined, name ?? '')?.spec?.controller === INGRESS_CONTROLLER
  );
}
