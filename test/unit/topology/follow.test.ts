import { expect, test } from 'vitest';
import { AsyncQueue, ManualClock } from '../../../lab-server/base/index.ts';
import type { Topology } from '../../../lab-server/protocol/index.ts';
import type { PlatformState, StateChange, StateQuery } from '../../../lab-server/sandboxes/sandbox.ts';
import { followTopology } from '../../../lab-server/topology/index.ts';

/** A sandbox whose changes a test tells one by one. */
class Told implements PlatformState {
  readonly open = new Map<string, AsyncQueue<StateChange>>();

  read(): Promise<[]> {
    return Promise.resolve([]);
  }
  async *changes(query: StateQuery, signal: AbortSignal): AsyncGenerator<StateChange> {
    const name = query.platform === 'ecs' ? query.operation : query.kind;
    using queue = new AsyncQueue<StateChange>(1000, signal);
    this.open.set(name, queue);
    try {
      yield* queue;
    } finally {
      this.open.delete(name);
    }
  }
  tell(name: string, type: StateChange['type'], document: Record<string, unknown>): void {
    this.open.get(name)?.push({ type, document });
  }
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function follow(platform: 'kubernetes' | 'ecs') {
  const state = new Told();
  const clock = new ManualClock();
  const pictures: Topology[] = [];
  const failures: unknown[] = [];
  const follower = followTopology({
    platform,
    state,
    clock,
    onPicture: (picture) => pictures.push(picture),
    onFailure: (error) => failures.push(error),
  });
  await settle();
  return { state, clock, pictures, failures, follower };
}

const pod = (name: string) => ({
  metadata: { name, uid: name, namespace: 'default' },
  spec: { nodeName: 'n' },
  status: { phase: 'Pending' },
});

test('an empty sandbox has an empty picture at once', async () => {
  const { clock, pictures, follower } = await follow('kubernetes');
  await clock.advance(80);
  expect(pictures).toMatchObject([{ platform: 'kubernetes', units: [] }]);
  await follower[Symbol.asyncDispose]();
});

test('a burst of changes makes one picture, and a change that shows nothing makes none', async () => {
  const { state, clock, pictures, follower } = await follow('kubernetes');
  for (const name of ['a', 'b', 'c']) {
    state.tell('Pod', 'ADDED', pod(name));
  }
  await settle();
  await clock.advance(80);
  expect(pictures.map((picture) => picture.units.length)).toEqual([3]);
  state.tell('Pod', 'MODIFIED', { ...pod('a'), status: { phase: 'Pending', hostIP: '192.168.49.2' } });
  state.tell('Pod', 'MODIFIED', pod('b'));
  await settle();
  await clock.advance(80);
  expect(pictures).toHaveLength(1);
  state.tell('Pod', 'DELETED', pod('c'));
  await settle();
  await clock.advance(80);
  expect(pictures.at(-1)?.units).toHaveLength(2);
  await follower[Symbol.asyncDispose]();
});

test('tasks of a cluster are followed while the cluster exists, and go with it', async () => {
  const { state, clock, pictures, follower } = await follow('ecs');
  const cluster = { clusterArn: 'arn:cluster/default', clusterName: 'default' };
  state.tell('DescribeClusters', 'ADDED', cluster);
  await settle();
  state.tell('DescribeTasks', 'ADDED', {
    taskArn: 'arn:task/default/1',
    clusterArn: cluster.clusterArn,
    lastStatus: 'RUNNING',
    launchType: 'FARGATE',
  });
  await settle();
  await clock.advance(80);
  expect(pictures.at(-1)?.units).toHaveLength(1);
  state.tell('DescribeClusters', 'DELETED', cluster);
  await settle();
  await clock.advance(80);
  expect(pictures.at(-1)?.units).toEqual([]);
  expect(state.open.has('DescribeTasks')).toBe(false);
  await follower[Symbol.asyncDispose]();
});

test('nothing is followed any more once it is disposed', async () => {
  const { state, clock, failures, follower } = await follow('kubernetes');
  await follower[Symbol.asyncDispose]();
  expect(state.open.size).toBe(0);
  expect(clock.pending).toBe(0);
  expect(failures).toEqual([]);
});
