// Which objects name which owner: kept up to date from a watch over all kinds.
import type { KubernetesObject } from '../../types.ts';

/** Names one stored object of any kind. */
export interface Identity {
  apiVersion: string;
  kind: string;
  namespace: string | undefined;
  name: string;
  uid: string;
}

export class OwnerIndex {
  readonly #dependents = new Map<string, Map<string, Identity>>();
  readonly #objects = new Map<string, Identity>();

  /** The identities of objects that name `uid` as an owner. */
  dependentsOf(uid: string): readonly Identity[] {
    return [...(this.#dependents.get(uid)?.values() ?? [])];
  }

  identity(uid: string): Identity | undefined {
    return this.#objects.get(uid);
  }

  /** Whether anything names `uid` as its owner. */
  hasDependents(uid: string): boolean {
    return this.#dependents.has(uid);
  }

  put(object: KubernetesObject, old: KubernetesObject | undefined): void {
    const identity = identityOf(object);
    if (old) {
      this.#unlink(identity.uid, old);
    }
    const owners = object.metadata.ownerReferences ?? [];
    // Only objects that take part in ownership are kept, so that a ConfigMap alone costs nothing here.
    if (owners.length > 0 || isCollected(object)) {
      this.#objects.set(identity.uid, identity);
    }
    for (const { uid } of owners) {
      let dependents = this.#dependents.get(uid);
      if (!dependents) {
        dependents = new Map();
        this.#dependents.set(uid, dependents);
      }
      dependents.set(identity.uid, identity);
    }
  }

  remove(object: KubernetesObject): void {
    const uid = object.metadata.uid ?? '';
    this.#unlink(uid, object);
    this.#objects.delete(uid);
  }

  #unlink(uid: string, version: KubernetesObject): void {
    for (const owner of version.metadata.ownerReferences ?? []) {
      const dependents = this.#dependents.get(owner.uid);
      dependents?.delete(uid);
      if (dependents?.size === 0) {
        this.#dependents.delete(owner.uid);
      }
    }
  }
}

/** Whether the object waits for the collector to deal with its dependents. */
export function isCollected({ metadata }: KubernetesObject): boolean {
  return metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).some(isCollectorFinalizer);
}

export function isCollectorFinalizer(finalizer: string): boolean {
  return finalizer === 'foregroundDeletion' || finalizer === 'orphan';
}

export function identityOf({ apiVersion, kind, metadata }: KubernetesObject): Identity {
  return { apiVersion, kind, namespace: metadata.namespace, name: metadata.name ?? '', uid: metadata.uid ?? '' };
}
