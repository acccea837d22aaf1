// Properties of a template as the input of a service's operation. Both have the same members in different spellings, and templates write numbers
// and booleans as text: the service's own model tells what each member is.
import { loadModel, primitiveOf, shapeOf, type Member, type ServiceModel } from '../../model/model.ts';
import { MODELS_FOLDER } from '../../model/generate.ts';
import { textOf } from './text-of.ts';

/** The members of `properties` that the operation's input has, in its spelling and types. */
export function inputOf(service: string, operation: string, properties: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const model = loadModel(MODELS_FOLDER, service);
  const input = model?.operations[operation]?.input;
  return model && input !== undefined ? structureOf(properties, input, model) : {};
}

function structureOf(properties: Readonly<Record<string, unknown>>, shapeName: string, model: ServiceModel): Record<string, unknown> {
  const shape = shapeOf(model, shapeName);
  if (shape.type !== 'structure' && shape.type !== 'union') {
    return {};
  }
  const names = new Map(Object.keys(shape.members).map((name) => [name.toLowerCase(), name]));
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(properties)) {
    const name = names.get(key.toLowerCase());
    const member = name === undefined ? undefined : shape.members[name];
    if (name !== undefined && member && value !== undefined && value !== null) {
      result[name] = memberOf(value, member, model);
    }
  }
  return result;
}

function memberOf(value: unknown, member: Member, model: ServiceModel): unknown {
  const primitive = primitiveOf(member);
  if (primitive) {
    switch (primitive) {
      case 'string':
        // A policy document may be written as an object.
        return typeof value === 'object' ? JSON.stringify(value) : textOf(value);
      case 'number':
        return Number(value);
      case 'boolean':
        return value === true || value === 'true';
      case 'timestamp':
        return typeof value === 'number' ? value : globalThis.Date.parse(textOf(value));
      default:
        return value;
    }
  }
  const shape = shapeOf(model, member.shape);
  switch (shape.type) {
    case 'list':
      return (Array.isArray(value) ? (value as unknown[]) : [value]).map((item) => memberOf(item, shape.member, model));
    case 'map':
      return Object.fromEntries(Object.entries(value as object).map(([key, inner]) => [key, memberOf(inner, shape.value, model)]));
    default:
      return structureOf(value as Record<string, unknown>, member.shape, model);
  }
}
