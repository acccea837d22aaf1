// What a controller is: watches that name keys, and a reconcile that brings one key closer to what is wanted. One shared loop runs them all.
import type { Clock } from '../../../base/index.ts';
import type { BackOff } from '../kubelet/back-off.ts';
import type { ClusterClient, KindRef, WatchEvent } from '../cluster-client.ts';
import type { KubernetesObject } from '../types.ts';

/** `namespace/name`, or `name` for cluster-scoped objects. */
export type Key = string;

export interface Watch {
  kind: KindRef<KubernetesObject>;
  /** Keys to reconcile after a change of `object` (and of what it was before, where that matters). */
  keys(object: KubernetesObject, old: KubernetesObject | undefined, client: ClusterClient): readonly Key[];
}

export interface ControllerContext {
  client: ClusterClient;
  clock: Clock;
  /** Paces what fails again and again, such as pods that the node refuses: by a key of the controller's choice. */
  backOff: BackOff;
  /** Records an event about an object, aggregated as client-go's recorder does. */
  event: (about: KubernetesObject, type: 'Normal' | 'Warning', reason: string, message: string) => void;
}

/** `requeueAfterMs`: reconcile the key again then, even without a change. */
export type ReconcileResult = { requeueAfterMs: number } | undefined | void;

export interface Controller {
  /** The event source: `deployment-controller`. */
  name: string;
  /** The service account it acts as, where that is not its name. */
  serviceAccount?: string;
  watches: readonly Watch[];
  /** Keys to reconcile after a change of an object of any kind (garbage collection, namespace deletion). */
  watchesAll?(event: WatchEvent<KubernetesObject>, client: ClusterClient): readonly Key[];
  /** Other sources of keys than the API. */
  listen?(enqueue: (key: Key) => void): Disposable;
  /** A thrown ApiError Conflict is retried at once; any other error with exponential back-off (5 ms to 1000 s). */
  reconcile(key: Key, context: ControllerContext): ReconcileResult;
}
