// Jobs: runs pods until enough have succeeded or too many have failed, counting each exactly once.
import { messageOf } from '../../../base/index.ts';
import type { Pod } from '../types.ts';
import { isoTime } from '../values/iso-time.ts';
import { matchesSelector } from '../values/label-selector.ts';
import { sameValue } from '../values/same.ts';
import { findCondition } from './conditions.ts';
import type { Controller, ControllerContext, Key, ReconcileResult } from './controller.ts';
import { formatIndexes } from './jobs/indexes.ts';
import { type JobStatus, TRACKING_FINALIZER, isIndexed, isTracked, newJobPod } from './jobs/job-pods.ts';
import { type Ending, type Progress, readProgress } from './jobs/progress.ts';
import { sizeJob } from './jobs/sizing.ts';
import { objectOf, watchOwned, watchSelf } from './keys.ts';
import { JOB, type Job, POD } from './kinds.ts';
import { claim, ifPresent } from './ownership.ts';
import { deletePod, isNamespaceTerminating } from './pods/replicas.ts';
import { slowStart } from './pods/slow-start.ts';

type JobCondition = NonNullable<JobStatus['conditions']>[number];

/** Pods created before other keys get their turn. */
const CREATES_PER_RECONCILE = 20;
const OTHER_MANAGERS = 'kubernetes.io/job-controller';

export const jobController: Controller = {
  name: 'job-controller',
  watches: [watchSelf(JOB), watchOwned(POD, JOB, ({ spec }, pod) => matchesSelector(spec?.selector, pod.metadata.labels))],
  reconcile,
};

