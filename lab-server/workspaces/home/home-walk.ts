// Walks the home folder: everything a learner would call a file of theirs, never through a link.
import type { BigIntStats, Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileEntry } from '../files.ts';
import { openFolderBelow, through } from './home-path.ts';

const MAX_DEPTH = 16;
/** What programs keep for themselves, relative to home: not files of the learner's work. */
const PROGRAMS_OWN: ReadonlySet<string> = new Set([
  '.aws/cli/cache',
  '.bash_history',
  '.cache',
  '.kube/cache',
  '.kube/http-cache',
  '.lesshst',
  '.local',
  '.minikube',
  '.npm',
  '.python_history',
  '.viminfo',
]);
/** What `HomeFiles.write` writes to before it puts the file in its place. */
const TEMPORARY = /^\.[0-9a-f]{16}\.tmp$/;

/** Changes with every write, also where two writes fall into one tick of the file system's clock but replace the file. */
export function versionOf(stats: BigIntStats): string {
  return `${stats.mtimeNs.toString(36)}-${stats.size.toString(36)}-${stats.ino.toString(36)}`;
}

/** Whether this is a file or folder that some program keeps for itself. */
export function isProgramsOwn(path: string): boolean {
  return PROGRAMS_OWN.has(path);
}

/**
 * Entries below `home`, folders before their contents, at most `limit`. Without `everything`, what programs keep for themselves and what
 * lies very deep is left out. Folders that cannot be read are listed and not entered.
 */
export async function* walkHome(home: string, limit: number, options: { everything?: boolean } = {}): AsyncGenerator<FileEntry> {
  let left = limit;
  const open: { path: string; depth: number }[] = [{ path: '', depth: 0 }];
  for (let folder = open.pop(); folder; folder = open.pop()) {
    for (const entry of await listFolder(home, folder.path)) {
      if (!options.everything && isProgramsOwn(entry.path)) {
        continue;
      }
      if (left === 0) {
        return;
      }
      left -= 1;
      yield entry;
      if (entry.type === 'directory' && (options.everything || folder.depth < MAX_DEPTH)) {
        open.push({ path: entry.path, depth: folder.depth + 1 });
      }
    }
  }
}

/** Files and folders directly in `path` (relative to home, empty for home itself). Links, pipes and sockets are left out. */
export async function listFolder(home: string, path: string): Promise<FileEntry[]> {
  const entries: FileEntry[] = [];
  try {
    await using folder = await openFolderBelow(home, path);
    const inside = through(folder, join(home, path));
    for (const found of await readdir(inside, { withFileTypes: true })) {
      const entry = await describe(found, inside, path);
      if (entry) {
        entries.push(entry);
      }
    }
  } catch {
    // Removed, or made unreadable by the learner, in this moment.
  }
  return entries;
}

async function describe(found: Dirent, inside: string, folder: string): Promise<FileEntry | undefined> {
  if ((!found.isFile() && !found.isDirectory()) || TEMPORARY.test(found.name)) {
    return undefined;
  }
  const stats = await lstat(join(inside, found.name), { bigint: true }).catch(() => undefined);
  if (!stats) {
    return undefined;
  }
  const path = folder === '' ? found.name : `${folder}/${found.name}`;
  return stats.isDirectory()
    ? { path, type: 'directory', size: 0, version: stats.ino.toString(36) }
    : { path, type: 'file', size: Number(stats.size), version: versionOf(stats) };
}
