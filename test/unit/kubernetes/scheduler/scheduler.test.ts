import { describe, expect, it } from 'vitest';
import { aContainer, POD, TestCluster } from './a-cluster.ts';

const NO_VICTIMS = 'no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.';
const NOT_HELPFUL = (nodes: number): string =>
  `no new claims to deallocate, preemption: 0/${nodes} nodes are available: ${nodes} Preemption is not helpful for scheduling.`;

describe('the scheduler', () => {
  it('binds a pod to a node and says so', async () => {
    using cluster = new TestCluster();
    cluster.node('minikube');
    cluster.pod('web');
    await cluster.settle();
    expect(cluster.nodeOf('web')).toBe('minikube');
    expect(cluster.events('web')).toEqual(['Scheduled: Successfully assigned default/web to minikube']);
    expect(cluster.errors).toEqual([]);
  });

  it('leaves pods of another scheduler and gated pods alone', async () => {
    using cluster = new TestCluster();
    cluster.node('minikube');
    cluster.pod('other', { schedulerName: 'mine' });
    cluster.pod('gated', { schedulingGates: [{ name: 'wait' }] });
    await cluster.settle();
    expect([cluster.nodeOf('other'), cluster.nodeOf('gated')]).toEqual([undefined, undefined]);
  });

  it('says what is short when a node is full, and places the pod once there is room', async () => {
    using cluster = new TestCluster();
    cluster.node('minikube');
    cluster.pod('first', { containers: [aContainer({ cpu: '1500m' })] });
    await cluster.settle();
    cluster.pod('second', { containers: [aContainer({ cpu: '1' })] });
    await cluster.settle();
    expect(cluster.condition('second')).toMatchObject({ status: 'False', reason: 'Unschedulable' });
    expect(cluster.message('second')).toBe(`0/1 nodes are available: 1 Insufficient cpu. ${NO_VICTIMS}`);
    cluster.client.delete(POD, 'default', 'first', { gracePeriodSeconds: 0 });
    await cluster.clock.advance(2_000);
    expect(cluster.nodeOf('second')).toBe('minikube');
    expect(cluster.clock.pending).toBe(0);
  });

  it('knows that nothing helps when a pod asks for more than any node has', async () => {
    using cluster = new TestCluster();
    cluster.node('minikube');
    cluster.pod('big', { containers: [aContainer({ cpu: '100', memory: '1Ti' })] });
    await cluster.settle();
    expect(cluster.message('big')).toBe(`0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory. ${NOT_HELPFUL(1)}`);
  });

  it('says that there are no nodes', async () => {
    using cluster = new TestCluster();
    cluster.pod('web');
    await cluster.settle();
    expect(cluster.message('web')).toBe('no nodes available to schedule pods');
    cluster.node('minikube');
    await cluster.clock.advance(1_500);
    expect(cluster.nodeOf('web')).toBe('minikube');
  });

  it('counts the refusals of several nodes', async () => {
    using cluster = new TestCluster();
    cluster.node('a', { spec: { taints: [{ key: 'dedicated', value: 'gpu', effect: 'NoSchedule' }] } });
    cluster.node('b', { spec: { unschedulable: true } });
    cluster.node('c');
    cluster.pod('web', { nodeSelector: { disk: 'ssd' } });
    await cluster.settle();
    expect(cluster.message('web')).toBe(
      `0/3 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable. ${NOT_HELPFUL(3)}`,
    );
  });

  it('places a pod when a label makes its selector match', async () => {
    using cluster = new TestCluster();
    cluster.node('minikube');
    cluster.pod('web', { nodeSelector: { disk: 'ssd' } });
    await cluster.settle();
    cluster.label('minikube', { disk: 'ssd' });
    await cluster.clock.advance(1_500);
    expect(cluster.nodeOf('web')).toBe('minikube');
  });

  it('lets a pod on a tainted node that tolerates the taint', async () => {
    using cluster = new TestCluster();
    cluster.node('a', { spec: { taints: [{ key: 'dedicated', value: 'gpu', effect: 'NoSchedule' }] } });
    cluster.pod('web', { tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'gpu', effect: 'NoSchedule' }] });
    await cluster.settle();
    expect(cluster.nodeOf('web')).toBe('a');
  });

  it('prefers the node that a pod prefers', async () => {
    using cluster = new TestCluster();
    cluster.node('a');
    cluster.node('b', { labels: { disk: 'ssd' } });
    const preference = { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] };
    cluster.pod('web', { affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, preference }] } } });
    await cluster.settle();
    expect(cluster.nodeOf('web')).toBe('b');
  });

  it('keeps pods apart that do not want to be together', async () => {
    using cluster = new TestCluster();
    cluster.node('a');
    cluster.node('b');
    const apart = {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { labelSelector: { matchLabels: { app: 'db' } }, topologyKey: 'kubernetes.io/hostname' },
        ],
      },
    };
    for (const name of ['db-0', 'db-1', 'db-2']) {
      cluster.pod(name, { affinity: apart }, { labels: { app: 'db' } });
      await cluster.settle();
    }
    expect(new Set([cluster.nodeOf('db-0'), cluster.nodeOf('db-1')])).toEqual(new Set(['a', 'b']));
    expect(cluster.message('db-2')).toContain("0/2 nodes are available: 2 node(s) didn't match pod anti-affinity rules.");
  });

  it('puts a pod beside the one it wants to be with', async () => {
    using cluster = new TestCluster();
    cluster.node('a');
    cluster.node('b');
    cluster.pod('db', { nodeSelector: { 'kubernetes.io/hostname': 'b' } }, { labels: { app: 'db' } });
    await cluster.settle();
    const together = {
      podAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { labelSelector: { matchLabels: { app: 'db' } }, topologyKey: 'kubernetes.io/hostname' },
        ],
      },
    };
    cluster.pod('web', { affinity: together });
    await cluster.settle();
    expect(cluster.nodeOf('web')).toBe('b');
  });

  it('spreads pods over zones as their constraint says', async () => {
    using cluster = new TestCluster();
    cluster.node('a', { labels: { zone: 'one' } });
    cluster.node('b', { labels: { zone: 'two' } });
    const spread = [
      { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { app: 'web' } } },
    ];
    for (let index = 0; index < 4; index += 1) {
      cluster.pod(`web-${index}`, { topologySpreadConstraints: spread }, { labels: { app: 'web' } });
      await cluster.settle();
    }
    const nodes = [0, 1, 2, 3].map((index) => cluster.nodeOf(`web-${index}`));
    expect(nodes.filter((node) => node === 'a')).toHaveLength(2);
    expect(nodes.filter((node) => node === 'b')).toHaveLength(2);
  });

  it('spreads the pods of one controller over nodes without being told', async () => {
    using cluster = new TestCluster();
    for (const name of ['a', 'b', 'c']) {
      cluster.node(name);
    }
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'rs', controller: true };
    for (let index = 0; index < 3; index += 1) {
      cluster.pod(`web-${index}`, {}, { ownerReferences: [owner] });
    }
    await cluster.settle();
    expect(new Set([0, 1, 2].map((index) => cluster.nodeOf(`web-${index}`)))).toEqual(new Set(['a', 'b', 'c']));
  });

  it('gives a host port to one pod of a node only', async () => {
    using cluster = new TestCluster();
    cluster.node('minikube');
    const containers = [{ name: 'main', image: 'nginx', ports: [{ containerPort: 80, hostPort: 8080 }] }];
    cluster.pod('first', { containers });
    await cluster.settle();
    cluster.pod('second', { containers });
    await cluster.settle();
    expect(cluster.message('second')).toContain("0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports.");
  });

  it('counts the largest init container and the sidecars', async () => {
    using cluster = new TestCluster();
    cluster.node('minikube');
    const sized = (name: string, cpu: string) => ({ name, image: 'x', resources: { requests: { cpu } } });
    cluster.pod('web', {
      initContainers: [{ ...sized('proxy', '600m'), restartPolicy: 'Always' }, sized('init', '1500m')],
      containers: [sized('main', '100m')],
    });
    await cluster.settle();
    expect(cluster.message('web')).toContain('1 Insufficient cpu');
  });

  it('waits for a claim that does not exist or is not bound', async () => {
    using cluster = new TestCluster();
    cluster.node('minikube');
    cluster.pod('db', { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] });
    await cluster.settle();
    expect(cluster.message('db')).toBe('0/1 nodes are available: persistentvolumeclaim "data" not found. not found');
    cluster.client.create(
      { apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: 'data', namespace: 'default' },
        spec: {},
      },
    );
    await cluster.clock.advance(1_500);
    expect(cluster.message('db')).toBe('0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found');
  });

  it('makes room for a more important pod', async () => {
    using cluster = new TestCluster();
    cluster.node('minikube');
    cluster.pod('low', { containers: [aContainer({ cpu: '1500m' })] });
    await cluster.settle();
    cluster.pod('high', { containers: [aContainer({ cpu: '1' })], priority: 1000 });
    await cluster.settle();
    expect(cluster.message('high')).toBe('0/1 nodes are available: 1 Insufficient cpu.');
    expect(cluster.get('high').status?.nominatedNodeName).toBe('minikube');
    expect(cluster.get('low').metadata.deletionTimestamp).toBeDefined();
    expect(cluster.get('low').status?.conditions).toContainEqual(
      expect.objectContaining({ type: 'DisruptionTarget', reason: 'PreemptionByScheduler' }),
    );
    expect(cluster.events('low').at(-1)).toBe(`Preempted: Preempted by pod ${cluster.get('high').metadata.uid} on node minikube`);
    cluster.client.delete(POD, 'default', 'low', { gracePeriodSeconds: 0 });
    await cluster.clock.advance(2_000);
    expect(cluster.nodeOf('high')).toBe('minikube');
  });

  it('does not make room for a pod that may not preempt', async () => {
    using cluster = new TestCluster();
    cluster.node('minikube');
    cluster.pod('low', { containers: [aContainer({ cpu: '1500m' })] });
    await cluster.settle();
    cluster.pod('polite', { containers: [aContainer({ cpu: '1' })], priority: 1000, preemptionPolicy: 'Never' });
    await cluster.settle();
    expect(cluster.message('polite')).toContain('preemption: not eligible due to preemptionPolicy=Never.');
    expect(cluster.get('low').metadata.deletionTimestamp).toBeUndefined();
  });

  it('tries a pod again only after a change that may help it', async () => {
    using cluster = new TestCluster();
    cluster.node('minikube');
    cluster.pod('big', { containers: [aContainer({ cpu: '200' })] });
    cluster.pod('friend', {
      containers: [aContainer({})],
      affinity: {
        podAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'web' } } },
          ],
        },
      },
    });
    await cluster.settle();
    const tries = (name: string) => cluster.events(name).filter((event) => event.startsWith('FailedScheduling')).length;
    expect([tries('big'), tries('friend')]).toEqual([1, 1]);
    cluster.pod('other', { containers: [aContainer({})] }, { labels: { app: 'web' } });
    await cluster.settle();
    await cluster.clock.advance(20_000);
    expect(tries('big')).toBe(1);
    expect(cluster.nodeOf('friend')).toBe('minikube');
  });
});
