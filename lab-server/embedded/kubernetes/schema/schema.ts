// The types of the built-in kinds, resolved out of the extracted text and the tables beside this file, each model once and when it is first asked for.
import { ENUMS } from './enums.ts';
import type { Structure, TypeText } from './extract.ts';
import { ALWAYS_WRITTEN, NULL_FIELDS, POINTER_STRINGS, POINTER_STRUCTS, VALUE_FIELDS, VALUE_STRUCTS } from './go-types.ts';
import {
  ATOMIC_MAPS,
  ATOMIC_STRUCTS,
  GRANULAR_FIELDS,
  LIST_RULES,
  type ListRule,
  PATCH_ONLY_RULES,
  STRUCT_STRATEGIES,
} from './merge-rules.ts';
import type { Field, ScalarName, SchemaType, StructType, ZeroRule } from './types.ts';

const SCALARS: Readonly<Record<ScalarName, SchemaType>> = {
  string: { kind: 'scalar', scalar: 'string' },
  boolean: { kind: 'scalar', scalar: 'boolean' },
  int32: { kind: 'scalar', scalar: 'int32' },
  int64: { kind: 'scalar', scalar: 'int64' },
  double: { kind: 'scalar', scalar: 'double' },
  time: { kind: 'scalar', scalar: 'time' },
  microtime: { kind: 'scalar', scalar: 'microtime' },
  quantity: { kind: 'scalar', scalar: 'quantity' },
  intOrString: { kind: 'scalar', scalar: 'intOrString' },
  bytes: { kind: 'scalar', scalar: 'bytes' },
};

/** Defaults of list keys that an item may leave out. */
const KEY_DEFAULTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  ContainerPort: { protocol: 'TCP' },
  ServicePort: { protocol: 'TCP' },
};

/** `DeploymentSpec` of `V1DeploymentSpec`, `EndpointPort` of `DiscoveryV1EndpointPort`. */
export function typeName(model: string): string {
  return model.replace(/^([A-Z][a-z]+)?V\d+(?=[A-Z])/, '');
}

/** `v1` of `V1DeploymentSpec`: Go's package name, as type errors print it. */
export function typeVersion(model: string): string {
  return /^(?:[A-Z][a-z]+)?(V\d+)(?=[A-Z])/.exec(model)?.[1]?.toLowerCase() ?? 'v1';
}

/** All models of the API. */
export class Schema {
  readonly #structure: Structure;
  readonly #structs = new Map<string, StructType>();

  constructor(structure: Structure) {
    this.#structure = structure;
  }

  get clientVersion(): string {
    return this.#structure.clientVersion;
  }

  has(model: string): boolean {
    return Object.hasOwn(this.#structure.models, model);
  }

  /** The type of a model; throws when there is no such model, which is a mistake in a kind's definition. */
  model(model: string): StructType {
    let struct = this.#structs.get(model);
    if (!struct) {
      if (!this.has(model)) {
        throw new Error(`the schema has no model ${model}`);
      }
      struct = new ModelStruct(model, ATOMIC_STRUCTS.has(typeName(model)), () => this.#fields(model));
      this.#structs.set(model, struct);
    }
    return struct;
  }

  #fields(model: string): ReadonlyMap<string, Field> {
    const { fields, required } = this.#structure.models[model] as Structure['models'][string];
    const owner = typeName(model);
    const isKind = 'apiVersion' in fields && 'kind' in fields && 'metadata' in fields;
    const resolved = new Map<string, Field>();
    for (const [name, text] of Object.entries(fields)) {
      const patchOnlyKey = PATCH_ONLY_RULES[owner]?.[name];
      const rule = LIST_RULES[owner]?.[name];
      const enumRule = ENUMS[owner]?.[name];
      resolved.set(name, {
        name,
        type: this.#resolve(text, owner, name, rule),
        required: required.includes(name),
        zero: zeroRule(owner, name, text, required.includes(name), isKind),
        patchMergeKey: patchOnlyKey ?? rule?.patchMergeKey,
        patchStrategy: patchOnlyKey ? 'merge' : (rule?.patchStrategy ?? STRUCT_STRATEGIES[owner]?.[name]),
        goType: enumRule && `${typeVersion(model)}.${enumRule.type}`,
      });
    }
    return resolved;
  }

  #resolve(text: TypeText, owner: string, field: string, rule?: ListRule): SchemaType {
    if (text.startsWith('[]')) {
      const items = this.#resolve(text.slice(2), owner, field);
      const keyDefaults = items.kind === 'struct' ? KEY_DEFAULTS[items.name] : undefined;
      return keyDefaults ? { kind: 'list', items, rule, keyDefaults } : { kind: 'list', items, rule };
    }
    if (text.startsWith('{}')) {
      return { kind: 'map', values: this.#resolve(text.slice(2), owner, field), atomic: ATOMIC_MAPS[owner]?.includes(field) ?? false };
    }
    if (text.startsWith('#')) {
      const struct = this.model(text.slice(1));
      return GRANULAR_FIELDS[owner]?.includes(field) ? new ModelStruct(text.slice(1), false, () => struct.fields) : struct;
    }
    return text === 'any' ? { kind: 'any' } : SCALARS[text as ScalarName];
  }
}

class ModelStruct implements StructType {
  readonly kind = 'struct';
  readonly name: string;
  readonly model: string;
  readonly atomic: boolean;
  readonly preserveUnknown = false;
  readonly goType: string;
  readonly #resolve: () => ReadonlyMap<string, Field>;
  #written: readonly Field[] | undefined;
  #fields: ReadonlyMap<string, Field> | undefined;

  constructor(model: string, atomic: boolean, resolve: () => ReadonlyMap<string, Field>) {
    this.name = typeName(model);
    this.model = model;
    this.goType = `${typeVersion(model)}.${typeName(model)}`;
    this.atomic = atomic;
    this.#resolve = resolve;
  }

  // Resolved when first read, since types refer to each other in circles.
  get fields(): ReadonlyMap<string, Field> {
    this.#fields ??= this.#resolve();
    return this.#fields;
  }

  get written(): readonly Field[] {
    this.#written ??= [...this.fields.values()].filter((field) => field.zero === 'write' || field.zero === 'write-null');
    return this.#written;
  }
}

function zeroRule(owner: string, name: string, text: TypeText, required: boolean, isKind: boolean): ZeroRule {
  if (NULL_FIELDS[owner]?.includes(name)) {
    return 'write-null';
  }
  if (text.startsWith('#')) {
    const pointer = POINTER_STRUCTS[owner]?.includes(name) ?? false;
    const value =
      required || VALUE_STRUCTS[owner]?.includes(name) || (isKind && (name === 'metadata' || name === 'spec' || name === 'status'));
    return value && !pointer ? 'write' : 'keep';
  }
  if (text.startsWith('[]') || text.startsWith('{}')) {
    return required ? 'keep' : 'drop';
  }
  if (text === 'any' || text === 'time' || text === 'microtime' || text === 'intOrString') {
    return 'keep';
  }
  if (text === 'quantity') {
    return owner === 'ResourceFieldSelector' ? 'write' : 'keep';
  }
  if (isKind && (name === 'apiVersion' || name === 'kind')) {
    return 'drop';
  }
  if (required || ALWAYS_WRITTEN[owner]?.includes(name)) {
    return 'write';
  }
  if (text === 'string' || text === 'bytes') {
    return POINTER_STRINGS[owner]?.includes(name) ? 'keep' : 'drop';
  }
  return VALUE_FIELDS[owner]?.includes(name) ? 'drop' : 'keep';
}
