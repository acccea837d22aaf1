// Reads the schemas that an AWS SDK client carries (arrays, see @smithy/core/schema) into a ServiceModel.
import type { ErrorModel, Member, OperationModel, Protocol, ServiceModel, Shape } from './model.ts';

/** The exports of an SDK client package: schemas among them, in names that end in `$`, and one client class. */
export type ClientModule = Record<string, unknown>;

/** A schema of @smithy/core: `[kind, namespace, name, traits, …]`, a reference, or a number for a primitive. */
type Schema = number | string | readonly unknown[] | (() => Schema);

interface Traits {
  xmlName?: string;
  ec2QueryName?: string;
  jsonName?: string;
  xmlFlattened?: number | true;
  httpLabel?: number | true;
  httpQuery?: string;
  httpHeader?: string;
  httpPayload?: number | true;
  idempotencyToken?: number | true;
  http?: [string, string, number];
  awsQueryError?: [string, number];
  error?: string;
  httpError?: number;
}

interface ProtocolSettings {
  version: string;
  xmlNamespace?: string;
  serviceTarget?: string;
  awsQueryCompatible?: boolean;
}

const KIND = { simple: 0, list: 1, map: 2, structure: 3, error: -3, union: 4, operation: 9 } as const;
/** Numbers that stand for primitives; 64 and 128 added mean a list or a map of them. */
const PRIMITIVES: Readonly<Record<number, string>> = {
  0: '$string',
  1: '$number',
  2: '$boolean',
  4: '$timestamp',
  5: '$timestamp:date-time',
  6: '$timestamp:http-date',
  7: '$timestamp:epoch-seconds',
  15: '$document',
  17: '$bigInteger',
  19: '$bigDecimal',
  21: '$blob',
  42: '$blob',
};
const LIST_OF = 64;
const MAP_OF = 128;
/** Bits of the short form of traits. */
const TRAIT_BITS: readonly [number, keyof Traits][] = [
  [0, 'httpLabel'],
  [2, 'idempotencyToken'],
  [4, 'httpPayload'],
];

const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  'aws.protocols#awsJson1_0': 'json-1.0',
  'aws.protocols#awsJson1_1': 'json-1.1',
  'aws.protocols#awsQuery': 'query',
  'aws.protocols#ec2Query': 'ec2',
  'aws.protocols#restJson1': 'rest-json',
};

/** Makes the model of one service. `module` is the client package as loaded. */
export function extractModel(service: string, module: ClientModule): ServiceModel {
  const { settings, protocol, serviceId } = describeClient(module);
  const model: ServiceModel = {
    service,
    serviceId,
    protocol,
    version: settings.version,
    xmlNamespace: settings.xmlNamespace,
    target: settings.serviceTarget,
    ...(settings.awsQueryCompatible ? { awsQueryCompatible: true as const } : {}),
    operations: {},
    shapes: {},
    errors: {},
  };
  const shapes = new ShapeCollector(model.shapes);
  for (const value of Object.values(module)) {
    if (!Array.isArray(value)) {
      continue;
    }
    const schema = value as readonly unknown[];
    if (schema[0] === KIND.operation) {
      model.operations[schema[2] as string] = operationOf(schema, shapes);
    } else if (schema[0] === KIND.error) {
      model.errors[schema[2] as string] = errorOf(traitsOf(schema[3]));
      shapes.nameOf(schema);
    }
  }
  return model;
}

function describeClient(module: ClientModule): { settings: ProtocolSettings; protocol: Protocol; serviceId: string } {
  for (const [name, value] of Object.entries(module)) {
    if (typeof value !== 'function' || !/^[A-Z].*Client$/.test(name) || name === '__Client') {
      continue;
    }
    const Client = value as new (options: object) => {
      config: { protocolSettings: ProtocolSettings; protocol: { getShapeId(): string }; serviceId: string };
    };
    const { config } = new Client({ region: 'us-east-1', credentials: { accessKeyId: 'none', secretAccessKey: 'none' } });
    const protocol = PROTOCOLS[config.protocol.getShapeId()];
    if (!protocol) {
      throw new Error(`the protocol ${config.protocol.getShapeId()} of ${name} is not known`);
    }
    return { settings: config.protocolSettings, protocol, serviceId: config.serviceId };
  }
  throw new Error('the package exports no client');
}

function operationOf(schema: readonly unknown[], shapes: ShapeCollector): OperationModel {
  const { http } = traitsOf(schema[3]);
  return {
    input: shapes.nameOf(schema[4] as Schema),
    output: shapes.nameOf(schema[5] as Schema),
    ...(http ? { http: { method: http[0], path: http[1], status: http[2] } } : {}),
  };
}

