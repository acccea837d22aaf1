// An OpenAPI v2 document in the protobuf form that clients written in Go ask for: gnostic's openapi.v2.Document.
import { bytesField, concatFields, textField, varintField } from '../decode/wire-writer.ts';
import type { OpenApiSchema } from './schemas.ts';
import type { SwaggerDocument } from './swagger.ts';

export const SWAGGER_PROTOBUF = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
/** As the real server writes the type of its answer. */
export const SWAGGER_PROTOBUF_ANSWER = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

export function encodeSwagger({ swagger, info, definitions }: SwaggerDocument): Buffer {
  const named = Object.entries(definitions).map(([name, schema]) => bytesField(1, namedSchema(name, schema)));
  return concatFields([
    textField(1, swagger),
    bytesField(2, concatFields([textField(1, info.title), textField(2, info.version)])),
    bytesField(8, Buffer.alloc(0)),
    bytesField(9, concatFields(named)),
  ]);
}

function namedSchema(name: string, schema: OpenApiSchema): Buffer {
  return concatFields([textField(1, name), bytesField(2, encodeSchema(schema))]);
}

function encodeSchema(schema: OpenApiSchema): Buffer {
  const { $ref, format, description, required, enum: values, additionalProperties, type, items, properties } = schema;
  const parts: Buffer[] = [];
  const addText = (number: number, text: unknown): void => {
    if (typeof text === 'string' && text !== '') {
      parts.push(textField(number, text));
    }
  };
  addText(1, $ref);
  addText(2, format);
  addText(4, description);
  for (const name of Array.isArray(required) ? required : []) {
    addText(19, name);
  }
  for (const value of Array.isArray(values) ? values : []) {
    parts.push(bytesField(20, anyValue(value)));
  }
  if (typeof additionalProperties === 'object' && additionalProperties !== null) {
    parts.push(bytesField(21, bytesField(1, encodeSchema(additionalProperties as OpenApiSchema))));
  } else if (typeof additionalProperties === 'boolean') {
    parts.push(bytesField(21, varintField(2, additionalProperties ? 1 : 0)));
  }
  if (typeof type === 'string') {
    parts.push(bytesField(22, textField(1, type)));
  }
  if (typeof items === 'object' && items !== null) {
    parts.push(bytesField(23, bytesField(1, encodeSchema(items as OpenApiSchema))));
  }
  if (typeof properties === 'object' && properties !== null) {
    const named = Object.entries(properties).map(([name, property]) => bytesField(1, namedSchema(name, property as OpenApiSchema)));
    parts.push(bytesField(25, concatFields(named)));
  }
  for (const [name, value] of Object.entries(schema)) {
    if (name.startsWith('x-')) {
      parts.push(bytesField(31, concatFields([textField(1, name), bytesField(2, anyValue(value))])));
    }
  }
  return concatFields(parts);
}

/** Any value as YAML, which JSON is. */
function anyValue(value: unknown): Buffer {
  return textField(2, JSON.stringify(value));
}
