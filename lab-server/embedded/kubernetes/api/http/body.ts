// Reads a request's body: bounded, and as JSON or YAML.
import type { IncomingMessage } from 'node:http';
import { duplicateFields } from '../decode/duplicates.ts';
import { jsonProblem } from '../decode/json-problem.ts';
import { readEnvelope, readMessage } from '../decode/protobuf.ts';
import { DecodeError } from '../decode/scalars.ts';
import { badRequest, entityTooLarge, unsupportedMediaType } from '../errors.ts';
import { contentType } from '../negotiate.ts';
import type { StructType } from '../../schema/index.ts';

/** As the real server bounds a request. */
export const MAX_BODY_BYTES = 3 * 1024 * 1024;
/** Deeper nesting than any manifest has; Go's decoder stops at 10,000. */
const MAX_DEPTH = 512;

export const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const BODY_TYPES = ['application/json', 'application/yaml', PROTOBUF];

export async function readBody(message: IncomingMessage): Promise<Buffer> {
  const tooLarge = (): Error => entityTooLarge(`Request entity too large: limit is ${MAX_BODY_BYTES}`);
  if (Number(message.headers['content-length'] ?? 0) > MAX_BODY_BYTES) {
    throw tooLarge();
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) {
      throw tooLarge();
    }
    chunks.push(chunk);
  }
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size);
}

export interface ParsedBody {
  value: unknown;
  /** Paths of fields that were given twice. */
  duplicates: readonly string[];
}

/** The body as JSON. `type`: what it should be, which a protobuf body cannot be read without. */
export async function parseBody(message: IncomingMessage, body: Buffer, expected?: StructType): Promise<ParsedBody> {
  const type = contentType(message.headers['content-type']);
  if (type === PROTOBUF && expected) {
    return parseProtobuf(body, expected);
  }
  if (type !== '' && type !== 'application/json' && type !== 'application/yaml' && type !== 'text/yaml') {
    throw unsupportedMediaType(BODY_TYPES);
  }
  const text = body.toString('utf8');
  return type === '' || type === 'application/json' ? parseJson(text) : parseYaml(text);
}

function parseProtobuf(body: Buffer, expected: StructType): ParsedBody {
  try {
    const { apiVersion, kind, raw } = readEnvelope(body);
    return { value: { kind, apiVersion, ...readMessage(expected, raw) }, duplicates: [] };
  } catch (error) {
    throw error instanceof DecodeError ? badRequest(error.message) : error;
  }
}

export function parseJson(text: string): ParsedBody {
  refuseDepth(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw badRequest(jsonProblem(text));
  }
  return { value, duplicates: duplicateFields(text, value) };
}

export async function parseYaml(text: string): Promise<ParsedBody> {
  // Loaded when first needed: kubectl sends JSON for everything but server-side apply.
  const { parseDocument } = await import('yaml');
  refuseDepth(text);
  const document = parseDocument(text, { uniqueKeys: false, maxAliasCount: 100, logLevel: 'silent' } as object);
  const [problem] = document.errors;
  if (problem) {
    throw badRequest(`error converting YAML to JSON: yaml: ${problem.message.split('\n')[0]}`);
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw badRequest(`error converting YAML to JSON: yaml: ${(error as Error).message}`);
  }
  return { value: JSON.parse(JSON.stringify(value ?? null)) as unknown, duplicates: [] };
}

function refuseDepth(text: string): void {
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > MAX_DEPTH) {
        throw badRequest('json: exceeded max depth');
      }
    } else if (code === 0x7d || code === 0x5d) {
      depth -= 1;
    }
  }
}
