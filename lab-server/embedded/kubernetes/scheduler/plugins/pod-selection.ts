// Which pods a pod affinity term is about, and in which topology domain a node lies.
import type * as models from '@kubernetes/client-node';
import { kindRef } from '../../cluster-client.ts';
import type { Namespace, Node, Pod, Wire } from '../../types.ts';
import { matchesSelector } from '../../values/index.ts';
import type { SchedulingView } from './plugin.ts';

export type AffinityTerm = Wire<models.V1PodAffinityTerm>;

const NAMESPACE = kindRef<Namespace>('v1', 'Namespace');

/** Whether `candidate` is one of the pods that `term` of `owner` selects. */
export function termSelects(term: AffinityTerm, owner: Pod, candidate: Pod, view: SchedulingView): boolean {
  return inNamespaces(term, owner, candidate, view) && matchesSelector(withLabelKeys(term, owner), candidate.metadata.labels);
}

/** matchLabelKeys take their values from the owner's own labels. */
function withLabelKeys(term: AffinityTerm, owner: Pod): AffinityTerm['labelSelector'] {
  const labels = owner.metadata.labels ?? {};
  const extra = [
    ...(term.matchLabelKeys ?? []).flatMap((key) => (key in labels ? [{ key, operator: 'In', values: [labels[key] ?? ''] }] : [])),
    ...(term.mismatchLabelKeys ?? []).flatMap((key) => (key in labels ? [{ key, operator: 'NotIn', values: [labels[key] ?? ''] }] : [])),
  ];
  if (extra.length === 0 || !term.labelSelector) {
    return term.labelSelector;
  }
  return { ...term.labelSelector, matchExpressions: [...(term.labelSelector.matchExpressions ?? []), ...extra] };
}

function inNamespaces(term: AffinityTerm, owner: Pod, candidate: Pod, view: SchedulingView): boolean {
  const namespace = candidate.metadata.namespace ?? '';
  if (term.namespaces?.includes(namespace)) {
    return true;
  }
  if (term.namespaceSelector) {
    return matchesSelector(term.namespaceSelector, view.client.get(NAMESPACE, undefined, namespace)?.metadata.labels);
  }
  return (term.namespaces ?? []).length === 0 && namespace === owner.metadata.namespace;
}

export function domainOf(node: Node, topologyKey: string): string | undefined {
  return node.metadata.labels?.[topologyKey];
}
