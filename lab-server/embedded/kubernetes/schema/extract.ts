// Reads the types of the API out of two packages' text: @kubernetes/client-node (every model of Kubernetes 1.36) and kubernetes-types
// (descriptions of fields that hold objects, line breaks, and which strings are quantities, all of which client-node's generator drops).
// Text is read, nothing is imported: loading client-node would cost a cluster's worker 700 ms and 130 MB.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/**
 * How a field's type is written: `string`, `boolean`, `int32`, `int64`, `double`, `time`, `microtime`, `quantity`, `intOrString`, `bytes`, `any`,
 * `#Model`, `[]type` or `{}type`.
 */
export type TypeText = string;

export interface ModelText {
  /** By JSON name. */
  fields: Record<string, TypeText>;
  required: string[];
}

export interface Structure {
  clientVersion: string;
  models: Record<string, ModelText>;
}

/** By model: its description under the empty name, its fields' under their JSON names. */
export type Descriptions = Record<string, Record<string, string>>;

interface FieldText {
  description: string | undefined;
  type: string;
  optional: boolean;
}

const UNSTABLE = /^V\d+(alpha|beta)\d+/;

/** The directory of a package that is installed here. */
function packageDirectory(name: string, file: string): string {
  const require = createRequire(import.meta.url);
  return path.dirname(require.resolve(`${name}/${file}`));
}

/** Version of @kubernetes/client-node that is installed: the schema is as new as it. */
export function clientVersion(): string {
  return (JSON.parse(readFileSync(path.join(clientDirectory(), 'package.json'), 'utf8')) as { version: string }).version;
}

function clientDirectory(): string {
  // The package's exports hide package.json, so its entry is resolved and the directory found above it.
  const require = createRequire(import.meta.url);
  return path.join(path.dirname(require.resolve('@kubernetes/client-node')), '..');
}

