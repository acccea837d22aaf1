// All open watches: each committed change is filtered and written once per representation, and sockets are written to once per batch.
import type { ServerResponse } from 'node:http';
import type { Clock } from '../../../base/index.ts';
import type { Change, ObjectStore } from '../storage/index.ts';
import type { KubernetesObject } from '../types.ts';
import type { Resource } from './registry.ts';
import type { Matches } from './selectors.ts';

/** Writes one event as a line of the stream. `change` lets plain JSON reuse the text that is there already. */
export type EncodeEvent = (type: string, object: KubernetesObject, change?: Change) => string;

export interface WatchStream {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly matches: Matches | undefined;
  readonly encode: EncodeEvent;
  readonly bookmarks: boolean;
  readonly response: ServerResponse;
}

/** A watch whose client takes nothing is ended when this much waits for it, as the real server ends slow ones. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
/** The real server sends bookmarks about once a minute. */
const BOOKMARK_EVERY_MS = 60_000;

class OpenWatch {
  readonly stream: WatchStream;
  /** Lines that wait for the end of the batch. */
  pending = '';
  /** Revision that the client knows of. */
  told: number;

  constructor(stream: WatchStream, told: number) {
    this.stream = stream;
    this.told = told;
  }

  /** Adds the change as this watch sees it: an object that stops matching is deleted to it, one that starts is added. */
  take(change: Change): boolean {
    const { resource, namespace, matches, encode } = this.stream;
    if (namespace !== undefined && change.entry.object.metadata.namespace !== namespace) {
      return false;
    }
    const object = resource.fromStored(change.entry.object);
    let { type } = change;
    if (matches) {
      const before = change.previous !== undefined && matches(resource.fromStored(change.previous.object));
      const after = type !== 'DELETED' && matches(object);
      if (!before && !after) {
        return false;
      }
      type = after ? (before ? 'MODIFIED' : 'ADDED') : 'DELETED';
    }
    this.pending += encode(type, object, type === change.type ? change : undefined);
    this.told = change.revision;
    return true;
  }
}

export class Watches implements Disposable {
  readonly #store: ObjectStore;
  readonly #clock: Clock;
  readonly #open = new Map<OpenWatch, Disposable>();
  readonly #written = new Set<OpenWatch>();
  readonly #batch: Disposable;
  #bookmark: Disposable | undefined;

  constructor(store: ObjectStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    this.#batch = store.onBatch(() => this.#afterBatch());
  }

  get size(): number {
    return this.#open.size;
  }

  /**
   * Sends `initial`, then every later change. Ends with the response. `told`: the revision that `initial` brings the client to,
   * which must be the store's newest, in the same turn of the event loop.
   */
  add(stream: WatchStream, initial: string, told: number): void {
    const watch = new OpenWatch(stream, told);
    const subscription = this.#store.subscribeCommitted(stream.resource.table, (change) => {
      if (change.revision > told && watch.take(change)) {
        this.#written.add(watch);
      }
    });
    this.#open.set(watch, subscription);
    stream.response.once('close', () => this.#remove(watch));
    watch.pending = initial;
    this.#write(watch);
  }

  /** Ends watches, such as those of a resource that is no longer served. */
  end(isOver: (resource: Resource) => boolean): void {
    for (const { stream } of this.#open.keys()) {
      if (isOver(stream.resource)) {
        stream.response.end();
      }
    }
  }

  [Symbol.dispose](): void {
    this.#batch[Symbol.dispose]();
    this.#bookmark?.[Symbol.dispose]();
    for (const watch of this.#open.keys()) {
      this.#remove(watch);
      watch.stream.response.destroy();
    }
  }

  #remove(watch: OpenWatch): void {
    this.#open.get(watch)?.[Symbol.dispose]();
    this.#open.delete(watch);
    this.#written.delete(watch);
  }

  #afterBatch(): void {
    for (const watch of this.#written) {
      this.#write(watch);
    }
    this.#written.clear();
    // Scheduled by writes alone, so that an idle cluster has no timer.
    if (!this.#bookmark && this.#open.size > 0) {
      this.#bookmark = this.#clock.schedule(BOOKMARK_EVERY_MS, () => this.#sendBookmarks());
    }
  }

  #write(watch: OpenWatch): void {
    if (watch.pending === '') {
      return;
    }
    const { response } = watch.stream;
    response.write(watch.pending);
    watch.pending = '';
    if (response.writableLength > MAX_WAITING_BYTES) {
      response.destroy();
    }
  }

  #sendBookmarks(): void {
    this.#bookmark = undefined;
    const { revision } = this.#store;
    for (const watch of this.#open.keys()) {
      if (watch.stream.bookmarks && watch.told < revision) {
        watch.pending += bookmark(watch.stream.resource, watch.stream.encode, revision);
        watch.told = revision;
        this.#write(watch);
      }
    }
  }
}

/** A bookmark: an object of the kind with nothing but a resourceVersion. `ends`: it closes the initial events of a streamed list. */
export function bookmark(resource: Resource, encode: EncodeEvent, revision: number, ends = false): string {
  const annotations = ends ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
  const metadata = { resourceVersion: String(revision), ...annotations };
  return encode('BOOKMARK', { kind: resource.kind, apiVersion: resource.apiVersion, metadata });
}
