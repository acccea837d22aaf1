// Path arithmetic without a file system: everything here is about text.
import { posix } from 'node:path';

/** `path` made absolute against `base`, without `.`, `..`, `//` or a trailing slash. */
export function resolvePath(base: string, path: string): string {
  return posix.resolve('/', base, path);
}

export function parentOf(path: string): string {
  return posix.dirname(path);
}

export function baseName(path: string): string {
  return posix.basename(path);
}

export function joinPath(directory: string, name: string): string {
  return directory === '/' ? `/${name}` : `${directory}/${name}`;
}

/** Whether `path` is `directory` or lies under it. */
export function isWithin(directory: string, path: string): boolean {
  return path === directory || directory === '/' || path.startsWith(`${directory}/`);
}
