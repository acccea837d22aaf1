// Creates an object: defaults, admission, field owners, the kind's own preparation and validation, then the store. The order is the real server's.
import { conform } from '../decode/conform.ts';
import type { JsonObject } from '../decode/json.ts';
import { type ApiCore, type WriteContext, WriteScope } from '../core.ts';
import { alreadyExists, ApiError, invalid } from '../errors.ts';
import { FieldErrorList } from '../field-list.ts';
import { enforceLimits } from '../limits.ts';
import { managersAfterUpdate, type ManagedFieldsEntry } from '../managed-fields/managers.ts';
import type { Resource } from '../registry.ts';
import { Entry, keyOf } from '../../storage/index.ts';
import type { KubernetesObject } from '../../types.ts';
import { countsGenerations, generatedName, placeInNamespace, setManagers, setSystemFields } from './metadata.ts';

/** `object` has passed its kind's types and is changed in place. `managers`: who owns its fields, where an apply has found that out. */
export function createObject(
  core: ApiCore,
  resource: Resource,
  namespace: string | undefined,
  object: KubernetesObject,
  context: WriteContext,
  managers?: readonly ManagedFieldsEntry[],
): Entry {
  const { definition } = resource;
  const { metadata } = object;
  placeInNamespace(resource, object, namespace);
  definition.setDefaults?.(object);
  if (!metadata.name && metadata.generateName) {
    metadata.name = generatedName(metadata.generateName);
  }
  const name = metadata.name ?? '';
  const request = {
    operation: 'CREATE',
    resource,
    subresource: undefined,
    namespace,
    name,
    object,
    old: undefined,
    user: context.user,
    dryRun: context.dryRun,
    warn: (text: string) => context.warn(text),
  } as const;
  // Before admission: what the cluster adds belongs to nobody.
  setManagers(object, managers ?? managersOfNew(resource, object, context, core.clock.now()));
  core.admission.admit(request, core);
  if (metadata.resourceVersion) {
    throw new ApiError(400, '', 'resourceVersion should not be set on objects to be created');
  }
  const scope = new WriteScope(core, context.user);
  let entry: Entry;
  try {
    setSystemFields(object, core.clock.now());
    if (countsGenerations(resource)) {
      metadata.generation = 1;
    } else {
      delete metadata.generation;
    }
    definition.prepareForCreate?.(object, scope);
    const errors = definition.validateCreate?.(object, scope) ?? [];
    if (errors.length > 0) {
      throw invalid(resource.kindName, name, errors);
    }
    const key = keyOf(resource.namespaced ? namespace : undefined, name);
    core.admission.validate(request, core);
    if (core.store.table(resource.table).get(key)) {
      throw alreadyExists(resource.name, name);
    }
    for (const text of definition.warnings?.(object) ?? []) {
      context.warn(text);
    }
    if (context.dryRun) {
      scope.rollBack();
      return new Entry(key, object, 0);
    }
    enforceLimits(core, resource, name, object);
    entry = core.store.put(resource.table, key, resource.toStored(object));
  } catch (error) {
    scope.rollBack();
    throw error instanceof FieldErrorList ? invalid(resource.kindName, name, error.errors) : error;
  }
  scope.commit();
  return entry;
}

function managersOfNew(resource: Resource, object: KubernetesObject, context: WriteContext, now: number): ManagedFieldsEntry[] {
  const writer = {
    manager: context.fieldManager,
    apiVersion: resource.apiVersion,
    subresource: undefined,
    now,
    ignored: resource.definition.subresources?.status ? ['status'] : [],
  };
  return managersAfterUpdate(resource.type, [], emptyObject(resource), object as unknown as JsonObject, writer);
}

/** What the server makes of an object of which nothing is given: the structs that are always there. */
export function emptyObject(resource: Resource): JsonObject {
  return conform(resource.type, {});
}
