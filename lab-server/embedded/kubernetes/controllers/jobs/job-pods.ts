// The pods of a job: how they are made, which index they work on, and how they ended.
import type { Pod } from '../../types.ts';
import { parseTime } from '../../values/iso-time.ts';
import type { Job } from '../kinds.ts';
import { type NewPod, podFromTemplate } from '../pods/from-template.ts';
import { isTerminating } from '../pods/readiness.ts';

export const TRACKING_FINALIZER = 'batch.kubernetes.io/job-tracking';
export const INDEX_ANNOTATION = 'batch.kubernetes.io/job-completion-index';
const INDEX_FAILURES = 'batch.kubernetes.io/job-index-failure-count';
const INDEX_IGNORED_FAILURES = 'batch.kubernetes.io/job-index-ignored-failure-count';
const INDEX_VARIABLE = 'JOB_COMPLETION_INDEX';

export type JobSpec = NonNullable<Job['spec']>;
export type JobStatus = NonNullable<Job['status']>;

export function isIndexed({ spec }: Job): boolean {
  return spec?.completionMode === 'Indexed';
}

/** The completion index of a pod; undefined when it has none. */
export function indexOf(pod: Pod): number | undefined {
  const text = pod.metadata.annotations?.[INDEX_ANNOTATION];
  return text !== undefined && /^[0-9]+$/.test(text) ? Number(text) : undefined;
}

/** How often the pod's index had failed before it. */
export function failuresBefore(pod: Pod): number {
  return Number(pod.metadata.annotations?.[INDEX_FAILURES] ?? 0);
}

export function isTracked(pod: Pod): boolean {
  return pod.metadata.finalizers?.includes(TRACKING_FINALIZER) === true;
}

/** Whether only pods that ended are replaced, and not those that are still stopping. */
export function replacesOnlyFailed({ podReplacementPolicy, podFailurePolicy }: JobSpec): boolean {
  return (podReplacementPolicy ?? (podFailurePolicy ? 'Failed' : 'TerminatingOrFailed')) === 'Failed';
}

/** A pod that ended without success, or is being deleted where such pods count as failed. */
export function hasFailed(spec: JobSpec, pod: Pod): boolean {
  if (pod.status?.phase === 'Failed') {
    return true;
  }
  return !replacesOnlyFailed(spec) && isTerminating(pod) && pod.status?.phase !== 'Succeeded';
}

/** A pod for a job, or for one index of it with the number of failures it had so far. */
export function newJobPod(job: Job, index?: number, failures?: { counted: number; ignored: number }): NewPod {
  const pod = podFromTemplate(job, job.spec?.template ?? {});
  pod.metadata.finalizers = [...(pod.metadata.finalizers ?? []), TRACKING_FINALIZER];
  if (index === undefined) {
    return pod;
  }
  const name = job.metadata.name;
  pod.metadata.generateName = `${name}-${index}-`;
  pod.metadata.labels = { ...pod.metadata.labels, [INDEX_ANNOTATION]: String(index) };
  pod.metadata.annotations = { ...pod.metadata.annotations, [INDEX_ANNOTATION]: String(index) };
  if (failures) {
    pod.metadata.annotations[INDEX_FAILURES] = String(failures.counted);
    if (failures.ignored > 0) {
      pod.metadata.annotations[INDEX_IGNORED_FAILURES] = String(failures.ignored);
    }
  }
  pod.spec.hostname = `${name}-${index}`;
  const variable = { name: INDEX_VARIABLE, valueFrom: { fieldRef: { fieldPath: `metadata.labels['${INDEX_ANNOTATION}']` } } };
  for (const container of [...(pod.spec.initContainers ?? []), ...pod.spec.containers]) {
    if (!container.env?.some((entry) => entry.name === INDEX_VARIABLE)) {
      container.env = [...(container.env ?? []), variable];
    }
  }
  return pod;
}

/** When the last of the pod's containers ended, else when it was told to stop or the pod was created. */
export function finishedAt(pod: Pod): number {
  const ends = (pod.status?.containerStatuses ?? []).map(({ state }) => parseTime(state?.terminated?.finishedAt) ?? 0);
  const latest = Math.max(0, ...ends);
  return latest || (parseTime(pod.metadata.deletionTimestamp) ?? parseTime(pod.metadata.creationTimestamp) ?? 0);
}

const FIRST_BACKOFF_MS = 10_000;
const LAST_BACKOFF_MS = 600_000;

/** Milliseconds until a job, or one index of it, may start another pod after those that ended: 10 s, doubled by each failure since a success. */
export function backoffLeftMs(spec: JobSpec, ended: readonly Pod[], now: number): number {
  const order = ended.toSorted((a, b) => finishedAt(b) - finishedAt(a));
  const successAt = order.findIndex((pod) => pod.status?.phase === 'Succeeded');
  const failures = (successAt === -1 ? order : order.slice(0, successAt)).filter((pod) => hasFailed(spec, pod));
  const [latest] = failures;
  if (!latest) {
    return 0;
  }
  const delay = Math.min(FIRST_BACKOFF_MS * 2 ** (failures.length - 1), LAST_BACKOFF_MS);
  return Math.max(0, finishedAt(latest) + delay - now);
}
