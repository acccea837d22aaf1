// Strategic merge patch: lists merge by their key, and a patch may carry directives ($patch, $retainKeys, $setElementOrder, $deleteFromPrimitiveList).
import type { Field, SchemaType, StructType } from '../../schema/index.ts';
import { cloneJson, equalJson, isJsonObject, type JsonObject, setOwn } from '../decode/json.ts';
import { ApiError } from '../errors.ts';
import { goValue } from './go-value.ts';

const DIRECTIVE = '$patch';
const RETAIN_KEYS = '$retainKeys';
const DELETE_PREFIX = '$deleteFromPrimitiveList/';
const ORDER_PREFIX = '$setElementOrder/';

/** A patched copy of `original`. Throws ApiError where the patch contradicts itself. */
export function applyStrategicMergePatch(type: StructType, original: JsonObject, patch: JsonObject): JsonObject {
  return mergeMap(type, original, patch);
}

function mergeMap(type: SchemaType | undefined, original: JsonObject, patch: JsonObject): JsonObject {
  switch (patch[DIRECTIVE]) {
    case undefined:
    case 'merge':
      break;
    case 'replace':
      return withoutDirectives(patch) as JsonObject;
    case 'delete':
      return {};
    default:
      throw invalidPatch(`Unknown value for ${DIRECTIVE}: ${goValue(patch[DIRECTIVE])}`);
  }
  const merged = retained(original, patch);
  for (const name of Object.keys(patch)) {
    if (name.startsWith(DELETE_PREFIX)) {
      const field = name.slice(DELETE_PREFIX.length);
      const gone = patch[name];
      const list = merged[field];
      if (Array.isArray(list) && Array.isArray(gone)) {
        const left = list.filter((item) => !gone.some((other) => equalJson(item, other)));
        if (left.length > 0) {
          merged[field] = left;
        } else {
          delete merged[field];
        }
      }
    }
  }
  for (const name of Object.keys(patch)) {
    if (name === DIRECTIVE || name === RETAIN_KEYS || name.startsWith(DELETE_PREFIX)) {
      continue;
    }
    if (name.startsWith(ORDER_PREFIX)) {
      const field = name.slice(ORDER_PREFIX.length);
      if (!(field in patch)) {
        // An order alone sorts what is there.
        mergeField(type, merged, field, [], patch[name]);
      }
      continue;
    }
    mergeField(type, merged, name, patch[name], patch[ORDER_PREFIX + name]);
  }
  return merged;
}

function mergeField(type: SchemaType | undefined, merged: JsonObject, name: string, value: unknown, order: unknown): void {
  if (value === null) {
    delete merged[name];
    return;
  }
  const field = type?.kind === 'struct' ? type.fields.get(name) : undefined;
  const fieldType = type?.kind === 'struct' ? field?.type : type?.kind === 'map' ? type.values : undefined;
  const present = Object.hasOwn(merged, name) ? merged[name] : undefined;
  if (present === undefined || present === null) {
    if (!Array.isArray(value) || value.length > 0 || order === undefined) {
      setOwn(merged, name, withoutDirectives(value));
    }
    return;
  }
  if (isJsonObject(present) && isJsonObject(value)) {
    const replaces = field?.patchStrategy === 'replace';
    setOwn(merged, name, replaces ? withoutDirectives(value) : mergeMap(fieldType, present, value));
  } else if (Array.isArray(present) && Array.isArray(value) && field?.patchStrategy?.split(',').includes('merge')) {
    setOwn(merged, name, mergeList(field, present, value, Array.isArray(order) ? order : undefined));
  } else {
    setOwn(merged, name, withoutDirectives(value));
  }
}

/** What is left of the original where the patch lists the keys to retain. */
function retained(original: JsonObject, patch: JsonObject): JsonObject {
  const copy = { ...original };
  const keys = patch[RETAIN_KEYS];
  if (keys === undefined) {
    return copy;
  }
  if (!Array.isArray(keys)) {
    throw invalidPatch(`invalid format for ${RETAIN_KEYS}`);
  }
  for (const name of Object.keys(patch)) {
    if (!name.startsWith('$') && !keys.includes(name) && patch[name] !== null) {
      throw invalidPatch(`the patch contains fields that are not in ${RETAIN_KEYS}: ${goValue(keys)}`);
    }
  }
  for (const name of Object.keys(copy)) {
    if (!keys.includes(name)) {
      delete copy[name];
    }
  }
  return copy;
}

