// Opens paths as a process does: plain files, devices, and the descriptors of itself or another process.
import { FileError } from '../files/file-error.ts';
import { resolvePath } from '../files/paths.ts';
import { BrokenPipe, DISCARD, NOTHING, sourceOf, type ByteSink, type ByteSource } from './byte-stream.ts';
import { OpenFile } from './open-file.ts';
import type { Process } from './process.ts';

/** What an endless device gives at a time. */
const DEVICE_CHUNK_BYTES = 16 * 1024;
const MAX_LINKS = 8;

/** Opens for reading. Throws FileError. */
export async function openSource(process: Process, path: string): Promise<ByteSource> {
  const target = await descriptorOrPath(process, path);
  if (target instanceof OpenFile) {
    return { read: (signal) => target.source.read(signal), unread: (chunk) => target.source.unread(chunk), close: () => undefined };
  }
  const { files } = process.machine;
  const node = files.nodeAt(target);
  if (node?.kind === 'device') {
    return deviceSource(process, node.device);
  }
  if ((await files.stat(target)).isDirectory) {
    throw new FileError('EISDIR', 'read', path);
  }
  return sourceOf(await files.readFileBuffer(target));
}

/** Opens for writing: emptied first, or written at the end. Throws FileError. */
export async function openSink(process: Process, path: string, options: { append: boolean; exclusive?: boolean }): Promise<ByteSink> {
  const target = await descriptorOrPath(process, path);
  if (target instanceof OpenFile) {
    // Not closed by this opener: the descriptor has owners of its own.
    return { write: (chunk) => target.sink.write(chunk), close: () => undefined };
  }
  const { files } = process.machine;
  const node = files.nodeAt(target);
  if (node?.kind === 'device') {
    return deviceSink(process, node.device, path);
  }
  if (node?.kind === 'directory') {
    throw new FileError('EISDIR', 'open', path);
  }
  if (options.exclusive && (await files.exists(target))) {
    throw new FileError('EEXIST', 'open', path);
  }
  if (options.append) {
    await files.appendFile(target, new Uint8Array(0));
  } else {
    await files.writeFile(target, new Uint8Array(0));
  }
  return { write: (chunk) => files.appendFile(target, chunk), close: () => undefined };
}

/** The open descriptor that a path names (`/dev/stdout`, `/proc/1/fd/2`), or the path made absolute. */
async function descriptorOrPath(process: Process, path: string): Promise<OpenFile | string> {
  let absolute = resolvePath(process.cwd, path);
  for (let hop = 0; hop < MAX_LINKS; hop += 1) {
    const match = /^(?:\/proc\/(self|\d+)\/fd|\/dev\/fd)\/(\d+)$/.exec(absolute) ?? /^\/dev\/(stdin|stdout|stderr)$/.exec(absolute);
    if (match) {
      const names: Record<string, number> = { stdin: 0, stdout: 1, stderr: 2 };
      const number = match[2] === undefined ? names[match[1] ?? ''] : Number(match[2]);
      const owner =
        match[2] === undefined || match[1] === undefined || match[1] === 'self' ? process : process.machine.processes.get(Number(match[1]));
      const open = owner?.descriptors.get(number ?? -1);
      if (!open) {
        throw new FileError('ENOENT', 'open', path);
      }
      return open;
    }
    if (absolute === '/dev/tty') {
      const terminal = [...process.descriptors.values()].find((file) => file.terminal);
      if (terminal) {
        return terminal;
      }
    }
    const stat = await process.machine.files.lstat(absolute).catch(() => undefined);
    if (!stat?.isSymbolicLink) {
      return absolute;
    }
    absolute = resolvePath(absolute.slice(0, absolute.lastIndexOf('/')) || '/', await process.machine.files.readlink(absolute));
  }
  throw new FileError('ELOOP', 'open', path);
}

function deviceSource(process: Process, device: string): ByteSource {
  if (device === 'null' || device === 'tty' || device === 'console') {
    return NOTHING;
  }
  return {
    read: async (signal) => {
      signal?.throwIfAborted();
      // Reading an endless device is work: it takes processor time, so a loop over it cannot hold the simulation.
      await process.spend(0.5);
      const bytes = Buffer.alloc(DEVICE_CHUNK_BYTES);
      return device === 'random' ? crypto.getRandomValues(bytes) : bytes;
    },
    unread: () => undefined,
    close: () => undefined,
  };
}

function deviceSink(process: Process, device: string, path: string): ByteSink {
  if (device === 'full') {
    return { write: () => Promise.reject(new FileError('ENOSPC', 'write', path)), close: () => undefined };
  }
  if (device === 'tty' || device === 'console') {
    return { write: () => Promise.reject(new BrokenPipe()), close: () => undefined };
  }
  return { ...DISCARD, write: () => process.spend(0.01) };
}
