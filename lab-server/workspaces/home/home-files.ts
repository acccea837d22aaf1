// The learner's files: what the editor reads and writes, straight on the home folder that the shells see.
import { randomBytes } from 'node:crypto';
import { constants, type BigIntStats } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, rm, rmdir, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { DocksideError } from '../../base/index.ts';
import type { FileChange, FileContent, FileEntry, WorkspaceFiles } from '../files.ts';
import { findPlace, notFound, pathInvalid, splitPath, through, type Place } from './home-path.ts';
import { versionOf, walkHome } from './home-walk.ts';
import { watchHome } from './home-watch.ts';

/** The editor is for text that a person writes. */
export const MAX_FILE_BYTES = 4 * 1024 * 1024;

export interface HomeFilesOptions {
  /** Absolute path of the home folder on this machine. */
  home: string;
  /** Absolute path of the home folder as the learner's programs see it. */
  homeInside: string;
  /** Owner of what is written, where the server is root and the learner is not. */
  uid: number | undefined;
  limits: { diskBytes: number; files: number };
}

export class HomeFiles implements WorkspaceFiles {
  readonly #options: HomeFilesOptions;

  constructor(options: HomeFilesOptions) {
    this.#options = options;
  }

  async list(): Promise<FileEntry[]> {
    const entries: FileEntry[] = [];
    for await (const entry of walkHome(this.#options.home, this.#options.limits.files)) {
      entries.push(entry);
    }
    return entries.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  async read(path: string): Promise<FileContent> {
    await using place = await this.#find(path);
    await using file = await this.#openToRead(place, path);
    const stats = await file.stat({ bigint: true });
    if (!stats.isFile()) {
      throw pathInvalid(path, 'it is not a file');
    }
    if (stats.size > BigInt(MAX_FILE_BYTES)) {
      throw tooLarge(path, Number(stats.size));
    }
    const content = await readAtMost(file, MAX_FILE_BYTES + 1);
    if (content.length > MAX_FILE_BYTES) {
      throw tooLarge(path, content.length);
    }
    return { path, content, version: versionOf(stats) };
  }

  async write(path: string, content: Uint8Array, ifVersion?: string | null): Promise<string> {
    return await this.#write(path, content, ifVersion, true);
  }

  /** As `write`, without waiting until the disk has it: for what can be written again. */
  async writeQuickly(path: string, content: Uint8Array, ifVersion?: string | null): Promise<string> {
    return await this.#write(path, content, ifVersion, false);
  }

  async #write(path: string, content: Uint8Array, ifVersion: string | null | undefined, isDurable: boolean): Promise<string> {
    if (content.length > MAX_FILE_BYTES) {
      throw tooLarge(path, content.length);
    }
    splitPath(path);
    await this.#checkQuota(content.length);
    await using place = await this.#find(path, { makeFolders: true });
    const existing = await statIfThere(place.path);
    if (existing && !existing.isFile()) {
      throw pathInvalid(path, 'something that is not a file has this name');
    }
    checkVersion(path, existing, ifVersion);
    const temporary = place.sibling(`.${randomBytes(8).toString('hex')}.tmp`);
    try {
      const mode = existing ? Number(existing.mode & 0o777n) : 0o644;
      await using file = await open(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, mode);
      await file.writeFile(content);
      await file.chmod(mode);
      await this.#give(file);
      if (isDurable) {
        await file.sync();
      }
      const stats = await file.stat({ bigint: true });
      // As late as can be: a write of the shell since the first look is not overwritten unseen.
      checkVersion(path, await statIfThere(place.path), ifVersion);
      await rename(temporary, place.path);
      return versionOf(stats);
    } catch (error) {
      await rm(temporary, { force: true });
      throw asFileError(error, path);
    }
  }

  async rename(from: string, to: string): Promise<void> {
    splitPath(to);
    await using source = await this.#find(from, { followLast: false });
    if (!(await statIfThere(source.path))) {
      throw notFound(from);
    }
    await using target = await this.#find(to, { followLast: false, makeFolders: true });
    if (await statIfThere(target.path)) {
      throw new DocksideError('FILE_CONFLICT', `There is already a file ${JSON.stringify(to)}.`, { status: 409 });
    }
    try {
      await rename(source.path, target.path);
    } catch (error) {
      throw asFileError(error, to);
    }
  }

  /** Removes a file, a link or a whole folder. */
  async remove(path: string): Promise<void> {
    await using place = await this.#find(path, { followLast: false });
    const stats = await statIfThere(place.path);
    if (!stats) {
      throw notFound(path);
    }
    try {
      await (stats.isDirectory() ? removeFolder(place.path) : unlink(place.path));
    } catch (error) {
      throw asFileError(error, path);
    }
  }

  watch(signal: AbortSignal): AsyncIterable<FileChange> {
    return watchHome(this.#options.home, this.#options.limits.files, signal);
  }

  #find(path: string, { followLast = true, makeFolders = false } = {}): Promise<Place> {
    return findPlace(path, {
      home: this.#options.home,
      homeInside: this.#options.homeInside,
      followLast,
      ...(makeFolders ? { makeFolder: (folder) => this.#makeFolder(folder) } : {}),
    });
  }

  async #makeFolder(path: string): Promise<void> {
    await mkdir(path, 0o755).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') {
        throw error;
      }
    });
    await using folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    await this.#give(folder);
  }

  async #give(file: FileHandle): Promise<void> {
    if (this.#options.uid !== undefined) {
      await file.chown(this.#options.uid, this.#options.uid);
    }
  }

  /** Without O_NONBLOCK a named pipe in place of a file would block the server's thread. */
  async #openToRead(place: Place, path: string): Promise<FileHandle> {
    try {
      return await open(place.path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (error) {
      throw asFileError(error, path);
    }
  }

  async #checkQuota(added: number): Promise<void> {
    const { diskBytes, files } = this.#options.limits;
    let used = 0;
    let count = 0;
    for await (const entry of walkHome(this.#options.home, files, { everything: true })) {
      used += entry.size;
      count += 1;
    }
    if (used + added > diskBytes) {
      throw new DocksideError(
        'FILE_QUOTA',
        `The home folder is full: ${megabytes(used)} of ${megabytes(diskBytes)} are used. Remove files you no longer need.`,
        { status: 507 },
      );
    }
    if (count >= files) {
      throw new DocksideError('FILE_QUOTA', `The home folder holds ${count} files, which is the most allowed. Remove some.`, {
        status: 507,
      });
    }
  }
}

