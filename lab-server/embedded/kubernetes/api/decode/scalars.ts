// Single values of the API as Go's JSON decoder takes, refuses and writes them.
import type { ScalarName } from '../../schema/index.ts';
import { canonicalQuantity } from '../../values/index.ts';

/** The body does not fit the kind's types. The message is the decoder's; `asPatched` the one of an object that a patch made so. */
export class DecodeError extends Error {
  readonly asPatched: string;
  constructor(message: string, asPatched = message) {
    super(message);
    this.asPatched = asPatched;
  }
}

/** A value of the wrong type; completed with the field by whoever knows it. `expected` is Go's name of the type. */
export class TypeMismatch extends Error {
  readonly value: string;
  readonly expected: string;
  constructor(value: string, expected: string) {
    super(`json: cannot unmarshal ${value} into Go value of type ${expected}`);
    this.value = value;
    this.expected = expected;
  }
}

/** How Go's decoder names a JSON value. Numbers carry their digits only where a number was expected. */
export function nameOfValue(value: unknown): string {
  if (Array.isArray(value)) {
    return 'array';
  }
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'number':
      return 'number';
    default:
      return 'object';
  }
}

/** Reads a scalar; `goType` is Go's name where it is a named string. Throws TypeMismatch or DecodeError. */
export function readScalar(scalar: ScalarName, value: unknown, goType?: string): unknown {
  switch (scalar) {
    case 'string':
      if (typeof value !== 'string') {
        throw new TypeMismatch(nameOfValue(value), goType ?? 'string');
      }
      return value;
    case 'boolean':
      if (typeof value !== 'boolean') {
        throw new TypeMismatch(nameOfValue(value), 'bool');
      }
      return value;
    case 'int32':
      return readInteger(value, 'int32', 2 ** 31);
    case 'int64':
      return readInteger(value, 'int64', 2 ** 63);
    case 'double':
      if (typeof value !== 'number') {
        throw new TypeMismatch(nameOfValue(value), 'float64');
      }
      return value;
    case 'quantity':
      return readQuantity(value);
    case 'time':
      return readTime(value, 'T15:04:05Z07:00', '');
    case 'microtime':
      return readTime(value, 'T15:04:05.000000Z07:00', '.000000');
    case 'intOrString':
      return typeof value === 'string' ? value : readInteger(value, 'int32', 2 ** 31);
    case 'bytes':
      return readBytes(value);
  }
}

/** What the server writes where a value that is always written was not given. */
export function zeroOf(scalar: ScalarName): unknown {
  switch (scalar) {
    case 'boolean':
      return false;
    case 'int32':
    case 'int64':
    case 'double':
    case 'intOrString':
      return 0;
    case 'quantity':
      return '0';
    case 'time':
    case 'microtime':
      return null;
    case 'string':
    case 'bytes':
      return '';
  }
}

function readInteger(value: unknown, goType: string, limit: number): number {
  if (typeof value !== 'number') {
    throw new TypeMismatch(nameOfValue(value), goType);
  }
  if (!Number.isInteger(value) || value >= limit || value < -limit) {
    throw new TypeMismatch(`number ${value}`, goType);
  }
  // Negative zero would print as 0 and compare as another value.
  return value === 0 ? 0 : value;
}

function readQuantity(value: unknown): string {
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw new DecodeError("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
  }
  try {
    return canonicalQuantity(value);
  } catch (error) {
    throw new DecodeError((error as Error).message);
  }
}

const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(?:Z|([+-])(\d{2}):(\d{2}))$/;

/** Times are kept in UTC, with as many decimals of a second as their type has. */
function readTime(value: unknown, layout: string, decimals: string): string | null {
  if (typeof value !== 'string') {
    throw new TypeMismatch(nameOfValue(value), 'string');
  }
  if (value === '') {
    // What Go's zero time is written as by some clients.
    throw new DecodeError(`parsing time ${JSON.stringify(value)} as ${JSON.stringify(`2006-01-02${layout}`)}: cannot parse "" as "2006"`);
  }
  const parts = RFC3339.exec(value);
  // oxlint-disable-next-line no-restricted-globals -- parses a given time; never asks for the current one
  const at = parts ? Date.parse(value) : Number.NaN;
  if (!parts || Number.isNaN(at)) {
    throw new DecodeError(
      `parsing time ${JSON.stringify(value)} as ${JSON.stringify(`2006-01-02${layout}`)}: ${timeProblem(value, parts !== null)}`,
    );
  }
  const fraction = decimals === '' ? '' : `.${(parts[7] ?? '').padEnd(6, '0').slice(0, 6)}`;
  if (parts[8] === undefined) {
    return `${value.slice(0, 19)}${fraction}Z`;
  }
  // oxlint-disable-next-line no-restricted-globals -- as above
  return `${new Date(at).toISOString().slice(0, 19)}${fraction}Z`;
}

/** The part of the text that Go's time.Parse complains of. */
function timeProblem(text: string, isWellFormed: boolean): string {
  if (isWellFormed) {
    return 'day out of range';
  }
  const expected: [RegExp, string][] = [
    [/^\d{4}/, '2006'],
    [/^-/, '-'],
    [/^\d{2}/, '01'],
    [/^-/, '-'],
    [/^\d{2}/, '02'],
    [/^T/, 'T'],
    [/^\d{2}/, '15'],
    [/^:/, ':'],
    [/^\d{2}/, '04'],
    [/^:/, ':'],
    [/^\d{2}(\.\d+)?/, '05'],
    [/^(Z|[+-]\d{2}:\d{2})/, 'Z07:00'],
  ];
  let rest = text;
  for (const [pattern, layout] of expected) {
    const found = pattern.exec(rest);
    if (!found) {
      return `cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(layout)}`;
    }
    rest = rest.slice(found[0].length);
  }
  return `extra text: ${JSON.stringify(rest)}`;
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

function readBytes(value: unknown): string {
  if (typeof value !== 'string') {
    throw new TypeMismatch(nameOfValue(value), '[]uint8');
  }
  // Go ignores line breaks inside base64.
  const text = value.replaceAll(/[\r\n]/g, '');
  if (!BASE64.test(text) || text.length % 4 !== 0) {
    const bad = /[^A-Za-z0-9+/]/.exec(text.replace(/={1,2}$/, ''));
    throw new DecodeError(`illegal base64 data at input byte ${bad ? bad.index : text.length - (text.length % 4)}`);
  }
  return text;
}
