import { describe, expect, it } from 'vitest';
import type { Job } from '../../../../lab-server/embedded/kubernetes/resources/batch/jobs.ts';
import { created, creationErrors, row, updateErrors } from './submit.ts';

const template = (image = 'busybox', more: object = {}) => ({
  spec: { restartPolicy: 'Never', containers: [{ name: 'main', image }], ...more },
});
const aJob = (spec: object = {}, more: object = {}) => ({ spec: { template: template(), ...spec }, ...more });
const aCronJob = (spec: object = {}, more: object = {}) => ({
  spec: { schedule: '*/5 * * * *', jobTemplate: { spec: { template: template() } }, ...spec },
  ...more,
});
const labels = {
  'batch.kubernetes.io/controller-uid': 'a-uid',
  'batch.kubernetes.io/job-name': 'web',
  'controller-uid': 'a-uid',
  'job-name': 'web',
};

describe('a job', () => {
  it('gets the defaults and the selector of the real server', () => {
    const job = created<Job>('Job', aJob());
    expect(job.metadata.labels).toEqual(labels);
    expect(job.spec).toMatchObject({
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      completions: 1,
      manualSelector: false,
      parallelism: 1,
      podReplacementPolicy: 'TerminatingOrFailed',
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'a-uid' } },
      suspend: false,
      template: { metadata: { labels } },
    });
  });

  it('works through a queue when only its width is said', () => {
    expect(created<Job>('Job', aJob({ parallelism: 3 })).spec?.completions).toBeUndefined();
  });

  it.each([
    [
      { template: { spec: { containers: [{ name: 'a', image: 'b' }] } } },
      'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
    ],
    [
      { template: template('b', { restartPolicy: 'Always' }) },
      'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
    ],
    [{ completions: -1 }, 'spec.completions: Invalid value: -1: must be greater than or equal to 0'],
    [{ parallelism: -1 }, 'spec.parallelism: Invalid value: -1: must be greater than or equal to 0'],
    [{ backoffLimit: -1 }, 'spec.backoffLimit: Invalid value: -1: must be greater than or equal to 0'],
    [{ activeDeadlineSeconds: -1 }, 'spec.activeDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0'],
    [{ ttlSecondsAfterFinished: -1 }, 'spec.ttlSecondsAfterFinished: Invalid value: -1: must be greater than or equal to 0'],
    [{ completionMode: 'Sorted' }, 'spec.completionMode: Unsupported value: "Sorted": supported values: "NonIndexed", "Indexed"'],
    [{ completionMode: 'Indexed', parallelism: 2 }, 'spec.completions: Required value: when completion mode is Indexed'],
    [
      { selector: { matchLabels: { app: 'x' } } },
      'spec.selector: Invalid value: {"matchLabels":{"app":"x","batch.kubernetes.io/controller-uid":"a-uid"}}: `selector` not auto-generated',
    ],
  ])('refuses %j', (spec, error) => {
    expect(creationErrors('Job', aJob(spec))[0]).toBe(error);
  });

  it('keeps its template and its goal', () => {
    const errors = updateErrors('Job', aJob(), aJob({ ...created<Job>('Job', aJob()).spec, completions: 2 }));
    expect(errors).toEqual(['spec.completions: Invalid value: 2: field is immutable']);
    const { spec } = created<Job>('Job', aJob());
    const changed = { ...spec, template: { ...spec?.template, spec: template('alpine').spec } };
    expect(updateErrors('Job', aJob(), { spec: changed })[0]).toMatch(
      /^spec.template: Invalid value: \{"labels":\{.*"Spec":\{"Volumes":null.*"Image":"alpine".*\}: field is immutable$/,
    );
  });

  it('may change its width, its suspension and its deadline', () => {
    const { spec } = created<Job>('Job', aJob());
    expect(updateErrors('Job', aJob(), { spec: { ...spec, parallelism: 4, suspend: true, activeDeadlineSeconds: 10 } })).toEqual([]);
  });

  it.each([
    ['Running', '0/1', {}],
    ['Complete', '1/1', { succeeded: 1, conditions: [{ type: 'Complete', status: 'True' }] }],
    ['Failed', '0/1', { conditions: [{ type: 'Failed', status: 'True' }] }],
    ['Suspended', '0/1', { conditions: [{ type: 'Suspended', status: 'True' }] }],
    ['FailureTarget', '0/1', { conditions: [{ type: 'FailureTarget', status: 'True' }] }],
  ])('is shown as %s', (status, completions, state) => {
    expect(row('Job', aJob({ completions: 1, parallelism: 1 }, { status: state }))).toMatchObject({
      Status: status,
      Completions: completions,
    });
  });

  it('shows how long it ran', () => {
    const status = { startTime: '2026-01-01T11:00:00Z', completionTime: '2026-01-01T11:01:30Z' };
    expect(row('Job', aJob({ completions: 1 }, { status }))).toMatchObject({ Duration: '90s', Age: '12h' });
    expect(row('Job', aJob({ completions: 1 }, { status: { startTime: '2026-01-01T11:59:50Z' } }))).toMatchObject({ Duration: '10s' });
  });
});

