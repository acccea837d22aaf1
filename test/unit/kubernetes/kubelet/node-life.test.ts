import { describe, expect, it } from 'vitest';
import { LEASE, NODE, POD } from '../../../../lab-server/embedded/kubernetes/kubelet/kinds.ts';
import { aContainer, TestNode } from './a-node.ts';

describe('a node', () => {
  it('registers itself as ready, with its lease', async () => {
    using node = new TestNode();
    const registered = node.client.get(NODE, undefined, 'minikube');
    expect(registered?.status?.conditions?.map(({ type, status }) => `${type}=${status}`)).toEqual([
      'MemoryPressure=False',
      'DiskPressure=False',
      'PIDPressure=False',
      'Ready=True',
    ]);
    expect(registered?.metadata.labels).toMatchObject({
      'node-role.kubernetes.io/control-plane': '',
      'kubernetes.io/hostname': 'minikube',
    });
    expect(node.client.get(LEASE, 'kube-node-lease', 'minikube')?.spec?.holderIdentity).toBe('minikube');
  });

  it('beats without a timer, and is last heard of when it stops', async () => {
    using node = new TestNode();
    const lease = () => {
      const stored = node.client.get(LEASE, 'kube-node-lease', 'minikube');
      return stored && node.heartbeats.present(stored).spec?.renewTime;
    };
    expect(node.clock.pending).toBe(0);
    const first = lease();
    await node.clock.advance(25_000);
    expect(Date.parse(lease() ?? '') - Date.parse(first ?? '')).toBe(20_000);
    const heard: boolean[] = [];
    using _listening = node.heartbeats.onChange((_name, { beating }) => heard.push(beating));
    node.kubelet[Symbol.dispose]();
    await node.clock.advance(60_000);
    expect(heard).toEqual([false]);
    expect(Date.parse(lease() ?? '') - Date.parse(first ?? '')).toBe(20_000);
  });

  it('needs no time of its own once its pods run', async () => {
    using node = new TestNode();
    node.run('web', { containers: [aContainer()] });
    await node.phase('web', 'Running');
    expect(node.clock.pending).toBe(0);
  });

  it('writes nothing when the cluster is resumed', async () => {
    using node = new TestNode();
    node.run('web', { containers: [aContainer()] });
    await node.phase('web', 'Running');
    const before = node.pod('web');
    node.kubelet[Symbol.dispose]();
    using again = new TestNode({ clock: node.clock, client: node.client });
    await again.until(() => again.runtime.containers.length === 1);
    await again.clock.advance(5_000);
    expect(again.pod('web')).toEqual(before);
  });

  it('restarts containers of which nothing was kept, as after a loss of power', async () => {
    using node = new TestNode();
    node.run('web', { containers: [aContainer()] });
    await node.phase('web', 'Running');
    node.kubelet[Symbol.dispose]();
    using again = new TestNode({ clock: node.clock, client: node.client, snapshots: new Map() });
    await again.until(() => again.status('web').restartCount === 1);
    expect(again.status('web').lastState?.terminated).toMatchObject({ exitCode: 255, reason: 'Unknown' });
    expect(again.events('web')).toContain('SandboxChanged: Pod sandbox changed, it will be killed and re-created.');
  });

  it('lets go of what pods left behind once they have it again', async () => {
    using node = new TestNode();
    node.run('web', { containers: [aContainer()] });
    await node.phase('web', 'Running');
    node.kubelet[Symbol.dispose]();
    const snapshots = new Map([[node.pod('web').metadata.uid, { containers: {}, volumes: {} }]]);
    using again = new TestNode({ clock: node.clock, client: node.client, snapshots });
    await again.until(() => snapshots.size === 0);
    expect(again.runtime.containers).toHaveLength(1);
    expect(again.status('web').restartCount).toBe(0);
  });

  it('restarts its containers when it comes back from being off', async () => {
    using node = new TestNode();
    node.run('web', { containers: [aContainer()] });
    await node.phase('web', 'Running');
    node.kubelet[Symbol.dispose]();
    await node.clock.advance(60_000);
    using again = new TestNode({ clock: node.clock, client: node.client, rebooted: true });
    await again.until(() => again.status('web').restartCount === 1);
    expect(again.status('web').lastState?.terminated).toMatchObject({ exitCode: 255, reason: 'Unknown' });
    expect(again.events('web')).toContain('SandboxChanged: Pod sandbox changed, it will be killed and re-created.');
    expect(again.status('web').ready).toBe(true);
  });

  it('refuses a pod that was put on it past the scheduler and does not fit', async () => {
    using node = new TestNode();
    node.run('big', { containers: [aContainer('big', { resources: { requests: { cpu: '3' } } })] });
    await node.phase('big', 'Failed');
    expect(node.pod('big').status).toMatchObject({
      reason: 'OutOfcpu',
      message: "Pod was rejected: Node didn't have enough resource: cpu, requested: 3000, used: 0, capacity: 2000",
    });
    expect(node.events('big')).toEqual(["OutOfcpu: Node didn't have enough resource: cpu, requested: 3000, used: 0, capacity: 2000"]);
    expect(node.runtime.containers).toEqual([]);
    node.client.delete(POD, 'default', 'big');
    expect(node.exists('big')).toBe(false);
  });

  it('knows what its pods use', async () => {
    using node = new TestNode();
    node.run('web', { containers: [aContainer()] });
    await node.phase('web', 'Running');
    expect(node.kubelet.usage()).toEqual([
      { namespace: 'default', pod: 'web', containers: [{ name: 'web', cpuMillicores: 5, memoryBytes: 1024 * 1024 }] },
    ]);
  });
});

