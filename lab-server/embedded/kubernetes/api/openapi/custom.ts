// The schema of a custom resource, as its definition gives it, with the fields that every object has.
import type { Resource } from '../registry.ts';
import type { OpenApiSchema } from './schemas.ts';

/** Kept by the registry beside the resource's type. */
export function customSchema(resource: Resource): OpenApiSchema {
  const given = resource.openApi ?? { type: 'object' };
  const properties = {
    ...(given.properties as Record<string, unknown> | undefined),
    apiVersion: { type: 'string', description: 'The version of the API that this object is written in.' },
    kind: { type: 'string', description: 'The kind of this object.' },
    metadata: {
      description: "Standard object's metadata.",
      allOf: [{ $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' }],
    },
  };
  return { ...given, properties };
}
