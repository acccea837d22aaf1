// What changed between two revisions of an object, and which fields an applied configuration names (structured-merge-diff's Compare and ToFieldSet).
import type { SchemaType } from '../../schema/index.ts';
import { equalJson, isJsonObject, type JsonObject } from '../decode/json.ts';
import { itemsByElement } from './elements.ts';
import { type FieldTree, LEAF, node } from './field-tree.ts';

export interface Comparison {
  /** Added or changed. */
  changed: FieldTree;
  removed: FieldTree;
}

const ANY: SchemaType = { kind: 'any' };
const NOTHING: JsonObject = {};

export function compare(type: SchemaType, before: JsonObject, after: JsonObject): Comparison {
  const [changed, removed] = difference(type, before, after, true);
  return { changed: changed ?? {}, removed: removed ?? {} };
}

type Pair = readonly [changed: FieldTree | undefined, removed: FieldTree | undefined];
const SAME: Pair = [undefined, undefined];
const CHANGED: Pair = [LEAF, undefined];
const REMOVED: Pair = [undefined, LEAF];

/** undefined is absent, null is a value. */
function difference(type: SchemaType, before: unknown, after: unknown, isRoot = false): Pair {
  if (before === after) {
    return SAME;
  }
  if (type.kind === 'list') {
    const list = type.rule;
    const empty = isEmptyList(before) && isEmptyList(after);
    if (!list || empty || !isListOrNothing(before) || !isListOrNothing(after)) {
      return leaf(before, after);
    }
    const left = itemsByElement(type, before ?? []);
    const right = itemsByElement(type, after ?? []);
    return children(
      left.keys(),
      right.keys(),
      (element) => difference(type.items, left.get(element), right.get(element)),
      (element) => element,
      before,
      after,
      false,
    );
  }
  const granular = (type.kind === 'struct' || type.kind === 'map') && !type.atomic;
  if (!granular || !isMapOrNothing(before) || !isMapOrNothing(after) || (isEmptyMap(before) && isEmptyMap(after) && !isRoot)) {
    return leaf(before, after);
  }
  const left = before ?? NOTHING;
  const right = after ?? NOTHING;
  return children(
    Object.keys(left),
    Object.keys(right),
    (name) => {
      const field = type.kind === 'struct' ? type.fields.get(name) : undefined;
      const fieldType = type.kind === 'struct' ? (field?.type ?? ANY) : type.values;
      // A list that is always written reads as null where it was not given, so giving it does not add the list itself.
      const absent = field?.required && fieldType.kind === 'list' ? null : undefined;
      return difference(fieldType, left[name] === undefined ? absent : left[name], right[name] === undefined ? absent : right[name]);
    },
    (name) => `f:${name}`,
    before,
    after,
    isRoot,
  );
}

function children(
  left: Iterable<string>,
  right: Iterable<string>,
  differenceAt: (name: string) => Pair,
  element: (name: string) => string,
  before: unknown,
  after: unknown,
  isRoot: boolean,
): Pair {
  let changed: FieldTree | undefined;
  let removed: FieldTree | undefined;
  const visit = (name: string): void => {
    const [changedBelow, removedBelow] = differenceAt(name);
    if (changedBelow) {
      changed ??= {};
      changed[element(name)] = changedBelow;
    }
    if (removedBelow) {
      removed ??= {};
      removed[element(name)] = removedBelow;
    }
  };
  const visited = new Set<string>();
  for (const name of left) {
    visited.add(name);
    visit(name);
  }
  for (const name of right) {
    if (!visited.has(name)) {
      visit(name);
    }
  }
  return [node(!isRoot && before === undefined, changed), node(!isRoot && after === undefined, removed)];
}

function leaf(before: unknown, after: unknown): Pair {
  if (before === undefined) {
    return CHANGED;
  }
  if (after === undefined) {
    return REMOVED;
  }
  return equalJson(before, after) ? SAME : CHANGED;
}

function isListOrNothing(value: unknown): value is unknown[] | null | undefined {
  return value === undefined || value === null || Array.isArray(value);
}

function isMapOrNothing(value: unknown): value is JsonObject | null | undefined {
  return value === undefined || value === null || isJsonObject(value);
}

function isEmptyList(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

function isEmptyMap(value: JsonObject | null | undefined): boolean {
  return !value || Object.keys(value).length === 0;
}

/** The fields that a configuration names. */
export function fieldsOf(type: SchemaType, object: JsonObject): FieldTree {
  return fields(type, object) ?? {};
}

function fields(type: SchemaType, value: unknown): FieldTree | undefined {
  if (type.kind === 'list' && type.rule && Array.isArray(value)) {
    if (value.length === 0) {
      return LEAF;
    }
    const tree: FieldTree = {};
    for (const [element, item] of itemsByElement(type, value)) {
      // An item that is named is in the set itself.
      tree[element] = { '.': LEAF, ...fields(type.items, item) };
      if (Object.keys(tree[element]).length === 1) {
        tree[element] = LEAF;
      }
    }
    return tree;
  }
  if ((type.kind === 'struct' || type.kind === 'map') && !type.atomic && isJsonObject(value)) {
    let tree: FieldTree | undefined;
    for (const name of Object.keys(value)) {
      const below = value[name];
      if (below === undefined) {
        continue;
      }
      const fieldType = type.kind === 'struct' ? (type.fields.get(name)?.type ?? ANY) : type.values;
      const known = type.kind === 'struct' && type.fields.has(name);
      const itself = !known || below === null || (isJsonObject(below) && Object.keys(below).length === 0);
      const tip = fields(fieldType, below);
      const branch = itself && tip !== undefined && tip !== LEAF ? node(true, tip) : (tip ?? (itself ? LEAF : undefined));
      if (branch) {
        tree ??= {};
        tree[`f:${name}`] = branch;
      }
    }
    return tree;
  }
  return LEAF;
}
