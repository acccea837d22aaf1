// Describes the types of built-in kinds as OpenAPI v3 schemas, with Kubernetes' extensions.
import { type Descriptions, type Field, type ScalarName, type SchemaType, type StructType, typeVersion } from '../../schema/index.ts';
import { ENUMS } from '../../schema/enums.ts';

export type OpenApiSchema = Record<string, unknown>;

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.';
const REFERENCE = '#/components/schemas/';

/** Types that are described by name although they are scalars. */
const NAMED: Readonly<Partial<Record<ScalarName, { name: string; schema: OpenApiSchema }>>> = {
  time: {
    name: `${META}Time`,
    schema: { description: 'A time in RFC 3339 form, to the second.', type: 'string', format: 'date-time' },
  },
  microtime: {
    name: `${META}MicroTime`,
    schema: { description: 'A time in RFC 3339 form, to the microsecond.', type: 'string', format: 'date-time' },
  },
  quantity: {
    name: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
    schema: {
      description: 'A fixed-point number with a unit, such as 500m or 1Gi.',
      oneOf: [{ type: 'string' }, { type: 'number' }],
    },
  },
  intOrString: {
    name: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
    schema: { description: 'An integer, or a string.', format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
  },
};

/** Fields that hold any JSON, by their owner: named so that clients can tell what they are. */
const NAMED_ANY: Readonly<Record<string, { name: string; schema: OpenApiSchema }>> = {
  'ManagedFieldsEntry.fieldsV1': {
    name: `${META}FieldsV1`,
    schema: { description: 'A set of fields, as a tree in JSON.', type: 'object' },
  },
  'ControllerRevision.data': {
    name: 'io.k8s.apimachinery.pkg.runtime.RawExtension',
    schema: { description: 'Any object, kept as it is.', type: 'object' },
  },
};

/** Types that belong to apimachinery, whichever group uses them. */
const META_TYPES: ReadonlySet<string> = new Set([
  'APIGroup',
  'APIGroupList',
  'APIResource',
  'APIResourceList',
  'APIVersions',
  'Condition',
  'DeleteOptions',
  'FieldSelectorRequirement',
  'GroupVersionForDiscovery',
  'LabelSelector',
  'LabelSelectorRequirement',
  'ListMeta',
  'ManagedFieldsEntry',
  'ObjectMeta',
  'OwnerReference',
  'Preconditions',
  'ServerAddressByClientCIDR',
  'Status',
  'StatusCause',
  'StatusDetails',
  'WatchEvent',
]);

/** Collects the schemas of a document: each type once, with everything it refers to. */
export class SchemaCollector {
  readonly #descriptions: Descriptions;
  /** `apps` of `apps/v1`, `core` of `v1`: the package that names types of the group. */
  readonly #package: (struct: StructType) => string;
  readonly schemas: Record<string, OpenApiSchema> = {};
  readonly #names = new Map<StructType, string>();

  constructor(descriptions: Descriptions, packageOf: (struct: StructType) => string) {
    this.#descriptions = descriptions;
    this.#package = packageOf;
  }

  /** Name of the type's schema, which is described with all that it refers to. */
  add(struct: StructType): string {
    let name = this.#names.get(struct);
    if (name === undefined) {
      name = this.#nameOf(struct);
      this.#names.set(struct, name);
      this.schemas[name] ??= this.#describe(struct);
    }
    return name;
  }

  reference(struct: StructType): OpenApiSchema {
    return { $ref: REFERENCE + this.add(struct) };
  }

  #nameOf(struct: StructType): string {
    if (META_TYPES.has(struct.name)) {
      return META + struct.name;
    }
    return `io.k8s.api.${this.#package(struct)}.${typeVersion(struct.model ?? '')}.${struct.name}`;
  }

  #describe(struct: StructType): OpenApiSchema {
    const texts = this.#descriptions[struct.model ?? ''] ?? {};
    const properties: Record<string, OpenApiSchema> = {};
    const required: string[] = [];
    for (const field of struct.fields.values()) {
      properties[field.name] = this.#property(struct, field, texts[field.name]);
      if (field.required) {
        required.push(field.name);
      }
    }
    const schema: OpenApiSchema = {};
    if (texts['']) {
      schema.description = texts[''];
    }
    schema.type = 'object';
    if (required.length > 0) {
      schema.required = required;
    }
    if (struct.fields.size > 0) {
      schema.properties = properties;
    }
    if (struct.atomic) {
      schema['x-kubernetes-map-type'] = 'atomic';
    }
    return schema;
  }

  #property(owner: StructType, field: Field, text: string | undefined): OpenApiSchema {
    const rule = ENUMS[owner.name]?.[field.name];
    const named = NAMED_ANY[`${owner.name}.${field.name}`];
    let schema = named ? this.#named(named) : this.#type(field.type, rule?.items ? rule.values : undefined);
    const description = withEnum(text, rule?.values);
    if (typeof schema.$ref === 'string') {
      // A reference stands alone in OpenAPI v3; what is said beside it needs allOf.
      const { $ref, ...rest } = schema;
      schema =
        description === undefined && field.zero !== 'write'
          ? schema
          : { ...rest, ...(field.zero === 'write' && { default: {} }), allOf: [{ $ref }] };
    } else if (field.zero === 'write' && field.type.kind === 'scalar' && field.required) {
      schema.default = field.type.scalar === 'string' || field.type.scalar === 'bytes' ? '' : field.type.scalar === 'boolean' ? false : 0;
    }
    if (rule && !rule.items) {
      schema.enum = rule.values;
    }
    addMergeRules(schema, field);
    return description === undefined ? schema : { description, ...schema };
  }

  #type(type: SchemaType, itemEnum?: readonly string[]): OpenApiSchema {
    switch (type.kind) {
      case 'struct':
        return this.reference(type);
      case 'any':
        return { type: 'object' };
      case 'map':
        return { type: 'object', additionalProperties: this.#type(type.values) };
      case 'list':
        return { type: 'array', items: itemEnum ? { ...this.#type(type.items), enum: itemEnum } : this.#item(type.items) };
      case 'scalar': {
        const named = NAMED[type.scalar];
        return named ? this.#named(named) : scalarSchema(type.scalar);
      }
    }
  }

  #item(type: SchemaType): OpenApiSchema {
    const schema = this.#type(type);
    return type.kind === 'scalar' && type.scalar === 'string' ? { ...schema, default: '' } : schema;
  }

  #named({ name, schema }: { name: string; schema: OpenApiSchema }): OpenApiSchema {
    this.schemas[name] ??= schema;
    return { $ref: REFERENCE + name };
  }
}

