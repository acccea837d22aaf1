// The JSON schema by which the editor completes and checks ECS task definitions and services: read from the declarations of the AWS SDK,
// which carry every member with its type, whether it must be given, its values and its description.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { JsonSchema } from './kubernetes.ts';

const INTERFACE = /^export interface (\w+) \{\n([\s\S]*?)^\}/gm;
const MEMBER = /\/\*\*([\s\S]*?)\*\/\s*(\w+)(\??): ([^;]+);/g;
const ENUM = /^export declare const (\w+): \{\n([\s\S]*?)^\}/gm;
const VALUE = /readonly \w+: "([^"]*)"/g;
const MAX_DESCRIPTION = 600;

/** `root` is the name of the request that the document is the input of, such as RegisterTaskDefinitionRequest. */
export function ecsRequestSchema(root: string, title: string): JsonSchema {
  const declarations = readDeclarations();
  const interfaces = new Map([...declarations.matchAll(INTERFACE)].map(([, name = '', body = '']) => [name, body]));
  const enums = new Map(
    [...declarations.matchAll(ENUM)].map(([, name = '', body = '']) => [name, [...body.matchAll(VALUE)].map(([, value]) => value)]),
  );
  const definitions: Record<string, JsonSchema> = {};

  function typeOf(text: string): JsonSchema {
    const type = text.trim();
    const list = /^(.+)\[\]$/.exec(type)?.[1];
    const map = /^Record<string, (.+)>$/.exec(type)?.[1];
    if (list !== undefined) {
      return { type: 'array', items: typeOf(list) };
    }
    if (map !== undefined) {
      return { type: 'object', additionalProperties: typeOf(map) };
    }
    const values = enums.get(type);
    if (values) {
      return { type: 'string', enum: values };
    }
    return interfaces.has(type) ? referenceTo(type) : { type: type === 'Date' ? 'string' : type };
  }

  function referenceTo(name: string): JsonSchema {
    if (!definitions[name]) {
      // Before its members: a type may hold itself.
      definitions[name] = {};
      definitions[name] = { title: name, ...describe(interfaces.get(name) ?? '') };
    }
    return { $ref: `#/definitions/${name}` };
  }

  function describe(body: string): JsonSchema {
    const properties: Record<string, JsonSchema> = {};
    const required: string[] = [];
    for (const [, comment = '', name = '', optional, type = ''] of body.matchAll(MEMBER)) {
      const alternatives = type.split('|').map((part) => part.trim());
      properties[name] = {
        ...typeOf(alternatives.find((part) => part !== 'undefined' && part !== 'null') ?? ''),
        description: textOf(comment),
      };
      if (optional === '' && alternatives.includes('undefined')) {
        required.push(name);
      }
    }
    return { type: 'object', properties, additionalProperties: false, ...(required.length > 0 && { required }) };
  }

  const { $ref } = referenceTo(root);
  return { $schema: 'http://json-schema.org/draft-07/schema#', title, $ref, definitions };
}

function readDeclarations(): string {
  const folder = join(dirname(createRequire(import.meta.url).resolve('@aws-sdk/client-ecs/package.json')), 'dist-types', 'models');
  return readdirSync(folder)
    .filter((name) => /^(?:models_\d+|enums)\.d\.ts$/.test(name))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
}

/** The text of a documentation comment without its markup, to the end of a sentence. */
function textOf(comment: string): string {
  const text = comment
    .replaceAll(/^\s*\* ?/gm, '')
    .replaceAll(/@\w+.*$/gm, '')
    .replaceAll(/<code>(.*?)<\/code>/g, '`$1`')
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/g, ' ')
    .trim();
  if (text.length <= MAX_DESCRIPTION) {
    return text;
  }
  const end = text.lastIndexOf('. ', MAX_DESCRIPTION);
  return text.slice(0, end > 0 ? end + 1 : MAX_DESCRIPTION);
}
