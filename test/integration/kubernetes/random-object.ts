// Objects of a kind made at random out of its types: mostly of the right types, sometimes not, always of the same seed.
import type { SchemaType, StructType } from '../../../lab-server/embedded/kubernetes/schema/index.ts';

const TEXTS = [
  '',
  'web',
  'a',
  'Bad Name',
  'TCP',
  'ClusterIP',
  'NodePort',
  'None',
  'In',
  'Exists',
  'Always',
  'OnFailure',
  'RollingUpdate',
  'Recreate',
  '10.0.0.1',
  '/tmp',
  '*',
  'cpu',
  'Deployment',
  'apps/v1',
  'x=y',
  '50%',
  '*/5 * * * *',
  'Utilization',
  'Resource',
];
const NUMBERS = [0, 1, -1, 2, 80, 65_536, 2 ** 31 - 1];
const QUANTITIES = ['0', '1', '500m', '1Gi', '-1', '1e3'];
const WRONG: readonly unknown[] = [null, true, 7, 'text', [], {}, [null], { a: null }];

/** mulberry32 */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function randomObject(type: StructType, seed: number, name: string): Record<string, unknown> {
  const next = random(seed);
  const object = randomStruct(type, next, 0);
  const metadata =
    typeof object.metadata === 'object' && object.metadata !== null && !Array.isArray(object.metadata) ? object.metadata : {};
  return {
    ...object,
    apiVersion: undefined,
    kind: undefined,
    metadata: { ...metadata, name, namespace: undefined, resourceVersion: undefined },
  };
}

function pick<T>(list: readonly T[], next: () => number): T {
  return list[Math.floor(next() * list.length)] as T;
}

function randomStruct(type: StructType, next: () => number, depth: number): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const field of type.fields.values()) {
    // The deeper, the sparser, so that objects stay small; what is required is there more often than not.
    const chance = field.required ? 0.85 : depth < 2 ? 0.6 : 2 / (type.fields.size + depth);
    if (next() < chance) {
      object[field.name] = randomValue(field.type, next, depth + 1);
    }
  }
  return object;
}

function randomValue(type: SchemaType, next: () => number, depth: number): unknown {
  if (next() < 0.001) {
    return pick(WRONG, next);
  }
  switch (type.kind) {
    case 'struct':
      return depth > 9 ? {} : randomStruct(type, next, depth);
    case 'list':
      return Array.from({ length: Math.floor(next() * 3) }, () => randomValue(type.items, next, depth + 1));
    case 'map':
      return Object.fromEntries(
        Array.from({ length: Math.floor(next() * 3) }, () => [pick(TEXTS, next), randomValue(type.values, next, depth + 1)]),
      );
    case 'any':
      return pick([...WRONG, { type: 'object', properties: { a: { type: 'string' } } }], next);
    case 'scalar':
      switch (type.scalar) {
        case 'boolean':
          return next() < 0.5;
        case 'int32':
        case 'int64':
        case 'double':
          return pick(NUMBERS, next);
        case 'quantity':
          return pick(QUANTITIES, next);
        case 'intOrString':
          return next() < 0.5 ? pick(NUMBERS, next) : pick(TEXTS, next);
        case 'time':
        case 'microtime':
          return pick(['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000000Z'], next);
        case 'bytes':
          return pick(['', 'YQ=='], next);
        case 'string':
          return pick(TEXTS, next);
      }
  }
}
