// StatefulSets: pods with names and volumes of their own, created, removed and updated in order.
import { messageOf } from '../../../base/index.ts';
import type { Pod } from '../types.ts';
import { scaledValue } from '../values/int-or-string.ts';
import { matchesSelector } from '../values/label-selector.ts';
import { sameValue } from '../values/same.ts';
import type { Controller, ControllerContext, Key, ReconcileResult } from './controller.ts';
import { type History, RevisionCollision, syncHistory, templateOf, trimRevisions } from './history/controller-revisions.ts';
import { objectOf, watchOwned, watchSelf } from './keys.ts';
import { POD, STATEFUL_SET, type StatefulSet } from './kinds.ts';
import { claim, ifPresent } from './ownership.ts';
import { availableInMs, isAvailable, isReady, isTerminating } from './pods/readiness.ts';
import { isNamespaceTerminating } from './pods/replicas.ts';
import { ensureClaims, syncClaimOwners } from './statefulsets/claims.ts';
import { REVISION_LABEL, newPod, ordinalOf, podName, withIdentity } from './statefulsets/identity.ts';
import { type StatefulStep, planStatefulSet } from './statefulsets/plan.ts';

type Spec = NonNullable<StatefulSet['spec']>;
type Status = NonNullable<StatefulSet['status']>;

export const statefulSetController: Controller = {
  name: 'statefulset-controller',
  watches: [
    watchSelf(STATEFUL_SET),
    watchOwned(
      POD,
      STATEFUL_SET,
      (set, pod) => matchesSelector(set.spec?.selector, pod.metadata.labels) && ordinalOf(set, pod) !== undefined,
    ),
  ],
  reconcile,
};

function reconcile(key: Key, context: ControllerContext): ReconcileResult {
  const { client } = context;
  const set = objectOf(client, STATEFUL_SET, key);
  if (!set?.spec) {
    return undefined;
  }
  const { selector, template, revisionHistoryLimit = 10 } = set.spec;
  const pods = claim(client, POD, set, selector, (pod) => ordinalOf(set, pod) !== undefined);
  const history = historyOf(
    set,
    { owner: set, selector, template, hashLabel: 'controller.kubernetes.io/hash', collisionCount: set.status?.collisionCount ?? 0 },
    context,
  );
  const current = history.revisions.find(({ metadata }) => metadata.name === set.status?.currentRevision) ?? history.update;
  let failure: unknown;
  if (!set.metadata.deletionTimestamp) {
    failure = applySteps(set, pods, history, current.metadata.name, context);
  }
  const after = client.list(POD, { namespace: set.metadata.namespace, controllerUid: set.metadata.uid });
  const status = statusOf(set, after, current.metadata.name, history.update.metadata.name, context.clock.now());
  if (!sameValue(status, set.status)) {
    client.updateStatus(STATEFUL_SET, { ...set, status });
  }
  const live = new Set([status.currentRevision, status.updateRevision, ...after.map(revisionOf)].filter((name) => name !== undefined));
  trimRevisions(client, history.revisions, live, revisionHistoryLimit);
  if (failure !== undefined) {
    throw failure;
  }
  return nextTurn(set.spec, after, context);
}

function historyOf(set: StatefulSet, options: Parameters<typeof syncHistory>[1], { client }: ControllerContext): History {
  try {
    return syncHistory(client, options);
  } catch (error) {
    if (error instanceof RevisionCollision) {
      const status = { ...set.status, collisionCount: options.collisionCount + 1 } as Status;
      client.updateStatus(STATEFUL_SET, { ...set, status });
    }
    throw error;
  }
}

function revisionOf(pod: Pod): string | undefined {
  return pod.metadata.labels?.[REVISION_LABEL];
}

/** Plans and carries out the steps that are due. Returns the refusal that stopped them. */
function applySteps(
  set: StatefulSet,
  pods: readonly Pod[],
  history: History,
  currentRevision: string,
  context: ControllerContext,
): unknown {
  const spec = set.spec as Spec;
  const start = spec.ordinals?.start ?? 0;
  const replicas = spec.replicas ?? 1;
  const byOrdinal = new Map(pods.map((pod) => [ordinalOf(set, pod), pod]));
  const wanted = Array.from({ length: replicas }, (_, position) => byOrdinal.get(start + position));
  const condemned = pods.filter((pod) => !wanted.includes(pod)).toSorted((a, b) => (ordinalOf(set, b) ?? 0) - (ordinalOf(set, a) ?? 0));
  for (const [ordinal, pod] of byOrdinal) {
    if (ordinal !== undefined && !isTerminating(pod)) {
      restoreIdentity(set, ordinal, pod, condemned.includes(pod), context);
    }
  }
  const { type, rollingUpdate } = spec.updateStrategy ?? {};
  const steps = planStatefulSet(
    {
      wanted,
      condemned,
      isOrdered: spec.podManagementPolicy !== 'Parallel',
      minReadySeconds: spec.minReadySeconds ?? 0,
      updateRevision: history.update.metadata.name,
      rollingUpdate:
        type === 'OnDelete'
          ? undefined
          : {
              partition: rollingUpdate?.partition ?? 0,
              maxUnavailable: Math.max(1, scaledValue(rollingUpdate?.maxUnavailable ?? 1, replicas, 'up') ?? 1),
            },
    },
    context.clock.now(),
  );
  try {
    for (const step of steps) {
      applyStep(step, set, start, history, currentRevision, context);
    }
    return undefined;
  } catch (error) {
    return isNamespaceTerminating(error) ? undefined : error;
  }
}

