// Finds what a command name means in a container: a binary of the image, or a script with its interpreter.
import type { VirtualFileSystem } from '../files/virtual-file-system.ts';
import { joinPath, resolvePath } from '../files/paths.ts';

/** Used when PATH is not set, as execvp(3) does it. */
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Simulated binaries begin like real ones, so that `file`, `head -c 4` and `cp` treat them as such; then follows the program. */
const BINARY_MAGIC = '\u007fELF\u0002\u0001\u0001';
/** Interpreters of interpreters of scripts: Linux gives up after four. */
const MAX_INTERPRETERS = 4;

export type ExecutableProblem = 'not-found' | 'no-such-file' | 'not-executable' | 'is-directory' | 'bad-format';

export class ExecutableError extends Error {
  readonly problem: ExecutableProblem;
  readonly command: string;
  constructor(problem: ExecutableProblem, command: string) {
    super(`${command}: ${problem}`);
    this.name = 'ExecutableError';
    this.problem = problem;
    this.command = command;
  }
}

export interface Executable {
  path: string;
  /** Which program runs. */
  program: string;
  /** The arguments the program gets: for a script, those of its interpreter with the script's path. */
  argv: readonly string[];
}

/** The content of a file that is the binary of a program. `detail` is for the program to read: its version, for one. */
export function binaryOf(program: string, detail = ''): string {
  return `${BINARY_MAGIC}${program}\n${detail}`;
}

/** The path a command name leads to, or undefined: with a slash it is a path, without one PATH is searched. */
export async function searchPath(files: VirtualFileSystem, command: string, cwd: string, path: string): Promise<string | undefined> {
  if (command.includes('/')) {
    const absolute = resolvePath(cwd, command);
    return (await files.exists(absolute)) ? absolute : undefined;
  }
  for (const directory of path.split(':')) {
    const candidate = joinPath(resolvePath(cwd, directory), command);
    if (await isExecutableFile(files, candidate)) {
      return candidate;
    }
  }
  return undefined;
}

/** What running `argv` means. Throws ExecutableError. */
export async function findExecutable(
  files: VirtualFileSystem,
  argv: readonly string[],
  cwd: string,
  path: string | undefined,
): Promise<Executable> {
  const command = argv[0] ?? '';
  const found = command === '' ? undefined : await searchPath(files, command, cwd, path ?? DEFAULT_PATH);
  if (found === undefined) {
    throw new ExecutableError(command.includes('/') ? 'no-such-file' : 'not-found', command);
  }
  return loadExecutable(files, command, found, argv, 0);
}

async function loadExecutable(
  files: VirtualFileSystem,
  command: string,
  path: string,
  argv: readonly string[],
  depth: number,
): Promise<Executable> {
  const stat = await files.stat(path);
  if (stat.isDirectory) {
    throw new ExecutableError('is-directory', command);
  }
  if ((stat.mode & 0o111) === 0) {
    throw new ExecutableError('not-executable', command);
  }
  const head = (await files.readFile(path)).slice(0, 256);
  if (head.startsWith(BINARY_MAGIC)) {
    return { path, program: head.slice(BINARY_MAGIC.length, head.indexOf('\n')), argv };
  }
  const shebang = /^#![ \t]*(\S+)(?:[ \t]+([^\n]*\S))?/.exec(head);
  if (!shebang?.[1] || depth >= MAX_INTERPRETERS) {
    throw new ExecutableError('bad-format', command);
  }
  if (!(await files.exists(shebang[1]))) {
    // What the kernel answers for a script whose interpreter is missing.
    throw new ExecutableError('no-such-file', command);
  }
  const interpreted = [shebang[1], ...(shebang[2] === undefined ? [] : [shebang[2]]), path, ...argv.slice(1)];
  return loadExecutable(files, shebang[1], shebang[1], interpreted, depth + 1);
}

async function isExecutableFile(files: VirtualFileSystem, path: string): Promise<boolean> {
  try {
    const stat = await files.stat(path);
    return !stat.isDirectory && (stat.mode & 0o111) !== 0;
  } catch {
    return false;
  }
}
