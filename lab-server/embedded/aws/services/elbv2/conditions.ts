// Conditions of rules: what may be written (user guide, "Condition types for listener rules") and whether a request meets them.
import { matchesAddress } from '../../../runtime/network/addresses.ts';
import { validationError } from './errors.ts';
import type { Condition } from './state.ts';

const LONGEST = 128;
const LONGEST_NAME = 40;
const FIELDS = ['host-header', 'path-pattern', 'http-header', 'http-request-method', 'query-string', 'source-ip'] as const;
const CONFIGS: Readonly<Record<string, keyof Condition>> = {
  'http-header': 'HttpHeaderConfig',
  'http-request-method': 'HttpRequestMethodConfig',
  'query-string': 'QueryStringConfig',
  'source-ip': 'SourceIpConfig',
};

/** Throws ValidationError for conditions that AWS would not take. */
export function checkConditions(conditions: readonly Condition[]): void {
  for (const condition of conditions) {
    checkCondition(condition);
  }
}

function checkCondition(condition: Condition): void {
  const field = condition.Field ?? '';
  if (!(FIELDS as readonly string[]).includes(field)) {
    throw validationError(`Condition field '${field}' must be one of '[${FIELDS.join(', ')}]`);
  }
  const config = CONFIGS[field];
  if (config !== undefined && condition[config] === undefined) {
    throw validationError(`A '${config}' must be specified with '${field}'`);
  }
  switch (field) {
    case 'host-header':
    case 'path-pattern': {
      const own = field === 'host-header' ? condition.HostHeaderConfig : condition.PathPatternConfig;
      const values = own?.Values ?? condition.Values ?? [];
      if (values.length === 0 && !own?.RegexValues?.length && !condition.RegexValues?.length) {
        throw validationError('A condition value must be specified');
      }
      if (own === undefined && values.length > 1) {
        throw validationError(`The '${field}' field contains too many values; the limit is '1'`);
      }
      checkLengths(values, field);
      return;
    }
    case 'http-header':
      checkLength(condition.HttpHeaderConfig?.HttpHeaderName ?? '', 'HttpHeaderName', LONGEST_NAME);
      checkLengths(condition.HttpHeaderConfig?.Values ?? [], field);
      return;
    case 'http-request-method':
      for (const value of condition.HttpRequestMethodConfig?.Values ?? []) {
        checkLength(value, field, LONGEST_NAME);
        if (!/^[A-Z_-]+$/.test(value)) {
          throw validationError(`The '${field}' value is invalid; the allowed characters are A-Z, hyphen and underscore`);
        }
      }
      return;
    case 'query-string':
      for (const { Key = '', Value } of condition.QueryStringConfig?.Values ?? []) {
        checkLength(Key, 'Key', LONGEST);
        if (Value === undefined) {
          throw validationError("A 'Value' must be specified in 'QueryStringKeyValuePair'");
        }
        checkLength(Value, 'Value', LONGEST);
      }
      return;
    default:
      if (!condition.SourceIpConfig?.Values?.length) {
        throw validationError(`A '${field}' value must be specified`);
      }
  }
}

function checkLengths(values: readonly string[], name: string): void {
  for (const value of values) {
    checkLength(value, name, LONGEST);
  }
}

function checkLength(value: string, name: string, limit: number): void {
  if (value.length > limit) {
    throw validationError(`The '${name}' value is too long; the limit is '${limit}'`);
  }
}

/** Of a request, what conditions look at. */
export interface Seen {
  method: string;
  host: string;
  path: string;
  query: URLSearchParams;
  header(name: string): string | undefined;
  sourceAddress: string;
}

/** Whether a request meets every condition. */
export function meets(conditions: readonly Condition[] | undefined, request: Seen): boolean {
  return (conditions ?? []).every((condition) => meetsOne(condition, request));
}

function meetsOne(condition: Condition, request: Seen): boolean {
  switch (condition.Field) {
    case 'host-header':
      return anyPattern(condition.HostHeaderConfig?.Values ?? condition.Values, request.host.replace(/:\d+$/, ''), true);
    case 'path-pattern':
      return anyPattern(condition.PathPatternConfig?.Values ?? condition.Values, request.path, false);
    case 'http-header': {
      const value = request.header((condition.HttpHeaderConfig?.HttpHeaderName ?? '').toLowerCase());
      return value !== undefined && anyPattern(condition.HttpHeaderConfig?.Values, value, true);
    }
    case 'http-request-method':
      return condition.HttpRequestMethodConfig?.Values?.includes(request.method) ?? false;
    case 'query-string':
      return (condition.QueryStringConfig?.Values ?? []).some(({ Key, Value = '' }) =>
        [...request.query].some(([key, value]) => (!Key || matches(Key, key, true)) && matches(Value, value, true)),
      );
    case 'source-ip':
      return (condition.SourceIpConfig?.Values ?? []).some((block) => matchesAddress(block, request.sourceAddress));
    default:
      return false;
  }
}

function anyPattern(patterns: readonly string[] | undefined, value: string, ignoreCase: boolean): boolean {
  return (patterns ?? []).some((pattern) => matches(pattern, value, ignoreCase));
}

/** `*` stands for any text, `?` for one character. Walks both texts once, going back to the last star only. */
export function matches(pattern: string, value: string, ignoreCase: boolean): boolean {
  const wanted = ignoreCase ? pattern.toLowerCase() : pattern;
  const text = ignoreCase ? value.toLowerCase() : value;
  let at = 0;
  let from = 0;
  let star = -1;
  let mark = 0;
  while (from < text.length) {
    if (at < wanted.length && wanted[at] === '*') {
      star = at;
      mark = from;
      at += 1;
    } else if (at < wanted.length && (wanted[at] === '?' || wanted[at] === text[from])) {
      at += 1;
      from += 1;
    } else if (star >= 0) {
      at = star + 1;
      mark += 1;
      from = mark;
    } else {
      return false;
    }
  }
  while (wanted[at] === '*') {
    at += 1;
  }
  return at === wanted.length;
}
