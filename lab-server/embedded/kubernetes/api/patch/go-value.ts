// JSON values as Go's fmt prints them with %v: part of some of the server's messages.
import { isJsonObject } from '../decode/json.ts';

/** `map[name:web ports:[80 443]]` */
export function goValue(value: unknown): string {
  if (value === null || value === undefined) {
    return '<nil>';
  }
  if (Array.isArray(value)) {
    return `[${value.map(goValue).join(' ')}]`;
  }
  if (isJsonObject(value)) {
    const fields = Object.keys(value)
      .toSorted()
      .map((name) => `${name}:${goValue(value[name])}`);
    return `map[${fields.join(' ')}]`;
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}
