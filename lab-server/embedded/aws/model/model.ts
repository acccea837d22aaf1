// A service's model in compact form: its operations and the shapes they take and give, as extracted from the AWS SDK's own schemas.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Protocol = 'json-1.0' | 'json-1.1' | 'query' | 'ec2' | 'rest-json';

export type Primitive = 'string' | 'number' | 'boolean' | 'timestamp' | 'blob' | 'document' | 'bigInteger' | 'bigDecimal';

/** A member of a structure, or the element of a list or map. `shape` names a shape of the model or is a primitive with a leading `$`. */
export interface Member {
  shape: string;
  xmlName?: string;
  ec2QueryName?: string;
  jsonName?: string;
  flattened?: true;
  timestampFormat?: 'date-time' | 'http-date' | 'epoch-seconds';
  httpLabel?: true;
  httpQuery?: string;
  httpHeader?: string;
  httpPayload?: true;
  idempotencyToken?: true;
}

export type Shape =
  | { type: 'structure' | 'union'; members: Record<string, Member>; required: string[] }
  | { type: 'list'; member: Member }
  | { type: 'map'; key: Member; value: Member };

export interface OperationModel {
  input: string;
  output: string;
  http?: { method: string; path: string; status: number };
}

export interface ErrorModel {
  /** HTTP status. */
  status: number;
  /** The code on the wire where it is not the shape's name (query protocols). */
  code?: string;
}

export interface ServiceModel {
  service: string;
  serviceId: string;
  protocol: Protocol;
  version: string;
  xmlNamespace?: string;
  /** Prefix of X-Amz-Target, where the protocol has one. */
  target?: string;
  /** True where JSON answers also carry the query protocol's error code. */
  awsQueryCompatible?: true;
  operations: Record<string, OperationModel>;
  shapes: Record<string, Shape>;
  errors: Record<string, ErrorModel>;
}

/** The name of a primitive a member has, or undefined when it has a shape. */
export function primitiveOf(member: Member): Primitive | undefined {
  return member.shape.startsWith('$') ? (member.shape.slice(1) as Primitive) : undefined;
}

/** Looks up a member's shape. Throws when the model does not have it: the model is broken then. */
export function shapeOf(model: ServiceModel, name: string): Shape {
  const shape = model.shapes[name];
  if (!shape) {
    throw new Error(`the model of ${model.service} has no shape ${name}`);
  }
  return shape;
}

const loaded = new Map<string, ServiceModel>();

/** Reads a service's model from `folder` (made by generate.ts), once. Undefined when there is none. */
export function loadModel(folder: string, service: string): ServiceModel | undefined {
  const file = join(folder, `${service}.json`);
  let model = loaded.get(file);
  if (!model && existsSync(file)) {
    model = JSON.parse(readFileSync(file, 'utf8')) as ServiceModel;
    loaded.set(file, model);
  }
  return model;
}
