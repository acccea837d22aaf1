import { describe, expect, it } from 'vitest';
import { cronJobController } from '../../../../lab-server/embedded/kubernetes/controllers/cronjob.ts';
import { dueTimes, rfc1123 } from '../../../../lab-server/embedded/kubernetes/controllers/cronjobs/schedule-times.ts';
import { jobController } from '../../../../lab-server/embedded/kubernetes/controllers/job.ts';
import { CRON_JOB, type CronJob, JOB } from '../../../../lab-server/embedded/kubernetes/controllers/kinds.ts';
import { ttlAfterFinishedController } from '../../../../lab-server/embedded/kubernetes/controllers/ttl-after-finished.ts';
import { parseCron } from '../../../../lab-server/embedded/kubernetes/values/cron.ts';
import { aJob } from './builders.ts';
import { TestCluster } from './test-cluster.ts';

const MINUTE = 60_000;

function aCronJob(spec: object = {}) {
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'tick', namespace: 'default' },
    spec: {
      schedule: '*/5 * * * *',
      concurrencyPolicy: 'Allow',
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
      jobTemplate: { metadata: {}, spec: aJob({ name: 'tick' }).spec },
      ...spec,
    },
  };
}

function start(spec: object = {}, afterMs = 1000): TestCluster {
  const cluster = new TestCluster({ controllers: [cronJobController, jobController], finishes: () => ({ afterMs, exitCode: 0 }) });
  cluster.client.create(CRON_JOB, aCronJob(spec));
  return cluster;
}

function cronJob(cluster: TestCluster): CronJob {
  return cluster.client.get(CRON_JOB, 'default', 'tick') as CronJob;
}

describe('a cron job', () => {
  it('starts a job at each scheduled time, named by the minute', async () => {
    using cluster = start();
    await cluster.run(4 * MINUTE, MINUTE);
    expect(cluster.client.list(JOB)).toHaveLength(0);
    await cluster.run(2 * MINUTE, 500);
    const [job] = cluster.client.list(JOB);
    expect(job?.metadata).toMatchObject({
      name: `tick-${Date.UTC(2026, 0, 1, 0, 5) / MINUTE}`,
      annotations: { 'batch.kubernetes.io/cronjob-scheduled-timestamp': '2026-01-01T00:05:00Z' },
      ownerReferences: [{ kind: 'CronJob', name: 'tick', controller: true, blockOwnerDeletion: true }],
    });
    expect(cronJob(cluster).status).toEqual({
      lastScheduleTime: '2026-01-01T00:05:00Z',
      lastSuccessfulTime: expect.stringMatching(/^2026-01-01T00:05:0[12]Z$/),
    });
    expect(cluster.events()).toContain(`SuccessfulCreate: Created job ${job?.metadata.name}`);
    expect(cluster.events()).toContain(`SawCompletedJob: Saw completed job: ${job?.metadata.name}, condition: Complete`);
  });

  it('keeps as many finished jobs as its history limits say', async () => {
    using cluster = start({ schedule: '* * * * *', successfulJobsHistoryLimit: 2 });
    await cluster.run(6 * MINUTE, 10_000);
    expect(cluster.client.list(JOB)).toHaveLength(2);
  });

  it('shows the jobs that run, and starts no second one where concurrency is forbidden', async () => {
    using cluster = start({ schedule: '* * * * *', concurrencyPolicy: 'Forbid' }, 10 * MINUTE);
    await cluster.run(3 * MINUTE, 10_000);
    expect(cluster.client.list(JOB)).toHaveLength(1);
    expect(cronJob(cluster).status?.active).toMatchObject([{ apiVersion: 'batch/v1', kind: 'Job', name: expect.stringMatching(/^tick-/) }]);
    expect(cluster.events().some((event) => event.startsWith('JobAlreadyActive'))).toBe(true);
  });

  it('replaces the job that still runs where it is told to', async () => {
    using cluster = start({ schedule: '* * * * *', concurrencyPolicy: 'Replace' }, 10 * MINUTE);
    await cluster.run(3 * MINUTE - 20_000, 10_000);
    expect(cluster.client.list(JOB)).toHaveLength(1);
    expect(cluster.events().some((event) => event.startsWith('SuccessfulDelete: Deleted job tick-'))).toBe(true);
  });

  it('does nothing while it is suspended', async () => {
    using cluster = start({ schedule: '* * * * *', suspend: true });
    await cluster.run(3 * MINUTE, 10_000);
    expect(cluster.client.list(JOB)).toHaveLength(0);
  });

  it('follows the wall clock of its time zone', async () => {
    using cluster = start({ schedule: '30 1 * * *', timeZone: 'Europe/Berlin' });
    await cluster.run(31 * MINUTE, MINUTE);
    expect(cronJob(cluster).status?.lastScheduleTime).toBe('2026-01-01T00:30:00Z');
  });
});

describe('the times that are due', () => {
  const everyMinute = parseCron('* * * * *');

  it('are the latest one only, however many passed', () => {
    const since = Date.UTC(2026, 0, 1);
    expect(dueTimes(everyMinute, since, since + 3.5 * MINUTE, undefined)).toEqual({
      due: since + 3 * MINUTE,
      missedMany: false,
      missed: 3,
    });
    expect(dueTimes(everyMinute, since, since + 30_000, undefined)).toEqual({ due: undefined, missedMany: false, missed: 0 });
  });

  it('are found without counting every minute of a long absence', () => {
    const since = Date.UTC(2026, 0, 1);
    const now = since + 10 * 24 * 60 * MINUTE + 30_000;
    expect(dueTimes(everyMinute, since, now, undefined)).toMatchObject({ due: now - 30_000, missedMany: true });
  });

  it('are written as events write times', () => {
    expect(rfc1123(Date.UTC(2026, 10, 24, 3, 6, 6))).toBe('Tue, 24 Nov 2026 03:06:06 +0000');
  });
});

describe('a finished job with a time to live', () => {
  it('is deleted when that has passed', async () => {
    using cluster = new TestCluster({
      controllers: [jobController, ttlAfterFinishedController],
      finishes: () => ({ afterMs: 0, exitCode: 0 }),
    });
    cluster.client.create(JOB, aJob({ ttlSecondsAfterFinished: 30 }));
    await cluster.run(20_000, 1000);
    expect(cluster.client.list(JOB)).toHaveLength(1);
    await cluster.run(20_000, 1000);
    expect(cluster.client.list(JOB)[0]?.metadata.deletionTimestamp).toBeDefined();
  });
});
