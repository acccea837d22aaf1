// Makes the errors of single fields, worded as k8s.io/apimachinery/pkg/util/validation/field words them.
import type { FieldError } from '../resources/kind.ts';

/** The value as the server shows it: text in quotes, numbers bare, anything else as JSON. */
function shown(value: unknown): string {
  if (value === undefined || value === null) {
    return 'null';
  }
  const json = JSON.stringify(value, sortedMap);
  return typeof value === 'string' ? json : json.replaceAll('<', '\\u003c').replaceAll('>', '\\u003e').replaceAll('&', '\\u0026');
}

/** Go writes maps in the order of their keys. What holds nothing but text is one. */
function sortedMap(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return value;
  }
  const entries = Object.entries(value);
  return entries.every(([, field]) => typeof field === 'string')
    ? Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : value;
}

function withDetail(text: string, detail: string): string {
  return detail === '' ? text : `${text}: ${detail}`;
}

export function invalid(field: string, value: unknown, detail: string): FieldError {
  return { type: 'FieldValueInvalid', field, message: withDetail(`Invalid value: ${shown(value)}`, detail) };
}

export function required(field: string, detail = ''): FieldError {
  return { type: 'FieldValueRequired', field, message: withDetail('Required value', detail) };
}

export function duplicate(field: string, value: unknown): FieldError {
  return { type: 'FieldValueDuplicate', field, message: `Duplicate value: ${shown(value)}` };
}

export function forbidden(field: string, detail = ''): FieldError {
  return { type: 'FieldValueForbidden', field, message: withDetail('Forbidden', detail) };
}

export function notFound(field: string, value: unknown): FieldError {
  return { type: 'FieldValueNotFound', field, message: `Not found: ${shown(value)}` };
}

export function notSupported(field: string, value: unknown, supported: readonly string[]): FieldError {
  const list = supported.map((one) => JSON.stringify(one)).join(', ');
  const detail = supported.length === 0 ? '' : `supported values: ${list}`;
  return { type: 'FieldValueNotSupported', field, message: withDetail(`Unsupported value: ${shown(value)}`, detail) };
}

export function tooLong(field: string, limit: number): FieldError {
  return { type: 'FieldValueTooLong', field, message: `Too long: may not be more than ${limit} byte${limit === 1 ? '' : 's'}` };
}

export function tooMany(field: string, actual: number, limit: number): FieldError {
  return {
    type: 'FieldValueTooMany',
    field,
    message: `Too many: ${actual}: must have at most ${limit} item${limit === 1 ? '' : 's'}`,
  };
}

/** One error for each thing a rule of `values/names.ts` found wrong. */
export function invalidFor(field: string, value: unknown, problems: readonly string[]): FieldError[] {
  return problems.map((problem) => invalid(field, value, problem));
}
