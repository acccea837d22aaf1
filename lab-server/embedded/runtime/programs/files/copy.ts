// cp, mv, install: files from one place to another.
import { FileError } from '../../files/file-error.ts';
import { baseName, isWithin, joinPath } from '../../files/paths.ts';
import { commandProgram, explain, isFileProblem, type Command } from '../command.ts';

const TABLE = {
  flags: 'abdfHilLnpPrRsTuvx',
  values: 'St',
  long: {
    recursive: 'r',
    force: 'f',
    archive: 'a',
    verbose: 'v',
    'no-clobber': 'n',
    'target-directory': 't',
    update: 'u',
    preserve: 'p',
    interactive: 'i',
    'no-target-directory': 'T',
  },
} as const;

export const cp = commandProgram(TABLE, (command) =>
  transfer(command, 'copy', async (source, target, shown) => {
    const { files, options } = command;
    const recursive = options.has('r') || options.has('R') || options.has('a');
    const stat = await (options.has('a') || options.has('d') || options.has('P') ? files.lstat(source) : files.stat(source));
    if (stat.isDirectory && !recursive) {
      await command.complain(command.busybox ? `omitting directory '${shown}'` : `-r not specified; omitting directory '${shown}'`);
      return false;
    }
    if (stat.isDirectory && isWithin(source, target)) {
      await command.complain(`cannot copy a directory, '${shown}', into itself, '${target}'`);
      return false;
    }
    await copyTree(command, source, target);
    return true;
  }),
);

/** Copies as cp does: links inside a tree stay links, modes are kept. */
async function copyTree(command: Command, source: string, target: string): Promise<void> {
  const { files, options, process } = command;
  const stat = await files.lstat(source);
  if (stat.isSymbolicLink && (options.has('r') || options.has('R') || options.has('a') || options.has('d'))) {
    await files.rm(target, { force: true });
    await files.symlink(await files.readlink(source), target);
    return;
  }
  if ((await files.stat(source)).isDirectory) {
    await files.mkdir(target, { recursive: true });
    for (const name of await files.readdir(source)) {
      await copyTree(command, joinPath(source, name), joinPath(target, name));
    }
    return;
  }
  const bytes = await files.readFileBuffer(source);
  await process.spend(bytes.byteLength / 1_000_000);
  await files.writeFile(target, bytes);
  await files.chmod(target, (await files.stat(source)).mode);
  if (options.has('p') || options.has('a')) {
    await files.utimes(target, stat.mtime, stat.mtime);
  }
}

export const mv = commandProgram(TABLE, (command) =>
  transfer(command, 'move', async (source, target) => {
    const { files } = command;
    const existing = await files.lstat(target).catch(() => undefined);
    const moved = await files.lstat(source);
    if (existing && !existing.isDirectory && !moved.isDirectory) {
      await files.rm(target);
    }
    await files.mv(source, target);
    return true;
  }),
);

/** What cp and mv share: the last operand is the target, a directory takes what goes into it. */
async function transfer(
  command: Command,
  verb: string,
  run: (source: string, target: string, shown: string) => Promise<boolean>,
): Promise<number> {
  const { options, files } = command;
  const sources = [...command.operands];
  const destination = options.value('t') ?? sources.pop();
  if (destination === undefined) {
    return missing(command, 'missing file operand');
  }
  if (sources.length === 0) {
    return missing(command, `missing destination file operand after '${destination}'`);
  }
  const into = command.path(destination);
  const isDirectory = !options.has('T') && ((await files.stat(into).catch(() => undefined))?.isDirectory ?? false);
  if (sources.length > 1 && !isDirectory) {
    await command.complain(`target '${destination}' is not a directory`);
    return 1;
  }
  let status = 0;
  for (const source of sources) {
    const from = command.path(source);
    const target = isDirectory ? joinPath(into, baseName(from)) : into;
    if (from === target) {
      await command.complain(`'${source}' and '${destination}' are the same file`);
      status = 1;
      continue;
    }
    if (options.has('n') && (await files.exists(target))) {
      continue;
    }
    try {
      await files.lstat(from);
    } catch (error) {
      await explainSource(command, verb, source, error);
      status = 1;
      continue;
    }
    try {
      if (!(await run(from, target, source))) {
        status = 1;
        continue;
      }
    } catch (error) {
      if (!isFileProblem(error)) {
        throw error;
      }
      const shown = isDirectory ? `${destination.replace(/\/$/, '')}/${baseName(from)}` : destination;
      await explain(
        command,
        error instanceof FileError && error.code === 'ENOENT'
          ? 'cannot create regular file'
          : `cannot ${verb === 'move' ? 'move' : 'create regular file'}`,
        shown,
        error,
      );
      status = 1;
      continue;
    }
    if (options.has('v')) {
      await command.print(
        `${verb === 'move' ? 'renamed ' : ''}'${source}' -> '${isDirectory ? `${destination.replace(/\/$/, '')}/${baseName(from)}` : destination}'\n`,
      );
    }
  }
  return status;
}

async function explainSource(command: Command, verb: string, source: string, error: unknown): Promise<void> {
  if (!isFileProblem(error)) {
    throw error;
  }
  if (command.busybox) {
    await command.complain(
      verb === 'move' ? `can't rename '${source}': No such file or directory` : `can't stat '${source}': No such file or directory`,
    );
    return;
  }
  await explain(command, 'cannot stat', source, error);
}

async function missing(command: Command, message: string): Promise<number> {
  await command.complain(message);
  if (!command.busybox) {
    await command.process.complain(`Try '${command.name} --help' for more information.\n`);
  }
  return 1;
}
