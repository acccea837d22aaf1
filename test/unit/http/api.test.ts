import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type Browser, TestApp } from '../../builders/app.ts';

describe('labs over HTTP', () => {
  it('are asked for, looked at and closed', async () => {
    await using test = await TestApp.start();
    const browser = test.browser();
    const asked = await browser.ask('POST', '/api/labs', { payload: { exercise: 'one' } });
    expect(asked.statusCode).toBe(201);
    const { id } = asked.json<{ id: string }>();
    await test.hall.labs.get(id)?.open();
    expect((await browser.ask('GET', `/api/labs/${id}`)).json()).toMatchObject({ id, exercise: 'one', state: 'ready', score: 0, outOf: 3 });
    const closed = await browser.ask('DELETE', `/api/labs/${id}`);
    expect([closed.statusCode, closed.json<unknown>()]).toEqual([200, { leftovers: [] }]);
    expect((await browser.ask('GET', `/api/labs/${id}`)).json()).toMatchObject({ error: { code: 'LAB_UNKNOWN' } });
  });

  it('are checked, and the score is kept as progress', async () => {
    await using test = await TestApp.start();
    const browser = test.browser();
    const id = await browser.lab();
    await test.hall.labs.get(id)?.open();
    test.hall.sandboxes.last.state.set({ kind: 'Deployment', metadata: { name: 'web' }, spec: { replicas: 3 } });
    expect((await browser.ask('POST', `/api/labs/${id}/check`)).json()).toMatchObject({
      score: 3,
      outOf: 3,
      verdicts: [{ state: 'passed' }],
    });
    await expect
      .poll(async () => (await browser.ask('GET', '/api/progress')).json<unknown>())
      .toMatchObject({
        exercises: [{ exercise: 'one', score: 3, outOf: 3 }],
      });
  });

  it('say plainly what is wrong with a request', async () => {
    await using test = await TestApp.start();
    const browser = test.browser();
    const answers = [
      await browser.ask('POST', '/api/labs', { payload: { exercise: 'nothing' } }),
      await browser.ask('POST', '/api/labs', { payload: { exercise: '../one' } }),
      await browser.ask('POST', '/api/labs', { payload: { exercise: 'one', extra: 1 } }),
      await browser.ask('POST', '/api/labs', { payload: '{', headers: { 'content-type': 'application/json' } }),
      await browser.ask('POST', '/api/labs'),
    ];
    expect(answers.map((answer) => [answer.statusCode, answer.json<{ error: { code: string } }>().error.code])).toEqual([
      [404, 'EXERCISE_UNKNOWN'],
      [400, 'INPUT_INVALID'],
      [400, 'INPUT_INVALID'],
      [400, 'BODY_NOT_JSON'],
      [400, 'INPUT_INVALID'],
    ]);
  });

  it('that are not ready say so', async () => {
    await using test = await TestApp.start();
    test.hall.sandboxes.gate = new Promise(() => {});
    const browser = test.browser();
    const id = await browser.lab();
    const answer = await browser.ask('POST', `/api/labs/${id}/check`);
    expect(answer.statusCode).toBe(409);
    expect(answer.json()).toMatchObject({ error: { code: 'LAB_NOT_READY' } });
    await test.hall.clock.advance(60_000);
  });

  it('belong to their learner: for others they do not exist', async () => {
    await using test = await TestApp.start();
    const id = await test.browser().lab();
    const other = test.browser();
    await other.lab('two');
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/check'],
      ['POST', '/extend'],
      ['POST', '/reset'],
      ['GET', '/files'],
      ['GET', '/files/web.yaml'],
    ] as const) {
      expect((await other.ask(method, `/api/labs/${id}${path}`)).statusCode).toBe(404);
    }
    expect((await test.browser().ask('GET', `/api/labs/${id}`)).statusCode).toBe(401);
  });
});

