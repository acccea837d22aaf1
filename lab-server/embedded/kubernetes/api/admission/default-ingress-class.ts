// DefaultIngressClass: an Ingress without a class gets the one that is marked as the default.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import type { AdmissionPlugin } from './admission.ts';

type Ingress = Stored<models.V1Ingress>;

const IS_DEFAULT = 'ingressclass.kubernetes.io/is-default-class';
const OLD_CLASS = 'kubernetes.io/ingress.class';

export const defaultIngressClass: AdmissionPlugin = {
  name: 'DefaultIngressClass',
  admit({ operation, resource, subresource, object }, { store }) {
    if (operation !== 'CREATE' || resource.table !== 'ingresses.networking.k8s.io' || subresource !== undefined) {
      return;
    }
    const ingress = object as Ingress;
    if (ingress.spec?.ingressClassName !== undefined || ingress.metadata.annotations?.[OLD_CLASS] !== undefined) {
      return;
    }
    const defaults = store
      .table('ingressclasses.networking.k8s.io')
      .list()
      .map((entry) => entry.object)
      .filter(({ metadata }) => metadata.annotations?.[IS_DEFAULT] === 'true')
      .toSorted((a, b) => ((a.metadata.creationTimestamp as string) < (b.metadata.creationTimestamp as string) ? 1 : -1));
    const [newest] = defaults;
    if (!newest) {
      return;
    }
    ingress.spec = { ...ingress.spec, ingressClassName: newest.metadata.name };
  },
};
