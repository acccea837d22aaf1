// The API in process: what controllers, scheduler and kubelet use. The same operations as over HTTPS, without the wire and without RBAC.
import { type ApiCore, readObject, type User, type WriteContext } from './api/core.ts';
import { conformObject } from './api/decode/object.ts';
import { pathNotFound } from './api/errors.ts';
import { bindPod } from './api/objects/bind.ts';
import { createObject } from './api/objects/create.ts';
import { deleteObject } from './api/objects/delete.ts';
import { updateObject, type UpdateOptions, updateThrough } from './api/objects/update.ts';
import type { Resource } from './api/registry.ts';
import type { ClusterClient, DeleteOptions, KindRef, ListOptions, ServedKind, WatchEvent } from './cluster-client.ts';
import { type Change, keyOf } from './storage/index.ts';
import type { KubernetesObject, Namespace } from './types.ts';
import { matchesSelector } from './values/index.ts';

export class CoreClient implements ClusterClient {
  readonly #core: ApiCore;
  readonly #context: WriteContext;

  constructor(core: ApiCore, identity: { user: string; fieldManager: string }) {
    this.#core = core;
    this.#context = { user: inProcessUser(identity.user), fieldManager: identity.fieldManager, dryRun: false, warn: () => undefined };
  }

  get<T extends KubernetesObject>(kind: KindRef<T>, namespace: string | undefined, name: string): T | undefined {
    const resource = this.#resource(kind);
    return readObject(this.#core, resource, keyOf(resource.namespaced ? namespace : undefined, name)) as T | undefined;
  }

  list<T extends KubernetesObject>(kind: KindRef<T>, options: ListOptions = {}): readonly T[] {
    const resource = this.#resource(kind);
    const table = this.#core.store.table(resource.table);
    const entries = options.controllerUid === undefined ? table.list(options.namespace) : table.controlledBy(options.controllerUid);
    const found: T[] = [];
    for (const entry of entries) {
      const { metadata } = entry.object;
      if (options.selector && !matchesSelector(options.selector, metadata.labels)) {
        continue;
      }
      if (options.namespace !== undefined && metadata.namespace !== options.namespace) {
        continue;
      }
      found.push(resource.fromStored(entry.object) as T);
    }
    return found;
  }

  create<T extends KubernetesObject>(kind: KindRef<T>, object: object): T {
    const resource = this.#resource(kind);
    const read = this.#read(resource, object);
    const entry = createObject(this.#core, resource, resource.namespaced ? read.metadata.namespace : undefined, read, this.#context);
    return resource.fromStored(entry.object) as T;
  }

  update<T extends KubernetesObject>(kind: KindRef<T>, object: T): T {
    return this.#update(kind, object, {});
  }

  updateStatus<T extends KubernetesObject>(kind: KindRef<T>, object: T): T {
    return this.#update(kind, object, { subresource: 'status' });
  }

  delete<T extends KubernetesObject>(kind: KindRef<T>, namespace: string | undefined, name: string, options: DeleteOptions = {}): void {
    deleteObject(this.#core, this.#resource(kind), namespace, name, options, this.#context);
  }

  bind(namespace: string, pod: string, node: string): void {
    bindPod(this.#core, this.#resource({ apiVersion: 'v1', kind: 'Pod' }), namespace, pod, { node }, this.#context);
  }

  watch<T extends KubernetesObject>(kind: KindRef<T>, handler: (event: WatchEvent<T>) => void): Disposable {
    const resource = this.#resource(kind);
    const subscription = this.#core.store.subscribe(resource.table, (change) => handler(eventOf(resource, change) as WatchEvent<T>));
    for (const entry of this.#core.store.table(resource.table).list().slice()) {
      handler({ type: 'ADDED', object: resource.fromStored(entry.object) as T });
    }
    return subscription;
  }

  kinds(): readonly ServedKind[] {
    return [...this.#stored().values()].map(({ apiVersion, kind, plural, namespaced, definition }) => {
      const { scale } = definition.subresources ?? {};
      return { apiVersion, kind, plural, namespaced, ...(scale && { scale }) };
    });
  }

  watchAll(handler: (event: WatchEvent<KubernetesObject>) => void): Disposable {
    let stored = this.#stored();
    const onChange = this.#core.registry.onChange(() => {
      // Kinds that are no longer served stay, so that the last deletions of a removed custom resource are still told.
      stored = new Map([...stored, ...this.#stored()]);
    });
    const subscription = this.#core.store.subscribeAll((change, table) => {
      const resource = stored.get(table);
      if (resource) {
        handler(eventOf(resource, change));
      }
    });
    for (const [table, resource] of stored) {
      for (const entry of this.#core.store.table(table).list().slice()) {
        handler({ type: 'ADDED', object: resource.fromStored(entry.object) });
      }
    }
    return {
      [Symbol.dispose]: () => {
        onChange[Symbol.dispose]();
        subscription[Symbol.dispose]();
      },
    };
  }

  finalizeNamespace(namespace: Namespace): void {
    const resource = this.#resource({ apiVersion: 'v1', kind: 'Namespace' });
    updateThrough(this.#core, resource, undefined, namespace.metadata.name, 'finalize', this.#read(resource, namespace), this.#context);
  }

  as(identity: { user: string; fieldManager: string }): ClusterClient {
    return new CoreClient(this.#core, identity);
  }

  #update<T extends KubernetesObject>(kind: KindRef<KubernetesObject>, object: T, options: UpdateOptions): T {
    const resource = this.#resource(kind);
    const read = this.#read(resource, object);
    const { namespace, name = '' } = read.metadata;
    return resource.fromStored(updateObject(this.#core, resource, namespace, name, read, this.#context, options).object) as T;
  }

  /** Every stored kind once, in the version that is stored, by its table. */
  #stored(): Map<string, Resource> {
    const stored = new Map<string, Resource>();
    for (const resource of this.#core.registry.all()) {
      if (!resource.definition.storedAs && resource.verbs.has('list') && resource.verbs.has('delete')) {
        stored.set(resource.table, resource);
      }
    }
    return stored;
  }

  #resource(kind: KindRef<KubernetesObject>): Resource {
    const resource = this.#core.registry.ofKind(kind.apiVersion, kind.kind);
    if (!resource) {
      throw pathNotFound();
    }
    return resource;
  }

  /** Through the kind's types, as an object that came over HTTPS: the caller's object is never stored itself. */
  #read(resource: Resource, object: object): KubernetesObject {
    return conformObject(resource, object);
  }
}

function eventOf(resource: Resource, change: Change): WatchEvent<KubernetesObject> {
  const object = resource.fromStored(change.entry.object);
  return change.previous ? { type: change.type, object, old: resource.fromStored(change.previous.object) } : { type: change.type, object };
}

function inProcessUser(name: string): User {
  const namespace = /^system:serviceaccount:([^:]+):/.exec(name)?.[1];
  const groups =
    namespace === undefined
      ? ['system:authenticated']
      : ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
  return { name, groups, isInternal: true };
}
