// DaemonSets: one pod on every node where it may run, replaced step by step when the template changes.
import { messageOf } from '../../../base/index.ts';
import type { ClusterClient } from '../cluster-client.ts';
import type { KubernetesObject, Node, Pod, PodTemplateSpec } from '../types.ts';
import { scaledValue } from '../values/int-or-string.ts';
import { matchesSelector } from '../values/label-selector.ts';
import { sameValue } from '../values/same.ts';
import type { Controller, ControllerContext, Key, ReconcileResult } from './controller.ts';
import { type NodeObservation, planDaemonSet } from './daemonsets/plan.ts';
import { placementOn, specForNode, targetNodeOf } from './daemonsets/placement.ts';
import { RevisionCollision, syncHistory, trimRevisions } from './history/controller-revisions.ts';
import { keyOf, objectOf, watchOwned, watchSelf } from './keys.ts';
import { DAEMON_SET, type DaemonSet, NODE, POD } from './kinds.ts';
import { claim } from './ownership.ts';
import { podFromTemplate } from './pods/from-template.ts';
import { availableInMs, isAvailable, isReady } from './pods/readiness.ts';
import { deletePod, isNamespaceTerminating } from './pods/replicas.ts';
import { slowStart } from './pods/slow-start.ts';

type Spec = NonNullable<DaemonSet['spec']>;
type Status = NonNullable<DaemonSet['status']>;

const HASH_LABEL = 'controller-revision-hash';
const GENERATION_LABEL = 'pod-template-generation';
const GENERATION_ANNOTATION = 'deprecated.daemonset.template.generation';

export const daemonSetController: Controller = {
  name: 'daemonset-controller',
  serviceAccount: 'daemon-set-controller',
  watches: [
    watchSelf(DAEMON_SET),
    watchOwned(POD, DAEMON_SET, ({ spec }, pod) => matchesSelector(spec?.selector, pod.metadata.labels)),
    {
      kind: NODE,
      keys: (node, old, client) => (isSamePlace(node as Node, old as Node | undefined, client) ? [] : client.list(DAEMON_SET).map(keyOf)),
    },
  ],
  reconcile,
};

/** Whether nothing changed that decides on placement, so that heartbeats wake nobody. */
function isSamePlace(node: Node, old: Node | undefined, client: ClusterClient): boolean {
  const exists = client.get(NODE, undefined, node.metadata.name) !== undefined;
  return old !== undefined && exists && sameValue(node.metadata.labels, old.metadata.labels) && sameValue(node.spec, old.spec);
}

function reconcile(key: Key, context: ControllerContext): ReconcileResult {
  const { client, clock } = context;
  const set = objectOf(client, DAEMON_SET, key);
  if (!set?.spec) {
    return undefined;
  }
  const { selector, template, minReadySeconds = 0, revisionHistoryLimit = 10 } = set.spec;
  const pods = claim(client, POD, set, selector);
  const history = historyOf(set, set.spec, context);
  const hash = history.update.metadata.labels?.[HASH_LABEL] ?? '';
  const isUpdated = (pod: Pod) => pod.metadata.labels?.[HASH_LABEL] === hash;
  const { failure, waits } = set.metadata.deletionTimestamp
    ? { failure: undefined, waits: [] }
    : applyPlan(set, set.spec, pods, hash, isUpdated, context);
  const after = client.list(POD, { namespace: set.metadata.namespace, controllerUid: set.metadata.uid });
  const nodes = observeNodes(client, template, after);
  const status = statusOf(set, nodes, isUpdated, clock.now());
  if (!sameValue(status, set.status)) {
    client.updateStatus(DAEMON_SET, { ...set, status });
  }
  const live = new Set(after.map((pod) => `${set.metadata.name}-${pod.metadata.labels?.[HASH_LABEL]}`)).add(history.update.metadata.name);
  trimRevisions(client, history.revisions, live, revisionHistoryLimit);
  if (failure !== undefined && !isNamespaceTerminating(failure)) {
    throw failure;
  }
  for (const pod of after) {
    waits.push(availableInMs(pod, minReadySeconds, clock.now()) ?? 0);
  }
  const next = waits.filter((wait) => wait > 0);
  return next.length > 0 ? { requeueAfterMs: Math.min(...next) } : undefined;
}

function historyOf(set: DaemonSet, { selector, template }: Spec, { client }: ControllerContext) {
  const collisionCount = set.status?.collisionCount ?? 0;
  try {
    return syncHistory(client, { owner: set, selector, template, hashLabel: HASH_LABEL, collisionCount });
  } catch (error) {
    if (error instanceof RevisionCollision) {
      client.updateStatus(DAEMON_SET, { ...set, status: { ...set.status, collisionCount: collisionCount + 1 } as Status });
    }
    throw error;
  }
}

function observeNodes(client: ClusterClient, template: PodTemplateSpec, pods: readonly Pod[]): NodeObservation[] {
  const byNode = Map.groupBy(pods, targetNodeOf);
  return client.list(NODE).map((node) => ({
    name: node.metadata.name,
    placement: placementOn(node, template.spec ?? { containers: [] }),
    pods: byNode.get(node.metadata.name) ?? [],
  }));
}

