import type { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../../lab-server/base/index.ts';
import { SimulatedNetwork } from '../../../../lab-server/embedded/runtime/network/network.ts';
import { settled } from '../lab.ts';

function aNetwork(): { network: SimulatedNetwork; clock: ManualClock } {
  const clock = new ManualClock();
  return { network: new SimulatedNetwork({ clock }), clock };
}

async function textOf(stream: Duplex): Promise<string> {
  let text = '';
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    text += chunk.toString();
  }
  return text;
}

describe('the simulated network', () => {
  it('carries bytes both ways and half-closes like TCP', async () => {
    const { network } = aNetwork();
    const server = network.attach('10.0.0.1');
    const client = network.attach('10.0.0.2');
    server.listen(80, (connection) => {
      void textOf(connection).then((text) => connection.end(`you said ${text}`));
    });
    const connection = await client.connect('10.0.0.1', 80);
    connection.write('hello ');
    connection.end('there');
    expect(await textOf(connection)).toBe('you said hello there');
  });

  it('tells the server who is calling', async () => {
    const { network } = aNetwork();
    const server = network.attach('10.0.0.1');
    const callers: string[] = [];
    server.listen(80, (connection, from) => {
      callers.push(from.address);
      connection.end();
    });
    await network.attach('10.0.0.2').connect('10.0.0.1', 80);
    await network.connect('192.168.49.1', '10.0.0.1', 80);
    await server.connect('127.0.0.1', 80);
    expect(callers).toEqual(['10.0.0.2', '192.168.49.1', '127.0.0.1']);
  });

  it('refuses a port on which nobody listens, at once', async () => {
    const { network } = aNetwork();
    network.attach('10.0.0.1');
    await expect(network.connect('10.0.0.9', '10.0.0.1', 80)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('gives up on an address that nobody has after three seconds', async () => {
    const { network, clock } = aNetwork();
    const outcome = network.connect('10.0.0.9', '10.0.0.1', 80).catch((error: unknown) => error);
    await clock.advance(3_000);
    expect(await outcome).toMatchObject({ code: 'EHOSTUNREACH' });
  });

  it('lets a black hole time out, or the caller give up first', async () => {
    const { network, clock } = aNetwork();
    network.addRouter({ route: ({ address }) => (address === '10.9.9.9' ? 'drop' : undefined) });
    const patient = network.connect('10.0.0.9', '10.9.9.9', 80).catch((error: unknown) => error);
    const abort = new AbortController();
    const impatient = network.connect('10.0.0.9', '10.9.9.9', 80, abort.signal).catch((error: unknown) => error);
    abort.abort(new Error('enough'));
    expect(await impatient).toMatchObject({ message: 'enough' });
    await clock.advance(127_000);
    expect(await patient).toMatchObject({ code: 'ETIMEDOUT' });
  });

  it('follows redirects of routers, the first answer winning, and stops at loops', async () => {
    const { network, clock } = aNetwork();
    const pod = network.attach('10.244.0.5');
    pod.listen(8080, (connection) => connection.end('pod'));
    network.addRouter({ route: ({ address }) => (address === '192.168.49.2' ? { to: { address: '10.96.0.10', port: 80 } } : undefined) });
    const service = network.addRouter({
      route: ({ address }) => (address === '10.96.0.10' ? { to: { address: '10.244.0.5', port: 8080 } } : undefined),
    });
    network.addRouter({ route: ({ address }) => (address === '10.96.0.10' ? 'refuse' : undefined) });
    expect(await textOf(await network.connect('x', '192.168.49.2', 30080))).toBe('pod');
    service[Symbol.dispose]();
    await expect(network.connect('x', '192.168.49.2', 30080)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    network.addRouter({
      route: ({ address, port }) => (address === '10.1.1.1' ? { to: { address: '10.1.1.1', port: port === 1 ? 2 : 1 } } : undefined),
    });
    const loop = network.connect('x', '10.1.1.1', 1).catch((error: unknown) => error);
    await clock.advance(127_000);
    expect(await loop).toMatchObject({ code: 'ETIMEDOUT' });
  });

  it('resolves names with the search list, hosts and numeric addresses', async () => {
    const { network } = aNetwork();
    const asked: string[] = [];
    network.addNameService({
      resolve(name, from) {
        asked.push(`${name} from ${from}`);
        return name === 'web.default.svc.cluster.local' ? ['10.96.0.10'] : undefined;
      },
    });
    const pod = network.attach('10.244.0.5', {
      searchDomains: ['default.svc.cluster.local', 'svc.cluster.local'],
      hosts: { db: '10.1.1.1' },
    });
    expect(await pod.resolve('web')).toEqual(['10.96.0.10']);
    expect(await pod.resolve('WEB.default')).toEqual(['10.96.0.10']);
    expect(await pod.resolve('other')).toEqual([]);
    expect(await pod.resolve('web.default.svc.cluster.local.')).toEqual(['10.96.0.10']);
    expect(await pod.resolve('db')).toEqual(['10.1.1.1']);
    expect(await pod.resolve('localhost')).toEqual(['127.0.0.1']);
    expect(await pod.resolve('1.2.3.4')).toEqual(['1.2.3.4']);
    expect(asked[0]).toBe('web.default.svc.cluster.local from 10.244.0.5');
  });

  it('refuses a second listener on a port and a second endpoint on an address', () => {
    const { network } = aNetwork();
    const endpoint = network.attach('10.0.0.1');
    const listener = endpoint.listen(80, () => undefined);
    expect(() => endpoint.listen(80, () => undefined)).toThrow(expect.objectContaining({ code: 'EADDRINUSE' }) as Error);
    expect(() => network.attach('10.0.0.1')).toThrow('EADDRINUSE');
    listener[Symbol.dispose]();
    endpoint.listen(80, () => undefined);
  });

  it('resets the connections of an endpoint that goes away and frees its address', async () => {
    const { network } = aNetwork();
    const server = network.attach('10.0.0.1');
    server.listen(80, () => undefined);
    const connection = await network.connect('x', '10.0.0.1', 80);
    const failed = new Promise((resolve) => connection.once('error', resolve));
    connection.resume();
    server[Symbol.dispose]();
    server[Symbol.dispose]();
    expect(await failed).toMatchObject({ code: 'ECONNRESET' });
    network.attach('10.0.0.1');
  });

  it('holds back a writer whose reader does not read', async () => {
    const { network } = aNetwork();
    const server = network.attach('10.0.0.1');
    let accepted: Duplex | undefined;
    server.listen(80, (connection) => (accepted = connection));
    const connection = await network.connect('x', '10.0.0.1', 80);
    let written = 0;
    while (connection.write(Buffer.alloc(16_384)) && written < 100) {
      written += 1;
    }
    await settled();
    expect(written).toBeLessThan(20);
    const drained = new Promise((resolve) => connection.once('drain', resolve));
    accepted?.resume();
    await drained;
  });
});
