// What a pod leaves behind when the cluster is stopped in good order: the files and logs of its containers, and its own directories.
import type { TreeChange } from '../../runtime/files/tree-changes.ts';
import type { ContainerSnapshot } from '../../runtime/runtime.ts';
import type { ContainerRecord } from './container-record.ts';
import type { PodSandbox } from './pod-sandbox.ts';

export interface PodSnapshot {
  containers: Record<string, ContainerSnapshot>;
  /** By volume. */
  volumes: Record<string, readonly TreeChange[]>;
}

/** What was left behind, by the pod's uid, until the pod has it again. A pod that is not there has lost what its containers held. */
export type PodSnapshots = Map<string, PodSnapshot>;

/** What a pod leaves behind now; undefined where it was not set up. */
export function snapshotOf(records: Iterable<ContainerRecord>, sandbox: PodSandbox | undefined): PodSnapshot | undefined {
  const containers: PodSnapshot['containers'] = {};
  for (const { name, container, state } of records) {
    const left = state.is === 'running' ? container?.snapshot?.() : undefined;
    if (left) {
      containers[name] = left;
    }
  }
  return sandbox && { containers, volumes: sandbox.volumes.snapshot() };
}
