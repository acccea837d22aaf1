// Deletes pods from nodes with a NoExecute taint that they do not tolerate, or no longer.
import { type Toleration, toleratesTaint } from '../scheduler/plugins/tolerations.ts';
import type { Node, Pod } from '../types.ts';
import { parseTime } from '../values/iso-time.ts';
import { sameValue } from '../values/same.ts';
import { withCondition } from './conditions.ts';
import type { Controller, ControllerContext } from './controller.ts';
import { keyOf, objectOf } from './keys.ts';
import { NODE, POD } from './kinds.ts';
import type { NodeTaint } from './nodes/taints.ts';
import { ifPresent } from './ownership.ts';
import { isFinished, isTerminating } from './pods/readiness.ts';

export const taintEvictionController: Controller = {
  name: 'taint-eviction-controller',
  watches: [
    {
      kind: POD,
      keys(object, old) {
        const { spec } = object as Pod;
        const wasBound = (old as Pod | undefined)?.spec?.nodeName !== undefined;
        const isSame = wasBound && sameValue(spec?.tolerations, (old as Pod).spec?.tolerations);
        return spec?.nodeName && !isSame ? [keyOf(object)] : [];
      },
    },
    {
      kind: NODE,
      keys(object, old, client) {
        const node = object as Node;
        return sameValue(executing(node), old ? executing(old as Node) : [])
          ? []
          : client.list(POD).flatMap((pod) => (pod.spec?.nodeName === node.metadata.name ? [keyOf(pod)] : []));
      },
    },
  ],
  reconcile(key, context) {
    const pod = objectOf(context.client, POD, key);
    const node = pod?.spec?.nodeName ? context.client.get(NODE, undefined, pod.spec.nodeName) : undefined;
    if (!pod || !node || isTerminating(pod) || isFinished(pod)) {
      return undefined;
    }
    const left = evictionInMs(pod, executing(node), context.clock.now());
    if (left === undefined) {
      return undefined;
    }
    if (left > 0) {
      return { requeueAfterMs: left };
    }
    evict(pod, context);
    return undefined;
  },
};

function executing(node: Node): NodeTaint[] {
  return (node.spec?.taints ?? []).filter(({ effect }) => effect === 'NoExecute');
}

/** Milliseconds until the pod has to go: 0 at once, undefined never. */
export function evictionInMs(pod: Pod, taints: readonly NodeTaint[], now: number): number | undefined {
  let soonest: number | undefined;
  for (const taint of taints) {
    const tolerations = (pod.spec?.tolerations ?? []).filter((toleration) => toleratesTaint([toleration], taint));
    if (tolerations.length === 0) {
      return 0;
    }
    const seconds = shortest(tolerations);
    if (seconds !== undefined) {
      const since = Math.max(parseTime(taint.timeAdded) ?? 0, parseTime(pod.metadata.creationTimestamp) ?? 0);
      const left = Math.max(0, since + seconds * 1000 - now);
      soonest = Math.min(soonest ?? left, left);
    }
  }
  return soonest;
}

/** The shortest time of the tolerations that have one; undefined where none has. */
function shortest(tolerations: readonly Toleration[]): number | undefined {
  const times = tolerations.flatMap(({ tolerationSeconds }) => (tolerationSeconds === undefined ? [] : [Math.max(0, tolerationSeconds)]));
  return times.length === 0 ? undefined : Math.min(...times);
}

function evict(pod: Pod, { client, clock, event }: ControllerContext): void {
  const { namespace, name, uid } = pod.metadata;
  event(pod, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${namespace}/${name}`);
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'DeletionByTaintManager',
    message: 'Taint manager: deleting due to NoExecute taint',
  };
  const conditions = withCondition(pod.status?.conditions, condition, clock.now());
  ifPresent(() => client.updateStatus(POD, { ...pod, status: { ...pod.status, conditions } as Pod['status'] }));
  ifPresent(() => client.delete(POD, namespace, name, { preconditions: { uid } }));
}
