// Watches: from now, from a revision, or with the whole state streamed first.
import type { ServerResponse } from 'node:http';
import type { Change, Entry } from '../../storage/index.ts';
import type { KubernetesObject } from '../../types.ts';
import { shownObject } from '../core.ts';
import { ApiError, expired } from '../errors.ts';
import { type ResourceRequest, warningHeader } from '../http/request.ts';
import { enforceWatchLimit } from '../limits.ts';
import { negotiate, type Representation } from '../negotiate.ts';
import type { Resource } from '../registry.ts';
import { isTrue } from '../request-info.ts';
import { includeObjectOf, metadataOnly, table } from '../table.ts';
import { bookmark, type EncodeEvent, type Watches } from '../watches.ts';
import { integer, matcher, parseRevision, tooLargeRevision } from './list.ts';

/** Watches end by themselves after half an hour to an hour, as on a real server, so that clients spread over servers. */
const LONGEST_WATCH_MS = 30 * 60_000;

export function handleWatch(request: ResourceRequest, watches: Watches, response: ServerResponse): void {
  const { core, resource, query, info } = request;
  const { as } = negotiate(request.message.headers.accept);
  const matches = matcher(request);
  const namespace = resource.namespaced ? info.namespace : undefined;
  const seconds = integer(query, 'timeoutSeconds') ?? 0;
  enforceWatchLimit(core, watches.size);
  const encode = encoder(request, as);
  const bookmarks = isTrue(query.get('allowWatchBookmarks'));
  const start = startOf(request, bookmarks);
  // Everything below happens in one turn, so nothing falls between what is sent first and what is watched.
  let initial = '';
  const { store } = core;
  const pool = store.table(resource.table);
  if (start.state) {
    for (const entry of pool.list(namespace)) {
      const object = shownObject(core, resource, entry);
      if (!matches || matches(object)) {
        initial += encode('ADDED', object, added(entry));
      }
    }
    if (start.endsWithBookmark) {
      initial += bookmark(resource, encode, store.revision, true);
    }
  } else {
    const changes = pool.changesSince(start.revision);
    if (!changes) {
      throw expired(`too old resource version: ${start.revision} (${pool.oldestWatchable})`);
    }
    initial = replay(resource, changes, namespace, matches, encode);
  }
  if (request.warnings.length > 0) {
    response.setHeader('warning', request.warnings.map(warningHeader));
  }
  response.writeHead(200, {
    'content-type': as === 'object' ? 'application/json' : `application/json;as=${as};v=v1;g=meta.k8s.io`,
    'cache-control': 'no-cache, private',
  });
  response.flushHeaders();
  const timeout = core.clock.schedule(seconds > 0 ? seconds * 1000 : LONGEST_WATCH_MS * (1 + Math.random()), () => response.end());
  response.once('close', () => timeout[Symbol.dispose]());
  watches.add({ resource, namespace, matches, encode, bookmarks, response }, initial, store.revision);
}

function startOf(request: ResourceRequest, bookmarks: boolean): { state: boolean; revision: number; endsWithBookmark: boolean } {
  const { query, core } = request;
  const text = query.get('resourceVersion') ?? '';
  const match = query.get('resourceVersionMatch') ?? '';
  const revision = text === '' ? 0 : parseRevision(text);
  if (isTrue(query.get('sendInitialEvents'))) {
    if (match !== 'NotOlderThan') {
      throw invalidOptions('resourceVersionMatch', 'Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
    }
    if (revision > core.store.revision) {
      throw tooLargeRevision(revision, core.store.revision);
    }
    return { state: true, revision, endsWithBookmark: bookmarks };
  }
  if (match !== '' && !query.has('sendInitialEvents')) {
    throw invalidOptions(
      'resourceVersionMatch',
      'Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
    );
  }
  if (query.has('sendInitialEvents') && revision === 0) {
    return { state: false, revision: core.store.revision, endsWithBookmark: false };
  }
  return { state: revision === 0, revision, endsWithBookmark: false };
}

function invalidOptions(field: string, message: string): ApiError {
  return new ApiError(422, 'Invalid', `ListOptions.meta.k8s.io "" is invalid: ${field}: ${message}`, {
    group: 'meta.k8s.io',
    kind: 'ListOptions',
    causes: [{ reason: 'FieldValueForbidden', message, field }],
  });
}

function replay(
  resource: Resource,
  changes: readonly Change[],
  namespace: string | undefined,
  matches: ((object: KubernetesObject) => boolean) | undefined,
  encode: EncodeEvent,
): string {
  let text = '';
  for (const change of changes) {
    if (namespace !== undefined && change.entry.object.metadata.namespace !== namespace) {
      continue;
    }
    const object = resource.fromStored(change.entry.object);
    const after = change.type !== 'DELETED' && (!matches || matches(object));
    const before = change.previous !== undefined && (!matches || matches(resource.fromStored(change.previous.object)));
    if (before || after) {
      const type = after ? (before ? 'MODIFIED' : 'ADDED') : 'DELETED';
      text += encode(type, object, type === change.type ? change : undefined);
    }
  }
  return text;
}

function added(entry: Entry): Change {
  return { type: 'ADDED', revision: entry.revision, entry, previous: undefined };
}

function encoder(request: ResourceRequest, as: Representation): EncodeEvent {
  const { resource, core, query } = request;
  switch (as) {
    case 'object':
      return (type, object, change) => {
        const text = change && object === change.entry.object ? change.entry.text : JSON.stringify(object);
        return `{"type":"${type}","object":${text}}\n`;
      };
    case 'Table': {
      const include = includeObjectOf(query);
      let isFirst = true;
      return (type, object) => {
        const { resourceVersion = '' } = object.metadata;
        const rows = type === 'BOOKMARK' ? [] : [object];
        const shown = table(resource, rows, { resourceVersion }, core.clock.now(), include, isFirst);
        isFirst = false;
        return `${JSON.stringify({ type, object: shown })}\n`;
      };
    }
    case 'PartialObjectMetadata':
    case 'PartialObjectMetadataList':
      return (type, object) => `${JSON.stringify({ type, object: metadataOnly(object) })}\n`;
  }
}
