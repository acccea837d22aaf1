// The file system a container sees: its own tree over the image, with mounts, as the interface just-bash works on.
import type { FsStat, IFileSystem } from 'just-bash';
import { FileError } from './file-error.ts';
import { dateAt } from './file-times.ts';
import { segments, type FileTree } from './file-tree.ts';
import { bytesOf, directoryNode, entriesOf, fileNode, linkNode, sizeOf, type FsNode } from './nodes.ts';
import { isWithin, joinPath, parentOf, resolvePath } from './paths.ts';

const MAX_LINKS = 40;

/** A mount: another of our file systems (walked like our own), or a foreign one (asked by path). */
export interface MountPoint {
  path: string;
  files: IFileSystem;
  sourcePath: string;
  readOnly: boolean;
}

/** Where a path leads once links and mounts are followed. */
type Location =
  | { kind: 'tree'; tree: FileTree; path: string; node: FsNode | undefined; readOnly: boolean; visiblePath: string }
  | { kind: 'foreign'; files: IFileSystem; path: string; readOnly: boolean; visiblePath: string };

type Encoding = 'utf8' | 'utf-8' | 'ascii' | 'binary' | 'base64' | 'hex' | 'latin1';
type EncodingOption = { encoding?: Encoding | null } | Encoding | undefined;
type DirentEntry = { name: string; isFile: boolean; isDirectory: boolean; isSymbolicLink: boolean };

export class VirtualFileSystem implements IFileSystem {
  readonly tree: FileTree;
  /** Longest path first, so that a mount inside a mount is found before the outer one. */
  readonly #mounts: MountPoint[];
  readonly #readOnlyRoot: boolean;

  constructor(tree: FileTree, mounts: readonly MountPoint[] = [], options: { readOnlyRoot?: boolean } = {}) {
    this.tree = tree;
    this.#readOnlyRoot = options.readOnlyRoot ?? false;
    this.#mounts = [];
    for (const mount of mounts) {
      this.#addMount(mount);
    }
  }

  get mounts(): readonly MountPoint[] {
    return this.#mounts;
  }

  /** The node of a path, links followed; undefined when there is none or a foreign file system holds it. */
  nodeAt(path: string): FsNode | undefined {
    try {
      const location = this.#locate(path, true, 'stat');
      return location.kind === 'tree' ? location.node : undefined;
    } catch {
      return undefined;
    }
  }

  /** Where a path leads with all links followed, even when the last step does not exist. Throws on a broken way there. */
  targetOf(path: string): string {
    return this.#locate(path, true, 'open').visiblePath;
  }

  async readFile(path: string, options?: EncodingOption): Promise<string> {
    const encoding = (typeof options === 'string' ? options : options?.encoding) ?? 'utf8';
    const bytes = await this.readFileBuffer(path);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(encoding === 'binary' ? 'latin1' : encoding);
  }

  async readFileBuffer(path: string): Promise<Uint8Array> {
    const location = this.#locate(path, true, 'open');
    if (location.kind === 'foreign') {
      return location.files.readFileBuffer(location.path);
    }
    const node = present(location, 'open');
    if (node.kind === 'directory') {
      throw new FileError('EISDIR', 'read', path);
    }
    return node.kind === 'file' ? bytesOf(node) : new Uint8Array(0);
  }

  async writeFile(path: string, content: string | Uint8Array, options?: EncodingOption): Promise<void> {
    const location = this.#locateForWriting(path, 'open');
    if (location.kind === 'foreign') {
      return location.files.writeFile(location.path, content);
    }
    if (location.node?.kind !== 'device') {
      location.tree.write(location.path, toBytes(content, options));
    }
  }

  async appendFile(path: string, content: string | Uint8Array, options?: EncodingOption): Promise<void> {
    const location = this.#locateForWriting(path, 'open');
    if (location.kind === 'foreign') {
      return location.files.appendFile(location.path, content);
    }
    if (location.node?.kind !== 'device') {
      location.tree.append(location.path, toBytes(content, options));
    }
  }

  async exists(path: string): Promise<boolean> {
    try {
      const location = this.#locate(path, true, 'access');
      return location.kind === 'foreign' ? await location.files.exists(location.path) : location.node !== undefined;
    } catch {
      return false;
    }
  }

  async stat(path: string): Promise<FsStat> {
    return this.#stat(path, true);
  }

  async lstat(path: string): Promise<FsStat> {
    return this.#stat(path, false);
  }

