// Jobs of a cron job that ended: how, and which of them are old enough to go.
import { parseTime } from '../../values/iso-time.ts';
import type { Job } from '../kinds.ts';

/** `Complete` or `Failed`; undefined while the job runs. */
export function outcomeOf(job: Job): 'Complete' | 'Failed' | undefined {
  const ended = job.status?.conditions?.find(({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True');
  return ended?.type as 'Complete' | 'Failed' | undefined;
}

/** The jobs beyond the limits of history, oldest first. */
export function expiredJobs(jobs: readonly Job[], successfulLimit: number | undefined, failedLimit: number | undefined): Job[] {
  const oldest = (outcome: 'Complete' | 'Failed', limit: number | undefined) => {
    const ended = jobs.filter((job) => outcomeOf(job) === outcome).toSorted(byStart);
    return limit === undefined ? [] : ended.slice(0, Math.max(0, ended.length - limit));
  };
  return [...oldest('Complete', successfulLimit), ...oldest('Failed', failedLimit)];
}

function byStart(a: Job, b: Job): number {
  const startOf = (job: Job) => parseTime(job.status?.startTime) ?? Number.POSITIVE_INFINITY;
  const difference = startOf(a) - startOf(b);
  return Number.isNaN(difference) || difference === 0 ? (a.metadata.name < b.metadata.name ? -1 : 1) : difference;
}
