// The editor's view of the home folder, on a folder of the test's own.
import { execFileSync } from 'node:child_process';
import { link, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isDocksideError } from '../../../lab-server/base/index.ts';
import { HomeFiles, MAX_FILE_BYTES } from '../../../lab-server/workspaces/home/home-files.ts';

let folder: string;
let home: string;
let files: HomeFiles;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dockside-home-'));
  home = join(folder, 'home');
  await mkdir(home);
  await writeFile(join(folder, 'secret'), 'the server’s');
  files = new HomeFiles({ home, homeInside: '/home/learner', uid: undefined, limits: { diskBytes: 20_000_000, files: 50 } });
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function text(path: string): Promise<string> {
  return Buffer.from((await files.read(path)).content).toString();
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'done';
  } catch (error) {
    return isDocksideError(error) ? error.code : `another error: ${String(error)}`;
  }
}

describe('reading and writing', () => {
  test('bytes come back as they were written, whatever they are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (content) => {
        const version = await files.write('app/deep/data.bin', content);
        const read = await files.read('app/deep/data.bin');
        expect(Buffer.from(read.content).equals(Buffer.from(content))).toBe(true);
        expect(read.version).toBe(version);
      }),
      { numRuns: 20 },
    );
  });

  test('a file that was changed since it was last seen is not overwritten', async () => {
    const seen = await files.write('a.yaml', Buffer.from('one'));
    await writeFile(join(home, 'a.yaml'), 'changed in the shell');
    expect(await codeOf(files.write('a.yaml', Buffer.from('two'), seen))).toBe('FILE_CONFLICT');
    expect(await text('a.yaml')).toBe('changed in the shell');
    expect(await codeOf(files.write('a.yaml', Buffer.from('new'), null))).toBe('FILE_CONFLICT');
    const now = (await files.read('a.yaml')).version;
    await files.write('a.yaml', Buffer.from('three'), now);
    expect(await text('a.yaml')).toBe('three');
  });

  test('a file that was removed since is not made again', async () => {
    const seen = await files.write('a', Buffer.from('one'));
    await rm(join(home, 'a'));
    expect(await codeOf(files.write('a', Buffer.from('two'), seen))).toBe('FILE_CONFLICT');
  });

  test('two writes of the same size in the same moment have different versions', async () => {
    const first = await files.write('a', Buffer.from('1'));
    const second = await files.write('a', Buffer.from('2'));
    expect(first).not.toBe(second);
  });

  test('a write keeps the permissions of the file', async () => {
    await writeFile(join(home, 'run.sh'), '#!/bin/sh', { mode: 0o755 });
    await files.write('run.sh', Buffer.from('#!/bin/bash'));
    expect((await stat(join(home, 'run.sh'))).mode & 0o777).toBe(0o755);
  });

  test('nothing temporary is left or listed', async () => {
    await files.write('a', Buffer.from('1'));
    await codeOf(files.write('a', Buffer.from('2'), 'never'));
    expect(await readdir(home)).toEqual(['a']);
  });

  test('files are listed with their folders, what programs keep for themselves is not', async () => {
    await files.write('app/b.yaml', Buffer.from('1'));
    await files.write('a.yaml', Buffer.from('12'));
    await files.write('.kube/cache/x', Buffer.from('1'));
    await files.write('.bash_history', Buffer.from('ls'));
    const list = await files.list();
    expect(list.map(({ path, type, size }) => `${type} ${path} ${size}`)).toEqual([
      'directory .kube 0',
      'file a.yaml 2',
      'directory app 0',
      'file app/b.yaml 1',
    ]);
  });

  test('renaming and removing work on files and folders, and never overwrite', async () => {
    await files.write('a/one', Buffer.from('1'));
    await files.write('b', Buffer.from('2'));
    expect(await codeOf(files.rename('a/one', 'b'))).toBe('FILE_CONFLICT');
    await files.rename('a', 'c/d');
    expect(await text('c/d/one')).toBe('1');
    await files.remove('c');
    expect(await codeOf(files.read('c/d/one'))).toBe('FILE_NOT_FOUND');
    expect(await codeOf(files.remove('c'))).toBe('FILE_NOT_FOUND');
    expect(await codeOf(files.rename('x', 'y'))).toBe('FILE_NOT_FOUND');
  });

  test('a folder is not moved into itself', async () => {
    await mkdir(join(home, 'a'));
    expect(await codeOf(files.rename('a', 'a/b'))).toBe('FILE_PATH_INVALID');
  });
});

describe('limits', () => {
  test('a file that is too large is neither read nor written', async () => {
    expect(await codeOf(files.write('big', Buffer.alloc(MAX_FILE_BYTES + 1)))).toBe('FILE_TOO_LARGE');
    await writeFile(join(home, 'big'), Buffer.alloc(MAX_FILE_BYTES + 1));
    expect(await codeOf(files.read('big'))).toBe('FILE_TOO_LARGE');
  });

  test('a full home folder takes no more bytes and no more files', async () => {
    await writeFile(join(home, 'big'), Buffer.alloc(19_999_990));
    expect(await codeOf(files.write('a', Buffer.alloc(100)))).toBe('FILE_QUOTA');
    await rm(join(home, 'big'));
    for (let count = 0; count < 50; count++) {
      await writeFile(join(home, `f${count}`), '');
    }
    expect(await codeOf(files.write('one-more', Buffer.from('')))).toBe('FILE_QUOTA');
  });
});

