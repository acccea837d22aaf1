// Which keys a change concerns: the object itself, or the controller that owns it.
import type { ClusterClient, KindRef } from '../cluster-client.ts';
import type { KubernetesObject, OwnerReference } from '../types.ts';
import type { Key, Watch } from './controller.ts';

/** `namespace/name`, or `name` for cluster-scoped objects. */
export function keyOf(object: KubernetesObject): Key {
  const { namespace, name = '' } = object.metadata;
  return namespace ? `${namespace}/${name}` : name;
}

/** The namespace and name of a key; the namespace is empty for cluster-scoped objects. */
export function splitKey(key: Key): { namespace: string; name: string } {
  const slash = key.indexOf('/');
  return slash === -1 ? { namespace: '', name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** The owner reference with `controller: true`. */
export function controllerOf(object: KubernetesObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true);
}

/** Whether `owner` controls `object`. */
export function isControlledBy(object: KubernetesObject, owner: KubernetesObject): boolean {
  return controllerOf(object)?.uid === owner.metadata.uid;
}

/** The object a key names. */
export function objectOf<T extends KubernetesObject>(client: ClusterClient, kind: KindRef<T>, key: Key): T | undefined {
  const { namespace, name } = splitKey(key);
  return client.get(kind, namespace === '' ? undefined : namespace, name);
}

/** Watches objects that are their own key. */
export function watchSelf<T extends KubernetesObject>(kind: KindRef<T>): Watch {
  return { kind, keys: (object) => [keyOf(object)] };
}

/** Watches dependents for their owners of kind `owner`; for one without a controller the owners that could adopt it. */
export function watchOwned<Dependent extends KubernetesObject, Owner extends KubernetesObject>(
  dependent: KindRef<Dependent>,
  owner: KindRef<Owner>,
  mayAdopt: (owner: Owner, dependent: Dependent) => boolean,
): Watch {
  return {
    kind: dependent,
    keys(object, old, client) {
      if (controllerOf(object) ?? (old && controllerOf(old))) {
        return ownerKeys(owner, object, old);
      }
      const candidates = client.list(owner, { namespace: object.metadata.namespace });
      return candidates.filter((candidate) => mayAdopt(candidate, object as Dependent)).map(keyOf);
    },
  };
}

/** The keys of the controllers of kind `owner` that `object` has and had. */
export function ownerKeys(owner: KindRef<KubernetesObject>, object: KubernetesObject, old?: KubernetesObject): Key[] {
  const keys = new Set<Key>();
  for (const version of old ? [object, old] : [object]) {
    const reference = controllerOf(version);
    if (reference?.kind === owner.kind && reference.apiVersion === owner.apiVersion) {
      keys.add(`${version.metadata.namespace}/${reference.name}`);
    }
  }
  return [...keys];
}
