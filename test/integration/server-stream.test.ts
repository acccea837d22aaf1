// The stream's borders over real sockets; what it carries is tested with real labs.
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { CLOSE, encodeInput, MAX_MESSAGE_BYTES, type ServerMessage } from '../../lab-server/protocol/index.ts';
import { type Browser, TestApp } from '../builders/app.ts';

let test: TestApp;
let url: string;
let browser: Browser;
let id: string;
const sockets: WebSocket[] = [];

beforeEach(async () => {
  test = await TestApp.start();
  url = await test.listen();
  browser = test.browser();
  id = await browser.lab();
  await test.hall.labs.get(id)?.open();
});
afterEach(async () => {
  sockets.splice(0).forEach((socket) => socket.terminate());
  await test[Symbol.asyncDispose]();
});

interface Page {
  socket: WebSocket;
  messages: ServerMessage[];
}

/** Connects as a page would; rejects with the HTTP status of a refusal. */
async function connect(options: { lab?: string; headers?: Record<string, string>; path?: string } = {}): Promise<Page> {
  const path = options.path ?? `/api/labs/${options.lab ?? id}/stream`;
  const headers = { cookie: browser.cookie, origin: url, ...options.headers };
  const socket = new WebSocket(url.replace('http', 'ws') + path, { headers });
  sockets.push(socket);
  const messages: ServerMessage[] = [];
  socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString()) as ServerMessage));
  await new Promise<void>((resolve, reject) => {
    socket.on('open', resolve);
    socket.on('unexpected-response', (_request, response) => {
      response.resume();
      reject(new Error(`refused with ${response.statusCode}`));
    });
    socket.on('error', reject);
  });
  return { socket, messages };
}

async function closeOf({ socket }: Page): Promise<[number, string]> {
  const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
  return [code, reason.toString()];
}

describe('opening a stream', () => {
  it('greets with the lab as it is, then tells every change', async () => {
    const page = await connect();
    await expect.poll(() => page.messages.map((message) => message.type)).toContain('verdicts');
    expect(page.messages[0]).toMatchObject({ type: 'hello', protocol: 1, labId: id });
    expect(page.messages.find((message) => message.type === 'lab.state')).toMatchObject({ state: 'ready' });
    expect(page.messages.filter((message) => message.type === 'lab.stage')).toHaveLength(2);
    test.hall.sandboxes.last.state.set({ kind: 'Deployment', metadata: { name: 'web' }, spec: { replicas: 3 } });
    await test.hall.clock.advance(1000);
    await expect.poll(() => page.messages.at(-1)).toMatchObject({ type: 'verdicts', score: 3, verdicts: [{ state: 'passed' }] });
    test.hall.workspaces.last.changes.push({ type: 'written', path: 'web.yaml', version: '9' });
    await expect.poll(() => page.messages.at(-1)).toEqual({ type: 'file.changed', path: 'web.yaml', version: '9' });
  });

  it('is refused to a page of another site, with or without the cookie', async () => {
    await expect(connect({ headers: { origin: 'https://evil.example' } })).rejects.toThrow('refused with 403');
    await expect(connect({ headers: { origin: 'null' } })).rejects.toThrow('refused with 403');
  });

  it('is refused without the cookie, and with one the server has not signed', async () => {
    await expect(connect({ headers: { cookie: '' } })).rejects.toThrow('refused with 401');
    await expect(connect({ headers: { cookie: `dockside_learner=${'0'.repeat(32)}.AAAA` } })).rejects.toThrow('refused with 401');
  });

  it('is refused for labs of others and for labs that are not there', async () => {
    const other = test.browser();
    const theirs = await other.lab();
    await expect(connect({ lab: theirs })).rejects.toThrow('refused with 404');
    await expect(connect({ lab: '0'.repeat(25) })).rejects.toThrow('refused with 404');
  });

  it('is refused under a name that was rebound to this address', async () => {
    await expect(connect({ headers: { host: 'evil.example', origin: 'http://evil.example' } })).rejects.toThrow('refused with 421');
  });

  it('is refused beyond what one learner can look at, and possible again after', async () => {
    const pages = await Promise.all(Array.from({ length: 20 }, () => connect()));
    await expect(connect()).rejects.toThrow('refused with 429');
    pages[0]?.socket.close();
    await expect
      .poll(() =>
        connect().then(
          () => 'open',
          () => 'refused',
        ),
      )
      .toBe('open');
  });

  it('cannot be had from a route that has none', async () => {
    for (const path of ['/api/progress', '/nowhere']) {
      const { socket, messages } = await connect({ path });
      await once(socket, 'close');
      expect(messages).toEqual([]);
    }
  });
});

describe('what is not in the protocol', () => {
  it.each([
    ['a text that is no JSON', 'hello'],
    ['a message of an unknown type', '{"type":"lab.destroy"}'],
    ['a message with a field too many', '{"type":"ping","at":1,"x":1}'],
    ['a binary message of another kind', Buffer.from([9, 0, 0, 0, 0])],
    ['an empty binary message', Buffer.alloc(0)],
  ])('closes the connection with a reason: %s', async (_name, message) => {
    const page = await connect();
    page.socket.send(message);
    const [code, reason] = await closeOf(page);
    expect(code).toBe(CLOSE.notInProtocol);
    expect(reason.length).toBeGreaterThan(10);
  });

  it('closes a connection whose message is too large, and the lab lives on', async () => {
    const page = await connect();
    page.socket.send(encodeInput(1, Buffer.alloc(MAX_MESSAGE_BYTES + 1)));
    expect((await closeOf(page))[0]).toBe(CLOSE.tooLarge);
    const huge = await connect();
    huge.socket.send(encodeInput(1, Buffer.alloc(MAX_MESSAGE_BYTES * 4)));
    expect([1006, 1009]).toContain((await closeOf(huge))[0]);
    expect((await browser.ask('GET', `/api/labs/${id}`)).json()).toMatchObject({ state: 'ready' });
  });
});

describe('the end of a lab', () => {
  it('closes its streams with the reason', async () => {
    const page = await connect();
    await browser.ask('DELETE', `/api/labs/${id}`);
    expect(await closeOf(page)).toEqual([CLOSE.labGone, 'You closed it.']);
  });

  it('is not the end of the server’s: stopping it closes every stream', async () => {
    const page = await connect();
    const closed = once(page.socket, 'close');
    await test.app.close();
    await expect(closed).resolves.toBeDefined();
  });
});

describe('requests that are no requests', () => {
  it('get an answer and the end of their connection', async () => {
    for (const request of ['nonsense\r\n\r\n', 'GET / HTTP/1.1\r\n\r\n', 'GET /api/labs HTTP/1.1\r\nHost: a b\r\n\r\n']) {
      const socket = createConnection(Number(new URL(url).port), '127.0.0.1');
      socket.end(request);
      expect(await text(socket)).toMatch(/^HTTP\/1\.1 4\d\d /);
    }
  });
});
