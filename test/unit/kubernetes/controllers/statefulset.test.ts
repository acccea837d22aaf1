import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CONTROLLER_REVISION,
  PERSISTENT_VOLUME_CLAIM,
  POD,
  STATEFUL_SET,
  type StatefulSet,
} from '../../../../lab-server/embedded/kubernetes/controllers/kinds.ts';
import { isReady, isTerminating } from '../../../../lab-server/embedded/kubernetes/controllers/pods/readiness.ts';
import { statefulSetController } from '../../../../lab-server/embedded/kubernetes/controllers/statefulset.ts';
import { EVENT } from '../../../../lab-server/embedded/kubernetes/events/index.ts';
import { aStatefulSet, aTemplate } from './builders.ts';
import { TestCluster, type TestClusterOptions } from './test-cluster.ts';

function start(options: Partial<TestClusterOptions> = {}): TestCluster {
  return new TestCluster({ controllers: [statefulSetController], startMs: () => 200, ...options });
}

function change(cluster: TestCluster, spec: object): void {
  const set = cluster.client.get(STATEFUL_SET, 'default', 'db') as StatefulSet;
  cluster.client.update(STATEFUL_SET, { ...set, spec: { ...set.spec, ...spec } as StatefulSet['spec'] });
}

function names(cluster: TestCluster): string[] {
  return cluster
    .pods()
    .map(({ metadata }) => metadata.name)
    .toSorted();
}

function images(cluster: TestCluster): (string | undefined)[] {
  return cluster
    .pods()
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    .map(({ spec }) => spec?.containers[0]?.image);
}

function status(cluster: TestCluster) {
  return cluster.client.get(STATEFUL_SET, 'default', 'db')?.status;
}

describe('a stateful set', () => {
  it('creates its pods one after the other, each when the one before is ready', async () => {
    using cluster = start();
    cluster.client.create(STATEFUL_SET, aStatefulSet({}));
    await cluster.run(150, 50);
    expect(names(cluster)).toEqual(['db-0']);
    await cluster.run(200, 50);
    expect(names(cluster)).toEqual(['db-0', 'db-1']);
    await cluster.run(1000);
    expect(names(cluster)).toEqual(['db-0', 'db-1', 'db-2']);
    const revision = cluster.client.list(CONTROLLER_REVISION)[0]?.metadata.name;
    expect(status(cluster)).toEqual({
      observedGeneration: 1,
      replicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      currentReplicas: 3,
      updatedReplicas: 3,
      currentRevision: revision,
      updateRevision: revision,
      collisionCount: 0,
    });
    expect(cluster.pods()[0]).toMatchObject({
      metadata: {
        generateName: 'db-',
        labels: {
          app: 'db',
          'apps.kubernetes.io/pod-index': '0',
          'controller-revision-hash': revision,
          'statefulset.kubernetes.io/pod-name': 'db-0',
        },
      },
      spec: { hostname: 'db-0', subdomain: 'db' },
    });
    expect(cluster.events()[0]).toBe('SuccessfulCreate: create Pod db-0 in StatefulSet db successful');
  });

  it('creates all pods at once where podManagementPolicy is Parallel', async () => {
    using cluster = start();
    cluster.client.create(STATEFUL_SET, aStatefulSet({ podManagementPolicy: 'Parallel' }));
    await cluster.settle();
    expect(names(cluster)).toEqual(['db-0', 'db-1', 'db-2']);
  });

  it('scales down from the highest ordinal', async () => {
    using cluster = start({ stopMs: 500 });
    cluster.client.create(STATEFUL_SET, aStatefulSet({}));
    await cluster.run(2000);
    change(cluster, { replicas: 1 });
    await cluster.run(300);
    expect(
      cluster
        .pods()
        .filter(isTerminating)
        .map(({ metadata }) => metadata.name),
    ).toEqual(['db-2']);
    await cluster.run(2000);
    expect(names(cluster)).toEqual(['db-0']);
  });

  it('updates from the highest ordinal down to the partition', async () => {
    using cluster = start();
    cluster.client.create(STATEFUL_SET, aStatefulSet({}));
    await cluster.run(2000);
    change(cluster, { template: aTemplate('db', 'redis:8'), updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } } });
    await cluster.run(100);
    expect(images(cluster)).toEqual(['redis:7', 'redis:7', 'redis:8']);
    await cluster.run(3000);
    expect(images(cluster)).toEqual(['redis:7', 'redis:8', 'redis:8']);
    expect(status(cluster)).toMatchObject({ currentReplicas: 1, updatedReplicas: 2 });
    expect(status(cluster)?.currentRevision).not.toBe(status(cluster)?.updateRevision);

    cluster.client.delete(POD, 'default', 'db-0', { gracePeriodSeconds: 0 });
    await cluster.run(1000);
    expect(images(cluster)).toEqual(['redis:7', 'redis:8', 'redis:8']);
    change(cluster, { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } } });
    await cluster.run(2000);
    expect(images(cluster)).toEqual(['redis:8', 'redis:8', 'redis:8']);
    expect(status(cluster)?.currentRevision).toBe(status(cluster)?.updateRevision);
  });

  it('updates a pod only when someone deletes it where the strategy is OnDelete', async () => {
    using cluster = start();
    cluster.client.create(STATEFUL_SET, aStatefulSet({ updateStrategy: { type: 'OnDelete' } }));
    await cluster.run(2000);
    change(cluster, { template: aTemplate('db', 'redis:8') });
    await cluster.run(1000);
    expect(images(cluster)).toEqual(['redis:7', 'redis:7', 'redis:7']);
    cluster.client.delete(POD, 'default', 'db-1');
    await cluster.run(1000);
    expect(images(cluster)).toEqual(['redis:7', 'redis:8', 'redis:7']);
  });

  it('numbers its revisions, and gives an old template that comes back the newest number', async () => {
    using cluster = start();
    cluster.client.create(STATEFUL_SET, aStatefulSet({}));
    await cluster.run(2000);
    change(cluster, { template: aTemplate('db', 'redis:8') });
    await cluster.run(3000);
    change(cluster, { template: aTemplate('db', 'redis:7') });
    await cluster.run(3000);
    expect(cluster.client.list(CONTROLLER_REVISION).map(({ revision }) => revision)).toEqual([3, 2]);
    expect(images(cluster)).toEqual(['redis:7', 'redis:7', 'redis:7']);
  });

  it('creates a claim for each pod and keeps it when the pod goes', async () => {
    using cluster = start();
    const volumeClaimTemplates = [
      { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
    ];
    cluster.client.create(STATEFUL_SET, aStatefulSet({ replicas: 2, volumeClaimTemplates }));
    await cluster.run(2000);
    expect(cluster.client.list(PERSISTENT_VOLUME_CLAIM).map(({ metadata }) => metadata.name)).toEqual(['data-db-0', 'data-db-1']);
    expect(cluster.pods()[0]?.spec?.volumes).toEqual([{ name: 'data', persistentVolumeClaim: { claimName: 'data-db-0' } }]);
    expect(cluster.events().slice(0, 2)).toEqual([
      'SuccessfulCreate: create Claim data-db-0 Pod db-0 in StatefulSet db success',
      'SuccessfulCreate: create Pod db-0 in StatefulSet db successful',
    ]);
    change(cluster, { replicas: 0 });
    await cluster.run(2000);
    expect(cluster.client.list(PERSISTENT_VOLUME_CLAIM)).toHaveLength(2);
  });

  it('hands claims to whoever the retention policy lets take them along', async () => {
    using cluster = start({ stopMs: 500 });
    const volumeClaimTemplates = [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'] } }];
    const persistentVolumeClaimRetentionPolicy = { whenDeleted: 'Delete', whenScaled: 'Delete' };
    cluster.client.create(STATEFUL_SET, aStatefulSet({ replicas: 2, volumeClaimTemplates, persistentVolumeClaimRetentionPolicy }));
    await cluster.run(2000);
    const owners = () =>
      cluster.client.list(PERSISTENT_VOLUME_CLAIM).map(({ metadata }) => metadata.ownerReferences?.map(({ kind }) => kind).join());
    expect(owners()).toEqual(['StatefulSet', 'StatefulSet']);
    change(cluster, { replicas: 1 });
    await cluster.run(200);
    expect(owners()).toEqual(['StatefulSet', 'Pod']);
  });

  it('replaces a pod that failed', async () => {
    using cluster = start();
    cluster.client.create(STATEFUL_SET, aStatefulSet({ replicas: 1 }));
    await cluster.run(1000);
    cluster.finish(cluster.pods()[0] as NonNullable<ReturnType<typeof cluster.pods>[0]>, 1);
    await cluster.run(1000);
    expect(cluster.pods().map(({ metadata, status: pod }) => [metadata.name, pod?.phase])).toEqual([['db-0', 'Running']]);
    expect(cluster.events()).toContain('RecreatingFailedPod: StatefulSet default/db is recreating failed Pod db-0');
  });

  it('counts ordinals from ordinals.start', async () => {
    using cluster = start();
    cluster.client.create(STATEFUL_SET, aStatefulSet({ replicas: 2, ordinals: { start: 5 } }));
    await cluster.run(1000);
    expect(names(cluster)).toEqual(['db-5', 'db-6']);
  });
});