  async mkdir(path: string, options?: { recursive?: boolean }): Promise<void> {
    const parent = parentOf(resolvePath('/', path));
    if (options?.recursive && resolvePath('/', path) !== '/' && !(await this.exists(parent))) {
      await this.mkdir(parent, options);
    }
    const location = this.#locate(path, true, 'mkdir');
    if (location.kind === 'foreign') {
      refuseReadOnly(location, 'mkdir', path);
      return location.files.mkdir(location.path, options);
    }
    if (location.node) {
      if (options?.recursive && location.node.kind === 'directory') {
        return;
      }
      throw new FileError('EEXIST', 'mkdir', path);
    }
    const checked = this.#locateForWriting(path, 'mkdir');
    if (checked.kind === 'tree') {
      checked.tree.put(checked.path, directoryNode(new Map(), { mtime: checked.tree.now() }), 'mkdir');
    }
  }

  async readdir(path: string): Promise<string[]> {
    return (await this.readdirWithFileTypes(path)).map((entry) => entry.name);
  }

  async readdirWithFileTypes(path: string): Promise<DirentEntry[]> {
    const location = this.#locate(path, true, 'scandir');
    if (location.kind === 'foreign') {
      return foreignEntries(location.files, location.path);
    }
    const node = present(location, 'scandir');
    if (node.kind !== 'directory') {
      throw new FileError('ENOTDIR', 'scandir', path);
    }
    return [...entriesOf(node)]
      .map(([name, child]) => ({
        name,
        isFile: child.kind === 'file' || child.kind === 'device',
        isDirectory: child.kind === 'directory',
        isSymbolicLink: child.kind === 'link',
      }))
      .sort((left, right) => (left.name < right.name ? -1 : 1));
  }

  async rm(path: string, options?: { recursive?: boolean; force?: boolean }): Promise<void> {
    const absolute = resolvePath('/', path);
    let location: Location;
    try {
      location = this.#locate(absolute, false, 'rm');
    } catch (error) {
      if (options?.force) {
        return;
      }
      throw error;
    }
    if (this.#mounts.some((mount) => isWithin(location.visiblePath, mount.path))) {
      throw new FileError('EBUSY', 'rm', path);
    }
    if (location.kind === 'foreign') {
      refuseReadOnly(location, 'rm', path);
      return location.files.rm(location.path, options);
    }
    if (!location.node) {
      if (options?.force) {
        return;
      }
      throw new FileError('ENOENT', 'rm', path);
    }
    refuseReadOnly(location, 'rm', path);
    if (location.node.kind === 'directory' && !options?.recursive && entriesOf(location.node).size > 0) {
      throw new FileError('ENOTEMPTY', 'rm', path);
    }
    location.tree.remove(location.path, 'rm');
  }

  async cp(source: string, destination: string, options?: { recursive?: boolean }): Promise<void> {
    const stat = await this.stat(source);
    if (!stat.isDirectory) {
      await this.writeFile(destination, await this.readFileBuffer(source));
      return this.chmod(destination, stat.mode);
    }
    if (!options?.recursive) {
      throw new FileError('EISDIR', 'cp', source);
    }
    if (isWithin(resolvePath('/', source), resolvePath('/', destination))) {
      throw new FileError('EINVAL', 'cp', source);
    }
    await this.mkdir(destination, { recursive: true });
    for (const entry of await this.readdirWithFileTypes(source)) {
      const from = joinPath(source, entry.name);
      const to = joinPath(destination, entry.name);
      if (entry.isSymbolicLink) {
        await this.symlink(await this.readlink(from), to);
      } else {
        await this.cp(from, to, options);
      }
    }
  }

  async mv(source: string, destination: string): Promise<void> {
    const from = this.#locate(source, false, 'rename');
    const to = this.#locate(destination, false, 'rename');
    if (from.kind === 'tree' && to.kind === 'tree' && from.tree === to.tree) {
      refuseReadOnly(from, 'rename', source);
      refuseReadOnly(to, 'rename', destination);
      const node = present(from, 'rename');
      if (from.path === to.path) {
        return;
      }
      if (isWithin(from.path, to.path)) {
        throw new FileError('EINVAL', 'rename', source);
      }
      if (to.node?.kind === 'directory' && entriesOf(to.node).size > 0) {
        throw new FileError('ENOTEMPTY', 'rename', destination);
      }
      from.tree.remove(from.path, 'rename');
      to.tree.put(to.path, node, 'rename');
      return;
    }
    await this.cp(source, destination, { recursive: true });
    await this.rm(source, { recursive: true });
  }

  resolvePath(base: string, path: string): string {
    return resolvePath(base, path);
  }