function mergeList(
  field: Field,
  original: readonly unknown[],
  patch: readonly unknown[],
  order: readonly unknown[] | undefined,
): unknown[] {
  const items = field.type.kind === 'list' ? field.type.items : undefined;
  const key = field.patchMergeKey;
  if (key === undefined) {
    const merged = [...original, ...patch.filter((item) => !original.some((other) => equalJson(item, other)))];
    return ordered(merged, original, order ?? patch, (item) => item);
  }
  const idOf = (item: unknown): unknown => {
    if (!isJsonObject(item) || item[key] === undefined) {
      throw invalidPatch(`map: ${goValue(item)} does not contain declared merge key: ${key}`);
    }
    return item[key];
  };
  let merged: unknown[] = [...original];
  const additions: JsonObject[] = [];
  let replaces = false;
  for (const item of patch) {
    if (!isJsonObject(item)) {
      throw invalidPatch(`expected a map in the list ${field.name}, found ${goValue(item)}`);
    }
    if (item[DIRECTIVE] === 'replace') {
      replaces = true;
    } else if (item[DIRECTIVE] === 'delete') {
      const id = idOf(item);
      merged = merged.filter((other) => !(isJsonObject(other) && equalJson(other[key], id)));
    } else {
      additions.push(item);
    }
  }
  if (replaces) {
    return additions.map(withoutDirectives);
  }
  for (const item of additions) {
    const id = idOf(item);
    const at = merged.findIndex((other) => isJsonObject(other) && equalJson(other[key], id));
    if (at >= 0) {
      merged[at] = mergeMap(items, merged[at] as JsonObject, item);
    } else {
      merged.push(withoutDirectives(item));
    }
  }
  return ordered(merged, original, order ?? additions, (item) => (isJsonObject(item) ? item[key] : item));
}

/**
 * Items that the patch names in the patch's order, the others in their own, interleaved as far as the original order tells.
 * An item that is new stands before those that only the server has.
 */
function ordered(
  merged: readonly unknown[],
  original: readonly unknown[],
  order: readonly unknown[],
  idOf: (item: unknown) => unknown,
): unknown[] {
  const place = (list: readonly unknown[], item: unknown): number => {
    const id = idOf(item);
    return list.findIndex((other) => equalJson(idOf(other), id));
  };
  const named = merged.filter((item) => place(order, item) >= 0).toSorted((a, b) => place(order, a) - place(order, b));
  const others = merged.filter((item) => place(order, item) < 0).toSorted((a, b) => place(original, a) - place(original, b));
  const result: unknown[] = [];
  while (named.length > 0 || others.length > 0) {
    if (named.length === 0 || others.length === 0) {
      return [...result, ...named, ...others];
    }
    const left = place(original, others[0]);
    const right = place(original, named[0]);
    result.push(left >= 0 && right >= 0 && left < right ? others.shift() : named.shift());
  }
  return result;
}

/** What a patch adds where nothing was: directives and nulls have nothing to act on. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value
      .filter((item) => !(isJsonObject(item) && (item[DIRECTIVE] === 'delete' || item[DIRECTIVE] === 'replace')))
      .map(withoutDirectives);
  }
  if (!isJsonObject(value)) {
    return cloneJson(value);
  }
  const copy: JsonObject = {};
  for (const name of Object.keys(value)) {
    if (
      name === DIRECTIVE ||
      name === RETAIN_KEYS ||
      name.startsWith(DELETE_PREFIX) ||
      name.startsWith(ORDER_PREFIX) ||
      value[name] === null
    ) {
      continue;
    }
    setOwn(copy, name, withoutDirectives(value[name]));
  }
  return copy;
}

function invalidPatch(message: string): ApiError {
  return new ApiError(400, 'BadRequest', message);
}