/** Reads both packages. Takes about half a second. */
export function extractSchema(): { structure: Structure; descriptions: Descriptions } {
  const models: Record<string, ModelText> = {};
  const descriptions: Descriptions = {};
  const plain = readPlainTypes();
  const directory = path.join(clientDirectory(), 'dist/gen/models');
  for (const file of readdirSync(directory).toSorted()) {
    const model = file.endsWith('.d.ts') ? file.slice(0, -'.d.ts'.length) : '';
    if (model === '' || UNSTABLE.test(model) || model === 'all' || model === 'ObjectSerializer') {
      continue;
    }
    const declared = parseInterface(readFileSync(path.join(directory, file), 'utf8'), /export declare class (\w+) \{/);
    if (!declared) {
      continue;
    }
    const attributes = readAttributes(readFileSync(path.join(directory, `${model}.js`), 'utf8'));
    const known = plain.get(model);
    const fields: Record<string, TypeText> = {};
    const required: string[] = [];
    const texts: Record<string, string> = {};
    putDescription(texts, '', declared.description, known?.description);
    for (const attribute of attributes) {
      const field = declared.fields.get(attribute.name);
      const knownField = known?.fields.get(attribute.baseName);
      fields[attribute.baseName] = fieldType(model, attribute, knownField?.type);
      if (field && !field.optional) {
        required.push(attribute.baseName);
      }
      putDescription(texts, attribute.baseName, field?.description, knownField?.description);
    }
    models[model] = { fields, required };
    descriptions[model] = texts;
  }
  return { structure: { clientVersion: clientVersion(), models }, descriptions };
}

interface Attribute {
  name: string;
  baseName: string;
  type: string;
  format: string;
}

function readAttributes(source: string): Attribute[] {
  const literal = /attributeTypeMap = (\[[\s\S]*?\n\]);/.exec(source)?.[1];
  return literal === undefined ? [] : (JSON.parse(literal) as Attribute[]);
}

/** Quantities in fields that kubernetes-types is too old to know. */
const NEWER_QUANTITIES: Readonly<Record<string, readonly string[]>> = {
  V1PodStatus: ['allocatedResources'],
  V1NodeAllocatableResourceClaimStatus: ['resources'],
  V1DeviceCapacity: ['value'],
  V1CapacityRequirements: ['requests'],
  V1Counter: ['value'],
  V1DeviceRequestAllocationResult: ['consumedCapacity'],
};

function fieldType(model: string, attribute: Attribute, plainType: string | undefined): TypeText {
  const text = typeText(attribute.type, attribute.format);
  // client-node knows a quantity as a string only.
  return plainType?.includes('Quantity') || NEWER_QUANTITIES[model]?.includes(attribute.baseName)
    ? text.replace(/string$/, 'quantity')
    : text;
}

function typeText(type: string, format: string): TypeText {
  const list = /^Array<(.+)>$/.exec(type);
  if (list) {
    return `[]${typeText(list[1] as string, format)}`;
  }
  const map = /^\{ \[key: string\]: (.+); \}$/.exec(type);
  if (map) {
    return `{}${typeText(map[1] as string, format)}`;
  }
  switch (type) {
    case 'string':
      return format === 'byte' ? 'bytes' : 'string';
    case 'number':
      return format === 'int32' || format === 'int64' ? format : 'double';
    case 'boolean':
      return 'boolean';
    case 'Date':
      return 'time';
    case 'V1MicroTime':
      return 'microtime';
    case 'IntOrString':
      return 'intOrString';
    case 'any':
    case 'object':
      return 'any';
    default:
      return `#${type}`;
  }
}

/** Of fields whose type is a shared scalar the generator wrote the type's description instead of the field's. */
const BORROWED =
  /^(IntOrString is a type that can hold|Quantity is a fixed-point representation|Time is a wrapper around|MicroTime is version of Time)/;

function putDescription(texts: Record<string, string>, name: string, written: string | undefined, plain: string | undefined): void {
  const current = name !== '' && written !== undefined && BORROWED.test(written) ? undefined : written;
  const collapse = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
  // The older package's text is preferred only where it says the same with its line breaks, or where there is no other.
  const text = plain !== undefined && (current === undefined || collapse(plain) === collapse(current)) ? plain : current;
  if (text) {
    texts[name] = text;
  }
}

interface InterfaceText {
  description: string | undefined;
  fields: Map<string, FieldText>;
}

/** Fields of the first class or interface that `header` finds in a declaration file. */
function parseInterface(source: string, header: RegExp): InterfaceText | undefined {
  const start = header.exec(source);
  return start ? parseBody(source, start.index, start.index + start[0].length) : undefined;
}

function parseBody(source: string, start: number, bodyStart: number): InterfaceText {
  const fields = new Map<string, FieldText>();
  const field = /\s*(?:\/\*\*((?:[^*]|\*(?!\/))*)\*\/\s*)?(?:readonly )?(?:'([^']+)'|"([^"]+)"|([\w$-]+))(\?)?: (\{[^}]*\}|[^;{]+);/y;
  field.lastIndex = bodyStart;
  for (let found = field.exec(source); found; found = field.exec(source)) {
    const name = (found[2] ?? found[3] ?? found[4]) as string;
    fields.set(name, {
      description: commentText(found[1]),
      type: (found[6] as string).replaceAll(/\s+/g, ' '),
      optional: found[5] === '?',
    });
  }
  const before = source.slice(0, start);
  const comment = /\/\*\*((?:[^*]|\*(?!\/))*)\*\/\s*$/.exec(before);
  return { description: commentText(comment?.[1]), fields };
}

function commentText(comment: string | undefined): string | undefined {
  if (comment === undefined) {
    return undefined;
  }
  const text = comment
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, ''))
    .join('\n')
    .trim();
  return text
    .replaceAll(String.raw`\"`, '"')
    .replaceAll(String.raw`\'`, "'")
    .replaceAll(String.raw`\\`, '\\');
}

/** kubernetes-types' interfaces under the names client-node gives them. */
function readPlainTypes(): Map<string, InterfaceText> {
  const types = new Map<string, InterfaceText>();
  const root = packageDirectory('kubernetes-types', 'package.json');
  for (const group of readdirSync(root, { withFileTypes: true })) {
    if (!group.isDirectory()) {
      continue;
    }
    for (const file of readdirSync(path.join(root, group.name))) {
      const version = /^(v\d+)\.d\.ts$/.exec(file)?.[1];
      if (version === undefined) {
        continue;
      }
      const source = readFileSync(path.join(root, group.name, file), 'utf8');
      for (const header of source.matchAll(/export interface (\w+) \{/g)) {
        const parsed = parseBody(source, header.index, header.index + header[0].length);
        const name = `${version.toUpperCase()}${header[1]}`;
        const prefixed = `${group.name.charAt(0).toUpperCase()}${group.name.slice(1)}${name}`;
        types.set(prefixed, parsed);
        if (!types.has(name)) {
          types.set(name, parsed);
        }
      }
    }
  }
  return types;
}