export function isJobFinished(job: Job): boolean {
  return (job.status?.conditions ?? []).some(({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True');
}

function reconcile(key: Key, context: ControllerContext): ReconcileResult {
  const { client, clock } = context;
  const found = objectOf(client, JOB, key);
  if (!found?.spec || (found.spec.managedBy && found.spec.managedBy !== OTHER_MANAGERS)) {
    return undefined;
  }
  if (isJobFinished(found)) {
    for (const pod of client.list(POD, { namespace: found.metadata.namespace, controllerUid: found.metadata.uid })) {
      releasePod(pod, context);
    }
    return undefined;
  }
  const job = found.metadata.deletionTimestamp ? found : start(found, context);
  const pods = claim(client, POD, job, job.spec?.selector);
  const now = clock.now();
  const progress = readProgress(job, pods, now);
  let requeueAfterMs = progress.deadlineInMs;
  let failure: unknown;
  if (progress.ending || job.metadata.deletionTimestamp) {
    failure = removePods(job, progress.active, context);
  } else {
    const sizing = sizeJob(job, pods, progress, now);
    failure = removePods(job, sizing.delete, context);
    const creates = sizing.create.slice(0, CREATES_PER_RECONCILE).values();
    const { error } = slowStart(Math.min(sizing.create.length, CREATES_PER_RECONCILE), () => {
      const { index, failures } = creates.next().value ?? {};
      createPod(job, newJobPod(job, index, failures), context);
    });
    failure ??= isNamespaceTerminating(error) ? undefined : error;
    if (failure === undefined && sizing.create.length > CREATES_PER_RECONCILE) {
      requeueAfterMs = 0;
    }
    requeueAfterMs = Math.min(requeueAfterMs ?? Number.POSITIVE_INFINITY, sizing.backoffInMs ?? Number.POSITIVE_INFINITY);
  }
  track(job, progress, context);
  if (failure !== undefined) {
    throw failure;
  }
  return requeueAfterMs !== undefined && Number.isFinite(requeueAfterMs) ? { requeueAfterMs: Math.max(0, requeueAfterMs) } : undefined;
}

/** Notes the start, or the suspension, of a job. */
function start(job: Job, { client, clock, event }: ControllerContext): Job {
  const suspended = findCondition(job.status?.conditions, 'Suspended');
  const now = isoTime(clock.now());
  if (job.spec?.suspend) {
    if (suspended?.status === 'True') {
      return job;
    }
    const condition = jobCondition('Suspended', 'True', 'JobSuspended', 'Job suspended', now);
    const { startTime: _, ...status } = job.status ?? {};
    const written = client.updateStatus(JOB, { ...job, status: { ...status, conditions: withJobCondition(status.conditions, condition) } });
    event(job, 'Normal', 'Suspended', 'Job suspended');
    return written;
  }
  if (suspended?.status === 'True') {
    const condition = jobCondition('Suspended', 'False', 'JobResumed', 'Job resumed', now);
    const status = { ...job.status, startTime: now, conditions: withJobCondition(job.status?.conditions, condition) };
    const written = client.updateStatus(JOB, { ...job, status });
    event(job, 'Normal', 'Resumed', 'Job resumed');
    return written;
  }
  return job.status?.startTime ? job : client.updateStatus(JOB, { ...job, status: { ...job.status, startTime: now } });
}

function createPod(job: Job, pod: object, { client, event }: ControllerContext): void {
  try {
    const { metadata } = client.create(POD, pod);
    event(job, 'Normal', 'SuccessfulCreate', `Created pod: ${metadata.name}`);
  } catch (error) {
    if (!isNamespaceTerminating(error)) {
      event(job, 'Warning', 'FailedCreate', `Error creating: ${messageOf(error)}`);
    }
    throw error;
  }
}

function removePods(job: Job, pods: readonly Pod[], context: ControllerContext): unknown {
  let failure: unknown;
  for (const pod of pods) {
    try {
      deletePod(job, pod, context);
    } catch (error) {
      failure ??= error;
    }
  }
  return failure;
}

/** Lets go of a pod that has been counted. */
function releasePod(pod: Pod, { client }: ControllerContext): void {
  const current = client.get(POD, pod.metadata.namespace, pod.metadata.name);
  if (current && current.metadata.uid === pod.metadata.uid && isTracked(current)) {
    const finalizers = current.metadata.finalizers?.filter((finalizer) => finalizer !== TRACKING_FINALIZER);
    ifPresent(() => client.update(POD, { ...current, metadata: { ...current.metadata, finalizers } }));
  }
}

/**
 * Counts ended pods exactly once, whenever the process may stop: first their uids are noted in the status, then their
 * finalizers go, then the uids become numbers.
 */
function track(job: Job, progress: Progress, context: ControllerContext): void {
  const { client, clock } = context;
  const noted = job.status?.uncountedTerminatedPods ?? {};
  const uidsOf = (pods: readonly Pod[]) => pods.map(({ metadata }) => metadata.uid);
  const uncounted = {
    // The indexes of an indexed job are their own count.
    succeeded: isIndexed(job) ? [] : [...(noted.succeeded ?? []), ...uidsOf(progress.newSucceeded)],
    failed: [...(noted.failed ?? []), ...uidsOf(progress.newFailed)],
  };
  const ended = [...progress.newSucceeded, ...progress.newFailed, ...progress.ignored];
  const noting = { ...statusOf(job, progress), uncountedTerminatedPods: withoutEmpty(uncounted) };
  let current = job;
  if (ended.length > 0) {
    const conditions = interimConditions(job, progress.ending, clock.now());
    current = client.updateStatus(JOB, { ...job, status: withoutAbsent({ ...job.status, ...noting, conditions }) });
    ended.forEach((pod) => releasePod(pod, context));
  }
  const remaining = client.list(POD, { namespace: job.metadata.namespace, controllerUid: job.metadata.uid });
  const after = readProgress({ ...job, status: { ...current.status, ...noting } }, remaining, clock.now());
  const isOver = progress.ending !== undefined && after.active.length === 0 && after.terminating.length === 0;
  const status: JobStatus = {
    ...current.status,
    ...statusOf(job, { ...after, completedIndexes: progress.completedIndexes, failedIndexes: progress.failedIndexes }),
    uncountedTerminatedPods: {},
    conditions: isOver ? finalConditions(job, progress.ending, clock.now()) : interimConditions(job, progress.ending, clock.now()),
  };
  setCount(status, 'succeeded', progress.succeeded);
  setCount(status, 'failed', progress.failed);
  if (isOver && progress.ending?.outcome === 'Complete') {
    status.completionTime = isoTime(clock.now());
  }
  if (status.conditions?.length === 0) {
    status.conditions = undefined;
  }
  if (!sameValue(status, current.status) || job.status?.ready === undefined) {
    client.updateStatus(JOB, { ...current, status: withoutAbsent(status) });
  }
  if (isOver) {
    reportEnding(job, progress.ending, context);
  }
}

function reportEnding(job: Job, ending: Ending | undefined, { event }: ControllerContext): void {
  if (ending?.outcome === 'Complete') {
    event(job, 'Normal', 'Completed', 'Job completed');
  } else if (ending) {
    event(job, 'Warning', ending.reason, ending.message);
  }
}

/** Drops the fields that say nothing: a count that fell to zero is not there. */
function withoutAbsent(status: JobStatus): JobStatus {
  return Object.fromEntries(Object.entries(status).filter(([, value]) => value !== undefined));
}

/** Counts of live pods, and the indexes. */
function statusOf(job: Job, progress: Progress): JobStatus {
  const status: JobStatus = { ready: progress.ready, terminating: progress.terminating.length };
  setCount(status, 'active', progress.active.length);
  if (isIndexed(job)) {
    status.completedIndexes = progress.completedIndexes.size > 0 ? formatIndexes(progress.completedIndexes) : undefined;
    if (job.spec?.backoffLimitPerIndex !== undefined) {
      status.failedIndexes = formatIndexes(progress.failedIndexes);
    }
  }
  return status;
}

function setCount(status: JobStatus, name: 'active' | 'succeeded' | 'failed', count: number): void {
  status[name] = count > 0 ? count : undefined;
}

function withoutEmpty({ succeeded, failed }: { succeeded: string[]; failed: string[] }) {
  return { ...(succeeded.length > 0 ? { succeeded } : {}), ...(failed.length > 0 ? { failed } : {}) };
}

/** What is decided but not over: `SuccessCriteriaMet` or `FailureTarget`. */
function interimConditions(job: Job, ending: Ending | undefined, now: number): JobCondition[] {
  const conditions = job.status?.conditions ?? [];
  if (!ending) {
    return [...conditions];
  }
  const type = ending.outcome === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget';
  return findCondition(conditions, type)?.status === 'True'
    ? [...conditions]
    : withJobCondition(conditions, jobCondition(type, 'True', ending.reason, ending.message, isoTime(now)));
}

function finalConditions(job: Job, ending: Ending | undefined, now: number): JobCondition[] {
  const conditions = interimConditions(job, ending, now);
  return ending
    ? withJobCondition(conditions, jobCondition(ending.outcome, 'True', ending.reason, ending.message, isoTime(now)))
    : conditions;
}

function jobCondition(type: string, status: string, reason: string, message: string, now: string): JobCondition {
  return { type, status, lastProbeTime: now, lastTransitionTime: now, reason, message };
}

function withJobCondition(conditions: readonly JobCondition[] | undefined, condition: JobCondition): JobCondition[] {
  const list = [...(conditions ?? [])];
  const index = list.findIndex(({ type }) => type === condition.type);
  if (index === -1) {
    return [...list, condition];
  }
  list[index] = condition;
  return list;
}
