import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jobController } from '../../../../lab-server/embedded/kubernetes/controllers/job.ts';
import { formatIndexes, parseIndexes } from '../../../../lab-server/embedded/kubernetes/controllers/jobs/indexes.ts';
import { JOB, type Job, POD } from '../../../../lab-server/embedded/kubernetes/controllers/kinds.ts';
import { isActive } from '../../../../lab-server/embedded/kubernetes/controllers/pods/readiness.ts';
import { aJob } from './builders.ts';
import { TestCluster, type TestClusterOptions } from './test-cluster.ts';

function start(options: Partial<TestClusterOptions> = {}): TestCluster {
  return new TestCluster({ controllers: [jobController], finishes: () => ({ afterMs: 1000, exitCode: 0 }), ...options });
}

function job(cluster: TestCluster): Job {
  return cluster.client.get(JOB, 'default', 'pi') as Job;
}

function conditions(cluster: TestCluster): string[] {
  return (job(cluster).status?.conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`);
}

const failing = { finishes: () => ({ afterMs: 0, exitCode: 1 }) };

describe('a job', () => {
  it('runs its pod once and is complete', async () => {
    using cluster = start();
    cluster.client.create(JOB, aJob({}));
    await cluster.run(3000);
    expect(conditions(cluster)).toEqual(['SuccessCriteriaMet=True CompletionsReached', 'Complete=True CompletionsReached']);
    expect({ ...job(cluster).status, conditions: undefined }).toEqual({
      startTime: '2026-01-01T00:00:00Z',
      completionTime: '2026-01-01T00:00:01Z',
      succeeded: 1,
      ready: 0,
      terminating: 0,
      uncountedTerminatedPods: {},
      conditions: undefined,
    });
    expect(cluster.pods()[0]?.metadata.finalizers).toEqual([]);
    expect(cluster.events()).toEqual([`SuccessfulCreate: Created pod: ${cluster.pods()[0]?.metadata.name}`, 'Completed: Job completed']);
  });

  it('runs as many pods at once as parallelism says, until completions are reached', async () => {
    using cluster = start();
    cluster.client.create(JOB, aJob({ completions: 5, parallelism: 2 }));
    let most = 0;
    using _watch = cluster.client.watch(POD, () => {
      most = Math.max(most, cluster.pods().filter(isActive).length);
    });
    await cluster.run(10_000);
    expect(most).toBe(2);
    expect(job(cluster).status).toMatchObject({ succeeded: 5 });
    expect(cluster.pods()).toHaveLength(5);
  });

  it('tries again after 10 s, 20 s, 40 s and fails beyond its backoff limit', async () => {
    using cluster = start(failing);
    cluster.client.create(JOB, aJob({ backoffLimit: 2 }));
    await cluster.run(9000, 500);
    expect(cluster.pods()).toHaveLength(1);
    await cluster.run(2000, 500);
    expect(cluster.pods()).toHaveLength(2);
    await cluster.run(18_000, 500);
    expect(cluster.pods()).toHaveLength(2);
    await cluster.run(60_000, 500);
    expect(cluster.pods()).toHaveLength(3);
    expect(conditions(cluster)).toEqual(['FailureTarget=True BackoffLimitExceeded', 'Failed=True BackoffLimitExceeded']);
    expect(job(cluster).status).toMatchObject({ failed: 3 });
    expect(cluster.events().at(-1)).toBe('BackoffLimitExceeded: Job has reached the specified backoff limit');
  });

  it('ends when it has been active for longer than its deadline', async () => {
    using cluster = start({ finishes: () => undefined });
    cluster.client.create(JOB, aJob({ activeDeadlineSeconds: 5 }));
    await cluster.run(7000, 500);
    expect(conditions(cluster)).toEqual(['FailureTarget=True DeadlineExceeded', 'Failed=True DeadlineExceeded']);
    expect(cluster.pods()).toHaveLength(0);
  });

  it('stops its pods while it is suspended, and starts the clock again when it is resumed', async () => {
    using cluster = start({ finishes: () => ({ afterMs: 5000, exitCode: 0 }) });
    cluster.client.create(JOB, aJob({ suspend: true }));
    await cluster.run(1000);
    expect(cluster.pods()).toHaveLength(0);
    expect(conditions(cluster)).toEqual(['Suspended=True JobSuspended']);
    expect(job(cluster).status?.startTime).toBeUndefined();
    cluster.client.update(JOB, { ...job(cluster), spec: { ...job(cluster).spec, suspend: false } as Job['spec'] });
    await cluster.run(1000);
    expect(cluster.pods()).toHaveLength(1);
    expect(conditions(cluster)).toEqual(['Suspended=False JobResumed']);
    expect(cluster.events()).toEqual(['Suspended: Job suspended', 'Resumed: Job resumed', expect.stringContaining('SuccessfulCreate')]);
  });

  it('fails at once where its failure policy says so', async () => {
    using cluster = start({ finishes: () => ({ afterMs: 0, exitCode: 42 }) });
    const podFailurePolicy = { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } }] };
    cluster.client.create(JOB, aJob({ podFailurePolicy }));
    await cluster.run(2000);
    expect(conditions(cluster)).toEqual(['FailureTarget=True PodFailurePolicy', 'Failed=True PodFailurePolicy']);
    const pod = cluster.pods()[0]?.metadata.name;
    expect(job(cluster).status?.conditions?.[0]?.message).toBe(
      `Container main for pod default/${pod} failed with exit code 42 matching FailJob rule at index 0`,
    );
  });

  it('does not count failures that its failure policy ignores', async () => {
    let runs = 0;
    using cluster = start({ finishes: () => ({ afterMs: 0, exitCode: (runs += 1) <= 2 ? 42 : 0 }) });
    const podFailurePolicy = { rules: [{ action: 'Ignore', onExitCodes: { operator: 'In', values: [42] } }] };
    cluster.client.create(JOB, aJob({ podFailurePolicy, backoffLimit: 0 }));
    await cluster.run(60_000, 500);
    expect(conditions(cluster)).toContain('Complete=True CompletionsReached');
    expect(job(cluster).status?.failed).toBeUndefined();
  });
});

describe('an indexed job', () => {
  const indexed = { completionMode: 'Indexed', completions: 3, parallelism: 3 };

  it('gives each pod its index by name, host name, annotation and environment', async () => {
    using cluster = start();
    cluster.client.create(JOB, aJob(indexed));
    await cluster.settle();
    const pod = cluster.pods()[1];
    expect(pod).toMatchObject({
      metadata: { generateName: 'pi-1-', annotations: { 'batch.kubernetes.io/job-completion-index': '1' } },
      spec: { hostname: 'pi-1' },
    });
    expect(pod?.spec?.containers[0]?.env).toEqual([
      {
        name: 'JOB_COMPLETION_INDEX',
        valueFrom: { fieldRef: { fieldPath: "metadata.labels['batch.kubernetes.io/job-completion-index']" } },
      },
    ]);
    await cluster.run(3000);
    expect(job(cluster).status).toMatchObject({ completedIndexes: '0-2', succeeded: 3 });
  });

  it('fails only the indexes that failed too often, where each has its own limit', async () => {
    using cluster = start({ finishes: (pod) => ({ afterMs: 0, exitCode: pod.spec?.hostname === 'pi-1' ? 1 : 0 }) });
    cluster.client.create(JOB, aJob({ ...indexed, backoffLimitPerIndex: 1, backoffLimit: 2_147_483_647 }));
    await cluster.run(60_000, 500);
    expect(job(cluster).status).toMatchObject({ completedIndexes: '0,2', failedIndexes: '1', succeeded: 2, failed: 2 });
    expect(conditions(cluster)).toEqual(['FailureTarget=True FailedIndexes', 'Failed=True FailedIndexes']);
  });

  it('is complete as soon as its success policy is met, and stops the rest', async () => {
    using cluster = start({ finishes: (pod) => (pod.spec?.hostname === 'pi-0' ? { afterMs: 500, exitCode: 0 } : undefined) });
    cluster.client.create(JOB, aJob({ ...indexed, successPolicy: { rules: [{ succeededIndexes: '0' }] } }));
    await cluster.run(3000);
    expect(conditions(cluster)).toEqual(['SuccessCriteriaMet=True SuccessPolicy', 'Complete=True SuccessPolicy']);
    expect(cluster.pods().filter(isActive)).toHaveLength(0);
  });
});

describe('index sets', () => {
  it('are written as runs and read back the same', () => {
    expect(formatIndexes([0, 2, 3, 4, 7, 8])).toBe('0,2-4,7,8');
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 50 })), (indexes) => {
        expect([...parseIndexes(formatIndexes(indexes))]).toEqual(indexes.toSorted((a, b) => a - b));
      }),
    );
  });
});

describe('any job', () => {
  it('counts every pod that ended exactly once and never runs more than parallelism', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 4 }),
        fc.boolean(),
        fc.array(fc.boolean(), { minLength: 3, maxLength: 8 }),
        async (completions, parallelism, isIndexed, outcomes) => {
          let ended = 0;
          using cluster = start({
            finishes: () => {
              const succeeds = outcomes[ended % outcomes.length] ?? true;
              ended += 1;
              return { afterMs: 300 * (ended % 3), exitCode: succeeds ? 0 : 1 };
            },
          });
          let most = 0;
          let created = 0;
          using _watch = cluster.client.watch(POD, ({ type }) => {
            most = Math.max(most, cluster.pods().filter(isActive).length);
            created += type === 'ADDED' ? 1 : 0;
          });
          cluster.client.create(JOB, aJob({ completions, parallelism, completionMode: isIndexed ? 'Indexed' : 'NonIndexed' }));
          await cluster.run(2_400_000, 5000);
          const { status } = job(cluster);
          expect(most).toBeLessThanOrEqual(parallelism);
          expect((status?.succeeded ?? 0) + (status?.failed ?? 0)).toBe(created);
          expect(conditions(cluster).filter((condition) => /^(Complete|Failed)=True/.test(condition))).toHaveLength(1);
          expect(status?.uncountedTerminatedPods).toEqual({});
        },
      ),
      { numRuns: 30 },
    );
  }, 60_000);
});
