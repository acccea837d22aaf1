// Validates custom resources by their schema, in the words of kube-openapi's validator.
import type { FieldError } from '../../resources/kind.ts';
import { duplicate, invalid, notSupported, required, tooLong, tooMany } from '../../validation/field-errors.ts';
import { equalJson, isJsonObject } from '../decode/json.ts';
import { nameOfValue } from '../decode/scalars.ts';
import type { JsonSchema } from './json-schema.ts';
import { hasFormat } from './formats.ts';

/** `path` is empty at the root. Metadata is checked elsewhere. */
export function validateBySchema(value: unknown, schema: JsonSchema, path = ''): FieldError[] {
  if (value === null && schema.nullable) {
    return [];
  }
  const wrong = wrongType(value, schema, path);
  if (wrong) {
    return [wrong];
  }
  return [...ofAnyValue(value, schema, path), ...ofKind(value, schema, path), ...ofCombinations(value, schema, path)];
}

function typeName(value: unknown): string {
  if (value === null) {
    return 'null';
  }
  if (typeof value === 'number') {
    return Number.isInteger(value) ? 'integer' : 'number';
  }
  return typeof value === 'boolean' ? 'boolean' : nameOfValue(value);
}

function inBody(path: string): string {
  return path === '' ? 'body' : `${path} in body`;
}

function wrongType(value: unknown, schema: JsonSchema, path: string): FieldError | undefined {
  const actual = typeName(value);
  if (schema['x-kubernetes-int-or-string']) {
    return actual === 'integer' || actual === 'string'
      ? undefined
      : invalid(path, actual, `${inBody(path)} must be of type integer,string: ${JSON.stringify(actual)}`);
  }
  if (schema.type === undefined || schema.type === actual || (schema.type === 'number' && actual === 'integer')) {
    return undefined;
  }
  return invalid(path, actual, `${inBody(path)} must be of type ${schema.type}: ${JSON.stringify(actual)}`);
}

function ofAnyValue(value: unknown, schema: JsonSchema, path: string): FieldError[] {
  if (schema.enum && !schema.enum.some((allowed) => equalJson(allowed, value))) {
    return [
      notSupported(
        path,
        value,
        schema.enum.map((allowed) => (typeof allowed === 'string' ? allowed : JSON.stringify(allowed))),
      ),
    ];
  }
  return [];
}

function ofKind(value: unknown, schema: JsonSchema, path: string): FieldError[] {
  if (typeof value === 'string') {
    return ofString(value, schema, path);
  }
  if (typeof value === 'number') {
    return ofNumber(value, schema, path);
  }
  if (Array.isArray(value)) {
    return ofArray(value, schema, path);
  }
  return isJsonObject(value) ? ofObject(value, schema, path) : [];
}

function ofString(value: string, schema: JsonSchema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const length = Array.from(value).length;
  if (schema.maxLength !== undefined && length > schema.maxLength) {
    errors.push(tooLong(path, schema.maxLength));
  }
  if (schema.minLength !== undefined && length < schema.minLength) {
    errors.push(invalid(path, value, `${inBody(path)} should be at least ${schema.minLength} chars long`));
  }
  if (schema.pattern !== undefined && !matches(schema.pattern, value)) {
    errors.push(invalid(path, value, `${inBody(path)} should match '${schema.pattern}'`));
  }
  if (schema.format !== undefined && !hasFormat(schema.format, value)) {
    errors.push(invalid(path, value, `${inBody(path)} must be of type ${schema.format}: ${JSON.stringify(value)}`));
  }
  return errors;
}

function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(value);
  } catch {
    try {
      // Go's expressions allow escapes that the u flag refuses.
      return new RegExp(pattern).test(value);
    } catch {
      return true;
    }
  }
}