describe('files over HTTP', () => {
  it('are listed, read, written and removed, with their version as ETag', async () => {
    await using test = await TestApp.start();
    const browser = test.browser();
    const id = await browser.lab();
    await test.hall.labs.get(id)?.open();
    const files = `/api/labs/${id}/files`;
    expect((await browser.ask('GET', files)).json()).toEqual({ files: [{ path: 'web.yaml', type: 'file', size: 17, version: '1' }] });
    const read = await browser.ask('GET', `${files}/web.yaml`);
    expect([read.body, read.headers.etag]).toEqual(['kind: Deployment\n', '"1"']);
    const written = await browser.ask('PUT', `${files}/web.yaml`, {
      payload: 'kind: Service\n',
      headers: { 'content-type': 'application/octet-stream', 'if-match': '"1"' },
    });
    expect([written.statusCode, written.headers.etag]).toEqual([204, '"2"']);
    expect((await browser.ask('GET', `${files}/web.yaml`)).body).toBe('kind: Service\n');
    expect((await browser.ask('DELETE', `${files}/web.yaml`)).statusCode).toBe(204);
    expect((await browser.ask('GET', `${files}/web.yaml`)).statusCode).toBe(404);
  });

  it('are not overwritten over a version that was not seen', async () => {
    await using test = await TestApp.start();
    const browser = test.browser();
    const id = await browser.lab();
    await test.hall.labs.get(id)?.open();
    const write = (headers: Record<string, string>): Promise<number> =>
      browser
        .ask('PUT', `/api/labs/${id}/files/web.yaml`, { payload: 'x', headers: { 'content-type': 'application/octet-stream', ...headers } })
        .then((answer) => answer.statusCode);
    expect(await write({ 'if-match': '"7"' })).toBe(409);
    expect(await write({ 'if-none-match': '*' })).toBe(409);
    expect(await write({ 'if-match': '1' })).toBe(400);
    expect(await write({ 'if-match': '"1"' })).toBe(204);
  });

  it('never come back as something that a browser would run', async () => {
    await using test = await TestApp.start();
    const browser = test.browser();
    const id = await browser.lab();
    await test.hall.labs.get(id)?.open();
    await browser.ask('PUT', `/api/labs/${id}/files/a.html`, {
      payload: '<script>',
      headers: { 'content-type': 'application/octet-stream' },
    });
    const { headers } = await browser.ask('GET', `/api/labs/${id}/files/a.html`);
    expect(headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment',
      'x-content-type-options': 'nosniff',
    });
  });

  it('larger than the limit are refused', async () => {
    await using test = await TestApp.start();
    const browser = test.browser();
    const id = await browser.lab();
    await test.hall.labs.get(id)?.open();
    const answer = await browser.ask('PUT', `/api/labs/${id}/files/big`, {
      payload: Buffer.alloc(3 * 1024 * 1024),
      headers: { 'content-type': 'application/octet-stream' },
    });
    expect([answer.statusCode, answer.json<unknown>()]).toMatchObject([413, { error: { code: 'BODY_TOO_LARGE' } }]);
  });
});

describe('the whole workspace over HTTP', () => {
  async function ready(): Promise<{ test: TestApp; browser: Browser; path: string }> {
    const test = await TestApp.start();
    const browser = test.browser();
    const id = await browser.lab();
    await test.hall.labs.get(id)?.open();
    return { test, browser, path: `/api/labs/${id}/archive` };
  }
  const gzip = { 'content-type': 'application/gzip' };

  it('comes down as a file to be saved, named after the exercise', async () => {
    const { test, browser, path } = await ready();
    await using _ = test;
    const answer = await browser.ask('GET', path);
    expect([answer.statusCode, answer.body]).toEqual([200, 'packed']);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/gzip',
      'content-disposition': 'attachment; filename="one.tar.gz"',
    });
  });

  it('goes up, byte for byte', async () => {
    const { test, browser, path } = await ready();
    await using _ = test;
    const archive = Buffer.alloc(3 * 1024 * 1024, 'x');
    expect((await browser.ask('POST', path, { payload: archive, headers: gzip })).statusCode).toBe(204);
    expect(test.hall.workspaces.last.unpacked?.equals(archive)).toBe(true);
  });

  it('is refused where it is too large, however it is sent, and where it is no archive at all', async () => {
    const { test, browser, path } = await ready();
    await using _ = test;
    const announced = await browser.ask('POST', path, { payload: 'x', headers: { ...gzip, 'content-length': String(65 * 1024 * 1024) } });
    expect([announced.statusCode, announced.json<unknown>()]).toMatchObject([413, { error: { code: 'ARCHIVE_TOO_LARGE' } }]);
    const chunks = Readable.from(Array.from({ length: 65 }, () => Buffer.alloc(1024 * 1024)));
    const streamed = await browser.ask('POST', path, { payload: chunks, headers: gzip });
    expect([streamed.statusCode, streamed.json<unknown>()]).toMatchObject([413, { error: { code: 'ARCHIVE_TOO_LARGE' } }]);
    const json = await browser.ask('POST', path, { payload: { archive: 1 } });
    expect([json.statusCode, json.json<unknown>()]).toMatchObject([415, { error: { code: 'BODY_TYPE_UNKNOWN' } }]);
  });
});

