// REST-JSON (X-Ray): method and path name the operation, parts of the input travel in path, query and headers
// (https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html).
import type { AwsError } from '../errors.ts';
import { shapeOf, type OperationModel, type ServiceModel } from '../../model/model.ts';
import { parseBody } from './json.ts';
import { readJson, writeJson } from './json-values.ts';
import type { Resolved, WireAnswer, WireProtocol, WireRequest } from './protocol.ts';

export const restJsonProtocol: WireProtocol = {
  resolve(request: WireRequest, model: ServiceModel): Resolved | undefined {
    for (const [operation, { http }] of Object.entries(model.operations)) {
      const labels = http?.method === request.method ? matchPath(http.path, request.path) : undefined;
      if (labels) {
        return { operation, labels };
      }
    }
    return undefined;
  },

  requestedName(request: WireRequest): string {
    return `${request.method} ${request.path}`;
  },

  readInput(request: WireRequest, resolved: Resolved, model: ServiceModel, operation: OperationModel): Record<string, unknown> {
    const body = request.method === 'GET' ? {} : parseBody(request.body);
    const input = readJson(body, { shape: operation.input }, model) as Record<string, unknown>;
    const shape = shapeOf(model, operation.input);
    if (shape.type === 'structure') {
      for (const [name, member] of Object.entries(shape.members)) {
        const text = member.httpLabel
          ? resolved.labels?.[name]
          : member.httpQuery
            ? (request.query.get(member.httpQuery) ?? undefined)
            : member.httpHeader
              ? request.headers[member.httpHeader.toLowerCase()]
              : undefined;
        if (text !== undefined) {
          input[name] = member.shape === '$number' ? Number(text) : member.shape === '$boolean' ? text === 'true' : text;
        }
      }
    }
    return input;
  },

  writeOutput(output, _name, model, operation, requestId): WireAnswer {
    return answer(operation.http?.status ?? 200, writeJson(output, { shape: operation.output }, model), requestId);
  },

  writeError(error: AwsError, status: number, code: string, _model: ServiceModel, requestId: string): WireAnswer {
    const written = answer(status, { ...error.fields, message: error.message }, requestId);
    written.headers['x-amzn-errortype'] = code;
    return written;
  },
};

function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('?')[0]?.split('/') ?? [];
  const parts = path.split('/');
  if (wanted.length !== parts.length) {
    return undefined;
  }
  const labels: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const label = /^\{([^+}]+)\+?\}$/.exec(part)?.[1];
    const found = parts[index] ?? '';
    if (label) {
      try {
        labels[label] = decodeURIComponent(found);
      } catch {
        return undefined;
      }
    } else if (part !== found) {
      return undefined;
    }
  }
  return labels;
}

function answer(status: number, body: unknown, requestId: string): WireAnswer {
  return { status, headers: { 'content-type': 'application/json', 'x-amzn-requestid': requestId }, body: JSON.stringify(body) };
}
