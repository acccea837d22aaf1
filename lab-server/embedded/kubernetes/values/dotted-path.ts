// Reads and writes a field by a path of plain names: `spec.replicas`.

type Fields = Record<string, unknown>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Undefined where there is no such field. */
export function readDotted(object: object, path: string): unknown {
  let value: unknown = object;
  for (const part of path.split('.')) {
    value = isFields(value) && Object.hasOwn(value, part) ? value[part] : undefined;
  }
  return value;
}

/** Changes the object in place; what is missing on the way is made. */
export function writeDotted(object: object, path: string, value: unknown): void {
  const parts = path.split('.');
  const last = parts.pop() as string;
  let place = object as Fields;
  for (const part of parts) {
    const below = place[part];
    const next: Fields = isFields(below) ? below : {};
    place[part] = next;
    place = next;
  }
  place[last] = value;
}
