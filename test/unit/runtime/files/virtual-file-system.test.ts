import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../../lab-server/base/index.ts';
import { FileTree } from '../../../../lab-server/embedded/runtime/files/file-tree.ts';
import { createMemoryFileSystem } from '../../../../lab-server/embedded/runtime/index.ts';
import { VirtualFileSystem } from '../../../../lab-server/embedded/runtime/files/virtual-file-system.ts';
import { imageRoot, link } from '../../../../lab-server/embedded/runtime/images/image-files.ts';

const clock = new ManualClock();
const now = (): number => clock.now();
const anImage = () =>
  imageRoot({ '/etc/passwd': 'root\n', '/var/run': link('/run'), '/run/keep': '', '/usr/bin/sh': 'x', '/bin': link('usr/bin') });

describe('a container file system', () => {
  it('copies what it changes and leaves the image and other containers alone', async () => {
    const base = anImage();
    const one = new VirtualFileSystem(new FileTree({ now, base }));
    const other = new VirtualFileSystem(new FileTree({ now, base }));
    await one.writeFile('/etc/passwd', 'changed');
    await one.appendFile('/etc/passwd', '!');
    await one.writeFile('/etc/new', 'x');
    await one.rm('/usr', { recursive: true });
    await one.mv('/run/keep', '/etc/kept');
    await one.chmod('/etc/kept', 0o600);
    expect(await one.readFile('/etc/passwd')).toBe('changed!');
    expect(await other.readFile('/etc/passwd')).toBe('root\n');
    expect(await other.readdir('/etc')).toEqual(['passwd']);
    expect(await other.exists('/usr/bin/sh')).toBe(true);
    expect((await other.stat('/run/keep')).mode).toBe(0o644);
  });

  it('follows links in the middle and at the end, and gives up on loops', async () => {
    const files = new VirtualFileSystem(new FileTree({ now, base: anImage() }));
    expect(await files.readFile('/bin/sh')).toBe('x');
    expect(await files.realpath('/bin/sh')).toBe('/usr/bin/sh');
    expect((await files.lstat('/bin')).isSymbolicLink).toBe(true);
    await files.symlink('/loop', '/loop');
    await expect(files.readFile('/loop')).rejects.toMatchObject({ code: 'ELOOP' });
    await files.symlink('nowhere', '/dangling');
    await files.writeFile('/dangling', 'made');
    expect(await files.readFile('/nowhere')).toBe('made');
  });

  it('shows mounts where they are mounted, through links, shared and read-only as asked', async () => {
    const volume = createMemoryFileSystem(clock);
    await volume.writeFile('/data', 'hello');
    const mount = (path: string, readOnly: boolean) => ({ path, files: volume, sourcePath: '/', readOnly });
    const one = new VirtualFileSystem(new FileTree({ now, base: anImage() }), [mount('/var/run/secrets/token', true)]);
    const other = new VirtualFileSystem(new FileTree({ now, base: anImage() }), [mount('/mnt', false)]);
    expect(await one.readFile('/run/secrets/token/data')).toBe('hello');
    expect(await one.readdir('/run/secrets')).toEqual(['token']);
    await other.writeFile('/mnt/data', 'changed');
    expect(await one.readFile('/var/run/secrets/token/data')).toBe('changed');
    await expect(one.writeFile('/run/secrets/token/data', 'x')).rejects.toMatchObject({ code: 'EROFS' });
    await expect(one.rm('/run/secrets', { recursive: true })).rejects.toMatchObject({ code: 'EBUSY' });
  });

  it('mounts a part of a volume, a single file, and a foreign file system', async () => {
    const { InMemoryFs } = await import('just-bash');
    const volume = createMemoryFileSystem(clock);
    await volume.mkdir('/sub', { recursive: true });
    await volume.writeFile('/sub/nginx.conf', 'conf');
    const foreign = new InMemoryFs({ '/a/b.txt': 'foreign' });
    const files = new VirtualFileSystem(new FileTree({ now, base: anImage() }), [
      { path: '/etc/nginx.conf', files: volume, sourcePath: '/sub/nginx.conf', readOnly: true },
      { path: '/foreign', files: foreign, sourcePath: '/a', readOnly: false },
    ]);
    expect(await files.readFile('/etc/nginx.conf')).toBe('conf');
    expect((await files.readdirWithFileTypes('/etc')).find((entry) => entry.name === 'nginx.conf')?.isFile).toBe(true);
    expect(await files.readFile('/foreign/b.txt')).toBe('foreign');
    await files.writeFile('/foreign/c.txt', 'new');
    expect(await foreign.readFile('/a/c.txt')).toBe('new');
    await files.cp('/foreign/b.txt', '/etc/copied');
    expect(await files.readFile('/etc/copied')).toBe('foreign');
  });

  it('follows links inside a volume, as atomically updated ConfigMap volumes have them', async () => {
    const volume = createMemoryFileSystem(clock);
    await volume.mkdir('/..2026', { recursive: true });
    await volume.writeFile('/..2026/key', 'v1');
    await volume.symlink('..2026', '/..data');
    await volume.symlink('..data/key', '/key');
    const files = new VirtualFileSystem(new FileTree({ now, base: anImage() }), [
      { path: '/config', files: volume, sourcePath: '/', readOnly: true },
    ]);
    expect(await files.readFile('/config/key')).toBe('v1');
  });

  it('has a bounded size and gives room back when files go', async () => {
    const files = createMemoryFileSystem(clock, { capacity: 1000 });
    await files.writeFile('/a', 'x'.repeat(900));
    await expect(files.writeFile('/b', 'x'.repeat(200))).rejects.toMatchObject({ code: 'ENOSPC' });
    await files.rm('/a');
    await files.writeFile('/b', 'x'.repeat(200));
    expect(files.tree.writtenBytes).toBe(200);
  });

  it('does not let a copy of a growing file change with it', async () => {
    const files = createMemoryFileSystem(clock);
    await files.writeFile('/a', 'one');
    await files.appendFile('/a', ' two');
    await files.writeFile('/b', await files.readFileBuffer('/a'));
    await files.appendFile('/a', ' three');
    await files.appendFile('/b', ' four');
    expect(await files.readFile('/a')).toBe('one two three');
    expect(await files.readFile('/b')).toBe('one two four');
  });

  it('refuses every write but to mounts when its root is read-only', async () => {
    const volume = createMemoryFileSystem(clock);
    const files = new VirtualFileSystem(
      new FileTree({ now, base: anImage() }),
      [{ path: '/cache', files: volume, sourcePath: '/', readOnly: false }],
      { readOnlyRoot: true },
    );
    await expect(files.writeFile('/etc/x', '')).rejects.toMatchObject({ code: 'EROFS' });
    await files.writeFile('/cache/x', 'fine');
  });

  it('reports the usual errors for the usual mistakes', async () => {
    const files = new VirtualFileSystem(new FileTree({ now, base: anImage() }));
    await expect(files.readFile('/nosuch')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(files.readFile('/etc')).rejects.toMatchObject({ code: 'EISDIR' });
    await expect(files.readFile('/etc/passwd/x')).rejects.toMatchObject({ code: 'ENOTDIR' });
    await expect(files.mkdir('/etc')).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(files.mkdir('/a/b')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(files.rm('/etc')).rejects.toMatchObject({ code: 'ENOTEMPTY' });
    await expect(files.mv('/usr', '/usr/bin/usr')).rejects.toMatchObject({ code: 'EINVAL' });
  });
});
