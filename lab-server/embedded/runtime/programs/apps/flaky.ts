// A server for lessons on probes: slow to start, sick for a while, or dead after a time, as its environment says.
import type { Process } from '../../processes/process.ts';
import { runUntilSignal, serveApp, type AppRequest, type AppResponse } from '../http/app.ts';

/**
 * START_AFTER: seconds until it listens. READY_AFTER: until /ready is well. FAIL_AFTER: seconds until /healthz is ill.
 * CRASH_AFTER: until it ends with code 1. FAIL_RATE: percent of requests to / that fail, evenly spread. PORT: 8080.
 */
export async function flaky(process: Process): Promise<number> {
  const seconds = (name: string): number | undefined => {
    const text = process.env.get(name);
    return text === undefined || text === '' || Number.isNaN(Number(text)) ? undefined : Number(text) * 1000;
  };
  const port = Number(process.env.get('PORT') ?? 8080);
  const rate = Math.max(0, Math.min(100, Number(process.env.get('FAIL_RATE') ?? 0)));
  const { clock } = process.machine;
  const startAfter = seconds('START_AFTER') ?? 0;
  process.holdMemory(8 * 1024 * 1024);
  await process.print(`starting, will listen on port ${port}${startAfter > 0 ? ` in ${startAfter / 1000} s` : ''}\n`);
  if (startAfter > 0) {
    await process.sleep(startAfter);
  }
  const startedAt = clock.now();
  let ready: boolean | undefined;
  let healthy: boolean | undefined;
  let served = 0;
  const age = (): number => clock.now() - startedAt;
  const state = (): { ready: boolean; healthy: boolean } => ({
    ready: ready ?? age() >= (seconds('READY_AFTER') ?? 0),
    healthy: healthy ?? age() < (seconds('FAIL_AFTER') ?? Infinity),
  });
  const verdict = (well: boolean, word: string): AppResponse => ({
    status: well ? 200 : 503,
    contentType: 'text/plain',
    body: well ? `${word}\n` : `not ${word}\n`,
  });
  const handle = (request: AppRequest): AppResponse => {
    switch (request.path) {
      case '/healthz':
      case '/livez':
        return verdict(state().healthy, 'healthy');
      case '/ready':
      case '/readyz':
        return verdict(state().ready, 'ready');
      case '/toggle-ready':
        ready = !state().ready;
        return verdict(true, ready ? 'ready from now on' : 'unready from now on');
      case '/toggle-healthy':
        healthy = !state().healthy;
        return verdict(true, healthy ? 'healthy from now on' : 'ill from now on');
      default: {
        served += 1;
        const fails = Math.floor((served * rate) / 100) > Math.floor(((served - 1) * rate) / 100);
        return fails
          ? { status: 500, contentType: 'text/plain', body: 'failed, as FAIL_RATE asks\n' }
          : { contentType: 'text/plain', body: `hello from ${process.machine.hostname}, request ${served}\n` };
      }
    }
  };
  const serving = await serveApp(process, port, {
    handle,
    log: (request, response) => process.print(`${request.method} ${request.url} ${response.status ?? 200}\n`),
  });
  if (!serving) {
    return 1;
  }
  await process.print(`listening on port ${port}\n`);
  const crashAfter = seconds('CRASH_AFTER');
  const stopped = runUntilSignal(process, 0, () => process.print('stopping\n'));
  if (crashAfter === undefined) {
    return stopped;
  }
  return Promise.race([
    stopped,
    process.sleep(crashAfter).then(async () => {
      await process.complain('fatal: crashing, as CRASH_AFTER asks\n');
      return 1;
    }),
  ]);
}
