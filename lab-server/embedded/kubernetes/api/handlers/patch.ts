// Patches an object in one of four ways: JSON patch, JSON merge patch, strategic merge patch, server-side apply.
import { isJsonObject, type JsonObject } from '../decode/json.ts';
import { conformObject } from '../decode/object.ts';
import { DecodeError } from '../decode/scalars.ts';
import { ApiError, badRequest, staleObject, unsupportedMediaType } from '../errors.ts';
import { fieldValidationOf } from '../http/decode.ts';
import { parseJson, parseYaml, readBody } from '../http/body.ts';
import { type Answer, type ResourceRequest, writeContext } from '../http/request.ts';
import { applyConfiguration } from '../managed-fields/managers.ts';
import { typedProblems } from '../managed-fields/typed.ts';
import { contentType } from '../negotiate.ts';
import { createObject, emptyObject } from '../objects/create.ts';
import { managersOf } from '../objects/metadata.ts';
import { existing, updateThrough, writerOf } from '../objects/update.ts';
import { goValue } from '../patch/go-value.ts';
import { applyJsonPatch } from '../patch/json-patch.ts';
import { applyMergePatch } from '../patch/merge-patch.ts';
import { applyStrategicMergePatch } from '../patch/strategic-merge-patch.ts';
import { isTrue } from '../request-info.ts';
import { keyOf } from '../../storage/index.ts';
import type { KubernetesObject } from '../../types.ts';
import { shown } from './shown.ts';

const JSON_PATCH = 'application/json-patch+json';
const MERGE_PATCH = 'application/merge-patch+json';
const APPLY_PATCH = 'application/apply-patch+yaml';
const STRATEGIC_PATCH = 'application/strategic-merge-patch+json';

export async function handlePatch(request: ResourceRequest): Promise<Answer> {
  const { resource, message } = request;
  const type = contentType(message.headers['content-type']);
  const supported = [JSON_PATCH, MERGE_PATCH, APPLY_PATCH, ...(resource.isCustom ? [] : [STRATEGIC_PATCH])];
  if (!supported.includes(type)) {
    throw unsupportedMediaType(supported);
  }
  const body = (await readBody(message)).toString('utf8');
  return type === APPLY_PATCH ? apply(request, body) : patch(request, type, body);
}

async function patch(request: ResourceRequest, type: string, body: string): Promise<Answer> {
  const { core, resource, info, query } = request;
  const context = writeContext(request);
  if (query.has('force')) {
    throw badRequest('PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch');
  }
  const { value, duplicates } = parsePatch(body);
  const stored = existing(core, resource, info.namespace, info.name);
  const current = resource.fromStored(stored.object) as unknown as JsonObject;
  const validation = fieldValidationOf(request);
  const problems = validation === 'Ignore' ? [] : duplicates.map((path) => `duplicate field ${JSON.stringify(path)}`);
  const patched = merge(request, type, current, value);
  const shownPatch = type === STRATEGIC_PATCH ? goValue(value) : undefined;
  let object: KubernetesObject;
  try {
    if (!isJsonObject(patched)) {
      throw new DecodeError('json: cannot unmarshal array into Go value of type map[string]interface {}');
    }
    refuseOtherKind(resource.kind, resource.apiVersion, patched);
    object = conformObject(
      resource,
      patched,
      validation === 'Ignore' ? undefined : (path) => problems.push(`unknown field ${JSON.stringify(path)}`),
    );
  } catch (error) {
    throw error instanceof DecodeError
      ? invalidPatch(shownPatch ?? JSON.stringify(patched), shownPatch === undefined ? error.message : error.asPatched)
      : error;
  }
  if (problems.length > 0 && validation === 'Strict') {
    throw invalidPatch(shownPatch ?? JSON.stringify(patched), `strict decoding error: ${problems.join(', ')}`);
  }
  request.warnings.push(...problems);
  return shown(request, updateThrough(core, resource, info.namespace, info.name, info.subresource, object, context), 200);
}

function parsePatch(body: string): { value: unknown; duplicates: readonly string[] } {
  try {
    return parseJson(body);
  } catch (error) {
    throw error instanceof ApiError ? badRequest(`error decoding patch: ${error.message}`) : error;
  }
}

function merge(request: ResourceRequest, type: string, current: JsonObject, value: unknown): unknown {
  if (type === JSON_PATCH) {
    return applyJsonPatch(current, value);
  }
  if (!isJsonObject(value)) {
    const kind = Array.isArray(value) ? 'array' : typeof value;
    throw badRequest(`error decoding patch: json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`);
  }
  return type === STRATEGIC_PATCH ? applyStrategicMergePatch(request.resource.type, current, value) : applyMergePatch(current, value);
}

function refuseOtherKind(kind: string, apiVersion: string, patched: JsonObject): void {
  if (patched.kind !== kind || patched.apiVersion !== apiVersion) {
    throw badRequest(
      `the API version in the data (${goValue(patched.apiVersion)}) does not match the expected API version (${apiVersion})`,
    );
  }
}

/** How the server refuses a patch whose result is no object of the kind. */
function invalidPatch(value: string, why: string): ApiError {
  const message = `Invalid value: ${JSON.stringify(value)}: ${why}`;
  return new ApiError(422, 'Invalid', ` "" is invalid: patch: ${message}`, {
    causes: [{ reason: 'FieldValueInvalid', message, field: 'patch' }],
  });
}

