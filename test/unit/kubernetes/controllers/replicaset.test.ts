import { describe, expect, it } from 'vitest';
import { POD, REPLICA_SET } from '../../../../lab-server/embedded/kubernetes/controllers/kinds.ts';
import { podsToDelete } from '../../../../lab-server/embedded/kubernetes/controllers/pods/ranking.ts';
import { slowStart } from '../../../../lab-server/embedded/kubernetes/controllers/pods/slow-start.ts';
import { replicaSetController } from '../../../../lab-server/embedded/kubernetes/controllers/replicaset.ts';
import type { Pod, ReplicaSet } from '../../../../lab-server/embedded/kubernetes/types.ts';
import { isoTime } from '../../../../lab-server/embedded/kubernetes/values/iso-time.ts';
import { aTemplate } from './builders.ts';
import { TestCluster } from './test-cluster.ts';

function aReplicaSet(spec: object = {}) {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 'web', namespace: 'default' },
    spec: { replicas: 3, selector: { matchLabels: { app: 'web' } }, template: aTemplate('web'), ...spec },
  };
}

function aPod(
  name: string,
  options: { node?: string; phase?: string; readyAgo?: number; cost?: string; restarts?: number; createdAgo?: number } = {},
): Pod {
  const { node = 'n1', phase = 'Running', readyAgo, cost, restarts = 0, createdAgo = 0 } = options;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      uid: name,
      resourceVersion: '1',
      creationTimestamp: isoTime(NOW - createdAgo),
      annotations: cost === undefined ? {} : { 'controller.kubernetes.io/pod-deletion-cost': cost },
    },
    spec: { containers: [], nodeName: node === '' ? undefined : node },
    status: {
      phase,
      conditions: readyAgo === undefined ? [] : [{ type: 'Ready', status: 'True', lastTransitionTime: isoTime(NOW - readyAgo) }],
      containerStatuses: [{ name: 'main', image: '', imageID: '', ready: true, restartCount: restarts }],
    },
  };
}

const NOW = Date.UTC(2026, 0, 2);

function order(...pods: Pod[]): string[] {
  return podsToDelete(pods, pods, pods.length - 1, NOW).map(({ metadata }) => metadata.name);
}

describe('the pods to delete first', () => {
  it('are those without a node, then pending ones, then those that are not ready', () => {
    const pods = [
      aPod('ready', { readyAgo: 1000 }),
      aPod('unready'),
      aPod('pending', { phase: 'Pending' }),
      aPod('unassigned', { node: '', phase: 'Pending' }),
    ];
    expect(order(...pods)).toEqual(['unassigned', 'pending', 'unready']);
  });

  it('are the cheapest by pod-deletion-cost', () => {
    expect(order(aPod('dear', { readyAgo: 1000, cost: '10' }), aPod('cheap', { readyAgo: 1000, cost: '-5' }))).toEqual(['cheap']);
  });

  it('are on the most crowded node', () => {
    const pods = [
      aPod('a', { readyAgo: 1000, node: 'n1' }),
      aPod('b', { readyAgo: 1000, node: 'n2' }),
      aPod('c', { readyAgo: 1000, node: 'n2' }),
    ];
    expect(podsToDelete(pods, pods, 1, NOW)[0]?.spec?.nodeName).toBe('n2');
  });

  it('are ready for the shortest time, by order of magnitude', () => {
    expect(order(aPod('old', { readyAgo: 3_600_000 }), aPod('young', { readyAgo: 1000 }))).toEqual(['young']);
  });

  it('have restarted most', () => {
    expect(order(aPod('calm', { readyAgo: 1000 }), aPod('restless', { readyAgo: 1000, restarts: 4 }))).toEqual(['restless']);
  });
});

describe('a slow start', () => {
  it('doubles its batches and stops after the first that fails', () => {
    let calls = 0;
    const outcome = slowStart(100, () => {
      calls += 1;
      if (calls > 3) {
        throw new Error(`refused ${calls}`);
      }
    });
    expect({ calls, done: outcome.done, error: String(outcome.error) }).toEqual({ calls: 7, done: 3, error: 'Error: refused 4' });
  });
});

