// Merges an applied configuration into an object, and takes out of it what the configuration no longer names (structured-merge-diff's Merge and prune).
import type { ListType, SchemaType } from '../../schema/index.ts';
import { cloneJson, isJsonObject, type JsonObject, setOwn } from '../decode/json.ts';
import { elementOf, itemsByElement } from './elements.ts';
import { type FieldTree, isMember } from './field-tree.ts';

const ANY: SchemaType = { kind: 'any' };

/** `live` with everything that `applied` names. Neither is changed. */
export function mergeApplied(type: SchemaType, live: unknown, applied: unknown): unknown {
  if (live === undefined || live === null || applied === null) {
    return cloneJson(applied);
  }
  if (type.kind === 'list' && type.rule && Array.isArray(live) && Array.isArray(applied)) {
    return mergeLists(type, live, applied);
  }
  if ((type.kind === 'struct' || type.kind === 'map') && !type.atomic && isJsonObject(live) && isJsonObject(applied)) {
    const merged: JsonObject = {};
    for (const name of Object.keys(live)) {
      const given = applied[name];
      setOwn(merged, name, given === undefined ? cloneJson(live[name]) : mergeApplied(below(type, name), live[name], given));
    }
    for (const name of Object.keys(applied)) {
      if (live[name] === undefined && applied[name] !== undefined) {
        setOwn(merged, name, cloneJson(applied[name]));
      }
    }
    return merged;
  }
  return cloneJson(applied);
}

/** Items in the applied order; those that only the live list has stay where they are among their neighbours. */
function mergeLists(type: ListType, live: readonly unknown[], applied: readonly unknown[]): unknown[] {
  const left = itemsByElement(type, live);
  const right = itemsByElement(type, applied);
  const merged: unknown[] = [];
  const liveOrder = [...left.keys()];
  let next = 0;
  const takeOwn = (until: string | undefined): void => {
    for (; next < liveOrder.length && liveOrder[next] !== until; next += 1) {
      const element = liveOrder[next] as string;
      if (!right.has(element)) {
        merged.push(cloneJson(left.get(element)));
      }
    }
  };
  for (const [element, item] of right) {
    if (left.has(element)) {
      if (liveOrder.indexOf(element) >= next) {
        takeOwn(element);
        next += 1;
      }
      merged.push(mergeApplied(type.items, left.get(element), item));
    } else {
      merged.push(cloneJson(item));
    }
  }
  takeOwn(undefined);
  return merged;
}

/**
 * `object` without the fields that `last`, the manager's previous configuration, named and nobody owns any more.
 * `owned` holds the fields of every manager, the new configuration's included.
 */
export function prune(type: SchemaType, object: unknown, last: FieldTree, owned: FieldTree | undefined): unknown {
  if (type.kind === 'list' && type.rule && Array.isArray(object)) {
    const kept: unknown[] = [];
    for (const item of object) {
      const element = elementOf(type, item);
      const before = last[element];
      const owners = owned?.[element];
      if (!before) {
        kept.push(item);
      } else if (owners) {
        kept.push(prune(type.items, item, before, owners));
      } else if (!isMember(before)) {
        kept.push(prune(type.items, item, before, undefined));
      }
    }
    return kept;
  }
  if ((type.kind === 'struct' || type.kind === 'map') && !type.atomic && isJsonObject(object)) {
    const kept: JsonObject = {};
    for (const name of Object.keys(object)) {
      const before = last[`f:${name}`];
      const owners = owned?.[`f:${name}`];
      const value = object[name];
      if (!before) {
        setOwn(kept, name, value);
      } else if (owners) {
        setOwn(kept, name, prune(below(type, name), value, before, owners));
      } else if (!isMember(before)) {
        const left = prune(below(type, name), value, before, undefined);
        if (!isEmpty(left)) {
          setOwn(kept, name, left);
        }
      }
    }
    return kept;
  }
  return object;
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) ? value.length === 0 : isJsonObject(value) && Object.keys(value).length === 0;
}

function below(type: SchemaType, name: string): SchemaType {
  return type.kind === 'struct' ? (type.fields.get(name)?.type ?? ANY) : type.kind === 'map' ? type.values : ANY;
}
