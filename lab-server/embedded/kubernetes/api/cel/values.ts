// JSON as CEL has it, and CEL's errors as Kubernetes words them.
import { isJsonObject } from '../decode/json.ts';

/** Whole numbers are integers. */
export function toCel(value: unknown): unknown {
  if (typeof value === 'number') {
    return Number.isInteger(value) ? BigInt(value) : value;
  }
  if (Array.isArray(value)) {
    return value.map(toCel);
  }
  return isJsonObject(value) ? Object.fromEntries(Object.entries(value).map(([name, below]) => [name, toCel(below)])) : value;
}

/** The first line of an error, without the picture of where it is: `no such key: replicas`. */
export function celErrorText(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return line.charAt(0).toLowerCase() + line.slice(1);
}
