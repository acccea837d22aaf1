// The paths of a group version as OpenAPI v3: which operations there are, on what kind, with which parameters.
import type { Resource } from '../registry.ts';
import { subresourcesOf } from '../subresources.ts';

type PathItem = Record<string, unknown>;

interface Operation {
  action: string;
  verb: string;
  method: string;
  parameters: readonly string[];
}

const COLLECTION: readonly Operation[] = [
  { action: 'list', verb: 'list', method: 'get', parameters: ['list'] },
  { action: 'post', verb: 'create', method: 'post', parameters: ['write'] },
  { action: 'deletecollection', verb: 'deletecollection', method: 'delete', parameters: ['list', 'delete'] },
];
const OBJECT: readonly Operation[] = [
  { action: 'get', verb: 'get', method: 'get', parameters: [] },
  { action: 'put', verb: 'update', method: 'put', parameters: ['write'] },
  { action: 'delete', verb: 'delete', method: 'delete', parameters: ['delete'] },
  { action: 'patch', verb: 'patch', method: 'patch', parameters: ['write', 'force'] },
];
const SUBRESOURCE: readonly Operation[] = [
  { action: 'get', verb: 'get', method: 'get', parameters: [] },
  { action: 'post', verb: 'create', method: 'post', parameters: ['write'] },
  { action: 'put', verb: 'update', method: 'put', parameters: ['write'] },
  { action: 'patch', verb: 'patch', method: 'patch', parameters: ['write', 'force'] },
  { action: 'delete', verb: 'delete', method: 'delete', parameters: ['delete'] },
];

const QUERY: Readonly<Record<string, readonly [name: string, type: string, description: string][]>> = {
  list: [
    ['allowWatchBookmarks', 'boolean', 'Whether a watch may be sent bookmarks.'],
    ['continue', 'string', 'Token of the list to go on with.'],
    ['fieldSelector', 'string', 'Selects by fields.'],
    ['labelSelector', 'string', 'Selects by labels.'],
    ['limit', 'integer', 'Most objects to answer with at once.'],
    ['resourceVersion', 'string', 'Revision to list at or to watch from.'],
    ['resourceVersionMatch', 'string', 'How resourceVersion applies to a list.'],
    ['sendInitialEvents', 'boolean', 'Whether a watch begins with the state.'],
    ['timeoutSeconds', 'integer', 'When to end a watch.'],
    ['watch', 'boolean', 'Watches instead of listing.'],
  ],
  write: [
    ['dryRun', 'string', 'With All, nothing is stored.'],
    ['fieldManager', 'string', 'Name that will own the fields that change.'],
    ['fieldValidation', 'string', 'What becomes of unknown and repeated fields: Ignore, Warn or Strict.'],
  ],
  force: [['force', 'boolean', 'An apply takes over fields that others own.']],
  delete: [
    ['dryRun', 'string', 'With All, nothing is deleted.'],
    ['gracePeriodSeconds', 'integer', 'Seconds until the object is removed.'],
    ['propagationPolicy', 'string', 'What becomes of dependents: Orphan, Background or Foreground.'],
  ],
};

const PATCHES = ['application/apply-patch+yaml', 'application/json-patch+json', 'application/merge-patch+json'];
/** Only built-in kinds know how their lists merge; kubectl asks here before it patches. */
const STRATEGIC_PATCH = 'application/strategic-merge-patch+json';

/** `schemaOf` gives the reference to a resource's schema. */
export function pathsOf(resources: readonly Resource[], schemaOf: (resource: Resource) => object): Record<string, PathItem> {
  const paths: Record<string, PathItem> = {};
  for (const resource of resources) {
    const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.apiVersion}`;
    const schema = schemaOf(resource);
    const base = resource.namespaced ? `${root}/namespaces/{namespace}/${resource.plural}` : `${root}/${resource.plural}`;
    if (resource.namespaced && resource.verbs.has('list')) {
      const list = COLLECTION.filter((operation) => operation.verb === 'list');
      paths[`${root}/${resource.plural}`] = item(resource, list, resource.verbs, schema, []);
    }
    paths[base] = item(resource, COLLECTION, resource.verbs, schema, resource.namespaced ? ['namespace'] : []);
    const inPath = resource.namespaced ? ['name', 'namespace'] : ['name'];
    if (resource.verbs.has('get')) {
      paths[`${base}/{name}`] = item(resource, OBJECT, resource.verbs, schema, inPath);
    }
    for (const { name, kind, verbs } of subresourcesOf(resource)) {
      const own = kind ? { group: kind.group ?? '', version: kind.version ?? 'v1', kind: kind.kind } : undefined;
      paths[`${base}/{name}/${name}`] = item(resource, SUBRESOURCE, new Set(verbs), schema, inPath, own);
    }
  }
  return Object.fromEntries(Object.entries(paths).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function item(
  resource: Resource,
  operations: readonly Operation[],
  verbs: ReadonlySet<string>,
  schema: object,
  inPath: readonly string[],
  gvk?: { group: string; version: string; kind: string },
): PathItem {
  const { group, version, kind } = resource;
  const described: PathItem = {};
  for (const { action, verb, method, parameters } of operations) {
    if (!verbs.has(verb)) {
      continue;
    }
    described[method] = {
      operationId: `${action}${resource.apiVersion}${kind}${inPath.join('')}`.replaceAll(/[^A-Za-z0-9]/g, ''),
      parameters: parameters.flatMap((set) => (QUERY[set] ?? []).map(queryParameter)),
      ...(method === 'post' || method === 'put' ? { requestBody: { content: { '*/*': { schema } }, required: true } } : {}),
      ...(method === 'patch' ? { requestBody: { content: patchContent(resource), required: true } } : {}),
      responses: { 200: { description: 'OK', content: { 'application/json': { schema } } }, 401: { description: 'Unauthorized' } },
      'x-kubernetes-action': action,
      'x-kubernetes-group-version-kind': gvk ?? { group, kind, version },
    };
  }
  if (inPath.length > 0) {
    described.parameters = inPath.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string', uniqueItems: true } }));
  }
  return described;
}

function patchContent({ isCustom }: Resource): object {
  const types = isCustom ? PATCHES : [...PATCHES, STRATEGIC_PATCH];
  return Object.fromEntries(types.map((type) => [type, { schema: { type: 'object' } }]));
}

function queryParameter([name, type, description]: readonly [string, string, string]): object {
  return { name, in: 'query', description, schema: { type, uniqueItems: true } };
}
