import { describe, expect, it } from 'vitest';
import { NODE, POD } from '../../../../lab-server/embedded/kubernetes/controllers/kinds.ts';
import { podGarbageCollector } from '../../../../lab-server/embedded/kubernetes/controllers/pod-gc.ts';
import { aNode } from './builders.ts';
import { TestCluster } from './test-cluster.ts';

describe('pod garbage collection', () => {
  it('removes the pods of a node that is gone, after the time it has to come back', async () => {
    using cluster = new TestCluster({ controllers: [podGarbageCollector()], stopMs: 1_000_000 });
    cluster.client.create(NODE, aNode('node-1'));
    cluster.client.create(POD, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', namespace: 'default' },
      spec: { containers: [] },
    });
    await cluster.run(1000);
    cluster.client.delete(NODE, undefined, 'node-1');
    await cluster.run(30_000, 5000);
    expect(cluster.pods()).toHaveLength(1);
    await cluster.run(20_000, 5000);
    expect(cluster.pods()).toHaveLength(0);
  });

  it('leaves the pods of nodes that are there', async () => {
    using cluster = new TestCluster({ controllers: [podGarbageCollector()] });
    cluster.client.create(NODE, aNode('node-1'));
    cluster.client.create(POD, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', namespace: 'default' },
      spec: { containers: [] },
    });
    await cluster.run(120_000, 10_000);
    expect(cluster.pods()).toHaveLength(1);
  });
});
