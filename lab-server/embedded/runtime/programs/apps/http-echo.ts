// hashicorp/http-echo: answers every request with one text.
import type { Process } from '../../processes/process.ts';
import { dateAt } from '../../files/file-times.ts';
import { runUntilSignal, serveApp } from '../http/app.ts';
import { goFlags } from '../go-flags.ts';

export async function httpEcho(process: Process): Promise<number> {
  const flags = goFlags(process.argv.slice(1), { listen: 'value', text: 'value', 'status-code': 'value', version: 'flag' });
  if (flags.problem !== undefined) {
    await process.complain(`${flags.problem}\n`);
    return 2;
  }
  if (flags.has('version')) {
    await process.complain('http-echo v1.0.0\n');
    return 0;
  }
  const text = flags.value('text') ?? process.env.get('ECHO_TEXT') ?? '';
  if (text === '') {
    await process.complain('Missing -text option!\n');
    return 127;
  }
  if (flags.operands.length > 0) {
    await process.complain('Too many arguments!\n');
    return 127;
  }
  const address = flags.value('listen') ?? ':5678';
  const port = Number(address.slice(address.lastIndexOf(':') + 1));
  const status = Number(flags.value('status-code') ?? 200);
  const stamp = (): string => {
    const iso = dateAt(process.machine.clock.now()).toISOString();
    return `${iso.slice(0, 10).replaceAll('-', '/')} ${iso.slice(11, 19)}`;
  };
  process.holdMemory(4 * 1024 * 1024);
  const serving = await serveApp(process, port, {
    handle: (request) =>
      request.path === '/health'
        ? { contentType: 'application/json', body: '{"status":"ok"}' }
        : {
            status,
            contentType: 'text/plain; charset=utf-8',
            headers: [
              ['X-App-Name', 'http-echo'],
              ['X-App-Version', '1.0.0'],
            ],
            body: `${text}\n`,
          },
    log: (request) =>
      process.print(
        `${stamp()} ${request.host} ${request.client.address}:${request.client.port} "${request.method} ${request.url} HTTP/${request.httpVersion}" ${status} ${text.length + 1} "${request.headers['user-agent'] ?? ''}" 0s\n`,
      ),
  });
  if (!serving) {
    return 1;
  }
  await process.complain(`${stamp()} [INFO] server is listening on ${address}\n`);
  return runUntilSignal(process, 0, () => process.complain(`${stamp()} [INFO] received shutdown signal\n`));
}
