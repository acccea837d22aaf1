import { describe, expect, it } from 'vitest';
import { daemonSetController } from '../../../../lab-server/embedded/kubernetes/controllers/daemonset.ts';
import { DAEMON_SET, type DaemonSet, NODE } from '../../../../lab-server/embedded/kubernetes/controllers/kinds.ts';
import { aDaemonSet, aNode, aTemplate } from './builders.ts';
import { TestCluster, type TestClusterOptions } from './test-cluster.ts';

function start(options: Partial<TestClusterOptions> = {}, nodes = [aNode('n1'), aNode('n2'), aNode('n3')]): TestCluster {
  const cluster = new TestCluster({
    controllers: [daemonSetController],
    startMs: () => 200,
    nodeOf: (pod) =>
      pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms[0]?.matchFields?.[0]
        ?.values?.[0] ?? '',
    ...options,
  });
  for (const node of nodes) {
    cluster.client.create(NODE, node);
  }
  return cluster;
}

function nodesOf(cluster: TestCluster): string[] {
  return cluster
    .pods()
    .map(({ spec }) => spec?.nodeName ?? '')
    .toSorted();
}

function change(cluster: TestCluster, spec: object): void {
  const set = cluster.client.get(DAEMON_SET, 'default', 'agent') as DaemonSet;
  cluster.client.update(DAEMON_SET, { ...set, spec: { ...set.spec, ...spec } as DaemonSet['spec'] });
}

describe('a daemon set', () => {
  it('runs one pod on every node, and on nodes that come later', async () => {
    using cluster = start();
    cluster.client.create(DAEMON_SET, aDaemonSet({}));
    await cluster.run(1000);
    expect(nodesOf(cluster)).toEqual(['n1', 'n2', 'n3']);
    cluster.client.create(NODE, aNode('n4'));
    await cluster.run(1000);
    expect(nodesOf(cluster)).toEqual(['n1', 'n2', 'n3', 'n4']);
    expect(cluster.client.get(DAEMON_SET, 'default', 'agent')?.status).toEqual({
      currentNumberScheduled: 4,
      desiredNumberScheduled: 4,
      numberAvailable: 4,
      numberMisscheduled: 0,
      numberReady: 4,
      observedGeneration: 1,
      updatedNumberScheduled: 4,
    });
  });

  it('runs only where its node selector and tolerations let it', async () => {
    const taints = [{ key: 'dedicated', value: 'db', effect: 'NoSchedule' }];
    using cluster = start({}, [aNode('ssd', { disk: 'ssd' }), aNode('hdd'), aNode('tainted', { disk: 'ssd' }, taints)]);
    cluster.client.create(DAEMON_SET, aDaemonSet({ podSpec: { nodeSelector: { disk: 'ssd' } } }));
    await cluster.run(1000);
    expect(nodesOf(cluster)).toEqual(['ssd']);
    const node = cluster.client.get(NODE, undefined, 'ssd');
    cluster.client.update(NODE, {
      ...(node as NonNullable<typeof node>),
      metadata: { ...node?.metadata, labels: {} } as NonNullable<typeof node>['metadata'],
    });
    await cluster.run(1000);
    expect(nodesOf(cluster)).toEqual([]);
  });

  it('stays on a node that is cordoned or not ready', async () => {
    using cluster = start({}, [
      aNode('n1', {}, [
        { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' },
        { key: 'node.kubernetes.io/not-ready', effect: 'NoExecute' },
      ]),
    ]);
    cluster.client.create(DAEMON_SET, aDaemonSet({}));
    await cluster.run(1000);
    expect(nodesOf(cluster)).toEqual(['n1']);
  });

  it('replaces its pods node by node when the template changes', async () => {
    using cluster = start();
    cluster.client.create(DAEMON_SET, aDaemonSet({}));
    await cluster.run(1000);
    change(cluster, { template: aTemplate('agent', 'fluentd:2') });
    let fewest = 3;
    for (let step = 0; step < 40; step += 1) {
      await cluster.run(50, 50);
      fewest = Math.min(fewest, cluster.client.get(DAEMON_SET, 'default', 'agent')?.status?.numberReady ?? 0);
    }
    expect(fewest).toBe(2);
    expect(new Set(cluster.pods().map(({ spec }) => spec?.containers[0]?.image))).toEqual(new Set(['fluentd:2']));
  });

  it('keeps an old pod until the new one beside it is available where it may surge', async () => {
    using cluster = start();
    const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
    cluster.client.create(DAEMON_SET, aDaemonSet({ updateStrategy }));
    await cluster.run(1000);
    change(cluster, { template: aTemplate('agent', 'fluentd:2') });
    let fewest = 3;
    let most = 3;
    for (let step = 0; step < 60; step += 1) {
      await cluster.run(50, 50);
      fewest = Math.min(fewest, cluster.client.get(DAEMON_SET, 'default', 'agent')?.status?.numberReady ?? 0);
      most = Math.max(most, cluster.pods().length);
    }
    expect({ fewest, most }).toEqual({ fewest: 3, most: 4 });
    expect(new Set(cluster.pods().map(({ spec }) => spec?.containers[0]?.image))).toEqual(new Set(['fluentd:2']));
  });

  it('leaves its pods alone where the strategy is OnDelete', async () => {
    using cluster = start();
    cluster.client.create(DAEMON_SET, aDaemonSet({ updateStrategy: { type: 'OnDelete' } }));
    await cluster.run(1000);
    change(cluster, { template: aTemplate('agent', 'fluentd:2') });
    await cluster.run(1000);
    expect(new Set(cluster.pods().map(({ spec }) => spec?.containers[0]?.image))).toEqual(new Set(['fluentd:1']));
  });
});

describe('daemon pods that fail as soon as they are made', () => {
  it('are replaced more and more slowly, each with an event', async () => {
    using cluster = start({ finishes: () => ({ afterMs: 0, exitCode: 1 }) }, [aNode('n1')]);
    cluster.client.create(DAEMON_SET, aDaemonSet({}));
    await cluster.run(30_000, 500);
    const replaced = cluster.events().filter((event) => event.startsWith('FailedDaemonPod'));
    expect(replaced.length).toBeGreaterThanOrEqual(4);
    expect(replaced.length).toBeLessThanOrEqual(7);
    expect(cluster.pods()).toHaveLength(1);
  });
});
