// Apache httpd: serves its document root, as far as Listen, DocumentRoot, DirectoryIndex and ServerName say.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isNetworkError } from '../../network/network-error.ts';
import { dateAt } from '../../files/file-times.ts';
import { resolvePath } from '../../files/paths.ts';
import type { Process } from '../../processes/process.ts';
import { SIGHUP, SIGINT, SIGTERM, signalNumber } from '../../processes/signals.ts';
import { commonLogDate, httpDate, parseHttpDate } from '../http/dates.ts';
import { serveHttp } from '../http/serve.ts';

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html',
  htm: 'text/html',
  css: 'text/css',
  js: 'text/javascript',
  json: 'application/json',
  txt: 'text/plain',
  xml: 'application/xml',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  svg: 'image/svg+xml',
  ico: 'image/x-icon',
  pdf: 'application/pdf',
};
const REQUEST_CPU_MS = 0.15;

interface Config {
  ports: readonly number[];
  root: string;
  index: readonly string[];
  serverName: string | undefined;
}

export async function apache(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  const version = process.env.get('HTTPD_VERSION') ?? '2.4.65';
  if (args.includes('-v') || args.includes('-V')) {
    await process.print(`Server version: Apache/${version} (Unix)\nServer built:   Oct 10 2026 00:00:00\n`);
    return 0;
  }
  const config = await loadConfig(process, args);
  if (typeof config === 'string') {
    await process.complain(`${config}\n`);
    return 1;
  }
  if (config.serverName === undefined) {
    await process.complain(
      `AH00558: httpd: Could not reliably determine the server's fully qualified domain name, using ${process.machine.endpoint.address}. Set the 'ServerName' directive globally to suppress this message\n`,
    );
  }
  if (args.includes('-t')) {
    await process.complain('Syntax OK\n');
    return 0;
  }
  const signal = args[args.indexOf('-k') + 1];
  if (args.includes('-k') && signal !== 'start') {
    return signalServer(process, signal ?? '');
  }
  return serve(process, config, version);
}

async function serve(process: Process, config: Config, version: string): Promise<number> {
  let current = config;
  for (const port of config.ports) {
    try {
      serveHttp(process, port, { handle: (request, response) => answer(process, current, version, request, response) });
    } catch (error) {
      if (!isNetworkError(error)) {
        throw error;
      }
      await process.complain(
        `(98)Address already in use: AH00072: make_sock: could not bind to address 0.0.0.0:${port}\nno listening sockets available, shutting down\nAH00015: Unable to open logs\n`,
      );
      return 1;
    }
  }
  process.holdMemory(9 * 1024 * 1024);
  const log = (text: string): Promise<void> => process.complain(`[${logDate(process)}] [${text}\n`);
  await process.machine.files.writeFile('/usr/local/apache2/logs/httpd.pid', `${process.pid}\n`).catch(() => undefined);
  await log(
    `mpm_event:notice] [pid ${process.pid}:tid ${process.pid}] AH00489: Apache/${version} (Unix) configured -- resuming normal operations`,
  );
  await log(`core:notice] [pid ${process.pid}:tid ${process.pid}] AH00094: Command line: '${process.argv.join(' ')}'`);
  return new Promise((resolve, reject) => {
    const end = (text: string) => () => void log(text).then(() => resolve(0), reject);
    for (const number of [SIGTERM, SIGINT]) {
      process.onSignal(number, end(`mpm_event:notice] [pid ${process.pid}:tid ${process.pid}] AH00491: caught SIGTERM, shutting down`));
    }
    process.onSignal(
      signalNumber('WINCH') ?? 28,
      end(`mpm_event:notice] [pid ${process.pid}:tid ${process.pid}] AH00492: caught SIGWINCH, shutting down gracefully`),
    );
    for (const number of [SIGHUP, signalNumber('USR1') ?? 10]) {
      process.onSignal(number, () => {
        void loadConfig(process, process.argv.slice(1)).then((loaded) => {
          current = typeof loaded === 'string' ? current : loaded;
        }, reject);
      });
    }
    process.signal.addEventListener('abort', () => reject(process.signal.reason as Error), { once: true });
  });
}

