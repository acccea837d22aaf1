// What a request's path and method ask for, before anyone looks at whether it exists or is allowed.

export interface RequestInfo {
  readonly isResource: boolean;
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; of other paths the method in lower case. */
  readonly verb: string;
  readonly path: string;
  readonly group: string;
  readonly version: string;
  readonly namespace: string | undefined;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  /** What follows the subresource: the path of a proxy request. */
  readonly rest: readonly string[];
}

const VERBS: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** Subresources of a namespace itself; any other segment after its name is a resource in it. */
const NAMESPACE_SUBRESOURCES: ReadonlySet<string> = new Set(['status', 'finalize']);

export function parseRequest(method: string, path: string, query: URLSearchParams): RequestInfo {
  const other = {
    isResource: false,
    verb: method.toLowerCase(),
    path,
    group: '',
    version: '',
    namespace: undefined,
    resource: '',
    subresource: '',
    name: '',
    rest: [],
  };
  const parts = path.split('/').filter((part) => part !== '');
  const isCore = parts[0] === 'api';
  if (!isCore && parts[0] !== 'apis') {
    return other;
  }
  const group = isCore ? '' : (parts[1] ?? '');
  const version = parts[isCore ? 1 : 2] ?? '';
  let segments = parts.slice(isCore ? 2 : 3);
  if (segments.length === 0 || version === '') {
    return other;
  }
  let verb = VERBS[method] ?? method.toLowerCase();
  // The old form of watches: /api/v1/watch/pods.
  if (segments[0] === 'watch' && segments.length > 1) {
    verb = 'watch';
    segments = segments.slice(1);
  }
  let namespace: string | undefined;
  if (segments[0] === 'namespaces') {
    if (segments.length > 1) {
      namespace = decode(segments[1] as string);
      if (segments.length > 2 && !NAMESPACE_SUBRESOURCES.has(segments[2] as string)) {
        segments = segments.slice(2);
      }
    }
  }
  const [resource = '', name = '', subresource = '', ...rest] = segments.map(decode);
  if (name === '') {
    if (verb === 'get') {
      verb = isTrue(query.get('watch')) ? 'watch' : 'list';
    } else if (verb === 'delete') {
      verb = 'deletecollection';
    }
  } else if (verb === 'get' && subresource === '' && isTrue(query.get('watch'))) {
    verb = 'watch';
  }
  return { isResource: true, verb, path, group, version, namespace, resource, subresource, name, rest };
}

/** As the server reads booleans in a query: `true` and `1`, and a name without a value. */
export function isTrue(value: string | null): boolean {
  return value !== null && value !== '0' && value.toLowerCase() !== 'false';
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    // Not an encoding: taken as it is; no object has such a name.
    return segment;
  }
}
