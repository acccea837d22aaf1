// AWS JSON 1.0 and 1.1: the operation in X-Amz-Target, one JSON object each way (https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html).
import type { AwsError } from '../errors.ts';
import { serializationError } from '../errors.ts';
import type { OperationModel, ServiceModel } from '../../model/model.ts';
import { readJson, writeJson } from './json-values.ts';
import type { Resolved, WireAnswer, WireProtocol, WireRequest } from './protocol.ts';

export const jsonProtocol: WireProtocol = {
  resolve(request: WireRequest, model: ServiceModel): Resolved | undefined {
    const operation = jsonProtocol.requestedName(request);
    return operation !== undefined && Object.hasOwn(model.operations, operation) ? { operation } : undefined;
  },

  requestedName(request: WireRequest): string | undefined {
    return request.headers['x-amz-target']?.split('.').at(-1);
  },

  readInput(request: WireRequest, _resolved: Resolved, model: ServiceModel, operation: OperationModel): Record<string, unknown> {
    return readJson(parseBody(request.body), { shape: operation.input }, model) as Record<string, unknown>;
  },

  writeOutput(output, _name, model, operation, requestId): WireAnswer {
    return answer(200, writeJson(output, { shape: operation.output }, model), model, requestId);
  },

  writeError(error: AwsError, status: number, code: string, model: ServiceModel, requestId: string): WireAnswer {
    const name = error.code;
    const fields = model.shapes[name] ? (writeJson(error.fields, { shape: name }, model) as object) : error.fields;
    const written = answer(status, { __type: name, ...fields, message: error.message }, model, requestId);
    if (model.awsQueryCompatible) {
      written.headers['x-amzn-query-error'] = `${code};${status < 500 ? 'Sender' : 'Receiver'}`;
    }
    return written;
  },
};

/** The JSON object in a body; an empty body is an empty object. */
export function parseBody(body: Buffer): unknown {
  if (body.length === 0) {
    return {};
  }
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    throw serializationError('The request body is not valid JSON');
  }
}

function answer(status: number, body: unknown, model: ServiceModel, requestId: string): WireAnswer {
  return {
    status,
    headers: {
      'content-type': model.protocol === 'json-1.0' ? 'application/x-amz-json-1.0' : 'application/x-amz-json-1.1',
      'x-amzn-requestid': requestId,
    },
    body: JSON.stringify(body),
  };
}
