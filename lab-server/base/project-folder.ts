// The folder of the project, for files that are found by their place in it. Walked up to, because bundles of this code lie elsewhere than the sources.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

function find(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'lab-server', 'tsconfig.json')) && dirname(folder) !== folder) {
    folder = dirname(folder);
  }
  return folder;
}

/** Absolute path, without a trailing slash. */
export const PROJECT_FOLDER = find();

/** The URL of a file of the project, by its path in it: `lab-server/main.ts`. */
export function projectFile(path: string): URL {
  return pathToFileURL(join(PROJECT_FOLDER, path));
}
