// Label selectors: the structured form of specs, and the text form of query strings (`app=web,tier in (a,b),!legacy`).
import type { LabelSelector } from '../types.ts';

export type Labels = Readonly<Record<string, string>>;

/** A structured selector against labels. None selects nothing; an empty one selects everything (metav1.LabelSelectorAsSelector). */
export function matchesSelector(selector: LabelSelector | null | undefined, labels: Labels | null | undefined): boolean {
  if (!selector) {
    return false;
  }
  const present = labels ?? {};
  for (const key in selector.matchLabels) {
    if (!Object.hasOwn(present, key) || present[key] !== selector.matchLabels[key]) {
      return false;
    }
  }
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    const value = Object.hasOwn(present, key) ? present[key] : undefined;
    const listed = value !== undefined && values?.includes(value) === true;
    if (operator === 'In' && !listed) {
      return false;
    }
    if (operator === 'NotIn' && listed) {
      return false;
    }
    if (operator === 'Exists' && value === undefined) {
      return false;
    }
    if (operator === 'DoesNotExist' && value !== undefined) {
      return false;
    }
  }
  return true;
}

/** A plain map (Service, ReplicationController) against labels. None or an empty one selects nothing. */
export function matchesLabels(wanted: Labels | null | undefined, labels: Labels | null | undefined): boolean {
  if (!wanted) {
    return false;
  }
  let any = false;
  for (const key in wanted) {
    any = true;
    if (!labels || !Object.hasOwn(labels, key) || labels[key] !== wanted[key]) {
      return false;
    }
  }
  return any;
}

export function isEmptySelector(selector: LabelSelector | null | undefined): boolean {
  return Object.keys(selector?.matchLabels ?? {}).length === 0 && (selector?.matchExpressions ?? []).length === 0;
}

/** As kubectl and the tables print it: sorted by key, `app=web,tier in (a,b)`; `<none>` where empty (metav1.FormatLabelSelector). */
export function formatSelector(selector: LabelSelector | null | undefined): string {
  if (!selector) {
    return '<none>';
  }
  const text = selectorText(selector);
  return text === '' ? '<none>' : text;
}

/** As a selector in a query string or in scale's status: empty where it selects everything. */
export function selectorText(selector: LabelSelector): string {
  const parts: { key: string; text: string }[] = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => ({
    key,
    text: `${key}=${value}`,
  }));
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    const list = values?.toSorted().join(',') ?? '';
    if (operator === 'In') {
      parts.push({ key, text: `${key} in (${list})` });
    } else if (operator === 'NotIn') {
      parts.push({ key, text: `${key} notin (${list})` });
    } else if (operator === 'Exists') {
      parts.push({ key, text: key });
    } else if (operator === 'DoesNotExist') {
      parts.push({ key, text: `!${key}` });
    }
  }
  return parts
    .toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map((part) => part.text)
    .join(',');
}

/** A plain map as the tables print it: sorted, `<none>` where empty (labels.FormatLabels). */
export function formatLabels(labels: Labels | null | undefined): string {
  const pairs = Object.entries(labels ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return pairs.length === 0 ? '<none>' : pairs.map(([key, value]) => `${key}=${value}`).join(',');
}
