// chmod, chown, chgrp, stat, readlink, realpath: what files are and whose.
import { accountsOf, groupsOf } from '../../containers/users.ts';
import { dateAt } from '../../files/file-times.ts';
import { joinPath } from '../../files/paths.ts';
import { commandProgram, explain, forEachOperand, isFileProblem, type Command } from '../command.ts';
import { modeText } from './ls.ts';
import { changeMode } from './modes.ts';

const TABLE = {
  flags: 'cfhHLPRv',
  long: { recursive: 'R', verbose: 'v', silent: 'f', quiet: 'f', changes: 'c', 'no-dereference': 'h' },
} as const;

async function walk(command: Command, path: string, visit: (path: string) => Promise<void>): Promise<void> {
  await visit(path);
  const stat = await command.files.lstat(path);
  if (command.options.has('R') && stat.isDirectory) {
    for (const name of await command.files.readdir(path)) {
      await walk(command, joinPath(path, name), visit);
    }
  }
}

/** `chmod -x file` looks like an option; its letters are none, so they are taken out before parsing. */
export const chmod = commandProgram({ ...TABLE, flags: `${TABLE.flags}rwxXst` }, async (command) => {
  const words = command.process.argv.slice(1).filter((word) => word !== '--');
  const removal = words.find((word) => /^-[rwxXst]+$/.test(word));
  const [change, ...operands] = removal === undefined ? command.operands : [removal, ...command.operands];
  if (change === undefined || operands.length === 0) {
    await command.complain(change === undefined ? 'missing operand' : `missing operand after '${change}'`);
    return 1;
  }
  if (changeMode(0, change, false) === undefined) {
    await command.complain(`invalid mode: '${change}'`);
    return 1;
  }
  return forEachOperand(command, operands, 'cannot access', async (operand) =>
    walk(command, command.path(operand), async (path) => {
      const stat = await command.files.stat(path);
      await command.files.chmod(path, changeMode(stat.mode, change, stat.isDirectory) ?? stat.mode);
    }),
  );
});

export const chown = commandProgram(TABLE, async (command) => {
  const [specification, ...operands] = command.operands;
  if (specification === undefined || operands.length === 0) {
    await command.complain('missing operand');
    return 1;
  }
  const onlyGroup = command.name === 'chgrp';
  const [user = '', group] = onlyGroup ? ['', specification] : specification.split(/[:.]/);
  const uid = user === '' ? undefined : await idOf(command, user, 'user');
  const gid = group === undefined || group === '' ? undefined : await idOf(command, group, 'group');
  if (uid === 'unknown' || gid === 'unknown') {
    await command.complain(`invalid ${uid === 'unknown' ? 'user' : 'group'}: '${specification}'`);
    return 1;
  }
  return forEachOperand(command, operands, 'cannot access', async (operand) =>
    walk(command, command.path(operand), (path) => command.files.chown(path, uid, gid)),
  );
});

async function idOf(command: Command, name: string, kind: 'user' | 'group'): Promise<number | 'unknown'> {
  if (/^\d+$/.test(name)) {
    return Number(name);
  }
  const found =
    kind === 'user'
      ? (await accountsOf(command.files)).find((account) => account.name === name)?.uid
      : (await groupsOf(command.files)).find((group) => group.name === name)?.gid;
  return found ?? 'unknown';
}

export const stat = commandProgram({ flags: 'fLt', values: 'c', long: { format: 'c', printf: 'c', dereference: 'L' } }, async (command) => {
  const format = command.options.value('c');
  return forEachOperand(command, command.operands, 'cannot statx', async (operand) => {
    const path = command.path(operand);
    const found = command.options.has('L') ? await command.files.stat(path) : await command.files.lstat(path);
    const node = command.files.nodeAt(path);
    const { uid, gid } = node ?? { uid: 0, gid: 0 };
    const user = (await accountsOf(command.files)).find((account) => account.uid === uid)?.name ?? String(uid);
    const group = (await groupsOf(command.files)).find((candidate) => candidate.gid === gid)?.name ?? String(gid);
    const device = node?.kind === 'device';
    const kind = found.isSymbolicLink
      ? 'symbolic link'
      : found.isDirectory
        ? 'directory'
        : device
          ? 'character special file'
          : found.size === 0
            ? 'regular empty file'
            : 'regular file';
    const time = `${dateAt(found.mtime.getTime()).toISOString().replace('T', ' ').replace('Z', '000000')} +0000`;
    const octal = (found.mode & 0o7777).toString(8);
    const mode = modeText({ stat: found, device });
    if (format !== undefined) {
      const values: Record<string, string> = {
        a: octal,
        A: mode,
        f: (found.mode | 0o100000).toString(16),
        F: kind,
        g: String(gid),
        G: group,
        n: operand,
        N: `'${operand}'`,
        s: String(found.size),
        u: String(uid),
        U: user,
        Y: String(Math.floor(found.mtime.getTime() / 1000)),
        X: String(Math.floor(found.mtime.getTime() / 1000)),
        y: time,
        x: time,
        b: String(Math.ceil(found.size / 512)),
        h: '1',
        i: '0',
        '%': '%',
      };
      await command.print(`${format.replace(/%([a-zA-Z%])/g, (whole, letter: string) => values[letter] ?? whole)}\n`);
      return;
    }
    const blocks = Math.ceil(found.size / 4096) * 8;
    await command.print(
      `  File: ${operand}${found.isSymbolicLink ? ` -> ${await command.files.readlink(path)}` : ''}\n  Size: ${String(found.size).padEnd(10)}\tBlocks: ${String(blocks).padEnd(10)} IO Block: 4096   ${kind}\nDevice: 0,50\tInode: ${String(1000 + path.length).padEnd(11)} Links: 1\nAccess: (${octal.padStart(4, '0')}/${mode})  Uid: (${String(uid).padStart(5)}/${user.padStart(8)})   Gid: (${String(gid).padStart(5)}/${group.padStart(8)})\nAccess: ${time}\nModify: ${time}\nChange: ${time}\n${command.busybox ? '' : ` Birth: ${time}\n`}`,
    );
  });
});

export const readlink = commandProgram({ flags: 'efmnqsvz', long: { canonicalize: 'f', 'no-newline': 'n' } }, async (command) => {
  let status = 0;
  for (const operand of command.operands) {
    try {
      const path = command.path(operand);
      const target =
        command.options.has('f') || command.options.has('e') || command.options.has('m')
          ? command.files.targetOf(path)
          : await command.files.readlink(path);
      await command.print(`${target}${command.options.has('n') ? '' : '\n'}`);
    } catch (error) {
      if (!isFileProblem(error)) {
        throw error;
      }
      status = 1;
    }
  }
  return status;
});

export const realpath = commandProgram({ flags: 'emqsz', long: { strip: 's', 'no-symlinks': 's' } }, async (command) => {
  let status = 0;
  for (const operand of command.operands) {
    try {
      await command.print(
        `${command.options.has('m') ? command.files.targetOf(command.path(operand)) : await command.files.realpath(command.path(operand))}\n`,
      );
    } catch (error) {
      if (!isFileProblem(error)) {
        throw error;
      }
      await explain(command, '', operand, error);
      status = 1;
    }
  }
  return status;
});
