// traefik/whoami: tells what a request looks like and who answers it.
import type { Process } from '../../processes/process.ts';
import { canonicalHeaders, runUntilSignal, serveApp, type AppRequest, type AppResponse } from '../http/app.ts';
import { goFlags } from '../go-flags.ts';
import { errorLogDate } from '../http/dates.ts';

const MAX_DATA_BYTES = 10 * 1024 * 1024;

export async function whoami(process: Process): Promise<number> {
  const flags = goFlags(process.argv.slice(1), {
    port: 'value',
    name: 'value',
    verbose: 'flag',
    cert: 'value',
    key: 'value',
    cacert: 'value',
  });
  if (flags.problem !== undefined) {
    await process.complain(`${flags.problem}\n`);
    return 2;
  }
  const port = Number(flags.value('port') ?? process.env.get('WHOAMI_PORT_NUMBER') ?? 80);
  const name = flags.value('name') ?? process.env.get('WHOAMI_NAME') ?? '';
  let health = 200;
  const handle = async (request: AppRequest): Promise<AppResponse> => {
    switch (request.path) {
      case '/api':
        return { contentType: 'application/json', body: `${JSON.stringify(describeAsJson(process, name, request))}\n` };
      case '/health': {
        if (request.method === 'POST') {
          health = Number((await request.body()).toString()) || 200;
        }
        return { status: health, body: '' };
      }
      case '/data': {
        const units: Record<string, number> = { KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 };
        const size = Number(request.query.get('size') ?? 1) * (units[(request.query.get('unit') ?? '').toUpperCase()] ?? 1);
        return {
          contentType: 'text/plain',
          body: Buffer.from('|'.padEnd(Math.min(MAX_DATA_BYTES, size) - 1, '-ABCDEFGHIJKLMNOPQRSTUVWXYZ') + '|'),
        };
      }
      case '/bench':
        return { contentType: 'text/plain', body: '1' };
      default: {
        const wait = /^(\d+)(ms|s)$/.exec(request.query.get('wait') ?? '');
        if (wait) {
          await process.sleep(Number(wait[1]) * (wait[2] === 's' ? 1000 : 1));
        }
        return { contentType: 'text/plain; charset=utf-8', body: describe(process, name, request) };
      }
    }
  };
  process.holdMemory(4 * 1024 * 1024);
  const serving = await serveApp(process, port, { handle });
  if (!serving) {
    return 1;
  }
  await process.complain(`${errorLogDate(process.machine.clock.now())} Starting up on port ${port}\n`);
  return runUntilSignal(process, 2);
}

function describe(process: Process, name: string, request: AppRequest): string {
  const lines = [
    ...(name === '' ? [] : [`Name: ${name}`]),
    `Hostname: ${process.machine.hostname}`,
    'IP: 127.0.0.1',
    'IP: ::1',
    `IP: ${process.machine.endpoint.address}`,
    `RemoteAddr: ${request.client.address}:${request.client.port}`,
    `${request.method} ${request.url} HTTP/${request.httpVersion}`,
    `Host: ${request.host}`,
    ...canonicalHeaders(request).map(([header, value]) => `${header}: ${value}`),
  ];
  return `${lines.join('\n')}\n\n`;
}

function describeAsJson(process: Process, name: string, request: AppRequest): Record<string, unknown> {
  const headers: Record<string, string[]> = {};
  for (const [header, value] of canonicalHeaders(request)) {
    headers[header] = [...(headers[header] ?? []), value];
  }
  return {
    hostname: process.machine.hostname,
    ip: ['127.0.0.1', '::1', process.machine.endpoint.address],
    headers,
    url: request.url,
    host: request.host,
    method: request.method,
    ...(name === '' ? {} : { name }),
    remoteAddr: `${request.client.address}:${request.client.port}`,
  };
}
