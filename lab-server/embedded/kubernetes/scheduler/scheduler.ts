// Gives pods their nodes. Event-driven: a new pod, or a change that may make room for one that found none, starts a turn.
import type { Clock } from '../../../base/index.ts';
import { isApiError } from '../api/errors.ts';
import type { ClusterClient } from '../cluster-client.ts';
import { kindRef } from '../cluster-client.ts';
import { createSeriesRecorder } from '../events/index.ts';
import type { Node, Pod } from '../types.ts';
import { isoTime } from '../values/index.ts';
import { sameValue } from '../values/same.ts';
import { chooseNode } from './choose-node.ts';
import { ClusterCache } from './cluster-cache.ts';
import { unschedulableMessage } from './failure-message.ts';
import { type NodeInfo, type PodInfo, podInfoOf } from './node-info.ts';
import type { SchedulingView } from './plugins/plugin.ts';
import { CLAIM, SELECTED_NODE, STORAGE_CLASS, VOLUME, waitingClaims } from './plugins/volume-binding.ts';
import { findPreemption } from './preemption.ts';
import { SchedulingQueue } from './scheduling-queue.ts';

const POD = kindRef<Pod>('v1', 'Pod');
const NODE = kindRef<Node>('v1', 'Node');
const NAME = 'default-scheduler';
/** Pods placed per turn of the event loop, so that requests are answered in between. */
const PODS_PER_TURN = 16;

export interface SchedulerOptions {
  client: ClusterClient;
  clock: Clock;
  /** Takes errors that nothing expects; they are bugs. */
  report: (error: unknown) => void;
}

