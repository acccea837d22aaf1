// A tree of files over a shared, unchangeable one: what is changed is copied first, so a thousand containers cost one image.
import { FileError } from './file-error.ts';
import type { StorageBudget } from './storage-budget.ts';
import { bytesOf, directoryNode, entriesOf, fileNode, sizeOf, type DirectoryNode, type FileNode, type FsNode } from './nodes.ts';

/** Bytes that may be written into one tree; beyond it writes fail with ENOSPC. */
const DEFAULT_CAPACITY = 64 * 1024 * 1024;

/** All paths given to a tree are absolute, normal (no `.`, `..` or `//`) and free of symbolic links. */
export class FileTree {
  #root: DirectoryNode;
  readonly #owner = {};
  readonly #capacity: number;
  readonly now: () => number;
  /** Shared with other trees; let go when this tree's container is over. */
  #budget: StorageBudget | undefined;
  #written = 0;

  constructor(options: { now: () => number; base?: DirectoryNode; capacity?: number; budget?: StorageBudget }) {
    this.#budget = options.budget;
    this.now = options.now;
    this.#capacity = options.capacity ?? DEFAULT_CAPACITY;
    this.#root = options.base ?? directoryNode(new Map(), { owner: this.#owner, mtime: options.now() });
  }

  get root(): DirectoryNode {
    return this.#root;
  }

  /** Bytes written into this tree, on top of what it began with. */
  get writtenBytes(): number {
    return this.#written;
  }

  node(path: string): FsNode | undefined {
    let node: FsNode = this.#root;
    for (const name of segments(path)) {
      if (node.kind !== 'directory') {
        return undefined;
      }
      const next = entriesOf(node).get(name);
      if (!next) {
        return undefined;
      }
      node = next;
    }
    return node;
  }

  /** Puts a node at a path; the parent must exist. */
  put(path: string, node: FsNode, operation: string): void {
    const { parent, name } = this.#ownedParent(path, operation);
    const entries = changeable(parent, operation, path);
    this.#account(sizeOfContent(node) - sizeOfContent(entries.get(name)), operation, path);
    // A node without an owner may belong to an image: it stays that way and is copied when it is changed.
    entries.set(name, node);
    parent.mtime = this.now();
  }

  remove(path: string, operation: string): void {
    const { parent, name } = this.#ownedParent(path, operation);
    const entries = changeable(parent, operation, path);
    const node = entries.get(name);
    if (!node) {
      throw new FileError('ENOENT', operation, path);
    }
    this.#account(-this.#ownedBytesUnder(node), operation, path);
    entries.delete(name);
    parent.mtime = this.now();
  }

