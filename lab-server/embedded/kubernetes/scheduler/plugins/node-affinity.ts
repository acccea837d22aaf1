// nodeSelector and node affinity, required and preferred.
import type { Node, Pod } from '../../types.ts';
import { matchesLabels } from '../../values/index.ts';
import { matchesAnyTerm, matchesTerm } from './node-selector-terms.ts';
import { type Plugin, refuse } from './plugin.ts';

/** Whether a pod's nodeSelector and required node affinity allow a node. Also what DaemonSets ask. */
export function nodeMatchesPod(pod: Pod, node: Node): boolean {
  const selector = pod.spec?.nodeSelector;
  if (selector && Object.keys(selector).length > 0 && !matchesLabels(selector, node.metadata.labels)) {
    return false;
  }
  const required = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return !required || matchesAnyTerm(required.nodeSelectorTerms, node);
}

export const nodeAffinity: Plugin = {
  name: 'NodeAffinity',
  filter({ pod }, { node }) {
    return nodeMatchesPod(pod, node) ? undefined : refuse("node(s) didn't match Pod's node affinity/selector", true);
  },
  score({ pod }, { node }) {
    const preferred = pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    return preferred.reduce((sum, { preference, weight }) => sum + (matchesTerm(preference, node) ? weight : 0), 0);
  },
  weight: 2,
};
