// The kinds that are served: built-in ones from their definitions, custom ones as their definitions come and go.
import type { KindDefinition } from '../resources/kind.ts';
import type { Schema, StructType } from '../schema/index.ts';
import type { KubernetesObject } from '../types.ts';
import type { KindName, ResourceName } from './errors.ts';

const DEFAULT_VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** A served kind in one version, with what the machinery derives from its definition. */
export interface Resource {
  readonly definition: KindDefinition;
  readonly group: string;
  readonly version: string;
  /** `apps/v1`, or `v1` for the core group. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly verbs: ReadonlySet<string>;
  /** How refusals name it. */
  readonly name: ResourceName;
  readonly kindName: KindName;
  /** Name of its table in the store: `deployments.apps`. Versions of one kind share it. */
  readonly table: string;
  readonly type: StructType;
  /** Whether it is defined by a CustomResourceDefinition. */
  readonly isCustom: boolean;
  /** Of a custom resource: its schema as its definition gives it. */
  readonly openApi?: Readonly<Record<string, unknown>> | undefined;
  /** The stored form of an object, where another version or group is the stored one. */
  toStored(object: KubernetesObject): KubernetesObject;
  fromStored(object: KubernetesObject): KubernetesObject;
}

export function apiVersionOf(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}

export function tableOf(group: string, plural: string): string {
  return group === '' ? plural : `${plural}.${group}`;
}

/** What the machinery needs of a definition. `type`: of a custom resource; built-in ones have a model. */
export function resourceOf(definition: KindDefinition, type: StructType, isCustom = false): Resource {
  const { group, version, kind, plural, storedAs } = definition;
  return {
    definition,
    group,
    version,
    apiVersion: apiVersionOf(group, version),
    kind,
    plural,
    namespaced: definition.namespaced,
    verbs: new Set(definition.verbs ?? DEFAULT_VERBS),
    name: { group, resource: plural },
    kindName: { group, kind },
    table: storedAs ? tableOf(storedAs.group, storedAs.plural) : tableOf(group, plural),
    type,
    isCustom,
    toStored: (object) => storedAs?.toStored(object) ?? object,
    fromStored: (object) => storedAs?.fromStored(object) ?? object,
  };
}

/** Finds kinds by how requests and objects name them. */
export class KindRegistry {
  readonly #byResource = new Map<string, Resource>();
  readonly #byKind = new Map<string, Resource>();
  readonly #listeners = new Set<() => void>();
  /** Raised with every change: documents made from the registry are cached by it. */
  #generation = 0;

  constructor(kinds: readonly KindDefinition[], schema: Schema) {
    for (const definition of kinds) {
      this.#add(resourceOf(definition, schema.model(definition.model)));
    }
  }

  get generation(): number {
    return this.#generation;
  }

  /** All served kinds; several versions of one kind are several. */
  all(): Iterable<Resource> {
    return this.#byResource.values();
  }

  find(group: string, version: string, plural: string): Resource | undefined {
    return this.#byResource.get(`${apiVersionOf(group, version)} ${plural}`);
  }

  ofKind(apiVersion: string, kind: string): Resource | undefined {
    return this.#byKind.get(`${apiVersion} ${kind}`);
  }

  /** Whether any kind of the group, or of its version, is served. */
  serves(group: string, version?: string): boolean {
    for (const resource of this.all()) {
      if (resource.group === group && (version === undefined || resource.version === version)) {
        return true;
      }
    }
    return false;
  }

  /** Serves these versions of a custom resource, and no others. */
  replaceCustom(table: string, resources: readonly Resource[]): void {
    let changed = resources.length > 0;
    for (const [key, resource] of this.#byResource) {
      if (resource.isCustom && resource.table === table) {
        this.#byResource.delete(key);
        this.#byKind.delete(`${resource.apiVersion} ${resource.kind}`);
        changed = true;
      }
    }
    for (const resource of resources) {
      // A built-in kind is never replaced by one of the same name.
      if (!this.#byResource.has(`${resource.apiVersion} ${resource.plural}`)) {
        this.#add(resource);
      }
    }
    if (changed) {
      this.#changed();
    }
  }

  /** Calls `listener` after kinds came or went. */
  onChange(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  #add(resource: Resource): void {
    this.#byResource.set(`${resource.apiVersion} ${resource.plural}`, resource);
    this.#byKind.set(`${resource.apiVersion} ${resource.kind}`, resource);
  }

  #changed(): void {
    this.#generation += 1;
    for (const listener of this.#listeners) {
      listener();
    }
  }
}
