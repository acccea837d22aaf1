import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SystemClock } from '../../../lab-server/base/index.ts';
import { createRuntime, type Container, type Runtime } from '../../../lab-server/embedded/runtime/index.ts';
import { relayTo } from './relay.ts';

const run = promisify(execFile);
const curl = async (...args: string[]): Promise<string> => (await run('curl', ['-s', ...args], { maxBuffer: 64 * 1024 * 1024 })).stdout;

let runtime: Runtime;
let nginx: Container;

/** Starts nginx and waits for the line that it prints once it listens. */
async function startListening(container: Container): Promise<void> {
  const lines = container.log.follow(AbortSignal.timeout(30_000));
  await container.start();
  for await (const line of lines) {
    if (line.text.includes('start worker process ')) {
      return;
    }
  }
  throw new Error('nginx did not begin to listen');
}

beforeAll(async () => {
  runtime = createRuntime({ clock: new SystemClock() });
  const image = await runtime.images.pull('nginx:1.27', new AbortController().signal);
  nginx = runtime.create({ name: 'web', image, env: {}, hostname: 'web-0', endpoint: runtime.network.attach('10.244.0.5') });
  await startListening(nginx);
});

afterAll(async () => {
  await runtime[Symbol.asyncDispose]();
});

describe('a real curl through a relay', () => {
  it('reads the welcome page of nginx, several times over one connection', async () => {
    await using relay = await relayTo(runtime.network, '10.244.0.5', 80);
    const url = `http://127.0.0.1:${relay.port}/`;
    const pages = await curl('-w', '%{num_connects} ', url, url, url);
    expect(pages.match(/Welcome to nginx!<\/h1>/g)).toHaveLength(3);
    expect(pages.match(/<\/html>\n(\d)/g)?.map((end) => end.at(-1))).toEqual(['1', '0', '0']);
  });

  it('gets heads, ranges, missing pages and malformed requests answered as by nginx', async () => {
    await using relay = await relayTo(runtime.network, '10.244.0.5', 80);
    const url = `http://127.0.0.1:${relay.port}`;
    expect(await curl('-I', url)).toMatch(/^HTTP\/1\.1 200 OK\r\nServer: nginx\/1\.27\.5\r\n/);
    expect(await curl('-r', '0-13', url)).toBe('<!DOCTYPE html');
    expect(await curl('-o', '/dev/null', '-w', '%{http_code}', `${url}/nosuch`)).toBe('404');
    expect(await curl('--http1.0', '-i', `${url}/50x.html`)).toContain('Connection: close');
    expect(await curl('-H', 'Bad Header: x', '-X', 'G@T', '-o', '/dev/null', '-w', '%{http_code}', url)).toBe('400');
  });

  it('downloads megabytes whole, and uploads them', async () => {
    await nginx.files.writeFile('/usr/share/nginx/html/big', Buffer.alloc(8 * 1024 * 1024, 'dockside'));
    await using relay = await relayTo(runtime.network, '10.244.0.5', 80);
    expect(await curl('-o', '/dev/null', '-w', '%{size_download}', `http://127.0.0.1:${relay.port}/big`)).toBe(String(8 * 1024 * 1024));
    expect(
      await curl(
        '-X',
        'POST',
        '--data-binary',
        `@${process.execPath}`,
        '-o',
        '/dev/null',
        '-w',
        '%{http_code}',
        `http://127.0.0.1:${relay.port}/`,
      ),
    ).toMatch(/^4(05|13)$/);
  });

  it('survives clients that go away in the middle', async () => {
    await using relay = await relayTo(runtime.network, '10.244.0.5', 80);
    const url = `http://127.0.0.1:${relay.port}/big`;
    await Promise.all(Array.from({ length: 10 }, () => run('sh', ['-c', `curl -s ${url} | head -c 1000 >/dev/null`])));
    expect(await curl('-o', '/dev/null', '-w', '%{http_code}', `http://127.0.0.1:${relay.port}/`)).toBe('200');
  });
});
