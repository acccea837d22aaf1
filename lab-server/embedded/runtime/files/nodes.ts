// What a file tree is made of. Nodes of an image are shared by all its containers; `owner` tells who may change a node in place.

/** Bytes or text; or a function for content that is made when it is read (`/proc`). */
export type NodeContent = string | Uint8Array | (() => string | Uint8Array);

interface NodeAttributes {
  mode: number;
  /** Milliseconds since the epoch. */
  mtime: number;
  uid: number;
  gid: number;
  /** The tree that may change this node; undefined for a node of an image, which is copied before it is changed. */
  owner: object | undefined;
}

export interface FileNode extends NodeAttributes {
  kind: 'file';
  content: NodeContent;
}

export interface DirectoryNode extends NodeAttributes {
  kind: 'directory';
  /** A function for directories whose entries are made when they are read; those cannot be changed. */
  entries: Map<string, FsNode> | (() => Map<string, FsNode>);
}

export interface LinkNode extends NodeAttributes {
  kind: 'link';
  target: string;
}

/** A character device; reading and writing it is the business of whoever opens it. */
export interface DeviceNode extends NodeAttributes {
  kind: 'device';
  device: 'null' | 'zero' | 'full' | 'random' | 'tty' | 'console';
}

export type FsNode = FileNode | DirectoryNode | LinkNode | DeviceNode;

export interface NodeInit {
  mode?: number;
  mtime?: number;
  uid?: number;
  gid?: number;
  owner?: object;
}

function attributes(init: NodeInit, mode: number): NodeAttributes {
  return { mode: init.mode ?? mode, mtime: init.mtime ?? 0, uid: init.uid ?? 0, gid: init.gid ?? 0, owner: init.owner };
}

export function fileNode(content: NodeContent, init: NodeInit = {}): FileNode {
  return { kind: 'file', content, ...attributes(init, 0o644) };
}

export function directoryNode(entries: DirectoryNode['entries'] = new Map(), init: NodeInit = {}): DirectoryNode {
  return { kind: 'directory', entries, ...attributes(init, 0o755) };
}

export function linkNode(target: string, init: NodeInit = {}): LinkNode {
  return { kind: 'link', target, ...attributes(init, 0o777) };
}

export function deviceNode(device: DeviceNode['device'], init: NodeInit = {}): DeviceNode {
  return { kind: 'device', device, ...attributes(init, 0o666) };
}

export function entriesOf(directory: DirectoryNode): Map<string, FsNode> {
  return typeof directory.entries === 'function' ? directory.entries() : directory.entries;
}

/** The content as bytes, made now where it is made on reading. */
export function bytesOf(file: FileNode): Uint8Array {
  const content = typeof file.content === 'function' ? file.content() : file.content;
  return typeof content === 'string' ? Buffer.from(content) : content;
}

/** Size as `stat` reports it; content made on reading has none, as in the real `/proc`. */
export function sizeOf(node: FsNode): number {
  switch (node.kind) {
    case 'file':
      if (typeof node.content === 'function') {
        return 0;
      }
      return typeof node.content === 'string' ? Buffer.byteLength(node.content) : node.content.byteLength;
    case 'link':
      return node.target.length;
    case 'directory':
      return 4096;
    case 'device':
      return 0;
  }
}
