// Defaults of custom resources, as their schema gives them.
import { cloneJson, isJsonObject, setOwn } from '../decode/json.ts';
import type { JsonSchema } from './json-schema.ts';

/** Fills in what is missing, from the outside in. A null where none may be gives way to the default. Changes `value` in place. */
export function applyDefaults(value: unknown, schema: JsonSchema): void {
  if (isJsonObject(value)) {
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      const present = Object.hasOwn(value, name) ? value[name] : undefined;
      if (property.default !== undefined && (present === undefined || (present === null && !property.nullable))) {
        setOwn(value, name, cloneJson(property.default));
      }
      applyDefaults(value[name], property);
    }
    if (typeof schema.additionalProperties === 'object') {
      for (const name of Object.keys(value)) {
        if (!Object.hasOwn(schema.properties ?? {}, name)) {
          applyDefaults(value[name], schema.additionalProperties);
        }
      }
    }
  } else if (Array.isArray(value) && schema.items) {
    for (const item of value) {
      applyDefaults(item, schema.items);
    }
  }
}