describe('a replica set', () => {
  it('replaces a pod that was deleted', async () => {
    using cluster = new TestCluster({ controllers: [replicaSetController] });
    cluster.client.create(REPLICA_SET, aReplicaSet());
    await cluster.run(500);
    cluster.client.delete(POD, 'default', cluster.pods()[0]?.metadata.name ?? '');
    await cluster.run(500);
    expect(cluster.pods()).toHaveLength(3);
    expect(cluster.client.list(REPLICA_SET)[0]?.status).toEqual({
      replicas: 3,
      fullyLabeledReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      terminatingReplicas: 0,
      observedGeneration: 1,
    });
  });

  it('adopts an orphan that its selector matches, and releases a pod whose label changed', async () => {
    using cluster = new TestCluster({ controllers: [replicaSetController] });
    cluster.client.create(POD, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'stray', namespace: 'default', labels: { app: 'web' } },
      spec: { containers: [] },
    });
    cluster.client.create(REPLICA_SET, aReplicaSet());
    await cluster.run(500);
    expect(cluster.pods()).toHaveLength(3);
    const stray = cluster.client.get(POD, 'default', 'stray') as Pod;
    expect(stray.metadata.ownerReferences?.[0]).toMatchObject({ kind: 'ReplicaSet', name: 'web', controller: true });
    cluster.client.update(POD, { ...stray, metadata: { ...stray.metadata, labels: { app: 'debug' } } });
    await cluster.run(500);
    expect(cluster.pods()).toHaveLength(4);
    expect(cluster.client.get(POD, 'default', 'stray')?.metadata.ownerReferences).toBeUndefined();
  });

  it('replaces a pod that failed and leaves the failed one for others to look at', async () => {
    using cluster = new TestCluster({ controllers: [replicaSetController] });
    cluster.client.create(REPLICA_SET, aReplicaSet({ replicas: 1 }));
    await cluster.run(500);
    cluster.finish(cluster.pods()[0] as Pod, 1);
    await cluster.run(500);
    expect(cluster.pods().map(({ status }) => status?.phase)).toEqual(['Failed', 'Running']);
  });

  it('counts a pod as available after minReadySeconds', async () => {
    using cluster = new TestCluster({ controllers: [replicaSetController] });
    cluster.client.create(REPLICA_SET, aReplicaSet({ minReadySeconds: 5 }));
    await cluster.run(3000);
    expect(cluster.client.list(REPLICA_SET)[0]?.status).toMatchObject({ readyReplicas: 3 });
    expect(cluster.client.list(REPLICA_SET)[0]?.status?.availableReplicas).toBeUndefined();
    await cluster.run(3000);
    expect(cluster.client.list(REPLICA_SET)[0]?.status).toMatchObject({ availableReplicas: 3 });
  });

  it('creates hundreds of pods without holding the event loop for long', async () => {
    using cluster = new TestCluster({ controllers: [replicaSetController], startMs: () => undefined });
    const set = cluster.client.create<ReplicaSet>(REPLICA_SET, aReplicaSet({ replicas: 200 }));
    await cluster.clock.advance(0);
    expect(cluster.pods().length).toBeLessThan(200);
    await cluster.settle();
    expect(cluster.client.list(POD, { controllerUid: set.metadata.uid })).toHaveLength(200);
  });
});

describe('pods that fail as soon as they are made', () => {
  it('are replaced at once the first time, then more and more slowly', async () => {
    using cluster = new TestCluster({ controllers: [replicaSetController], finishes: () => ({ afterMs: 0, exitCode: 1 }) });
    cluster.client.create(REPLICA_SET, aReplicaSet({ replicas: 1 }));
    await cluster.run(60_000, 500);
    // At 0, 0, 1, 3, 7, 15, 31 seconds and so on, give or take the clock's whole seconds.
    expect(cluster.pods().length).toBeGreaterThanOrEqual(6);
    expect(cluster.pods().length).toBeLessThanOrEqual(9);
  });
});
