// The addons of minikube that the simulation has: what `minikube addons enable` and `disable` put into the cluster and take out of it.
import { DocksideError } from '../../../base/index.ts';
import { METRICS_SERVICE } from '../api/virtual/metrics.ts';
import { standardStorageClass } from '../bootstrap/objects.ts';
import { type ClusterClient, type KindRef, kindRef } from '../cluster-client.ts';
import { INGRESS_CONTROLLER } from '../network/ingress/ingress-class.ts';
import type { KubernetesObject } from '../types.ts';

interface Part {
  kind: KindRef<KubernetesObject>;
  object: { metadata: { name: string } };
  /** Written after the object was made. */
  status?: object;
}

/** The object that stands for each addon. */
const PARTS: Readonly<Record<string, Part>> = {
  'metrics-server': {
    kind: kindRef('apiregistration.k8s.io/v1', 'APIService'),
    object: {
      metadata: { name: METRICS_SERVICE, labels: { 'k8s-app': 'metrics-server' } },
      spec: {
        group: 'metrics.k8s.io',
        version: 'v1beta1',
        groupPriorityMinimum: 100,
        versionPriority: 100,
        insecureSkipTLSVerify: true,
        service: { name: 'metrics-server', namespace: 'kube-system' },
      },
    } as Part['object'],
    status: { conditions: [{ type: 'Available', status: 'True', reason: 'Passed', message: 'all checks passed' }] },
  },
  ingress: {
    kind: kindRef('networking.k8s.io/v1', 'IngressClass'),
    object: {
      metadata: {
        name: 'nginx',
        labels: { 'app.kubernetes.io/name': 'ingress-nginx', 'app.kubernetes.io/component': 'controller' },
        annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' },
      },
      spec: { controller: INGRESS_CONTROLLER },
    } as Part['object'],
  },
  'default-storageclass': { kind: kindRef('storage.k8s.io/v1', 'StorageClass'), object: standardStorageClass() },
};

/** Works whatever anyone does to it. */
const ALWAYS = 'storage-provisioner';

export class Addons {
  readonly #client: ClusterClient;

  constructor(client: ClusterClient) {
    this.#client = client.as({ user: 'system:addon-manager', fieldManager: 'kube-addon-manager' });
  }

  /** Whether each addon that is simulated is enabled. */
  list(): Record<string, boolean> {
    const enabled = Object.entries(PARTS).map(([addon, { kind, object }]) => [
      addon,
      this.#client.get(kind, undefined, object.metadata.name) !== undefined,
    ]);
    return { ...(Object.fromEntries(enabled) as Record<string, boolean>), [ALWAYS]: true };
  }

  /** Throws DocksideError `MACHINE_UNKNOWN` for an addon that is not simulated. */
  set(addon: string, enabled: boolean): { name: string; enabled: boolean } {
    const part = PARTS[addon];
    if (addon === ALWAYS) {
      return { name: addon, enabled: true };
    }
    if (!part) {
      throw new DocksideError('MACHINE_UNKNOWN', `the addon ${addon} is not simulated`);
    }
    const { kind, object, status } = part;
    const existing = this.#client.get(kind, undefined, object.metadata.name);
    if (enabled && !existing) {
      const created = this.#client.create(kind, object);
      if (status) {
        this.#client.updateStatus(kind, { ...created, status });
      }
    } else if (!enabled && existing) {
      this.#client.delete(kind, undefined, object.metadata.name);
    }
    return { name: addon, enabled };
  }
}