function ofNumber(value: number, schema: JsonSchema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { minimum, maximum, multipleOf } = schema;
  if (maximum !== undefined && (schema.exclusiveMaximum ? value >= maximum : value > maximum)) {
    errors.push(invalid(path, value, `${inBody(path)} should be less than ${schema.exclusiveMaximum ? '' : 'or equal to '}${maximum}`));
  }
  if (minimum !== undefined && (schema.exclusiveMinimum ? value <= minimum : value < minimum)) {
    errors.push(invalid(path, value, `${inBody(path)} should be greater than ${schema.exclusiveMinimum ? '' : 'or equal to '}${minimum}`));
  }
  if (multipleOf !== undefined && multipleOf > 0 && !Number.isInteger(value / multipleOf)) {
    errors.push(invalid(path, value, `${inBody(path)} should be a multiple of ${multipleOf}`));
  }
  return errors;
}

function ofArray(value: unknown[], schema: JsonSchema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (schema.maxItems !== undefined && value.length > schema.maxItems) {
    errors.push(tooMany(path, value.length, schema.maxItems));
  }
  if (schema.minItems !== undefined && value.length < schema.minItems) {
    errors.push(invalid(path, value.length, `${inBody(path)} should have at least ${schema.minItems} items`));
  }
  if (schema.uniqueItems && value.some((item, index) => value.slice(0, index).some((other) => equalJson(item, other)))) {
    errors.push(invalid(path, value, `${inBody(path)} shouldn't contain duplicates`));
  }
  errors.push(...duplicates(value, schema, path));
  if (schema.items) {
    const { items } = schema;
    value.forEach((item, index) => errors.push(...validateBySchema(item, items, `${path}[${index}]`)));
  }
  return errors;
}

function duplicates(value: readonly unknown[], schema: JsonSchema, path: string): FieldError[] {
  const listType = schema['x-kubernetes-list-type'];
  if (listType !== 'set' && listType !== 'map') {
    return [];
  }
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const idOf = (item: unknown): unknown =>
    listType === 'set' ? item : Object.fromEntries(keys.map((key) => [key, isJsonObject(item) ? item[key] : undefined]));
  return value.flatMap((item, index) => {
    const id = idOf(item);
    return value.slice(0, index).some((other) => equalJson(idOf(other), id)) ? [duplicate(`${path}[${index}]`, id)] : [];
  });
}

function ofObject(value: Record<string, unknown>, schema: JsonSchema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const below = (name: string): string => (path === '' ? name : `${path}.${name}`);
  const count = Object.keys(value).length;
  if (schema.maxProperties !== undefined && count > schema.maxProperties) {
    errors.push(tooMany(path, count, schema.maxProperties));
  }
  if (schema.minProperties !== undefined && count < schema.minProperties) {
    errors.push(invalid(path, count, `${inBody(path)} should have at least ${schema.minProperties} properties`));
  }
  for (const name of schema.required ?? []) {
    if (!Object.hasOwn(value, name)) {
      errors.push(required(below(name)));
    }
  }
  for (const name of Object.keys(value)) {
    if (path === '' && (name === 'apiVersion' || name === 'kind' || name === 'metadata')) {
      continue;
    }
    const property = schema.properties && Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
    if (property) {
      errors.push(...validateBySchema(value[name], property, below(name)));
    } else if (typeof schema.additionalProperties === 'object') {
      errors.push(...validateBySchema(value[name], schema.additionalProperties, below(name)));
    }
  }
  return errors;
}

function ofCombinations(value: unknown, schema: JsonSchema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const isValid = (part: JsonSchema): boolean => validateBySchema(value, part, path).length === 0;
  const subject = path === '' ? '""' : JSON.stringify(path);
  const fail = (text: string): void => void errors.push(invalid(path, null, `${subject} ${text}`));
  for (const part of schema.allOf ?? []) {
    errors.push(...validateBySchema(value, part, path));
  }
  if (schema.anyOf && !schema.anyOf.some(isValid)) {
    fail('must validate at least one schema (anyOf)');
  }
  if (schema.oneOf) {
    const valid = schema.oneOf.filter(isValid).length;
    if (valid !== 1) {
      fail(`must validate one and only one schema (oneOf). ${valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`}`);
    }
  }
  if (schema.not && isValid(schema.not)) {
    fail('must not validate the schema (not)');
  }
  return errors;
}
