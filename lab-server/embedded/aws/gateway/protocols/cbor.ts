// Smithy RPC v2 CBOR, which newer clients speak to CloudWatch: the operation in the path, one CBOR map each way
// (https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html).
import { decode, encode, Token, Type, type EncodeOptions, type TagDecoder } from 'cborg';
import { primitiveOf, shapeOf, type Member, type OperationModel, type ServiceModel } from '../../model/model.ts';
import type { AwsError } from '../errors.ts';
import { serializationError } from '../errors.ts';
import { readJson } from './json-values.ts';
import type { Resolved, WireAnswer, WireProtocol, WireRequest } from './protocol.ts';

const PATH = /\/service\/([^/]+)\/operation\/([^/]+)$/;
const PROTOCOL = 'rpc-v2-cbor';
/** Seconds since the epoch. */
const TIMESTAMP_TAG = 1;

/** Whether a request says that it speaks this protocol. */
export function isCbor(request: WireRequest): boolean {
  return request.headers['smithy-protocol'] === PROTOCOL || request.headers['content-type'] === 'application/cbor';
}

export const cborProtocol: WireProtocol = {
  resolve(request: WireRequest, model: ServiceModel): Resolved | undefined {
    const operation = cborProtocol.requestedName(request);
    return operation !== undefined && Object.hasOwn(model.operations, operation) ? { operation } : undefined;
  },

  requestedName: (request: WireRequest): string | undefined => PATH.exec(request.path)?.[2],

  readInput(request: WireRequest, _resolved: Resolved, model: ServiceModel, operation: OperationModel): Record<string, unknown> {
    return readJson(plain(decodeBody(request.body)), { shape: operation.input }, model) as Record<string, unknown>;
  },

  writeOutput(output, _name, model, operation, requestId): WireAnswer {
    return answer(200, tokenised(output, { shape: operation.output }, model), requestId);
  },

  writeError(error: AwsError, status: number, code: string, model: ServiceModel, requestId: string): WireAnswer {
    const written = answer(status, { ...error.fields, __type: error.code, message: error.message, Message: error.message }, requestId);
    if (model.awsQueryCompatible) {
      written.headers['x-amzn-query-error'] = `${code};${status < 500 ? 'Sender' : 'Receiver'}`;
    }
    return written;
  },
};

const tags: TagDecoder[] = [];
tags[TIMESTAMP_TAG] = (inner: () => unknown) => inner();

function decodeBody(body: Buffer): unknown {
  if (body.length === 0) {
    return {};
  }
  try {
    return decode(body, { tags, useMaps: false, allowBigInt: true, rejectDuplicateMapKeys: true });
  } catch {
    throw serializationError('The request body is not valid CBOR');
  }
}

/** Blobs are base64 in the reader that both protocols share. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) {
    return Buffer.from(value).toString('base64');
  }
  if (Array.isArray(value)) {
    return value.map(plain);
  }
  if (typeof value === 'bigint') {
    return Number(value);
  }
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
    : value;
}

/** A moment on its way out: tag 1 around a float, as AWS writes it. */
class Moment {
  readonly seconds: number;
  constructor(milliseconds: number) {
    this.seconds = milliseconds / 1000;
  }
}

const options: EncodeOptions = {
  ignoreUndefinedProperties: true,
  typeEncoders: {
    Moment: (moment: unknown) => [new Token(Type.tag, TIMESTAMP_TAG), new Token(Type.float, (moment as Moment).seconds)],
  },
};

/** The members of the model, with moments marked. */
function tokenised(value: unknown, member: Member, model: ServiceModel): unknown {
  if (value === undefined || value === null) {
    return undefined;
  }
  const primitive = primitiveOf(member);
  if (primitive) {
    return primitive === 'timestamp' ? new Moment(value as number) : value;
  }
  const shape = shapeOf(model, member.shape);
  switch (shape.type) {
    case 'list':
      return (value as unknown[]).map((item) => tokenised(item, shape.member, model));
    case 'map':
      return Object.fromEntries(Object.entries(value as object).map(([key, item]) => [key, tokenised(item, shape.value, model)]));
    case 'structure':
    case 'union':
      return Object.fromEntries(
        Object.entries(shape.members).flatMap(([name, inner]) => {
          const item = tokenised((value as Record<string, unknown>)[name], inner, model);
          return item === undefined ? [] : [[name, item]];
        }),
      );
    default:
      return shape satisfies never;
  }
}

function answer(status: number, body: unknown, requestId: string): WireAnswer {
  return {
    status,
    headers: { 'content-type': 'application/cbor', 'smithy-protocol': PROTOCOL, 'x-amzn-requestid': requestId },
    body: Buffer.from(encode(body, options)),
  };
}
