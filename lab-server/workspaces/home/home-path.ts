// Finds files below the learner's home folder without ever leaving it, whatever links the learner makes while we look.
//
// On Linux each folder on the way is opened without following links, and the next step is taken from that open folder
// (/proc/self/fd/N/name), so a folder that is exchanged for a link in between leads nowhere. Links are resolved by hand, inside home only.
import { constants } from 'node:fs';
import { open, readlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { DocksideError } from '../../base/index.ts';

const MAX_LINKS = 16;
const MAX_PATH_LENGTH = 1024;
const MAX_NAME_BYTES = 255;
const FOLDER_FLAGS = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** An open folder below home, and a name in it: everything that is done with the file goes through `path`. */
export class Place implements AsyncDisposable {
  readonly name: string;
  /** Path of the file through the open folder. Its last component may be a link. */
  readonly path: string;
  readonly folder: FileHandle;

  constructor(folder: FileHandle, folderPath: string, name: string) {
    this.folder = folder;
    this.name = name;
    this.path = join(through(folder, folderPath), name);
  }

  /** Path of another name in the same folder. */
  sibling(name: string): string {
    return join(this.path, '..', name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.folder.close();
  }
}

/** Splits a path that came from outside. Throws FILE_PATH_INVALID. */
export function splitPath(path: string): string[] {
  const parts = path.split('/');
  const isBad =
    path === '' ||
    path.length > MAX_PATH_LENGTH ||
    path.includes('\0') ||
    parts.some((part) => part === '' || part === '.' || part === '..' || Buffer.byteLength(part) > MAX_NAME_BYTES);
  if (isBad) {
    throw pathInvalid(path, 'a path below the home folder is needed, such as "app/deployment.yaml"');
  }
  return parts;
}

export interface FindOptions {
  /** Absolute path of the home folder on this machine. */
  home: string;
  /** What the learner calls the home folder: absolute links that begin with it stay inside. */
  homeInside: string;
  /** Called for each folder that is missing on the way; absent: FILE_NOT_FOUND. */
  makeFolder?: (path: string) => Promise<void>;
  /** Resolve the last component too when it is a link. */
  followLast: boolean;
}

/** The place of `path`. Throws FILE_PATH_INVALID for a path or link that leaves home, FILE_NOT_FOUND for a missing folder. */
export async function findPlace(path: string, options: FindOptions): Promise<Place> {
  let parts = splitPath(path);
  let links = 0;
  for (;;) {
    const step = await walk(parts, path, options);
    if ('place' in step) {
      return step.place;
    }
    links += 1;
    if (links > MAX_LINKS) {
      throw pathInvalid(path, 'its links lead in a circle');
    }
    parts = step.parts;
  }
}

/** Walks until the end, or until a link: then the path with the link replaced by where it leads. */
async function walk(parts: readonly string[], original: string, options: FindOptions): Promise<{ place: Place } | { parts: string[] }> {
  let folder = await open(options.home, FOLDER_FLAGS);
  let folderPath = options.home;
  try {
    for (const [index, name] of parts.entries()) {
      const isLast = index === parts.length - 1;
      const path = join(through(folder, folderPath), name);
      const target = isLast && !options.followLast ? undefined : await linkTarget(path);
      if (target !== undefined) {
        await folder.close();
        return { parts: resolveLink(parts.slice(0, index), target, parts.slice(index + 1), original, options.homeInside) };
      }
      if (isLast) {
        return { place: new Place(folder, folderPath, name) };
      }
      const next = await openFolder(path, original, options.makeFolder);
      await folder.close();
      folder = next;
      folderPath = join(folderPath, name);
    }
    throw pathInvalid(original, 'it is empty');
  } catch (error) {
    await folder.close().catch(() => undefined);
    throw error;
  }
}

/** Opens a folder below home, following no link. Rejects with the system's error. */
export async function openFolderBelow(home: string, path: string): Promise<FileHandle> {
  let folder = await open(home, FOLDER_FLAGS);
  let folderPath = home;
  for (const name of path === '' ? [] : path.split('/')) {
    try {
      const next = await open(join(through(folder, folderPath), name), FOLDER_FLAGS);
      folderPath = join(folderPath, name);
      await folder.close();
      folder = next;
    } catch (error) {
      await folder.close();
      throw error;
    }
  }
  return folder;
}

async function openFolder(path: string, original: string, makeFolder: FindOptions['makeFolder']): Promise<FileHandle> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await open(path, FOLDER_FLAGS);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'ENOENT' && makeFolder && attempt === 0) {
        await makeFolder(path);
        continue;
      }
      if (code === 'ENOENT') {
        throw notFound(original);
      }
      if (code === 'ENOTDIR' || code === 'ELOOP') {
        throw pathInvalid(original, 'a part of it is not a folder');
      }
      throw error;
    }
  }
}

async function linkTarget(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch {
    // Not a link, or not there: both are found out where the file is used.
    return undefined;
  }
}

function resolveLink(before: string[], target: string, after: string[], original: string, homeInside: string): string[] {
  const isInside = !target.startsWith('/') || target === homeInside || target.startsWith(`${homeInside}/`);
  const steps = target.startsWith('/') ? target.slice(homeInside.length).split('/') : [...before, ...target.split('/')];
  const parts: string[] = [];
  for (const step of isInside ? steps : ['..']) {
    if (step === '..') {
      if (parts.pop() === undefined) {
        throw pathInvalid(original, 'it is a link that leaves the home folder');
      }
    } else if (step !== '' && step !== '.') {
      parts.push(step);
    }
  }
  const resolved = [...parts, ...after];
  if (resolved.length === 0) {
    throw pathInvalid(original, 'it is a link to the home folder itself');
  }
  return resolved;
}

/** The path by which an open folder's entries are reached: on Linux through the open file itself. */
export function through(folder: FileHandle, path: string): string {
  return process.platform === 'linux' ? `/proc/self/fd/${folder.fd}` : path;
}

export function pathInvalid(path: string, reason: string): DocksideError {
  return new DocksideError('FILE_PATH_INVALID', `The path ${JSON.stringify(path.slice(0, 200))} is not allowed: ${reason}.`, {
    status: 400,
  });
}

export function notFound(path: string): DocksideError {
  return new DocksideError('FILE_NOT_FOUND', `There is no file ${JSON.stringify(path)} in the home folder.`, { status: 404 });
}
