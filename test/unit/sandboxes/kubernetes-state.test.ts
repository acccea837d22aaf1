import { setTimeout as after } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../lab-server/base/index.ts';
import { KubernetesState } from '../../../lab-server/sandboxes/kubernetes-state.ts';
import type { StateChange, StateQuery } from '../../../lab-server/sandboxes/sandbox.ts';
import { KubernetesApiByHand } from '../../builders/kubernetes-api.ts';

const pods: StateQuery = { platform: 'kubernetes', apiVersion: 'v1', kind: 'Pod', namespace: 'default' };
const forever = new AbortController().signal;

function aPod(name: string, resourceVersion: number): KubernetesApiByHand['pods'][number] {
  return { metadata: { name, uid: `uid-${name}`, resourceVersion: String(resourceVersion) } };
}

let api: KubernetesApiByHand;
let state: KubernetesState;
let clock: ManualClock;
beforeEach(async () => {
  api = await KubernetesApiByHand.start();
  clock = new ManualClock();
  state = new KubernetesState(
    { server: api.server, credentials: () => Promise.resolve({ headers: { authorization: 'Bearer t' } }) },
    clock,
  );
});
afterEach(async () => {
  state[Symbol.dispose]();
  await api[Symbol.asyncDispose]();
});

/** Follows changes in the background. */
function follow(): { seen: string[]; stop(): Promise<void>; ended: Promise<unknown> } {
  const abort = new AbortController();
  const seen: string[] = [];
  const ended = (async () => {
    for await (const { type, document } of state.changes(pods, abort.signal)) {
      seen.push(`${type} ${(document as ReturnType<typeof aPod>).metadata.name}`);
    }
  })();
  ended.catch(() => {});
  return {
    seen,
    ended,
    async stop() {
      abort.abort();
      await ended;
    },
  };
}

describe('reading a cluster', () => {
  it('gives items with their kind, finding the path by discovery', async () => {
    api.pods = [aPod('a', 1)];
    expect(await state.read({ ...pods, name: 'a', labelSelector: 'app=web' }, forever)).toEqual([
      { apiVersion: 'v1', kind: 'Pod', ...aPod('a', 1) },
    ]);
    expect(api.requests).toEqual(['/api/v1', '/api/v1/namespaces/default/pods?fieldSelector=metadata.name%3Da&labelSelector=app%3Dweb']);
  });

  it('finds nothing of a kind or group that the cluster does not serve', async () => {
    expect(await state.read({ ...pods, kind: 'Teapot' }, forever)).toEqual([]);
    expect(await state.read({ ...pods, apiVersion: 'tea.example/v1' }, forever)).toEqual([]);
  });

  it('says why the cluster refused', async () => {
    api.refuseWith = 403;
    await expect(state.read(pods, forever)).rejects.toMatchObject({ code: 'SANDBOX_STATE_UNREADABLE', httpStatus: 403 });
  });
});

describe('following a cluster', () => {
  it('begins with what is there and goes on with every change', async () => {
    api.pods = [aPod('a', 1)];
    const follower = follow();
    await expect.poll(() => api.watches.length).toBe(1);
    expect(api.requests.at(-1)).toContain('allowWatchBookmarks=true&resourceVersion=100');
    api.send('ADDED', aPod('b', 101));
    api.send('BOOKMARK', { metadata: { resourceVersion: '150' } });
    api.send('DELETED', aPod('a', 151));
    await expect.poll(() => follower.seen).toEqual(['ADDED a', 'ADDED b', 'DELETED a']);
    await follower.stop();
  });

  it('goes on from where it was when the watch ends', async () => {
    api.pods = [aPod('a', 1)];
    const follower = follow();
    await expect.poll(() => api.watches.length).toBe(1);
    api.send('MODIFIED', aPod('a', 120));
    await expect.poll(() => follower.seen.length).toBe(2);
    api.endWatches();
    await expect.poll(() => api.watches.length).toBe(1);
    expect(api.requests.at(-1)).toContain('resourceVersion=120');
    await follower.stop();
  });

  it('tells the difference after a version that the cluster has forgotten', async () => {
    api.pods = [aPod('a', 1), aPod('b', 2)];
    const follower = follow();
    await expect.poll(() => api.watches.length).toBe(1);
    api.pods = [aPod('b', 200), aPod('c', 201)];
    api.send('ERROR', { kind: 'Status', code: 410, message: 'too old resource version' });
    await expect.poll(() => clock.pending).toBe(1);
    await clock.advance(1000);
    await expect.poll(() => follower.seen.toSorted()).toEqual(['ADDED a', 'ADDED b', 'ADDED c', 'DELETED a', 'MODIFIED b']);
    await follower.stop();
  });

  it('gives up where it is forbidden', async () => {
    api.refuseWith = 403;
    await expect(follow().ended).rejects.toMatchObject({ httpStatus: 403 });
  });

  it('leaves nothing open when it is stopped', async () => {
    const follower = follow();
    await expect.poll(() => api.watches.length).toBe(1);
    const closed = new Promise((resolve) => api.watches[0]?.on('close', resolve));
    await follower.stop();
    await closed;
    expect(clock.pending).toBe(0);
  });

  it('ends for a reader that leaves early', async () => {
    api.pods = [aPod('a', 1)];
    const changes: AsyncIterable<StateChange> = state.changes(pods, forever);
    for await (const _change of changes) {
      break;
    }
    await after(0);
    expect(api.watches).toHaveLength(0);
  });
});