describe('paths', () => {
  test.each([
    '',
    '/',
    '/etc/passwd',
    '..',
    '../secret',
    'a/../../secret',
    'a//b',
    './a',
    'a/.',
    'a/',
    '\0',
    'a\0b',
    'x'.repeat(300),
    'a/'.repeat(600) + 'b',
  ])('path %# is refused by every method: %j', async (path) => {
    expect(await codeOf(files.read(path))).toBe('FILE_PATH_INVALID');
    expect(await codeOf(files.write(path, Buffer.from('x')))).toBe('FILE_PATH_INVALID');
    expect(await codeOf(files.remove(path))).toBe('FILE_PATH_INVALID');
    expect(await codeOf(files.rename(path, 'b'))).toBe('FILE_PATH_INVALID');
    await writeFile(join(home, 'here'), '');
    expect(await codeOf(files.rename('here', path))).toBe('FILE_PATH_INVALID');
  });

  test('no path whatever reads or writes outside of home', async () => {
    await symlink('..', join(home, 'up'));
    await symlink(folder, join(home, 'out'));
    await mkdir(join(home, 'a'));
    await symlink('../..', join(home, 'a', 'up'));
    const part = fc.constantFrom('..', '.', 'up', 'out', 'a', 'secret', 'home', '', 'new', '/', '\\', '%2e%2e');
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 6 }), async (parts) => {
        const path = parts.join('/');
        const content = await files.read(path).then(
          (read) => Buffer.from(read.content).toString(),
          () => '',
        );
        expect(content).not.toContain('server');
        await codeOf(files.write(path, Buffer.from('x')));
        await codeOf(files.remove(path));
        expect((await readdir(folder)).sort()).toEqual(['home', 'secret']);
        expect(await readFile(join(folder, 'secret'), 'utf8')).toBe('the server’s');
      }),
      { numRuns: 100 },
    );
  });
});

describe('links', () => {
  test('a link that stays inside is followed, absolute as the learner sees home or relative', async () => {
    await files.write('real/file', Buffer.from('inside'));
    await symlink('real', join(home, 'relative'));
    await symlink('/home/learner/real', join(home, 'absolute'));
    await symlink('real/file', join(home, 'direct'));
    expect(await text('relative/file')).toBe('inside');
    expect(await text('absolute/file')).toBe('inside');
    await files.write('direct', Buffer.from('changed'));
    expect(await text('real/file')).toBe('changed');
  });

  test.each([
    ['a file outside', '../secret'],
    ['an absolute path', '/etc/passwd'],
    ['a path that begins like home', '/home/learnerx/secret'],
    ['the folder above', '..'],
    ['itself', 'link'],
  ])('a link to %s is refused, and nothing behind it is touched', async (_what, target) => {
    await symlink(target, join(home, 'link'));
    for (const path of ['link', 'link/secret']) {
      expect(await codeOf(files.read(path))).toBe('FILE_PATH_INVALID');
      expect(await codeOf(files.write(path, Buffer.from('x')))).toBe('FILE_PATH_INVALID');
    }
    expect(await readFile(join(folder, 'secret'), 'utf8')).toBe('the server’s');
    // The link itself is the learner's, to be renamed and removed.
    await files.rename('link', 'other');
    await files.remove('other');
    expect(await readFile(join(folder, 'secret'), 'utf8')).toBe('the server’s');
  });

  test('a folder with links is removed without what they lead to', async () => {
    await mkdir(join(home, 'a'));
    await symlink(folder, join(home, 'a', 'out'));
    await files.remove('a');
    expect(await readFile(join(folder, 'secret'), 'utf8')).toBe('the server’s');
    expect(await readdir(home)).toEqual([]);
  });

  test('writing to a name that is hard-linked elsewhere leaves the other name as it was', async () => {
    await link(join(folder, 'secret'), join(home, 'hard'));
    await files.write('hard', Buffer.from('x'));
    expect(await readFile(join(folder, 'secret'), 'utf8')).toBe('the server’s');
  });

  test('a folder that is exchanged for a link again and again never leads outside', async () => {
    await mkdir(join(folder, 'outside'));
    await writeFile(join(folder, 'outside', 'file'), 'the server’s');
    await files.write('dir/file', Buffer.from('mine'));
    let stop = false;
    const swapping = (async () => {
      while (!stop) {
        // A write in between makes the folder anew; then this round fails, which is as good.
        await rename(join(home, 'dir'), join(home, 'kept')).catch(() => undefined);
        await symlink(join(folder, 'outside'), join(home, 'dir')).catch(() => undefined);
        await rm(join(home, 'dir'), { recursive: true, force: true });
        await rename(join(home, 'kept'), join(home, 'dir')).catch(() => undefined);
      }
    })();
    const seen = new Set<string>();
    for (let count = 0; count < 100; count++) {
      seen.add(await text('dir/file').catch(() => 'refused'));
      await codeOf(files.write('dir/file', Buffer.from('mine')));
      await files.list();
    }
    stop = true;
    await swapping;
    expect([...seen]).not.toContain('the server’s');
    expect(await readFile(join(folder, 'outside', 'file'), 'utf8')).toBe('the server’s');
    expect(await readdir(join(folder, 'outside'))).toEqual(['file']);
  });

  test('a named pipe and a folder in place of a file are refused at once', async () => {
    execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', join(home, 'pipe')]);
    await mkdir(join(home, 'dir'));
    expect(await codeOf(files.read('pipe'))).toBe('FILE_PATH_INVALID');
    expect(await codeOf(files.write('pipe', Buffer.from('x')))).toBe('FILE_PATH_INVALID');
    expect(await codeOf(files.read('dir'))).toBe('FILE_PATH_INVALID');
    expect(await codeOf(files.write('dir', Buffer.from('x')))).toBe('FILE_PATH_INVALID');
    expect((await files.list()).map(({ path }) => path)).toEqual(['dir']);
  });
});
