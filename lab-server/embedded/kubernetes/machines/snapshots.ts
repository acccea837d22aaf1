// What machines and pods leave behind when the server stops in good order, in the store's own tables: the disks, and by pod its containers' files and
// logs. Disks are kept until they are written anew. What pods left is good for one start: after a crash it would be older than what ran last.
import type { TreeChange } from '../../runtime/files/tree-changes.ts';
import type { PodSnapshot, PodSnapshots } from '../kubelet/index.ts';
import type { ObjectStore } from '../storage/index.ts';
import type { KubernetesObject } from '../types.ts';

const DISKS = '$disks';
const PODS = '$pod-snapshots';
/** Text of all pods' snapshots together; pods beyond it start again as after a loss of power. */
const MOST_TEXT = 32 * 1024 * 1024;

type Kept<T> = KubernetesObject & { kept: T };

export class Snapshots {
  readonly #store: ObjectStore;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** What is on a disk, by the name under which it was kept. */
  disk(name: string): readonly TreeChange[] {
    return (this.#store.table(DISKS).get(name)?.object as Kept<TreeChange[]> | undefined)?.kept ?? [];
  }

  keepDisk(name: string, changes: readonly TreeChange[]): void {
    this.#store.put(DISKS, name, keep(name, changes));
  }

  forgetDisk(name: string): void {
    if (this.#store.table(DISKS).get(name)) {
      this.#store.remove(DISKS, name);
    }
  }

  /** The names of the disks that are kept. */
  disks(): string[] {
    return this.#store
      .table(DISKS)
      .list()
      .map(({ key }) => key);
  }

  /** What pods left behind, handed out once. */
  takePods(): PodSnapshots {
    const found = new Map<string, PodSnapshot>();
    for (const { key, object } of this.#store.table(PODS).list().slice()) {
      found.set(key, (object as Kept<PodSnapshot>).kept);
      this.#store.remove(PODS, key);
    }
    return found;
  }

  keepPods(pods: PodSnapshots): void {
    let left = MOST_TEXT;
    for (const [uid, snapshot] of pods) {
      left -= JSON.stringify(snapshot).length;
      if (left < 0) {
        return;
      }
      this.#store.put(PODS, uid, keep(uid, snapshot));
    }
  }

  erase(): void {
    for (const table of [DISKS, PODS]) {
      for (const { key } of this.#store.table(table).list().slice()) {
        this.#store.remove(table, key);
      }
    }
  }
}

function keep<T>(name: string, kept: T): Kept<T> {
  return { apiVersion: '', kind: '', metadata: { name, uid: '', creationTimestamp: '' }, kept };
}
