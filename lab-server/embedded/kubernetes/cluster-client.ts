// What controllers, scheduler and kubelet see of the API: the same defaulting, validation and admission as over HTTPS, in process and synchronous.
import type { KubernetesObject, LabelSelector, Namespace } from './types.ts';

/** Names a kind and carries its object type. Made with `kindRef<Pod>('v1', 'Pod')`. */
export interface KindRef<T extends KubernetesObject> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly __object?: T;
}

export function kindRef<T extends KubernetesObject>(apiVersion: string, kind: string): KindRef<T> {
  return { apiVersion, kind };
}

/** A kind the API serves. */
export interface ServedKind extends KindRef<KubernetesObject> {
  plural: string;
  namespaced: boolean;
  /** Where its replicas are, when it can be scaled. */
  scale?: ScalePaths;
}

/** Paths of plain names, such as `spec.replicas`; the selector's is empty where there is none. */
export interface ScalePaths {
  specReplicas: string;
  statusReplicas: string;
  selector: string;
}

export interface ListOptions {
  namespace?: string;
  selector?: LabelSelector;
  /** Only objects with a controller owner reference to this uid (indexed). */
  controllerUid?: string;
}

export interface DeleteOptions {
  gracePeriodSeconds?: number;
  propagationPolicy?: 'Foreground' | 'Background' | 'Orphan';
  preconditions?: { uid?: string; resourceVersion?: string };
}

export type WatchEvent<T> = { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: T; old?: T };

/**
 * Objects returned are shared and frozen by convention: never change one, build a new one. Writes throw ApiError (`api/errors.ts`):
 * 404 NotFound, 409 AlreadyExists or Conflict (stale resourceVersion), 422 Invalid, 403 Forbidden (quota, limits).
 */
export interface ClusterClient {
  get<T extends KubernetesObject>(kind: KindRef<T>, namespace: string | undefined, name: string): T | undefined;
  list<T extends KubernetesObject>(kind: KindRef<T>, options?: ListOptions): readonly T[];
  create<T extends KubernetesObject>(kind: KindRef<T>, object: object): T;
  /** Whole-object update of everything but status. The object's resourceVersion must be current where it is set. */
  update<T extends KubernetesObject>(kind: KindRef<T>, object: T): T;
  /** Update of the status alone. */
  updateStatus<T extends KubernetesObject>(kind: KindRef<T>, object: T): T;
  delete<T extends KubernetesObject>(kind: KindRef<T>, namespace: string | undefined, name: string, options?: DeleteOptions): void;
  /** The binding subresource: sets spec.nodeName and the PodScheduled condition. */
  bind(namespace: string, pod: string, node: string): void;
  /** Calls `handler` for every object that exists (as ADDED), then for each change, in order, after the write that made it has returned. */
  watch<T extends KubernetesObject>(kind: KindRef<T>, handler: (event: WatchEvent<T>) => void): Disposable;
  /** Every stored kind that is served now, custom resources included (what discovery lists with the verbs list and delete). */
  kinds(): readonly ServedKind[];
  /** As `watch`, over all kinds, those that come to be served later included. For the garbage collector. */
  watchAll(handler: (event: WatchEvent<KubernetesObject>) => void): Disposable;
  /** The finalize subresource of namespaces: the only way to change spec.finalizers. The last one gone removes a deleted namespace. */
  finalizeNamespace(namespace: Namespace): void;
  /** A client whose writes carry this name as their field manager and user (`system:serviceaccount:kube-system:deployment-controller`). */
  as(identity: { user: string; fieldManager: string }): ClusterClient;
}
