// JSON bodies against a model: reading checks types as AWS's own parsers do, writing gives each member the JSON type that the model has.
import { primitiveOf, shapeOf, type Member, type ServiceModel } from '../../model/model.ts';
import { serializationError } from '../errors.ts';
import { isoOf, secondsOf } from './time.ts';

/** Reads a JSON value as a member of the model. Unknown members of structures are ignored, as AWS does; null counts as absent. */
export function readJson(value: unknown, member: Member, model: ServiceModel): unknown {
  const primitive = primitiveOf(member);
  if (primitive) {
    return readPrimitive(value, primitive);
  }
  const shape = shapeOf(model, member.shape);
  switch (shape.type) {
    case 'list':
      if (!Array.isArray(value)) {
        throw serializationError(unexpected(value, 'a list'));
      }
      return value.filter((item) => item !== null).map((item) => readJson(item, shape.member, model));
    case 'map':
      return Object.fromEntries(
        Object.entries(objectOf(value)).flatMap(([key, item]) => (item === null ? [] : [[key, readJson(item, shape.value, model)]])),
      );
    case 'structure':
    case 'union': {
      const source = objectOf(value);
      const result: Record<string, unknown> = {};
      for (const [name, inner] of Object.entries(shape.members)) {
        const item = source[inner.jsonName ?? name];
        if (item !== undefined && item !== null) {
          result[name] = readJson(item, inner, model);
        }
      }
      return result;
    }
    default:
      return shape satisfies never;
  }
}

function readPrimitive(value: unknown, primitive: NonNullable<ReturnType<typeof primitiveOf>>): unknown {
  switch (primitive) {
    case 'string':
      if (typeof value === 'string') {
        return value;
      }
      throw serializationError(unexpected(value, 'a string'));
    case 'number':
    case 'bigInteger':
    case 'bigDecimal':
      if (typeof value === 'number') {
        return value;
      }
      if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') {
        return Number(value);
      }
      throw serializationError(unexpected(value, 'a number'));
    case 'boolean':
      if (typeof value === 'boolean') {
        return value;
      }
      throw serializationError(unexpected(value, 'true or false'));
    case 'timestamp': {
      // Seconds since the epoch in the JSON protocols; the text forms are taken from lenient clients.
      const seconds = typeof value === 'number' ? value : typeof value === 'string' ? secondsOf(value) : Number.NaN;
      if (Number.isFinite(seconds)) {
        return Math.round(seconds * 1000);
      }
      throw serializationError(unexpected(value, 'a timestamp'));
    }
    case 'blob':
      if (typeof value === 'string') {
        return Buffer.from(value, 'base64');
      }
      throw serializationError(unexpected(value, 'base64 text'));
    case 'document':
      return value;
    default:
      return primitive satisfies never;
  }
}

/** Writes a member for a JSON body. Timestamps inside the service are milliseconds; on the wire they are seconds. */
export function writeJson(value: unknown, member: Member, model: ServiceModel): unknown {
  if (value === undefined || value === null) {
    return undefined;
  }
  const primitive = primitiveOf(member);
  if (primitive) {
    switch (primitive) {
      case 'string':
        return String(value as string);
      case 'timestamp':
        return member.timestampFormat === 'date-time' ? isoOf(value as number) : (value as number) / 1000;
      case 'blob':
        return Buffer.from(value as Uint8Array).toString('base64');
      default:
        return value;
    }
  }
  const shape = shapeOf(model, member.shape);
  switch (shape.type) {
    case 'list':
      return (value as unknown[]).map((item) => writeJson(item, shape.member, model));
    case 'map':
      return Object.fromEntries(Object.entries(value as object).map(([key, item]) => [key, writeJson(item, shape.value, model)]));
    case 'structure':
    case 'union': {
      const result: Record<string, unknown> = {};
      for (const [name, inner] of Object.entries(shape.members)) {
        const item = writeJson((value as Record<string, unknown>)[name], inner, model);
        if (item !== undefined) {
          result[inner.jsonName ?? name] = item;
        }
      }
      return result;
    }
    default:
      return shape satisfies never;
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw serializationError(unexpected(value, 'an object'));
}

function unexpected(value: unknown, wanted: string): string {
  const found = Array.isArray(value)
    ? 'a list'
    : value === null
      ? 'null'
      : typeof value === 'object'
        ? 'an object'
        : `${typeof value} ${JSON.stringify(value)}`;
  return `Expected ${wanted}, found ${found}`;
}
