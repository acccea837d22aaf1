// The nginx program: reads its configuration, listens, serves, reloads, and stops as the signals say.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isNetworkError } from '../../network/network-error.ts';
import type { Process } from '../../processes/process.ts';
import { SIGHUP, SIGINT, SIGQUIT, SIGTERM, signalNumber } from '../../processes/signals.ts';
import { errorLogDate, httpDate } from '../http/dates.ts';
import { serveHttp } from '../http/serve.ts';
import { openSink } from '../../processes/open.ts';
import type { ByteSink } from '../../processes/byte-stream.ts';
import { ConfigError } from './config-syntax.ts';
import type { NginxConfig, Settings } from './config-model.ts';
import { loadConfig } from './config.ts';
import { Exchange, type Site } from './exchange.ts';
import { handleRequest } from './handle-request.ts';
import { chooseServer } from './locations.ts';
import { REASONS } from './respond.ts';

const MASTER_MEMORY = 3 * 1024 * 1024;
const WORKER_MEMORY = 2 * 1024 * 1024;
/** Processor time of one request of a small file, in milliseconds. */
const REQUEST_CPU_MS = 0.08;

interface Arguments {
  config: string;
  globals: string;
  test: boolean;
  printVersion: boolean;
  signal: string | undefined;
}

export async function nginx(process: Process): Promise<number> {
  const version = versionOf(process);
  const parsed = parseArguments(process.argv.slice(1));
  if (typeof parsed === 'string') {
    await process.complain(`nginx: ${parsed}\n`);
    return 1;
  }
  if (parsed.printVersion) {
    await process.complain(`nginx version: nginx/${version}\n`);
    return 0;
  }
  let config: NginxConfig;
  try {
    config = await loadConfig(process.machine.files, parsed.config, parsed.globals);
    await checkUpstreams(process, config);
  } catch (error) {
    if (!(error instanceof ConfigError)) {
      throw error;
    }
    const logged = `${errorLogDate(process.machine.clock.now())} [emerg] ${process.pid}#${process.pid}: ${error.message}`;
    // The image's error log is stderr, so the message appears twice, once as a log line.
    await process.complain(`${logged}
nginx: [emerg] ${error.message}
`);
    if (parsed.test) {
      await process.complain(`nginx: configuration file ${parsed.config} test failed\n`);
    }
    return 1;
  }
  if (parsed.test) {
    await process.complain(
      `nginx: the configuration file ${parsed.config} syntax is ok\nnginx: configuration file ${parsed.config} test is successful\n`,
    );
    return 0;
  }
  if (parsed.signal !== undefined) {
    return signalMaster(process, config, parsed.signal);
  }
  return new Master(process, version, parsed).run(config);
}

class Master {
  readonly #process: Process;
  readonly #version: string;
  readonly #parsed: Arguments;
  readonly #sinks = new Map<string, Promise<ByteSink>>();
  readonly #listeners = new Map<number, Disposable>();
  readonly #counters = { accepted: 0, requests: 0, active: 0 };
  #site: Site | undefined;
  #config: NginxConfig | undefined;

  constructor(process: Process, version: string, parsed: Arguments) {
    this.#process = process;
    this.#version = version;
    this.#parsed = parsed;
  }

