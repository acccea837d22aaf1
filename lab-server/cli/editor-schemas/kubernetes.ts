// The JSON schema by which the editor completes and checks manifests: the same types and descriptions as the embedded API server's OpenAPI.
import { Discovery } from '../../embedded/kubernetes/api/discovery.ts';
import { OpenApi } from '../../embedded/kubernetes/api/openapi/documents.ts';
import type { OpenApiSchema } from '../../embedded/kubernetes/api/openapi/schemas.ts';
import { KindRegistry } from '../../embedded/kubernetes/api/registry.ts';
import { kinds } from '../../embedded/kubernetes/resources/index.ts';
import { loadSchema } from '../../embedded/kubernetes/schema/index.ts';

export type JsonSchema = Record<string, unknown>;

interface GroupVersionKind {
  group: string;
  version: string;
  kind: string;
}

const KINDS = 'x-kubernetes-group-version-kind';
/** What only the server writes: of no use to who writes a manifest. */
const SERVERS_OWN: ReadonlySet<string> = new Set(['managedFields', 'selfLink']);

/** One schema for a document of any kind: `apiVersion` and `kind` choose what holds for the rest. */
export function kubernetesSchema(): JsonSchema {
  const schema = loadSchema();
  const registry = new KindRegistry(kinds, schema);
  const { definitions } = new OpenApi(registry, new Discovery(registry), schema, '').swagger();
  const found = Object.entries(definitions).flatMap(([name, definition]) =>
    ((definition[KINDS] ?? []) as GroupVersionKind[]).map(({ group, version, kind }) => ({
      name,
      kind,
      apiVersion: group === '' ? version : `${group}/${version}`,
    })),
  );
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Kubernetes',
    type: 'object',
    required: ['apiVersion', 'kind'],
    properties: {
      // Suggested, not demanded: custom resources have names of their own.
      apiVersion: { anyOf: [{ enum: unique(found.map(({ apiVersion }) => apiVersion)) }, { type: 'string' }] },
      kind: { anyOf: [{ enum: unique(found.map(({ kind }) => kind)) }, { type: 'string' }] },
    },
    allOf: found.map(({ name, apiVersion, kind }) => ({
      if: { properties: { apiVersion: { const: apiVersion }, kind: { const: kind } }, required: ['apiVersion', 'kind'] },
      // oxlint-disable-next-line unicorn/no-thenable -- a word of JSON Schema; nobody awaits it
      then: { $ref: `#/definitions/${name}` },
    })),
    definitions: Object.fromEntries(
      Object.entries(definitions).map(([name, definition]) => [name, { title: name.split('.').at(-1), ...toJsonSchema(definition) }]),
    ),
  };
}

/** Without the extensions; fields that nobody knows are mistakes, as the server's strict validation has them. */
function toJsonSchema(schema: OpenApiSchema): JsonSchema {
  const result: JsonSchema = {};
  for (const [key, value] of Object.entries(schema)) {
    if (!key.startsWith('x-') && key !== 'format') {
      result[key] = value;
    }
  }
  if (schema.format === 'int-or-string') {
    result.type = ['integer', 'string'];
  } else if (isQuantity(schema)) {
    result.type = ['string', 'number'];
  }
  if (isRecord(schema.properties)) {
    result.properties = Object.fromEntries(
      Object.entries(schema.properties)
        .filter(([name]) => !SERVERS_OWN.has(name))
        .map(([name, property]) => [name, toJsonSchema(property as OpenApiSchema)]),
    );
    result.additionalProperties = false;
  }
  for (const key of ['items', 'additionalProperties'] as const) {
    if (isRecord(schema[key])) {
      result[key] = toJsonSchema(schema[key]);
    }
  }
  return result;
}

function isQuantity({ description, type }: OpenApiSchema): boolean {
  return type === 'string' && typeof description === 'string' && description.startsWith('A fixed-point number with a unit');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)].toSorted();
}