async function apply(request: ResourceRequest, body: string): Promise<Answer> {
  const { core, resource, info, query } = request;
  const context = writeContext(request);
  if (!query.get('fieldManager')) {
    throw new ApiError(
      422,
      'Invalid',
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
      {
        group: 'meta.k8s.io',
        kind: 'PatchOptions',
        causes: [{ reason: 'FieldValueRequired', message: 'Required value: is required for apply patch', field: 'fieldManager' }],
      },
    );
  }
  const { value, duplicates } = await parseApply(body);
  if (!isJsonObject(value)) {
    throw badRequest('error decoding YAML: yaml: unmarshal errors: cannot unmarshal into map[string]interface {}');
  }
  const config = readConfiguration(request, value, duplicates);
  const key = keyOf(resource.namespaced ? info.namespace : undefined, info.name);
  const stored = core.store.table(resource.table).get(key);
  const live = stored ? resource.fromStored(stored.object) : undefined;
  if (!live && config.metadata.uid) {
    throw new ApiError(
      409,
      'Conflict',
      `uid mismatch: the provided object specified uid ${config.metadata.uid}, and no existing object was found`,
    );
  }
  if (config.metadata.resourceVersion && config.metadata.resourceVersion !== live?.metadata.resourceVersion) {
    throw staleObject(resource.name, info.name);
  }
  const now = core.clock.now();
  const subresource = info.subresource === '' ? undefined : info.subresource;
  const writer = writerOf(resource, context, subresource, now);
  const before = (live ?? { ...emptyObject(resource), metadata: {} }) as unknown as JsonObject;
  const { object, entries } = applyConfiguration(
    resource.type,
    live ? managersOf(live) : [],
    before,
    { ...(config as unknown as JsonObject), metadata: withoutRevision(config) },
    writer,
    isTrue(query.get('force')),
  );
  const next = conformObject(resource, object);
  if (live) {
    const entry = updateThrough(core, resource, info.namespace, info.name, info.subresource, next, context, entries);
    return shown(request, entry, 200);
  }
  next.metadata.name = info.name;
  delete next.metadata.resourceVersion;
  return shown(request, createObject(core, resource, info.namespace, next, context, entries), 201);
}

function withoutRevision(config: KubernetesObject): JsonObject {
  const { resourceVersion: _, uid: __, ...metadata } = config.metadata;
  return metadata as JsonObject;
}

async function parseApply(body: string): Promise<{ value: unknown; duplicates: readonly string[] }> {
  const text = body.trimStart();
  return text.startsWith('{') ? parseJson(body) : parseYaml(body);
}

/** The configuration with its types checked and its values made canonical, but without the values that the server would add to it. */
function readConfiguration(request: ResourceRequest, value: JsonObject, duplicates: readonly string[]): KubernetesObject {
  const { resource, info } = request;
  if (value.apiVersion !== resource.apiVersion || value.kind !== resource.kind) {
    throw badRequest(
      `incorrect type, expected ${resource.apiVersion}, Kind=${resource.kind}, found ${goValue(value.apiVersion ?? '')}, Kind=${goValue(value.kind ?? '')}`,
    );
  }
  const place = info.namespace === undefined ? info.name : `${info.namespace}/${info.name}`;
  const notTyped = `failed to create typed patch object (${place}; ${resource.apiVersion}, Kind=${resource.kind})`;
  const problems = typedProblems(resource.type, value);
  if (problems.length > 0) {
    const all = problems.length === 1 ? problems[0] : `errors:\n${problems.map((problem) => `  ${problem}`).join('\n')}`;
    // The real server gives no reason with this refusal, and clients print it without one.
    throw new ApiError(400, '', `${notTyped}: ${all}`);
  }
  if (duplicates.length > 0 && fieldValidationOf(request) === 'Strict') {
    throw badRequest(
      `error strict decoding YAML: ${duplicates.map((path) => `key ${JSON.stringify(path)} already set in map`).join(', ')}`,
    );
  }
  let conformed: KubernetesObject;
  try {
    conformed = conformObject(resource, value);
  } catch (error) {
    throw error instanceof DecodeError ? new ApiError(400, '', `${notTyped}: ${error.message}`) : error;
  }
  const { metadata } = conformed;
  if (metadata.managedFields && metadata.managedFields.length > 0) {
    throw badRequest('metadata.managedFields must be nil');
  }
  if (metadata.name && metadata.name !== info.name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${info.name})`);
  }
  if (metadata.namespace && metadata.namespace !== info.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  return onlyGiven(value, conformed as unknown as JsonObject) as unknown as KubernetesObject;
}

/** The conformed values of the fields that `given` names: written zero values would be claimed by the applier. */
function onlyGiven(given: JsonObject, conformed: JsonObject): JsonObject {
  const kept: JsonObject = {};
  for (const name of Object.keys(given)) {
    const value = conformed[name];
    const source = given[name];
    if (value === undefined) {
      // A zero value that the kind's types drop: it is named all the same.
      if (source !== null) {
        kept[name] = source;
      }
    } else if (isJsonObject(value) && isJsonObject(source)) {
      kept[name] = onlyGiven(source, value);
    } else if (Array.isArray(value) && Array.isArray(source)) {
      kept[name] = value.map((item: unknown, index) =>
        isJsonObject(item) && isJsonObject(source[index]) ? onlyGiven(source[index], item) : item,
      );
    } else {
      kept[name] = value;
    }
  }
  return kept;
}
