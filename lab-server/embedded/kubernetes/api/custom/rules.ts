// x-kubernetes-validations: rules in CEL about a custom resource and what it was before.
import { Environment } from '@marcbachmann/cel-js';
import type { FieldError } from '../../resources/kind.ts';
import { duplicate, forbidden, invalid, required } from '../../validation/field-errors.ts';
import { isJsonObject } from '../decode/json.ts';
import { nameOfValue } from '../decode/scalars.ts';
import type { JsonSchema, ValidationRule } from './json-schema.ts';

type Evaluate = (context: { self: unknown; oldSelf?: unknown }) => unknown;

const environment = new Environment().registerVariable('self', 'dyn').registerVariable('oldSelf', 'dyn');
const compiled = new WeakMap<ValidationRule, Evaluate | Error>();

/** What the rules of the schema find wrong, from the outside in. */
export function validateRules(value: unknown, old: unknown, schema: JsonSchema, path = ''): FieldError[] {
  const errors: FieldError[] = [];
  for (const rule of schema['x-kubernetes-validations'] ?? []) {
    // A rule about the change says nothing of a new object.
    if (old === undefined && !rule.optionalOldSelf && /\boldSelf\b/.test(rule.rule)) {
      continue;
    }
    const error = judge(rule, value, old, path);
    if (error) {
      errors.push(error);
    }
  }
  if (isJsonObject(value)) {
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      if (value[name] !== undefined) {
        const before = isJsonObject(old) ? old[name] : undefined;
        errors.push(...validateRules(value[name], before, property, path === '' ? name : `${path}.${name}`));
      }
    }
    if (typeof schema.additionalProperties === 'object') {
      for (const name of Object.keys(value)) {
        errors.push(
          ...validateRules(value[name], isJsonObject(old) ? old[name] : undefined, schema.additionalProperties, `${path}[${name}]`),
        );
      }
    }
  } else if (Array.isArray(value) && schema.items) {
    const { items } = schema;
    value.forEach((item, index) => errors.push(...validateRules(item, undefined, items, `${path}[${index}]`)));
  }
  return errors;
}

function judge(rule: ValidationRule, self: unknown, oldSelf: unknown, path: string): FieldError | undefined {
  const evaluate = compile(rule);
  if (evaluate instanceof Error) {
    return invalid(path, nameOfValue(self), `rule compile error: ${evaluate.message}`);
  }
  let holds: unknown;
  try {
    holds = evaluate({ self: forRules(self), ...(oldSelf !== undefined && { oldSelf: forRules(oldSelf) }) });
  } catch (error) {
    return invalid(path, nameOfValue(self), `${(error as Error).message} evaluating rule: ${rule.message ?? rule.rule}`);
  }
  return holds === true ? undefined : failed(rule, self, path);
}

function failed(rule: ValidationRule, self: unknown, path: string): FieldError {
  const text = rule.message ?? `failed rule: ${rule.rule}`;
  const where = rule.fieldPath ? `${path}${rule.fieldPath}`.replace(/^\./, '') : path;
  switch (rule.reason) {
    case 'FieldValueRequired':
      return required(where, text);
    case 'FieldValueForbidden':
      return forbidden(where, text);
    case 'FieldValueDuplicate':
      return duplicate(where, self);
    default:
      return invalid(where, isJsonObject(self) || Array.isArray(self) ? nameOfValue(self) : self, text);
  }
}

function compile(rule: ValidationRule): Evaluate | Error {
  let evaluate = compiled.get(rule);
  if (!evaluate) {
    try {
      const program = environment.parse(rule.rule);
      evaluate = (context) => program(context) as unknown;
    } catch (error) {
      evaluate = error instanceof Error ? error : new Error(String(error));
    }
    compiled.set(rule, evaluate);
  }
  return evaluate;
}

/** JSON as CEL has it: whole numbers are integers. */
function forRules(value: unknown): unknown {
  if (typeof value === 'number') {
    return Number.isInteger(value) ? BigInt(value) : value;
  }
  if (Array.isArray(value)) {
    return value.map(forRules);
  }
  return isJsonObject(value) ? Object.fromEntries(Object.entries(value).map(([name, below]) => [name, forRules(below)])) : value;
}
