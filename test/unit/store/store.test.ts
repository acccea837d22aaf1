import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFolder, openStore, type Store, type StoredLab } from '../../../lab-server/store/index.ts';

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dockside-store-'));
  store = await openStore(join(folder, 'store.sqlite'));
  await store.touchLearner('ada', 1);
});
afterEach(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

function aLab(change: Partial<StoredLab> = {}): StoredLab {
  return {
    id: 'lab-1',
    learnerId: 'ada',
    exercise: 'nginx',
    state: 'opening',
    workspaceDriver: null,
    sandboxDriver: 'embedded',
    createdAt: 10,
    expiresAt: 1000,
    ...change,
  };
}

function anAttempt(score: number, at: number): Parameters<Store['recordAttempt']>[0] {
  return { learnerId: 'ada', labId: 'lab-1', exercise: 'nginx', at, requested: false, score, outOf: 10, verdicts: [] };
}

describe('labs in the store', () => {
  it('come back as they were after the store is opened again', async () => {
    await store.addLab(aLab());
    await store.updateLab('lab-1', { state: 'ready', workspaceDriver: 'bubblewrap', expiresAt: 2000 });
    await store[Symbol.asyncDispose]();
    store = await openStore(join(folder, 'store.sqlite'));
    expect(await store.openLabs()).toEqual([aLab({ state: 'ready', workspaceDriver: 'bubblewrap', expiresAt: 2000 })]);
  });

  it('are one per learner and exercise while they are open', async () => {
    await store.addLab(aLab());
    await expect(store.addLab(aLab({ id: 'lab-2' }))).rejects.toThrow('UNIQUE');
    await store.closeLab('lab-1', []);
    await store.addLab(aLab({ id: 'lab-2' }));
    expect((await store.openLabs()).map((lab) => lab.id)).toEqual(['lab-2']);
  });

  it('belong to a learner that exists', async () => {
    await expect(store.addLab(aLab({ learnerId: 'nobody' }))).rejects.toThrow('FOREIGN KEY');
  });
});

describe('progress', () => {
  it('keeps the best score and counts the attempts', async () => {
    await store.recordAttempt(anAttempt(4, 100));
    await store.recordAttempt(anAttempt(7, 200));
    await store.recordAttempt(anAttempt(2, 300));
    expect(await store.progressOf('ada')).toEqual([{ exercise: 'nginx', score: 7, outOf: 10, attempts: 3, passedAt: null }]);
  });

  it('notes when the exercise passed for the first time', async () => {
    await store.recordAttempt(anAttempt(10, 100));
    await store.recordAttempt(anAttempt(10, 200));
    expect((await store.progressOf('ada'))[0]?.passedAt).toBe(100);
  });

  it('is each learner’s own', async () => {
    await store.recordAttempt(anAttempt(10, 100));
    expect(await store.progressOf('grace')).toEqual([]);
  });
});

describe('the lock of a data folder', () => {
  it('is held by one, and free again after', () => {
    const first = lockFolder(folder);
    expect(() => lockFolder(folder)).toThrow(/^Another Dockside uses the data folder .*: stop it, or set DOCKSIDE_DATA/);
    first[Symbol.dispose]();
    using _second = lockFolder(folder);
  });
});
