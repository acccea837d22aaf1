// Passes an object through its kind's types, as Go's decoder and encoder do: unknown fields are pruned, wrong types refused, zero values
// dropped or written, quantities and times made canonical. The result shares nothing with the input.
import type { Field, ListType, MapType, SchemaType, StructType } from '../../schema/index.ts';
import { cloneJson, isJsonObject, type JsonObject, setOwn } from './json.ts';
import { restoreProblem } from './restore-problem.ts';
import { DecodeError, nameOfValue, readScalar, TypeMismatch, zeroOf } from './scalars.ts';

/** Told of each field that the type does not have: `spec.template.spec.containers[0].imag`. */
export type OnUnknownField = (path: string) => void;

/** Throws DecodeError, worded as the server's decoder words it. */
export function conform(type: StructType, input: unknown, onUnknown?: OnUnknownField): JsonObject {
  const walk = new Walk(onUnknown);
  if (!isJsonObject(input)) {
    throw new DecodeError(`json: cannot unmarshal ${nameOfValue(input)} into Go value of type ${goTypeOf(type)}`);
  }
  return walk.struct(type, input);
}

/** Go's name of a type, as its decoder prints it. */
function goTypeOf(type: SchemaType): string {
  switch (type.kind) {
    case 'struct':
      return type.goType;
    case 'list':
      return `[]${goTypeOf(type.items)}`;
    case 'map':
      return type.values.kind === 'scalar' && type.values.scalar === 'quantity' ? 'v1.ResourceList' : `map[string]${goTypeOf(type.values)}`;
    case 'any':
      return 'interface {}';
    case 'scalar':
      return {
        boolean: 'bool',
        double: 'float64',
        bytes: '[]uint8',
        intOrString: 'intstr.IntOrString',
        time: 'v1.Time',
        microtime: 'v1.MicroTime',
        quantity: 'resource.Quantity',
        string: 'string',
        int32: 'int32',
        int64: 'int64',
      }[type.scalar];
  }
}

class Walk {
  readonly #onUnknown: OnUnknownField | undefined;
  /** `spec`, `.containers`, `[0]`: joined only when a problem is told. */
  readonly #path: string[] = [];
  /** Names of struct fields alone, as type errors print them. */
  readonly #fields: string[] = [];
  #struct: StructType | undefined;

  constructor(onUnknown: OnUnknownField | undefined) {
    this.#onUnknown = onUnknown;
  }

  struct(type: StructType, input: JsonObject): JsonObject {
    const output: JsonObject = {};
    const outer = this.#struct;
    this.#struct = type;
    for (const name of Object.keys(input)) {
      const value = input[name];
      const field = type.fields.get(name);
      if (!field) {
        if (value === undefined) {
          continue;
        }
        if (type.preserveUnknown) {
          setOwn(output, name, cloneJson(value));
        } else if (this.#onUnknown) {
          this.#path.push(this.#path.length === 0 ? name : `.${name}`);
          this.#onUnknown(this.#path.join(''));
          this.#path.pop();
        }
        continue;
      }
      if (value === undefined || (value === null && !type.isLenient)) {
        continue;
      }
      if (value === null) {
        output[name] = null;
        continue;
      }
      this.#path.push(this.#path.length === 0 ? name : `.${name}`);
      this.#fields.push(name);
      const read = this.#value(field.type, value, field.goType);
      this.#fields.pop();
      this.#path.pop();
      if (field.zero !== 'drop' || !isZero(read)) {
        output[name] = read;
      }
    }
    for (const field of type.written) {
      if (output[field.name] === undefined) {
        output[field.name] = this.#zero(field);
      }
    }
    this.#struct = outer;
    return output;
  }

  #zero(field: Field): unknown {
    if (field.zero === 'write-null') {
      return null;
    }
    return field.type.kind === 'struct' ? this.struct(field.type, {}) : field.type.kind === 'scalar' ? zeroOf(field.type.scalar) : null;
  }

  #value(type: SchemaType, value: unknown, goType?: string): unknown {
    switch (type.kind) {
      case 'scalar':
        try {
          return readScalar(type.scalar, value, goType);
        } catch (error) {
          throw error instanceof TypeMismatch ? this.#mismatch(error.value, error.expected, restoreProblem(type, value, goType)) : error;
        }
      case 'any':
        return cloneJson(value);
      case 'struct':
        if (!isJsonObject(value)) {
          return this.#refuse(type, value);
        }
        return this.struct(type, value);
      case 'list':
        if (!Array.isArray(value)) {
          return this.#refuse(type, value);
        }
        return this.#list(type.items, value, goType);
      case 'map':
        if (!isJsonObject(value)) {
          return this.#refuse(type, value);
        }
        return this.#map(type.values, value);
    }
  }

  #list(items: SchemaType, list: unknown[], goType: string | undefined): unknown[] {
    const output: unknown[] = [];
    for (let index = 0; index < list.length; index += 1) {
      const item = list[index];
      this.#path.push(`[${index}]`);
      if (item === null || item === undefined) {
        // A null item is the zero value of its type.
        output.push(items.kind === 'struct' ? this.struct(items, {}) : items.kind === 'scalar' ? zeroOf(items.scalar) : null);
      } else {
        output.push(this.#value(items, item, goType));
      }
      this.#path.pop();
    }
    return output;
  }

  #map(values: SchemaType, map: JsonObject): JsonObject {
    const output: JsonObject = {};
    for (const key of Object.keys(map)) {
      const value = map[key];
      if (value === undefined) {
        continue;
      }
      this.#path.push(`.${key}`);
      const read =
        value === null
          ? values.kind === 'scalar'
            ? zeroOf(values.scalar)
            : values.kind === 'struct'
              ? this.struct(values, {})
              : null
          : this.#value(values, value);
      setOwn(output, key, read);
      this.#path.pop();
    }
    return output;
  }

  #refuse(type: StructType | ListType | MapType, value: unknown): unknown {
    if (type.isLenient) {
      return cloneJson(value);
    }
    throw this.#mismatch(nameOfValue(value), goTypeOf(type), restoreProblem(type, value, undefined));
  }

  #mismatch(value: string, expected: string, asPatched: string): DecodeError {
    const field = this.#fields.join('.');
    const message = `json: cannot unmarshal ${value} into Go struct field ${this.#struct?.name ?? ''}.${field} of type ${expected}`;
    return new DecodeError(message, asPatched);
  }
}

function isZero(value: unknown): boolean {
  if (value === '' || value === 0 || value === false) {
    return true;
  }
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  return Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0;
}
