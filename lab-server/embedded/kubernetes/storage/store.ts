// The cluster's state: one revision counter over all resources, changes in order, durable in groups.
import type { KubernetesObject } from '../types.ts';
import { Entry, type Change } from './entry.ts';
import { type Journal, type JournalWrite, NoJournal } from './journal.ts';
import { ResourceTable } from './table.ts';

interface Subscription {
  readonly since: number;
  readonly handler: (change: Change, resource: string) => void;
}

/** A real cluster's first objects have low revisions too; 0 and 1 are special to clients. */
const FIRST_REVISION = 1;

export interface StoreOptions {
  journal?: Journal;
  /** Told about a subscriber that threw, and about commits that failed. */
  report: (error: unknown) => void;
}

/**
 * Writes are synchronous and ordered. In-process subscribers (`subscribe`) hear of a change in a microtask after the write;
 * committed ones (`subscribeCommitted`), and whoever awaits `durable`, after SQLite has it.
 */
export class ObjectStore implements Disposable {
  readonly #tables = new Map<string, ResourceTable>();
  readonly #journal: Journal;
  readonly #report: (error: unknown) => void;
  readonly #subscriptions = new Map<string, Set<Subscription>>();
  readonly #committedSubscriptions = new Map<string, Set<Subscription>>();
  readonly #allSubscriptions = new Set<Subscription>();
  readonly #flushSubscriptions = new Set<() => void>();
  #revision: number;
  #objects = 0;
  #bytes = 0;
  #undelivered: { resource: string; change: Change }[] = [];
  #uncommitted: { resource: string; change: Change }[] = [];
  #waiting: { resolve: () => void; reject: (error: unknown) => void }[] = [];
  #pending = new Map<string, JournalWrite>();
  #flush: NodeJS.Immediate | undefined;
  #closed = false;

  constructor(options: StoreOptions) {
    this.#journal = options.journal ?? new NoJournal();
    this.#report = options.report;
    const { revision, rows } = this.#journal.load();
    this.#revision = Math.max(revision, FIRST_REVISION);
    for (const row of rows) {
      const entry = new Entry(row.key, JSON.parse(row.body) as KubernetesObject, row.revision, row.body);
      const table = this.table(row.resource);
      table.restore(entry);
      this.#count(table, 1, row.body.length);
    }
  }

  /** The newest revision: what a list reports as its resourceVersion. */
  get revision(): number {
    return this.#revision;
  }

