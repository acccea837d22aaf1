// ls: names in columns or lines, with the details of -l.
import type { FsStat } from 'just-bash';
import { accountsOf, groupsOf } from '../../containers/users.ts';
import { dateAt } from '../../files/file-times.ts';
import { joinPath } from '../../files/paths.ts';
import { commandProgram, explain, isFileProblem, type Command } from '../command.ts';

interface Entry {
  name: string;
  path: string;
  stat: FsStat;
  target: string | undefined;
  owner: string;
  group: string;
  device: boolean;
  links: number;
}

const HALF_A_YEAR_MS = 15_778_476_000;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

export const ls = commandProgram(
  {
    flags: '1aAbcCdFfghHilLmnopqQrRsStuUvxXZ',
    values: 'wITc',
    long: {
      all: 'a',
      'almost-all': 'A',
      recursive: 'R',
      directory: 'd',
      reverse: 'r',
      'human-readable': 'h',
      inode: 'i',
      size: 's',
      classify: 'F',
      color: 'C',
      width: 'w',
      'full-time': 'l',
      'time-style': 'T',
      'group-directories-first': 'U',
    },
  },
  async (command) => {
    const { options } = command;
    const operands = command.operands.length > 0 ? command.operands : ['.'];
    const names = await accountNames(command);
    const files: Entry[] = [];
    const directories: Entry[] = [];
    let status = 0;
    for (const operand of operands) {
      try {
        const entry = await entryOf(command, operand, command.path(operand), names, !options.has('l') && !options.has('d'));
        (entry.stat.isDirectory && !options.has('d') ? directories : files).push(entry);
      } catch (error) {
        if (!isFileProblem(error)) {
          throw error;
        }
        await explain(command, 'cannot access', operand, error);
        status = command.busybox ? 1 : 2;
      }
    }
    if (files.length > 0) {
      await printEntries(command, sorted(command, files));
    }
    let first = files.length === 0;
    for (const directory of sorted(command, directories)) {
      status = Math.max(status, await listDirectory(command, directory, names, operands.length > 1 || options.has('R'), first));
      first = false;
    }
    return status;
  },
  2,
);

async function listDirectory(command: Command, directory: Entry, names: Names, titled: boolean, first: boolean): Promise<number> {
  const { files, options } = command;
  if (titled) {
    await command.print(`${first ? '' : '\n'}${directory.name}:\n`);
  }
  const found = (await files.readdirWithFileTypes(directory.path)).map((entry) => entry.name);
  const wanted = options.has('a') ? ['.', '..', ...found] : options.has('A') ? found : found.filter((name) => !name.startsWith('.'));
  const entries: Entry[] = [];
  for (const name of wanted) {
    const path =
      name === '.' ? directory.path : name === '..' ? command.files.resolvePath(directory.path, '..') : joinPath(directory.path, name);
    entries.push(await entryOf(command, name, path, names, false));
  }
  if (options.has('l') || options.has('s') || options.has('n') || options.has('g') || options.has('o')) {
    await command.print(`total ${entries.reduce((sum, entry) => sum + blocksOf(entry), 0)}\n`);
  }
  await printEntries(command, sorted(command, entries));
  let status = 0;
  if (options.has('R')) {
    for (const entry of sorted(command, entries)) {
      if (entry.stat.isDirectory && entry.name !== '.' && entry.name !== '..') {
        const name = directory.name === '/' ? `/${entry.name}` : `${directory.name}/${entry.name}`;
        status = Math.max(status, await listDirectory(command, { ...entry, name }, names, true, false));
      }
    }
  }
  return status;
}

interface Names {
  users: ReadonlyMap<number, string>;
  groups: ReadonlyMap<number, string>;
}

