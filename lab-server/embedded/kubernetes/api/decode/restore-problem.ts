// Why a patched object is none of its kind, in the words of Go's converter from unstructured objects.
import type { SchemaType } from '../../schema/index.ts';

const KINDS: Readonly<Record<string, string>> = { boolean: 'bool', double: 'float64', int32: 'int32', int64: 'int64', string: 'string' };

/** `unrecognized type: int32` for text where a number should be. `goType` is Go's name where it is a named string. */
export function restoreProblem(type: SchemaType, value: unknown, goType: string | undefined): string {
  switch (type.kind) {
    case 'struct':
      return `cannot restore struct from: ${kindOf(value)}`;
    case 'map':
      return `cannot restore map from ${kindOf(value)}`;
    case 'list':
      return `cannot restore slice from ${kindOf(value)}`;
    default: {
      const target = type.kind === 'scalar' ? (KINDS[type.scalar] ?? 'string') : 'interface';
      // Go converts numbers among each other and to text; only then it says between what.
      const isConvertible =
        typeof value === 'number' && target !== 'bool' && target !== 'interface' && !(target === 'string' && !Number.isInteger(value));
      return isConvertible ? `cannot convert ${kindOf(value)} to ${goType ?? target}` : `unrecognized type: ${target}`;
    }
  }
}

function kindOf(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'number':
      return Number.isInteger(value) ? 'int64' : 'float64';
    default:
      return Array.isArray(value) ? 'slice' : 'map';
  }
}
