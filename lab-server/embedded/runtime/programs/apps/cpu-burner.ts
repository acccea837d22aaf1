// registry.k8s.io/hpa-example: every request costs processor time, so that load makes the autoscaler work.
import type { Process } from '../../processes/process.ts';
import { runUntilSignal, serveApp } from '../http/app.ts';
import { commonLogDate } from '../http/dates.ts';

/** A million square roots take about so long on one core. */
const REQUEST_MS = 10;

export async function cpuBurner(process: Process): Promise<number> {
  process.holdMemory(12 * 1024 * 1024);
  const serving = await serveApp(process, Number(process.env.get('PORT') ?? 80), {
    cpuMs: 0,
    handle: async (request) => {
      if (request.path !== '/' && request.path !== '/index.php') {
        return {
          status: 404,
          contentType: 'text/html; charset=iso-8859-1',
          body: '<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head>\n<title>404 Not Found</title>\n</head><body>\n<h1>Not Found</h1>\n</body></html>\n',
        };
      }
      process.cpuMs += REQUEST_MS;
      await process.machine.cpu.work(REQUEST_MS, process.signal);
      return {
        contentType: 'text/html; charset=UTF-8',
        headers: [
          ['Server', 'Apache/2.4.10 (Debian)'],
          ['X-Powered-By', 'PHP/5.6.14'],
        ],
        body: 'OK!',
      };
    },
    log: (request, response) =>
      process.print(
        `${request.client.address} - - [${commonLogDate(process.machine.clock.now())}] "${request.method} ${request.url} HTTP/${request.httpVersion}" ${response.status ?? 200} ${response.body.length} "-" "${request.headers['user-agent'] ?? '-'}"\n`,
      ),
  });
  if (!serving) {
    return 1;
  }
  await process.complain(
    `AH00558: apache2: Could not reliably determine the server's fully qualified domain name, using ${process.machine.endpoint.address}. Set the 'ServerName' directive globally to suppress this message\n`,
  );
  return runUntilSignal(process, 0);
}
