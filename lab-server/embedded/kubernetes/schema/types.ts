// The types of API objects as the server uses them: to decode, to print, to merge and to describe. Built-in kinds and custom resources share them.
import type { ListRule } from './merge-rules.ts';

export type ScalarName = 'string' | 'boolean' | 'int32' | 'int64' | 'double' | 'time' | 'microtime' | 'quantity' | 'intOrString' | 'bytes';

export interface ScalarType {
  readonly kind: 'scalar';
  readonly scalar: ScalarName;
}

/** Any JSON; a struct or list in it has one owner as a whole. */
export interface AnyType {
  readonly kind: 'any';
}

export interface ListType {
  readonly kind: 'list';
  readonly items: SchemaType;
  /** Atomic where there is none. */
  readonly rule: ListRule | undefined;
  /** Items have defaults for these keys, so an item may leave them out: `protocol` of a container port. */
  readonly keyDefaults?: Readonly<Record<string, unknown>>;
  readonly isLenient?: boolean;
}

export interface MapType {
  readonly kind: 'map';
  readonly values: SchemaType;
  readonly atomic: boolean;
  readonly isLenient?: boolean;
}

export interface StructType {
  readonly kind: 'struct';
  /** `DeploymentSpec`; for custom resources the kind, or empty. */
  readonly name: string;
  /** Class of the client models, where there is one. */
  readonly model: string | undefined;
  readonly atomic: boolean;
  /** Unknown fields are kept (custom resources with x-kubernetes-preserve-unknown-fields). */
  readonly preserveUnknown: boolean;
  /** A value of another type is kept for validation to refuse, as custom resources have it. */
  readonly isLenient?: boolean;
  /** Go's name, as type errors print it: `v1.DeploymentSpec`. */
  readonly goType: string;
  readonly fields: ReadonlyMap<string, Field>;
  /** The fields that are written even where they are not given. */
  readonly written: readonly Field[];
}

export type SchemaType = ScalarType | AnyType | ListType | MapType | StructType;

/** What becomes of a zero value: `keep` it (a pointer), `drop` it (omitempty), or write it even where none is given. */
export type ZeroRule = 'keep' | 'drop' | 'write' | 'write-null';

export interface Field {
  readonly name: string;
  readonly type: SchemaType;
  readonly required: boolean;
  readonly zero: ZeroRule;
  /** Key by which a strategic merge patch merges this list. */
  readonly patchMergeKey: string | undefined;
  /** `merge`, `replace`, `retainKeys`, or two of them with a comma. */
  readonly patchStrategy: string | undefined;
  /** Go's name of the type where it is a named string: `v1.Protocol`. */
  readonly goType: string | undefined;
}
