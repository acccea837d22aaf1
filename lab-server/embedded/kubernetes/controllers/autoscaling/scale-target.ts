// What an autoscaler scales: anything with a scale subresource, custom resources included, read and written as that shows it.
import { DocksideError } from '../../../../base/index.ts';
import { labelSelector } from '../../api/selectors.ts';
import type { ClusterClient, KindRef, ScalePaths } from '../../cluster-client.ts';
import type { KubernetesObject, LabelSelector, Pod } from '../../types.ts';
import { isEmptySelector, matchesSelector } from '../../values/label-selector.ts';
import { readDotted, writeDotted } from '../../values/dotted-path.ts';
import { POD } from '../kinds.ts';

export interface ScaleTarget {
  kind: KindRef<KubernetesObject>;
  paths: ScalePaths;
  object: KubernetesObject;
  /** spec.replicas */
  replicas: number;
  /** status.replicas */
  currentReplicas: number;
  /** Undefined where the target says nothing of its pods. */
  selects: ((pod: Pod) => boolean) | undefined;
}

/** The target by its reference. Throws a DocksideError with the real controller's words when there is none. */
export function readScale(
  client: ClusterClient,
  namespace: string | undefined,
  reference: { apiVersion?: string; kind: string; name: string },
): ScaleTarget {
  const group = groupOf(reference.apiVersion ?? '');
  const served = client.kinds().find((one) => one.kind === reference.kind && groupOf(one.apiVersion) === group);
  if (!served) {
    throw new DocksideError('KUBERNETES_SCALE_UNKNOWN', `no matches for kind "${reference.kind}" in group "${group}"`);
  }
  if (!served.scale) {
    throw new DocksideError('KUBERNETES_SCALE_UNKNOWN', 'the server could not find the requested resource');
  }
  const kind: KindRef<KubernetesObject> = { apiVersion: served.apiVersion, kind: served.kind };
  const object = client.get(kind, namespace, reference.name);
  if (!object) {
    throw new DocksideError('KUBERNETES_SCALE_UNKNOWN', `${served.plural}${group === '' ? '' : `.${group}`} "${reference.name}" not found`);
  }
  const number = (path: string): number => Number(readDotted(object, path) ?? 0);
  return {
    kind,
    paths: served.scale,
    object,
    replicas: number(served.scale.specReplicas),
    currentReplicas: number(served.scale.statusReplicas),
    selects: selectionOf(served.scale.selector === '' ? undefined : readDotted(object, served.scale.selector)),
  };
}

export function podsOf(client: ClusterClient, { object, selects }: ScaleTarget): readonly Pod[] {
  return client.list(POD, { namespace: object.metadata.namespace }).filter((pod) => selects?.(pod));
}

export function writeScale(client: ClusterClient, { kind, object, paths }: ScaleTarget, replicas: number): void {
  const next = structuredClone(object);
  writeDotted(next, paths.specReplicas, replicas);
  client.update(kind, next);
}

/** By a text, as custom resources have it; by a selector; or by labels, as replication controllers have them. */
function selectionOf(selector: unknown): ScaleTarget['selects'] {
  if (typeof selector === 'string') {
    return selector === '' ? undefined : labelSelector(selector);
  }
  if (typeof selector !== 'object' || selector === null) {
    return undefined;
  }
  const isStructured = 'matchLabels' in selector || 'matchExpressions' in selector;
  const structured = (isStructured ? selector : { matchLabels: selector }) as LabelSelector;
  return isEmptySelector(structured) ? undefined : (pod) => matchesSelector(structured, pod.metadata.labels);
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
}