function errorOf(traits: Traits): ErrorModel {
  const status = traits.awsQueryError?.[1] ?? traits.httpError ?? (traits.error === 'server' ? 500 : 400);
  return { status, ...(traits.awsQueryError ? { code: traits.awsQueryError[0] } : {}) };
}

function traitsOf(traits: unknown): Traits {
  if (typeof traits !== 'number') {
    return (traits ?? {}) as Traits;
  }
  const result: Record<string, unknown> = {};
  for (const [bit, name] of TRAIT_BITS) {
    if ((traits >> bit) & 1) {
      result[name] = true;
    }
  }
  return result;
}

class ShapeCollector {
  readonly #shapes: Record<string, Shape>;

  constructor(shapes: Record<string, Shape>) {
    this.#shapes = shapes;
  }

  /** The name under which a schema is kept, adding it and what it refers to. */
  nameOf(reference: Schema): string {
    const schema = typeof reference === 'function' ? reference() : reference;
    if (typeof schema === 'number') {
      return this.#ofNumber(schema);
    }
    if (typeof schema === 'string') {
      // "unit": an operation that takes or gives nothing.
      this.#shapes['Unit'] ??= { type: 'structure', members: {}, required: [] };
      return 'Unit';
    }
    return this.#ofStatic(schema as readonly unknown[]);
  }

  #ofStatic(schema: readonly unknown[]): string {
    const [kind, , name] = schema as [number, string, string];
    if (kind === KIND.simple) {
      return this.nameOf(schema[4] as Schema);
    }
    if (this.#shapes[name]) {
      return name;
    }
    switch (kind) {
      case KIND.list: {
        const list: Shape = { type: 'list', member: { shape: '$string' } };
        this.#shapes[name] = list;
        list.member = this.#member(schema[4] as Schema);
        return name;
      }
      case KIND.map: {
        const map: Shape = { type: 'map', key: { shape: '$string' }, value: { shape: '$string' } };
        this.#shapes[name] = map;
        map.key = this.#member(schema[4] as Schema);
        map.value = this.#member(schema[5] as Schema);
        return name;
      }
      case KIND.structure:
      case KIND.error:
      case KIND.union: {
        const members: Record<string, Member> = {};
        const names = schema[4] as readonly string[];
        // The members that are required come first; the seventh element counts them.
        this.#shapes[name] = {
          type: kind === KIND.union ? 'union' : 'structure',
          members,
          required: names.slice(0, (schema[6] as number | undefined) ?? 0),
        };
        names.forEach((member, index) => {
          members[member] = this.#member((schema[5] as readonly Schema[])[index] ?? 0);
        });
        return name;
      }
      default:
        throw new Error(`the schema kind ${String(kind)} of ${name} is not known`);
    }
  }

  #ofNumber(schema: number): string {
    if (schema >= MAP_OF) {
      const name = `MapOf${PRIMITIVES[schema - MAP_OF]}`;
      this.#shapes[name] ??= { type: 'map', key: { shape: '$string' }, value: { shape: PRIMITIVES[schema - MAP_OF] ?? '$string' } };
      return name;
    }
    if (schema >= LIST_OF) {
      const name = `ListOf${PRIMITIVES[schema - LIST_OF]}`;
      this.#shapes[name] ??= { type: 'list', member: { shape: PRIMITIVES[schema - LIST_OF] ?? '$string' } };
      return name;
    }
    return PRIMITIVES[schema] ?? '$string';
  }

  #member(schema: Schema): Member {
    // A member with traits of its own is a pair of schema and traits.
    if (Array.isArray(schema) && schema.length === 2) {
      const traits = traitsOf(schema[1]);
      const member = this.#member(schema[0] as Schema);
      return {
        ...member,
        ...pick(traits, ['xmlName', 'ec2QueryName', 'jsonName', 'httpQuery', 'httpHeader']),
        ...(traits.xmlFlattened ? { flattened: true as const } : {}),
        ...(traits.httpLabel ? { httpLabel: true as const } : {}),
        ...(traits.httpPayload ? { httpPayload: true as const } : {}),
        ...(traits.idempotencyToken ? { idempotencyToken: true as const } : {}),
      };
    }
    const [shape, format] = this.nameOf(schema).split(':') as [string, Member['timestampFormat']];
    return { shape, ...(format ? { timestampFormat: format } : {}) };
  }
}

function pick<K extends keyof Traits>(traits: Traits, names: readonly K[]): Pick<Traits, K> {
  return Object.fromEntries(names.flatMap((name) => (traits[name] === undefined ? [] : [[name, traits[name]]]))) as Pick<Traits, K>;
}
