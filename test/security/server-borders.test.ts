// Attacks on the server from outside a lab: over real sockets, as a stranger's page or program would try. Each is refused or contained, and
// an honest client is served meanwhile.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type Browser, TestApp } from '../builders/app.ts';

let server: TestApp;
let url: string;
let victim: Browser;
let lab: string;
const open: Socket[] = [];

beforeEach(async () => {
  server = await TestApp.start({}, { limits: { connectionsPerAddress: 100, headersTimeoutMs: 300, requestTimeoutMs: 600 } });
  url = await server.listen();
  victim = server.browser();
  lab = await victim.lab();
  await server.hall.labs.get(lab)?.open();
});

afterEach(async () => {
  open.splice(0).forEach((socket) => socket.destroy());
  await server[Symbol.asyncDispose]();
});

function ask(path: string, init: { method?: string; headers?: Record<string, string>; body?: string | Buffer } = {}): Promise<Response> {
  return fetch(`${url}${path}`, { ...init, headers: { cookie: victim.cookie, ...init.headers } });
}

/** HTTP status of a refused stream, or `open`. */
function streamAs(headers: Record<string, string>, id = lab): Promise<number | 'open'> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/labs/${id}/stream`, { headers });
  return new Promise((resolve) => {
    socket.once('open', () => resolve('open'));
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    socket.once('error', () => undefined);
  }).finally(() => socket.terminate()) as Promise<number | 'open'>;
}

/** A connection on which `text` was sent, and nothing after it. */
async function rawConnection(text: string): Promise<{ socket: Socket; answer: Promise<string> }> {
  const { port } = new URL(url);
  const socket = connect(Number(port), '127.0.0.1');
  open.push(socket);
  socket.on('error', () => undefined);
  let said = '';
  socket.setEncoding('latin1').on('data', (data) => (said += data));
  const answer = new Promise<string>((resolve) => socket.once('close', () => resolve(said)));
  await once(socket, 'connect');
  socket.write(text, 'latin1');
  return { socket, answer };
}

describe('a page of another site in the learner’s browser', () => {
  test.each([
    ['another site', { origin: 'https://evil.example' }],
    ['a page without an origin', { origin: 'null' }],
    ['another port of this machine', { origin: 'http://127.0.0.1:1' }],
    ['a sibling domain', { origin: 'http://127.0.0.1.evil.example' }],
  ])('cannot take over a lab’s stream: %s', async (_name, headers) => {
    expect(await streamAs({ cookie: victim.cookie, ...headers })).toBe(403);
  });

  test.each([
    ['POST', '', 'application/json'],
    ['POST', '/reset', 'text/plain'],
    ['POST', '/archive', 'application/gzip'],
    ['DELETE', '', 'text/plain'],
    ['PUT', '/files/a.yaml', 'text/plain'],
  ])('cannot change anything with the learner’s cookie: %s %s', async (method, path, type) => {
    const target = path === '' && method === 'POST' ? '/api/labs' : `/api/labs/${lab}${path}`;
    for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }] as Record<string, string>[]) {
      const answer = await ask(target, {
        method,
        headers: { 'content-type': type, ...headers },
        ...(method === 'DELETE' ? {} : { body: '{"exercise":"two"}' }),
      });
      expect(answer.status).toBe(403);
    }
    expect(server.hall.labs.counts).toMatchObject({ ready: 1 });
    expect(server.hall.workspaces.last).toMatchObject({ log: [], unpacked: undefined });
  });

  test('under a name that was rebound to this address gets no page, no API and no stream', async () => {
    for (const path of ['/', `/api/labs/${lab}`, '/healthz', '/metrics']) {
      const { answer } = await rawConnection(
        `GET ${path} HTTP/1.1\r\nHost: evil.example:${new URL(url).port}\r\nCookie: ${victim.cookie}\r\nConnection: close\r\n\r\n`,
      );
      expect(await answer).toMatch(/^HTTP\/1\.1 421 /);
    }
    expect(await streamAs({ cookie: victim.cookie, host: 'evil.example', origin: 'http://evil.example' })).toBe(421);
  });
});

describe('somebody else’s lab', () => {
  test('cannot be found by guessing ids, and guessing is slowed down', async () => {
    const stranger = server.browser();
    await stranger.lab('two');
    const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';
    const guesses = letters
      .split('')
      .map((letter) => letter + lab.slice(1))
      .filter((guess) => guess !== lab);
    const bodies = new Set<string>();
    for (const guess of [...guesses, lab, lab.toUpperCase(), `${lab}%00`]) {
      const answer = await fetch(`${url}/api/labs/${guess}`, { headers: { cookie: stranger.cookie } });
      expect(answer.status).toBe(404);
      bodies.add(await answer.text());
      expect(await streamAs({ cookie: stranger.cookie, origin: url }, guess)).toBe(404);
    }
    // An id that exists is refused in the same words as one that does not.
    expect(bodies.size).toBeLessThanOrEqual(2);
    const codes = new Set<number>();
    for (let round = 0; round < 60; round += 1) {
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => fetch(`${url}/api/labs/${guesses[0]}`, { headers: { cookie: stranger.cookie } })),
      );
      answers.forEach(({ status }) => codes.add(status));
    }
    expect(codes).toEqual(new Set([404, 429]));
  });

  test('cannot be had by planting a cookie, signed by nobody or for another name', async () => {
    const [name = '', signed = ''] = victim.cookie.split('=');
    const id = decodeURIComponent(signed).split('.')[0] ?? '';
    for (const cookie of [`${name}=${id}`, `${name}=${id}.${'A'.repeat(43)}`, `${name}=${signed}x`, `__Host-${name}=${signed}`]) {
      expect((await fetch(`${url}/api/labs/${lab}`, { headers: { cookie } })).status).toBe(401);
    }
    // Who comes with a planted id gets a new one, not the planted one.
    const planted = 'f'.repeat(32);
    const answer = await fetch(`${url}/api/labs`, {
      method: 'POST',
      headers: { cookie: `${name}=${planted}`, 'content-type': 'application/json' },
      body: '{"exercise":"one"}',
    });
    expect(answer.headers.get('set-cookie')).toMatch(/^dockside_learner=[0-9a-f]{32}\./);
    expect(answer.headers.get('set-cookie')).not.toContain(planted);
  });
});

test('over HTTPS the cookie is one that no other host of the domain can plant', async () => {
  await using behindProxy = await TestApp.start({}, { trustProxy: true, borders: { origins: ['https://learn.example.org'] } });
  const headers = { host: 'learn.example.org', origin: 'https://learn.example.org', 'x-forwarded-proto': 'https' };
  const answer = await behindProxy.browser().ask('POST', '/api/labs', { payload: { exercise: 'one' }, headers });
  const cookie = String(answer.headers['set-cookie']);
  expect(cookie).toMatch(/^__Host-dockside_learner=[^;]+; Max-Age=31536000; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
  const { id } = answer.json<{ id: string }>();
  const [signed = ''] = cookie.split(';');
  const asked = async (value: string): Promise<number> =>
    (await behindProxy.browser().ask('GET', `/api/labs/${id}`, { headers: { ...headers, cookie: value } })).statusCode;
  expect(await asked(signed)).toBe(200);
  // What a page over HTTP, or a sibling host, could set is not looked at.
  expect(await asked(signed.replace('__Host-', ''))).toBe(401);
});

describe('a client that does not keep to HTTP', () => {
  test.each([
    ['no version', 'GET /\r\n\r\n', /^HTTP\/1\.1 4\d\d /],
    ['no host', 'GET / HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
    [
      'two lengths',
      'POST /api/labs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello',
      /^HTTP\/1\.1 400 /,
    ],
    [
      'length and chunks',
      'POST /api/labs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      /^HTTP\/1\.1 400 /,
    ],
    ['an endless header', `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ${'x'.repeat(64 * 1024)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
    ['TLS', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000', /^HTTP\/1\.1 400 /],
  ])('is refused: %s', async (_name, text, expected) => {
    const { answer } = await rawConnection(text);
    expect(await answer).toMatch(expected);
    expect((await ask('/healthz')).status).toBe(200);
  });

  test('a request that never ends is cut off, whether its head or its body dawdles', async () => {
    const head = await rawConnection('GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n');
    const body = await rawConnection(
      `POST /api/labs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{`,
    );
    const upload = await rawConnection(
      `POST /api/labs/${lab}/archive HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: ${victim.cookie}\r\nContent-Type: application/gzip\r\nContent-Length: 1000\r\n\r\nx`,
    );
    expect((await ask('/healthz')).status).toBe(200);
    expect(await head.answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(await body.answer).toMatch(/^HTTP\/1\.1 408 /);
    await upload.answer;
  });

  test('bodies beyond their limit are refused before they are kept', async () => {
    const file = await ask(`/api/labs/${lab}/files/big`, {
      method: 'PUT',
      headers: { 'content-type': 'application/octet-stream' },
      body: Buffer.alloc(5 * 1024 * 1024),
    });
    expect([file.status, await file.json()]).toMatchObject([413, { error: { code: 'BODY_TOO_LARGE' } }]);
    const { answer } = await rawConnection(
      `POST /api/labs/${lab}/archive HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: ${victim.cookie}\r\nContent-Type: application/gzip\r\nConnection: close\r\nContent-Length: ${10 ** 12}\r\n\r\nx`,
    );
    expect(await answer).toMatch(/^HTTP\/1\.1 413 [\s\S]*ARCHIVE_TOO_LARGE/);
  });
});

test('a client that opens a thousand connections gets its share, and others are served meanwhile', async () => {
  const attempts = await Promise.all(
    Array.from({ length: 1000 }, () => rawConnection('GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ')),
  );
  await expect.poll(() => attempts.filter(({ socket }) => !socket.destroyed).length).toBeLessThanOrEqual(100);
  // Another address of the loopback stands for another client.
  const other = connect({ port: Number(new URL(url).port), host: '127.0.0.1', localAddress: '127.0.0.2' });
  open.push(other);
  other.write('GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n');
  const [data] = (await once(other.setEncoding('latin1'), 'data')) as [string];
  expect(data).toMatch(/^HTTP\/1\.1 200 /);
});
