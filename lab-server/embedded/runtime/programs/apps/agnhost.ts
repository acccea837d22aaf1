// agnhost: the test server of Kubernetes, with the commands that its documentation uses.
import { isNetworkError } from '../../network/network-error.ts';
import { OpenFile } from '../../processes/open-file.ts';
import { Pipe, readAll } from '../../processes/byte-stream.ts';
import type { Process } from '../../processes/process.ts';
import { ExecutableError } from '../../processes/executables.ts';
import { spawn } from '../../processes/spawn.ts';
import { runUntilSignal, serveApp, type AppRequest, type AppResponse } from '../http/app.ts';
import { errorLogDate } from '../http/dates.ts';
import { goFlags } from '../go-flags.ts';
import { parseDuration } from '../duration.ts';
import { resolveHost } from '../network/resolver.ts';

const VERSION = '2.53';

const COMMANDS: Readonly<Record<string, (process: Process, args: readonly string[]) => Promise<number>>> = {
  connect,
  'entrypoint-tester': entrypointTester,
  liveness,
  'logs-generator': logsGenerator,
  netexec,
  pause: async (process) => {
    await process.print('Paused\n');
    return runUntilSignal(process, 2);
  },
  'serve-hostname': serveHostname,
};

export async function agnhost(process: Process): Promise<number> {
  const [name, ...args] = process.argv.slice(1);
  process.holdMemory(9 * 1024 * 1024);
  if (name === '--version' || name === 'version') {
    await process.print(`agnhost version ${VERSION}\n`);
    return 0;
  }
  const command = name === undefined ? undefined : COMMANDS[name];
  if (!command) {
    const list = `Usage:\n  app [command]\n\nAvailable Commands:\n${Object.keys(COMMANDS)
      .map((known) => `  ${known}\n`)
      .join('')}\nUse "app [command] --help" for more information about a command.\n`;
    await (name === undefined || name === 'help' || name === '--help'
      ? process.print(list)
      : process.complain(`Error: unknown command "${name}" for "app"\n${list}`));
    return name === undefined || name === 'help' || name === '--help' ? 0 : 1;
  }
  return command(process, args);
}

async function netexec(process: Process, args: readonly string[]): Promise<number> {
  const flags = goFlags(args, {
    'http-port': 'value',
    'udp-port': 'value',
    'sctp-port': 'value',
    'delay-shutdown': 'value',
    'http-override': 'value',
    'udp-listen-addresses': 'value',
    'tls-cert-file': 'value',
    'tls-private-key-file': 'value',
  });
  if (flags.problem !== undefined) {
    await process.complain(`Error: ${flags.problem.replace('flag provided but not defined: -', 'unknown flag: --')}\n`);
    return 1;
  }
  const port = Number(flags.value('http-port') ?? 8080);
  let shutdown: (code: number) => void = () => undefined;
  const ended = new Promise<number>((resolve) => {
    shutdown = resolve;
  });
  const started = process.machine.clock.now();
  const serving = await serveApp(process, port, {
    handle: (request) => netexecAnswer(process, request, flags.value('http-override'), started, shutdown),
    log: (request) => process.print(`${errorLogDate(process.machine.clock.now())} GET ${request.url}\n`),
  });
  if (!serving) {
    return 1;
  }
  await process.print(
    `${errorLogDate(process.machine.clock.now())} Started HTTP server on port ${port}\n${errorLogDate(process.machine.clock.now())} Started UDP server on port  ${flags.value('udp-port') ?? '8081'}\n`,
  );
  const delay = parseDuration(`${flags.value('delay-shutdown') ?? '0'}s`) ?? 0;
  return Promise.race([ended, runUntilSignal(process, 0, async () => (delay > 0 ? process.sleep(delay) : undefined))]);
}

async function netexecAnswer(
  process: Process,
  request: AppRequest,
  override: string | undefined,
  started: number,
  shutdown: (code: number) => void,
): Promise<AppResponse> {
  const text = (body: string, status = 200): AppResponse => ({ status, contentType: 'text/plain; charset=utf-8', body });
  switch (request.path) {
    case '/':
      return text(
        override ??
          `NOW: ${new Intl.DateTimeFormat('en-CA', { dateStyle: 'short', timeStyle: 'medium', timeZone: 'UTC', hour12: false }).format(process.machine.clock.now()).replace(',', '')} +0000 UTC m=+${((process.machine.clock.now() - started) / 1000).toFixed(9)}`,
      );
    case '/hostname':
    case '/hostName':
      return text(process.machine.hostname);
    case '/clientip':
      return text(`${request.client.address}:${request.client.port}`);
    case '/healthz':
      return text('');
    case '/header':
      return text(String(request.headers[(request.query.get('key') ?? '').toLowerCase()] ?? ''));
    case '/echo':
      return text(request.query.get('msg') ?? '', Number(request.query.get('code') ?? 200));
    case '/redirect': {
      const code = Number(request.query.get('code') ?? 302);
      return { ...text('', code), headers: [['Location', request.query.get('location') ?? '/']] };
    }
    case '/exit': {
      const code = Number(request.query.get('code') ?? 0);
      const timeout = parseDuration(request.query.get('timeout') ?? '0s') ?? 0;
      process.machine.clock.schedule(timeout, () => shutdown(code));
      return text('');
    }
    case '/shutdown':
      shutdown(0);
      return text('');
    case '/shell':
      return runShell(process, request.query.get('shellCommand') ?? request.query.get('cmd') ?? '');
    case '/dial':
      return dial(process, request.query);
    default:
      return text('404 page not found\n', 404);
  }
}

