// tar: packs and unpacks ustar archives, byte for byte; `kubectl cp` runs it at the container's end.
import { gunzipSync, gzipSync } from 'node:zlib';
import { dateAt } from '../../files/file-times.ts';
import { joinPath, parentOf, resolvePath } from '../../files/paths.ts';
import { openSink } from '../../processes/open.ts';
import { NOTHING, readAll } from '../../processes/byte-stream.ts';
import type { Process } from '../../processes/process.ts';
import type { Program } from '../../processes/program.ts';
import { matchesGlob } from '../glob.ts';
import { explain, isFileProblem, type Command } from '../command.ts';
import { Options, OptionProblem } from '../options.ts';
import { readArchive, writeEntry, ARCHIVE_END, type ArchiveEntry } from './tar-format.ts';

const MAX_ARCHIVE_BYTES = 128 * 1024 * 1024;
const TABLE = {
  flags: 'cxtvzjJmpoOkPhSaw',
  values: 'fCXTb',
  long: {
    create: 'c',
    extract: 'x',
    get: 'x',
    list: 't',
    verbose: 'v',
    gzip: 'z',
    gunzip: 'z',
    touch: 'm',
    'to-stdout': 'O',
    file: 'f',
    directory: 'C',
    exclude: 'X',
    'no-same-owner': 'o',
    'no-same-permissions': 'o',
    'preserve-permissions': 'p',
    'strip-components': 'b',
    dereference: 'h',
    warning: 'T',
    'keep-old-files': 'k',
    'absolute-names': 'P',
    'no-overwrite-dir': 'o',
  },
} as const;

export const tar: Program = async (process) => {
  let options: Options;
  try {
    options = new Options(withDash(process.argv.slice(1)), TABLE);
  } catch (error) {
    if (!(error instanceof OptionProblem)) {
      throw error;
    }
    await process.complain(`tar: ${error.message}\n`);
    return 2;
  }
  const command = commandOf(process, options);
  const directory = options.value('C');
  if (directory !== undefined && !(await command.files.stat(command.path('.')).catch(() => undefined))?.isDirectory) {
    await command.complain(
      command.busybox
        ? `can't change directory to '${directory}': No such file or directory`
        : `${directory}: Cannot open: No such file or directory\ntar: Error is not recoverable: exiting now`,
    );
    return command.busybox ? 1 : 2;
  }
  try {
    if (options.has('c')) {
      return await create(command);
    }
    if (options.has('x') || options.has('t')) {
      return await extract(command);
    }
  } catch (error) {
    if (!isFileProblem(error)) {
      throw error;
    }
    await explain(command, '', 'path' in error ? String(error.path) : '', error);
    return 2;
  }
  await process.complain("tar: You must specify one of the '-Acdtrux' options\n");
  return 2;
};

/** The first word may be a bundle of letters without a dash; its letters with values take theirs from the following words. */
function withDash(args: readonly string[]): string[] {
  const [first, ...rest] = args;
  if (first === undefined || first.startsWith('-')) {
    return [...args];
  }
  const words = [...rest];
  const expanded: string[] = [];
  for (const letter of first) {
    expanded.push(`-${letter}`);
    if (TABLE.values.includes(letter)) {
      expanded.push(words.shift() ?? '');
    }
  }
  return [...expanded, ...words];
}

function commandOf(process: Process, options: Options): Command {
  const directory = resolvePath(process.cwd, options.value('C') ?? '.');
  return {
    process,
    options,
    operands: options.operands,
    files: process.machine.files,
    name: 'tar',
    busybox: process.toolkit === 'busybox',
    path: (operand) => resolvePath(directory, operand),
    print: (text) => process.print(text),
    complain: (message) => process.complain(`tar: ${message}\n`),
  };
}

async function create(command: Command): Promise<number> {
  const { options, process } = command;
  const name = options.value('f') ?? '-';
  const chunks: Uint8Array[] = [];
  const compresses = options.has('z');
  const sink = name === '-' ? undefined : await openSink(process, name, { append: false });
  const emit = async (bytes: Uint8Array): Promise<void> => {
    if (compresses) {
      chunks.push(bytes);
    } else {
      await (sink ? sink.write(bytes) : process.print(bytes));
    }
  };
  let status = 0;
  for (const operand of command.operands) {
    try {
      await pack(command, operand, emit);
    } catch (error) {
      if (!isFileProblem(error)) {
        throw error;
      }
      await command.complain(`${operand}: ${command.busybox ? '' : 'Cannot stat: '}No such file or directory`);
      status = command.busybox ? 1 : 2;
    }
  }
  if (status !== 0) {
    await command.complain(
      command.busybox ? 'error exit delayed from previous errors' : 'Exiting with failure status due to previous errors',
    );
  }
  await emit(ARCHIVE_END);
  if (compresses) {
    const bytes = gzipSync(Buffer.concat(chunks));
    await (sink ? sink.write(bytes) : process.print(bytes));
  }
  return status;
}