describe('an ordered stateful set', () => {
  it('never has a pod whose predecessors are not all ready when it is created, nor removes one before its successors are gone', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 5 }),
        fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 2, maxLength: 5 }),
        async (sizes, times) => {
          let started = 0;
          using cluster = start({ startMs: () => times[started++ % times.length], stopMs: 300 });
          cluster.client.create(STATEFUL_SET, aStatefulSet({ replicas: sizes[0] }));
          const broken: string[] = [];
          using _watch = cluster.client.watch(POD, ({ type, object, old }) => {
            const ordinal = Number(object.metadata.name.slice(3));
            const others = cluster.pods();
            if (type === 'ADDED') {
              const before = others.filter((pod) => Number(pod.metadata.name.slice(3)) < ordinal);
              if (before.length !== ordinal || !before.every((pod) => isReady(pod) && !isTerminating(pod))) {
                broken.push(`${object.metadata.name} came too early`);
              }
            } else if (object.metadata.deletionTimestamp && !old?.metadata.deletionTimestamp && type === 'MODIFIED') {
              if (others.some((pod) => Number(pod.metadata.name.slice(3)) > ordinal)) {
                broken.push(`${object.metadata.name} went too early`);
              }
            }
          });
          for (const replicas of sizes) {
            change(cluster, { replicas });
            await cluster.run(1500);
          }
          await cluster.run(12_000);
          expect(broken).toEqual([]);
          expect(names(cluster)).toHaveLength(sizes.at(-1) ?? 0);
        },
      ),
      { numRuns: 25 },
    );
  }, 60_000);
});

describe('a stateful pod that fails as soon as it is made', () => {
  it('is replaced more and more slowly', async () => {
    using cluster = start({ finishes: () => ({ afterMs: 0, exitCode: 1 }) });
    cluster.client.create(STATEFUL_SET, aStatefulSet({ replicas: 1 }));
    await cluster.run(30_000, 500);
    const created = cluster.client.list(EVENT).find(({ message }) => message?.startsWith('create Pod'))?.count ?? 0;
    expect(created).toBeGreaterThanOrEqual(4);
    expect(created).toBeLessThanOrEqual(7);
  });
});
