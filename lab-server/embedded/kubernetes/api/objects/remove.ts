// Takes an object out of the store for good, and gives back what it held.
import { type ApiCore, WriteScope } from '../core.ts';
import type { Resource } from '../registry.ts';
import type { Entry } from '../../storage/index.ts';
import type { KubernetesObject } from '../../types.ts';

/** `last`: the object's final state, as watchers see it. */
export function removeStored(core: ApiCore, resource: Resource, stored: Entry, last: KubernetesObject = stored.object): Entry {
  const entry = core.store.remove(resource.table, stored.key, last) ?? stored;
  if (resource.definition.afterDelete) {
    const scope = new WriteScope(core);
    resource.definition.afterDelete(resource.fromStored(stored.object), scope);
    scope.commit();
  }
  return entry;
}