async function answer(
  process: Process,
  config: Config,
  version: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  process.cpuMs += REQUEST_CPU_MS;
  process.machine.cpu.charge(REQUEST_CPU_MS);
  const { files } = process.machine;
  const url = (request.url ?? '/').replace(/[?#].*$/, '');
  let path = resolvePath(config.root, `.${resolvePath('/', decodeSafely(url))}`);
  let stat = await files.stat(path).catch(() => undefined);
  if (stat?.isDirectory && !url.endsWith('/')) {
    send(
      process,
      version,
      request,
      response,
      301,
      errorPage(
        version,
        request,
        301,
        'Moved Permanently',
        `<p>The document has moved <a href="http://${request.headers.host ?? ''}${url}/">here</a>.</p>`,
      ),
      [['Location', `http://${request.headers.host ?? ''}${url}/`]],
    );
    return;
  }
  if (stat?.isDirectory) {
    const found = await firstExisting(
      process,
      config.index.map((name) => `${path}/${name}`),
    );
    if (found === undefined) {
      await sendListing(process, version, request, response, path, url);
      return;
    }
    path = found;
    stat = await files.stat(path);
  }
  if (!stat) {
    send(
      process,
      version,
      request,
      response,
      404,
      errorPage(version, request, 404, 'Not Found', '<p>The requested URL was not found on this server.</p>'),
    );
    return;
  }
  if (request.method !== 'GET' && request.method !== 'HEAD' && request.method !== 'POST') {
    send(
      process,
      version,
      request,
      response,
      405,
      errorPage(
        version,
        request,
        405,
        'Method Not Allowed',
        `<p>The requested method ${request.method ?? ''} is not allowed for this URL.</p>`,
      ),
      [['Allow', 'GET,POST,OPTIONS,HEAD']],
    );
    return;
  }
  const bytes = await files.readFileBuffer(path);
  const modified = Math.floor(stat.mtime.getTime() / 1000) * 1000;
  const etag = `"${bytes.byteLength.toString(16)}-${(modified * 1000).toString(16)}"`;
  const unchanged = request.headers['if-none-match'] === etag || parseHttpDate(request.headers['if-modified-since'] ?? '') === modified;
  const validators: [string, string][] = [
    ['Last-Modified', httpDate(modified)],
    ['ETag', etag],
    ['Accept-Ranges', 'bytes'],
  ];
  const type = TYPES[path.slice(path.lastIndexOf('.') + 1).toLowerCase()];
  send(process, version, request, response, unchanged ? 304 : 200, { type: type ?? '', bytes }, validators);
}

function send(
  process: Process,
  version: string,
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  body: { type: string; bytes: Uint8Array },
  headers: readonly (readonly [string, string])[] = [],
): void {
  const lines = ['Date', httpDate(process.machine.clock.now()), 'Server', `Apache/${version} (Unix)`, ...headers.flat()];
  if (status !== 304) {
    lines.push('Content-Length', String(body.bytes.byteLength), ...(body.type === '' ? [] : ['Content-Type', body.type]));
  }
  const close = request.headers.connection?.toLowerCase() === 'close' || request.httpVersion === '1.0';
  response.removeHeader('connection');
  response.writeHead(status, close ? [...lines, 'Connection', 'close'] : lines);
  response.end(request.method === 'HEAD' || status === 304 ? undefined : body.bytes);
  void process
    .print(
      `${request.socket.remoteAddress ?? '-'} - - [${commonLogDate(process.machine.clock.now())}] "${request.method ?? ''} ${request.url ?? ''} HTTP/${request.httpVersion}" ${status} ${status === 304 ? '-' : body.bytes.byteLength}\n`,
    )
    .catch(() => undefined);
}

function errorPage(
  _version: string,
  _request: IncomingMessage,
  status: number,
  title: string,
  text: string,
): { type: string; bytes: Uint8Array } {
  return {
    type: 'text/html; charset=iso-8859-1',
    bytes: Buffer.from(
      `<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head>\n<title>${status} ${title}</title>\n</head><body>\n<h1>${title}</h1>\n${text}\n</body></html>\n`,
    ),
  };
}

async function sendListing(
  process: Process,
  version: string,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  url: string,
): Promise<void> {
  const names = (await process.machine.files.readdirWithFileTypes(path)).map((entry) =>
    entry.isDirectory ? `${entry.name}/` : entry.name,
  );
  const items = names.map((name) => `<li><a href="${encodeURI(name)}"> ${name}</a></li>\n`).join('');
  const parent = url === '/' ? '' : '<li><a href="../"> Parent Directory</a></li>\n';
  const page = `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">\n<html>\n <head>\n  <title>Index of ${url}</title>\n </head>\n <body>\n<h1>Index of ${url}</h1>\n<ul>${parent}${items}</ul>\n</body></html>\n`;
  send(process, version, request, response, 200, { type: 'text/html;charset=UTF-8', bytes: Buffer.from(page) });
}

async function loadConfig(process: Process, args: readonly string[]): Promise<Config | string> {
  const path = args[args.indexOf('-f') + 1];
  const file = args.includes('-f') && path !== undefined ? resolvePath('/usr/local/apache2', path) : '/usr/local/apache2/conf/httpd.conf';
  const text = await process.machine.files.readFile(file).catch(() => undefined);
  if (text === undefined) {
    return `httpd: Could not open configuration file ${file}: No such file or directory`;
  }
  const values = new Map<string, string[]>();
  let depth = 0;
  for (const [index, raw] of text.replace(/\\\n/g, ' ').split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) {
      continue;
    }
    if (line.startsWith('</')) {
      depth -= 1;
      continue;
    }
    if (line.startsWith('<')) {
      if (!line.endsWith('>')) {
        return `AH00526: Syntax error on line ${index + 1} of ${file}:\n${line.split(/\s/)[0] ?? ''}> directive missing closing '>'`;
      }
      depth += 1;
      continue;
    }
    const [name = '', ...rest] = line.split(/\s+/);
    const key = name.toLowerCase();
    // Settings inside of sections concern only these, except in the virtual host that everybody has.
    if (depth === 0 || key === 'directoryindex' || key === 'documentroot') {
      values.set(key, [...(values.get(key) ?? []), rest.join(' ').replace(/^"(.*)"$/, '$1')]);
    }
  }
  const ports = (values.get('listen') ?? ['80']).map((listen) => Number(listen.slice(listen.lastIndexOf(':') + 1)));
  if (ports.some((port) => !Number.isInteger(port) || port < 1)) {
    return `AH00526: Syntax error on line 1 of ${file}:\nPort must be specified`;
  }
  const root = values.get('documentroot')?.at(-1) ?? '/usr/local/apache2/htdocs';
  if (!(await process.machine.files.exists(root))) {
    return `AH00526: Syntax error on line 1 of ${file}:\nDocumentRoot '${root}' is not a directory, or is not readable`;
  }
  return {
    ports,
    root,
    index: (values.get('directoryindex')?.at(-1) ?? 'index.html').split(/\s+/),
    serverName: values.get('servername')?.at(-1),
  };
}

async function signalServer(process: Process, action: string): Promise<number> {
  const signals: Record<string, number> = {
    stop: SIGTERM,
    restart: SIGHUP,
    graceful: signalNumber('USR1') ?? 10,
    'graceful-stop': signalNumber('WINCH') ?? 28,
  };
  const number = signals[action];
  const pid = Number((await process.machine.files.readFile('/usr/local/apache2/logs/httpd.pid').catch(() => '0')).trim());
  const server = process.machine.processes.get(pid);
  if (number === undefined || !server) {
    await process.complain(`httpd (no pid file) not running\n`);
    return 1;
  }
  server.deliver(number);
  return 0;
}

async function firstExisting(process: Process, paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    if (await process.machine.files.exists(path)) {
      return path;
    }
  }
  return undefined;
}

function decodeSafely(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function logDate(process: Process): string {
  const at = process.machine.clock.now();
  const [, day = '', month = '', date = '', year = ''] = /^(\w+), (\d+) (\w+) (\d+)/.exec(dateAt(at).toUTCString()) ?? [];
  return `${day} ${date} ${month} ${dateAt(at).toISOString().slice(11, 23)}000 ${year}`;
}
