// What every operation on objects stands on: the store, the kinds, the clock, admission and the ranges that services draw from.
import type { Clock } from '../../../base/index.ts';
import type { KindContext } from '../resources/kind.ts';
import type { Schema } from '../schema/index.ts';
import type { Entry, ObjectStore } from '../storage/index.ts';
import type { KubernetesObject } from '../types.ts';
import type { Admission } from './admission/admission.ts';
import type { AddressRange, PortRange } from './allocation.ts';
import type { KindRegistry, Resource } from './registry.ts';

/** Who asks. */
export interface User {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
  /** A part of the cluster itself, in process: nothing is refused to it for who it is. */
  readonly isInternal?: boolean;
}

/** What a write carries besides the object. */
export interface WriteContext {
  readonly user: User;
  /** Recorded as the owner of the fields that change. */
  readonly fieldManager: string;
  readonly dryRun: boolean;
  /** Adds a Warning header to the answer. */
  warn(text: string): void;
}

/** Bounds of one cluster. */
export interface Limits {
  /** Objects of all kinds. */
  objects: number;
  pods: number;
  /** Length of all objects as JSON. */
  bytes: number;
  /** Watches that are open at once. */
  watchers: number;
}

export const DEFAULT_LIMITS: Limits = { objects: 10_000, pods: 1_500, bytes: 64 * 1024 * 1024, watchers: 500 };

export interface ApiCore {
  readonly store: ObjectStore;
  readonly registry: KindRegistry;
  readonly schema: Schema;
  readonly clock: Clock;
  readonly admission: Admission;
  readonly addresses: AddressRange;
  readonly ports: PortRange;
  readonly limits: Limits;
  /** An object as readers should see it now, where that changes with time alone (heartbeats of nodes). */
  present?(object: KubernetesObject): KubernetesObject;
}

/** Tables whose objects `present` may change. */
const PRESENTED: ReadonlySet<string> = new Set(['nodes', 'leases.coordination.k8s.io']);

/** A stored revision as readers of this resource see it. Itself, where nothing changes, so that its text can be used. */
export function shownObject(core: ApiCore, resource: Resource, entry: Entry): KubernetesObject {
  const object = resource.fromStored(entry.object);
  return core.present && PRESENTED.has(resource.table) ? core.present(object) : object;
}

/** The stored object under a key, in this resource's version. */
export function readObject(core: ApiCore, resource: Resource, key: string): KubernetesObject | undefined {
  const entry = core.store.table(resource.table).get(key);
  return entry && resource.fromStored(entry.object);
}

/**
 * The cluster as a kind's hooks see it. What they allocate is given back by `rollBack` when the write does not happen;
 * what they release is released by `commit` only when it does.
 */
export class WriteScope implements KindContext {
  /** Who makes the write; undefined where the cluster itself acts. */
  readonly user: User | undefined;
  readonly #core: ApiCore;
  readonly #undo: (() => void)[] = [];
  readonly #afterwards: (() => void)[] = [];

  constructor(core: ApiCore, user?: User) {
    this.#core = core;
    this.user = user;
  }

  get now(): number {
    return this.#core.clock.now();
  }

  lookup(apiVersion: string, kind: string, namespace: string | undefined, name: string): KubernetesObject | undefined {
    const resource = this.#core.registry.ofKind(apiVersion, kind);
    return resource && readObject(this.#core, resource, namespace && resource.namespaced ? `${namespace}/${name}` : name);
  }

  list(apiVersion: string, kind: string, namespace?: string): readonly KubernetesObject[] {
    const resource = this.#core.registry.ofKind(apiVersion, kind);
    return resource
      ? this.#core.store
          .table(resource.table)
          .list(namespace)
          .map((entry) => resource.fromStored(entry.object))
      : [];
  }

  allocateClusterIP(wanted?: string): string {
    const address = this.#core.addresses.allocate(wanted);
    this.#undo.push(() => this.#core.addresses.release(address));
    return address;
  }

  releaseClusterIP(address: string): void {
    this.#afterwards.push(() => this.#core.addresses.release(address));
  }

  allocateNodePort(wanted?: number): number {
    const port = this.#core.ports.allocate(wanted);
    this.#undo.push(() => this.#core.ports.release(port));
    return port;
  }

  releaseNodePort(port: number): void {
    this.#afterwards.push(() => this.#core.ports.release(port));
  }

  /** The write happened. */
  commit(): void {
    for (const act of this.#afterwards) {
      act();
    }
  }

  /** The write did not happen. */
  rollBack(): void {
    for (const act of this.#undo.toReversed()) {
      act();
    }
  }
}
