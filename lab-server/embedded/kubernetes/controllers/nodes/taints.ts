// The taints that a node's conditions and its cordon put on it.
import type { Node } from '../../types.ts';
import { isoTime } from '../../values/iso-time.ts';
import { sameValue } from '../../values/same.ts';

export type NodeTaint = NonNullable<NonNullable<Node['spec']>['taints']>[number];

export const NOT_READY = 'node.kubernetes.io/not-ready';
export const UNREACHABLE = 'node.kubernetes.io/unreachable';

const OWN_KEYS = new Set([
  NOT_READY,
  UNREACHABLE,
  'node.kubernetes.io/unschedulable',
  'node.kubernetes.io/memory-pressure',
  'node.kubernetes.io/disk-pressure',
  'node.kubernetes.io/pid-pressure',
  'node.kubernetes.io/network-unavailable',
]);

const BY_CONDITION: readonly [condition: string, status: string, taint: string][] = [
  ['Ready', 'False', NOT_READY],
  ['Ready', 'Unknown', UNREACHABLE],
  ['MemoryPressure', 'True', 'node.kubernetes.io/memory-pressure'],
  ['DiskPressure', 'True', 'node.kubernetes.io/disk-pressure'],
  ['PIDPressure', 'True', 'node.kubernetes.io/pid-pressure'],
  ['NetworkUnavailable', 'True', 'node.kubernetes.io/network-unavailable'],
];

/**
 * The node's taints as they should be; undefined when they are. `evicts`: whether a node that is not ready loses its pods, which
 * it does not while no node is ready, because then more likely the control plane is cut off.
 */
export function wantedTaints(node: Node, evicts: boolean, now: number): NodeTaint[] | undefined {
  const current = node.spec?.taints ?? [];
  const wanted: NodeTaint[] = [];
  const want = (key: string, effect: string) => {
    const existing = current.find((taint) => taint.key === key && taint.effect === effect);
    const isTimed = effect === 'NoExecute' || key === 'node.kubernetes.io/unschedulable' || key === NOT_READY || key === UNREACHABLE;
    wanted.push(existing ?? { key, effect, ...(isTimed ? { timeAdded: isoTime(now) } : {}) });
  };
  for (const [type, status, key] of BY_CONDITION) {
    if (node.status?.conditions?.some((condition) => condition.type === type && condition.status === status)) {
      want(key, 'NoSchedule');
      if (evicts && type === 'Ready') {
        want(key, 'NoExecute');
      }
    }
  }
  if (node.spec?.unschedulable) {
    want('node.kubernetes.io/unschedulable', 'NoSchedule');
  }
  const others = current.filter(({ key }) => !OWN_KEYS.has(key));
  const all = [...others, ...wanted];
  const isAsWanted = all.length === current.length && all.every((taint) => current.some((one) => sameValue(one, taint)));
  return isAsWanted ? undefined : all;
}
