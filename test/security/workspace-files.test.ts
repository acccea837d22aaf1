// Tricks against the files API, played from inside a workspace: the server reads and writes as a mightier user than the learner, so a link
// must never lead it anywhere else.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Workspace } from '../../lab-server/workspaces/index.ts';
import { Labs } from '../integration/workspaces/lab.ts';

let labs: Labs;
let attacker: Workspace;
let treasure: string;

beforeAll(async () => {
  labs = await Labs.open();
  treasure = join(labs.dataFolder, 'treasure');
  await mkdir(treasure);
  await writeFile(join(treasure, 'key'), 'the key');
  attacker = await labs.workspace({ id: 'attacker' });
  await labs.workspace({ id: 'victim', files: { 'mine.txt': 'mine' } });
});

afterAll(async () => {
  await labs[Symbol.asyncDispose]();
});

function attack(script: string): Promise<unknown> {
  return attacker.run(['bash', '-c', script], { timeoutMs: 10_000 });
}

const bytes = Buffer.from('evil');

test('a link to a file or folder outside home can be neither read, written, listed nor removed through', async () => {
  await attack(`ln -sfn ${treasure} out; ln -sf ${treasure}/key key; ln -sf /etc/shadow shadow; ln -sf /proc/self/environ environ`);
  for (const path of ['out/key', 'key', 'shadow', 'environ']) {
    await expect(attacker.files.read(path)).rejects.toMatchObject({ code: 'FILE_PATH_INVALID', status: 400 });
    await expect(attacker.files.write(path, bytes)).rejects.toMatchObject({ code: 'FILE_PATH_INVALID' });
  }
  await expect(attacker.files.write('out/planted', bytes)).rejects.toMatchObject({ code: 'FILE_PATH_INVALID' });
  await expect(attacker.files.rename('out/key', 'stolen')).rejects.toMatchObject({ code: 'FILE_PATH_INVALID' });
  await expect(attacker.files.remove('out/key')).rejects.toMatchObject({ code: 'FILE_PATH_INVALID' });
  expect((await attacker.files.list()).map(({ path }) => path)).not.toContain('out/key');
  // The link itself may be removed; what it points to stays.
  await attacker.files.remove('out');
  expect(await readFile(join(treasure, 'key'), 'utf8')).toBe('the key');
});

test('a link of another kind leads nowhere either: /proc, a chain, a circle, the home of another lab', async () => {
  const victimHome = join(labs.folder('victim'), 'home');
  await attack(
    `ln -sfn /proc/1/root root; ln -sfn root chain; ln -sf loop2 loop1; ln -sf loop1 loop2; ln -sfn ${victimHome} victim; ln -sfn ../../victim/home relative`,
  );
  for (const path of ['root/etc/passwd', 'chain/etc/passwd', 'loop1', 'victim/mine.txt', 'relative/mine.txt']) {
    await expect(attacker.files.read(path)).rejects.toMatchObject({ status: 400 });
    await expect(attacker.files.write(path, bytes)).rejects.toMatchObject({ status: 400 });
  }
  expect(await readFile(join(victimHome, 'mine.txt'), 'utf8')).toBe('mine');
});

test('a hard link to a file of another owner cannot be made, and writing leaves other names of a file alone', async () => {
  await attack('ln /etc/passwd passwd; ln /usr/bin/env env; echo original > first; ln first second');
  const names = (await attacker.files.list()).map(({ path }) => path);
  expect(names).not.toContain('passwd');
  expect(names).not.toContain('env');
  await attacker.files.write('second', bytes);
  expect(Buffer.from((await attacker.files.read('first')).content).toString()).toBe('original\n');
});

test('a folder that is exchanged for a link again and again while the server writes never lets a byte out', async () => {
  const swapping = attacker.run(
    [
      'bash',
      '-c',
      `mkdir -p real; end=$((SECONDS+3)); while [ $SECONDS -lt $end ]; do mkdir d 2>/dev/null; rmdir d 2>/dev/null || rm -rf d; ln -sfn ${treasure} d; rm -f d; done`,
    ],
    { timeoutMs: 10_000 },
  );
  let written = 0;
  let isSwapping = true;
  void swapping.finally(() => (isSwapping = false));
  while (isSwapping) {
    await attacker.files.write('d/planted', bytes).then(
      () => (written += 1),
      () => undefined,
    );
    await attacker.files.remove('d/key').catch(() => undefined);
  }
  await expect(readFile(join(treasure, 'planted'))).rejects.toThrow('ENOENT');
  expect(await readFile(join(treasure, 'key'), 'utf8')).toBe('the key');
});

test('paths that are no names below home are refused, whoever writes them', async () => {
  for (const path of ['', '/', '/etc/passwd', '..', '../x', 'a/../../x', 'a//b', './a', 'a\0b', 'x'.repeat(2000), `${'d/'.repeat(600)}x`]) {
    await expect(attacker.files.read(path)).rejects.toMatchObject({ code: 'FILE_PATH_INVALID' });
    await expect(attacker.files.write(path, bytes)).rejects.toMatchObject({ code: 'FILE_PATH_INVALID' });
    await expect(attacker.files.remove(path)).rejects.toMatchObject({ code: 'FILE_PATH_INVALID' });
    await expect(attacker.files.rename('first', path)).rejects.toMatchObject({ code: 'FILE_PATH_INVALID' });
  }
});