function scalarSchema(scalar: ScalarName): OpenApiSchema {
  switch (scalar) {
    case 'boolean':
      return { type: 'boolean' };
    case 'int32':
    case 'int64':
      return { type: 'integer', format: scalar };
    case 'double':
      return { type: 'number', format: 'double' };
    case 'bytes':
      return { type: 'string', format: 'byte' };
    default:
      return { type: 'string' };
  }
}

function withEnum(text: string | undefined, values: readonly string[] | undefined): string | undefined {
  // Most descriptions list the values themselves, with what each means.
  if (!values || text?.includes('Possible enum values:')) {
    return text;
  }
  const list = `Possible enum values:\n${values.map((value) => ` - \`${JSON.stringify(value)}\``).join('\n')}`;
  return text === undefined ? list : `${text}\n\n${list}`;
}

function addMergeRules(schema: OpenApiSchema, field: Field): void {
  if (field.type.kind === 'list') {
    const { rule } = field.type;
    if (rule?.keys) {
      schema['x-kubernetes-list-map-keys'] = rule.keys;
    }
    schema['x-kubernetes-list-type'] = rule?.list ?? 'atomic';
  } else if (field.type.kind === 'map' && field.type.atomic) {
    schema['x-kubernetes-map-type'] = 'atomic';
  }
  if (field.patchMergeKey !== undefined) {
    schema['x-kubernetes-patch-merge-key'] = field.patchMergeKey;
  }
  if (field.patchStrategy !== undefined) {
    schema['x-kubernetes-patch-strategy'] = field.patchStrategy;
  }
}
