import { describe, expect, it } from 'vitest';
import { deploymentController } from '../../../../lab-server/embedded/kubernetes/controllers/deployment.ts';
import { DEPLOYMENT, REPLICA_SET } from '../../../../lab-server/embedded/kubernetes/controllers/kinds.ts';
import { replicaSetController } from '../../../../lab-server/embedded/kubernetes/controllers/replicaset.ts';
import type { Deployment } from '../../../../lab-server/embedded/kubernetes/types.ts';
import { type DeploymentSpec, aDeployment, aTemplate } from './builders.ts';
import { TestCluster, type TestClusterOptions } from './test-cluster.ts';

const controllers = [deploymentController, replicaSetController];

function start(options: Partial<TestClusterOptions> = {}): TestCluster {
  return new TestCluster({ controllers, ...options });
}

function web(cluster: TestCluster): Deployment {
  return cluster.client.get(DEPLOYMENT, 'default', 'web') as Deployment;
}

function change(cluster: TestCluster, spec: Partial<DeploymentSpec>): void {
  const deployment = web(cluster);
  cluster.client.update(DEPLOYMENT, { ...deployment, spec: { ...deployment.spec, ...spec } as DeploymentSpec });
}

function replicaSets(cluster: TestCluster) {
  return cluster.client.list(REPLICA_SET).map(({ metadata, spec }) => ({
    image: spec?.template?.spec?.containers[0]?.image,
    replicas: spec?.replicas,
    revision: metadata.annotations?.['deployment.kubernetes.io/revision'],
  }));
}

