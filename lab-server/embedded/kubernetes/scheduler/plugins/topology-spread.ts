// Spreads pods over topology domains, by the pod's own constraints or, without any, over nodes and zones as the defaults do.
// https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
import type * as models from '@kubernetes/client-node';
import type { Pod, Wire } from '../../types.ts';
import { matchesSelector } from '../../values/index.ts';
import type { NodeInfo, PodInfo } from '../node-info.ts';
import { nodeMatchesPod } from './node-affinity.ts';
import { memoized, type Plugin, refuse, type SchedulingView } from './plugin.ts';
import { domainOf } from './pod-selection.ts';
import { toleratesTaint } from './tolerations.ts';

type Constraint = Wire<models.V1TopologySpreadConstraint>;

const MISMATCH = "node(s) didn't match pod topology spread constraints";
const HOSTNAME = 'kubernetes.io/hostname';

export const topologySpread: Plugin = {
  name: 'PodTopologySpread',
  filter(pod, node, view) {
    for (const constraint of pod.pod.spec?.topologySpreadConstraints ?? []) {
      if (constraint.whenUnsatisfiable !== 'DoNotSchedule') {
        continue;
      }
      const domain = domainOf(node.node, constraint.topologyKey);
      if (domain === undefined) {
        return refuse(`${MISMATCH} (missing required label)`, true);
      }
      const counts = domainCounts(constraint, pod.pod, view);
      const fewDomains = constraint.minDomains !== undefined && counts.size < constraint.minDomains;
      const least = fewDomains ? 0 : Math.min(...counts.values());
      const self = selects(constraint, pod.pod, pod.pod) ? 1 : 0;
      if ((counts.get(domain) ?? 0) + self - least > constraint.maxSkew) {
        return refuse(MISMATCH);
      }
    }
    return undefined;
  },
  score(pod, node, view) {
    const own = (pod.pod.spec?.topologySpreadConstraints ?? []).filter(({ whenUnsatisfiable }) => whenUnsatisfiable === 'ScheduleAnyway');
    if (own.length > 0) {
      return own.reduce(
        (sum, constraint) => sum + (domainCounts(constraint, pod.pod, view).get(domainOf(node.node, constraint.topologyKey) ?? '') ?? 0),
        0,
      );
    }
    return siblingsOn(node, pod);
  },
  inverted: true,
  weight: 2,
};

/** Matching pods per domain, over the nodes that the pod could go to. */
function domainCounts(constraint: Constraint, pod: Pod, view: SchedulingView): Map<string, number> {
  return memoized(view, `spread ${JSON.stringify(constraint)}`, () => {
    const counts = new Map<string, number>();
    for (const node of view.nodes) {
      const domain = domainOf(node.node, constraint.topologyKey);
      if (domain === undefined || !isEligible(constraint, pod, node)) {
        continue;
      }
      const matching = [...node.pods.values()].filter(
        (other) => !other.pod.metadata.deletionTimestamp && selects(constraint, pod, other.pod),
      );
      counts.set(domain, (counts.get(domain) ?? 0) + matching.length);
    }
    return counts;
  });
}

function isEligible(constraint: Constraint, pod: Pod, { node }: NodeInfo): boolean {
  if ((constraint.nodeAffinityPolicy ?? 'Honor') === 'Honor' && !nodeMatchesPod(pod, node)) {
    return false;
  }
  const honorsTaints = constraint.nodeTaintsPolicy === 'Honor';
  return (
    !honorsTaints ||
    (node.spec?.taints ?? []).every((taint) => taint.effect === 'PreferNoSchedule' || toleratesTaint(pod.spec?.tolerations, taint))
  );
}

function selects(constraint: Constraint, owner: Pod, candidate: Pod): boolean {
  if (candidate.metadata.namespace !== owner.metadata.namespace) {
    return false;
  }
  const labels = owner.metadata.labels ?? {};
  const sameKeys = (constraint.matchLabelKeys ?? []).every((key) => !(key in labels) || candidate.metadata.labels?.[key] === labels[key]);
  return sameKeys && matchesSelector(constraint.labelSelector, candidate.metadata.labels);
}

/** Without constraints of its own a pod keeps away from pods of the same controller. */
function siblingsOn(node: NodeInfo, pod: PodInfo): number {
  const owner = controllerUid(pod.pod);
  if (owner === undefined || domainOf(node.node, HOSTNAME) === undefined) {
    return 0;
  }
  return [...node.pods.values()].filter((other) => controllerUid(other.pod) === owner).length;
}

function controllerUid(pod: Pod): string | undefined {
  return pod.metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid;
}
