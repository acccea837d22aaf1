// Event patterns (EventBridge user guide, "Creating event patterns"): what is wrong with one, and whether an event matches.
import { AwsError } from '../../gateway/errors.ts';
import { matchesAddress } from '../../../runtime/network/addresses.ts';
import { matchesWildcard } from '../iam/evaluation/wildcards.ts';

const FILTERS = new Set(['prefix', 'suffix', 'equals-ignore-case', 'wildcard', 'exists', 'numeric', 'cidr', 'anything-but']);
const COMPARISONS = new Set(['<', '<=', '=', '>', '>=']);
/** Parsed patterns, so that a busy bus reads each once. */
const parsed = new Map<string, Record<string, unknown>>();
const MOST_KEPT = 500;

function invalid(reason: string): AwsError {
  return new AwsError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${reason}`);
}

/** Throws InvalidEventPatternException for a text that is no pattern. */
export function checkPattern(text: string): void {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw invalid('Invalid JSON');
  }
  if (!isObject(json)) {
    throw invalid('Filter is not an object');
  }
  checkLevel(json);
}

function checkLevel(level: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(level)) {
    if (key === '$or') {
      if (!Array.isArray(value)) {
        throw invalid("'$or' must be an array");
      }
      value.filter(isObject).forEach(checkLevel);
    } else if (Array.isArray(value)) {
      (value as unknown[]).forEach((filter) => checkFilter(filter));
    } else if (isObject(value)) {
      checkLevel(value);
    } else {
      throw invalid(`'${key}' must be an object or an array`);
    }
  }
}

function checkFilter(filter: unknown): void {
  if (!isObject(filter)) {
    return;
  }
  const [name] = Object.keys(filter);
  if (name === undefined || !FILTERS.has(name)) {
    throw invalid(`Unrecognized match type ${name ?? ''}`);
  }
  if (name === 'numeric') {
    const parts = filter['numeric'] as unknown[];
    const isWhole =
      Array.isArray(parts) &&
      parts.length % 2 === 0 &&
      parts.every((part, index) => (index % 2 === 0 ? COMPARISONS.has(String(part)) : typeof part === 'number'));
    if (!isWhole) {
      throw invalid('Value of numeric must be an array of comparisons and numbers');
    }
  }
}

/** Whether an event matches a pattern that was checked. */
export function matchesPattern(text: string, event: object): boolean {
  let pattern = parsed.get(text);
  if (!pattern) {
    if (parsed.size >= MOST_KEPT) {
      parsed.clear();
    }
    pattern = JSON.parse(text) as Record<string, unknown>;
    parsed.set(text, pattern);
  }
  return matchesLevel(pattern, event as Record<string, unknown>);
}

function matchesLevel(pattern: Record<string, unknown>, value: unknown): boolean {
  return Object.entries(pattern).every(([key, wanted]) => {
    if (key === '$or') {
      return (wanted as Record<string, unknown>[]).some((branch) => matchesLevel(branch, value));
    }
    const found = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
    if (Array.isArray(wanted)) {
      return (wanted as unknown[]).some((filter) => matchesFilter(filter, found));
    }
    // A list of structures matches when one of them does.
    return Array.isArray(found)
      ? found.some((item) => matchesLevel(wanted as Record<string, unknown>, item))
      : matchesLevel(wanted as Record<string, unknown>, found);
  });
}

function matchesFilter(filter: unknown, found: unknown): boolean {
  if (isObject(filter) && 'exists' in filter) {
    // Only leaves exist; a structure is not one.
    return (found !== undefined && !isObject(found)) === filter['exists'];
  }
  const values = Array.isArray(found) ? (found as unknown[]) : found === undefined ? [] : [found];
  if (isObject(filter) && 'anything-but' in filter) {
    return values.some((value) => !isExcluded(filter['anything-but'], value));
  }
  return values.some((value) => (isObject(filter) ? matchesNamed(filter, value) : filter === value));
}

function isExcluded(excluded: unknown, value: unknown): boolean {
  if (isObject(excluded)) {
    return matchesNamed(excluded, value);
  }
  return [excluded].flat().some((one) => one === value);
}

function matchesNamed(filter: Record<string, unknown>, value: unknown): boolean {
  const [[name, wanted] = ['', undefined]] = Object.entries(filter);
  const text = typeof value === 'string' ? value : undefined;
  const any = (test: (wanted: string) => boolean): boolean => text !== undefined && [wanted].flat().some((one) => test(wordOf(one)));
  const isFolded = isObject(wanted);
  switch (name) {
    case 'prefix':
      return any((one) => (isFolded ? text?.toLowerCase().startsWith(one.toLowerCase()) : text?.startsWith(one)) ?? false);
    case 'suffix':
      return any((one) => (isFolded ? text?.toLowerCase().endsWith(one.toLowerCase()) : text?.endsWith(one)) ?? false);
    case 'equals-ignore-case':
      return any((one) => text?.toLowerCase() === one.toLowerCase());
    case 'wildcard':
      return any((one) => matchesWildcard(one.replaceAll('?', String.raw`\?`), text ?? ''));
    case 'cidr':
      return any((one) => matchesAddress(one, text ?? ''));
    case 'numeric':
      return (
        typeof value === 'number' && comparisons(wanted as (string | number)[]).every(([sign, number]) => compare(value, sign, number))
      );
    default:
      return false;
  }
}

/** The text of a filter, or of `{ "equals-ignore-case": "text" }` within one. */
function wordOf(value: unknown): string {
  return isObject(value) ? String(Object.values(value)[0]) : String(value);
}

function comparisons(parts: readonly (string | number)[]): [string, number][] {
  return parts.flatMap((part, index): [string, number][] => (index % 2 === 0 ? [[String(part), Number(parts[index + 1])]] : []));
}

function compare(value: number, sign: string, number: number): boolean {
  switch (sign) {
    case '<':
      return value < number;
    case '<=':
      return value <= number;
    case '>':
      return value > number;
    case '>=':
      return value >= number;
    default:
      return value === number;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
