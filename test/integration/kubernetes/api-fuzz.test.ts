import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { kinds } from '../../../lab-server/embedded/kubernetes/resources/index.ts';
import { loadSchema } from '../../../lab-server/embedded/kubernetes/schema/index.ts';
import { ApiStand, type HttpAnswer, type HttpOptions } from './api-stand.ts';
import { randomObject } from './random-object.ts';

let stand: ApiStand;
beforeAll(async () => {
  stand = await ApiStand.open();
});
afterAll(async () => {
  await stand[Symbol.asyncDispose]();
});

const RESOURCES = [
  '/api/v1/namespaces/default/configmaps',
  '/api/v1/namespaces/default/pods',
  '/api/v1/namespaces/default/services',
  '/api/v1/namespaces/default/secrets',
  '/api/v1/namespaces/default/serviceaccounts',
  '/api/v1/namespaces/default/events',
  '/api/v1/namespaces/default/persistentvolumeclaims',
  '/api/v1/namespaces/default/resourcequotas',
  '/api/v1/namespaces/default/limitranges',
  '/api/v1/nodes',
  '/api/v1/namespaces',
  '/api/v1/persistentvolumes',
  '/apis/apps/v1/namespaces/default/deployments',
  '/apis/apps/v1/namespaces/default/statefulsets',
  '/apis/apps/v1/namespaces/default/daemonsets',
  '/apis/batch/v1/namespaces/default/jobs',
  '/apis/batch/v1/namespaces/default/cronjobs',
  '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers',
  '/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers',
  '/apis/networking.k8s.io/v1/namespaces/default/ingresses',
  '/apis/networking.k8s.io/v1/namespaces/default/networkpolicies',
  '/apis/policy/v1/namespaces/default/poddisruptionbudgets',
  '/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles',
  '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
  '/apis/events.k8s.io/v1/namespaces/default/events',
  '/apis/storage.k8s.io/v1/storageclasses',
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
  '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices',
  '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
  '/apis/authentication.k8s.io/v1/tokenreviews',
];
const SUBRESOURCES = [
  '',
  '/status',
  '/scale',
  '/log',
  '/exec',
  '/binding',
  '/eviction',
  '/token',
  '/ephemeralcontainers',
  '/resize',
  '/finalize',
  '/nope',
];
const FIELDS = [
  'metadata',
  'name',
  'labels',
  'annotations',
  'finalizers',
  'ownerReferences',
  'spec',
  'status',
  'replicas',
  'selector',
  'matchLabels',
  'matchExpressions',
  'template',
  'containers',
  'image',
  'ports',
  'env',
  'resources',
  'limits',
  'volumes',
  'data',
  'rules',
  'subjects',
  'roleRef',
  'type',
  'clusterIP',
  'conditions',
  'items',
  'metrics',
  'scaleTargetRef',
  'minReplicas',
  'schedule',
  'jobTemplate',
  'hard',
  'versions',
  'schema',
  'openAPIV3Schema',
  'properties',
  'names',
  'group',
  'managedFields',
  'fieldsV1',
  'preconditions',
  'propagationPolicy',
  'op',
  'path',
  'value',
  '$patch',
  '$setElementOrder/containers',
  '__proto__',
  'constructor',
  'kind',
  'apiVersion',
  'uid',
  'resourceVersion',
  'deletionTimestamp',
];

const value: fc.Arbitrary<unknown> = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.constantFrom<unknown>(
      null,
      true,
      false,
      0,
      1,
      -1,
      1.5,
      1e21,
      '',
      'web',
      'Bad Name',
      '10.96.0.7',
      '500m',
      '2026-01-01T00:00:00Z',
      '*/5 * * * *',
      '..',
      'a/b',
    ),
    fc.array(tie('node'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...FIELDS), tie('node'), { maxKeys: 5 }),
  ),
})).node;

const query = fc.array(
  fc.tuple(
    fc.constantFrom(
      'limit',
      'continue',
      'labelSelector',
      'fieldSelector',
      'resourceVersion',
      'resourceVersionMatch',
      'fieldManager',
      'force',
      'dryRun',
      'fieldValidation',
      'propagationPolicy',
      'gracePeriodSeconds',
      'pretty',
      'timeoutSeconds',
      'container',
      'tailLines',
      'sinceTime',
    ),
    fc.oneof(
      fc.constantFrom('', '1', '-1', 'All', 'Strict', 'true', 'a=b', 'a in (b', '!', '0', 'Exact', 'metadata.name=x'),
      fc.string({ maxLength: 12 }),
    ),
  ),
  { maxLength: 3 },
);

