// Archives that learners upload, honest ones and those made to do harm.
import { createReadStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Labs } from '../integration/workspaces/lab.ts';

let labs: Labs;
let folder: string;

beforeEach(async () => {
  labs = await Labs.open();
  folder = join(labs.dataFolder, 'made-by-the-test');
  await mkdir(folder);
});

afterEach(async () => {
  await labs[Symbol.asyncDispose]();
});

/** A .tar.gz of what `names` in the folder are, with tar's options for names that it would clean. */
function archive(...options: string[]): Readable {
  const file = join(labs.dataFolder, 'archive.tar.gz');
  execFileSync('tar', ['-C', folder, '-czf', file, ...options], { stdio: 'ignore' });
  return createReadStream(file);
}

test('a packed home is the same when it is unpacked elsewhere', async () => {
  const from = await labs.workspace({ id: 'from', files: { 'app/a.yaml': 'kind: Pod\n', 'b.bin': '\u0000ÿ' } });
  await from.run(['sh', '-c', 'ln -s app/a.yaml link; chmod 755 b.bin'], { timeoutMs: 5_000 });
  const packed = await buffer(await from.pack());
  const to = await labs.workspace({ id: 'to' });
  await to.unpack(Readable.from([packed]));
  const { stdout } = await to.run(['sh', '-c', 'cat link; readlink link; ls'], { timeoutMs: 5_000 });
  expect(stdout).toBe('kind: Pod\napp/a.yaml\napp\nb.bin\nlink\n');
  expect((await to.files.list()).map(({ path }) => path)).toEqual(['app', 'app/a.yaml', 'b.bin']);
});

test('what is not an archive is refused with a reason', async () => {
  const workspace = await labs.workspace();
  await expect(workspace.unpack(Readable.from([Buffer.from('nonsense')]))).rejects.toMatchObject({ code: 'ARCHIVE_INVALID', status: 400 });
  await expect(workspace.unpack(Readable.from([gzipSync('nonsense'.repeat(1000))]))).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' });
});

test('a small archive that unpacks to far more than fits is stopped', async () => {
  const workspace = await labs.workspace({ limits: { diskBytes: 8 * 1024 * 1024 } });
  await writeFile(join(folder, 'bomb'), Buffer.alloc(64 * 1024 * 1024));
  await expect(workspace.unpack(archive('bomb'))).rejects.toMatchObject({ code: 'FILE_QUOTA', status: 507 });
  expect((await workspace.run(['sh', '-c', 'rm -f bomb; echo alive'], { timeoutMs: 5_000 })).stdout).toBe('alive\n');
});

test('names that lead outside write nothing outside', async () => {
  const workspace = await labs.workspace({ id: 'attacker' });
  const victim = await labs.workspace({ id: 'victim', files: { 'mine.txt': 'mine' } });
  await writeFile(join(folder, 'evil'), 'evil');
  const target = join(labs.folder('victim'), 'home', 'mine.txt');
  await workspace.unpack(archive('-P', '--transform', `s#evil#${target}#`, 'evil')).catch(() => undefined);
  await workspace.unpack(archive('-P', '--transform', 's#evil#../../victim/home/mine.txt#', 'evil')).catch(() => undefined);
  await workspace.unpack(archive('-P', '--transform', 's#evil#/etc/passwd#', 'evil')).catch(() => undefined);
  expect(await readFile(target, 'utf8')).toBe('mine');
  expect((await victim.run(['cat', 'mine.txt'], { timeoutMs: 5_000 })).stdout).toBe('mine');
});

test('a link in an archive is no way out for the files after it', async () => {
  const workspace = await labs.workspace({ id: 'attacker' });
  execFileSync('ln', ['-s', labs.dataFolder, join(folder, 'dir')]);
  await workspace.unpack(archive('dir'));
  execFileSync('rm', [join(folder, 'dir')]);
  await mkdir(join(folder, 'dir'));
  await writeFile(join(folder, 'dir', 'planted'), 'evil');
  await workspace.unpack(archive('dir/planted')).catch(() => undefined);
  await expect(readFile(join(labs.dataFolder, 'planted'))).rejects.toThrow('ENOENT');
  await expect(workspace.files.read('dir/planted')).rejects.toMatchObject({ code: 'FILE_PATH_INVALID' });
});

test('an archive of a hundred thousand empty files is stopped at the limit of files', async () => {
  const workspace = await labs.workspace({ limits: { files: 500 } });
  const names = Array.from({ length: 100_000 }, (_, index) => `f${index}`);
  await expect(workspace.unpack(Readable.from([gzipSync(tarOfEmptyFiles(names))]))).rejects.toMatchObject({
    code: 'FILE_QUOTA',
    status: 507,
  });
  expect((await workspace.run(['sh', '-c', 'rm -rf f*; echo alive'], { timeoutMs: 20_000 })).stdout).toBe('alive\n');
});

test('devices, pipes, hard links and setuid bits in an archive give no power', async () => {
  const workspace = await labs.workspace();
  const entries = [
    tarEntry('disk', { type: '4', mode: 0o666, device: [8, 0] }),
    tarEntry('pipe', { type: '6' }),
    tarEntry('shadow', { type: '1', link: '/etc/passwd' }),
    tarEntry('above', { type: '1', link: '../../../etc/passwd' }),
    tarEntry('root-shell', { mode: 0o6755 }),
  ];
  await workspace.unpack(Readable.from([gzipSync(Buffer.concat([...entries, Buffer.alloc(1024)]))])).catch(() => undefined);
  const { stdout } = await workspace.run(
    ['sh', '-c', 'find . -type b -o -type c; find . -links +1 -type f; find . -user 0; find . -perm /6000 -not -user learner'],
    {
      timeoutMs: 5_000,
    },
  );
  expect(stdout).toBe('');
  // A pipe without a writer must not hold up whoever reads files for the editor.
  await workspace.run(['mkfifo', 'pipe2'], { timeoutMs: 5_000 });
  await expect(workspace.files.read('pipe2')).rejects.toMatchObject({ code: 'FILE_PATH_INVALID' });
});

interface Entry {
  type?: string;
  mode?: number;
  link?: string;
  device?: [number, number];
}

/** One header of a tar archive (POSIX ustar), for entries that no honest program would make. */
function tarEntry(name: string, { type = '0', mode = 0o644, link = '', device = [0, 0] }: Entry = {}): Buffer {
  const header = Buffer.alloc(512);
  const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, '0')}\0`;
  header.write(name, 0);
  header.write(octal(mode, 8) + octal(0, 8) + octal(0, 8) + octal(0, 12) + octal(0, 12), 100);
  header.write(`        ${type}${link}`, 148);
  header.write('ustar\x0000', 257);
  header.write(octal(device[0], 8) + octal(device[1], 8), 329);
  header.write(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  );
  return header;
}

function tarOfEmptyFiles(names: readonly string[]): Buffer {
  return Buffer.concat([...names.map((name) => tarEntry(name)), Buffer.alloc(1024)]);
}
