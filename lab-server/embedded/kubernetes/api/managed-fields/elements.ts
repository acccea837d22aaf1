// How the items of a list are named in field sets, by the list's kind.
import type { ListType } from '../../schema/index.ts';
import { isJsonObject } from '../decode/json.ts';

/** `k:{"containerPort":80,"protocol":"TCP"}` or `v:"value"`. */
export function elementOf(type: ListType, item: unknown): string {
  if (type.rule?.list === 'set') {
    return `v:${JSON.stringify(item)}`;
  }
  const keys = type.rule?.keys ?? [];
  const values: Record<string, unknown> = {};
  for (const key of keys.length > 1 ? keys.toSorted() : keys) {
    const given = isJsonObject(item) ? item[key] : undefined;
    values[key] = given ?? type.keyDefaults?.[key] ?? null;
  }
  return `k:${JSON.stringify(values)}`;
}

/** Items by their element, in order. Of items with the same element the last one counts. */
export function itemsByElement(type: ListType, items: readonly unknown[]): Map<string, unknown> {
  const named = new Map<string, unknown>();
  for (const item of items) {
    named.set(elementOf(type, item), item);
  }
  return named;
}
