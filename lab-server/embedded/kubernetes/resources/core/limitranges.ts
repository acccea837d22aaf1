// limitranges: the least, the most and the usual of what containers ask for in a namespace.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { duplicate, forbidden, invalid, invalidFor, required } from '../../validation/field-errors.ts';
import { qualifiedName } from '../../values/names.ts';
import { type Quantity, compareQuantities, formatQuantity, quantityOf, tryParseQuantity } from '../../values/quantity.ts';
import { checkedKind } from '../checked-kind.ts';
import { plainColumns } from '../columns.ts';
import type { FieldError } from '../kind.ts';
import { canonicalizeQuantities } from '../pod-defaults.ts';

export type LimitRange = Stored<models.V1LimitRange>;
type Item = NonNullable<LimitRange['spec']>['limits'][number];
const lists = ['default', 'defaultRequest', 'max', 'maxLimitRequestRatio', 'min'] as const;

export const limitranges = checkedKind<LimitRange>(
  {
    group: '',
    version: 'v1',
    kind: 'LimitRange',
    plural: 'limitranges',
    singular: 'limitrange',
    shortNames: ['limits'],
    namespaced: true,
    model: 'V1LimitRange',
    hasGeneration: false,
    createsOnUpdate: true,
    columns: plainColumns(),
    setDefaults(range) {
      for (const item of range.spec?.limits ?? []) {
        if (item.type === 'Container') {
          setContainerDefaults(item);
        }
        lists.forEach((list) => canonicalizeQuantities(amounts(item, list)));
      }
    },
  },
  { validate: ({ spec }) => validateItems(spec?.limits ?? []) },
);

/** The client's model names the field `_default`, as `default` is a word of the language; on the wire it is `default`. */
function amounts(item: Item, list: (typeof lists)[number]): Record<string, string> | undefined {
  return (item as unknown as Record<string, Record<string, string> | undefined>)[list];
}

/** The limit defaults to the most, the request to the limit or to the least. */
function setContainerDefaults(item: Item): void {
  const limit = { ...item.max, ...amounts(item, 'default') };
  const request = { ...item.min, ...limit, ...item.defaultRequest };
  if (Object.keys(limit).length > 0) {
    Object.assign(item, { default: limit });
  }
  if (Object.keys(request).length > 0) {
    item.defaultRequest = request;
  }
}

function validateItems(items: readonly Item[]): FieldError[] {
  const types = new Set<string>();
  return items.flatMap((item, index) => {
    const path = `spec.limits[${index}]`;
    const type = item.type ?? '';
    const errors = invalidFor(`${path}.type`, type, qualifiedName(type));
    if (errors.length === 0 && !type.includes('/') && !['Pod', 'Container', 'PersistentVolumeClaim'].includes(type)) {
      errors.push(invalid(`${path}.type`, type, 'must be a standard limit type or fully qualified'));
    }
    if (types.has(type)) {
      errors.push(duplicate(`${path}.type`, type));
    }
    types.add(type);
    if (type === 'Pod') {
      for (const list of ['default', 'defaultRequest'] as const) {
        if (Object.keys(amounts(item, list) ?? {}).length > 0) {
          errors.push(forbidden(`${path}.${list}`, "may not be specified when `type` is 'Pod'"));
        }
      }
    }
    if (type === 'PersistentVolumeClaim' && !item.min?.['storage'] && !item.max?.['storage']) {
      errors.push(required(`${path}.limits`, 'either minimum or maximum storage value is required, but neither was provided'));
    }
    return [...errors, ...validateAmounts(item, path)];
  });
}

function validateAmounts(item: Item, path: string): FieldError[] {
  const names = new Set(lists.flatMap((list) => Object.keys(amounts(item, list) ?? {})));
  return [...names].flatMap((name) => {
    const errors: FieldError[] = [];
    const of = (list: (typeof lists)[number]) => tryParseQuantity(amounts(item, list)?.[name]);
    const [least, most, limit, request, ratio] = [of('min'), of('max'), of('default'), of('defaultRequest'), of('maxLimitRequestRatio')];
    const atMost = (
      low: Quantity | undefined,
      high: Quantity | undefined,
      list: string,
      shown: Quantity | undefined,
      words: [string, string],
    ) => {
      if (low && high && shown && compareQuantities(low, high) > 0) {
        const detail = `${words[0]} value ${formatQuantity(low)} is greater than ${words[1]} value ${formatQuantity(high)}`;
        errors.push(invalid(`${path}.${list}[${name}]`, formatQuantity(shown), detail));
      }
    };
    atMost(least, most, 'min', least, ['min', 'max']);
    atMost(least, request, 'defaultRequest', request, ['min', 'default request']);
    atMost(request, most, 'defaultRequest', request, ['default request', 'max']);
    atMost(request, limit, 'defaultRequest', request, ['default request', 'default limit']);
    atMost(least, limit, 'default', least, ['min', 'default']);
    atMost(limit, most, 'default', most, ['default', 'max']);
    if (ratio && compareQuantities(ratio, quantityOf(1)) < 0) {
      errors.push(invalid(`${path}.maxLimitRequestRatio[${name}]`, formatQuantity(ratio), `ratio ${formatQuantity(ratio)} is less than 1`));
    }
    return errors;
  });
}
