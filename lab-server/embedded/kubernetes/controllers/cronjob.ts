// CronJobs: starts a job at each scheduled time, by the wall clock of a time zone, and clears away old ones.
import { messageOf } from '../../../base/index.ts';
import { isApiError } from '../api/errors.ts';
import { referenceTo } from '../events/index.ts';
import { isTimeZone, nextTime } from '../values/cron-times.ts';
import { type CronSchedule, CronFormatError, parseCron } from '../values/cron.ts';
import { isoTime, parseTime } from '../values/iso-time.ts';
import { sameValue } from '../values/same.ts';
import type { Controller, ControllerContext, Key, ReconcileResult } from './controller.ts';
import { expiredJobs, outcomeOf } from './cronjobs/finished-jobs.ts';
import { dueTimes, rfc1123 } from './cronjobs/schedule-times.ts';
import { objectOf, ownerKeys, watchSelf } from './keys.ts';
import { CRON_JOB, type CronJob, JOB, type Job } from './kinds.ts';
import { ifPresent } from './ownership.ts';
import { controllerReference } from './pods/from-template.ts';
import { isNamespaceTerminating } from './pods/replicas.ts';

type Status = NonNullable<CronJob['status']>;
type Spec = NonNullable<CronJob['spec']>;

/** A little after the scheduled time, so that the time has passed for certain. */
const SCHEDULE_MARGIN_MS = 100;
const SCHEDULED_ANNOTATION = 'batch.kubernetes.io/cronjob-scheduled-timestamp';

export const cronJobController: Controller = {
  name: 'cronjob-controller',
  watches: [watchSelf(CRON_JOB), { kind: JOB, keys: (job, old) => ownerKeys(CRON_JOB, job, old) }],
  reconcile,
};

function reconcile(key: Key, context: ControllerContext): ReconcileResult {
  const { client, clock } = context;
  const cronJob = objectOf(client, CRON_JOB, key);
  if (!cronJob?.spec) {
    return undefined;
  }
  const jobs = client.list(JOB, { namespace: cronJob.metadata.namespace, controllerUid: cronJob.metadata.uid });
  const status = observe(cronJob, jobs, context);
  const { successfulJobsHistoryLimit, failedJobsHistoryLimit } = cronJob.spec;
  for (const job of expiredJobs(jobs, successfulJobsHistoryLimit, failedJobsHistoryLimit)) {
    deleteJob(cronJob, job, context);
  }
  let next: number | undefined;
  try {
    if (!cronJob.metadata.deletionTimestamp && !cronJob.spec.suspend) {
      next = schedule(cronJob, cronJob.spec, status, context);
    }
  } finally {
    if (!sameValue(status, cronJob.status)) {
      client.updateStatus(CRON_JOB, { ...cronJob, status });
    }
  }
  return next === undefined ? undefined : { requeueAfterMs: next - clock.now() + SCHEDULE_MARGIN_MS };
}

/** The status brought up to date with the jobs there are. */
function observe(cronJob: CronJob, jobs: readonly Job[], { client, event }: ControllerContext): Status {
  const status: Status = { ...cronJob.status };
  let active = [...(status.active ?? [])];
  for (const job of jobs) {
    const { uid, name } = job.metadata;
    const outcome = outcomeOf(job);
    const isKnown = active.some((reference) => reference.uid === uid);
    if (!outcome && !isKnown) {
      event(cronJob, 'Warning', 'UnexpectedJob', `Saw a job that the controller did not create or forgot: ${name}`);
    } else if (outcome && isKnown) {
      active = active.filter((reference) => reference.uid !== uid);
      event(cronJob, 'Normal', 'SawCompletedJob', `Saw completed job: ${name}, condition: ${outcome}`);
    }
    const completedAt = outcome === 'Complete' ? job.status?.completionTime : undefined;
    if (completedAt && (parseTime(completedAt) ?? 0) > (parseTime(status.lastSuccessfulTime) ?? 0)) {
      status.lastSuccessfulTime = completedAt;
    }
  }
  for (const reference of active) {
    if (!jobs.some(({ metadata }) => metadata.uid === reference.uid) && !client.get(JOB, reference.namespace, reference.name ?? '')) {
      active = active.filter((one) => one !== reference);
      event(cronJob, 'Normal', 'MissingJob', `Active job went missing: ${reference.name}`);
    }
  }
  return withActive(status, active);
}

function withActive(status: Status, active: NonNullable<Status['active']>): Status {
  const { active: _, ...others } = status;
  return active.length > 0 ? { ...others, active } : others;
}

