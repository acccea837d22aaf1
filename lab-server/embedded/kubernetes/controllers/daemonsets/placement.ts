// On which nodes a daemon set's pod belongs, and how a pod is tied to its node.
import { nodeMatchesPod } from '../../scheduler/plugins/node-affinity.ts';
import { type Toleration, toleratesTaint } from '../../scheduler/plugins/tolerations.ts';
import type { Node, Pod, PodTemplateSpec } from '../../types.ts';

type PodSpec = NonNullable<PodTemplateSpec['spec']>;

/** Daemon pods stay on nodes in trouble: these tolerations are added to what the template has. */
const DAEMON_TOLERATIONS: readonly Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
];
const HOST_NETWORK_TOLERATION: Toleration = { key: 'node.kubernetes.io/network-unavailable', operator: 'Exists', effect: 'NoSchedule' };

export interface Placement {
  /** A pod should be created here. */
  shouldRun: boolean;
  /** A pod that is here may stay. */
  mayStay: boolean;
}

/** Whether a pod of `spec` belongs on `node`. */
export function placementOn(node: Node, spec: PodSpec): Placement {
  if (spec.nodeName && spec.nodeName !== node.metadata.name) {
    return { shouldRun: false, mayStay: false };
  }
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: {}, spec } as Pod;
  if (!nodeMatchesPod(pod, node)) {
    return { shouldRun: false, mayStay: false };
  }
  const tolerations = daemonTolerations(spec);
  const untolerated = (node.spec?.taints ?? []).filter((taint) => !toleratesTaint(tolerations, taint));
  return {
    shouldRun: !untolerated.some(({ effect }) => effect === 'NoSchedule' || effect === 'NoExecute'),
    mayStay: !untolerated.some(({ effect }) => effect === 'NoExecute'),
  };
}

function daemonTolerations(spec: PodSpec): Toleration[] {
  const wanted = spec.hostNetwork ? [...DAEMON_TOLERATIONS, HOST_NETWORK_TOLERATION] : DAEMON_TOLERATIONS;
  const own = spec.tolerations ?? [];
  const isThere = (one: Toleration) =>
    own.some(({ key, operator, effect }) => key === one.key && operator === one.operator && effect === one.effect);
  return [...own, ...wanted.filter((one) => !isThere(one))];
}

/** The spec of a daemon pod for one node: the scheduler may put it nowhere else. */
export function specForNode(spec: PodSpec, nodeName: string): PodSpec {
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const matchFields = [{ key: 'metadata.name', operator: 'In', values: [nodeName] }];
  const terms = required?.nodeSelectorTerms ?? [];
  return {
    ...spec,
    affinity: {
      ...spec.affinity,
      nodeAffinity: {
        ...spec.affinity?.nodeAffinity,
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: terms.length > 0 ? terms.map((term) => ({ ...term, matchFields })) : [{ matchFields }],
        },
      },
    },
    tolerations: daemonTolerations(spec),
  };
}

/** The node a daemon pod is on, or is meant for while it waits for the scheduler. */
export function targetNodeOf(pod: Pod): string | undefined {
  if (pod.spec?.nodeName) {
    return pod.spec.nodeName;
  }
  const terms = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  return terms.flatMap(({ matchFields = [] }) => matchFields).find(({ key }) => key === 'metadata.name')?.values?.[0];
}
