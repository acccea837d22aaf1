// Reads the types of the API out of two packages' text: @kubernetes/client-node (every model of Kubernetes 1.36) and kubernetes-models
// (descriptions with their line breaks and enum values, and which strings are quantities, all of which client-node's generator drops).
// Text is read, nothing is imported: loading client-node would cost a cluster's worker 700 ms and 130 MB.
import { readdirSync, readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

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

/** The directory of a package as it is installed for `user`, the address of a file. */
function packageDirectory(name: string, user: string): string {
  const description = findPackageJSON(name, user);
  if (description === undefined) {
    throw new Error(`the package ${name} is not installed: run npm install`);
  }
  return path.dirname(description);
}

/** Version of @kubernetes/client-node that is installed: the schema is as new as it. */
export function clientVersion(): string {
  return (JSON.parse(readFileSync(path.join(clientDirectory(), 'package.json'), 'utf8')) as { version: string }).version;
}

function clientDirectory(): string {
  return packageDirectory('@kubernetes/client-node', import.meta.url);
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
    put(texts, '', known?.description ?? declared.description);
    for (const attribute of attributes) {
      const field = declared.fields.get(attribute.name);
      const knownField = known?.fields.get(attribute.baseName);
      fields[attribute.baseName] = fieldType(attribute, knownField?.type);
      if (field && !field.optional) {
        required.push(attribute.baseName);
      }
      put(texts, attribute.baseName, knownField?.description ?? field?.description);
    }
    models[model] = { fields, required };
    descriptions[model] = texts;
  }
  return { structure: { clientVersion: clientVersion(), models }, descriptions };
}

function put(texts: Record<string, string>, name: string, text: string | undefined): void {
  if (text) {
    texts[name] = text;
  }
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

function fieldType({ type, format }: Attribute, plainType: string | undefined): TypeText {
  const text = typeText(type, format);
  // client-node knows a quantity as a string only.
  return plainType?.includes('ResourceQuantity') ? text.replace(/string$/, 'quantity') : text;
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
  // Stars are escaped where they would be read as an end of the comment or as Markdown.
  return text.replaceAll(String.raw`\*`, '*').replaceAll(String.raw`*\/`, '*/');
}

/** kubernetes-models' interfaces under the names client-node gives them: `V1Pod`, or `RbacV1Subject` where several groups have one. */
function readPlainTypes(): Map<string, InterfaceText> {
  const types = new Map<string, InterfaceText>();
  const models = packageDirectory('kubernetes-models', import.meta.url);
  const machinery = packageDirectory('@kubernetes-models/apimachinery', pathToFileURL(path.join(models, 'index.js')).href);
  const folders = [
    { prefix: 'Core', folder: path.join(models, 'v1') },
    ...groupFolders(models),
    { prefix: 'Meta', folder: path.join(machinery, 'apis/meta/v1') },
  ];
  for (const { prefix, folder } of folders) {
    const version = path.basename(folder);
    for (const file of readdirSync(folder)) {
      const name = /^(\w+)\.d\.ts$/.exec(file)?.[1];
      if (name === undefined || name === 'index') {
        continue;
      }
      const parsed = parseInterface(readFileSync(path.join(folder, file), 'utf8'), /export interface I\w+(?: extends \w+)? \{/);
      if (parsed) {
        const plain = `${version.toUpperCase()}${name}`;
        types.set(`${prefix}${plain}`, parsed);
        if (!types.has(plain)) {
          types.set(plain, parsed);
        }
      }
    }
  }
  return types;
}

/** `apps/v1`, `rbac.authorization.k8s.io/v1` and so on, with the prefix of client-node's names. */
function groupFolders(models: string): { prefix: string; folder: string }[] {
  return readdirSync(models, { withFileTypes: true }).flatMap((group) => {
    if (!group.isDirectory() || /^(_|v\d)/.test(group.name)) {
      return [];
    }
    const [name = ''] = group.name.split('.');
    const prefix = name.charAt(0).toUpperCase() + name.slice(1);
    const versions = readdirSync(path.join(models, group.name)).filter((version) => /^v\d+$/.test(version));
    return versions.map((version) => ({ prefix, folder: path.join(models, group.name, version) }));
  });
}
