// JSON values, as bodies hold them.

export type JsonObject = { [key: string]: unknown };

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A copy that shares nothing with its source; what JSON cannot hold is left out. */
export function cloneJson<T>(value: T): T {
  if (Array.isArray(value)) {
    return value.map((item) => cloneJson(item) as unknown) as T;
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const copy: JsonObject = {};
  for (const key of Object.keys(value)) {
    const field = (value as JsonObject)[key];
    if (field !== undefined) {
      setOwn(copy, key, cloneJson(field));
    }
  }
  return copy as T;
}

/** Sets a key that may come from a request: `__proto__` becomes a field like any other, never the prototype. */
export function setOwn(object: JsonObject, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    object[key] = value;
  }
}

/** Whether two JSON values are the same, whatever the order of their keys. Undefined fields count as absent. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) {
    return true;
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return false;
  }
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, index) => equalJson(item, b[index]));
  }
  const left = a as JsonObject;
  const right = b as JsonObject;
  for (const key of Object.keys(left)) {
    if (left[key] !== undefined && !(Object.hasOwn(right, key) && equalJson(left[key], right[key]))) {
      return false;
    }
  }
  for (const key of Object.keys(right)) {
    if (right[key] !== undefined && !Object.hasOwn(left, key)) {
      return false;
    }
  }
  return true;
}
