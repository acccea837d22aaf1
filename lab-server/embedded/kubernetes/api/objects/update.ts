// Updates an object, or its status alone: what may change is merged over what may not, then the same steps as on create.
import { type ApiCore, type WriteContext, WriteScope } from '../core.ts';
import { equalJson, type JsonObject } from '../decode/json.ts';
import { badRequest, conflict, invalid, notFound, staleObject } from '../errors.ts';
import { FieldErrorList } from '../field-list.ts';
import { enforceLimits } from '../limits.ts';
import { type ManagedFieldsEntry, managersAfterUpdate, type Writer } from '../managed-fields/managers.ts';
import type { FieldError } from '../../resources/kind.ts';
import type { Resource } from '../registry.ts';
import { Entry, keyOf } from '../../storage/index.ts';
import type { KubernetesObject } from '../../types.ts';
import type { CertificateSigningRequest } from '../../resources/certificates/certificatesigningrequests.ts';
import { takeApproval, validateApproval } from './certificate-approval.ts';
import { podPart } from './pod-parts.ts';
import { removeStored } from './remove.ts';
import { countsGenerations, keepSystemFields, managersOf, sentManagersOf, setManagers } from './metadata.ts';

export interface UpdateOptions {
  /** `status`, or another subresource that writes a part of the object. */
  subresource?: string;
  /** Who owns the fields, where an apply has found that out. */
  managers?: readonly ManagedFieldsEntry[];
  /** The caller has made and judged the whole object itself (bindings, finalize): the kind's update rules do not apply. */
  isJudged?: boolean;
  /** The status is part of what this write has made. */
  changesStatus?: boolean;
  /** Judges instead of the kind's update rules. */
  validate?: (object: KubernetesObject, old: KubernetesObject) => readonly FieldError[];
}

/** The entry of an object that must exist. */
export function existing(core: ApiCore, resource: Resource, namespace: string | undefined, name: string): Entry {
  const entry = core.store.table(resource.table).get(keyOf(resource.namespaced ? namespace : undefined, name));
  if (!entry) {
    throw notFound(resource.name, name);
  }
  return entry;
}

/** The field-owning side of a write. */
export function writerOf(resource: Resource, context: WriteContext, subresource: string | undefined, now: number): Writer {
  const ignored =
    subresource === 'status'
      ? ['spec', 'metadata']
      : subresource === undefined && resource.definition.subresources?.status
        ? ['status']
        : [];
  return { manager: context.fieldManager, apiVersion: resource.apiVersion, subresource, now, ignored };
}

/** A write through a subresource, or through the main resource where `subresource` is empty. */
export function updateThrough(
  core: ApiCore,
  resource: Resource,
  namespace: string | undefined,
  name: string,
  subresource: string,
  object: KubernetesObject,
  context: WriteContext,
  managers?: readonly ManagedFieldsEntry[],
): Entry {
  const owners = managers ? { managers } : {};
  if (subresource === '') {
    return updateObject(core, resource, namespace, name, object, context, owners);
  }
  const part = partOf(core, resource, subresource);
  if (!part && subresource !== 'finalize') {
    return updateObject(core, resource, namespace, name, object, context, { subresource, ...owners });
  }
  const old = resource.fromStored(existing(core, resource, namespace, name).object);
  if (!part) {
    const { resourceVersion } = object.metadata;
    const finalized = { ...old, metadata: { ...old.metadata, resourceVersion }, spec: object.spec };
    return updateObject(core, resource, namespace, name, finalized, context, { subresource, isJudged: true, ...owners });
  }
  return updateObject(core, resource, namespace, name, part.take(object, old), context, {
    subresource,
    changesStatus: subresource === 'approval',
    validate: (next, before) => part.validate(next, before),
    ...owners,
  });
}

/** How a write through a subresource that changes a part of its object is made and judged; undefined for any other subresource. */
function partOf(core: ApiCore, resource: Resource, subresource: string): ReturnType<typeof podPart> {
  if (resource.table === 'certificatesigningrequests.certificates.k8s.io' && subresource === 'approval') {
    return {
      take: (sent, old) => takeApproval(sent as CertificateSigningRequest, old as CertificateSigningRequest, core.clock.now()),
      validate: (next, old) => validateApproval(next as CertificateSigningRequest, old as CertificateSigningRequest),
    };
  }
  return resource.table === 'pods' ? podPart(subresource) : undefined;
}

