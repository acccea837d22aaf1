// A custom resource's schema as a type of the API: what is pruned, how lists merge. Wrong types are for validation to tell, not for decoding.
import type { Field, Schema, SchemaType, StructType } from '../../schema/index.ts';
import type { JsonSchema } from './json-schema.ts';

const ANY: SchemaType = { kind: 'any' };

/** The type of a whole custom resource. `schema` is that of its version, if it has one: without, everything is kept. */
export function typeOfResource(kind: string, schema: JsonSchema | undefined, builtIn: Schema): StructType {
  const root = schema ?? { 'x-kubernetes-preserve-unknown-fields': true };
  return struct(kind, root, metaFields(builtIn));
}

function metaFields(builtIn: Schema): Field[] {
  const text: SchemaType = { kind: 'scalar', scalar: 'string' };
  return [field('kind', text), field('apiVersion', text), { ...field('metadata', builtIn.model('V1ObjectMeta')), zero: 'write' }];
}

function field(name: string, type: SchemaType, required = false): Field {
  return { name, type, required, zero: 'keep', patchMergeKey: undefined, patchStrategy: undefined, goType: undefined };
}

function struct(name: string, schema: JsonSchema, more: readonly Field[] = []): StructType {
  const fields = new Map<string, Field>();
  for (const [property, below] of Object.entries(schema.properties ?? {})) {
    fields.set(property, field(property, typeOf(below), schema.required?.includes(property)));
  }
  for (const one of more) {
    fields.set(one.name, one);
  }
  return {
    kind: 'struct',
    name,
    model: undefined,
    goType: `unstructured.${name}`,
    atomic: schema['x-kubernetes-map-type'] === 'atomic',
    preserveUnknown: schema['x-kubernetes-preserve-unknown-fields'] === true,
    isLenient: true,
    fields,
    written: more.filter(({ zero }) => zero === 'write'),
  };
}

function typeOf(schema: JsonSchema): SchemaType {
  if (schema['x-kubernetes-int-or-string'] || schema['x-kubernetes-embedded-resource']) {
    return ANY;
  }
  switch (schema.type) {
    case 'object': {
      const { additionalProperties } = schema;
      if (additionalProperties && !schema.properties) {
        const values = additionalProperties === true ? ANY : typeOf(additionalProperties);
        return { kind: 'map', values, atomic: schema['x-kubernetes-map-type'] === 'atomic', isLenient: true };
      }
      // An object of which nothing is said keeps nothing, unless it says that it does.
      return struct('', schema);
    }
    case 'array':
      return listOf(schema);
    default:
      return ANY;
  }
}

function listOf(schema: JsonSchema): SchemaType {
  const items = schema.items ? typeOf(schema.items) : ANY;
  const listType = schema['x-kubernetes-list-type'];
  if (listType === 'set') {
    return { kind: 'list', items, rule: { list: 'set' }, isLenient: true };
  }
  if (listType !== 'map') {
    return { kind: 'list', items, rule: undefined, isLenient: true };
  }
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const keyDefaults: Record<string, unknown> = {};
  for (const key of keys) {
    const value = schema.items?.properties?.[key]?.default;
    if (value !== undefined) {
      keyDefaults[key] = value;
    }
  }
  return { kind: 'list', items, rule: { list: 'map', keys }, keyDefaults, isLenient: true };
}