/** Starts what is due, noting it in `status`; returns when the next job is due. */
function schedule(cronJob: CronJob, spec: Spec, status: Status, context: ControllerContext): number | undefined {
  const { clock, event } = context;
  const now = clock.now();
  const { timeZone } = spec;
  const times = parsedSchedule(cronJob, spec, context);
  if (!times) {
    return undefined;
  }
  const next = nextTime(times, now, timeZone);
  const { due, missedMany, missed } = dueTimes(times, startOfSearch(cronJob, spec, status, now), now, timeZone);
  if (missedMany) {
    const hint = 'Set or decrease .spec.startingDeadlineSeconds or check clock skew';
    event(cronJob, 'Warning', 'TooManyMissedTimes', `too many missed start times: ${missed}. ${hint}`);
  }
  if (due === undefined || parseTime(status.lastScheduleTime) === due) {
    return next;
  }
  if (spec.startingDeadlineSeconds !== undefined && due + spec.startingDeadlineSeconds * 1000 < now) {
    event(cronJob, 'Warning', 'MissSchedule', `Missed scheduled time to start a job: ${rfc1123(due)}`);
    return next;
  }
  if (spec.concurrencyPolicy === 'Forbid' && (status.active?.length ?? 0) > 0) {
    const message = 'Not starting job because prior execution is running and concurrency policy is Forbid';
    event(cronJob, 'Normal', 'JobAlreadyActive', message);
    return next;
  }
  if (spec.concurrencyPolicy === 'Replace') {
    for (const reference of status.active ?? []) {
      const job = context.client.get(JOB, reference.namespace, reference.name ?? '');
      if (job) {
        deleteJob(cronJob, job, context);
      }
    }
    delete status.active;
  }
  startJob(cronJob, spec, due, status, context);
  return next;
}

function parsedSchedule(cronJob: CronJob, spec: Spec, { event }: ControllerContext): CronSchedule | undefined {
  if (spec.timeZone !== undefined && !isTimeZone(spec.timeZone)) {
    event(cronJob, 'Warning', 'UnknownTimeZone', `invalid timeZone: "${spec.timeZone}": unknown time zone ${spec.timeZone}`);
    return undefined;
  }
  try {
    return parseCron(spec.schedule);
  } catch (error) {
    if (!(error instanceof CronFormatError)) {
      throw error;
    }
    event(cronJob, 'Warning', 'UnparseableSchedule', `unparseable schedule: "${spec.schedule}" : ${error.message}`);
    return undefined;
  }
}

/** Times before this one are no longer looked for. */
function startOfSearch({ metadata }: CronJob, { startingDeadlineSeconds }: Spec, status: Status, now: number): number {
  const since = parseTime(status.lastScheduleTime) ?? parseTime(metadata.creationTimestamp) ?? now;
  return startingDeadlineSeconds === undefined ? since : Math.max(since, now - startingDeadlineSeconds * 1000);
}

function startJob(cronJob: CronJob, spec: Spec, due: number, status: Status, { client, event }: ControllerContext): void {
  const { labels, annotations } = spec.jobTemplate.metadata ?? {};
  const name = `${cronJob.metadata.name}-${Math.floor(due / 60_000)}`;
  let job: Job | undefined;
  try {
    job = client.create(JOB, {
      apiVersion: JOB.apiVersion,
      kind: JOB.kind,
      metadata: {
        name,
        namespace: cronJob.metadata.namespace,
        labels: { ...labels },
        annotations: { ...annotations, [SCHEDULED_ANNOTATION]: isoTime(due) },
        ownerReferences: [controllerReference(cronJob)],
      },
      spec: spec.jobTemplate.spec,
    });
    event(cronJob, 'Normal', 'SuccessfulCreate', `Created job ${name}`);
  } catch (error) {
    if (isNamespaceTerminating(error)) {
      return;
    }
    job = isApiError(error, 'AlreadyExists') ? client.get(JOB, cronJob.metadata.namespace, name) : undefined;
    if (!job) {
      event(cronJob, 'Warning', 'FailedCreate', `Error creating job: ${messageOf(error)}`);
      throw error;
    }
  }
  status.active = [...(status.active ?? []), referenceTo(job)];
  status.lastScheduleTime = isoTime(due);
}

function deleteJob(cronJob: CronJob, job: Job, { client, event }: ControllerContext): void {
  const { namespace, name, deletionTimestamp } = job.metadata;
  if (deletionTimestamp) {
    return;
  }
  try {
    ifPresent(() => client.delete(JOB, namespace, name, { propagationPolicy: 'Background' }));
    event(cronJob, 'Normal', 'SuccessfulDelete', `Deleted job ${name}`);
  } catch (error) {
    event(cronJob, 'Warning', 'FailedDelete', `Deleted job: ${messageOf(error)}`);
    throw error;
  }
}