/** `object` has passed its kind's types and is changed in place. Without a resourceVersion it wins over whatever is stored. */
export function updateObject(
  core: ApiCore,
  resource: Resource,
  namespace: string | undefined,
  name: string,
  object: KubernetesObject,
  context: WriteContext,
  options: UpdateOptions = {},
): Entry {
  const stored = existing(core, resource, namespace, name);
  const old = resource.fromStored(stored.object);
  const { metadata } = object;
  if (metadata.name !== undefined && metadata.name !== name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
  }
  metadata.name = name;
  if (resource.namespaced) {
    if (metadata.namespace && metadata.namespace !== namespace) {
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
    }
    metadata.namespace = namespace;
  }
  if (metadata.uid && metadata.uid !== old.metadata.uid) {
    throw conflict(
      resource.name,
      name,
      `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${old.metadata.uid}`,
    );
  }
  if (metadata.resourceVersion && metadata.resourceVersion !== old.metadata.resourceVersion) {
    throw staleObject(resource.name, name);
  }
  keepSystemFields(object, old);
  const { definition } = resource;
  const { subresource } = options;
  const isStatus = subresource === 'status';
  if (isStatus) {
    keepAllButStatus(object, old);
  } else if (definition.subresources?.status && !options.isJudged && !options.changesStatus) {
    copyField(object, old, 'status');
  }
  if (!isStatus) {
    definition.setDefaults?.(object);
  }
  const request = {
    operation: 'UPDATE',
    resource,
    subresource,
    namespace,
    name,
    object,
    old,
    user: context.user,
    dryRun: context.dryRun,
    warn: (text: string) => context.warn(text),
  } as const;
  setManagers(
    object,
    options.managers ??
      managersAfterUpdate(
        resource.type,
        sentManagers(object, old),
        asJson(old),
        asJson(object),
        writerOf(resource, context, subresource, core.clock.now()),
      ),
  );
  core.admission.admit(request, core);
  const scope = new WriteScope(core, context.user);
  let entry: Entry;
  try {
    if (isStatus) {
      refuseIfInvalid(resource, name, definition.validateStatusUpdate?.(object, old));
    } else if (options.validate) {
      raiseGeneration(resource, object, old);
      refuseIfInvalid(resource, name, options.validate(object, old));
    } else if (!options.isJudged) {
      definition.prepareForUpdate?.(object, old, scope);
      raiseGeneration(resource, object, old);
      refuseIfInvalid(resource, name, definition.validateUpdate?.(object, old, scope));
    }
    core.admission.validate(request, core);
    if (!isStatus) {
      for (const text of definition.warnings?.(object, old) ?? []) {
        context.warn(text);
      }
    }
    const next = resource.toStored(object);
    if (isSameButManagers(next, stored.object)) {
      scope.rollBack();
      return stored;
    }
    if (context.dryRun) {
      scope.rollBack();
      metadata.resourceVersion = old.metadata.resourceVersion;
      return new Entry(stored.key, next, 0);
    }
    if (isFinished(resource, object)) {
      entry = removeStored(core, resource, stored, next);
    } else {
      enforceLimits(core, resource, name, object, old);
      entry = core.store.put(resource.table, stored.key, next);
    }
  } catch (error) {
    scope.rollBack();
    throw error instanceof FieldErrorList ? invalid(resource.kindName, name, error.errors) : error;
  }
  scope.commit();
  return entry;
}

function refuseIfInvalid(resource: Resource, name: string, errors: Parameters<typeof invalid>[2] | undefined): void {
  if (errors && errors.length > 0) {
    throw invalid(resource.kindName, name, errors);
  }
}

/** An object that is being deleted goes with its last finalizer; a namespace has some in its spec, too. */
function isFinished(resource: Resource, object: KubernetesObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = object.metadata;
  if (!deletionTimestamp || (deletionGracePeriodSeconds ?? 0) > 0 || (finalizers?.length ?? 0) > 0) {
    return false;
  }
  return resource.table !== 'namespaces' || ((object.spec as { finalizers?: string[] } | undefined)?.finalizers?.length ?? 0) === 0;
}

/** A client may clear the field owners by sending an empty list; otherwise those that are stored count. */
function sentManagers(object: KubernetesObject, old: KubernetesObject): readonly ManagedFieldsEntry[] {
  const sent = object.metadata.managedFields;
  return sent && sent.length > 0 ? sentManagersOf(object) : managersOf(old);
}

function keepAllButStatus(object: KubernetesObject, old: KubernetesObject): void {
  for (const field of Object.keys(object) as (keyof KubernetesObject)[]) {
    if (field !== 'status' && field !== 'metadata') {
      copyField(object, old, field);
    }
  }
  for (const field of Object.keys(old) as (keyof KubernetesObject)[]) {
    if (field !== 'status' && field !== 'metadata') {
      copyField(object, old, field);
    }
  }
  object.metadata = { ...old.metadata };
}

function copyField(object: KubernetesObject, old: KubernetesObject, field: keyof KubernetesObject): void {
  const to = object as unknown as JsonObject;
  const value = (old as unknown as JsonObject)[field];
  if (value === undefined) {
    delete to[field];
  } else {
    to[field] = value;
  }
}

function raiseGeneration(resource: Resource, object: KubernetesObject, old: KubernetesObject): void {
  if (!countsGenerations(resource) || object.metadata.generation !== old.metadata.generation) {
    return;
  }
  const changed = Object.keys({ ...object, ...old }).some(
    (field) => field !== 'metadata' && field !== 'status' && !equalJson(asJson(object)[field], asJson(old)[field]),
  );
  if (changed) {
    object.metadata.generation = (old.metadata.generation ?? 0) + 1;
  }
}

function asJson(object: KubernetesObject): JsonObject {
  return object as unknown as JsonObject;
}

/** Whether nothing changed but times in managedFields: such a write is none, as the real server has it. */
function isSameButManagers(next: KubernetesObject, stored: KubernetesObject): boolean {
  const comparable = (object: KubernetesObject): JsonObject => {
    const { managedFields, resourceVersion: _, ...metadata } = object.metadata;
    const owners = (managedFields ?? []).map(({ time: __, ...entry }) => entry);
    return { ...object, metadata: { ...metadata, managedFields: owners } };
  };
  return equalJson(comparable(next), comparable(stored));
}