describe('the server’s borders', () => {
  it('keep out pages of other sites, whatever they send', async () => {
    await using test = await TestApp.start();
    const browser = test.browser();
    const id = await browser.lab();
    const foreign = { origin: 'https://evil.example' };
    for (const [method, path] of [
      ['POST', '/api/labs'],
      ['DELETE', `/api/labs/${id}`],
      ['POST', `/api/labs/${id}/reset`],
      ['PUT', `/api/labs/${id}/files/a`],
    ] as const) {
      const answer = await browser.ask(method, path, { headers: foreign, payload: method === 'PUT' ? 'x' : undefined });
      expect([answer.statusCode, answer.json<unknown>()]).toMatchObject([403, { error: { code: 'ORIGIN_FOREIGN' } }]);
    }
    expect(test.hall.labs.get(id)).toBeDefined();
  });

  it('do not answer to a name that was rebound', async () => {
    await using test = await TestApp.start();
    const answer = await test.browser().ask('GET', '/', { headers: { host: 'evil.example' } });
    expect([answer.statusCode, answer.json<unknown>()]).toMatchObject([421, { error: { code: 'HOST_UNKNOWN' } }]);
  });

  it('do not believe a cookie that the server has not signed', async () => {
    await using test = await TestApp.start();
    const browser = test.browser();
    const id = await browser.lab();
    const [name = '', value = ''] = browser.cookie.split('=');
    const [learner] = decodeURIComponent(value).split('.');
    const forged = test.browser();
    for (const cookie of [`${name}=${learner}`, `${name}=${learner}.AAAA`, `${name}=`, `${name}=${'0'.repeat(32)}.x`]) {
      forged.cookie = cookie;
      expect((await forged.ask('GET', `/api/labs/${id}`)).statusCode).toBe(401);
    }
  });

  it('give a cookie that scripts cannot read and other sites cannot send', async () => {
    await using test = await TestApp.start();
    const answer = await test.browser().ask('POST', '/api/labs', { payload: { exercise: 'one' } });
    expect(answer.headers['set-cookie']).toMatch(
      /^dockside_learner=[0-9a-f]{32}\.[^;]+; Max-Age=31536000; Path=\/; HttpOnly; SameSite=Lax$/,
    );
  });

  it('let a client make so many requests a minute and no more', async () => {
    await using test = await TestApp.start();
    const browser = test.browser();
    const codes = new Set<number>();
    for (let round = 0; round < 70; round += 1) {
      codes.add((await browser.ask('POST', '/api/labs', { payload: { exercise: 'nothing' } })).statusCode);
    }
    expect(codes).toEqual(new Set([404, 429]));
  });

  it('show a client nothing of an error inside', async () => {
    await using test = await TestApp.start();
    test.hall.store.progressOf = () => Promise.reject(new Error('SQLITE_IOERR at /var/lib/dockside'));
    const browser = test.browser();
    await browser.lab();
    const answer = await browser.ask('GET', '/api/progress');
    expect([answer.statusCode, answer.json<unknown>()]).toMatchObject([500, { error: { code: 'INTERNAL' } }]);
    expect(answer.body).not.toMatch(/SQLITE|at .*\.ts|var\/lib/);
  });
});

describe('the site and what watches it', () => {
  it('is served with a policy of its own for each page, and long caching for hashed names', async () => {
    await using test = await TestApp.start();
    const browser = test.browser();
    const page = await browser.ask('GET', '/');
    expect(page.body).toContain('Dockside');
    expect(page.headers['content-security-policy']).toMatch(/script-src 'self' 'wasm-unsafe-eval' 'sha256-/);
    expect(page.headers['cache-control']).toBe('no-cache');
    expect((await browser.ask('GET', '/_astro/page.a1b2c3.js')).headers['cache-control']).toBe('public, max-age=31536000, immutable');
  });

  it('shows its own page for what is not there, and the API its error body', async () => {
    await using test = await TestApp.start();
    const browser = test.browser();
    const page = await browser.ask('GET', '/nowhere', { headers: { accept: 'text/html' } });
    expect([page.statusCode, page.body]).toEqual([404, '<h1>Not here</h1>']);
    const api = await browser.ask('GET', '/api/nowhere', { headers: { accept: 'text/html' } });
    expect([api.statusCode, api.json<unknown>()]).toMatchObject([404, { error: { code: 'ROUTE_UNKNOWN' } }]);
  });

  it.each(['/../package.json', '/..%2fpackage.json', '/%2e%2e/package.json', '/_astro/..%5c..%5cpackage.json', '/%00'])(
    'does not reach outside its folder by %s',
    async (path) => {
      await using test = await TestApp.start();
      const answer = await test.browser().ask('GET', path);
      expect(answer.statusCode).toBeGreaterThanOrEqual(400);
    },
  );

  it('tells monitors that it lives, when it is ready, and its figures', async () => {
    await using test = await TestApp.start();
    const browser = test.browser();
    await browser.lab();
    test.ready = false;
    expect((await browser.ask('GET', '/healthz')).json()).toEqual({ status: 'ok' });
    expect((await browser.ask('GET', '/readyz')).statusCode).toBe(503);
    test.ready = true;
    expect((await browser.ask('GET', '/readyz')).statusCode).toBe(200);
    expect((await browser.ask('GET', '/metrics')).body).toMatch(/dockside_labs\{state="(opening|ready)"\} 1/);
  });

  it('describes its API from the schemas that it checks by', async () => {
    await using test = await TestApp.start();
    const description = (await test.browser().ask('GET', '/api/openapi.json')).json<{ openapi: string; paths: Record<string, object> }>();
    expect(description.openapi).toBe('3.1.0');
    expect(description.paths['/api/labs']).toMatchObject({
      post: { requestBody: { content: { 'application/json': { schema: { properties: { exercise: { type: 'string' } } } } } } },
    });
    expect(Object.keys(description.paths)).toContain('/api/labs/{id}/files/{path}');
  });
});
