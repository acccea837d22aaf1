// Removes pods that nobody will: those of nodes that are gone, those that were deleted before they got a node, and old finished ones.
import type { Pod } from '../types.ts';
import { parseTime } from '../values/iso-time.ts';
import { withCondition } from './conditions.ts';
import type { Controller, ControllerContext } from './controller.ts';
import { keyOf, objectOf } from './keys.ts';
import { NODE, POD } from './kinds.ts';
import { ifPresent } from './ownership.ts';
import { isFinished, isTerminating } from './pods/readiness.ts';

/** The kube-controller-manager's --terminated-pod-gc-threshold is 12500; a lab is smaller. */
const MAX_FINISHED = 1000;
/** A node may come back within this time, as the real controller waits for it. */
const QUARANTINE_MS = 40_000;

/** The one key under which finished pods are counted. */
const FINISHED_KEY = 'finished pods';

export function podGarbageCollector(): Controller {
  const missingSince = new Map<string, number>();
  return {
    name: 'pod-garbage-collector',
    watches: [
      {
        kind: POD,
        keys(object, old) {
          const pod = object as Pod;
          const ended = isFinished(pod) && !(old && isFinished(old as Pod));
          return ended ? [keyOf(pod), FINISHED_KEY] : old ? (isTerminating(pod) && !pod.spec?.nodeName ? [keyOf(pod)] : []) : [keyOf(pod)];
        },
      },
      {
        kind: NODE,
        keys: ({ metadata }, _old, client) =>
          client.get(NODE, undefined, metadata.name ?? '')
            ? []
            : client.list(POD).flatMap((pod) => (pod.spec?.nodeName === metadata.name ? [keyOf(pod)] : [])),
      },
    ],
    reconcile(key, context) {
      const { client, clock } = context;
      if (key === FINISHED_KEY) {
        removeOldest(context);
        return undefined;
      }
      const pod = objectOf(client, POD, key);
      const node = pod?.spec?.nodeName;
      if (!pod) {
        return undefined;
      }
      if (!node) {
        if (isTerminating(pod)) {
          remove(pod, context);
        }
        return undefined;
      }
      if (client.get(NODE, undefined, node)) {
        missingSince.delete(node);
        return undefined;
      }
      const since = missingSince.get(node) ?? clock.now();
      missingSince.set(node, since);
      const left = since + QUARANTINE_MS - clock.now();
      if (left > 0) {
        return { requeueAfterMs: left };
      }
      disrupt(pod, context);
      return undefined;
    },
  };
}

/** The pod's node is gone for good: its pods are marked as disrupted and removed at once. */
function disrupt(pod: Pod, context: ControllerContext): void {
  const { client, clock } = context;
  if (!isFinished(pod)) {
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'DeletionByPodGC',
      message: 'PodGC: node no longer exists',
    };
    const conditions = withCondition(pod.status?.conditions, condition, clock.now());
    ifPresent(() => client.updateStatus(POD, { ...pod, status: { ...pod.status, phase: 'Failed', conditions } as Pod['status'] }));
  }
  remove(pod, context);
}

function remove({ metadata }: Pod, { client }: ControllerContext): void {
  const { namespace, name, uid } = metadata;
  ifPresent(() => client.delete(POD, namespace, name, { gracePeriodSeconds: 0, preconditions: { uid } }));
}

function removeOldest(context: ControllerContext): void {
  const finished = context.client.list(POD).filter((pod) => isFinished(pod) && !isTerminating(pod));
  const createdAt = (pod: Pod) => parseTime(pod.metadata.creationTimestamp) ?? 0;
  const surplus = finished.length - MAX_FINISHED;
  for (const pod of surplus > 0 ? finished.toSorted((a, b) => createdAt(a) - createdAt(b)).slice(0, surplus) : []) {
    remove(pod, context);
  }
}
