// A small ClusterClient over a Map for unit tests: versions, finalizers, grace periods and ordered watches, but no defaults, validation or admission.
import type { Clock } from '../../../lab-server/base/index.ts';
import { alreadyExists, forbidden, notFound, staleObject } from '../../../lab-server/embedded/kubernetes/api/errors.ts';
import type {
  ClusterClient,
  DeleteOptions,
  KindRef,
  ListOptions,
  ServedKind,
  WatchEvent,
} from '../../../lab-server/embedded/kubernetes/cluster-client.ts';
import type { KubernetesObject, Namespace } from '../../../lab-server/embedded/kubernetes/types.ts';
import { isoTime } from '../../../lab-server/embedded/kubernetes/values/iso-time.ts';
import { matchesSelector } from '../../../lab-server/embedded/kubernetes/values/label-selector.ts';

type Handler = (event: WatchEvent<KubernetesObject>) => void;

interface Watcher {
  kind: KindRef<KubernetesObject> | undefined;
  handler: Handler;
  queue: WatchEvent<KubernetesObject>[];
}

const CLUSTER_SCOPED = new Set(['Namespace', 'Node', 'PersistentVolume', 'StorageClass', 'IngressClass', 'PriorityClass']);

export class MemoryClusterClient implements ClusterClient {
  readonly #clock: Clock;
  readonly #objects = new Map<string, KubernetesObject>();
  readonly #watchers = new Set<Watcher>();
  readonly #kinds = new Map<string, ServedKind>();
  #version = 0;
  #uid = 0;
  /** Names kinds whose creation is refused, with the reason. */
  readonly refusedCreates = new Map<string, string>();
  /** Number of writes so far. */
  writes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get<T extends KubernetesObject>(kind: KindRef<T>, namespace: string | undefined, name: string): T | undefined {
    return this.#objects.get(path(kind, namespace, name)) as T | undefined;
  }

  list<T extends KubernetesObject>(kind: KindRef<T>, options: ListOptions = {}): readonly T[] {
    const found: T[] = [];
    for (const object of this.#objects.values()) {
      const { metadata } = object;
      if (
        object.kind === kind.kind &&
        object.apiVersion === kind.apiVersion &&
        (options.namespace === undefined || metadata.namespace === options.namespace) &&
        (options.selector === undefined || matchesSelector(options.selector, metadata.labels)) &&
        (options.controllerUid === undefined ||
          metadata.ownerReferences?.some((owner) => owner.controller && owner.uid === options.controllerUid))
      ) {
        found.push(object as T);
      }
    }
    return found;
  }

