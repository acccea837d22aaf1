// The disk of a node: what hostPath volumes see. And the storage that outlives nodes, for other persistent volumes.
import type { Clock } from '../../../../base/index.ts';
import { createMemoryFileSystem } from '../../../runtime/files/memory-file-system.ts';
import type { VirtualFileSystem } from '../../../runtime/files/virtual-file-system.ts';

export interface NodeFiles {
  readonly files: VirtualFileSystem;
  /** A directory of the storage behind a persistent volume that is not tied to a node. */
  shared(volume: string): VirtualFileSystem;
}

/** `shared` storage is to be given to every node of a cluster. */
export function createNodeFiles(clock: Clock, shared: Map<string, VirtualFileSystem> = new Map()): NodeFiles {
  return {
    files: createMemoryFileSystem(clock),
    shared(volume) {
      let found = shared.get(volume);
      if (!found) {
        found = createMemoryFileSystem(clock);
        shared.set(volume, found);
      }
      return found;
    },
  };
}
