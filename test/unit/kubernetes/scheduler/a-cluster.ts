// A scheduler over an in-memory cluster with as many nodes as a test wants.
import { ManualClock } from '../../../../lab-server/base/index.ts';
import { kindRef } from '../../../../lab-server/embedded/kubernetes/cluster-client.ts';
import { EVENT } from '../../../../lab-server/embedded/kubernetes/events/index.ts';
import { startScheduler } from '../../../../lab-server/embedded/kubernetes/scheduler/index.ts';
import type { Node, Pod } from '../../../../lab-server/embedded/kubernetes/types.ts';
import { MemoryClusterClient } from '../memory-cluster-client.ts';

export const POD = kindRef<Pod>('v1', 'Pod');
export const NODE = kindRef<Node>('v1', 'Node');

type PodSpec = NonNullable<Pod['spec']>;

export class TestCluster implements Disposable {
  readonly clock = new ManualClock();
  readonly client = new MemoryClusterClient(this.clock);
  readonly errors: unknown[] = [];
  readonly #scheduler: Disposable;

  constructor() {
    this.#scheduler = startScheduler({ client: this.client, clock: this.clock, report: (error) => this.errors.push(error) });
  }

  node(name: string, more: { labels?: Record<string, string>; spec?: Node['spec']; allocatable?: Record<string, string> } = {}): void {
    const allocatable = { cpu: '2', memory: '4Gi', pods: '110', ...more.allocatable };
    this.client.create(NODE, {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels: { 'kubernetes.io/hostname': name, ...more.labels } },
      spec: more.spec ?? {},
      status: { allocatable, capacity: allocatable },
    });
  }

  pod(name: string, spec: Partial<PodSpec> = {}, metadata: Partial<Pod['metadata']> = {}): void {
    this.client.create(POD, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default', labels: {}, ...metadata },
      spec: { containers: [{ name: 'main', image: 'nginx' }], priority: 0, ...spec },
      status: { phase: 'Pending' },
    });
  }

  label(name: string, labels: Record<string, string>): void {
    const node = this.client.get(NODE, undefined, name);
    if (!node) {
      throw new Error(`there is no node ${name}`);
    }
    this.client.update(NODE, { ...node, metadata: { ...node.metadata, labels } });
  }

  get(name: string): Pod {
    const pod = this.client.get(POD, 'default', name);
    if (!pod) {
      throw new Error(`there is no pod ${name}`);
    }
    return pod;
  }

  nodeOf(name: string): string | undefined {
    return this.get(name).spec?.nodeName;
  }

  condition(name: string) {
    return this.get(name).status?.conditions?.find(({ type }) => type === 'PodScheduled');
  }

  message(name: string): string | undefined {
    return this.condition(name)?.message;
  }

  events(name: string): string[] {
    return this.client
      .list(EVENT)
      .filter(({ involvedObject }) => involvedObject.name === name)
      .map(({ reason, message }) => `${reason}: ${message}`);
  }

  /** Lets the scheduler do what it can without time passing. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 5; turn += 1) {
      await this.clock.advance(0);
    }
  }

  [Symbol.dispose](): void {
    this.#scheduler[Symbol.dispose]();
  }
}

export function aContainer(requests: Record<string, string>): PodSpec['containers'][number] {
  return { name: 'main', image: 'nginx', resources: { requests } };
}