function restoreIdentity(set: StatefulSet, ordinal: number, pod: Pod, isCondemned: boolean, context: ControllerContext): void {
  const corrected = withIdentity(set, ordinal, pod);
  if (corrected) {
    ifPresent(() => context.client.update(POD, corrected));
  }
  syncClaimOwners(set, ordinal, pod, isCondemned, context);
}

function applyStep(
  step: StatefulStep,
  set: StatefulSet,
  start: number,
  history: History,
  currentRevision: string,
  context: ControllerContext,
): void {
  const { client } = context;
  if (step.kind === 'delete') {
    const { namespace, name, uid } = step.pod.metadata;
    if (step.why === 'terminated' && !announceEnd(set, step.pod, context)) {
      return;
    }
    recorded(set, 'delete', name, context, () => ifPresent(() => client.delete(POD, namespace, name, { preconditions: { uid } })));
    return;
  }
  const ordinal = start + step.position;
  const isCurrent = keepsCurrentRevision(set, step.position) && currentRevision !== history.update.metadata.name;
  const revision = isCurrent ? history.revisions.find(({ metadata }) => metadata.name === currentRevision) : history.update;
  const { metadata } = revision ?? history.update;
  ensureClaims(set, ordinal, context);
  recorded(set, 'create', podName(set, ordinal), context, () =>
    client.create(POD, newPod(set, ordinal, templateOf(revision ?? history.update), metadata.name)),
  );
}

/** Says that an ended pod is replaced; false while it is too early for that. */
function announceEnd(set: StatefulSet, pod: Pod, { event, backOff }: ControllerContext): boolean {
  const hasFailed = pod.status?.phase === 'Failed';
  if (hasFailed && backOff.remainingSinceUpdate(paceKey(pod)) > 0) {
    return false;
  }
  if (hasFailed) {
    backOff.next(paceKey(pod));
  }
  const { namespace, name } = pod.metadata;
  const [reason, what] = hasFailed ? ['RecreatingFailedPod', 'failed'] : ['RecreatingTerminatedPod', 'terminated'];
  event(set, 'Warning', reason, `StatefulSet ${namespace}/${set.metadata.name} is recreating ${what} Pod ${name}`);
  return true;
}

/** Whether a pod that has to be created comes back as it was: below the partition it does. */
function keepsCurrentRevision(set: StatefulSet, position: number): boolean {
  const { type, rollingUpdate } = set.spec?.updateStrategy ?? {};
  if (type === 'OnDelete') {
    return false;
  }
  return position < (rollingUpdate ? (rollingUpdate.partition ?? 0) : (set.status?.currentReplicas ?? 0));
}

function recorded(set: StatefulSet, verb: 'create' | 'delete', pod: string, { event }: ControllerContext, write: () => unknown): void {
  const reason = verb === 'create' ? 'Create' : 'Delete';
  const subject = `${verb} Pod ${pod} in StatefulSet ${set.metadata.name}`;
  try {
    write();
    event(set, 'Normal', `Successful${reason}`, `${subject} successful`);
  } catch (error) {
    event(set, 'Warning', `Failed${reason}`, `${subject} failed error: ${messageOf(error)}`);
    throw error;
  }
}

/** Counts over the pods; a finished rolling update makes the new revision the current one. */
function statusOf(set: StatefulSet, pods: readonly Pod[], currentRevision: string, updateRevision: string, now: number): Status {
  const minReadySeconds = set.spec?.minReadySeconds ?? 0;
  const isLive = (pod: Pod) => !isTerminating(pod);
  const ready = pods.filter((pod) => pod.status?.phase === 'Running' && isReady(pod));
  const counts = {
    observedGeneration: set.metadata.generation ?? 0,
    readyReplicas: ready.length,
    currentReplicas: pods.filter((pod) => isLive(pod) && revisionOf(pod) === currentRevision).length,
    updatedReplicas: pods.filter((pod) => isLive(pod) && revisionOf(pod) === updateRevision).length,
  };
  const status: Status = {
    replicas: pods.length,
    availableReplicas: ready.filter((pod) => isAvailable(pod, minReadySeconds, now)).length,
    collisionCount: set.status?.collisionCount ?? 0,
    currentRevision,
    updateRevision,
    ...(set.status?.conditions ? { conditions: set.status.conditions } : {}),
  };
  if (set.spec?.updateStrategy?.type !== 'OnDelete' && counts.updatedReplicas === pods.length && ready.length === pods.length) {
    counts.currentReplicas = counts.updatedReplicas;
    status.currentRevision = updateRevision;
  }
  for (const [name, count] of Object.entries(counts) as [keyof typeof counts, number][]) {
    if (count > 0) {
      status[name] = count;
    }
  }
  return status;
}

/** When something may be due by time alone: a pod becomes available, or a failed one may be replaced. */
function nextTurn(spec: Spec, pods: readonly Pod[], { clock, backOff }: ControllerContext): ReconcileResult {
  const waits = pods.map((pod) =>
    pod.status?.phase === 'Failed'
      ? backOff.remainingSinceUpdate(paceKey(pod))
      : (availableInMs(pod, spec.minReadySeconds ?? 0, clock.now()) ?? 0),
  );
  const next = waits.filter((wait) => wait > 0);
  return next.length === 0 ? undefined : { requeueAfterMs: Math.min(...next) };
}

/** A pod keeps its name when it is replaced: one that fails again and again is replaced more and more slowly. */
function paceKey({ metadata }: Pod): string {
  return `${metadata.namespace}/${metadata.name}`;
}