  create<T extends KubernetesObject>(kind: KindRef<T>, object: object): T {
    const copy = structuredClone(object) as KubernetesObject;
    const resource = { group: group(kind), resource: plural(kind) };
    const refusal = this.refusedCreates.get(kind.kind);
    if (refusal !== undefined) {
      throw forbidden(resource, copy.metadata.name ?? '', refusal);
    }
    const { metadata } = copy;
    this.#uid += 1;
    metadata.name ??= `${metadata.generateName}${this.#uid.toString(36).padStart(5, '0')}`;
    const key = path(kind, metadata.namespace, metadata.name);
    if (this.#objects.has(key)) {
      throw alreadyExists(resource, metadata.name);
    }
    metadata.uid = `uid-${this.#uid}`;
    metadata.creationTimestamp = isoTime(this.#clock.now());
    metadata.generation = 1;
    const { apiVersion, kind: name } = copy;
    const hasReplicas = (copy as { spec?: { replicas?: number } }).spec?.replicas !== undefined;
    const scale = { specReplicas: 'spec.replicas', statusReplicas: 'status.replicas', selector: 'spec.selector' };
    this.#kinds.set(`${apiVersion}/${name}`, {
      apiVersion,
      kind: name,
      plural: plural(copy),
      namespaced: !CLUSTER_SCOPED.has(name),
      ...(hasReplicas && { scale }),
    });
    this.#store(key, copy, undefined, 'ADDED');
    return copy as T;
  }

  update<T extends KubernetesObject>(kind: KindRef<T>, object: T): T {
    const { key, old } = this.#current(kind, object);
    const copy: KubernetesObject = structuredClone({ ...object, status: old.status });
    if (copy.status === undefined) {
      delete copy.status;
    }
    if (JSON.stringify(copy.spec) !== JSON.stringify(old.spec)) {
      copy.metadata.generation = (old.metadata.generation ?? 0) + 1;
    }
    if (copy.metadata.deletionTimestamp && (copy.metadata.finalizers ?? []).length === 0 && !copy.metadata.deletionGracePeriodSeconds) {
      this.#remove(key, copy);
      return copy as T;
    }
    this.#store(key, copy, old, 'MODIFIED');
    return copy as T;
  }

  updateStatus<T extends KubernetesObject>(kind: KindRef<T>, object: T): T {
    const { key, old } = this.#current(kind, object);
    const copy = structuredClone({ ...old, status: object.status });
    this.#store(key, copy, old, 'MODIFIED');
    return copy as T;
  }

  delete<T extends KubernetesObject>(kind: KindRef<T>, namespace: string | undefined, name: string, options: DeleteOptions = {}): void {
    const key = path(kind, namespace, name);
    const old = this.#objects.get(key);
    const resource = { group: group(kind), resource: plural(kind) };
    if (!old || (options.preconditions?.uid && options.preconditions.uid !== old.metadata.uid)) {
      throw notFound(resource, name);
    }
    const copy = structuredClone(old);
    const { metadata } = copy;
    const finalizer =
      options.propagationPolicy === 'Foreground' ? 'foregroundDeletion' : options.propagationPolicy === 'Orphan' ? 'orphan' : undefined;
    if (finalizer && !metadata.finalizers?.includes(finalizer)) {
      metadata.finalizers = [...(metadata.finalizers ?? []), finalizer];
    }
    const spec = copy.spec as { nodeName?: string; terminationGracePeriodSeconds?: number } | undefined;
    const phase = (copy.status as { phase?: string } | undefined)?.phase;
    const mayLinger = kind.kind === 'Pod' && spec?.nodeName !== undefined && phase !== 'Succeeded' && phase !== 'Failed';
    const grace = mayLinger ? (options.gracePeriodSeconds ?? spec?.terminationGracePeriodSeconds ?? 30) : 0;
    const waits = (metadata.finalizers ?? []).length > 0 || kind.kind === 'Namespace';
    if (grace === 0 && !waits) {
      this.#remove(key, copy);
      return;
    }
    metadata.deletionTimestamp ??= isoTime(this.#clock.now() + grace * 1000);
    metadata.deletionGracePeriodSeconds = grace;
    if (kind.kind === 'Namespace') {
      copy.status = { ...(copy.status as object | undefined), phase: 'Terminating' };
    }
    this.#store(key, copy, old, 'MODIFIED');
  }

  bind(namespace: string, pod: string, node: string): void {
    const kind = { apiVersion: 'v1', kind: 'Pod' };
    const old = this.get(kind, namespace, pod);
    if (!old) {
      throw notFound({ group: '', resource: 'pods' }, pod);
    }
    const copy = structuredClone(old);
    copy.spec = { ...(copy.spec as object | undefined), nodeName: node };
    this.#store(path(kind, namespace, pod), copy, old, 'MODIFIED');
  }

  watch<T extends KubernetesObject>(kind: KindRef<T>, handler: (event: WatchEvent<T>) => void): Disposable {
    return this.#addWatcher(kind, handler as Handler);
  }

  watchAll(handler: Handler): Disposable {
    return this.#addWatcher(undefined, handler);
  }

  /** Every kind that was ever stored counts as served. */
  kinds(): readonly ServedKind[] {
    return [...this.#kinds.values()];
  }

  finalizeNamespace(namespace: Namespace): void {
    const { key, old } = this.#current({ apiVersion: 'v1', kind: 'Namespace' }, namespace);
    const copy = structuredClone({ ...old, spec: namespace.spec });
    const { finalizers } = (copy.spec ?? {}) as { finalizers?: string[] };
    if (copy.metadata.deletionTimestamp && (finalizers ?? []).length === 0) {
      this.#remove(key, copy);
    } else {
      this.#store(key, copy, old, 'MODIFIED');
    }
  }

  as(): ClusterClient {
    return this;
  }

  #current(kind: KindRef<KubernetesObject>, object: KubernetesObject): { key: string; old: KubernetesObject } {
    const name = object.metadata.name ?? '';
    const key = path(kind, object.metadata.namespace, name);
    const old = this.#objects.get(key);
    const resource = { group: group(kind), resource: plural(kind) };
    if (!old) {
      throw notFound(resource, name);
    }
    if (object.metadata.resourceVersion && object.metadata.resourceVersion !== old.metadata.resourceVersion) {
      throw staleObject(resource, name);
    }
    return { key, old };
  }

  #store(key: string, object: KubernetesObject, old: KubernetesObject | undefined, type: 'ADDED' | 'MODIFIED'): void {
    this.#version += 1;
    this.writes += 1;
    object.metadata.resourceVersion = String(this.#version);
    this.#objects.set(key, deepFreeze(object));
    this.#deliver(old ? { type, object, old } : { type, object });
  }

  #remove(key: string, object: KubernetesObject): void {
    this.#version += 1;
    this.writes += 1;
    object.metadata.resourceVersion = String(this.#version);
    this.#objects.delete(key);
    this.#deliver({ type: 'DELETED', object: deepFreeze(object) });
  }

  #deliver(event: WatchEvent<KubernetesObject>): void {
    for (const watcher of this.#watchers) {
      if (!watcher.kind || (watcher.kind.kind === event.object.kind && watcher.kind.apiVersion === event.object.apiVersion)) {
        this.#enqueue(watcher, event);
      }
    }
  }

  #addWatcher(kind: KindRef<KubernetesObject> | undefined, handler: Handler): Disposable {
    const watcher: Watcher = { kind, handler, queue: [] };
    this.#watchers.add(watcher);
    for (const object of this.#objects.values()) {
      if (!kind || (kind.kind === object.kind && kind.apiVersion === object.apiVersion)) {
        this.#enqueue(watcher, { type: 'ADDED', object });
      }
    }
    return { [Symbol.dispose]: () => void this.#watchers.delete(watcher) };
  }

  #enqueue(watcher: Watcher, event: WatchEvent<KubernetesObject>): void {
    watcher.queue.push(event);
    if (watcher.queue.length === 1) {
      queueMicrotask(() => {
        for (const next of watcher.queue) {
          if (this.#watchers.has(watcher)) {
            watcher.handler(next);
          }
        }
        watcher.queue = [];
      });
    }
  }
}

function path(kind: KindRef<KubernetesObject>, namespace: string | undefined, name: string): string {
  return `${kind.apiVersion}/${kind.kind}/${namespace ?? ''}/${name}`;
}

function group(kind: KindRef<KubernetesObject>): string {
  const slash = kind.apiVersion.indexOf('/');
  return slash === -1 ? '' : kind.apiVersion.slice(0, slash);
}

function plural(kind: KindRef<KubernetesObject>): string {
  const singular = kind.kind.toLowerCase();
  return singular.endsWith('s') ? singular : singular.endsWith('y') ? `${singular.slice(0, -1)}ies` : `${singular}s`;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) {
      deepFreeze(inner);
    }
  }
  return value;
}
