// One revision of one object, as the store keeps it: the object, where it lives and its JSON text, made once.
import type { KubernetesObject } from '../types.ts';

/** A stored revision. Never changed: a write makes a new one. */
export class Entry {
  /** `namespace/name`, or `name` for cluster-scoped objects. */
  readonly key: string;
  readonly object: KubernetesObject;
  readonly revision: number;
  #text: string | undefined;

  constructor(key: string, object: KubernetesObject, revision: number, text?: string) {
    this.key = key;
    this.object = object;
    this.revision = revision;
    this.#text = text;
  }

  /** The object as JSON, serialised once per revision. */
  get text(): string {
    this.#text ??= JSON.stringify(this.object);
    return this.#text;
  }
}

/** A write, as watchers see it. `entry` of a DELETED change is the object's last state with the deletion's revision. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly revision: number;
  readonly entry: Entry;
  readonly previous: Entry | undefined;
}

export function keyOf(namespace: string | undefined, name: string): string {
  return namespace ? `${namespace}/${name}` : name;
}
