import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Documents } from '../../../../src/lab/documents.ts';
import type { FileAccess, SaveState } from '../../../../src/lab/documents.ts';

/** A lab's disk: every write makes a new version. */
class Disk implements FileAccess {
  readonly files = new Map<string, { text: string; version: string }>();
  #writes = 0;
  /** Set to hold writes until it resolves. */
  hold: Promise<void> = Promise.resolve();

  put(path: string, text: string): string {
    this.#writes += 1;
    const version = `v${this.#writes}`;
    this.files.set(path, { text, version });
    return version;
  }
  text(path: string): string | undefined {
    return this.files.get(path)?.text;
  }
  async read(path: string): Promise<{ text: string; version: string }> {
    const file = this.files.get(path);
    if (!file) {
      throw new Error(`There is no file ${path}.`);
    }
    return file;
  }
  async write(path: string, text: string, version: string | null): Promise<string | undefined> {
    await this.hold;
    return (this.files.get(path)?.version ?? null) === version ? this.put(path, text) : undefined;
  }
}

const FILE = 'app.yaml';

async function anOpenFile(): Promise<{ disk: Disk; documents: Documents; states: SaveState[]; shown: string[] }> {
  const disk = new Disk();
  disk.put(FILE, 'one');
  const states: SaveState[] = [];
  const shown: string[] = [];
  const documents = new Documents(disk, {
    state: ({ state }) => states.push(state),
    text: ({ text }) => shown.push(text),
  });
  await documents.open(FILE);
  return { disk, documents, states, shown };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('what is typed is saved a moment later', async () => {
  const { disk, documents, states } = await anOpenFile();
  documents.edited(FILE, 'two');
  documents.edited(FILE, 'three');
  expect(disk.text(FILE)).toBe('one');
  await vi.runAllTimersAsync();
  expect(disk.text(FILE)).toBe('three');
  expect(states).toEqual(['unsaved', 'unsaved', 'saving', 'saved']);
});

test('a flush saves at once, so that a command finds the text that the reader sees', async () => {
  const { disk, documents } = await anOpenFile();
  documents.edited(FILE, 'two');
  await documents.flush();
  expect(disk.text(FILE)).toBe('two');
});

test('what is typed while a save is under way is saved after it', async () => {
  const { disk, documents } = await anOpenFile();
  const held = Promise.withResolvers<void>();
  disk.hold = held.promise;
  documents.edited(FILE, 'two');
  const flushed = documents.flush();
  documents.edited(FILE, 'three');
  held.resolve();
  await flushed;
  expect(disk.text(FILE)).toBe('three');
});

test('the news of our own save is not taken for a change by the shell', async () => {
  const { disk, documents, shown, states } = await anOpenFile();
  const held = Promise.withResolvers<void>();
  disk.hold = held.promise;
  documents.edited(FILE, 'two');
  const flushed = documents.flush();
  const heard = documents.changed(FILE, 'v2');
  held.resolve();
  await Promise.all([flushed, heard]);
  expect(shown).toEqual([]);
  expect(states.at(-1)).toBe('saved');
});

test('a change by the shell is shown where nothing is unsaved', async () => {
  const { disk, documents, shown } = await anOpenFile();
  await documents.changed(FILE, disk.put(FILE, 'from the shell'));
  expect(shown).toEqual(['from the shell']);
});

test('a change by the shell while the reader types is a conflict, and neither text is lost', async () => {
  const { disk, documents, states } = await anOpenFile();
  documents.edited(FILE, 'mine');
  await documents.changed(FILE, disk.put(FILE, 'theirs'));
  await vi.runAllTimersAsync();
  expect(states.at(-1)).toBe('conflict');
  expect(disk.text(FILE)).toBe('theirs');
  expect(documents.get(FILE)?.text).toBe('mine');
});

test('a save over a version that the editor has not seen is a conflict', async () => {
  const { disk, documents, states } = await anOpenFile();
  disk.put(FILE, 'theirs, not announced yet');
  documents.edited(FILE, 'mine');
  await documents.flush();
  expect(states.at(-1)).toBe('conflict');
  expect(disk.text(FILE)).toBe('theirs, not announced yet');
});

test('a conflict ends as the reader chooses', async () => {
  const { disk, documents, shown } = await anOpenFile();
  documents.edited(FILE, 'mine');
  await documents.changed(FILE, disk.put(FILE, 'theirs'));
  await documents.keepMine(FILE);
  expect(disk.text(FILE)).toBe('mine');

  documents.edited(FILE, 'mine again');
  await documents.changed(FILE, disk.put(FILE, 'theirs again'));
  await documents.takeTheirs(FILE);
  expect(shown).toEqual(['theirs again']);
  expect(disk.text(FILE)).toBe('theirs again');
});

test('after a time without news every open file is looked at again', async () => {
  const { disk, documents, shown, states } = await anOpenFile();
  const version = disk.put(FILE, 'changed meanwhile');
  await documents.refresh(new Map([[FILE, version]]));
  expect(shown).toEqual(['changed meanwhile']);
  await documents.refresh(new Map());
  expect(states.at(-1)).toBe('removed');
});
