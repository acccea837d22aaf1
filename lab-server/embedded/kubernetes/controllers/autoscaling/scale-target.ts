// What an autoscaler scales: a workload read and written as the scale subresource shows it.
import { DocksideError } from '../../../../base/index.ts';
import type { ClusterClient, KindRef } from '../../cluster-client.ts';
import type { KubernetesObject, LabelSelector, Pod } from '../../types.ts';
import { DEPLOYMENT, POD, REPLICATION_CONTROLLER, REPLICA_SET, STATEFUL_SET } from '../kinds.ts';

interface Scalable extends KubernetesObject {
  spec?: { replicas?: number; selector?: LabelSelector | Record<string, string> };
  status?: { replicas?: number };
}

export interface ScaleTarget {
  object: KubernetesObject;
  /** spec.replicas */
  replicas: number;
  /** status.replicas */
  currentReplicas: number;
  selector: LabelSelector;
}

const SCALABLE: readonly KindRef<KubernetesObject>[] = [DEPLOYMENT, REPLICA_SET, STATEFUL_SET, REPLICATION_CONTROLLER];

/** The target by its reference. Throws a DocksideError with the real controller's words when there is none. */
export function readScale(
  client: ClusterClient,
  namespace: string | undefined,
  reference: { apiVersion?: string; kind: string; name: string },
): ScaleTarget {
  const kind = SCALABLE.find((one) => one.kind === reference.kind && (!reference.apiVersion || one.apiVersion === reference.apiVersion));
  if (!kind) {
    const group = reference.apiVersion?.split('/')[0] ?? '';
    throw new DocksideError('KUBERNETES_SCALE_UNKNOWN', `no matches for kind "${reference.kind}" in group "${group}"`);
  }
  const object = client.get(kind, namespace, reference.name) as Scalable | undefined;
  if (!object) {
    const group = kind.apiVersion.includes('/') ? `.${kind.apiVersion.split('/')[0]}` : '';
    throw new DocksideError('KUBERNETES_SCALE_UNKNOWN', `${kind.kind.toLowerCase()}s${group} "${reference.name}" not found`);
  }
  const selector = object.spec?.selector ?? {};
  return {
    object,
    replicas: object.spec?.replicas ?? 1,
    currentReplicas: object.status?.replicas ?? 0,
    selector: kind === REPLICATION_CONTROLLER ? { matchLabels: selector as Record<string, string> } : (selector as LabelSelector),
  };
}

export function podsOf(client: ClusterClient, { object, selector }: ScaleTarget): readonly Pod[] {
  return client.list(POD, { namespace: object.metadata.namespace, selector });
}

export function writeScale(client: ClusterClient, { object }: ScaleTarget, replicas: number): void {
  client.update(object, { ...object, spec: { ...(object as Scalable).spec, replicas } });
}
