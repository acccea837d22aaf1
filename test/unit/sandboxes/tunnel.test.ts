import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex, PassThrough } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseSocketPath, connectThroughTunnel, serveTunnel } from '../../../lab-server/sandboxes/embedded/tunnel.ts';

let folder: string;
let path: string;
let network: AsyncDisposable;

/** A network in which 10.0.0.1:7 echoes, 10.0.0.1:9 closes at once, and nothing else answers. */
function connect(address: string, port: number): Promise<Duplex> {
  if (address !== '10.0.0.1') {
    return Promise.reject(Object.assign(new Error('no route'), { code: 'EHOSTUNREACH' }));
  }
  if (port === 7) {
    return Promise.resolve(new PassThrough());
  }
  if (port === 9) {
    return Promise.resolve(Duplex.from('bye'));
  }
  return Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dockside-tunnel-'));
  ({ path } = chooseSocketPath(folder, 'cluster'));
  network = await serveTunnel(path, connect);
});
afterEach(async () => {
  await network[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

describe('the way into a cluster’s network', () => {
  it('carries bytes both ways and passes on the end of each direction', async () => {
    const connection = await connectThroughTunnel(path, '10.0.0.1', 7);
    const sent = Buffer.alloc(3_000_000, 'dockside');
    connection.end(sent);
    expect((await buffer(connection)).equals(sent)).toBe(true);
  });

  it('passes on what the other side says first', async () => {
    const connection = await connectThroughTunnel(path, '10.0.0.1', 9);
    expect(await text(connection)).toBe('bye');
    connection.end();
  });

  it.each([
    ['10.0.0.1', 80, 'ECONNREFUSED'],
    ['10.9.9.9', 7, 'EHOSTUNREACH'],
  ])('refuses %s:%i as the network does', async (address, port, code) => {
    await expect(connectThroughTunnel(path, address, port)).rejects.toMatchObject({ code });
  });

  it('is open to the server’s own user alone', () => {
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['another protocol', 'GET / HTTP/1.1\r\n'],
    ['a host name', 'connect localhost 22\n'],
    ['a port that cannot be', 'connect 10.0.0.1 70000000\n'],
    ['a line without end', 'x'.repeat(5000)],
  ])('does not answer to %s', async (_name, line) => {
    const socket = createConnection(path);
    socket.on('error', () => {});
    socket.write(line);
    socket.end();
    const [answer] = await Promise.all([text(socket).catch(() => ''), once(socket, 'close')]);
    expect(answer).not.toContain('ok');
  });

  it('ends open connections when it stops', async () => {
    const connection = await connectThroughTunnel(path, '10.0.0.1', 7);
    connection.on('error', () => {});
    const ended = once(connection, 'end');
    connection.resume();
    await network[Symbol.asyncDispose]();
    await expect(ended).resolves.toBeDefined();
    connection.destroy();
  });

  it('finds a short path where the folder’s is too long for a socket', async () => {
    const chosen = chooseSocketPath(join(folder, 'x'.repeat(120)), 'cluster');
    expect(Buffer.byteLength(chosen.path)).toBeLessThan(100);
    await using _served = await serveTunnel(chosen.path, connect);
    const connection = await connectThroughTunnel(chosen.path, '10.0.0.1', 9);
    expect(await text(connection)).toBe('bye');
    connection.end();
    chosen.remove();
  });
});
