// The objects of one resource: by key, in key order (as etcd lists them), by controller, and the changes that led here.
import type { KubernetesObject } from '../types.ts';
import type { Change, Entry } from './entry.ts';

/** Changes kept per resource for watches that start in the past; a real API server's watch cache holds a similar number. */
const HISTORY_LENGTH = 1000;

/** All objects of one resource (`deployments.apps`). Only the store changes it. */
export class ResourceTable {
  readonly resource: string;
  /** Of no kind: what the cluster keeps of itself, made by nobody and watched by nobody. */
  readonly isInternal: boolean;
  readonly #entries = new Map<string, Entry>();
  readonly #ordered: Entry[] = [];
  readonly #byController = new Map<string, Map<string, Entry>>();
  readonly #history: Change[] = [];
  #forgotten: number;

  /** `revision`: the store's revision when the table was made; no earlier change is known. */
  constructor(resource: string, revision: number) {
    this.resource = resource;
    this.isInternal = resource.startsWith('$');
    this.#forgotten = revision;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  /** Entries in key order, of one namespace or of all. */
  list(namespace?: string): readonly Entry[] {
    if (namespace === undefined) {
      return this.#ordered;
    }
    const from = this.#position(`${namespace}/`);
    // '0' is the character after '/'.
    return this.#ordered.slice(from, this.#position(`${namespace}0`, from));
  }

  controlledBy(uid: string): readonly Entry[] {
    const entries = this.#byController.get(uid);
    return entries ? [...entries.values()] : [];
  }

  /** Revision of the newest change that is no longer kept: a watch can start here or later. */
  get oldestWatchable(): number {
    return this.#forgotten;
  }

  /** Changes after `revision`, oldest first; undefined when some of them are no longer kept. */
  changesSince(revision: number): readonly Change[] | undefined {
    if (revision < this.#forgotten) {
      return undefined;
    }
    let from = this.#history.length;
    while (from > 0 && (this.#history[from - 1] as Change).revision > revision) {
      from -= 1;
    }
    return this.#history.slice(from);
  }

  /** The table as it was at `revision`, in key order; undefined when that is no longer known. */
  listAt(revision: number, namespace?: string): readonly Entry[] | undefined {
    const changes = this.changesSince(revision);
    if (!changes) {
      return undefined;
    }
    if (changes.length === 0) {
      return this.list(namespace);
    }
    const entries = new Map(this.#entries);
    for (const change of changes.toReversed()) {
      if (change.previous) {
        entries.set(change.entry.key, change.previous);
      } else {
        entries.delete(change.entry.key);
      }
    }
    const wanted =
      namespace === undefined ? [...entries.values()] : [...entries.values()].filter((entry) => entry.key.startsWith(`${namespace}/`));
    return wanted.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  apply(change: Change): void {
    this.#replace(change.previous, change.type === 'DELETED' ? undefined : change.entry);
    if (this.isInternal) {
      // Files of disks and pods can be large: what is removed shall be gone.
      this.#forgotten = change.revision;
      return;
    }
    this.#history.push(change);
    // Trimmed in batches: shifting the array on every write would be quadratic.
    if (this.#history.length >= HISTORY_LENGTH * 2) {
      const dropped = this.#history.splice(0, HISTORY_LENGTH);
      this.#forgotten = (dropped.at(-1) as Change).revision;
    }
  }

  /** Adds an entry that was stored earlier, without a change. */
  restore(entry: Entry): void {
    this.#replace(undefined, entry);
  }

  #replace(previous: Entry | undefined, next: Entry | undefined): void {
    if (next) {
      this.#entries.set(next.key, next);
      const position = this.#position(next.key);
      this.#ordered.splice(position, previous ? 1 : 0, next);
    } else if (previous) {
      this.#entries.delete(previous.key);
      this.#ordered.splice(this.#position(previous.key), 1);
    }
    const before = previous && controllerUid(previous.object);
    const after = next && controllerUid(next.object);
    if (previous && before && before !== after) {
      const controlled = this.#byController.get(before);
      controlled?.delete(previous.key);
      if (controlled?.size === 0) {
        this.#byController.delete(before);
      }
    }
    if (next && after) {
      let controlled = this.#byController.get(after);
      if (!controlled) {
        controlled = new Map();
        this.#byController.set(after, controlled);
      }
      controlled.set(next.key, next);
    }
  }

  /** Index of the first entry whose key is not before `key`. */
  #position(key: string, from = 0): number {
    let low = from;
    let high = this.#ordered.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ordered[middle] as Entry).key < key) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}

function controllerUid(object: KubernetesObject): string | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller)?.uid;
}