  /** How many objects of kinds there are, and the length of their JSON. */
  get usage(): { objects: number; bytes: number } {
    return { objects: this.#objects, bytes: this.#bytes };
  }

  table(resource: string): ResourceTable {
    let table = this.#tables.get(resource);
    if (!table) {
      table = new ResourceTable(resource, this.#revision);
      this.#tables.set(resource, table);
    }
    return table;
  }

  /** Resources that hold objects. */
  tables(): Iterable<ResourceTable> {
    return this.#tables.values();
  }

  /** Stores `object` under `key` with the next revision as its resourceVersion. */
  put(resource: string, key: string, object: KubernetesObject): Entry {
    const table = this.table(resource);
    const previous = table.get(key);
    const entry = this.#next(key, object);
    this.#record(table, { type: previous ? 'MODIFIED' : 'ADDED', revision: entry.revision, entry, previous });
    return entry;
  }

  /** Removes `key`. `last` is the object's final state as watchers see it; by default what was stored. */
  remove(resource: string, key: string, last?: KubernetesObject): Entry | undefined {
    const table = this.table(resource);
    const previous = table.get(key);
    if (!previous) {
      return undefined;
    }
    const entry = this.#next(key, last ?? previous.object);
    this.#record(table, { type: 'DELETED', revision: entry.revision, entry, previous });
    return entry;
  }

  /** Calls `handler` for every later change of the resource, in order, soon after the write that made it has returned. */
  subscribe(resource: string, handler: (change: Change) => void): Disposable {
    return this.#add(this.#subscriptions, resource, handler);
  }

  /** As `subscribe`, but once the change is durable. */
  subscribeCommitted(resource: string, handler: (change: Change) => void): Disposable {
    return this.#add(this.#committedSubscriptions, resource, handler);
  }

  /** Calls `handler` for every later change of any resource, as `subscribe` does. */
  subscribeAll(handler: (change: Change, resource: string) => void): Disposable {
    const subscription = { since: this.#revision, handler };
    this.#allSubscriptions.add(subscription);
    return { [Symbol.dispose]: () => void this.#allSubscriptions.delete(subscription) };
  }

  /** Calls `handler` after each batch of committed changes: the time to write to sockets, once for many changes. */
  onBatch(handler: () => void): Disposable {
    this.#flushSubscriptions.add(handler);
    return { [Symbol.dispose]: () => void this.#flushSubscriptions.delete(handler) };
  }

  /** Resolves when every write made so far is in SQLite. */
  durable(): Promise<void> {
    if (this.#pending.size === 0) {
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** Commits what is pending and closes the journal. */
  [Symbol.dispose](): void {
    if (this.#closed) {
      return;
    }
    this.#commit();
    this.#closed = true;
    this.#subscriptions.clear();
    this.#allSubscriptions.clear();
    this.#committedSubscriptions.clear();
    this.#journal[Symbol.dispose]();
  }

  #next(key: string, object: KubernetesObject): Entry {
    if (this.#closed) {
      throw new Error('the store is closed');
    }
    this.#revision += 1;
    const metadata = { ...object.metadata, resourceVersion: String(this.#revision) };
    return new Entry(key, { ...object, metadata }, this.#revision);
  }

  #count(table: ResourceTable, objects: number, bytes: number): void {
    if (!table.isInternal) {
      this.#objects += objects;
      this.#bytes += bytes;
    }
  }

  #record(table: ResourceTable, change: Change): void {
    table.apply(change);
    const removed = change.type === 'DELETED';
    const bytes = (removed ? 0 : change.entry.text.length) - (change.previous?.text.length ?? 0);
    this.#count(table, removed ? -1 : change.previous ? 0 : 1, bytes);
    const body = removed ? undefined : change.entry.text;
    this.#pending.set(`${table.resource} ${change.entry.key}`, {
      resource: table.resource,
      key: change.entry.key,
      revision: change.revision,
      body,
    });
    this.#uncommitted.push({ resource: table.resource, change });
    this.#flush ??= setImmediate(() => this.#commit());
    if (this.#undelivered.push({ resource: table.resource, change }) === 1) {
      queueMicrotask(() => this.#deliver());
    }
  }

  #deliver(): void {
    const batch = this.#undelivered;
    this.#undelivered = [];
    for (const { resource, change } of batch) {
      this.#tell(this.#subscriptions.get(resource), change, resource);
      this.#tell(this.#allSubscriptions, change, resource);
    }
  }

  #commit(): void {
    clearImmediate(this.#flush);
    this.#flush = undefined;
    if (this.#pending.size === 0 || this.#closed) {
      return;
    }
    const waiting = this.#waiting;
    this.#waiting = [];
    try {
      this.#journal.commit(this.#pending.values(), this.#revision);
    } catch (error) {
      // The writes stay pending and go with the next batch; those who wait hear that theirs is not safe yet.
      this.#report(error);
      for (const { reject } of waiting) {
        reject(error);
      }
      return;
    }
    this.#pending = new Map();
    const committed = this.#uncommitted;
    this.#uncommitted = [];
    for (const { resolve } of waiting) {
      resolve();
    }
    for (const { resource, change } of committed) {
      this.#tell(this.#committedSubscriptions.get(resource), change, resource);
    }
    for (const handler of this.#flushSubscriptions) {
      handler();
    }
  }

  #tell(subscriptions: Set<Subscription> | undefined, change: Change, resource: string): void {
    for (const subscription of subscriptions ?? []) {
      if (change.revision <= subscription.since) {
        continue;
      }
      try {
        subscription.handler(change, resource);
      } catch (error) {
        this.#report(error);
      }
    }
  }

  #add(subscriptions: Map<string, Set<Subscription>>, resource: string, handler: (change: Change) => void): Disposable {
    const subscription = { since: this.#revision, handler };
    let ofResource = subscriptions.get(resource);
    if (!ofResource) {
      ofResource = new Set();
      subscriptions.set(resource, ofResource);
    }
    ofResource.add(subscription);
    return { [Symbol.dispose]: () => void ofResource.delete(subscription) };
  }
}
