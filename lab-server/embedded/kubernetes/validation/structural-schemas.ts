// A custom resource's schema must be structural: every value has a type, unless the schema says why not.
import type * as models from '@kubernetes/client-node';
import type { FieldError } from '../resources/kind.ts';
import type { Wire } from '../types.ts';
import { forbidden, invalid, required } from './field-errors.ts';
import type { Unchecked } from './unchecked.ts';

type Schema = Omit<Wire<models.V1JSONSchemaProps>, 'items' | 'additionalProperties' | 'properties'> & {
  items?: Schema | Schema[];
  additionalProperties?: Schema | boolean;
  properties?: Record<string, Schema>;
};

export function validateStructuralSchema(schema: Unchecked<Wire<models.V1JSONSchemaProps>>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!schema.type) {
    errors.push(required(`${path}.type`, 'must not be empty at the root'));
  } else if (schema.type !== 'object') {
    errors.push(invalid(`${path}.type`, schema.type, 'must be object at the root'));
  }
  return [...errors, ...validateParts(schema as Schema, path)];
}

function validateParts(schema: Schema, path: string): FieldError[] {
  const errors = Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
    validatePart(property, `${path}.properties[${name}]`, 'object fields'),
  );
  const { items, additionalProperties } = schema;
  if (Array.isArray(items)) {
    errors.push(forbidden(`${path}.items`, 'items must be a schema object and not an array'));
  } else if (items) {
    errors.push(...validatePart(items, `${path}.items`, 'array items'));
  } else if (schema.type === 'array') {
    errors.push(required(`${path}.items`, 'must be specified'));
  }
  if (typeof additionalProperties === 'object') {
    errors.push(...validatePart(additionalProperties, `${path}.additionalProperties`, 'object fields'));
    if (Object.keys(schema.properties ?? {}).length > 0) {
      errors.push(forbidden(`${path}.additionalProperties`, 'additionalProperties and properties are mutual exclusive'));
    }
  }
  return errors;
}

function validatePart(schema: Schema, path: string, what: string): FieldError[] {
  const extensions = schema as Record<string, unknown>;
  const mayLackType = extensions['x-kubernetes-int-or-string'] || extensions['x-kubernetes-preserve-unknown-fields'];
  const errors = !schema.type && !mayLackType ? [required(`${path}.type`, `must not be empty for specified ${what}`)] : [];
  return [...errors, ...validateParts(schema, path)];
}
