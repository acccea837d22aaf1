import { describe, expect, it } from 'vitest';
import { NODE, POD } from '../../../../lab-server/embedded/kubernetes/controllers/kinds.ts';
import { nodeLifecycleController } from '../../../../lab-server/embedded/kubernetes/controllers/node-lifecycle.ts';
import { evictionInMs, taintEvictionController } from '../../../../lab-server/embedded/kubernetes/controllers/taint-eviction.ts';
import { Heartbeats } from '../../../../lab-server/embedded/kubernetes/kubelet/heartbeats.ts';
import type { Node, Pod } from '../../../../lab-server/embedded/kubernetes/types.ts';
import { TestCluster } from './test-cluster.ts';

const READY = { type: 'Ready', status: 'True', reason: 'KubeletReady' };

class Stand implements Disposable {
  readonly cluster: TestCluster;
  readonly heartbeats: Heartbeats;

  constructor(nodes: string[]) {
    const heartbeats: { current?: Heartbeats } = {};
    // The heartbeats need the clock of the cluster that needs them.
    const lifecycle = nodeLifecycleController({
      of: (node) => heartbeats.current?.of(node),
      onChange: (listener) => {
        queueMicrotask(() => heartbeats.current?.onChange(listener));
        return { [Symbol.dispose]: () => undefined };
      },
    });
    this.cluster = new TestCluster({ controllers: [lifecycle, taintEvictionController], stopMs: 1_000_000 });
    this.heartbeats = new Heartbeats(this.cluster.clock);
    heartbeats.current = this.heartbeats;
    for (const name of nodes) {
      this.cluster.client.create(NODE, { apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: {}, status: { conditions: [READY] } });
      this.heartbeats.start(name);
    }
  }

  node(name: string): Node {
    return this.cluster.client.get(NODE, undefined, name) as Node;
  }

  taints(name: string): string[] {
    return (this.node(name).spec?.taints ?? []).map(({ key, effect }) => `${key}:${effect}`);
  }

  createPod(tolerations: object[] = []): void {
    this.cluster.client.create(POD, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', namespace: 'default' },
      spec: { containers: [], tolerations },
    });
  }

  pod(): Pod | undefined {
    return this.cluster.client.get(POD, 'default', 'web');
  }

  [Symbol.dispose](): void {
    this.cluster[Symbol.dispose]();
  }
}

const fiveMinutes = [{ key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }];

describe('a node whose kubelet falls silent', () => {
  it('is marked unknown after 50 seconds, tainted, and its pods are not ready any more', async () => {
    using stand = new Stand(['node-1', 'node-2']);
    stand.createPod(fiveMinutes);
    await stand.cluster.run(1000);
    stand.heartbeats.stop('node-1');
    await stand.cluster.run(45_000, 1000);
    expect(stand.node('node-1').status?.conditions?.[0]?.status).toBe('True');
    await stand.cluster.run(15_000, 1000);
    expect(stand.node('node-1').status?.conditions?.[0]).toMatchObject({
      status: 'Unknown',
      reason: 'NodeStatusUnknown',
      message: 'Kubelet stopped posting node status.',
    });
    expect(stand.taints('node-1')).toEqual(['node.kubernetes.io/unreachable:NoSchedule', 'node.kubernetes.io/unreachable:NoExecute']);
    expect(stand.pod()?.status?.conditions?.[0]).toMatchObject({ type: 'Ready', status: 'False' });
    expect(stand.cluster.events()).toContain('NodeNotReady: Node node-1 status is now: NodeNotReady');
  });

  it('loses its pods when they have tolerated the taint for as long as they say', async () => {
    using stand = new Stand(['node-1', 'node-2']);
    stand.createPod(fiveMinutes);
    await stand.cluster.run(1000);
    stand.heartbeats.stop('node-1');
    await stand.cluster.run(340_000, 5000);
    expect(stand.pod()?.metadata.deletionTimestamp).toBeUndefined();
    await stand.cluster.run(30_000, 5000);
    expect(stand.pod()?.metadata.deletionTimestamp).toBeDefined();
    expect(stand.pod()?.status?.conditions).toContainEqual(
      expect.objectContaining({ type: 'DisruptionTarget', reason: 'DeletionByTaintManager' }),
    );
    expect(stand.cluster.events()).toContain('TaintManagerEviction: Marking for deletion Pod default/web');
  });

  it('keeps its pods while no node at all is ready', async () => {
    using stand = new Stand(['node-1']);
    stand.createPod();
    await stand.cluster.run(1000);
    stand.heartbeats.stop('node-1');
    await stand.cluster.run(600_000, 10_000);
    expect(stand.taints('node-1')).toEqual(['node.kubernetes.io/unreachable:NoSchedule']);
    expect(stand.pod()?.metadata.deletionTimestamp).toBeUndefined();
  });

  it('is free of taints again when it reports ready', async () => {
    using stand = new Stand(['node-1', 'node-2']);
    stand.heartbeats.stop('node-1');
    await stand.cluster.run(60_000, 5000);
    stand.heartbeats.start('node-1');
    stand.cluster.client.updateStatus(NODE, { ...stand.node('node-1'), status: { conditions: [READY] } as never });
    await stand.cluster.run(1000);
    expect(stand.taints('node-1')).toEqual([]);
  });
});

describe('a node', () => {
  it('is tainted while it is cordoned, and keeps the taints of others', async () => {
    using stand = new Stand(['node-1']);
    const other = { key: 'dedicated', value: 'db', effect: 'NoSchedule' };
    stand.cluster.client.update(NODE, { ...stand.node('node-1'), spec: { unschedulable: true, taints: [other] } });
    await stand.cluster.run(100);
    expect(stand.taints('node-1')).toEqual(['dedicated:NoSchedule', 'node.kubernetes.io/unschedulable:NoSchedule']);
    stand.cluster.client.update(NODE, { ...stand.node('node-1'), spec: { ...stand.node('node-1').spec, unschedulable: false } });
    await stand.cluster.run(100);
    expect(stand.taints('node-1')).toEqual(['dedicated:NoSchedule']);
  });
});

describe('the time until a pod is evicted', () => {
  const taint = { key: 'k', effect: 'NoExecute', timeAdded: '2026-01-01T00:00:00Z' };
  const now = Date.UTC(2026, 0, 1, 0, 0, 10);
  const evicted = (tolerations: object[]) =>
    evictionInMs({ metadata: {}, spec: { containers: [], tolerations } } as unknown as Pod, [taint], now);

  it('is none without a toleration, never with one that has no end, and the shortest of several', () => {
    expect(evicted([])).toBe(0);
    expect(evicted([{ key: 'k', operator: 'Exists' }])).toBeUndefined();
    expect(
      evicted([
        { key: 'k', operator: 'Exists', tolerationSeconds: 60 },
        { operator: 'Exists', tolerationSeconds: 30 },
      ]),
    ).toBe(20_000);
  });
});