  async run(config: NginxConfig): Promise<number> {
    const { machine, pid } = this.#process;
    const over = new Promise<number>((resolve) => {
      for (const signal of [SIGTERM, SIGINT, SIGQUIT]) {
        this.#process.onSignal(signal, () => {
          this.#notice(
            `signal ${signal} (${signal === SIGQUIT ? 'SIGQUIT' : signal === SIGINT ? 'SIGINT' : 'SIGTERM'}) received, ${signal === SIGQUIT ? 'shutting down' : 'exiting'}`,
          );
          void this.#drain(signal === SIGQUIT).then(() => resolve(0));
        });
      }
    });
    this.#process.onSignal(SIGHUP, () => void this.#reload());
    for (const name of ['USR1', 'USR2', 'WINCH']) {
      this.#process.onSignal(signalNumber(name) ?? 0, () => this.#sinks.clear());
    }
    try {
      this.#apply(config);
    } catch (error) {
      if (isNetworkError(error, 'EADDRINUSE')) {
        await this.#process.complain(
          `nginx: [emerg] bind() to 0.0.0.0:${'port' in error ? String(error.port) : ''} failed (98: Address already in use)\n`,
        );
        return 1;
      }
      throw error;
    }
    await machine.files.writeFile(config.pidFile, `${pid}\n`).catch(() => undefined);
    this.#process.holdMemory(MASTER_MEMORY + config.workerProcesses * WORKER_MEMORY);
    this.#process.argv = [`nginx: master process ${this.#process.argv.join(' ')}`];
    for (const line of [
      'using the "epoll" event method',
      `nginx/${this.#version}`,
      'built by gcc 12.2.0 (Debian 12.2.0-14+deb12u1) ',
      'OS: Linux 6.12.0-dockside',
      'getrlimit(RLIMIT_NOFILE): 1048576:1048576',
      'start worker processes',
    ]) {
      this.#notice(line);
    }
    for (let worker = 0; worker < config.workerProcesses; worker += 1) {
      this.#notice(`start worker process ${pid + 28 + worker}`);
    }
    const stopped = new Promise<never>((_resolve, reject) =>
      this.#process.signal.addEventListener('abort', () => reject(this.#process.signal.reason as Error), { once: true }),
    );
    return Promise.race([over, stopped]);
  }

  /** Listens where the configuration says and nowhere else. Throws NetworkError when a port is taken. */
  #apply(config: NginxConfig): void {
    const process = this.#process;
    const site: Site = {
      process,
      config,
      version: this.#version,
      counters: this.#counters,
      log: (settings, exchange) => this.#logAccess(settings, exchange, config),
      complain: (settings, level, message) => this.#write(settings.errorLog, this.#errorLine(level, message)),
    };
    const ports = new Set(config.servers.flatMap((server) => server.listens.map((listen) => listen.port)));
    for (const port of ports) {
      if (!this.#listeners.has(port)) {
        this.#listeners.set(
          port,
          serveHttp(process, port, {
            handle: (request, response) => this.#serve(port, request, response),
            reject: (connection) => void connection.end(badRequest(this.#version, process.machine.clock.now())),
          }),
        );
      }
    }
    for (const [port, listener] of this.#listeners) {
      if (!ports.has(port)) {
        listener[Symbol.dispose]();
        this.#listeners.delete(port);
      }
    }
    this.#site = site;
    this.#config = config;
  }

  async #serve(port: number, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const site = this.#site;
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    const server = site && chooseServer(site.config.servers, port, host);
    if (!site || !server) {
      response.destroy();
      return;
    }
    this.#counters.accepted += 1;
    this.#counters.requests += 1;
    this.#counters.active += 1;
    this.#process.cpuMs += REQUEST_CPU_MS;
    this.#process.machine.cpu.charge(REQUEST_CPU_MS);
    const exchange = new Exchange(site, server, port, request, response);
    try {
      await handleRequest(exchange);
      site.log(exchange.settings, exchange);
    } finally {
      this.#counters.active -= 1;
    }
  }

  async #reload(): Promise<void> {
    this.#notice('signal 1 (SIGHUP) received from 1, reconfiguring');
    this.#notice('reconfiguring');
    try {
      const config = await loadConfig(this.#process.machine.files, this.#parsed.config, this.#parsed.globals);
      await checkUpstreams(this.#process, config);
      this.#sinks.clear();
      this.#apply(config);
      this.#notice('start worker processes');
    } catch (error) {
      if (!(error instanceof ConfigError) && !isNetworkError(error)) {
        throw error;
      }
      this.#write(this.#config?.errorLog ?? 'stderr', this.#errorLine('emerg', error.message));
    }
  }

  /** A graceful stop lets requests that are under way finish. */
  async #drain(graceful: boolean): Promise<void> {
    for (const listener of this.#listeners.values()) {
      listener[Symbol.dispose]();
    }
    this.#listeners.clear();
    while (graceful && this.#counters.active > 0) {
      await this.#process.sleep(50);
    }
    this.#notice('exit');
  }

  #notice(message: string): void {
    this.#write(this.#config?.errorLog ?? this.#site?.config.errorLog ?? '/var/log/nginx/error.log', this.#errorLine('notice', message));
  }

  #errorLine(level: string, message: string): string {
    const { pid, machine } = this.#process;
    return `${errorLogDate(machine.clock.now())} [${level}] ${pid}#${pid}: ${message}\n`;
  }

  #logAccess(settings: Settings, exchange: Exchange, config: NginxConfig): void {
    for (const { path, format } of settings.accessLog) {
      const template = config.logFormats.get(format) ?? '';
      const line = template.replace(
        /\$(?:\{(\w+)\}|(\w+))/g,
        (_whole, braced?: string, plain?: string) => exchange.variable(braced ?? plain ?? '') || '-',
      );
      this.#write(path, `${line}\n`);
    }
  }

  #write(path: string, line: string): void {
    const target = path === 'stderr' ? '/dev/stderr' : path.startsWith('/') ? path : `/etc/nginx/${path}`;
    let sink = this.#sinks.get(target);
    if (!sink) {
      sink = openSink(this.#process, target, { append: true });
      this.#sinks.set(target, sink);
    }
    // A log that cannot be written (read-only file system, full disk) stops no request.
    void sink.then((open) => open.write(Buffer.from(line))).catch(() => undefined);
  }
}

