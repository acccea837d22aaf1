// Where a job stands: what its pods add up to, and whether that ends it. A pure reading of job and pods.
import type { Pod } from '../../types.ts';
import { parseTime } from '../../values/iso-time.ts';
import { findCondition } from '../conditions.ts';
import type { Job } from '../kinds.ts';
import { isActive, isReady, isTerminating } from '../pods/readiness.ts';
import { parseIndexes } from './indexes.ts';
import { type JobSpec, type JobStatus, failuresBefore, hasFailed, indexOf, isIndexed, isTracked } from './job-pods.ts';
import { judgeFailure, matchSuccess } from './policies.ts';

/** How a job ends: the interim condition comes at once, the last one when no pod is left running. */
export interface Ending {
  outcome: 'Complete' | 'Failed';
  reason: string;
  message: string;
}

export interface Progress {
  active: Pod[];
  terminating: Pod[];
  ready: number;
  /** Pods that ended and are not in the status yet. */
  newSucceeded: Pod[];
  newFailed: Pod[];
  /** Failures that a rule says not to count. */
  ignored: Pod[];
  succeeded: number;
  failed: number;
  completedIndexes: Set<number>;
  failedIndexes: Set<number>;
  ending: Ending | undefined;
  /** Milliseconds until activeDeadlineSeconds passes. */
  deadlineInMs: number | undefined;
}

export function readProgress(job: Job, pods: readonly Pod[], now: number): Progress {
  const spec = job.spec as JobSpec;
  const status = job.status ?? {};
  const indexed = isIndexed(job);
  const completions = spec.completions;
  const uncounted = new Set([...(status.uncountedTerminatedPods?.succeeded ?? []), ...(status.uncountedTerminatedPods?.failed ?? [])]);
  const isNew = (pod: Pod) => isTracked(pod) && !uncounted.has(pod.metadata.uid);
  const isIndexInRange = (pod: Pod) => !indexed || (indexOf(pod) ?? Number.POSITIVE_INFINITY) < (completions ?? 0);

  const newSucceeded = pods.filter((pod) => isNew(pod) && pod.status?.phase === 'Succeeded' && isIndexInRange(pod));
  const failures = pods.filter((pod) => isNew(pod) && hasFailed(spec, pod) && isIndexInRange(pod));
  const verdicts = failures.map((pod) => ({ pod, ...judgeFailure(spec.podFailurePolicy, pod) }));
  const newFailed = verdicts.filter(({ action }) => action !== 'Ignore').map(({ pod }) => pod);

  const completedIndexes = parseIndexes(status.completedIndexes);
  const failedIndexes = parseIndexes(status.failedIndexes);
  if (indexed) {
    for (const pod of newSucceeded) {
      completedIndexes.add(indexOf(pod) ?? 0);
    }
    for (const { pod, action } of verdicts) {
      const isUsedUp = spec.backoffLimitPerIndex !== undefined && action === 'Count' && failuresBefore(pod) >= spec.backoffLimitPerIndex;
      if ((isUsedUp || action === 'FailIndex') && !completedIndexes.has(indexOf(pod) ?? 0)) {
        failedIndexes.add(indexOf(pod) ?? 0);
      }
    }
  }
  const active = pods.filter(isActive);
  const progress: Progress = {
    active,
    terminating: pods.filter((pod) => isTerminating(pod) && pod.status?.phase !== 'Failed' && pod.status?.phase !== 'Succeeded'),
    ready: active.filter(isReady).length,
    newSucceeded,
    newFailed,
    ignored: verdicts.filter(({ action }) => action === 'Ignore').map(({ pod }) => pod),
    succeeded: indexed
      ? completedIndexes.size
      : (status.succeeded ?? 0) + (status.uncountedTerminatedPods?.succeeded?.length ?? 0) + newSucceeded.length,
    failed: (status.failed ?? 0) + (status.uncountedTerminatedPods?.failed?.length ?? 0) + newFailed.length,
    completedIndexes,
    failedIndexes,
    ending: undefined,
    deadlineInMs: deadlineInMs(spec, status, now),
  };
  const failJob = verdicts.find(({ action }) => action === 'FailJob');
  progress.ending =
    endingBefore(status) ??
    (failJob && { outcome: 'Failed', reason: 'PodFailurePolicy', message: failJob.message }) ??
    endingNow(job, spec, pods, progress);
  return progress;
}

function deadlineInMs(spec: JobSpec, status: JobStatus, now: number): number | undefined {
  const startedAt = parseTime(status.startTime);
  if (spec.activeDeadlineSeconds === undefined || startedAt === undefined || spec.suspend) {
    return undefined;
  }
  return startedAt + spec.activeDeadlineSeconds * 1000 - now;
}

/** An ending that was decided in an earlier reconcile. */
function endingBefore({ conditions }: JobStatus): Ending | undefined {
  for (const [type, outcome] of [
    ['FailureTarget', 'Failed'],
    ['SuccessCriteriaMet', 'Complete'],
  ] as const) {
    const condition = findCondition(conditions, type);
    if (condition?.status === 'True') {
      return { outcome, reason: condition.reason ?? '', message: condition.message ?? '' };
    }
  }
  return undefined;
}

function endingNow(job: Job, spec: JobSpec, pods: readonly Pod[], progress: Progress): Ending | undefined {
  const backoffLimit = spec.backoffLimit ?? 6;
  if (progress.failed > backoffLimit || hasRestartedTooOften(spec, backoffLimit, pods)) {
    return { outcome: 'Failed', reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
  }
  if (progress.deadlineInMs !== undefined && progress.deadlineInMs <= 0) {
    return { outcome: 'Failed', reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' };
  }
  if (isIndexed(job)) {
    const { completedIndexes, failedIndexes } = progress;
    if (spec.maxFailedIndexes !== undefined && failedIndexes.size > spec.maxFailedIndexes) {
      return {
        outcome: 'Failed',
        reason: 'MaxFailedIndexesExceeded',
        message: 'Job has exceeded the specified maximal number of failed indexes',
      };
    }
    if (failedIndexes.size > 0 && completedIndexes.size + failedIndexes.size >= (spec.completions ?? 0)) {
      return { outcome: 'Failed', reason: 'FailedIndexes', message: 'Job has failed indexes' };
    }
    const matched = matchSuccess(spec.successPolicy, completedIndexes);
    if (matched !== undefined) {
      return { outcome: 'Complete', reason: 'SuccessPolicy', message: matched };
    }
  }
  const isComplete =
    spec.completions === undefined ? progress.succeeded > 0 && progress.active.length === 0 : progress.succeeded >= spec.completions;
  return isComplete
    ? { outcome: 'Complete', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' }
    : undefined;
}

/** With restartPolicy OnFailure the containers' restarts count against the limit. */
function hasRestartedTooOften({ template }: JobSpec, backoffLimit: number, pods: readonly Pod[]): boolean {
  if (template.spec?.restartPolicy !== 'OnFailure') {
    return false;
  }
  let restarts = 0;
  for (const { status } of pods) {
    if (status?.phase === 'Running' || status?.phase === 'Pending') {
      for (const { restartCount } of [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])]) {
        restarts += restartCount;
      }
    }
  }
  return backoffLimit === 0 ? restarts > 0 : restarts >= backoffLimit;
}
