import { describe, expect, it } from 'vitest';
import { deploymentController } from '../../../../lab-server/embedded/kubernetes/controllers/deployment.ts';
import { garbageCollector } from '../../../../lab-server/embedded/kubernetes/controllers/garbage-collector.ts';
import { CONFIG_MAP, DEPLOYMENT, NODE, POD, REPLICA_SET } from '../../../../lab-server/embedded/kubernetes/controllers/kinds.ts';
import { replicaSetController } from '../../../../lab-server/embedded/kubernetes/controllers/replicaset.ts';
import { aDeployment } from './builders.ts';
import { TestCluster } from './test-cluster.ts';

async function aRunningDeployment(stopMs = 0): Promise<TestCluster> {
  const cluster = new TestCluster({ controllers: [deploymentController, replicaSetController, garbageCollector()], stopMs });
  cluster.client.create(DEPLOYMENT, aDeployment({}));
  await cluster.run(1000);
  return cluster;
}

function aConfigMap(name: string, owners: object[] = [], finalizers: string[] = []) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default', ownerReferences: owners, finalizers } };
}

function reference(object: { apiVersion: string; kind: string; metadata: { name?: string; uid?: string } }, block = false) {
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    name: object.metadata.name,
    uid: object.metadata.uid,
    blockOwnerDeletion: block,
  };
}

describe('deleting an owner', () => {
  it('in the background removes it at once, and its dependents after it', async () => {
    using cluster = await aRunningDeployment();
    cluster.client.delete(DEPLOYMENT, 'default', 'web', { propagationPolicy: 'Background' });
    expect(cluster.client.get(DEPLOYMENT, 'default', 'web')).toBeUndefined();
    await cluster.run(1000);
    expect(cluster.client.list(REPLICA_SET)).toHaveLength(0);
    expect(cluster.pods()).toHaveLength(0);
  });

  it('in the foreground keeps it until its dependents are gone', async () => {
    using cluster = await aRunningDeployment(2000);
    cluster.client.delete(DEPLOYMENT, 'default', 'web', { propagationPolicy: 'Foreground' });
    await cluster.run(1000);
    expect(cluster.client.get(DEPLOYMENT, 'default', 'web')?.metadata.finalizers).toEqual(['foregroundDeletion']);
    expect(cluster.pods().every(({ metadata }) => metadata.deletionTimestamp)).toBe(true);
    await cluster.run(2000);
    expect(cluster.client.get(DEPLOYMENT, 'default', 'web')).toBeUndefined();
    expect(cluster.client.list(REPLICA_SET)).toHaveLength(0);
    expect(cluster.pods()).toHaveLength(0);
  });

  it('with orphaning leaves its dependents without an owner', async () => {
    using cluster = await aRunningDeployment();
    cluster.client.delete(DEPLOYMENT, 'default', 'web', { propagationPolicy: 'Orphan' });
    await cluster.run(1000);
    expect(cluster.client.get(DEPLOYMENT, 'default', 'web')).toBeUndefined();
    expect(cluster.client.list(REPLICA_SET).map(({ metadata }) => metadata.ownerReferences)).toEqual([undefined]);
    expect(cluster.pods()).toHaveLength(3);
  });
});

describe('an object with owners', () => {
  it('is kept while one of them exists, and forgets those that do not', async () => {
    using cluster = new TestCluster({ controllers: [garbageCollector()] });
    const kept = cluster.client.create(CONFIG_MAP, aConfigMap('kept'));
    const gone = { ...reference(kept), name: 'gone', uid: 'none' };
    cluster.client.create(CONFIG_MAP, aConfigMap('child', [reference(kept), gone]));
    await cluster.run(100);
    expect(cluster.client.get(CONFIG_MAP, 'default', 'child')?.metadata.ownerReferences?.map(({ name }) => name)).toEqual(['kept']);
  });

  it('is removed when it names an owner that never was', async () => {
    using cluster = new TestCluster({ controllers: [garbageCollector()] });
    cluster.client.create(CONFIG_MAP, aConfigMap('child', [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'ghost', uid: 'ghost' }]));
    await cluster.run(100);
    expect(cluster.client.get(CONFIG_MAP, 'default', 'child')).toBeUndefined();
  });

  it('is kept where the kind of its owner is not served', async () => {
    using cluster = new TestCluster({ controllers: [garbageCollector()] });
    cluster.client.create(CONFIG_MAP, aConfigMap('child', [{ apiVersion: 'example.com/v1', kind: 'Widget', name: 'w', uid: 'w' }]));
    await cluster.run(100);
    expect(cluster.client.get(CONFIG_MAP, 'default', 'child')).toBeDefined();
  });

  it('does not hold up a foreground deletion when it does not block it', async () => {
    using cluster = new TestCluster({ controllers: [garbageCollector()] });
    const owner = cluster.client.create(CONFIG_MAP, aConfigMap('owner'));
    cluster.client.create(CONFIG_MAP, aConfigMap('slow', [reference(owner, false)], ['example.com/hold']));
    await cluster.run(100);
    cluster.client.delete(CONFIG_MAP, 'default', 'owner', { propagationPolicy: 'Foreground' });
    await cluster.run(100);
    expect(cluster.client.get(CONFIG_MAP, 'default', 'owner')).toBeUndefined();
    expect(cluster.client.get(CONFIG_MAP, 'default', 'slow')?.metadata.deletionTimestamp).toBeDefined();
  });

  it('may be cluster-scoped or in a namespace below a cluster-scoped owner', async () => {
    using cluster = new TestCluster({ controllers: [garbageCollector()] });
    const node = cluster.client.create(NODE, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-1' } });
    cluster.client.create(POD, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'static', namespace: 'default', ownerReferences: [reference(node)] },
      spec: { containers: [] },
    });
    await cluster.run(100);
    expect(cluster.pods()).toHaveLength(1);
    cluster.client.delete(NODE, undefined, 'node-1');
    await cluster.run(100);
    expect(cluster.pods()).toHaveLength(0);
  });
});