async function accountNames(command: Command): Promise<Names> {
  if (!command.options.has('l') && !command.options.has('g') && !command.options.has('o')) {
    return { users: new Map(), groups: new Map() };
  }
  const [users, groups] = await Promise.all([accountsOf(command.files), groupsOf(command.files)]);
  return { users: new Map(users.map((user) => [user.uid, user.name])), groups: new Map(groups.map((group) => [group.gid, group.name])) };
}

async function entryOf(command: Command, name: string, path: string, names: Names, follows: boolean): Promise<Entry> {
  const { files } = command;
  const own = await files.lstat(path);
  const stat = own.isSymbolicLink && (follows || command.options.has('L')) ? await files.stat(path).catch(() => own) : own;
  const node = files.nodeAt(path);
  const ids = stat.isSymbolicLink || !node ? { uid: 0, gid: 0 } : node;
  return {
    name,
    path,
    stat,
    target: stat.isSymbolicLink ? await files.readlink(path) : undefined,
    owner: names.users.get(ids.uid) ?? String(ids.uid),
    group: names.groups.get(ids.gid) ?? String(ids.gid),
    device: node?.kind === 'device' && !stat.isSymbolicLink,
    links:
      node?.kind === 'directory' && typeof node.entries !== 'function'
        ? 2 + [...node.entries.values()].filter((child) => child.kind === 'directory').length
        : 1,
  };
}

function sorted(command: Command, entries: readonly Entry[]): Entry[] {
  const { options } = command;
  const compare =
    options.has('U') || options.has('f')
      ? undefined
      : (left: Entry, right: Entry): number => {
          const byKey = options.has('S')
            ? right.stat.size - left.stat.size
            : options.has('t')
              ? right.stat.mtime.getTime() - left.stat.mtime.getTime()
              : 0;
          return byKey || (left.name < right.name ? -1 : left.name > right.name ? 1 : 0);
        };
  const result = compare ? [...entries].sort(compare) : [...entries];
  return options.has('r') ? result.reverse() : result;
}

async function printEntries(command: Command, entries: readonly Entry[]): Promise<void> {
  const { options } = command;
  if (entries.length === 0) {
    return;
  }
  if (options.has('l') || options.has('n') || options.has('g') || options.has('o')) {
    await command.print(longLines(command, entries));
    return;
  }
  const shown = entries.map(
    (entry) =>
      `${options.has('i') ? `${inodeOf(entry)} ` : ''}${options.has('s') ? `${blocksOf(entry)} ` : ''}${entry.name}${mark(command, entry)}`,
  );
  const terminal = command.process.descriptors.get(1)?.terminal;
  if (!terminal || options.has('1')) {
    await command.print(`${shown.join('\n')}\n`);
    return;
  }
  await command.print(columns(shown, terminal.size().cols));
}

function columns(names: readonly string[], width: number): string {
  for (let rows = 1; rows <= names.length; rows += 1) {
    const count = Math.ceil(names.length / rows);
    const widths = Array.from({ length: count }, (_value, column) =>
      Math.max(...names.slice(column * rows, (column + 1) * rows).map((name) => name.length)),
    );
    if (widths.reduce((sum, columnWidth) => sum + columnWidth + 2, -2) < width || rows === names.length) {
      const lines = Array.from({ length: rows }, (_value, row) =>
        widths
          .map((columnWidth, column) => (names[column * rows + row] ?? '').padEnd(column === count - 1 ? 0 : columnWidth + 2))
          .join('')
          .trimEnd(),
      );
      return `${lines.join('\n')}\n`;
    }
  }
  return '';
}

