// Lists: selected, in pieces, at a revision, as objects, tables or metadata.
import type { Entry } from '../../storage/index.ts';
import type { KubernetesObject } from '../../types.ts';
import { type ApiCore, shownObject } from '../core.ts';
import { ApiError, badRequest, expired } from '../errors.ts';
import type { Answer, ResourceRequest } from '../http/request.ts';
import { negotiate } from '../negotiate.ts';
import type { Resource } from '../registry.ts';
import { fieldSelector, labelSelector, type Matches } from '../selectors.ts';
import { includeObjectOf, type ListMeta, metadataOnly, table } from '../table.ts';

export interface Selection {
  entries: readonly Entry[];
  metadata: ListMeta;
}

export function handleList(request: ResourceRequest): Answer {
  const { core, resource, query } = request;
  const { as } = negotiate(request.message.headers.accept);
  const { entries, metadata } = select(request);
  switch (as) {
    case 'object':
      return { code: 200, body: listText(core, resource, entries, metadata) };
    case 'Table': {
      const objects = entries.map((entry) => shownObject(core, resource, entry));
      return { code: 200, body: table(resource, objects, metadata, core.clock.now(), includeObjectOf(query)) };
    }
    case 'PartialObjectMetadata':
    case 'PartialObjectMetadataList': {
      const items = entries.map((entry) => metadataOnly(entry.object));
      return { code: 200, body: { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items } };
    }
  }
}

/** The objects that a list request selects, and the list's metadata. */
export function select(request: ResourceRequest): Selection {
  const { core, resource, query, info } = request;
  const { store } = core;
  const matches = matcher(request);
  const limit = integer(query, 'limit') ?? 0;
  const token = query.get('continue') ?? '';
  const wanted = revisionOf(query, store.revision);
  const namespace = resource.namespaced ? info.namespace : undefined;
  const start = token === '' ? undefined : readToken(token);
  const revision = start?.revision ?? wanted.exact ?? store.revision;
  if (start && (query.get('resourceVersion') ?? '') !== '' && query.get('resourceVersion') !== '0') {
    throw badRequest('specifying resource version is not allowed when using continue');
  }
  const pool = store.table(resource.table);
  const known = revision >= store.revision ? pool.list(namespace) : pool.listAt(revision, namespace);
  if (!known) {
    throw start ? expiredToken(store.revision, start.key) : expired(`The resourceVersion for the provided list is too old.`);
  }
  const listed = start ? known.filter((entry) => entry.key >= start.key) : known;
  const chosen: Entry[] = [];
  let next: Entry | undefined;
  for (const entry of matches || limit > 0 ? listed : []) {
    if (matches && !matches(resource.fromStored(entry.object))) {
      continue;
    }
    if (limit > 0 && chosen.length === limit) {
      next = entry;
      break;
    }
    chosen.push(entry);
  }
  const metadata: ListMeta = { resourceVersion: String(revision) };
  if (next) {
    metadata.continue = writeToken(revision, next.key);
    if (!matches) {
      metadata.remainingItemCount = listed.length - chosen.length;
    }
  }
  return { entries: matches || limit > 0 ? chosen : listed, metadata };
}

/** Label and field selectors together; undefined where everything matches. */
export function matcher(request: ResourceRequest): Matches | undefined {
  const labels = labelSelector(request.query.get('labelSelector'));
  const fields = fieldSelector(request.resource, request.query.get('fieldSelector'));
  const name = request.info.name;
  const named: Matches | undefined = name === '' ? undefined : (object) => object.metadata.name === name;
  const all = [labels, fields, named].filter((one) => one !== undefined);
  return all.length === 0 ? undefined : (object: KubernetesObject) => all.every((matches) => matches(object));
}

export function integer(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') {
    return undefined;
  }
  if (!/^-?\d{1,18}$/.test(text)) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return Number(text);
}

/** Which revision a list asks for. */
function revisionOf(query: URLSearchParams, current: number): { exact: number | undefined } {
  const text = query.get('resourceVersion') ?? '';
  const match = query.get('resourceVersionMatch') ?? '';
  if (text === '') {
    if (match !== '') {
      throw invalidListOptions(
        'resourceVersionMatch',
        match,
        'Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
      );
    }
    return { exact: undefined };
  }
  const revision = parseRevision(text);
  if (match !== '' && match !== 'Exact' && match !== 'NotOlderThan') {
    throw invalidListOptions(
      'resourceVersionMatch',
      match,
      `Unsupported value: ${JSON.stringify(match)}: supported values: "Exact", "NotOlderThan"`,
    );
  }
  if (revision > current) {
    throw tooLargeRevision(revision, current);
  }
  return { exact: match === 'Exact' || (match === '' && revision > 0 && (integer(query, 'limit') ?? 0) > 0) ? revision : undefined };
}

export function parseRevision(text: string): number {
  if (!/^\d{1,15}$/.test(text)) {
    throw badRequest(`Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return Number(text);
}

export function tooLargeRevision(wanted: number, current: number): ApiError {
  return new ApiError(504, 'Timeout', `Timeout: Too large resource version: ${wanted}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}

function invalidListOptions(field: string, value: string, message: string): ApiError {
  return new ApiError(422, 'Invalid', `ListOptions.meta.k8s.io "" is invalid: ${field}: ${message}`, {
    group: 'meta.k8s.io',
    kind: 'ListOptions',
    causes: [{ reason: 'FieldValueInvalid', message, field: value === '' ? field : field }],
  });
}

function writeToken(revision: number, key: string): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start: `${key}\u0000` })).toString('base64url');
}

function readToken(token: string): { revision: number | undefined; key: string } {
  try {
    const { v, rv, start } = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as { v: unknown; rv: unknown; start: unknown };
    if (v === 'meta.k8s.io/v1' && typeof rv === 'number' && Number.isInteger(rv) && typeof start === 'string') {
      // A negative revision continues from the newest state: what an expired list is offered.
      return { revision: rv < 0 ? undefined : rv, key: start.replace(/\0$/, '') };
    }
  } catch {
    // Falls through to the refusal.
  }
  throw badRequest('continue key is not valid: unable to decode');
}

function expiredToken(revision: number, key: string): ApiError {
  const error = expired(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use ' +
      'the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent ' +
      'list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
  );
  return new InconsistentContinue(error, writeToken(-1, key), revision);
}

/** A 410 that carries a token to go on with. */
class InconsistentContinue extends ApiError {
  readonly #token: string;
  readonly #revision: number;
  constructor(error: ApiError, token: string, revision: number) {
    super(error.code, error.reason, error.message);
    this.#token = token;
    this.#revision = revision;
  }

  override status(): ReturnType<ApiError['status']> {
    return { ...super.status(), metadata: { continue: this.#token, resourceVersion: String(this.#revision) } as never };
  }
}

/** The list as text, out of the text that each object has already. */
function listText(core: ApiCore, resource: Resource, entries: readonly Entry[], metadata: ListMeta): string {
  const items = entries.map((entry) => itemText(core, resource, entry)).join(',');
  return `{"kind":"${resource.kind}List","apiVersion":"${resource.apiVersion}","metadata":${JSON.stringify(metadata)},"items":[${items}]}`;
}

/** Items of built-in lists do not repeat their kind. */
function itemText(core: ApiCore, resource: Resource, entry: Entry): string {
  const object = shownObject(core, resource, entry);
  const text = object === entry.object ? entry.text : JSON.stringify(object);
  const head = `{"kind":"${resource.kind}","apiVersion":"${resource.apiVersion}",`;
  return !resource.isCustom && text.startsWith(head) ? `{${text.slice(head.length)}` : text;
}