async function pack(command: Command, name: string, emit: (bytes: Uint8Array) => Promise<void>): Promise<void> {
  const { files, options, process } = command;
  if (options.all('X').some((pattern) => matchesGlob(pattern, name, { pathname: false }))) {
    return;
  }
  const path = command.path(name);
  const stat = options.has('h') ? await files.stat(path) : await files.lstat(path);
  const node = files.nodeAt(path);
  // Absolute names lose their slash, so that unpacking stays below the target directory.
  const stored = options.has('P') ? name : name.replace(/^\/+/, '');
  const base = { mode: stat.mode, uid: node?.uid ?? 0, gid: node?.gid ?? 0, modifiedAt: stat.mtime.getTime() };
  if (options.has('v')) {
    await process.complain(`${name}\n`);
  }
  if (stat.isSymbolicLink) {
    await emit(writeEntry({ ...base, kind: 'link', name: stored, target: await files.readlink(path), content: new Uint8Array(0) }));
    return;
  }
  if (!stat.isDirectory) {
    const content = await files.readFileBuffer(path);
    await process.spend(content.byteLength / 1_000_000);
    await emit(writeEntry({ ...base, kind: 'file', name: stored, target: '', content }));
    return;
  }
  await emit(writeEntry({ ...base, kind: 'directory', name: `${stored.replace(/\/$/, '')}/`, target: '', content: new Uint8Array(0) }));
  for (const child of await files.readdir(path)) {
    await pack(command, joinPath(name.replace(/\/$/, ''), child), emit);
  }
}

async function extract(command: Command): Promise<number> {
  const { options, process } = command;
  const name = options.value('f') ?? '-';
  let bytes: Uint8Array =
    name === '-'
      ? await readAll(process.stdin ?? NOTHING, process.signal, MAX_ARCHIVE_BYTES)
      : await command.files.readFileBuffer(resolvePath(process.cwd, name));
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    bytes = gunzipSync(bytes, { maxOutputLength: MAX_ARCHIVE_BYTES });
  }
  const strip = Number(options.value('b') ?? 0);
  for (const entry of readArchive(bytes)) {
    if (entry === 'damaged') {
      await command.complain(command.busybox ? 'invalid tar magic' : 'This does not look like a tar archive');
      return command.busybox ? 1 : 2;
    }
    const wanted =
      command.operands.length === 0 ||
      command.operands.some((operand) => entry.name === operand || entry.name.startsWith(`${operand.replace(/\/$/, '')}/`));
    if (!wanted) {
      continue;
    }
    if (options.has('t') || options.has('v')) {
      await (options.has('t') ? process.print(`${entry.name}\n`) : process.complain(`${entry.name}\n`));
    }
    if (!options.has('t')) {
      await unpack(command, { ...entry, name: entry.name.split('/').slice(strip).join('/') });
    }
  }
  return 0;
}

async function unpack(command: Command, entry: ArchiveEntry): Promise<void> {
  const { files, options, process } = command;
  // Neither absolute names nor `..` may lead out of the target directory.
  const safe = entry.name
    .split('/')
    .filter((part) => part !== '' && part !== '.' && part !== '..')
    .join('/');
  if (safe === '') {
    return;
  }
  const path = command.path(safe);
  if (options.has('O')) {
    await process.print(entry.content);
    return;
  }
  if (entry.kind === 'directory') {
    await files.mkdir(path, { recursive: true });
    return;
  }
  await files.mkdir(parentOf(path), { recursive: true });
  if (entry.kind === 'link') {
    await files.rm(path, { force: true });
    await files.symlink(entry.target, path);
    return;
  }
  await process.spend(entry.content.byteLength / 1_000_000);
  await files.writeFile(path, entry.content);
  await files.chmod(path, entry.mode);
  if (!options.has('m')) {
    await files.utimes(path, dateAt(entry.modifiedAt), dateAt(entry.modifiedAt));
  }
}
