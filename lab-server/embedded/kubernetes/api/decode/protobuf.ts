// Objects in Kubernetes' protobuf encoding, in which kubectl and Go clients send built-in kinds. Answers are always JSON, which they accept too.
import { fieldsByNumber, type ScalarName, type SchemaType, type StructType } from '../../schema/index.ts';
import { isoTime } from '../../values/index.ts';
import { isJsonObject, type JsonObject, setOwn } from './json.ts';
import { DecodeError } from './scalars.ts';
import { signed, wireFields } from './wire.ts';

const MAGIC = Buffer.from('k8s\0');
/** Deeper than any type nests. */
const MAX_DEPTH = 64;

export interface ProtobufEnvelope {
  apiVersion: string;
  kind: string;
  raw: Buffer;
}

/** The kind that a body says it is, and its bytes. */
export function readEnvelope(body: Buffer): ProtobufEnvelope {
  if (!body.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new DecodeError('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  }
  const envelope = { apiVersion: '', kind: '', raw: Buffer.alloc(0) };
  for (const { number, value } of wireFields(body.subarray(MAGIC.length))) {
    if (number === 1 && typeof value === 'object') {
      for (const field of wireFields(value)) {
        if (field.number === 1) {
          envelope.apiVersion = text(field.value);
        } else if (field.number === 2) {
          envelope.kind = text(field.value);
        }
      }
    } else if (number === 2 && typeof value === 'object') {
      envelope.raw = Buffer.from(value);
    }
  }
  return envelope;
}

/** A message of a built-in type as the JSON that would have been sent. Fields that are not known are left out. */
export function readMessage(type: StructType, message: Buffer): JsonObject {
  return readStruct(type, type.model ?? '', message, {}, 0);
}

function readStruct(type: StructType, table: string, message: Buffer, into: JsonObject, depth: number): JsonObject {
  const fields = fieldsByNumber(table);
  if (!fields || depth > MAX_DEPTH) {
    throw new DecodeError(`object *${type.goType} does not implement the protobuf marshalling interface and cannot be decoded`);
  }
  for (const { number, value } of wireFields(message)) {
    const numbered = fields.get(number);
    if (!numbered) {
      continue;
    }
    if ('embedded' in numbered) {
      readStruct(type, numbered.embedded, bytesOf(value), into, depth + 1);
      continue;
    }
    const field = type.fields.get(numbered.name);
    if (field) {
      readField(field.type, field.name, value, into, depth);
    }
  }
  return into;
}

function readField(type: SchemaType, name: string, value: bigint | Buffer, into: JsonObject, depth: number): void {
  switch (type.kind) {
    case 'list': {
      const list = Array.isArray(into[name]) ? (into[name] as unknown[]) : [];
      if (isPacked(type.items, value)) {
        for (let at = 0, bytes = bytesOf(value); at < bytes.length;) {
          let length = 1;
          while ((bytes[at + length - 1] ?? 0) >= 0x80) {
            length += 1;
          }
          const [first] = wireFields(Buffer.concat([Buffer.from([8]), bytes.subarray(at, at + length)]));
          list.push(readValue(type.items, first?.value ?? 0n, depth));
          at += length;
        }
      } else {
        list.push(readValue(type.items, value, depth));
      }
      into[name] = list;
      return;
    }
    case 'map': {
      const map = isJsonObject(into[name]) ? into[name] : {};
      let key = '';
      let item: unknown = type.values.kind === 'struct' ? {} : type.values.kind === 'list' ? [] : '';
      for (const entry of wireFields(bytesOf(value))) {
        if (entry.number === 1) {
          key = text(entry.value);
        } else if (entry.number === 2) {
          item = type.values.kind === 'list' ? readExtra(entry.value) : readValue(type.values, entry.value, depth);
        }
      }
      setOwn(map, key, item);
      into[name] = map;
      return;
    }
    default:
      into[name] = readValue(type, value, depth);
  }
}

function isPacked(items: SchemaType, value: bigint | Buffer): boolean {
  return (
    typeof value === 'object' &&
    items.kind === 'scalar' &&
    (items.scalar === 'int32' || items.scalar === 'int64' || items.scalar === 'boolean')
  );
}

function readValue(type: SchemaType, value: bigint | Buffer, depth: number): unknown {
  switch (type.kind) {
    case 'struct':
      return readStruct(type, type.model ?? '', bytesOf(value), {}, depth + 1);
    case 'scalar':
      return readScalarField(type.scalar, value);
    case 'any':
      return readRaw(bytesOf(value));
    default:
      throw new DecodeError('proto: a list or map cannot stand here');
  }
}

function readScalarField(scalar: ScalarName, value: bigint | Buffer): unknown {
  switch (scalar) {
    case 'string':
      return text(value);
    case 'bytes':
      return bytesOf(value).toString('base64');
    case 'boolean':
      return value !== 0n;
    case 'int32':
    case 'int64':
      return typeof value === 'bigint' ? signed(value) : 0;
    case 'double':
      return typeof value === 'bigint' ? Number(value) : bytesOf(value).readDoubleLE();
    case 'quantity': {
      const [first] = wireFields(bytesOf(value));
      return first ? text(first.value) || '0' : '0';
    }
    case 'time':
    case 'microtime':
      return readTime(bytesOf(value), scalar === 'microtime');
    case 'intOrString':
      return readIntOrString(bytesOf(value));
  }
}

/** Seconds and nanoseconds; a message without them is no time. */
function readTime(message: Buffer, isMicro: boolean): string | null {
  let seconds: number | undefined;
  let nanos = 0;
  for (const { number, value } of wireFields(message)) {
    if (number === 1 && typeof value === 'bigint') {
      seconds = signed(value);
    } else if (number === 2 && typeof value === 'bigint') {
      nanos = signed(value);
    }
  }
  if (seconds === undefined || Math.abs(seconds) > 8.64e12) {
    return null;
  }
  const at = isoTime(seconds * 1000);
  return isMicro ? `${at.slice(0, -1)}.${String(Math.floor(nanos / 1000)).padStart(6, '0')}Z` : at;
}

function readIntOrString(message: Buffer): number | string {
  let isString = false;
  let number = 0;
  let string = '';
  for (const field of wireFields(message)) {
    if (field.number === 1) {
      isString = field.value === 1n;
    } else if (field.number === 2 && typeof field.value === 'bigint') {
      number = signed(field.value);
    } else if (field.number === 3) {
      string = text(field.value);
    }
  }
  return isString ? string : number;
}

/** JSON that travels as it is: RawExtension, FieldsV1, JSON. */
function readRaw(message: Buffer): unknown {
  const [first] = wireFields(message);
  if (!first) {
    return null;
  }
  try {
    return JSON.parse(text(first.value)) as unknown;
  } catch {
    throw new DecodeError('invalid character in embedded JSON');
  }
}

/** ExtraValue: a message that is a list of strings. */
function readExtra(value: bigint | Buffer): string[] {
  return [...wireFields(bytesOf(value))].map((field) => text(field.value));
}

function bytesOf(value: bigint | Buffer): Buffer {
  if (typeof value === 'bigint') {
    throw new DecodeError('proto: wrong wireType');
  }
  return value;
}

function text(value: bigint | Buffer): string {
  return bytesOf(value).toString('utf8');
}