  /** Creates the directory and what is missing above it; existing ones stay as they are. */
  makeDirectories(path: string): void {
    let at = '';
    for (const name of segments(path)) {
      at += `/${name}`;
      const node = this.node(at);
      if (!node) {
        this.put(at, directoryNode(new Map(), { mtime: this.now(), owner: this.#owner }), 'mkdir');
      } else if (node.kind !== 'directory') {
        throw new FileError('ENOTDIR', 'mkdir', path);
      }
    }
  }

  write(path: string, bytes: Uint8Array, operation = 'open'): void {
    // A buffer that another file may still grow into must not be shared.
    const content = growing.has(bytes.buffer) ? bytes.slice() : bytes;
    const existing = this.node(path);
    if (existing?.kind === 'directory') {
      throw new FileError('EISDIR', operation, path);
    }
    if (existing?.kind === 'file') {
      const node = this.own(path, operation) as FileNode;
      this.#account(content.byteLength - sizeOfContent(node), operation, path);
      node.content = content;
      node.mtime = this.now();
      return;
    }
    this.put(path, fileNode(content, { mtime: this.now(), owner: this.#owner }), operation);
  }

  append(path: string, content: Uint8Array): void {
    const existing = this.node(path);
    if (existing?.kind !== 'file') {
      this.write(path, content);
      return;
    }
    const node = this.own(path, 'open') as FileNode;
    this.#account(content.byteLength, 'open', path);
    node.content = appended(bytesOf(node), content);
    node.mtime = this.now();
  }

  /** The node at a path, made this tree's own so that it may be changed in place. */
  own(path: string, operation: string): FsNode {
    if (path === '/') {
      return this.#ownRoot();
    }
    const { parent, name } = this.#ownedParent(path, operation);
    const entries = changeable(parent, operation, path);
    const node = entries.get(name);
    if (!node) {
      throw new FileError('ENOENT', operation, path);
    }
    const owned = this.#owned(node);
    entries.set(name, owned);
    return owned;
  }

  #ownRoot(): DirectoryNode {
    this.#root = this.#owned(this.#root) as DirectoryNode;
    return this.#root;
  }

  #ownedParent(path: string, operation: string): { parent: DirectoryNode; name: string } {
    const names = segments(path);
    const name = names.pop();
    if (name === undefined) {
      throw new FileError('EBUSY', operation, path);
    }
    let parent = this.#ownRoot();
    for (const step of names) {
      const entries = changeable(parent, operation, path);
      const node = entries.get(step);
      if (!node) {
        throw new FileError('ENOENT', operation, path);
      }
      if (node.kind !== 'directory') {
        throw new FileError('ENOTDIR', operation, path);
      }
      const owned = this.#owned(node) as DirectoryNode;
      entries.set(step, owned);
      parent = owned;
    }
    return { parent, name };
  }

  #owned(node: FsNode): FsNode {
    if (node.owner === this.#owner) {
      return node;
    }
    if (node.kind === 'directory' && typeof node.entries !== 'function') {
      return { ...node, entries: new Map(node.entries), owner: this.#owner };
    }
    return { ...node, owner: this.#owner };
  }

  #account(bytes: number, operation: string, path: string): void {
    const fits = bytes <= 0 || this.#written + bytes <= this.#capacity;
    // Removing files of the image frees nothing, so no more is given back than was taken.
    if (!fits || this.#budget?.take(Math.max(bytes, -this.#written)) === false) {
      throw new FileError('ENOSPC', operation, path);
    }
    this.#written = Math.max(0, this.#written + bytes);
  }

  /** Gives back what this tree took of the shared budget: what it holds no longer counts. */
  releaseBudget(): void {
    this.#budget?.take(-this.#written);
    this.#budget = undefined;
  }

  #ownedBytesUnder(node: FsNode): number {
    if (node.owner !== this.#owner) {
      return 0;
    }
    if (node.kind !== 'directory' || typeof node.entries === 'function') {
      return sizeOfContent(node);
    }
    let bytes = 0;
    for (const child of node.entries.values()) {
      bytes += this.#ownedBytesUnder(child);
    }
    return bytes;
  }
}

export function segments(path: string): string[] {
  return path.split('/').filter((name) => name !== '');
}

function changeable(directory: DirectoryNode, operation: string, path: string): Map<string, FsNode> {
  if (typeof directory.entries === 'function') {
    throw new FileError('EACCES', operation, path);
  }
  return directory.entries;
}

function sizeOfContent(node: FsNode | undefined): number {
  return node?.kind === 'file' ? sizeOf(node) : 0;
}

/** Appends in place while the buffer has room, so that a log written line by line is not copied for each line. */
function appended(existing: Uint8Array, added: Uint8Array): Uint8Array {
  const length = existing.byteLength + added.byteLength;
  // Only a buffer of our own making has spare room behind it; Node's pooled buffers do not start at zero of a private one.
  const hasRoom = growing.has(existing.buffer) && existing.byteOffset === 0 && existing.buffer.byteLength >= length;
  const target = hasRoom ? existing.buffer : new ArrayBuffer(Math.max(256, length * 2));
  const bytes = new Uint8Array(target, 0, length);
  if (!hasRoom) {
    bytes.set(existing, 0);
    growing.add(target);
  }
  bytes.set(added, existing.byteLength);
  return bytes;
}

const growing = new WeakSet<ArrayBufferLike>();