async function runShell(process: Process, text: string): Promise<AppResponse> {
  const pipe = new Pipe();
  const output = new OpenFile({ sink: pipe.writer });
  try {
    const child = await spawn(process.machine, {
      argv: ['sh', '-c', text],
      env: process.env,
      cwd: process.cwd,
      identity: process.identity,
      descriptors: new Map([...process.descriptors, [1, output], [2, output]]),
      parentPid: process.pid,
    });
    output.release();
    const bytes = await readAll(pipe.reader, process.signal, 1024 * 1024);
    const { exitCode } = await child.exited;
    return {
      contentType: 'application/json',
      body: `${JSON.stringify({ output: bytes.toString(), ...(exitCode === 0 ? {} : { error: `exit status ${exitCode}` }) })}\n`,
    };
  } catch (error) {
    if (!(error instanceof ExecutableError)) {
      throw error;
    }
    return { status: 500, contentType: 'text/plain', body: 'fork/exec /bin/sh: no such file or directory\n' };
  }
}

/** Asks another netexec, again and again, and tells who answered. */
async function dial(process: Process, query: URLSearchParams): Promise<AppResponse> {
  const responses: string[] = [];
  const errors: string[] = [];
  const [address] = await resolveHost(process, query.get('host') ?? '');
  for (let round = 0; round < Math.min(100, Number(query.get('tries') ?? 1)); round += 1) {
    try {
      if (address === undefined) {
        throw new Error(`lookup ${query.get('host') ?? ''}: no such host`);
      }
      const connection = await process.machine.endpoint.connect(address, Number(query.get('port') ?? 8080), process.signal);
      connection.end(`GET /${query.get('request') ?? ''} HTTP/1.0\r\nHost: ${address}\r\n\r\n`);
      let text = '';
      for await (const chunk of connection as AsyncIterable<Buffer>) {
        text += chunk.toString();
      }
      responses.push(text.slice(text.indexOf('\r\n\r\n') + 4));
    } catch (error) {
      process.signal.throwIfAborted();
      errors.push(error instanceof Error ? error.message : String(error));
    }
  }
  return {
    contentType: 'application/json',
    body: JSON.stringify({ ...(responses.length > 0 ? { responses } : {}), ...(errors.length > 0 ? { errors } : {}) }),
  };
}

async function serveHostname(process: Process, args: readonly string[]): Promise<number> {
  const flags = goFlags(args, { port: 'value', http: 'flag', tcp: 'flag', udp: 'flag', close: 'flag' });
  const port = Number(flags.value('port') ?? 9376);
  if (flags.has('tcp')) {
    process.machine.endpoint.listen(port, (connection) => connection.end(process.machine.hostname));
  } else if (
    !(await serveApp(process, port, { handle: () => ({ contentType: 'text/plain; charset=utf-8', body: process.machine.hostname }) }))
  ) {
    return 1;
  }
  await process.print(`Serving on port ${port}.\n`);
  return runUntilSignal(process, 0);
}

/** Well for ten seconds, then ill: the server of the documentation's first liveness probe. */
async function liveness(process: Process): Promise<number> {
  const started = process.machine.clock.now();
  const serving = await serveApp(process, 8080, {
    handle: (request) => {
      const age = (process.machine.clock.now() - started) / 1000;
      if (request.path === '/started') {
        return { body: `started ${age.toFixed(3)}s ago` };
      }
      if (request.path !== '/healthz') {
        return { status: 404, contentType: 'text/plain; charset=utf-8', body: '404 page not found\n' };
      }
      return age > 10
        ? { status: 500, contentType: 'text/plain; charset=utf-8', body: `error: ${age.toFixed(9)}` }
        : { contentType: 'text/plain; charset=utf-8', body: 'ok' };
    },
  });
  return serving ? runUntilSignal(process, 2) : 1;
}

async function connect(process: Process, args: readonly string[]): Promise<number> {
  const flags = goFlags(args, { timeout: 'value', protocol: 'value' });
  const target = flags.operands[0] ?? '';
  const [host, port] = [target.slice(0, target.lastIndexOf(':')), Number(target.slice(target.lastIndexOf(':') + 1))];
  const [address] = await resolveHost(process, host);
  if (address === undefined) {
    await process.complain('DNS\n');
    return 1;
  }
  const timeout = new AbortController();
  const limit = parseDuration(flags.value('timeout') ?? '');
  const timer = limit === undefined ? undefined : process.machine.clock.schedule(limit, () => timeout.abort());
  try {
    (await process.machine.endpoint.connect(address, port, AbortSignal.any([process.signal, timeout.signal]))).destroy();
    return 0;
  } catch (error) {
    process.signal.throwIfAborted();
    await process.complain(isNetworkError(error, 'ECONNREFUSED') ? 'REFUSED\n' : 'TIMEOUT\n');
    return 1;
  } finally {
    timer?.[Symbol.dispose]();
  }
}

async function entrypointTester(process: Process, args: readonly string[]): Promise<number> {
  await process.print(`[${[process.argv[0] ?? '/agnhost', 'entrypoint-tester', ...args].join(' ')}]\n`);
  return 0;
}

async function logsGenerator(process: Process, args: readonly string[]): Promise<number> {
  const flags = goFlags(args, { 'log-lines-total': 'value', 'run-duration': 'value' });
  const total = Number(flags.value('log-lines-total') ?? 0);
  const duration = parseDuration(flags.value('run-duration') ?? '1s') ?? 1000;
  for (let line = 0; line < total; line += 1) {
    await process.print(
      `${errorLogDate(process.machine.clock.now())} ${line} GET /api/v1/namespaces/default/pods/${line} ${200 + (line % 3)}\n`,
    );
    await process.sleep(duration / total);
  }
  return 0;
}
