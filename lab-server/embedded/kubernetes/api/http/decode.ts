// The object in a request's body, read as strictly as its sender asked (fieldValidation).
import { DecodeError, nameOfValue } from '../decode/scalars.ts';
import { isJsonObject } from '../decode/json.ts';
import { conformObject } from '../decode/object.ts';
import { badRequest, isApiError } from '../errors.ts';
import { goValue } from '../patch/go-value.ts';
import type { Resource } from '../registry.ts';
import type { KubernetesObject } from '../../types.ts';
import { type ParsedBody, parseBody, readBody } from './body.ts';
import type { ApiRequest, ResourceRequest } from './request.ts';

/** Go's name of what it reads first of a body. */
const TYPE_META = String.raw`struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }`;

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

export function fieldValidationOf(request: ApiRequest): FieldValidation {
  const asked = request.query.get('fieldValidation');
  switch (asked) {
    case null:
    case '':
      return 'Warn';
    case 'Ignore':
    case 'Warn':
    case 'Strict':
      return asked;
    default:
      throw badRequest(`fieldValidation: Unsupported value: ${JSON.stringify(asked)}: supported values: "", "Ignore", "Strict", "Warn"`);
  }
}

/** Reads the body as an object of the request's kind. */
export async function readObjectBody(request: ResourceRequest, kind: Resource = request.resource): Promise<KubernetesObject> {
  const body = await readBody(request.message);
  let parsed: ParsedBody;
  try {
    parsed = await parseBody(request.message, body, kind.type);
  } catch (error) {
    throw isApiError(error, 'BadRequest') ? unrecognized(kind, error.message, body) : error;
  }
  return decodeObject(request, kind, parsed.value, parsed.duplicates);
}

/** A body of which not even the kind can be told, with its first bytes. */
function unrecognized(kind: Resource, why: string, body: Buffer): Error {
  const start = body.subarray(0, SUMMARY_BYTES).toString('hex');
  const summary = body.length === 0 ? '<empty>' : body.length > SUMMARY_BYTES ? `${start} ...` : start;
  return badRequest(
    `the object provided is unrecognized (must be of type ${kind.kind}): couldn't get version/kind; json parse error: ${why} (${summary})`,
  );
}

const SUMMARY_BYTES = 30;

export function decodeObject(request: ApiRequest, resource: Resource, value: unknown, duplicates: readonly string[]): KubernetesObject {
  const { kind, apiVersion } = resource;
  const [, version = apiVersion] = apiVersion.split('/');
  const cannot = (why: string): Error => badRequest(`${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${why}`);
  if (!isJsonObject(value)) {
    throw badRequest(
      `couldn't get version/kind; json parse error: json: cannot unmarshal ${nameOfValue(value)} into Go value of type ${TYPE_META}`,
    );
  }
  if (value.apiVersion !== undefined && value.apiVersion !== '' && value.apiVersion !== apiVersion) {
    throw badRequest(`the API version in the data (${goValue(value.apiVersion)}) does not match the expected API version (${apiVersion})`);
  }
  if (value.kind !== undefined && value.kind !== '' && value.kind !== kind) {
    throw badRequest(
      `${goValue(value.kind)} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: the kind of the object does not match that of the request`,
    );
  }
  const validation = fieldValidationOf(request);
  const problems = validation === 'Ignore' ? [] : duplicates.map((path) => `duplicate field ${JSON.stringify(path)}`);
  let object: KubernetesObject;
  try {
    object = conformObject(
      resource,
      value,
      validation === 'Ignore' ? undefined : (path) => problems.push(`unknown field ${JSON.stringify(path)}`),
    );
  } catch (error) {
    throw error instanceof DecodeError ? cannot(error.message) : error;
  }
  if (problems.length > 0 && validation === 'Strict') {
    throw cannot(`strict decoding error: ${problems.join(', ')}`);
  }
  request.warnings.push(...problems);
  return object;
}