/** nginx resolves the names of its upstreams when it starts and refuses to run with one that is unknown. */
async function checkUpstreams(process: Process, config: NginxConfig): Promise<void> {
  const hosts = new Set<string>();
  for (const upstream of config.upstreams.values()) {
    upstream.servers.forEach((server) => hosts.add(server.host));
  }
  for (const location of config.servers.flatMap((server) => server.locations)) {
    const host = location.content.kind === 'proxy' ? /^https?:\/\/([^:/$]+)(?=[:/]|$)/.exec(location.content.target)?.[1] : undefined;
    if (host !== undefined && !config.upstreams.has(host)) {
      hosts.add(host);
    }
  }
  for (const host of hosts) {
    if ((await process.machine.endpoint.resolve(host)).length === 0) {
      throw new ConfigError(`host not found in upstream "${host}"`);
    }
  }
}

async function signalMaster(process: Process, config: NginxConfig, name: string): Promise<number> {
  const signals: Record<string, number> = { stop: SIGTERM, quit: SIGQUIT, reload: SIGHUP, reopen: signalNumber('USR1') ?? 10 };
  const signal = signals[name];
  if (signal === undefined) {
    await process.complain(`nginx: invalid option: "-s ${name}"\n`);
    return 1;
  }
  const { machine, pid } = process;
  const text = await machine.files.readFile(config.pidFile).catch(() => undefined);
  if (text === undefined) {
    await process.complain(`nginx: [error] open() "${config.pidFile}" failed (2: No such file or directory)\n`);
    return 1;
  }
  await process.complain(`${errorLogDate(machine.clock.now())} [notice] ${pid}#${pid}: signal process started\n`);
  const master = machine.processes.get(Number(text.trim()));
  if (!master) {
    await process.complain(`nginx: [alert] kill(${text.trim()}, ${signal}) failed (3: No such process)\n`);
    return 1;
  }
  master.deliver(signal);
  return 0;
}

function parseArguments(args: readonly string[]): Arguments | string {
  const parsed: Arguments = { config: '/etc/nginx/nginx.conf', globals: '', test: false, printVersion: false, signal: undefined };
  for (let at = 0; at < args.length; at += 1) {
    const option = args[at] as string;
    if (option === '-v' || option === '-V') {
      parsed.printVersion = true;
    } else if (option === '-t' || option === '-T') {
      parsed.test = true;
    } else if (option === '-q') {
      continue;
    } else if (['-g', '-c', '-s', '-p', '-e'].includes(option)) {
      const value = args[(at += 1)];
      if (value === undefined) {
        return `option "${option}" requires parameter`;
      }
      if (option === '-g') {
        parsed.globals = value;
      } else if (option === '-c') {
        parsed.config = value;
      } else if (option === '-s') {
        parsed.signal = value;
      }
    } else {
      return `invalid option: "${option}"`;
    }
  }
  return parsed;
}

function versionOf(process: Process): string {
  return process.env.get('NGINX_VERSION') ?? '1.29.3';
}

function badRequest(version: string, now: number): string {
  const title = `400 ${REASONS[400] ?? ''}`;
  const page = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx/${version}</center>\r\n</body>\r\n</html>\r\n`;
  return `HTTP/1.1 ${title}\r\nServer: nginx/${version}\r\nDate: ${httpDate(now)}\r\nContent-Type: text/html\r\nContent-Length: ${page.length}\r\nConnection: close\r\n\r\n${page}`;
}
