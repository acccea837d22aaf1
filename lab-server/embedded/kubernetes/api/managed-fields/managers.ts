// Who owns which fields of an object: metadata.managedFields after an update or an apply.
import type { StructType } from '../../schema/index.ts';
import { isoTime } from '../../values/index.ts';
import { ApiError } from '../errors.ts';
import { equalJson, type JsonObject } from '../decode/json.ts';
import { compare, fieldsOf } from './compare.ts';
import { difference, type FieldTree, intersection, isEmptyTree, pathText, paths, sameTree, union } from './field-tree.ts';
import { mergeApplied, prune } from './merge.ts';

/** One entry of metadata.managedFields. */
export interface ManagedFieldsEntry {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  time?: string;
  fieldsType: 'FieldsV1';
  fieldsV1: FieldTree;
  subresource?: string;
}

/** The manager and the circumstances of a write. */
export interface Writer {
  manager: string;
  apiVersion: string;
  subresource: string | undefined;
  /** Milliseconds since the epoch. */
  now: number;
  /** Top-level fields that this write cannot change: `status` through the main resource, `spec` through status. */
  ignored: readonly string[];
}

/** More managers that update than this are folded into one, as the server does. */
const MAX_UPDATE_MANAGERS = 10;
const FOLDED_MANAGER = 'ancient-changes';

/** Fields that nobody owns. */
const SYSTEM_METADATA = [
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'clusterName',
  'generation',
  'managedFields',
  'resourceVersion',
];

/** The entries after `writer` turned `before` into `after`. */
export function managersAfterUpdate(
  type: StructType,
  entries: readonly ManagedFieldsEntry[],
  before: JsonObject,
  after: JsonObject,
  writer: Writer,
): ManagedFieldsEntry[] {
  const { changed, removed } = compare(type, before, after);
  const taken = withoutUnowned(changed, writer.ignored);
  const dropped = withoutUnowned(removed, writer.ignored);
  if (isEmptyTree(taken) && isEmptyTree(dropped)) {
    return [...entries];
  }
  const result: ManagedFieldsEntry[] = [];
  let own: ManagedFieldsEntry | undefined;
  for (const entry of entries) {
    if (isSameManager(entry, writer, 'Update')) {
      own = entry;
      continue;
    }
    const left = difference(difference(entry.fieldsV1, taken), dropped);
    if (!isEmptyTree(left)) {
      result.push(sameTree(left, entry.fieldsV1) ? entry : { ...entry, fieldsV1: left });
    }
  }
  const kept = own ? difference(own.fieldsV1, dropped) : {};
  if (isEmptyTree(taken)) {
    if (own && !isEmptyTree(kept)) {
      result.push({ ...own, fieldsV1: kept });
    }
  } else {
    result.push(newEntry(writer, 'Update', union(kept, taken)));
  }
  return ordered(folded(result));
}

export interface Applied {
  object: JsonObject;
  entries: ManagedFieldsEntry[];
}

/**
 * Applies `config` for `writer`. Throws 409 Conflict where it changes fields that others own, unless `force`; then it takes them over.
 * `live` of an object that does not exist yet is what the server makes of an empty one.
 */
export function applyConfiguration(
  type: StructType,
  entries: readonly ManagedFieldsEntry[],
  live: JsonObject,
  config: JsonObject,
  writer: Writer,
  force: boolean,
): Applied {
  const named = withoutUnowned(fieldsOf(type, config), writer.ignored);
  const previous = entries.find((entry) => isSameManager(entry, writer, 'Apply'));
  const others = entries.filter((entry) => entry !== previous);
  let object = mergeApplied(type, live, config) as JsonObject;
  if (previous) {
    const owned = others.reduce((all, entry) => union(all, entry.fieldsV1), named);
    object = prune(type, object, previous.fieldsV1, owned) as JsonObject;
  }
  const { changed, removed } = compare(type, live, object);
  const taken = withoutUnowned(changed, writer.ignored);
  const conflicts = others
    .map((entry) => ({ entry, fields: intersection(entry.fieldsV1, taken) }))
    .filter(({ fields }) => !isEmptyTree(fields));
  if (conflicts.length > 0 && !force) {
    throw applyConflict(conflicts);
  }
  const kept = others
    .map((entry) => ({ ...entry, fieldsV1: difference(difference(entry.fieldsV1, taken), removed) }))
    .filter((entry) => !isEmptyTree(entry.fieldsV1));
  const own = isEmptyTree(named)
    ? []
    : [previous && sameTree(previous.fieldsV1, named) && equalJson(live, object) ? previous : newEntry(writer, 'Apply', named)];
  return { object, entries: ordered([...kept, ...own]) };
}

