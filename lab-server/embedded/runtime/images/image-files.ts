// Builds the root directory of an image from a flat list of paths.
import { deviceNode, directoryNode, entriesOf, fileNode, linkNode, type DirectoryNode, type FsNode } from '../files/nodes.ts';
import { segments } from '../files/file-tree.ts';
import { binaryOf } from '../processes/executables.ts';

/** One entry: text of a file, or a more exact description. */
export type ImageEntry = string | FsNode;
export type ImageEntries = Readonly<Record<string, ImageEntry>>;

/** All files of an image carry one time, like an image built in one go: 2026-10-10, midnight UTC. */
const BUILT_AT = 1_791_590_400_000;

export function link(target: string): FsNode {
  return linkNode(target, { mtime: BUILT_AT });
}

export function directory(mode = 0o755, owner: { uid: number; gid: number } = { uid: 0, gid: 0 }): FsNode {
  return directoryNode(new Map(), { mtime: BUILT_AT, mode, ...owner });
}

export function file(content: string, mode: number, mtime = BUILT_AT): FsNode {
  return fileNode(content, { mtime, mode });
}

export function script(content: string): FsNode {
  return file(content, 0o755);
}

/** The binary of a program (a name in the program table). */
export function binary(program: string, detail?: string): FsNode {
  return file(binaryOf(program, detail), 0o755);
}

/** One path per command in `directory`, each the binary of the program with its name. */
export function binaries(directory: string, names: readonly string[]): ImageEntries {
  return Object.fromEntries(names.map((name) => [`${directory}/${name}`, binary(name)]));
}

/** What every Linux has, whoever made it. */
export const SYSTEM_DIRECTORIES: ImageEntries = {
  '/home': directory(),
  '/media': directory(),
  '/mnt': directory(),
  '/opt': directory(),
  '/root': directory(0o700),
  '/run': directory(),
  '/srv': directory(),
  '/sys': directory(0o555),
  '/tmp': directory(0o1777),
  '/var/cache': directory(),
  '/var/lib': directory(),
  '/var/log': directory(),
  '/var/tmp': directory(0o1777),
};

/** Later lists win over earlier ones. Directories on the way are made. */
export function imageRoot(...lists: readonly ImageEntries[]): DirectoryNode {
  const root = directoryNode(new Map(), { mtime: BUILT_AT });
  for (const list of lists) {
    for (const [path, entry] of Object.entries(list)) {
      place(root, segments(path), typeof entry === 'string' ? file(entry, 0o644) : entry);
    }
  }
  return root;
}

function place(root: DirectoryNode, names: readonly string[], node: FsNode): void {
  let at = root;
  for (const name of names.slice(0, -1)) {
    const entries = entriesOf(at);
    let next = entries.get(name);
    if (next?.kind !== 'directory') {
      next = directoryNode(new Map(), { mtime: BUILT_AT });
      entries.set(name, next);
    }
    at = next;
  }
  const last = names.at(-1);
  if (last !== undefined) {
    entriesOf(at).set(last, node);
  }
}

/** `/dev` as a container runtime sets it up. `/dev/stdin` and the like are links into `/proc/self/fd`. */
export const DEVICES: ImageEntries = {
  '/dev/null': deviceNode('null'),
  '/dev/zero': deviceNode('zero'),
  '/dev/full': deviceNode('full'),
  '/dev/random': deviceNode('random'),
  '/dev/urandom': deviceNode('random'),
  '/dev/tty': deviceNode('tty'),
  '/dev/stdin': link('/proc/self/fd/0'),
  '/dev/stdout': link('/proc/self/fd/1'),
  '/dev/stderr': link('/proc/self/fd/2'),
  '/dev/fd': link('/proc/self/fd'),
  '/dev/pts': directory(),
  '/dev/shm': directory(0o1777),
  '/dev/mqueue': directory(0o1777),
};

/** The applets of busybox that the simulation has; one list for busybox and Alpine. */
export const APPLETS: readonly string[] =
  '[ arch ash awk base64 basename cat chgrp chmod chown cksum clear cmp comm cp cut date dd df diff dirname du echo egrep env expand expr false fgrep find fold free getopt grep groups gunzip gzip head hostid hostname httpd id ifconfig install ip kill killall less link ln ls md5sum mkdir mktemp more mount mv nc netstat nice nl nohup nproc nslookup od paste pgrep pidof ping pkill printenv printf ps pwd readlink realpath rev rm rmdir route sed seq sh sha1sum sha256sum sha512sum shuf sleep sort split stat strings stty su sync tac tail tar tee telnet test timeout top touch tr traceroute tree true truncate tty umount uname uniq unlink uptime watch wc wget which whoami xargs yes zcat'.split(
    ' ',
  );
