// mkdir, touch, ln, link, mktemp, truncate, mkfifo.
import { FileError } from '../../files/file-error.ts';
import { dateAt } from '../../files/file-times.ts';
import { baseName, joinPath } from '../../files/paths.ts';
import { commandProgram, explain, forEachOperand, isFileProblem, type Command } from '../command.ts';
import { parseMoment } from '../system/moments.ts';
import { changeMode } from './modes.ts';

export const mkdir = commandProgram({ flags: 'pv', values: 'm', long: { parents: 'p', verbose: 'v', mode: 'm' } }, async (command) => {
  const { options, files } = command;
  if (command.operands.length === 0) {
    await command.complain('missing operand');
    return 1;
  }
  return forEachOperand(
    command,
    command.operands,
    command.busybox ? "can't create directory" : 'cannot create directory',
    async (operand) => {
      const path = command.path(operand);
      const existed = await files.exists(path);
      await files.mkdir(path, { recursive: options.has('p') });
      const mode = options.value('m');
      if (mode !== undefined && !existed) {
        await files.chmod(path, changeMode(0o755, mode, true) ?? 0o755);
      }
      if (!existed) {
        await own(command, path);
      }
      if (options.has('v') && !existed) {
        await command.print(`${command.busybox ? 'created directory: ' : 'mkdir: created directory '}'${operand}'\n`);
      }
    },
  );
});

/** New files belong to whoever makes them. */
async function own(command: Command, path: string): Promise<void> {
  const { uid, gid } = command.process.identity;
  if (uid !== 0 || gid !== 0) {
    await command.files.chown(path, uid, gid).catch(() => undefined);
  }
}

export const touch = commandProgram(
  { flags: 'acfhm', values: 'drt', long: { 'no-create': 'c', date: 'd', reference: 'r', time: 'a' } },
  async (command) => {
    const { files, options, process } = command;
    const reference = options.value('r');
    const text = options.value('d');
    const moment =
      reference === undefined
        ? text === undefined
          ? process.machine.clock.now()
          : parseMoment(text, process.machine.clock.now())
        : (await files.stat(command.path(reference))).mtime.getTime();
    if (moment === undefined) {
      await command.complain(`invalid date format '${text ?? ''}'`);
      return 1;
    }
    return forEachOperand(command, command.operands, command.busybox ? '' : 'cannot touch', async (operand) => {
      const path = command.path(operand);
      if (!(await files.exists(path))) {
        if (options.has('c')) {
          return;
        }
        await files.writeFile(path, new Uint8Array(0));
        await own(command, path);
      }
      await files.utimes(path, dateAt(moment), dateAt(moment));
    });
  },
);

export const ln = commandProgram(
  { flags: 'bfinLPrsTv', values: 'St', long: { symbolic: 's', force: 'f', 'no-dereference': 'n', verbose: 'v' } },
  async (command) => {
    const { files, options } = command;
    const targets = [...command.operands];
    const last = targets.length > 1 ? targets.pop() : '.';
    if (targets.length === 0 || last === undefined) {
      await command.complain('missing file operand');
      return 1;
    }
    const place = command.path(last);
    const isDirectory = !options.has('T') && !options.has('n') && ((await files.stat(place).catch(() => undefined))?.isDirectory ?? false);
    let status = 0;
    for (const target of targets) {
      const name = isDirectory ? joinPath(place, baseName(target)) : place;
      try {
        if (options.has('f')) {
          await files.rm(name, { force: true });
        }
        await (options.has('s') ? files.symlink(target, name) : files.link(command.path(target), name));
        if (options.has('v')) {
          await command.print(`'${name}' -> '${target}'\n`);
        }
      } catch (error) {
        if (!isFileProblem(error)) {
          throw error;
        }
        await explain(
          command,
          `failed to create ${options.has('s') ? 'symbolic' : 'hard'} link`,
          last === '.' ? baseName(target) : last,
          error,
        );
        status = 1;
      }
    }
    return status;
  },
);

export const mktemp = commandProgram(
  { flags: 'dqtu', values: 'p', long: { directory: 'd', 'dry-run': 'u', tmpdir: 'p', quiet: 'q' } },
  async (command) => {
    const { files, options, process } = command;
    const template = command.operands[0] ?? 'tmp.XXXXXXXXXX';
    if (!/X{3,}/.test(template)) {
      await command.complain(`too few X's in template '${template}'`);
      return 1;
    }
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
    const name = template.replace(/X{3,}(?!.*X{3,})/, (run) =>
      Array.from(crypto.getRandomValues(new Uint8Array(run.length)), (byte) => letters[byte % letters.length]).join(''),
    );
    const path =
      command.operands[0] !== undefined && !options.has('p') && !options.has('t')
        ? command.path(name)
        : joinPath(options.value('p') ?? process.env.get('TMPDIR') ?? '/tmp', name);
    if (!options.has('u')) {
      if (options.has('d')) {
        await files.mkdir(path);
        await files.chmod(path, 0o700);
      } else {
        await files.writeFile(path, new Uint8Array(0));
        await files.chmod(path, 0o600);
      }
    }
    await command.print(`${command.operands[0] !== undefined && !options.has('p') && !options.has('t') ? name : path}\n`);
    return 0;
  },
);

/** install: copies, or makes directories with -d, with a mode. */
export const install = commandProgram(
  { flags: 'bcdDpsTv', values: 'gmotS', long: { directory: 'd', mode: 'm', owner: 'o', group: 'g', verbose: 'v' } },
  async (command) => {
    const { files, options, operands } = command;
    const mode = changeMode(0o755, options.value('m') ?? '755', true) ?? 0o755;
    if (options.has('d')) {
      return forEachOperand(command, operands, 'cannot create directory', async (operand) => {
        await files.mkdir(command.path(operand), { recursive: true });
        await files.chmod(command.path(operand), mode);
      });
    }
    const [target, ...sources] = [...operands].reverse();
    if (target === undefined || sources.length === 0) {
      await command.complain('missing destination file operand');
      return 1;
    }
    const isDirectory = (await files.stat(command.path(target)).catch(() => undefined))?.isDirectory ?? false;
    return forEachOperand(command, sources, 'cannot stat', async (source) => {
      const path = isDirectory ? joinPath(command.path(target), baseName(source)) : command.path(target);
      await files.writeFile(path, await files.readFileBuffer(command.path(source)));
      await files.chmod(path, mode);
    });
  },
);

export const truncate = commandProgram({ flags: 'co', values: 'sr', long: { size: 's', 'no-create': 'c' } }, async (command) => {
  const match = /^([+-]?)(\d+)([KMG]?)B?$/i.exec(command.options.value('s') ?? '');
  if (!match) {
    await command.complain("you must specify either '--size' or '--reference'");
    return 1;
  }
  const amount = Number(match[2]) * ({ K: 1024, M: 1024 ** 2, G: 1024 ** 3 }[(match[3] ?? '').toUpperCase()] ?? 1);
  return forEachOperand(command, command.operands, 'cannot open', async (operand) => {
    const path = command.path(operand);
    const existing = (await command.files.exists(path)) ? await command.files.readFileBuffer(path) : new Uint8Array(0);
    const size = match[1] === '+' ? existing.byteLength + amount : match[1] === '-' ? Math.max(0, existing.byteLength - amount) : amount;
    if (size > 512 * 1024 ** 2) {
      throw new FileError('ENOSPC', 'truncate', operand);
    }
    const bytes = new Uint8Array(size);
    bytes.set(existing.subarray(0, size));
    await command.files.writeFile(path, bytes);
  });
});