describe('a resize in place', () => {
  const resources = (cpu: string) => ({ requests: { cpu }, limits: { cpu } });

  async function aResizedPod(node: TestNode, cpu: string, policy?: 'RestartContainer'): Promise<void> {
    const resizePolicy = policy ? [{ resourceName: 'cpu', restartPolicy: policy }] : [];
    node.run('web', { containers: [aContainer('web', { resources: resources('500m'), resizePolicy })] });
    await node.phase('web', 'Running');
    expect(node.status('web')).toMatchObject({ resources: resources('500m'), allocatedResources: { cpu: '500m' } });
    node.change(POD, 'web', (pod) => ({
      ...pod,
      spec: { ...pod.spec, containers: [aContainer('web', { resources: resources(cpu), resizePolicy })] },
    }));
    await node.clock.advance(100);
  }

  it('is done without a restart', async () => {
    using node = new TestNode();
    await aResizedPod(node, '1');
    expect(node.status('web')).toMatchObject({ resources: resources('1'), restartCount: 0 });
    const text = '{"containers":[{"name":"web","resources":{"limits":{"cpu":"1"},"requests":{"cpu":"1"}}}],"generation":2}';
    expect(node.events('web').slice(-2)).toEqual([
      `ResizeStarted: Pod resize started: ${text}`,
      `ResizeCompleted: Pod resize completed: ${text}`,
    ]);
  });

  it('restarts the container where its policy says so', async () => {
    using node = new TestNode();
    await aResizedPod(node, '1', 'RestartContainer');
    await node.until(() => node.status('web').restartCount === 1 && node.status('web').ready);
    expect(node.status('web').resources).toEqual(resources('1'));
    expect(node.events('web')).toContain('Killing: Container web resize requires restart');
    await node.until(() => node.condition('web', 'PodResizeInProgress') === undefined);
    expect(node.events('web').at(-1)).toContain('ResizeCompleted: ');
  });

  it('is not done where the node can never take it', async () => {
    using node = new TestNode();
    await aResizedPod(node, '64');
    expect(node.condition('web', 'PodResizePending')).toMatchObject({
      status: 'True',
      reason: 'Infeasible',
      message: "Node didn't have enough capacity: cpu, requested: 64000, capacity: 2000",
    });
    expect(node.status('web').resources).toEqual(resources('500m'));
  });

  it('waits for room, and goes on when another pod leaves', async () => {
    using node = new TestNode();
    node.run('other', { containers: [aContainer('other', { resources: { requests: { cpu: '1' } } })] });
    await node.phase('other', 'Running');
    await aResizedPod(node, '1500m');
    expect(node.condition('web', 'PodResizePending')?.reason).toBe('Deferred');
    node.client.delete(POD, 'default', 'other', { gracePeriodSeconds: 0 });
    await node.until(() => node.condition('web', 'PodResizePending') === undefined);
    expect(node.status('web').resources).toEqual(resources('1500m'));
  });
});
