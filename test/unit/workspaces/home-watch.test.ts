// What the editor hears of changes that the shell makes.
import { appendFile, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FileChange } from '../../../lab-server/workspaces/files.ts';
import { HomeFiles } from '../../../lab-server/workspaces/home/home-files.ts';

let folder: string;
let home: string;
let files: HomeFiles;
let stop: AbortController;
let changes: FileChange[];
let wake: (() => void) | undefined;
let watching: Promise<void>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dockside-watch-'));
  home = join(folder, 'home');
  await mkdir(join(home, 'app'), { recursive: true });
  await writeFile(join(home, 'known'), 'before');
  files = new HomeFiles({ home, homeInside: home, uid: undefined, limits: { diskBytes: 1e9, files: 1000 } });
  stop = new AbortController();
  changes = [];
  watching = watch();
  // The first change that is seen proves that the watch has begun.
  while (changes.length === 0) {
    await appendFile(join(home, 'known'), '.');
    await new Promise((resolve) => setImmediate(resolve));
  }
  changes = [];
});

afterEach(async () => {
  stop.abort();
  await watching;
  await rm(folder, { recursive: true, force: true });
});

async function watch(): Promise<void> {
  for await (const change of files.watch(stop.signal)) {
    changes.push(change);
    wake?.();
  }
}

async function until(type: FileChange['type'], path: string): Promise<FileChange> {
  for (;;) {
    const found = changes.find((change) => change.type === type && change.path === path);
    if (found) {
      return found;
    }
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
}

test('a file that is written is reported with its version', async () => {
  await writeFile(join(home, 'new.yaml'), 'x');
  const { version } = await until('written', 'new.yaml');
  expect(version).toBe((await files.read('new.yaml')).version);
});

test('a file in a new folder is reported, though the folder was not there when the watch began', async () => {
  await mkdir(join(home, 'a/b/c'), { recursive: true });
  await writeFile(join(home, 'a/b/c/file'), 'x');
  expect(await until('written', 'a/b/c/file')).toMatchObject({ type: 'written' });
  await appendFile(join(home, 'a/b/c/file'), 'y');
  expect((await until('written', 'a/b/c/file')).path).toBe('a/b/c/file');
});

test('a removed folder is reported with everything in it', async () => {
  await writeFile(join(home, 'app/one'), 'x');
  await until('written', 'app/one');
  await rm(join(home, 'app'), { recursive: true });
  expect(await until('removed', 'app/one')).toBeDefined();
  expect(await until('removed', 'app')).toBeDefined();
});

test('a renamed file is a removal and a new file', async () => {
  await rename(join(home, 'known'), join(home, 'renamed'));
  expect(await until('removed', 'known')).toBeDefined();
  expect(await until('written', 'renamed')).toBeDefined();
});

test('what an editor itself writes is reported once, with the version that it was told', async () => {
  const version = await files.write('app/mine.yaml', Buffer.from('x'));
  await until('written', 'app/mine.yaml');
  await writeFile(join(home, 'end'), '');
  await until('written', 'end');
  expect(changes.filter(({ path }) => path === 'app/mine.yaml')).toEqual([{ type: 'written', path: 'app/mine.yaml', version }]);
  expect(changes.filter(({ path }) => path.endsWith('.tmp'))).toEqual([]);
});

test('a link is not followed: what happens behind it is not reported', async () => {
  await mkdir(join(folder, 'outside'));
  await symlink(join(folder, 'outside'), join(home, 'link'));
  await writeFile(join(folder, 'outside', 'secret'), 'x');
  await writeFile(join(home, 'end'), '');
  await until('written', 'end');
  expect(changes.map(({ path }) => path).filter((path) => path.startsWith('link'))).toEqual([]);
});
