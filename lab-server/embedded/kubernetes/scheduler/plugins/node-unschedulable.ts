// A cordoned node takes no new pods but those that tolerate it.
import { toleratesTaint } from './tolerations.ts';
import { type Plugin, refuse } from './plugin.ts';

const CORDON = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

export const nodeUnschedulable: Plugin = {
  name: 'NodeUnschedulable',
  filter({ pod }, { node }) {
    const cordoned = node.spec?.unschedulable === true && !toleratesTaint(pod.spec?.tolerations, CORDON);
    return cordoned ? refuse('node(s) were unschedulable', true) : undefined;
  },
};
