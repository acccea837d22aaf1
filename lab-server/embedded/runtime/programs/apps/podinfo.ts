// stefanprodan/podinfo: a service with a version, a colour, health that can be switched, and delays on request.
import type { Process } from '../../processes/process.ts';
import { runUntilSignal, serveApp, type AppRequest, type AppResponse } from '../http/app.ts';
import { isNetworkError } from '../../network/network-error.ts';
import { dateAt } from '../../files/file-times.ts';
import { resolveHost } from '../network/resolver.ts';
import { RedisClient } from '../redis/client.ts';
import type { Reply } from '../redis/resp.ts';

export async function podinfo(process: Process): Promise<number> {
  const version = process.env.get('APP_VERSION') ?? '6.9.2';
  const flag = (name: string): string | undefined =>
    process.argv.map((word) => new RegExp(`^--${name}=(.*)$`).exec(word)?.[1]).find((value) => value !== undefined);
  const port = Number(flag('port') ?? process.env.get('PODINFO_PORT') ?? 9898);
  let panic: (code: number) => void = () => undefined;
  const panicked = new Promise<number>((resolve) => {
    panic = resolve;
  });
  let ready = true;
  let live = true;
  const json = (value: unknown, status = 200): AppResponse => ({
    status,
    contentType: 'application/json; charset=utf-8',
    body: `${JSON.stringify(value, undefined, 2)}\n`,
  });
  const info = (): Record<string, string> => ({
    hostname: process.machine.hostname,
    version,
    revision: '5f5b4b1',
    color: process.env.get('PODINFO_UI_COLOR') ?? flag('ui-color') ?? '#34577c',
    logo: 'https://raw.githubusercontent.com/stefanprodan/podinfo/gh-pages/cuddle_clap.gif',
    message: process.env.get('PODINFO_UI_MESSAGE') ?? flag('ui-message') ?? `greetings from podinfo v${version}`,
    goos: 'linux',
    goarch: 'amd64',
    runtime: 'go1.25',
    num_goroutine: '8',
    num_cpu: '2',
  });
  const cacheServer = URL.parse(flag('cache-server') ?? process.env.get('PODINFO_CACHE_SERVER') ?? '');
  const failed = (status: number, message: string): AppResponse => json({ code: status, message }, status);
  const cache = async (request: AppRequest, key: string): Promise<AppResponse> => {
    if (!cacheServer) {
      return failed(400, 'cache server is offline');
    }
    const body = (await request.body()).toString('latin1');
    const write = request.method === 'POST' || request.method === 'PUT';
    const reply = await askRedis(process, cacheServer, write ? ['SET', key, body] : [request.method === 'DELETE' ? 'DEL' : 'GET', key]);
    if (!reply || reply.kind === 'error') {
      return failed(500, `dial tcp: cannot reach the cache server ${cacheServer.host}`);
    }
    if (reply.kind === 'bulk') {
      return reply.text === null ? { status: 404, body: '' } : { contentType: 'text/plain; charset=utf-8', body: reply.text };
    }
    return { status: 202, body: '' };
  };
  const handle = async (request: AppRequest): Promise<AppResponse> => {
    const [, first = '', second = ''] = request.path.split('/');
    switch (first) {
      case '':
      case 'api':
        return json(info());
      case 'version':
        return json({ commit: '5f5b4b1', version });
      case 'healthz':
        return live ? json({ status: 'OK' }) : { status: 503, body: '' };
      case 'readyz':
        if (second !== '') {
          ready = second === 'enable';
          return json({ status: 'OK' }, 202);
        }
        return ready ? json({ status: 'OK' }) : { status: 503, body: '' };
      case 'livez':
        live = second !== 'disable';
        return json({ status: 'OK' }, 202);
      case 'env':
        return json([...process.env].map(([name, value]) => `${name}=${value}`));
      case 'headers':
        return json(request.headers);
      case 'echo':
        return { status: 202, body: await request.body() };
      case 'delay':
        await process.sleep(Number(second) * 1000);
        return json({ delay: Number(second) });
      case 'status':
        return json({ status: Number(second) }, Number(second) || 400);
      case 'cache':
        return cache(request, second);
      case 'panic':
        panic(255);
        return { body: '' };
      default:
        return { status: 404, body: '404 page not found\n' };
    }
  };
  process.holdMemory(14 * 1024 * 1024);
  const serving = await serveApp(process, port, { handle, cpuMs: 0.3 });
  if (!serving) {
    return 1;
  }
  const log = (message: string): Promise<void> =>
    process.complain(
      `${JSON.stringify({ level: 'info', ts: dateAt(process.machine.clock.now()).toISOString(), caller: 'podinfo/main.go:153', msg: message, version, port: String(port) })}\n`,
    );
  await log('Starting podinfo');
  await log('Starting HTTP Server.');
  return Promise.race([panicked, runUntilSignal(process, 0, () => log('Shutting down HTTP/HTTPS server'))]);
}

/** One command to the cache; undefined when there is nobody to ask. */
async function askRedis(process: Process, server: URL, words: readonly string[]): Promise<Reply | undefined> {
  const [address] = await resolveHost(process, server.hostname);
  if (address === undefined) {
    return undefined;
  }
  try {
    const client = new RedisClient(await process.machine.endpoint.connect(address, Number(server.port || 6379), process.signal));
    try {
      return await client.send(words);
    } finally {
      client.close();
    }
  } catch (error) {
    process.signal.throwIfAborted();
    if (isNetworkError(error)) {
      return undefined;
    }
    throw error;
  }
}
