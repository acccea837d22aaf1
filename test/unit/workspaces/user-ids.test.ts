// Which users of the machine labs get.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { firstUserId, UserIds } from '../../../lab-server/workspaces/bubblewrap/user-ids.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dockside-ids-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

test('no two labs have the same user, and a lab keeps its own', async () => {
  const ids = new UserIds(folder, 2_000_000);
  const labs = Array.from({ length: 200 }, (_, index) => `lab${index}`);
  const claimed = await Promise.all(labs.map((lab) => ids.claim(lab)));
  expect(new Set(claimed).size).toBe(labs.length);
  // Another server with the same folder, after a restart for example.
  expect(await Promise.all(labs.map((lab) => new UserIds(folder, 2_000_000).claim(lab)))).toEqual(claimed);
});

test('a released user can be had again', async () => {
  const ids = new UserIds(folder, 2_000_000);
  const first = await ids.claim('lab');
  await ids.release(first);
  await ids.release(first);
  expect(await ids.claim('lab')).toBe(first);
});

test('ids are taken from what the machine has: all, those of a container, or none', () => {
  expect(firstUserId('         0          0 4294967295\n')).toBe(2_000_000);
  expect(firstUserId('         0     100000      65536\n')).toBe(40_000);
  expect(firstUserId('         0       1000          1\n')).toBeUndefined();
  expect(firstUserId('0 1000 1\n1 100000 65536\n')).toBe(40_000);
});