function longLines(command: Command, entries: readonly Entry[]): string {
  const { options, busybox } = command;
  const rows = entries.map((entry) => ({
    entry,
    links: String(entry.links),
    owner: options.has('n') ? entry.owner.replace(/^root$/, '0') : entry.owner,
    group: options.has('n') ? entry.group.replace(/^root$/, '0') : entry.group,
    size: entry.device ? '1, 3' : options.has('h') ? humanSize(entry.stat.size) : String(entry.stat.size),
  }));
  const width = (pick: (row: (typeof rows)[number]) => string, least = 0): number =>
    Math.max(least, ...rows.map((row) => pick(row).length));
  const widths = {
    links: width((row) => row.links, busybox ? 5 : 0),
    owner: width((row) => row.owner, busybox ? 8 : 0),
    group: width((row) => row.group, busybox ? 8 : 0),
    size: width((row) => row.size, busybox ? 9 : 0),
  };
  return rows
    .map(({ entry, links, owner, group, size }) => {
      const arrow = entry.target === undefined ? '' : ` -> ${entry.target}`;
      const time = timeText(command, entry.stat.mtime.getTime());
      return `${options.has('i') ? `${inodeOf(entry)} ` : ''}${modeText(entry)} ${links.padStart(widths.links)} ${options.has('g') ? '' : `${owner.padEnd(widths.owner)} `}${options.has('o') ? '' : `${group.padEnd(widths.group)} `}${size.padStart(widths.size)} ${time} ${entry.name}${mark(command, entry)}${arrow}\n`;
    })
    .join('');
}

export function modeText(entry: { stat: FsStat; device: boolean }): string {
  const { stat } = entry;
  const kind = stat.isSymbolicLink ? 'l' : stat.isDirectory ? 'd' : entry.device ? 'c' : '-';
  const letters = Array.from('rwxrwxrwx').map((letter, index) => ((stat.mode >> (8 - index)) & 1 ? letter : '-'));
  if (stat.mode & 0o1000) {
    letters[8] = letters[8] === 'x' ? 't' : 'T';
  }
  if (stat.mode & 0o4000) {
    letters[2] = letters[2] === 'x' ? 's' : 'S';
  }
  if (stat.mode & 0o2000) {
    letters[5] = letters[5] === 'x' ? 's' : 'S';
  }
  return kind + letters.join('');
}

function timeText(command: Command, milliseconds: number): string {
  const date = dateAt(milliseconds);
  if (command.process.argv.includes('--full-time')) {
    return `${date.toISOString().slice(0, 19).replace('T', ' ')}.000000000 +0000`;
  }
  const month = MONTHS[date.getUTCMonth()] ?? '';
  const day = String(date.getUTCDate()).padStart(2);
  const age = command.process.machine.clock.now() - milliseconds;
  const recent = age >= -60_000 && age < HALF_A_YEAR_MS;
  return `${month} ${day} ${recent ? date.toISOString().slice(11, 16) : ` ${date.getUTCFullYear()}`}`;
}

function mark(command: Command, entry: Entry): string {
  if (!command.options.has('F') && !command.options.has('p')) {
    return '';
  }
  if (entry.stat.isDirectory) {
    return '/';
  }
  if (!command.options.has('F') || command.options.has('l')) {
    return '';
  }
  return entry.stat.isSymbolicLink ? '@' : (entry.stat.mode & 0o111) !== 0 ? '*' : '';
}

function blocksOf(entry: Entry): number {
  return entry.stat.isSymbolicLink || entry.device ? 0 : Math.ceil(entry.stat.size / 4096) * 4;
}

/** Numbers that stay the same for a path: the file systems have none of their own. */
function inodeOf(entry: Entry): number {
  return Array.from(entry.path).reduce((hash, character) => (hash * 31 + (character.codePointAt(0) ?? 0)) % 9_999_991, 7);
}

export function humanSize(bytes: number): string {
  let value = bytes;
  for (const unit of ['', 'K', 'M', 'G', 'T']) {
    if (value < 1024 || unit === 'T') {
      const rounded = unit === '' || value >= 10 ? Math.ceil(value) : Math.ceil(value * 10) / 10;
      return `${unit !== '' && value < 10 ? rounded.toFixed(1) : rounded}${unit}`;
    }
    value /= 1024;
  }
  return String(bytes);
}
