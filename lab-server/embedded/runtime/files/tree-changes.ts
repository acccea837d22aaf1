// What a file tree has that its base has not, as plain data: so that files outlive the process that holds them.
import type { FileTree } from './file-tree.ts';
import { bytesOf, type DirectoryNode, directoryNode, entriesOf, fileNode, type FsNode, linkNode } from './nodes.ts';

interface Attributes {
  path: string;
  mode: number;
  uid: number;
  gid: number;
  mtime: number;
}

export type TreeChange =
  | (Attributes & { kind: 'file'; /** In base64. */ content: string })
  | (Attributes & { kind: 'directory' })
  | (Attributes & { kind: 'link'; target: string })
  | { kind: 'gone'; path: string };

/** Devices, and what is made when it is read, are no changes: whoever makes the tree again puts them there. */
export function changesOf(tree: FileTree, base?: DirectoryNode): TreeChange[] {
  const changes: TreeChange[] = [];
  collect(tree.root, base, '', changes);
  return changes;
}

function collect(directory: DirectoryNode, base: FsNode | undefined, path: string, changes: TreeChange[]): void {
  if (directory === base || typeof directory.entries === 'function') {
    return;
  }
  const before = base?.kind === 'directory' ? entriesOf(base) : new Map<string, FsNode>();
  changes.push({ kind: 'directory', ...attributesOf(directory, path === '' ? '/' : path) });
  for (const name of before.keys()) {
    if (!directory.entries.has(name)) {
      changes.push({ kind: 'gone', path: `${path}/${name}` });
    }
  }
  for (const [name, node] of directory.entries) {
    const at = `${path}/${name}`;
    if (node === before.get(name)) {
      continue;
    }
    if (node.kind === 'directory') {
      collect(node, before.get(name), at, changes);
    } else if (node.kind === 'file' && typeof node.content !== 'function') {
      changes.push({ kind: 'file', ...attributesOf(node, at), content: Buffer.from(bytesOf(node)).toString('base64') });
    } else if (node.kind === 'link') {
      changes.push({ kind: 'link', ...attributesOf(node, at), target: node.target });
    }
  }
}

function attributesOf({ mode, uid, gid, mtime }: FsNode, path: string): Attributes {
  return { path, mode, uid, gid, mtime };
}

/** Makes the changes in a tree over the same base. Throws FileError where the tree has no room for them. */
export function applyChanges(tree: FileTree, changes: readonly TreeChange[]): void {
  for (const change of changes) {
    if (change.kind === 'gone') {
      if (tree.node(change.path)) {
        tree.remove(change.path, 'rm');
      }
      continue;
    }
    const { path, mode, uid, gid, mtime } = change;
    const existing = tree.node(path);
    if (change.kind === 'directory' && existing?.kind === 'directory') {
      Object.assign(tree.own(path, 'chmod'), { mode, uid, gid, mtime });
      continue;
    }
    if (existing) {
      tree.remove(path, 'rm');
    }
    tree.put(path, nodeOf(change), 'restore');
    // Owned, so that it counts as written and may be changed in place.
    tree.own(path, 'restore');
  }
  // Each file that was put back has touched its directory.
  for (const change of changes) {
    if (change.kind === 'directory') {
      Object.assign(tree.own(change.path, 'chmod'), { mtime: change.mtime });
    }
  }
}

function nodeOf(change: Exclude<TreeChange, { kind: 'gone' }>): FsNode {
  const { mode, uid, gid, mtime } = change;
  const init = { mode, uid, gid, mtime };
  switch (change.kind) {
    case 'file':
      return fileNode(Buffer.from(change.content, 'base64'), init);
    case 'link':
      return linkNode(change.target, init);
    case 'directory':
      return directoryNode(new Map(), init);
  }
}