function conditions(cluster: TestCluster): string[] {
  return (web(cluster).status?.conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`);
}

describe('a deployment', () => {
  it('creates a replica set named by the hash of its template, and pods by it', async () => {
    using cluster = start();
    cluster.client.create(DEPLOYMENT, aDeployment({}));
    await cluster.run(1000);
    const [set] = cluster.client.list(REPLICA_SET);
    const hash = set?.metadata.labels?.['pod-template-hash'];
    expect(set?.metadata.name).toBe(`web-${hash}`);
    expect(hash).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{6,10}$/);
    expect(set?.metadata.annotations).toEqual({
      'deployment.kubernetes.io/desired-replicas': '3',
      'deployment.kubernetes.io/max-replicas': '4',
      'deployment.kubernetes.io/revision': '1',
    });
    expect(cluster.pods()).toHaveLength(3);
    expect(cluster.pods()[0]?.metadata.labels).toEqual({ app: 'web', 'pod-template-hash': hash });
    expect(cluster.events()[0]).toBe(`ScalingReplicaSet: Scaled up replica set web-${hash} from 0 to 3`);
  });

  it('reports the status of a finished rollout as the real one does', async () => {
    using cluster = start();
    cluster.client.create(DEPLOYMENT, aDeployment({}));
    await cluster.run(1000);
    const { status, metadata } = web(cluster);
    expect(metadata.annotations).toEqual({ 'deployment.kubernetes.io/revision': '1' });
    expect({ ...status, conditions: undefined }).toEqual({
      observedGeneration: 1,
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      terminatingReplicas: 0,
      conditions: undefined,
    });
    expect(conditions(cluster)).toEqual(['Available=True MinimumReplicasAvailable', 'Progressing=True NewReplicaSetAvailable']);
    const set = cluster.client.list(REPLICA_SET)[0];
    expect(status?.conditions?.[1]?.message).toBe(`ReplicaSet "${set?.metadata.name}" has successfully progressed.`);
  });

  it('writes nothing once it is done', async () => {
    using cluster = start();
    cluster.client.create(DEPLOYMENT, aDeployment({}));
    await cluster.run(1000);
    const { writes } = cluster.client;
    await cluster.run(3_600_000, 600_000);
    expect(cluster.client.writes).toBe(writes);
    expect(cluster.clock.pending).toBe(0);
  });

  it('rolls a new template out and keeps the old replica set for going back', async () => {
    using cluster = start({ startMs: () => 300 });
    cluster.client.create(DEPLOYMENT, aDeployment({}));
    await cluster.run(2000);
    change(cluster, { template: aTemplate('web', 'nginx:1.25') });
    await cluster.run(5000);
    expect(replicaSets(cluster)).toEqual([
      { image: 'nginx:latest', replicas: 0, revision: '1' },
      { image: 'nginx:1.25', replicas: 3, revision: '2' },
    ]);
    const sets = cluster.client.list(REPLICA_SET).map(({ metadata }) => metadata.name);
    expect(cluster.events().filter((event) => event.startsWith('Scaling'))).toEqual([
      `ScalingReplicaSet: Scaled up replica set ${sets[0]} from 0 to 3`,
      `ScalingReplicaSet: Scaled up replica set ${sets[1]} from 0 to 1`,
      `ScalingReplicaSet: Scaled down replica set ${sets[0]} from 3 to 2`,
      `ScalingReplicaSet: Scaled up replica set ${sets[1]} from 1 to 2`,
      `ScalingReplicaSet: Scaled down replica set ${sets[0]} from 2 to 1`,
      `ScalingReplicaSet: Scaled up replica set ${sets[1]} from 2 to 3`,
      `ScalingReplicaSet: Scaled down replica set ${sets[0]} from 1 to 0`,
    ]);
  });

  it('gives an old template that comes back the next revision, not a new replica set', async () => {
    using cluster = start();
    cluster.client.create(DEPLOYMENT, aDeployment({}));
    await cluster.run(1000);
    change(cluster, { template: aTemplate('web', 'nginx:1.25') });
    await cluster.run(2000);
    change(cluster, { template: aTemplate('web', 'nginx:latest') });
    await cluster.run(2000);
    expect(replicaSets(cluster)).toEqual([
      { image: 'nginx:latest', replicas: 3, revision: '3' },
      { image: 'nginx:1.25', replicas: 0, revision: '2' },
    ]);
    const old = cluster.client.list(REPLICA_SET)[0];
    expect(old?.metadata.annotations?.['deployment.kubernetes.io/revision-history']).toBe('1');
    expect(web(cluster).metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('3');
  });

  it('does not roll out while it is paused, but scales', async () => {
    using cluster = start();
    cluster.client.create(DEPLOYMENT, aDeployment({}));
    await cluster.run(1000);
    change(cluster, { paused: true, template: aTemplate('web', 'nginx:1.25') });
    await cluster.run(1000);
    expect(conditions(cluster)).toContain('Progressing=Unknown DeploymentPaused');
    expect(web(cluster).status?.updatedReplicas).toBeUndefined();
    change(cluster, { replicas: 5 });
    await cluster.run(1000);
    expect(replicaSets(cluster)).toEqual([{ image: 'nginx:latest', replicas: 5, revision: '1' }]);
    change(cluster, { paused: false });
    await cluster.run(3000);
    expect(replicaSets(cluster).map(({ replicas }) => replicas)).toEqual([0, 5]);
    expect(conditions(cluster)).toContain('Progressing=True NewReplicaSetAvailable');
  });

  it('reports a rollout that makes no progress until its deadline, and recovers', async () => {
    using cluster = start({ startMs: (pod) => (pod.spec?.containers[0]?.image === 'broken' ? undefined : 0) });
    cluster.client.create(DEPLOYMENT, aDeployment({ progressDeadlineSeconds: 10 }));
    await cluster.run(1000);
    change(cluster, { template: aTemplate('web', 'broken') });
    await cluster.run(9000, 500);
    expect(conditions(cluster)).toContain('Progressing=True ReplicaSetUpdated');
    await cluster.run(4000, 500);
    expect(conditions(cluster)).toContain('Progressing=False ProgressDeadlineExceeded');
    expect(web(cluster).status?.availableReplicas).toBe(3);
    change(cluster, { template: aTemplate('web', 'nginx:latest') });
    await cluster.run(2000);
    expect(conditions(cluster)).toContain('Progressing=True NewReplicaSetAvailable');
  });

  it('stops everything old before anything new where the strategy is Recreate', async () => {
    using cluster = start({ startMs: () => 200, stopMs: 500 });
    cluster.client.create(DEPLOYMENT, aDeployment({ strategy: { type: 'Recreate' } }));
    await cluster.run(2000);
    change(cluster, { template: aTemplate('web', 'nginx:1.25') });
    const images: string[] = [];
    for (let step = 0; step < 30; step += 1) {
      await cluster.run(50, 50);
      images.push([...new Set(cluster.pods().map(({ spec }) => spec?.containers[0]?.image))].join('+'));
    }
    expect(images).not.toContain('nginx:latest+nginx:1.25');
    expect(replicaSets(cluster).map(({ replicas }) => replicas)).toEqual([0, 3]);
  });

  it('keeps only as many emptied replica sets as revisionHistoryLimit says', async () => {
    using cluster = start();
    cluster.client.create(DEPLOYMENT, aDeployment({ revisionHistoryLimit: 1 }));
    for (const image of ['a', 'b', 'c']) {
      await cluster.run(2000);
      change(cluster, { template: aTemplate('web', image) });
    }
    await cluster.run(2000);
    expect(replicaSets(cluster).map(({ image }) => image)).toEqual(['b', 'c']);
  });

  it('shares a change of size in the middle of a rollout among its replica sets', async () => {
    using cluster = start({ startMs: (pod) => (pod.spec?.containers[0]?.image === 'slow' ? undefined : 0) });
    cluster.client.create(
      DEPLOYMENT,
      aDeployment({ replicas: 10, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } } }),
    );
    await cluster.run(1000);
    change(cluster, { template: aTemplate('web', 'slow') });
    await cluster.run(1000);
    expect(replicaSets(cluster).map(({ replicas }) => replicas)).toEqual([8, 5]);
    change(cluster, { replicas: 15 });
    await cluster.run(1000);
    // The example of the Kubernetes documentation on proportional scaling.
    expect(replicaSets(cluster).map(({ replicas }) => replicas)).toEqual([11, 7]);
  });

  it('says why pods cannot be created', async () => {
    using cluster = start();
    cluster.client.refusedCreates.set('Pod', 'exceeded quota: small');
    cluster.client.create(DEPLOYMENT, aDeployment({}));
    await cluster.run(1000);
    expect(conditions(cluster)).toContain('ReplicaFailure=True FailedCreate');
    expect(conditions(cluster)).toContain('Available=False MinimumReplicasUnavailable');
    expect(
      cluster.events().some((event) => event.includes('FailedCreate: Error creating: pods') && event.includes('exceeded quota: small')),
    ).toBe(true);
  });
});
