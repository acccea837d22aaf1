// Whether a configuration to apply fits its type, in the words of structured-merge-diff.
import type { ListType, SchemaType } from '../../schema/index.ts';
import { isJsonObject } from '../decode/json.ts';
import { elementOf } from './elements.ts';
import { pathText } from './field-tree.ts';

/** `.spec.replica: field not declared in schema` for each problem. */
export function typedProblems(type: SchemaType, config: unknown): string[] {
  return problems(type, config, []);
}

function problems(type: SchemaType, value: unknown, path: readonly string[]): string[] {
  if (value === null || value === undefined) {
    return [];
  }
  const say = (text: string): string[] => [`${pathText(path)}: ${text}`];
  switch (type.kind) {
    case 'any':
      return [];
    case 'scalar':
      return scalarProblem(type.scalar, value).flatMap(say);
    case 'struct':
      if (!isJsonObject(value)) {
        return say(`expected map, got ${shown(value)}`);
      }
      return Object.keys(value).flatMap((name) => {
        const field = type.fields.get(name);
        const below = [...path, `f:${name}`];
        if (field) {
          return problems(field.type, value[name], below);
        }
        return type.preserveUnknown ? [] : [`${pathText(below)}: field not declared in schema`];
      });
    case 'map':
      if (!isJsonObject(value)) {
        return say(`expected map, got ${shown(value)}`);
      }
      return Object.keys(value).flatMap((name) => problems(type.values, value[name], [...path, `f:${name}`]));
    case 'list':
      return Array.isArray(value) ? listProblems(type, value, path) : say(`expected list, got ${shown(value)}`);
  }
}

function listProblems(type: ListType, value: readonly unknown[], path: readonly string[]): string[] {
  const seen = new Set<string>();
  return value.flatMap((item, index) => {
    if (!type.rule) {
      return problems(type.items, item, [...path, `i:${index}`]);
    }
    if (type.rule.list === 'map') {
      const missing = (type.rule.keys ?? []).find(
        (key) => !(isJsonObject(item) && item[key] !== undefined) && type.keyDefaults?.[key] === undefined,
      );
      if (missing !== undefined) {
        return [
          `${pathText(path)}: element ${index}: associative list with keys has an element that omits key field ${JSON.stringify(missing)} (and doesn't have default value)`,
        ];
      }
    }
    const element = elementOf(type, item);
    if (seen.has(element)) {
      return [`${pathText(path)}: duplicate entries for key ${pathText([element])}`];
    }
    seen.add(element);
    return problems(type.items, item, [...path, element]);
  });
}

function scalarProblem(scalar: string, value: unknown): string[] {
  switch (scalar) {
    case 'int32':
    case 'int64':
    case 'double':
      return typeof value === 'number' ? [] : [`expected numeric (int or float), got ${goTypeOf(value)}`];
    case 'boolean':
      return typeof value === 'boolean' ? [] : [`expected boolean, got ${shown(value)}`];
    case 'quantity':
    case 'intOrString':
      return typeof value === 'string' || typeof value === 'number' ? [] : [`expected any scalar, got ${shown(value)}`];
    default:
      return typeof value === 'string' ? [] : [`expected string, got ${shown(value)}`];
  }
}

function goTypeOf(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'number':
      return Number.isInteger(value) ? 'int64' : 'float64';
    default:
      return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}';
  }
}

function shown(value: unknown): string {
  return `&value.valueUnstructured{Value:${typeof value === 'string' ? JSON.stringify(value) : String(JSON.stringify(value))}}`;
}