const headers = fc.record(
  {
    'content-type': fc.constantFrom(
      'application/json',
      'application/yaml',
      'application/json-patch+json',
      'application/merge-patch+json',
      'application/strategic-merge-patch+json',
      'application/apply-patch+yaml',
      'application/vnd.kubernetes.protobuf',
      'text/plain',
      'application/cbor',
      ';',
    ),
    accept: fc.constantFrom(
      'application/json',
      'application/json;as=Table;v=v1;g=meta.k8s.io',
      '*/*',
      'text/html',
      'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
      ',;,=',
    ),
  },
  { requiredKeys: [] },
);

const body = fc.oneof(
  { weight: 6, arbitrary: fc.dictionary(fc.constantFrom(...FIELDS), value, { maxKeys: 6 }).map((object) => JSON.stringify(object)) },
  { weight: 2, arbitrary: fc.array(value, { maxLength: 3 }).map((list) => JSON.stringify(list)) },
  { weight: 1, arbitrary: fc.string({ maxLength: 60 }) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.concat([Buffer.from('k8s\0'), bytes])) },
  { weight: 1, arbitrary: fc.constantFrom('', '['.repeat(2000), '{"a":'.repeat(1000), 'a: &a [*a]', 'null', '"x"') },
);

const path = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(
        fc.constantFrom(...RESOURCES),
        fc.constantFrom('', '/web', '/minikube', '/default', '/a%2Fb', '/%'),
        fc.constantFrom(...SUBRESOURCES),
      )
      .map(([resource, name, sub]) => resource + name + (name === '' ? '' : sub)),
  },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.constantFrom('api', 'apis', 'v1', 'namespaces', 'pods', 'watch', 'openapi', 'v3', '', '..', 'x', 'healthz'), {
        maxLength: 6,
      })
      .map((parts) => `/${parts.join('/')}`),
  },
);

/** A revision that is not there yet is a timeout in the real server's words, and no failure. */
function isNotYet({ code, text }: HttpAnswer): boolean {
  return code === 504 && text.includes('Too large resource version');
}

it('answers anything with something that is no failure of its own', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'),
      path,
      query,
      headers,
      body,
      async (method, where, search, more, payload) => {
        // Nothing that would take away what later requests need, or wait for its time.
        if (method === 'DELETE' && /nodes|namespaces(\/[^/]*)?$/.test(where)) {
          return;
        }
        const target = `${where}?${new URLSearchParams(search).toString()}`;
        const answer = await stand.send(method, target, { ...(method !== 'GET' && method !== 'HEAD' && { body: payload }), headers: more });
        const failure = answer.code < 500 || isNotYet(answer) ? '' : `${method} ${target}\n${answer.text}`;
        expect(failure).toBe('');
      },
    ),
    { numRuns: 3000, seed: 20_261_124, endOnFailure: true },
  );
  expect(stand.errors).toEqual([]);
  expect((await stand.send('GET', '/readyz')).text).toBe('ok');
});

const OBJECTS_PER_KIND = 40;
const schema = loadSchema();

it.each(kinds.filter((kind) => !kind.verbs || kind.verbs.includes('create')).map((kind) => [kind.plural, kind.group, kind] as const))(
  'judges any object of the kind %s.%s without failing',
  async (plural, group, kind) => {
    const root = group === '' ? `/api/${kind.version}` : `/apis/${group}/${kind.version}`;
    const place = `${root}${kind.namespaced ? '/namespaces/default' : ''}/${plural}`;
    const failures: string[] = [];
    const send = async (method: string, path: string, options: HttpOptions = {}): Promise<number> => {
      const { code, text } = await stand.send(method, path, options);
      if (code >= 500) {
        failures.push(`${method} ${path} ${JSON.stringify(options.body)}\n${text}`);
      }
      return code;
    };
    for (let seed = 1; seed <= OBJECTS_PER_KIND; seed += 1) {
      const name = `fuzz-${seed}`;
      if ((await send('POST', place, { body: randomObject(schema.model(kind.model), seed, name) })) === 201) {
        const other = randomObject(schema.model(kind.model), seed + 1000, name);
        await send('PUT', `${place}/${name}`, { body: other });
        await send('PUT', `${place}/${name}/status`, { body: other });
        await send('GET', place, { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } });
        await send('DELETE', `${place}/${name}`);
      }
    }
    expect(failures).toEqual([]);
    expect(stand.errors).toEqual([]);
  },
);
