// x-kubernetes-validations: rules in CEL about a custom resource and what it was before.
import type { FieldError } from '../../resources/kind.ts';
import { duplicate, forbidden, invalid, required } from '../../validation/field-errors.ts';
import { celLanguage, type CelProgram } from '../cel/environment.ts';
import { celErrorText, toCel } from '../cel/values.ts';
import { isJsonObject } from '../decode/json.ts';
import { nameOfValue } from '../decode/scalars.ts';
import type { JsonSchema, ValidationRule } from './json-schema.ts';

const LANGUAGE = celLanguage(['self', 'oldSelf']);
/** By expression: rules of one definition are judged again and again. */
const compiled = new WeakMap<ValidationRule, Map<string, CelProgram | Error>>();

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
  const evaluate = compile(rule, rule.rule);
  if (evaluate instanceof Error) {
    return invalid(path, nameOfValue(self), `rule compile error: ${celErrorText(evaluate)}`);
  }
  const values = { self: toCel(self), ...(oldSelf !== undefined && { oldSelf: toCel(oldSelf) }) };
  try {
    return evaluate(values) === true ? undefined : failed(rule, values, self, path);
  } catch (error) {
    return invalid(path, nameOfValue(self), `${celErrorText(error)} evaluating rule: ${rule.message ?? rule.rule}`);
  }
}

function failed(rule: ValidationRule, values: Readonly<Record<string, unknown>>, self: unknown, path: string): FieldError {
  const text = messageOf(rule, values);
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

/** What the rule says of a value that breaks it; an expression for it that fails is passed over. */
function messageOf(rule: ValidationRule, values: Readonly<Record<string, unknown>>): string {
  const plain = rule.message ?? `failed rule: ${rule.rule}`;
  const evaluate = rule.messageExpression ? compile(rule, rule.messageExpression) : undefined;
  if (!evaluate || evaluate instanceof Error) {
    return plain;
  }
  try {
    const text = evaluate(values);
    return typeof text === 'string' && text.trim() !== '' && !text.includes('\n') ? text : plain;
  } catch {
    return plain;
  }
}

function compile(rule: ValidationRule, expression: string): CelProgram | Error {
  const programs = compiled.get(rule) ?? new Map<string, CelProgram | Error>();
  compiled.set(rule, programs);
  let program = programs.get(expression);
  if (!program) {
    try {
      program = LANGUAGE.compile(expression);
    } catch (error) {
      program = error instanceof Error ? error : new Error(String(error));
    }
    programs.set(expression, program);
  }
  return program;
}
