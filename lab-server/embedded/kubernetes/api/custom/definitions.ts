// Serves what CustomResourceDefinitions define: from the moment that their names are accepted, until their last object is gone.
import type { ClusterClient } from '../../cluster-client.ts';
import { kindRef } from '../../cluster-client.ts';
import type { CustomResourceDefinition } from '../../resources/apiextensions/customresourcedefinitions.ts';
import { isoTime } from '../../values/index.ts';
import type { ApiCore } from '../core.ts';
import { isApiError } from '../errors.ts';
import { servedKinds } from './definition-kind.ts';

const DEFINITION = kindRef<CustomResourceDefinition>('apiextensions.k8s.io/v1', 'CustomResourceDefinition');
const CLEANUP = 'customresourcecleanup.apiextensions.k8s.io';

type Condition = NonNullable<NonNullable<CustomResourceDefinition['status']>['conditions']>[number];

export class Definitions implements Disposable {
  readonly #core: ApiCore;
  readonly #client: ClusterClient;
  readonly #watches: Disposable[];
  /** Definitions that go, by their table: what is left of their objects decides when. */
  readonly #going = new Map<string, string>();

  constructor(core: ApiCore, client: ClusterClient) {
    this.#core = core;
    this.#client = client.as({ user: 'system:apiserver', fieldManager: 'kube-apiserver' });
    this.#watches = [
      this.#client.watch(DEFINITION, ({ type, object }) => this.#changed(type === 'DELETED', object)),
      core.store.subscribeAll((change, table) => {
        const name = change.type === 'DELETED' ? this.#going.get(table) : undefined;
        if (name !== undefined) {
          this.#finish(name, table);
        }
      }),
    ];
  }

  [Symbol.dispose](): void {
    for (const watch of this.#watches) {
      watch[Symbol.dispose]();
    }
  }

  #changed(isGone: boolean, definition: CustomResourceDefinition): void {
    const { group, names } = definition.spec ?? { group: '', names: { plural: '' } };
    const table = `${names.plural}.${group}`;
    if (isGone) {
      this.#going.delete(table);
      this.#core.registry.replaceCustom(table, []);
      return;
    }
    if (this.#accept(definition)) {
      return;
    }
    this.#core.registry.replaceCustom(table, isEstablished(definition) ? servedKinds(definition, this.#core.schema) : []);
    if (definition.metadata.deletionTimestamp && definition.metadata.finalizers?.includes(CLEANUP)) {
      this.#going.set(table, definition.metadata.name);
      this.#deleteObjects(table);
      this.#finish(definition.metadata.name, table);
    }
  }

  /** Writes the conditions and the finalizer of a definition that has none yet; then another change follows. */
  #accept(definition: CustomResourceDefinition): boolean {
    const isNew = !definition.status?.conditions?.length;
    if (!definition.metadata.finalizers?.includes(CLEANUP) && !definition.metadata.deletionTimestamp) {
      const finalizers = [...(definition.metadata.finalizers ?? []), CLEANUP];
      this.#client.update(DEFINITION, { ...definition, metadata: { ...definition.metadata, finalizers } });
      return true;
    }
    if (!isNew && definition.status?.acceptedNames?.plural === definition.spec?.names.plural) {
      return false;
    }
    const rival = this.#rivalOf(definition);
    const at = isoTime(this.#core.clock.now());
    const conditions: Condition[] = rival
      ? [
          condition('NamesAccepted', 'False', at, 'PluralConflict', `${JSON.stringify(rival)} is already in use`),
          condition('Established', 'False', at, 'NotAccepted', 'not all names are accepted'),
        ]
      : [
          condition('NamesAccepted', 'True', at, 'NoConflicts', 'no conflicts found'),
          condition('Established', 'True', at, 'InitialNamesAccepted', 'the initial names have been accepted'),
        ];
    const acceptedNames = rival ? { kind: '', plural: '' } : definition.spec?.names;
    const current = this.#client.get(DEFINITION, undefined, definition.metadata.name);
    if (!current || (rival && !isNew)) {
      return false;
    }
    this.#client.updateStatus(DEFINITION, {
      ...current,
      status: { ...current.status, conditions, acceptedNames } as CustomResourceDefinition['status'],
    });
    return true;
  }

  /** A name of this definition that another one of the group has already. */
  #rivalOf({ metadata, spec }: CustomResourceDefinition): string | undefined {
    const taken = new Set<string>();
    for (const other of this.#client.list(DEFINITION)) {
      const { acceptedNames } = other.status ?? {};
      if (other.metadata.name !== metadata.name && other.spec?.group === spec?.group && acceptedNames) {
        for (const name of [acceptedNames.plural, acceptedNames.singular, acceptedNames.kind, ...(acceptedNames.shortNames ?? [])]) {
          taken.add(name ?? '');
        }
      }
    }
    const { plural, singular, kind, shortNames = [] } = spec?.names ?? { plural: '', kind: '' };
    return [plural, singular, kind, ...shortNames].find((name) => name && taken.has(name));
  }

  #deleteObjects(table: string): void {
    const [resource] = [...this.#core.registry.all()].filter((one) => one.table === table);
    if (!resource) {
      return;
    }
    for (const { object } of this.#core.store.table(table).list().slice()) {
      try {
        this.#client.delete(resource, object.metadata.namespace, object.metadata.name ?? '');
      } catch (error) {
        if (!isApiError(error, 'NotFound')) {
          throw error;
        }
      }
    }
  }

  /** Lets a definition go once none of its objects is left. */
  #finish(name: string, table: string): void {
    const definition = this.#client.get(DEFINITION, undefined, name);
    if (!definition || this.#core.store.table(table).size > 0) {
      return;
    }
    const finalizers = definition.metadata.finalizers?.filter((finalizer) => finalizer !== CLEANUP) ?? [];
    this.#client.update(DEFINITION, { ...definition, metadata: { ...definition.metadata, finalizers } });
  }
}

function isEstablished({ status }: CustomResourceDefinition): boolean {
  return status?.conditions?.some(({ type, status: value }) => type === 'Established' && value === 'True') ?? false;
}

function condition(type: string, status: string, lastTransitionTime: string, reason: string, message: string): Condition {
  return { type, status, lastTransitionTime, reason, message };
}
