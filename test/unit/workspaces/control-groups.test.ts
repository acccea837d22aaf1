// Control groups on a folder that looks like the kernel's.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ControlGroups } from '../../../lab-server/workspaces/bubblewrap/control-groups.ts';

const LIMITS = { diskBytes: 1, files: 1, openFiles: 1, memoryBytes: 1_000_000, processes: 77, cpus: 0.5 };

let mount: string;

beforeEach(async () => {
  mount = await mkdtemp(join(tmpdir(), 'dockside-groups-'));
});

afterEach(async () => {
  await rm(mount, { recursive: true, force: true });
});

test('in version 1 a lab has a group of each controller that is there', async () => {
  for (const controller of ['memory', 'pids']) {
    await mkdir(join(mount, controller));
    await writeFile(join(mount, controller, 'cgroup.procs'), '');
  }
  const groups = await ControlGroups.find({ dataFolder: '/data', isRoot: true, mount });
  const lab = await groups?.create('lab1', LIMITS);
  expect(lab?.procs).toHaveLength(2);
  expect(lab?.procs[0]).toMatch(/memory\/dockside-[0-9a-f]{12}\/lab1\/cgroup.procs$/);
  await lab?.remove();
  expect(await readdir(join(mount, 'memory'))).toEqual(['cgroup.procs']);
  await expect(lab?.remove()).resolves.toBeUndefined();
});

test('in version 2 a user’s groups lie below the user’s own, with the limits written where the kernel has them', async () => {
  const own = join(mount, 'user.slice');
  await mkdir(own);
  await writeFile(join(mount, 'cgroup.controllers'), 'cpu memory pids');
  await writeFile(join(own, 'cgroup.controllers'), 'memory pids');
  await writeFile(join(mount, 'self'), '0::/user.slice\n');
  // The kernel fills a new group with its files; here they are there before.
  const name = (await ControlGroups.find({ dataFolder: '/data', isRoot: false, mount, ownGroupFile: join(mount, 'self') }))
    ? ''
    : await groupName(own);
  const parent = join(own, name);
  await mkdir(join(parent, 'lab1'), { recursive: true });
  await writeFile(join(parent, 'cgroup.controllers'), 'memory pids');
  for (const file of ['memory.max', 'pids.max', 'cgroup.procs']) {
    await writeFile(join(parent, 'lab1', file), 'max');
  }
  const groups = await ControlGroups.find({ dataFolder: '/data', isRoot: false, mount, ownGroupFile: join(mount, 'self') });
  await groups?.create('lab1', LIMITS);
  expect(await readFile(join(own, 'cgroup.subtree_control'), 'utf8')).toBe('+memory +pids');
  expect(await readFile(join(parent, 'lab1', 'memory.max'), 'utf8')).toBe('1000000');
  expect(await readFile(join(parent, 'lab1', 'pids.max'), 'utf8')).toBe('77');
});

test('empty groups that a crash left are removed at the next start, those with processes and those of others stay', async () => {
  await mkdir(join(mount, 'pids'));
  await writeFile(join(mount, 'pids', 'cgroup.procs'), '');
  const before = await ControlGroups.find({ dataFolder: '/data', isRoot: true, mount });
  await before?.create('empty', LIMITS);
  const busy = await before?.create('busy', LIMITS);
  // A file stands for a process: the folder cannot be removed.
  await writeFile(busy?.procs[0] ?? '', '1');
  const foreign = await (await ControlGroups.find({ dataFolder: '/other', isRoot: true, mount }))?.create('theirs', LIMITS);
  await ControlGroups.find({ dataFolder: '/data', isRoot: true, mount });
  const own = join(mount, 'pids', busy?.procs[0]?.split('/').at(-3) ?? '');
  expect(await readdir(own)).toEqual(['busy']);
  expect(await readdir(join(foreign?.procs[0] ?? '', '..', '..'))).toEqual(['theirs']);
});

test('where nothing may be written there are no groups, and that is no error', async () => {
  expect(await ControlGroups.find({ dataFolder: '/data', isRoot: false, mount: join(mount, 'nothing') })).toBeUndefined();
});

async function groupName(folder: string): Promise<string> {
  return (await readdir(folder)).find((name) => name.startsWith('dockside-')) ?? '';
}
