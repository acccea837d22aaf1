// Taints keep pods away from nodes; those with the effect PreferNoSchedule only count against the node.
import { type Plugin, refuse } from './plugin.ts';
import { toleratesTaint } from './tolerations.ts';

export const taintToleration: Plugin = {
  name: 'TaintToleration',
  filter({ pod }, { node }) {
    const untolerated = (node.spec?.taints ?? []).some(
      (taint) => (taint.effect === 'NoSchedule' || taint.effect === 'NoExecute') && !toleratesTaint(pod.spec?.tolerations, taint),
    );
    return untolerated ? refuse('node(s) had untolerated taint(s)', true) : undefined;
  },
  score({ pod }, { node }) {
    return (node.spec?.taints ?? []).filter((taint) => taint.effect === 'PreferNoSchedule' && !toleratesTaint(pod.spec?.tolerations, taint))
      .length;
  },
  inverted: true,
  weight: 3,
};
