import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aConfigMap, ApiStand } from './api-stand.ts';

let stand: ApiStand;
beforeAll(async () => {
  stand = await ApiStand.open();
});
afterAll(async () => {
  await stand[Symbol.asyncDispose]();
});

const MAPS = '/api/v1/namespaces/default/configmaps';

describe('lists', () => {
  it('come in pieces that are all of one revision', async () => {
    for (let index = 0; index < 5; index += 1) {
      await stand.send('POST', MAPS, {
        body: { ...aConfigMap(`piece-${index}`), metadata: { name: `piece-${index}`, labels: { set: 'pieces' } } },
      });
    }
    const first = await stand.send('GET', `${MAPS}?limit=2`);
    const { continue: token, resourceVersion, remainingItemCount } = first.json.metadata as Record<string, string>;
    await stand.send('DELETE', `${MAPS}/piece-4`);
    const seen = (first.json.items as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);
    const rest = await stand.send('GET', `${MAPS}?limit=100&continue=${token}`);
    seen.push(...(rest.json.items as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name));
    expect(seen.filter((name) => name.startsWith('piece-'))).toEqual(['piece-0', 'piece-1', 'piece-2', 'piece-3', 'piece-4']);
    expect((rest.json.metadata as { resourceVersion: string }).resourceVersion).toBe(resourceVersion);
    expect(Number(remainingItemCount)).toBeGreaterThan(0);
  });

  it('refuse a token that is none, and a revision that is not there yet', async () => {
    expect((await stand.send('GET', `${MAPS}?continue=abc`)).code).toBe(400);
    const tooNew = await stand.send('GET', `${MAPS}?resourceVersion=99999999`);
    expect([tooNew.code, (tooNew.json as { message: string }).message]).toEqual([
      504,
      expect.stringContaining('Too large resource version'),
    ]);
  });

  it('can be tables or metadata alone', async () => {
    const table = await stand.send('GET', MAPS, { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' } });
    expect(table.json).toMatchObject({ kind: 'Table', columnDefinitions: [{ name: 'Name' }, { name: 'Data' }, { name: 'Age' }] });
    const meta = await stand.send('GET', MAPS, { headers: { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' } });
    expect(meta.json.kind).toBe('PartialObjectMetadataList');
    expect((meta.json.items as object[])[0]).not.toHaveProperty('data');
  });
});

describe('watches', () => {
  it('tell every change after a revision, in order', async () => {
    const { json } = await stand.send('GET', MAPS);
    const { resourceVersion } = json.metadata as { resourceVersion: string };
    const watching = stand.watch(`${MAPS}?watch=true&resourceVersion=${resourceVersion}`, (events) => events.length === 3);
    await stand.send('POST', MAPS, { body: aConfigMap('watched', { a: '1' }) });
    await stand.send('PATCH', `${MAPS}/watched`, {
      body: { data: { a: '2' } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    await stand.send('DELETE', `${MAPS}/watched`);
    const events = await watching;
    expect(events.map(({ type, object }) => [type, object.metadata.name, (object.data as { a: string }).a])).toEqual([
      ['ADDED', 'watched', '1'],
      ['MODIFIED', 'watched', '2'],
      ['DELETED', 'watched', '2'],
    ]);
  });

  it('stream the state first where asked, and mark its end with a bookmark', async () => {
    const query = 'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const events = await stand.watch(`/api/v1/namespaces?${query}`, (seen) => seen.some(({ type }) => type === 'BOOKMARK'));
    expect(events.slice(0, -1).every(({ type }) => type === 'ADDED')).toBe(true);
    expect(events.at(-1)?.object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
  });

  it('see an object that stops matching as deleted', async () => {
    await stand.send('POST', MAPS, { body: { ...aConfigMap('moving'), metadata: { name: 'moving', labels: { in: 'yes' } } } });
    const watching = stand.watch(`${MAPS}?watch=true&labelSelector=in%3Dyes`, (events) => events.length === 2);
    await stand.send('PATCH', `${MAPS}/moving`, {
      body: { metadata: { labels: { in: 'no' } } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    expect((await watching).map(({ type }) => type)).toEqual(['ADDED', 'DELETED']);
  });

  it('from too long ago are refused with 410', async () => {
    const answer = await stand.send('GET', `${MAPS}?watch=true&resourceVersion=1`);
    expect([answer.code, answer.json.reason]).toEqual([410, 'Expired']);
  });

  it('end when their time is over', async () => {
    expect(
      await stand.watch(`${MAPS}?watch=true&timeoutSeconds=1&resourceVersion=0&fieldSelector=metadata.name%3Dnone`, () => false),
    ).toEqual([]);
  });
});

describe('who is who', () => {
  it('lets nobody in without a name, but to see the version and the health', async () => {
    expect((await stand.send('GET', '/version', { anonymous: true })).code).toBe(200);
    expect((await stand.send('GET', '/readyz', { anonymous: true })).text).toBe('ok');
    const refused = await stand.send('GET', MAPS, { anonymous: true });
    expect(refused.json).toMatchObject({
      code: 403,
      reason: 'Forbidden',
      message:
        'configmaps is forbidden: User "system:anonymous" cannot list resource "configmaps" in API group "" in the namespace "default"',
    });
  });

  it('refuses a token that this cluster did not make', async () => {
    expect((await stand.send('GET', MAPS, { token: 'a.b.c' })).code).toBe(401);
  });

  it('gives a service account what roles are bound to it, until the account is gone', async () => {
    await stand.send('POST', '/api/v1/namespaces/default/serviceaccounts', { body: { metadata: { name: 'reader' } } });
    const issued = await stand.send('POST', '/api/v1/namespaces/default/serviceaccounts/reader/token', {
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 600 } },
    });
    const { token } = issued.json.status as { token: string };
    expect((await stand.send('GET', MAPS, { token })).code).toBe(403);
    const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
    await stand.send('POST', `${rbac}/roles`, {
      body: { metadata: { name: 'read' }, rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list'] }] },
    });
    await stand.send('POST', `${rbac}/rolebindings`, {
      body: {
        metadata: { name: 'read' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'read' },
        subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace: 'default' }],
      },
    });
    expect((await stand.send('GET', MAPS, { token })).code).toBe(200);
    expect((await stand.send('GET', `${MAPS}/x`, { token })).code).toBe(403);
    expect((await stand.send('POST', `${rbac}/roles`, { token, body: { metadata: { name: 'more' }, rules: [] } })).code).toBe(403);
    await stand.send('DELETE', '/api/v1/namespaces/default/serviceaccounts/reader');
    expect((await stand.send('GET', MAPS, { token })).code).toBe(401);
  });
});

describe('writes', () => {
  it('lose against a newer revision', async () => {
    const created = await stand.send('POST', MAPS, { body: aConfigMap('contended') });
    await stand.send('PATCH', `${MAPS}/contended`, {
      body: { data: { a: '1' } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    const stale = await stand.send('PUT', `${MAPS}/contended`, { body: created.json });
    expect(stale.json).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on configmaps "contended": the object has been modified; please apply your changes to the latest version and try again',
    });
  });

  it('of an object in another namespace than the path’s are refused', async () => {
    const answer = await stand.send('POST', MAPS, { body: { metadata: { name: 'x', namespace: 'other' } } });
    expect(answer.json.message).toBe('the namespace of the provided object does not match the namespace sent on the request');
  });

  it('as a dry run change nothing', async () => {
    const answer = await stand.send('POST', `${MAPS}?dryRun=All`, { body: aConfigMap('dry') });
    expect([answer.code, (await stand.send('GET', `${MAPS}/dry`)).code]).toEqual([201, 404]);
  });

  it('wait for finalizers before an object goes', async () => {
    await stand.send('POST', MAPS, { body: { metadata: { name: 'held', finalizers: ['example.com/hold'] } } });
    const deleted = await stand.send('DELETE', `${MAPS}/held`);
    expect((deleted.json.metadata as { deletionTimestamp?: string }).deletionTimestamp).toBeDefined();
    await stand.send('PATCH', `${MAPS}/held`, {
      body: { metadata: { finalizers: null } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    expect((await stand.send('GET', `${MAPS}/held`)).code).toBe(404);
  });

  it('warn of unknown fields unless they are to be refused', async () => {
    const body = { ...aConfigMap('warned'), extra: 1 };
    const warned = await stand.send('POST', MAPS, { body });
    expect(warned.headers.warning).toBe(String.raw`299 - "unknown field \"extra\""`);
    const refused = await stand.send('POST', `${MAPS}?fieldValidation=Strict`, { body: { ...body, metadata: { name: 'strict' } } });
    expect(refused.json.message).toBe(
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "extra"',
    );
    const twice = await stand.send('POST', `${MAPS}?fieldValidation=Strict`, {
      body: '{"metadata":{"name":"twice"},"data":{"a":"1","a":"2"}}',
    });
    expect(twice.json.message).toContain('strict decoding error: duplicate field "data.a"');
  });

  it('can be YAML', async () => {
    const answer = await stand.send('POST', MAPS, {
      body: 'metadata:\n  name: from-yaml\ndata:\n  a: b\n',
      headers: { 'content-type': 'application/yaml' },
    });
    expect([answer.code, answer.json.data]).toEqual([201, { a: 'b' }]);
  });

  it('that are too large are refused', async () => {
    const answer = await stand.send('POST', MAPS, { body: aConfigMap('large', { a: 'x'.repeat(3 * 1024 * 1024) }) });
    expect([answer.code, answer.json.reason]).toEqual([413, 'RequestEntityTooLarge']);
  });

  it('record who owns which field', async () => {
    const answer = await stand.send('POST', MAPS, { body: aConfigMap('owned', { a: '1' }), headers: { 'user-agent': 'my-tool/1.0' } });
    const [entry] = (answer.json.metadata as { managedFields: object[] }).managedFields;
    expect(entry).toMatchObject({
      manager: 'my-tool',
      operation: 'Update',
      apiVersion: 'v1',
      fieldsV1: { 'f:data': { '.': {}, 'f:a': {} } },
    });
  });
});

describe('discovery', () => {
  it('says the same in one document as in many', async () => {
    const groups = (await stand.send('GET', '/apis')).json.groups as { name: string; versions: { groupVersion: string }[] }[];
    const all = await stand.send('GET', '/apis', {
      headers: { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' },
    });
    const items = all.json.items as { metadata: { name: string }; versions: { version: string; resources: { resource: string }[] }[] }[];
    expect(items.map(({ metadata }) => metadata.name)).toEqual(groups.map(({ name }) => name));
    for (const { metadata, versions } of items) {
      for (const { version, resources } of versions) {
        const list = (await stand.send('GET', `/apis/${metadata.name}/${version}`)).json.resources as { name: string }[];
        expect(list.filter(({ name }) => !name.includes('/')).map(({ name }) => name)).toEqual(resources.map(({ resource }) => resource));
      }
    }
  });

  it('is not sent again to a client that has it', async () => {
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const { headers } = await stand.send('GET', '/api', { headers: { accept } });
    expect((await stand.send('GET', '/api', { headers: { accept, 'if-none-match': String(headers.etag) } })).code).toBe(304);
  });

  it('describes every group version that it lists, with every reference in place', async () => {
    const { paths } = (await stand.send('GET', '/openapi/v3')).json as { paths: Record<string, { serverRelativeURL: string }> };
    for (const [path, { serverRelativeURL }] of Object.entries(paths)) {
      const { text, code } = await stand.send('GET', serverRelativeURL);
      expect([path, code]).toEqual([path, 200]);
      const { components } = JSON.parse(text) as { components: { schemas: Record<string, object> } };
      for (const [, name] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
        expect(components.schemas).toHaveProperty([name as string]);
      }
    }
  });
});

describe('a client that goes away', () => {
  it('in the middle of a request does nothing that the cluster reports', async () => {
    await stand.abandon('POST', '/api/v1/namespaces/default/configmaps', '{"metadata":{"name":"half');
    // The server has answered a later request: it has seen the first one end.
    expect((await stand.send('GET', '/api/v1/namespaces/default/configmaps/half')).code).toBe(404);
  });
});

it('has met no error of its own', () => {
  expect(stand.errors).toEqual([]);
});
