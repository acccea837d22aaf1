// What this machine offers to build a workspace from: where the programs are, who we are, how the system folders lie.
import { accessSync, constants, lstatSync, readlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Programs that the bubblewrap driver is built from, with the Debian package of each. */
export const REQUIRED_PROGRAMS = {
  bwrap: 'bubblewrap',
  nsenter: 'util-linux',
  prlimit: 'util-linux',
  setpriv: 'util-linux',
  ip: 'iproute2',
  bash: 'bash',
} as const;

export type RequiredProgram = keyof typeof REQUIRED_PROGRAMS;

export interface Machine {
  /** Absolute paths. */
  programs: Record<RequiredProgram, string>;
  /** The server runs as root: each lab then gets a user id of its own. */
  isRoot: boolean;
}

/** The folders whose programs are there inside a workspace as well. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/**
 * Looks for the programs; the ones that are missing are listed. The system's own come first: some are started inside a workspace, where nothing else
 * of `path` can be seen.
 */
export function inspectMachine(path: string): { machine: Machine; missing: [] } | { machine: undefined; missing: RequiredProgram[] } {
  const found = Object.keys(REQUIRED_PROGRAMS).map((name) => [name, findProgram(name, [...SYSTEM_FOLDERS, path].join(delimiter))] as const);
  const missing = found.filter(([, file]) => file === undefined).map(([name]) => name as RequiredProgram);
  if (missing.length > 0) {
    return { machine: undefined, missing };
  }
  return {
    machine: { programs: Object.fromEntries(found) as Record<RequiredProgram, string>, isRoot: process.getuid?.() === 0 },
    missing: [],
  };
}

/** The first executable of that name in `path`, or in the usual system folders. */
export function findProgram(name: string, path: string): string | undefined {
  const folders = [...path.split(delimiter), ...SYSTEM_FOLDERS].filter((folder) => folder.startsWith('/'));
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return lstatSync(file).isFile() || lstatSync(file).isSymbolicLink();
  } catch {
    return false;
  }
}

/** bwrap arguments that show the host's programs and libraries read-only, in the shape that the host gives them. */
export function systemFolders(): string[] {
  const args = ['--ro-bind', '/usr', '/usr'];
  for (const name of ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32']) {
    try {
      const found = lstatSync(`/${name}`);
      args.push(...(found.isSymbolicLink() ? ['--symlink', readlinkSync(`/${name}`), `/${name}`] : ['--ro-bind', `/${name}`, `/${name}`]));
    } catch {
      // The system has no such folder.
    }
  }
  return args;
}
