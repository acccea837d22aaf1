// Paths that are no resources: version, health, keys, discovery and the list of paths.
import type { ApiServices } from './services.ts';
import { pathNotFound } from './errors.ts';
import type { Answer, ApiRequest } from './http/request.ts';
import { ISSUER } from './auth/tokens.ts';
import { openApiAnswer } from './openapi/serve.ts';

/** The version that this API follows. */
export const KUBERNETES_VERSION = 'v1.36.2';

const VERSION = {
  major: '1',
  minor: '36',
  emulationMajor: '1',
  emulationMinor: '36',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
  gitVersion: KUBERNETES_VERSION,
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: 'go1.26.0',
  compiler: 'gc',
  platform: 'linux/amd64',
};

/** Checks that a verbose health request names; a cluster that answers has passed them. */
const HEALTH_CHECKS: Readonly<Record<string, readonly string[]>> = {
  healthz: ['ping', 'log', 'etcd'],
  livez: ['ping', 'log', 'etcd'],
  readyz: ['ping', 'log', 'etcd', 'etcd-readiness', 'informer-sync', 'shutdown'],
};

export async function handleStatic(services: ApiServices, request: ApiRequest): Promise<Answer> {
  const { path } = request.info;
  const parts = path.split('/').filter((part) => part !== '');
  switch (parts[0]) {
    case undefined:
      return { code: 200, body: { paths: pathsOf(services) } };
    case 'api':
    case 'apis':
      return discovery(services, request);
    case 'version':
      return parts.length === 1 ? { code: 200, body: VERSION } : notServed();
    case 'healthz':
    case 'livez':
    case 'readyz':
      return health(request, parts[0], parts[1]);
    case 'openapi':
      return openApiAnswer(services, request, parts.slice(1));
    case '.well-known':
      if (parts[1] === 'openid-configuration') {
        return { code: 200, body: openIdConfiguration() };
      }
      return notServed();
    case 'openid':
      return path === '/openid/v1/jwks'
        ? { code: 200, body: services.issuer.keySet(), contentType: 'application/jwk-set+json' }
        : notServed();
    default:
      return notServed();
  }
}

function notServed(): Answer {
  return { code: 404, body: '404 page not found\n', contentType: 'text/plain; charset=utf-8' };
}

function discovery(services: ApiServices, request: ApiRequest): Answer {
  const { accept } = request.message.headers;
  const document = services.discovery.document(request.info.path, accept, services.advertised);
  if (!document) {
    throw pathNotFound();
  }
  const { body, contentType, etag } = document;
  if (etag !== undefined && request.message.headers['if-none-match'] === etag) {
    return { code: 304, body: '', contentType, headers: { etag } };
  }
  return { code: 200, body, contentType, headers: { vary: 'Accept', ...(etag !== undefined && { etag }) } };
}

function health(request: ApiRequest, endpoint: string, check: string | undefined): Answer {
  const checks = HEALTH_CHECKS[endpoint] ?? [];
  if (check !== undefined && !checks.includes(check)) {
    return notServed();
  }
  const text =
    check === undefined && request.query.has('verbose')
      ? `${checks.map((name) => `[+]${name} ok`).join('\n')}\n${endpoint} check passed\n`
      : 'ok';
  return { code: 200, body: text, contentType: 'text/plain; charset=utf-8' };
}

function openIdConfiguration(): object {
  return {
    issuer: ISSUER,
    jwks_uri: 'https://192.168.49.2:8443/openid/v1/jwks',
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
  };
}

function pathsOf(services: ApiServices): string[] {
  const paths = [
    '/.well-known/openid-configuration',
    '/api',
    '/apis',
    '/apis/',
    '/healthz',
    '/livez',
    '/openapi/v2',
    '/openapi/v3',
    '/openapi/v3/',
    '/openid/v1/jwks',
    '/readyz',
    '/version',
  ];
  for (const { group, version } of services.discovery.groupVersions()) {
    paths.push(...(group === '' ? [`/api/${version}`] : [`/apis/${group}`, `/apis/${group}/${version}`]));
  }
  for (const [endpoint, checks] of Object.entries(HEALTH_CHECKS)) {
    paths.push(...checks.map((check) => `/${endpoint}/${check}`));
  }
  return [...new Set(paths)].toSorted();
}