export function startScheduler(options: SchedulerOptions): Disposable {
  const { clock, report } = options;
  const client = options.client.as({ user: 'system:kube-scheduler', fieldManager: 'kube-scheduler' });
  const recorder = createSeriesRecorder({ client, clock, component: NAME, instance: `${NAME}-minikube` });
  const cache = new ClusterCache();
  const queue = new SchedulingQueue(clock, wake);
  let turn: NodeJS.Immediate | undefined;
  let stopped = false;

  const watches = [
    client.watch(NODE, ({ type, object, old }) => {
      if (type === 'DELETED') {
        cache.removeNode(object.metadata.name);
      } else {
        cache.setNode(object);
      }
      if (!old || mattersForPlacing(old, object)) {
        queue.retry('node');
      }
    }),
    client.watch(POD, ({ type, object, old }) => podChanged(type, object, old)),
    client.watch(CLAIM, () => queue.retry('volume')),
    client.watch(VOLUME, () => queue.retry('volume')),
    client.watch(STORAGE_CLASS, () => queue.retry('volume')),
  ];

  function podChanged(type: 'ADDED' | 'MODIFIED' | 'DELETED', pod: Pod, old: Pod | undefined): void {
    const { uid } = pod.metadata;
    if (type === 'DELETED') {
      queue.remove(uid);
      cache.removePod(uid);
      queue.retry('pod-gone');
      return;
    }
    if (pod.spec?.nodeName) {
      queue.remove(uid);
      const freed = cache.setPod(pod);
      if (freed) {
        queue.retry('pod-gone');
      } else if (!old?.spec?.nodeName || !sameValue(old.metadata.labels, pod.metadata.labels)) {
        queue.retry('pod-placed');
      }
      return;
    }
    if (!isOurs(pod)) {
      queue.remove(uid);
    } else if (!queue.has(uid) || (old && (!sameValue(old.spec, pod.spec) || !sameValue(old.metadata.labels, pod.metadata.labels)))) {
      queue.add(pod);
    } else {
      queue.replace(pod);
    }
  }

  function wake(): void {
    if (!stopped) {
      turn ??= setImmediate(run);
    }
  }

  function run(): void {
    turn = undefined;
    for (let count = 0; count < PODS_PER_TURN; count += 1) {
      const next = queue.take();
      if (!next) {
        return;
      }
      try {
        schedule(next);
      } catch (error) {
        // A pod that changed or went away meanwhile comes again by its watch.
        if (!isApiError(error)) {
          report(error);
        }
      }
    }
    if (queue.size > 0) {
      wake();
    }
  }

  function schedule(taken: { pod: Pod; attempts: number; order: number }): void {
    const { namespace = 'default', name, uid } = taken.pod.metadata;
    const pod = client.get(POD, namespace, name);
    if (!pod || pod.metadata.uid !== uid || pod.spec?.nodeName || !isOurs(pod)) {
      return;
    }
    const info = podInfoOf(pod);
    const view: SchedulingView = { nodes: cache.nodesFor(info), client, memo: new Map() };
    const choice = chooseNode(info, view);
    if ('node' in choice) {
      if (claimsReady(pod, choice.node)) {
        bind(pod, choice.node.name);
      } else {
        queue.park(pod, taken);
      }
      return;
    }
    let preemption: string | undefined;
    let nominated: string | undefined;
    if (choice.everywhere === undefined && view.nodes.length > 0) {
      const found = findPreemption(info, choice.refusals, view);
      if ('victims' in found) {
        nominated = found.node.name;
      } else {
        preemption = found.message;
      }
      queue.failed(pod, taken, choice.refusedBy);
      if ('victims' in found) {
        cache.nominate(info, found.node.name);
        evict(found.victims, pod, found.node.name);
      }
    } else {
      queue.failed(pod, taken, choice.refusedBy);
    }
    const message = unschedulableMessage(view.nodes.length, choice, preemption);
    recorder.event(pod, 'Warning', 'FailedScheduling', 'Scheduling', message);
    markUnschedulable(pod, message, nominated);
  }

  function bind(pod: Pod, node: string): void {
    const { namespace = 'default', name } = pod.metadata;
    client.bind(namespace, name, node);
    const bound = client.get(POD, namespace, name);
    if (bound) {
      cache.setPod(bound);
    }
    recorder.event(pod, 'Normal', 'Scheduled', 'Binding', `Successfully assigned ${namespace}/${name} to ${node}`);
  }

  /** Claims that wait for their first consumer learn the node here; the pod is bound once they are. */
  function claimsReady(pod: Pod, node: NodeInfo): boolean {
    const waiting = waitingClaims(pod, { client });
    for (const claim of waiting) {
      if (claim.metadata.annotations?.[SELECTED_NODE] !== node.name) {
        const annotations = { ...claim.metadata.annotations, [SELECTED_NODE]: node.name };
        client.update(CLAIM, { ...claim, metadata: { ...claim.metadata, annotations } });
      }
    }
    return waiting.length === 0;
  }

  function evict(victims: readonly PodInfo[], by: Pod, node: string): void {
    for (const { pod } of victims) {
      const current = client.get(POD, pod.metadata.namespace, pod.metadata.name);
      if (!current || current.metadata.uid !== pod.metadata.uid) {
        continue;
      }
      const condition = {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'PreemptionByScheduler',
        message: `${NAME}: preempting to accommodate a higher priority pod`,
        lastTransitionTime: isoTime(clock.now()),
      };
      const conditions = [...(current.status?.conditions ?? []).filter(({ type }) => type !== condition.type), condition];
      client.updateStatus(POD, { ...current, status: { ...current.status, conditions } });
      recorder.event(pod, 'Normal', 'Preempted', 'Preempting', `Preempted by pod ${by.metadata.uid} on node ${node}`);
      client.delete(POD, pod.metadata.namespace, pod.metadata.name);
    }
  }

  function markUnschedulable(pod: Pod, message: string, nominated: string | undefined): void {
    const current = client.get(POD, pod.metadata.namespace, pod.metadata.name);
    if (!current) {
      return;
    }
    const type = 'PodScheduled';
    const before = current.status?.conditions?.find((condition) => condition.type === type);
    const condition = {
      type,
      status: 'False',
      reason: 'Unschedulable',
      message,
      // The API writes this field as null, which its type does not say.
      lastProbeTime: null as unknown as string,
      lastTransitionTime: before?.status === 'False' && before.lastTransitionTime ? before.lastTransitionTime : isoTime(clock.now()),
      ...(current.metadata.generation === undefined ? {} : { observedGeneration: current.metadata.generation }),
    };
    const others = (current.status?.conditions ?? []).filter((existing) => existing.type !== type);
    const status = {
      ...current.status,
      conditions: [...others, condition],
      ...(nominated === undefined ? {} : { nominatedNodeName: nominated }),
    };
    if (!sameValue(status, current.status)) {
      client.updateStatus(POD, { ...current, status });
    }
  }

  return {
    [Symbol.dispose]() {
      stopped = true;
      clearImmediate(turn);
      for (const watch of watches) {
        watch[Symbol.dispose]();
      }
      queue[Symbol.dispose]();
    },
  };
}

/** Pods that name another scheduler, are gated or on their way out are left alone. */
function isOurs(pod: Pod): boolean {
  return (
    (pod.spec?.schedulerName ?? NAME) === NAME &&
    (pod.spec?.schedulingGates ?? []).length === 0 &&
    pod.metadata.deletionTimestamp === undefined
  );
}

function mattersForPlacing(old: Node, node: Node): boolean {
  return (
    !sameValue(old.spec, node.spec) ||
    !sameValue(old.metadata.labels, node.metadata.labels) ||
    !sameValue(old.status?.allocatable, node.status?.allocatable)
  );
}