function checkVersion(path: string, existing: BigIntStats | undefined, ifVersion: string | null | undefined): void {
  if (ifVersion === undefined) {
    return;
  }
  const found = existing ? versionOf(existing) : null;
  if (found !== ifVersion) {
    const what = found === null ? 'was removed' : ifVersion === null ? 'exists already' : 'was changed';
    throw new DocksideError(
      'FILE_CONFLICT',
      `${JSON.stringify(path)} ${what} since you last saw it. Load it again, then decide which to keep.`,
      {
        status: 409,
      },
    );
  }
}

async function statIfThere(path: string): Promise<BigIntStats | undefined> {
  return await lstat(path, { bigint: true }).catch(() => undefined);
}

/** Removes a folder step by step through open folders, so that a link put in its place meanwhile is not followed. */
async function removeFolder(path: string): Promise<void> {
  {
    await using folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    const inside = through(folder, path);
    for (const entry of await readdir(inside, { withFileTypes: true })) {
      const child = join(inside, entry.name);
      await (entry.isDirectory() ? removeFolder(child) : unlink(child));
    }
  }
  await rmdir(path);
}

async function readAtMost(file: FileHandle, limit: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(limit), offset: 0, length: limit, position: 0 });
  let size = bytesRead;
  while (size < limit) {
    const more = await file.read(buffer, size, limit - size, size);
    if (more.bytesRead === 0) {
      break;
    }
    size += more.bytesRead;
  }
  return Buffer.from(buffer.subarray(0, size));
}

function tooLarge(path: string, size: number): DocksideError {
  return new DocksideError(
    'FILE_TOO_LARGE',
    `${JSON.stringify(path)} has ${megabytes(size)}; the editor takes files up to ${megabytes(MAX_FILE_BYTES)}. Use the terminal for larger ones.`,
    { status: 413 },
  );
}

function asFileError(error: unknown, path: string): unknown {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
      return notFound(path);
    case 'ELOOP':
      return pathInvalid(path, 'it is a link');
    case 'EISDIR':
    case 'ENOTDIR':
    case 'ENOTEMPTY':
    case 'EINVAL':
    case 'ENXIO':
    case 'ENAMETOOLONG':
      return pathInvalid(path, 'it does not fit what is in the home folder');
    case 'EACCES':
    case 'EPERM':
      return new DocksideError('FILE_FORBIDDEN', `The permissions of ${JSON.stringify(path)} do not allow this. Change them with chmod.`, {
        status: 403,
        cause: error,
      });
    case 'ENOSPC':
    case 'EDQUOT':
      return new DocksideError('FILE_QUOTA', 'The disk is full.', { status: 507, cause: error });
    default:
      return error;
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
