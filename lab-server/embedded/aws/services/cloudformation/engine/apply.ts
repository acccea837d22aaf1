// One resource: made, changed or removed, with the events that CloudFormation tells.
import { parseTemplate } from '../template/template.ts';
import { resolve, type Scope } from '../template/functions.ts';
import { isGone, validationError } from '../errors.ts';
import type { AwsContext } from '../../service.ts';
import { RESOURCE_TYPES } from '../resource-types/index.ts';
import type { Made, Properties, ResourceType } from '../resource-types/type.ts';
import type { ResourceRecord, Stack } from '../state.ts';
import { withDynamicReferences } from './dynamic-references.ts';
import { apiOf, isInTheWay, nextChange, placeOf, reasonOf, type Waiting } from './place.ts';
import { readStack, setResource, tellResource } from './records.ts';

export interface Work {
  stack: () => Stack;
  context: AwsContext;
  waiting: Waiting;
  /** Whether the work was let go: records stay as they are then, for whoever takes it up again. */
  isClosed(): boolean;
}

/** A type that the endpoint has. Throws ValidationError. */
export function requireType(type: string): ResourceType {
  const found = Object.hasOwn(RESOURCE_TYPES, type) ? RESOURCE_TYPES[type] : undefined;
  if (!found) {
    throw validationError(`Template format error: Unrecognized resource types: [${type}]`);
  }
  return found;
}

/** The properties of a resource with everything filled in. */
export async function propertiesOf(name: string, scope: Scope, work: Work): Promise<Record<string, unknown>> {
  const { Properties: declared = {} } = scope.template.Resources[name] ?? {};
  const resolved = (resolve(declared, scope) ?? {}) as Record<string, unknown>;
  return (await withDynamicReferences(resolved, apiOf(work.stack(), work.context))) as Record<string, unknown>;
}

type Verb = 'CREATE' | 'UPDATE' | 'DELETE';

function change(
  record: ResourceRecord,
  verb: Verb,
  state: 'IN_PROGRESS' | 'COMPLETE' | 'FAILED',
  work: Work,
  more: Partial<ResourceRecord> = {},
): ResourceRecord {
  const { reason: _reason, ...rest } = record;
  const changed: ResourceRecord = { ...rest, ...more, status: `${verb}_${state}`, updatedAt: work.context.clock.now() };
  setResource(work.stack(), changed, work.context);
  return changed;
}

/** Makes a resource. Rejects with the error of its service; the record says why. */
export async function createResource(name: string, scope: Scope, work: Work): Promise<void> {
  const type = scope.template.Resources[name]?.Type ?? '';
  const fresh: ResourceRecord = {
    logicalId: name,
    type,
    status: 'CREATE_IN_PROGRESS',
    properties: {},
    attributes: {},
    updatedAt: work.context.clock.now(),
  };
  let record = change(fresh, 'CREATE', 'IN_PROGRESS', work);
  try {
    const properties = await propertiesOf(name, scope, work);
    record = { ...record, properties };
    const made = await requireType(type).create(properties, placeOf(work.stack(), name, work.context, work.waiting));
    record = { ...record, physicalId: made.physicalId, attributes: made.attributes ?? {} };
    tellResource(work.stack(), { ...record, reason: 'Resource creation Initiated' }, work.context);
    change(record, 'CREATE', 'COMPLETE', work);
  } catch (error) {
    if (work.isClosed()) {
      throw error;
    }
    const known = work.stack().resources[name]?.physicalId;
    change({ ...record, ...(known === undefined ? {} : { physicalId: known }) }, 'CREATE', 'FAILED', work, {
      reason: work.waiting.signal.aborted ? 'Resource creation cancelled' : reasonOf(error, type),
    });
    throw error;
  }
}

/** Changes a resource to `properties`, in place or by a new one; the old one waits for the end of the update then. */
export async function updateResource(record: ResourceRecord, properties: Record<string, unknown>, work: Work): Promise<void> {
  const type = requireType(record.type);
  const place = placeOf(work.stack(), record.logicalId, work.context, work.waiting);
  const isReplaced = needsReplacement(type, record.properties, properties);
  let current = change(
    record,
    'UPDATE',
    'IN_PROGRESS',
    work,
    isReplaced ? { reason: 'Requested update requires the creation of a new physical resource; hence creating one.' } : {},
  );
  try {
    const made: Made =
      isReplaced || !type.update
        ? await type.create(properties, place)
        : await type.update(record.physicalId ?? '', properties, place, record.properties);
    if (isReplaced) {
      const stack = readStack(work.stack(), work.stack().stackId, work.context);
      setResource({ ...stack, leftovers: [...stack.leftovers, record] }, { ...current, physicalId: made.physicalId }, work.context, true);
    }
    current = {
      ...current,
      properties,
      physicalId: made.physicalId,
      attributes: { ...(isReplaced ? {} : record.attributes), ...made.attributes },
    };
    change(current, 'UPDATE', 'COMPLETE', work);
  } catch (error) {
    if (work.isClosed()) {
      throw error;
    }
    change(current, 'UPDATE', 'FAILED', work, {
      reason: work.waiting.signal.aborted ? 'Resource update cancelled' : reasonOf(error, record.type),
    });
    throw error;
  }
}

/** Whether a change of properties makes a new resource. */
export function needsReplacement(type: ResourceType, before: Properties, after: Properties): boolean {
  return !type.update || (type.replacedBy ?? []).some((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
}

/** How long CloudFormation tries to remove what others still use: interfaces of instances that are shutting down, for one. */
const PATIENCE_MS = 60_000;

async function removeWhenFree(record: ResourceRecord, physicalId: string, work: Work): Promise<void> {
  const deadline = work.context.clock.now() + PATIENCE_MS;
  for (;;) {
    try {
      await requireType(record.type).remove(
        physicalId,
        placeOf(work.stack(), record.logicalId, work.context, work.waiting),
        record.properties,
      );
      return;
    } catch (error) {
      const left = deadline - work.context.clock.now();
      if (!isInTheWay(error) || left <= 0 || work.waiting.signal.aborted) {
        throw error;
      }
      await nextChange(work.context, work.waiting, left);
    }
  }
}

/** Removes a resource, or leaves it where its policy says so. False when that failed. */
export async function removeResource(record: ResourceRecord, work: Work, isLeftover = false): Promise<boolean> {
  const { Resources } = parseTemplate(work.stack().template);
  const declared = Resources[record.logicalId];
  const policy = isLeftover ? declared?.UpdateReplacePolicy : declared?.DeletionPolicy;
  const isKept =
    policy === 'Retain' ||
    (policy === 'RetainExceptOnCreate' && record.status !== 'CREATE_FAILED') ||
    work.stack().retained?.includes(record.logicalId);
  const note = (status: ResourceRecord['status'], reason?: string): void => {
    const changed: ResourceRecord = { ...record, status, updatedAt: work.context.clock.now(), ...(reason === undefined ? {} : { reason }) };
    if (isLeftover) {
      tellResource(work.stack(), changed, work.context);
    } else {
      setResource(work.stack(), changed, work.context);
    }
  };
  if (isKept) {
    note('DELETE_SKIPPED');
    return true;
  }
  note('DELETE_IN_PROGRESS');
  try {
    if (record.physicalId !== undefined) {
      await removeWhenFree(record, record.physicalId, work);
    }
  } catch (error) {
    if (work.isClosed()) {
      return false;
    }
    if (!isGone(error)) {
      note('DELETE_FAILED', reasonOf(error, record.type));
      return false;
    }
  }
  note('DELETE_COMPLETE');
  return true;
}
