// What a pod leaves behind when the cluster is stopped in good order: the files and logs of its containers, and its own directories.
import type { TreeChange } from '../../runtime/files/tree-changes.ts';
import type { ContainerSnapshot } from '../../runtime/runtime.ts';

export interface PodSnapshot {
  containers: Record<string, ContainerSnapshot>;
  /** By volume. */
  volumes: Record<string, readonly TreeChange[]>;
}

/** What was left behind, by the pod's uid. A pod that is not there has lost what its containers held. */
export type PodSnapshots = ReadonlyMap<string, PodSnapshot>;