function applyConflict(conflicts: readonly { entry: ManagedFieldsEntry; fields: FieldTree }[]): ApiError {
  const all = conflicts.flatMap(({ entry, fields }) =>
    [...paths(fields)].map((path) => ({ manager: managerText(entry), field: pathText(path) })),
  );
  const causes = all.map(({ manager, field }) => ({ reason: 'FieldManagerConflict', message: `conflict with ${manager}`, field }));
  const [first] = all;
  if (all.length === 1 && first) {
    return new ApiError(409, 'Conflict', `Apply failed with 1 conflict: conflict with ${first.manager}: ${first.field}`, { causes });
  }
  const managers = [...new Set(all.map(({ manager }) => manager))].toSorted();
  const lines = managers.flatMap((manager) => [
    `conflicts with ${manager}:`,
    ...all.filter((one) => one.manager === manager).map(({ field }) => `- ${field}`),
  ]);
  return new ApiError(409, 'Conflict', `Apply failed with ${all.length} conflicts: ${lines.join('\n')}`, { causes });
}

function managerText(entry: ManagedFieldsEntry): string {
  const named = entry.subresource ? `"${entry.manager}" with subresource "${entry.subresource}"` : `"${entry.manager}"`;
  return entry.operation === 'Update' ? `${named} using ${entry.apiVersion}` : named;
}

function isSameManager(entry: ManagedFieldsEntry, writer: Writer, operation: ManagedFieldsEntry['operation']): boolean {
  return (
    entry.manager === writer.manager &&
    entry.operation === operation &&
    entry.apiVersion === writer.apiVersion &&
    (entry.subresource ?? '') === (writer.subresource ?? '')
  );
}

function newEntry(writer: Writer, operation: ManagedFieldsEntry['operation'], fieldsV1: FieldTree): ManagedFieldsEntry {
  const entry: ManagedFieldsEntry = {
    manager: writer.manager,
    operation,
    apiVersion: writer.apiVersion,
    time: isoTime(writer.now),
    fieldsType: 'FieldsV1',
    fieldsV1,
  };
  if (writer.subresource !== undefined) {
    entry.subresource = writer.subresource;
  }
  return entry;
}

function withoutUnowned(tree: FieldTree, ignored: readonly string[]): FieldTree {
  const owned: FieldTree = {};
  for (const element in tree) {
    const name = element.slice(2);
    if (name === 'apiVersion' || name === 'kind' || ignored.includes(name)) {
      continue;
    }
    const below = tree[element] as FieldTree;
    if (name !== 'metadata') {
      owned[element] = below;
      continue;
    }
    const metadata: FieldTree = {};
    for (const child in below) {
      if (child !== '.' && !SYSTEM_METADATA.includes(child.slice(2))) {
        metadata[child] = below[child] as FieldTree;
      }
    }
    if (!isEmptyTree(metadata)) {
      owned[element] = metadata;
    }
  }
  return owned;
}

/** Applied ones first, then by time, as the server writes them. */
function ordered(entries: ManagedFieldsEntry[]): ManagedFieldsEntry[] {
  const key = (entry: ManagedFieldsEntry): string =>
    [entry.operation, entry.time ?? '', entry.manager, entry.apiVersion, entry.subresource ?? ''].join('\u0000');
  return entries.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

function folded(entries: ManagedFieldsEntry[]): ManagedFieldsEntry[] {
  const updates = entries.filter((entry) => entry.operation === 'Update');
  if (updates.length <= MAX_UPDATE_MANAGERS) {
    return entries;
  }
  const oldest = updates.toSorted((a, b) => ((a.time ?? '') < (b.time ?? '') ? -1 : 1)).slice(0, updates.length - MAX_UPDATE_MANAGERS + 1);
  const [first] = oldest;
  if (!first) {
    return entries;
  }
  const sum = oldest.reduce((all, entry) => union(all, entry.fieldsV1), {} as FieldTree);
  const { subresource: _, ...rest } = first;
  return [...entries.filter((entry) => !oldest.includes(entry)), { ...rest, manager: FOLDED_MANAGER, fieldsV1: sum }];
}