/** Carries out the next steps; returns the first refusal, and the times until failed pods may be replaced. */
function applyPlan(
  set: DaemonSet,
  spec: Spec,
  pods: readonly Pod[],
  hash: string,
  isUpdated: (pod: Pod) => boolean,
  context: ControllerContext,
): { failure: unknown; waits: number[] } {
  const { client, clock } = context;
  const nodes = observeNodes(client, spec.template, pods);
  const names = new Set(nodes.map(({ name }) => name));
  const desired = nodes.filter(({ placement }) => placement.shouldRun).length;
  const { type, rollingUpdate } = spec.updateStrategy ?? {};
  const maxSurge = scaledValue(rollingUpdate?.maxSurge ?? 0, desired, 'up') ?? 0;
  const maxUnavailable = scaledValue(rollingUpdate?.maxUnavailable ?? 1, desired, 'up') ?? 1;
  const plan = planDaemonSet(
    {
      nodes,
      stray: pods.filter((pod) => !pod.spec?.nodeName && !names.has(targetNodeOf(pod) ?? '') && !pod.metadata.deletionTimestamp),
      isUpdated,
      minReadySeconds: spec.minReadySeconds ?? 0,
      rollingUpdate: type === 'OnDelete' ? undefined : { maxSurge, maxUnavailable: maxSurge > 0 ? 0 : Math.max(1, maxUnavailable) },
    },
    clock.now(),
  );
  const waits: number[] = [];
  for (const pod of plan.ended) {
    const left = pod.status?.phase === 'Failed' ? context.backOff.remainingSinceUpdate(paceKey(set, pod)) : 0;
    if (left > 0) {
      waits.push(left);
    } else {
      announceEnd(set, pod, context);
      plan.delete.push(pod);
    }
  }
  let failure: unknown;
  for (const pod of plan.delete) {
    try {
      deletePod(set, pod, context);
    } catch (error) {
      failure ??= error;
    }
  }
  const waiting = plan.create.values();
  const { error } = slowStart(plan.create.length, () => createOn(waiting.next().value ?? '', set, spec, hash, context));
  return { failure: failure ?? error, waits };
}

/** Pods that fail on one node again and again are replaced more and more slowly. */
function paceKey({ metadata }: DaemonSet, pod: Pod): string {
  return `${metadata.uid}/${targetNodeOf(pod)}`;
}

function announceEnd(set: DaemonSet, pod: Pod, { event, backOff }: ControllerContext): void {
  const place = `${pod.metadata.namespace}/${pod.metadata.name} on node ${targetNodeOf(pod)}`;
  if (pod.status?.phase === 'Failed') {
    backOff.next(paceKey(set, pod));
    event(set, 'Warning', 'FailedDaemonPod', `Found failed daemon pod ${place}, will try to kill it`);
  } else {
    event(set, 'Normal', 'SucceededDaemonPod', `Found succeeded daemon pod ${place}, will try to delete it`);
  }
}

function createOn(node: string, set: DaemonSet, { template }: Spec, hash: string, { client, event }: ControllerContext): void {
  const pod = podFromTemplate(set, template);
  pod.metadata.labels = { ...pod.metadata.labels, [HASH_LABEL]: hash, ...generationLabel(set) };
  pod.spec = specForNode(pod.spec, node);
  try {
    const { metadata } = client.create(POD, pod);
    event(set, 'Normal', 'SuccessfulCreate', `Created pod: ${metadata.name}`);
  } catch (error) {
    if (!isNamespaceTerminating(error)) {
      event(set, 'Warning', 'FailedCreate', `Error creating: ${messageOf(error)}`);
    }
    throw error;
  }
}

function generationLabel({ metadata }: KubernetesObject): Record<string, string> {
  const generation = metadata.annotations?.[GENERATION_ANNOTATION];
  return generation === undefined ? {} : { [GENERATION_LABEL]: generation };
}

function statusOf(set: DaemonSet, nodes: readonly NodeObservation[], isUpdated: (pod: Pod) => boolean, now: number): Status {
  const minReadySeconds = set.spec?.minReadySeconds ?? 0;
  const wanted = nodes.filter(({ placement }) => placement.shouldRun);
  const served = wanted.filter(({ pods }) => pods.length > 0);
  const ready = served.filter(({ pods }) => pods.some(isReady));
  const available = ready.filter(({ pods }) => pods.some((pod) => isAvailable(pod, minReadySeconds, now))).length;
  const updated = served.filter(({ pods }) => pods.some(isUpdated)).length;
  const status: Status = {
    currentNumberScheduled: served.length,
    desiredNumberScheduled: wanted.length,
    numberMisscheduled: nodes.filter(({ placement, pods }) => !placement.shouldRun && pods.length > 0).length,
    numberReady: ready.length,
    observedGeneration: set.metadata.generation ?? 0,
  };
  const optional = { numberAvailable: available, numberUnavailable: wanted.length - available, updatedNumberScheduled: updated };
  for (const [name, count] of Object.entries(optional) as [keyof typeof optional, number][]) {
    if (count > 0) {
      status[name] = count;
    }
  }
  if (set.status?.collisionCount) {
    status.collisionCount = set.status.collisionCount;
  }
  return status;
}