describe('a cron job', () => {
  it('gets the defaults of the real server', () => {
    expect(created('CronJob', aCronJob())).toMatchObject({
      spec: {
        concurrencyPolicy: 'Allow',
        failedJobsHistoryLimit: 1,
        successfulJobsHistoryLimit: 3,
        suspend: false,
        jobTemplate: { spec: { template: { spec: { dnsPolicy: 'ClusterFirst' } } } },
      },
    });
  });

  it.each([
    [{ schedule: '' }, 'spec.schedule: Required value'],
    [{ schedule: 'every day' }, 'spec.schedule: Invalid value: "every day": expected exactly 5 fields, found 2: [every day]'],
    [{ schedule: '61 * * * *' }, 'spec.schedule: Invalid value: "61 * * * *": end of range (61) above maximum (59): 61'],
    [
      { schedule: 'a * * * *' },
      'spec.schedule: Invalid value: "a * * * *": failed to parse int from a: strconv.Atoi: parsing "a": invalid syntax',
    ],
    [{ timeZone: 'Mars/Olympus' }, 'spec.timeZone: Invalid value: "Mars/Olympus": unknown time zone Mars/Olympus'],
    [{ concurrencyPolicy: 'Never' }, 'spec.concurrencyPolicy: Unsupported value: "Never": supported values: "Allow", "Forbid", "Replace"'],
    [{ startingDeadlineSeconds: -1 }, 'spec.startingDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0'],
    [{ failedJobsHistoryLimit: -1 }, 'spec.failedJobsHistoryLimit: Invalid value: -1: must be greater than or equal to 0'],
  ])('refuses %j', (spec, error) => {
    expect(creationErrors('CronJob', aCronJob(spec))).toEqual([error]);
  });

  it('leaves room for the names of its jobs', () => {
    expect(creationErrors('CronJob', aCronJob({}, { metadata: { name: 'a'.repeat(53) } }))).toEqual([
      `metadata.name: Invalid value: "${'a'.repeat(53)}": must be no more than 52 characters`,
    ]);
  });

  it('is shown as kubectl shows it', () => {
    const status = { lastScheduleTime: '2026-01-01T11:58:00Z', active: [{ name: 'web-1' }] };
    expect(row('CronJob', aCronJob({ suspend: false }, { status }), true)).toEqual({
      Name: 'web',
      Schedule: '*/5 * * * *',
      Timezone: '<none>',
      Suspend: 'False',
      Active: 1,
      'Last Schedule': '2m',
      Age: '12h',
      Containers: 'main',
      Images: 'busybox',
      Selector: '<none>',
    });
    expect(row('CronJob', aCronJob())).toMatchObject({ 'Last Schedule': '<none>', Active: 0 });
  });
});
