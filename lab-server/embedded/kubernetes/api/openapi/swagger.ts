// OpenAPI v2 as clients still need it: kubectl checks the items of a List against it. Made of the same schemas as v3, less what v2 cannot say.
import type { OpenApiSchema } from './schemas.ts';

export interface SwaggerDocument {
  swagger: '2.0';
  info: { title: string; version: string };
  paths: Record<string, never>;
  definitions: Record<string, OpenApiSchema>;
}

const V3_REFERENCE = '#/components/schemas/';
/** What stays of a schema as it is; extensions do, too. */
const KEPT: ReadonlySet<string> = new Set(['description', 'format', 'required', 'type', 'enum']);

export function swaggerDocument(schemas: Readonly<Record<string, OpenApiSchema>>): SwaggerDocument {
  const definitions: Record<string, OpenApiSchema> = {};
  for (const name of Object.keys(schemas).toSorted()) {
    definitions[name] = toSwagger(schemas[name] ?? {});
  }
  return { swagger: '2.0', info: { title: 'Kubernetes', version: 'unversioned' }, paths: {}, definitions };
}

function toSwagger(schema: OpenApiSchema): OpenApiSchema {
  const reference = referenceOf(schema);
  if (reference !== undefined) {
    return { ...(schema.description !== undefined && { description: schema.description }), $ref: reference };
  }
  const kept: OpenApiSchema = {};
  for (const [key, value] of Object.entries(schema)) {
    if (KEPT.has(key) || key.startsWith('x-')) {
      kept[key] = value;
    }
  }
  if (schema.oneOf !== undefined && schema.type === undefined && schema['x-kubernetes-int-or-string'] === undefined) {
    // Quantities, and integers or strings: v2 has no way to say so, and clients take numbers for text.
    kept.type = 'string';
  }
  if (isAnything(schema)) {
    // A client of v2 would refuse everything but what is named here.
    delete kept.type;
    return kept;
  }
  if (isRecord(schema.properties)) {
    kept.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([name, value]) => [name, toSwagger(value as OpenApiSchema)]),
    );
  }
  if (isRecord(schema.items)) {
    kept.items = toSwagger(schema.items);
  }
  if (isRecord(schema.additionalProperties)) {
    kept.additionalProperties = toSwagger(schema.additionalProperties);
  }
  return kept;
}

function referenceOf({ $ref, allOf }: OpenApiSchema): string | undefined {
  const reference = $ref ?? (Array.isArray(allOf) && allOf.length === 1 ? (allOf[0] as OpenApiSchema).$ref : undefined);
  return typeof reference === 'string' ? reference.replace(V3_REFERENCE, '#/definitions/') : undefined;
}

function isAnything(schema: OpenApiSchema): boolean {
  const isOpen = schema.type === 'object' && schema.properties === undefined && schema.additionalProperties === undefined;
  return isOpen || schema.nullable === true || schema['x-kubernetes-preserve-unknown-fields'] === true;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
