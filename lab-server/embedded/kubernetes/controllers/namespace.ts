// Deletes what a deleted namespace holds, pods first, and the namespace itself when nothing is left.
import type { ClusterClient, ServedKind } from '../cluster-client.ts';
import type { Condition, KubernetesObject, Namespace } from '../types.ts';
import { withCondition } from './conditions.ts';
import type { Controller } from './controller.ts';
import { keyOf } from './keys.ts';
import { NAMESPACE, POD } from './kinds.ts';
import { ifPresent } from './ownership.ts';
import { sameValue } from '../values/same.ts';

/** The finalizer in spec.finalizers that this controller takes away. */
const KUBERNETES_FINALIZER = 'kubernetes';

export const namespaceController: Controller = {
  name: 'namespace-controller',
  watches: [{ kind: NAMESPACE, keys: (namespace) => (namespace.metadata.deletionTimestamp ? [keyOf(namespace)] : []) }],
  // What is left in a namespace that goes away is looked at again whenever something in it has changed or gone.
  watchesAll({ object: { metadata } }, client) {
    const namespace = metadata.namespace ? client.get(NAMESPACE, undefined, metadata.namespace) : undefined;
    return namespace?.metadata.deletionTimestamp ? [keyOf(namespace)] : [];
  },
  reconcile(key, { client, clock }) {
    const namespace = client.get(NAMESPACE, undefined, key);
    if (!namespace?.metadata.deletionTimestamp || !namespace.spec?.finalizers?.includes(KUBERNETES_FINALIZER)) {
      return;
    }
    const remaining = removeContent(client, key);
    if (remaining.length === 0) {
      const finalizers = namespace.spec.finalizers.filter((finalizer) => finalizer !== KUBERNETES_FINALIZER);
      client.finalizeNamespace({ ...namespace, spec: { ...namespace.spec, finalizers } });
      return;
    }
    const conditions = contentConditions(remaining).reduce(
      (list, condition) => withCondition(list, condition, clock.now()),
      namespace.status?.conditions ?? [],
    );
    if (!sameValue(conditions, namespace.status?.conditions)) {
      client.updateStatus(NAMESPACE, { ...namespace, status: { ...namespace.status, conditions } as Namespace['status'] });
    }
  },
};

interface Remaining {
  kind: ServedKind;
  objects: readonly KubernetesObject[];
}

/** Deletes everything in the namespace; what finalizers or grace periods keep comes back. */
function removeContent(client: ClusterClient, namespace: string): Remaining[] {
  const kinds = client.kinds().filter(({ namespaced }) => namespaced);
  const pods = kinds.filter(({ apiVersion, kind }) => apiVersion === POD.apiVersion && kind === POD.kind);
  // Other content stays until the pods that may use it are gone.
  const remainingPods = removeAll(client, namespace, pods);
  return remainingPods.length > 0 ? remainingPods : removeAll(client, namespace, kinds);
}

function removeAll(client: ClusterClient, namespace: string, kinds: readonly ServedKind[]): Remaining[] {
  const remaining: Remaining[] = [];
  for (const kind of kinds) {
    for (const { metadata } of client.list(kind, { namespace })) {
      if (!metadata.deletionTimestamp) {
        ifPresent(() => client.delete(kind, namespace, metadata.name ?? '', { propagationPolicy: 'Background' }));
      }
    }
    const objects = client.list(kind, { namespace });
    if (objects.length > 0) {
      remaining.push({ kind, objects });
    }
  }
  return remaining;
}

/** The five conditions of a namespace on its way out, in the real controller's words. */
function contentConditions(remaining: readonly Remaining[]): Condition[] {
  const counts = remaining.map(({ kind, objects }) => `${kind.plural}.${groupOf(kind)} has ${objects.length} resource instances`);
  const finalizers = new Map<string, number>();
  for (const object of remaining.flatMap(({ objects }) => objects)) {
    for (const finalizer of object.metadata.finalizers ?? []) {
      finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
    }
  }
  const held = [...finalizers].map(([finalizer, count]) => `${finalizer} in ${count} resource instances`).toSorted();
  return [
    {
      type: 'NamespaceDeletionDiscoveryFailure',
      status: 'False',
      reason: 'ResourcesDiscovered',
      message: 'All resources successfully discovered',
    },
    {
      type: 'NamespaceDeletionGroupVersionParsingFailure',
      status: 'False',
      reason: 'ParsedGroupVersions',
      message: 'All legacy kube types successfully parsed',
    },
    {
      type: 'NamespaceDeletionContentFailure',
      status: 'False',
      reason: 'ContentDeleted',
      message: 'All content successfully deleted, may be waiting on finalization',
    },
    {
      type: 'NamespaceContentRemaining',
      status: 'True',
      reason: 'SomeResourcesRemain',
      message: `Some resources are remaining: ${counts.toSorted().join(', ')}`,
    },
    held.length > 0
      ? {
          type: 'NamespaceFinalizersRemaining',
          status: 'True',
          reason: 'SomeFinalizersRemain',
          message: `Some content in the namespace has finalizers remaining: ${held.join(', ')}`,
        }
      : {
          type: 'NamespaceFinalizersRemaining',
          status: 'False',
          reason: 'ContentHasNoFinalizers',
          message: 'All content-preserving finalizers finished',
        },
  ];
}

function groupOf({ apiVersion }: ServedKind): string {
  const slash = apiVersion.indexOf('/');
  return slash === -1 ? '' : apiVersion.slice(0, slash);
}
