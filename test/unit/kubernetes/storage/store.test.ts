import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { type Change, ObjectStore, SqliteJournal } from '../../../../lab-server/embedded/kubernetes/storage/index.ts';
import type { KubernetesObject } from '../../../../lab-server/embedded/kubernetes/types.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) {
    rmSync(folder, { recursive: true, force: true });
  }
});

function aFile(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'dockside-store-'));
  folders.push(folder);
  return path.join(folder, 'cluster.sqlite');
}

function anObject(name: string, value = '', owner?: string): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name,
      namespace: 'default',
      ...(owner && { ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: owner, controller: true }] }),
    },
    spec: value,
  };
}

function aStore(journal?: SqliteJournal): ObjectStore {
  return new ObjectStore({ ...(journal && { journal }), report: (error) => expect.fail(String(error)) });
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('the store', () => {
  it('neither counts what the cluster keeps of itself nor remembers what of it was removed', () => {
    using store = aStore();
    store.put('$disks', 'minikube', anObject('minikube', 'files'));
    store.remove('$disks', 'minikube');
    store.put('$disks', 'minikube', anObject('minikube', 'others'));
    expect(store.usage).toEqual({ objects: 0, bytes: 0 });
    expect(store.table('$disks').changesSince(0)).toBeUndefined();
    expect(store.table('$disks').get('minikube')?.object).toMatchObject({ spec: 'others' });
  });

  it('gives every write the next revision as its resourceVersion', () => {
    const store = aStore();
    const first = store.put('configmaps', 'default/a', anObject('a'));
    const second = store.put('configmaps', 'default/a', anObject('a', 'changed'));
    expect(second.revision).toBe(first.revision + 1);
    expect(second.object.metadata.resourceVersion).toBe(String(second.revision));
    expect(store.revision).toBe(second.revision);
  });

  it('lists in key order, of one namespace or of all', () => {
    const store = aStore();
    for (const key of ['b/x', 'a-b/x', 'a/z', 'a/y']) {
      store.put('configmaps', key, anObject(key.slice(-1)));
    }
    const keys = (namespace?: string): string[] =>
      store
        .table('configmaps')
        .list(namespace)
        .map((entry) => entry.key);
    expect(keys()).toEqual(['a-b/x', 'a/y', 'a/z', 'b/x']);
    expect(keys('a')).toEqual(['a/y', 'a/z']);
    expect(keys('none')).toEqual([]);
  });

  it('finds objects by the uid of their controller, also after it changed', () => {
    const store = aStore();
    store.put('configmaps', 'default/a', anObject('a', '', 'one'));
    store.put('configmaps', 'default/b', anObject('b', '', 'one'));
    store.put('configmaps', 'default/b', anObject('b', '', 'two'));
    const owned = (uid: string): string[] =>
      store
        .table('configmaps')
        .controlledBy(uid)
        .map((entry) => entry.key);
    expect([owned('one'), owned('two')]).toEqual([['default/a'], ['default/b']]);
    store.remove('configmaps', 'default/a');
    expect(owned('one')).toEqual([]);
  });

  it('tells subscribers of changes in order, after the write has returned, with what was before', async () => {
    const store = aStore();
    const told: string[] = [];
    store.put('configmaps', 'default/early', anObject('early'));
    store.subscribe('configmaps', (change) => told.push(`${change.type} ${change.entry.key} ${change.previous?.object.spec as string}`));
    store.put('configmaps', 'default/a', anObject('a', '1'));
    store.put('configmaps', 'default/a', anObject('a', '2'));
    store.remove('configmaps', 'default/a');
    expect(told).toEqual([]);
    await Promise.resolve();
    expect(told).toEqual(['ADDED default/a undefined', 'MODIFIED default/a 1', 'DELETED default/a 2']);
  });

  it('keeps telling the others when one subscriber throws', async () => {
    const reported: unknown[] = [];
    const store = new ObjectStore({ report: (error) => reported.push(error) });
    const told: string[] = [];
    store.subscribe('configmaps', () => {
      throw new Error('broken');
    });
    store.subscribe('configmaps', (change) => told.push(change.entry.key));
    store.put('configmaps', 'default/a', anObject('a'));
    await Promise.resolve();
    expect([told, reported.map(String)]).toEqual([['default/a'], ['Error: broken']]);
  });

  it('tells what changed since a revision, and that it no longer knows when that is too long ago', () => {
    const store = aStore();
    const start = store.put('configmaps', 'default/a', anObject('a')).revision;
    for (let index = 0; index < 2500; index += 1) {
      store.put('configmaps', 'default/a', anObject('a', String(index)));
    }
    const table = store.table('configmaps');
    expect(table.changesSince(start)).toBeUndefined();
    expect(table.changesSince(store.revision - 3)?.map((change: Change) => change.entry.object.spec)).toEqual(['2497', '2498', '2499']);
    expect(table.changesSince(store.revision)).toEqual([]);
  });

  it('shows a table as it was at any revision that it still knows', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('put', 'remove')), { maxLength: 40 }), (steps) => {
        const store = aStore();
        const table = store.table('configmaps');
        const seen: { revision: number; keys: string[] }[] = [];
        for (const [name, step] of steps) {
          if (step === 'put') {
            store.put('configmaps', `default/${name}`, anObject(name));
          } else {
            store.remove('configmaps', `default/${name}`);
          }
          seen.push({ revision: store.revision, keys: table.list().map((entry) => `${entry.key}@${entry.revision}`) });
        }
        for (const { revision, keys } of seen) {
          expect(table.listAt(revision)?.map((entry) => `${entry.key}@${entry.revision}`)).toEqual(keys);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('durable state', () => {
  it('is there again after a restart, with revisions that go on', async () => {
    const file = aFile();
    const store = aStore(new SqliteJournal(file));
    store.put('configmaps', 'default/a', anObject('a', 'kept'));
    store.put('configmaps', 'default/gone', anObject('gone'));
    store.remove('configmaps', 'default/gone');
    const { revision } = store;
    await store.durable();
    // A second connection sees it while the first is still open: nothing waits for a close.
    const again = aStore(new SqliteJournal(file));
    expect(again.revision).toBe(revision);
    expect(
      again
        .table('configmaps')
        .list()
        .map((entry) => [entry.key, entry.object.spec]),
    ).toEqual([['default/a', 'kept']]);
    expect(again.put('configmaps', 'default/b', anObject('b')).revision).toBe(revision + 1);
    again[Symbol.dispose]();
    store[Symbol.dispose]();
  });

  it('commits all writes of one turn of the event loop together, and only then tells committed subscribers', async () => {
    const commits: number[] = [];
    const journal = {
      load: () => ({ revision: 0, rows: [] }),
      commit: (writes: Iterable<unknown>) => void commits.push([...writes].length),
      [Symbol.dispose]: () => undefined,
    };
    const store = new ObjectStore({ journal, report: (error) => expect.fail(String(error)) });
    const told: string[] = [];
    store.subscribeCommitted('configmaps', (change) => told.push(change.entry.key));
    for (const name of ['a', 'b', 'c']) {
      store.put('configmaps', `default/${name}`, anObject(name));
    }
    await Promise.resolve();
    expect([commits, told]).toEqual([[], []]);
    await store.durable();
    await turn();
    expect([commits, told]).toEqual([[3], ['default/a', 'default/b', 'default/c']]);
  });

  it('tells those who wait when a commit failed, and writes it with the next one', async () => {
    let broken = true;
    const written: string[] = [];
    const journal = {
      load: () => ({ revision: 0, rows: [] }),
      commit: (writes: Iterable<{ key: string }>) => {
        if (broken) {
          throw new Error('disk full');
        }
        written.push(...[...writes].map((write) => write.key));
      },
      [Symbol.dispose]: () => undefined,
    };
    const store = new ObjectStore({ journal, report: () => undefined });
    store.put('configmaps', 'default/a', anObject('a'));
    await expect(store.durable()).rejects.toThrow('disk full');
    broken = false;
    store.put('configmaps', 'default/b', anObject('b'));
    await store.durable();
    expect(written).toEqual(['default/a', 'default/b']);
  });
});