  /** Paths of the container's own tree; what is mounted from a foreign file system is left out. */
  getAllPaths(): string[] {
    const paths: string[] = [];
    const visit = (node: FsNode, path: string): void => {
      paths.push(path);
      if (node.kind === 'directory' && typeof node.entries !== 'function') {
        for (const [name, child] of node.entries) {
          visit(child, joinPath(path, name));
        }
      }
    };
    visit(this.tree.root, '/');
    return paths;
  }

  async chmod(path: string, mode: number): Promise<void> {
    const location = this.#locate(path, true, 'chmod');
    refuseReadOnly(location, 'chmod', path);
    if (location.kind === 'foreign') {
      return location.files.chmod(location.path, mode);
    }
    present(location, 'chmod');
    location.tree.own(location.path, 'chmod').mode = mode & 0o7777;
  }

  /** Changes owner and group; foreign file systems know none. */
  async chown(path: string, uid: number | undefined, gid: number | undefined): Promise<void> {
    const location = this.#locate(path, true, 'chown');
    refuseReadOnly(location, 'chown', path);
    if (location.kind === 'tree') {
      present(location, 'chown');
      const node = location.tree.own(location.path, 'chown');
      node.uid = uid ?? node.uid;
      node.gid = gid ?? node.gid;
    }
  }

  async symlink(target: string, linkPath: string): Promise<void> {
    const location = this.#locate(linkPath, false, 'symlink');
    refuseReadOnly(location, 'symlink', linkPath);
    if (location.kind === 'foreign') {
      return location.files.symlink(target, location.path);
    }
    if (location.node) {
      throw new FileError('EEXIST', 'symlink', linkPath);
    }
    location.tree.put(location.path, linkNode(target, { mtime: location.tree.now() }), 'symlink');
  }

  async link(existingPath: string, newPath: string): Promise<void> {
    const from = this.#locate(existingPath, true, 'link');
    const to = this.#locate(newPath, false, 'link');
    refuseReadOnly(to, 'link', newPath);
    if (from.kind !== 'tree' || to.kind !== 'tree' || from.tree !== to.tree) {
      throw new FileError('EXDEV', 'link', newPath);
    }
    if (to.node) {
      throw new FileError('EEXIST', 'link', newPath);
    }
    present(from, 'link');
    to.tree.put(to.path, from.tree.own(from.path, 'link'), 'link');
  }

  async readlink(path: string): Promise<string> {
    const location = this.#locate(path, false, 'readlink');
    if (location.kind === 'foreign') {
      return location.files.readlink(location.path);
    }
    const node = present(location, 'readlink');
    if (node.kind !== 'link') {
      throw new FileError('EINVAL', 'readlink', path);
    }
    return node.target;
  }

  async realpath(path: string): Promise<string> {
    const location = this.#locate(path, true, 'realpath');
    if (location.kind === 'tree') {
      present(location, 'realpath');
    } else if (!(await location.files.exists(location.path))) {
      throw new FileError('ENOENT', 'realpath', path);
    }
    return location.visiblePath;
  }

  async utimes(path: string, _atime: Date, mtime: Date): Promise<void> {
    const location = this.#locate(path, true, 'utime');
    refuseReadOnly(location, 'utime', path);
    if (location.kind === 'foreign') {
      return location.files.utimes(location.path, _atime, mtime);
    }
    present(location, 'utime');
    location.tree.own(location.path, 'utime').mtime = mtime.getTime();
  }

