// How many pods a job should run now, and for which indexes.
import type { Pod } from '../../types.ts';
import type { Job } from '../kinds.ts';
import { podsToDelete } from '../pods/ranking.ts';
import { type JobSpec, backoffLeftMs, failuresBefore, hasFailed, indexOf, isIndexed, replacesOnlyFailed } from './job-pods.ts';
import { judgeFailure } from './policies.ts';
import type { Progress } from './progress.ts';

export interface NewJobPod {
  index?: number;
  failures?: { counted: number; ignored: number };
}

export interface Sizing {
  create: NewJobPod[];
  delete: readonly Pod[];
  /** Milliseconds until a pod may be started that failures hold back. */
  backoffInMs: number | undefined;
}

export function sizeJob(job: Job, pods: readonly Pod[], progress: Progress, now: number): Sizing {
  const spec = job.spec as JobSpec;
  const { active, terminating, succeeded } = progress;
  if (spec.suspend) {
    return { create: [], delete: active, backoffInMs: undefined };
  }
  const indexed = isIndexed(job);
  const surplusIndexes = indexed ? duplicateIndexes(active, spec, progress) : [];
  const kept = active.filter((pod) => !surplusIndexes.includes(pod));
  const wanted = wantedActive(spec, progress, kept.length);
  if (kept.length > wanted || surplusIndexes.length > 0) {
    const surplus = podsToDelete(kept, kept, Math.max(0, kept.length - wanted), now);
    return { create: [], delete: kept.length > wanted ? [...surplusIndexes, ...surplus] : surplusIndexes, backoffInMs: undefined };
  }
  const stopping = replacesOnlyFailed(spec) ? terminating.length : 0;
  const missing = wanted - kept.length - stopping;
  if (missing <= 0 || (spec.completions !== undefined && succeeded >= spec.completions)) {
    return { create: [], delete: [], backoffInMs: undefined };
  }
  if (indexed) {
    return newIndexes(spec, pods, kept, progress, missing, now);
  }
  const wait = backoffLeftMs(spec, pods, now);
  return wait > 0
    ? { create: [], delete: [], backoffInMs: wait }
    : { create: Array.from({ length: missing }, () => ({})), delete: [], backoffInMs: undefined };
}

function wantedActive(spec: JobSpec, { succeeded, completedIndexes, failedIndexes }: Progress, active: number): number {
  const parallelism = spec.parallelism ?? 1;
  if (spec.completions === undefined) {
    // A work queue: once one pod has succeeded the others finish and none is added.
    return succeeded > 0 ? Math.min(active, parallelism) : parallelism;
  }
  const done = spec.completionMode === 'Indexed' ? completedIndexes.size + failedIndexes.size : succeeded;
  return Math.min(Math.max(0, spec.completions - done), parallelism);
}

/** Active pods of indexes that another pod works on already, that are done, or that no longer exist. */
function duplicateIndexes(active: readonly Pod[], spec: JobSpec, { completedIndexes, failedIndexes }: Progress): Pod[] {
  const seen = new Set<number>();
  return active.filter((pod) => {
    const index = indexOf(pod);
    if (
      index === undefined ||
      index >= (spec.completions ?? 0) ||
      completedIndexes.has(index) ||
      failedIndexes.has(index) ||
      seen.has(index)
    ) {
      return true;
    }
    seen.add(index);
    return false;
  });
}

/** The lowest indexes that nobody works on, without those that wait after a failure. */
function newIndexes(spec: JobSpec, pods: readonly Pod[], active: readonly Pod[], progress: Progress, missing: number, now: number): Sizing {
  const busy = new Set([...active, ...(replacesOnlyFailed(spec) ? progress.terminating : [])].map(indexOf));
  const byIndex = Map.groupBy(pods, indexOf);
  const create: NewJobPod[] = [];
  let soonest: number | undefined;
  const wait = spec.backoffLimitPerIndex === undefined ? backoffLeftMs(spec, pods, now) : 0;
  if (wait > 0) {
    return { create, delete: [], backoffInMs: wait };
  }
  for (let index = 0; index < (spec.completions ?? 0) && create.length < missing; index += 1) {
    if (busy.has(index) || progress.completedIndexes.has(index) || progress.failedIndexes.has(index)) {
      continue;
    }
    if (spec.backoffLimitPerIndex === undefined) {
      create.push({ index });
      continue;
    }
    const before = byIndex.get(index) ?? [];
    const left = backoffLeftMs(spec, before, now);
    if (left > 0) {
      soonest = Math.min(soonest ?? left, left);
    } else {
      create.push({ index, failures: countFailures(spec, before) });
    }
  }
  return { create, delete: [], backoffInMs: soonest };
}

function countFailures(spec: JobSpec, pods: readonly Pod[]): { counted: number; ignored: number } {
  let counted = 0;
  let ignored = 0;
  for (const pod of pods) {
    if (hasFailed(spec, pod)) {
      const isIgnored = judgeFailure(spec.podFailurePolicy, pod).action === 'Ignore';
      counted = Math.max(counted, failuresBefore(pod) + (isIgnored ? 0 : 1));
      ignored += isIgnored ? 1 : 0;
    }
  }
  return { counted, ignored };
}
