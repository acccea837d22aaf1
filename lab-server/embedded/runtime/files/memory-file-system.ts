// An empty file system in memory, for volumes: what one container writes, another that mounts it reads.
import type { Clock } from '../../../base/index.ts';
import { FileTree } from './file-tree.ts';
import { VirtualFileSystem } from './virtual-file-system.ts';

/** `capacity` in bytes; writes beyond it fail with ENOSPC. */
export function createMemoryFileSystem(clock: Pick<Clock, 'now'>, options: { capacity?: number } = {}): VirtualFileSystem {
  return new VirtualFileSystem(new FileTree({ now: () => clock.now(), capacity: options.capacity }));
}