  async #stat(path: string, followLast: boolean): Promise<FsStat> {
    const location = this.#locate(path, followLast, followLast ? 'stat' : 'lstat');
    if (location.kind === 'foreign') {
      return followLast ? location.files.stat(location.path) : location.files.lstat(location.path);
    }
    const node = present(location, 'stat');
    return {
      isFile: node.kind === 'file' || node.kind === 'device',
      isDirectory: node.kind === 'directory',
      isSymbolicLink: node.kind === 'link',
      mode: node.mode,
      size: sizeOf(node),
      mtime: dateAt(node.mtime),
    };
  }

  #locateForWriting(path: string, operation: string): Location {
    const location = this.#locate(path, true, operation);
    refuseReadOnly(location, operation, path);
    return location;
  }

  /** Follows a path through links and mounts. Throws ENOENT or ENOTDIR when a directory on the way is missing. */
  #locate(path: string, followLast: boolean, operation: string): Location {
    let remaining = segments(resolvePath('/', path));
    let visible = '/';
    let links = 0;
    let place = this.#rootPlace();
    while (remaining.length > 0) {
      const [name, ...rest] = remaining as [string, ...string[]];
      const nextVisible = joinPath(visible, name);
      const mount = this.#mounts.find((candidate) => candidate.path === nextVisible);
      if (mount) {
        const entered = this.#enter(mount);
        if (entered.kind === 'foreign') {
          return { ...entered, path: resolvePath(entered.path, rest.join('/')), visiblePath: joinAll(nextVisible, rest) };
        }
        place = entered;
        visible = nextVisible;
        remaining = rest;
        continue;
      }
      if (!place.node) {
        throw new FileError('ENOENT', operation, path);
      }
      if (place.node.kind !== 'directory') {
        throw new FileError('ENOTDIR', operation, path);
      }
      const node: FsNode | undefined = entriesOf(place.node).get(name);
      if (node?.kind === 'link' && (rest.length > 0 || followLast)) {
        links += 1;
        if (links > MAX_LINKS) {
          throw new FileError('ELOOP', operation, path);
        }
        remaining = [...segments(resolvePath(visible, node.target)), ...rest];
        visible = '/';
        place = this.#rootPlace();
        continue;
      }
      place = { ...place, path: joinPath(place.path, name), node };
      visible = nextVisible;
      remaining = rest;
    }
    return { ...place, visiblePath: visible };
  }

  #rootPlace(): Omit<Extract<Location, { kind: 'tree' }>, 'visiblePath'> {
    return { kind: 'tree', tree: this.tree, path: '/', node: this.tree.root, readOnly: this.#readOnlyRoot };
  }

  #enter(
    mount: MountPoint,
  ): Omit<Extract<Location, { kind: 'tree' }>, 'visiblePath'> | Omit<Extract<Location, { kind: 'foreign' }>, 'visiblePath'> {
    if (mount.files instanceof VirtualFileSystem && mount.files.mounts.length === 0) {
      const tree = mount.files.tree;
      return { kind: 'tree', tree, path: mount.sourcePath, node: tree.node(mount.sourcePath), readOnly: mount.readOnly };
    }
    return { kind: 'foreign', files: mount.files, path: mount.sourcePath, readOnly: mount.readOnly };
  }

  /** Mounts over a path as runc does: links in the way are followed and missing directories are made. */
  #addMount(mount: MountPoint): void {
    const sourcePath = resolvePath('/', mount.sourcePath);
    const isFile = mount.files instanceof VirtualFileSystem && mount.files.nodeAt(sourcePath)?.kind === 'file';
    const path = this.#makeMountPoint(resolvePath('/', mount.path), isFile ? fileNode('') : undefined);
    this.#mounts.push({ ...mount, path, sourcePath });
    this.#mounts.sort((left, right) => right.path.length - left.path.length);
  }

  #makeMountPoint(path: string, node?: FsNode): string {
    if (path === '/') {
      return path;
    }
    const parent = this.#makeMountPoint(parentOf(path));
    const location = this.#locate(joinPath(parent, path.slice(path.lastIndexOf('/') + 1)), true, 'mount');
    if (location.kind === 'tree' && !location.node && (location.tree === this.tree || !location.readOnly)) {
      location.tree.put(location.path, node ?? directoryNode(new Map(), { mtime: location.tree.now() }), 'mount');
    }
    return location.visiblePath;
  }
}

function joinAll(path: string, names: readonly string[]): string {
  return names.length === 0 ? path : `${path}/${names.join('/')}`;
}

function present(location: Extract<Location, { kind: 'tree' }>, operation: string): FsNode {
  if (!location.node) {
    throw new FileError('ENOENT', operation, location.visiblePath);
  }
  return location.node;
}

function refuseReadOnly(location: Location, operation: string, path: string): void {
  if (location.readOnly) {
    throw new FileError('EROFS', operation, path);
  }
}

async function foreignEntries(files: IFileSystem, path: string): Promise<DirentEntry[]> {
  if (files.readdirWithFileTypes) {
    return files.readdirWithFileTypes(path);
  }
  const names = await files.readdir(path);
  return Promise.all(
    names.map(async (name) => {
      const stat = await files.lstat(joinPath(path, name));
      return { name, isFile: stat.isFile, isDirectory: stat.isDirectory, isSymbolicLink: stat.isSymbolicLink };
    }),
  );
}

function toBytes(content: string | Uint8Array, options: EncodingOption): Uint8Array {
  if (typeof content !== 'string') {
    return content;
  }
  const encoding = (typeof options === 'string' ? options : options?.encoding) ?? 'utf8';
  return Buffer.from(content, encoding === 'binary' ? 'latin1' : encoding);
}
