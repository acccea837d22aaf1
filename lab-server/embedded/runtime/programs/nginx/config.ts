// The meaning of an nginx configuration: servers, locations and what holds in each, inherited from the block around it.
import { joinPath, parentOf, resolvePath } from '../../files/paths.ts';
import type { VirtualFileSystem } from '../../files/virtual-file-system.ts';
import { ConfigError, parseConfig, type Directive } from './config-syntax.ts';
import { misplaced, type Place } from './directives.ts';
import { matchesGlob } from '../glob.ts';

export interface Listen {
  address: string;
  port: number;
  isDefault: boolean;
  ssl: boolean;
}

export interface ErrorPage {
  status: number;
  /** `=200` replaces the status, `=` takes the page's own. */
  replaceStatus: number | 'own' | undefined;
  target: string;
}

/** What a block inherits and may replace. */
export interface Settings {
  root: string;
  alias: string | undefined;
  index: readonly string[];
  autoindex: boolean;
  errorPages: readonly ErrorPage[];
  headers: readonly { name: string; value: string; always: boolean }[];
  defaultType: string;
  types: ReadonlyMap<string, string>;
  charset: string | undefined;
  accessLog: readonly { path: string; format: string }[];
  errorLog: string;
  serverTokens: boolean;
  etag: boolean;
  expires: string | undefined;
  maxBodyBytes: number;
  access: readonly { allow: boolean; source: string }[];
  proxyHeaders: readonly { name: string; value: string }[];
  proxyTimeoutMs: number;
  proxyConnectTimeoutMs: number;
  gzip: boolean;
  absoluteRedirect: boolean;
}

export type Step =
  | { kind: 'return'; status: number; text: string | undefined }
  | { kind: 'rewrite'; pattern: RegExp; replacement: string; flag: 'last' | 'break' | 'redirect' | 'permanent' | undefined }
  | { kind: 'set'; name: string; value: string }
  | { kind: 'break' }
  | { kind: 'if'; condition: Condition; steps: readonly Step[] };

export type Condition =
  | { kind: 'truthy'; value: string }
  | { kind: 'equals'; left: string; right: string; negated: boolean }
  | { kind: 'matches'; left: string; pattern: RegExp; negated: boolean }
  | { kind: 'file'; test: 'f' | 'd' | 'e' | 'x'; path: string; negated: boolean };

export type Content =
  | { kind: 'static' }
  | { kind: 'proxy'; target: string }
  | { kind: 'stub-status' }
  | { kind: 'empty-gif' }
  | { kind: 'unreachable-upstream' };

export interface Location {
  modifier: '' | '=' | '^~' | '~' | '~*' | '@';
  path: string;
  pattern: RegExp | undefined;
  settings: Settings;
  steps: readonly Step[];
  tryFiles: readonly string[] | undefined;
  content: Content;
  internal: boolean;
  locations: readonly Location[];
}

export interface ServerBlock {
  listens: readonly Listen[];
  names: readonly string[];
  settings: Settings;
  steps: readonly Step[];
  tryFiles: readonly string[] | undefined;
  locations: readonly Location[];
}

export interface Upstream {
  name: string;
  servers: readonly { host: string; port: number; weight: number; backup: boolean }[];
  method: 'round-robin' | 'ip-hash' | 'least-conn';
}

export interface NginxConfig {
  servers: readonly ServerBlock[];
  upstreams: ReadonlyMap<string, Upstream>;
  maps: ReadonlyMap<
    string,
    { source: string; entries: readonly { key: string; pattern: RegExp | undefined; value: string }[]; fallback: string }
  >;
  splits: ReadonlyMap<string, { source: string; shares: readonly { upTo: number; value: string }[] }>;
  logFormats: ReadonlyMap<string, string>;
  errorLog: string;
  pidFile: string;
  daemon: boolean;
  workerProcesses: number;
}

const COMBINED = '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"';

const DEFAULTS: Settings = {
  root: 'html',
  alias: undefined,
  index: ['index.html'],
  autoindex: false,
  errorPages: [],
  headers: [],
  defaultType: 'text/plain',
  types: new Map([
    ['html', 'text/html'],
    ['gif', 'image/gif'],
    ['jpg', 'image/jpeg'],
  ]),
  charset: undefined,
  accessLog: [{ path: 'logs/access.log', format: 'combined' }],
  errorLog: '/var/log/nginx/error.log',
  serverTokens: true,
  etag: true,
  expires: undefined,
  maxBodyBytes: 1024 * 1024,
  access: [],
  proxyHeaders: [],
  proxyTimeoutMs: 60_000,
  proxyConnectTimeoutMs: 60_000,
  gzip: false,
  absoluteRedirect: true,
};

/** Where relative paths of a configuration start. */
const PREFIX = '/etc/nginx';

/** Reads a configuration with its includes. Throws ConfigError in nginx's words. */
export async function loadConfig(files: VirtualFileSystem, path: string, globals: string): Promise<NginxConfig> {
  const main = await readDirectives(files, path);
  const all = [...parseGlobals(globals), ...(await expandIncludes(files, main, 'main'))];
  return compile(all);
}

function parseGlobals(text: string): Directive[] {
  try {
    return parseConfig(text, 'command line');
  } catch (error) {
    throw error instanceof ConfigError ? new ConfigError(error.message.replace(/:\d+$/, '')) : error;
  }
}

async function readDirectives(files: VirtualFileSystem, path: string, at?: Directive): Promise<Directive[]> {
  if (!(await files.exists(path))) {
    throw new ConfigError(`open() "${path}" failed (2: No such file or directory)`, at);
  }
  return parseConfig(await files.readFile(path), path);
}

async function expandIncludes(files: VirtualFileSystem, directives: readonly Directive[], place: Place): Promise<Directive[]> {
  const expanded: Directive[] = [];
  for (const directive of directives) {
    if (directive.name === 'include') {
      for (const path of await includedPaths(files, directive)) {
        expanded.push(...(await expandIncludes(files, await readDirectives(files, path, directive), place)));
      }
      continue;
    }
    const problem = place === 'stream' || isFreeForm(place) ? undefined : misplaced(directive.name, place);
    if (problem !== undefined) {
      throw new ConfigError(problem, directive);
    }
    const inner = innerPlace(directive, place);
    expanded.push(directive.block && inner ? { ...directive, block: await expandIncludes(files, directive.block, inner) } : directive);
  }
  return expanded;
}

async function includedPaths(files: VirtualFileSystem, directive: Directive): Promise<string[]> {
  const pattern = resolvePath(PREFIX, directive.args[0] ?? '');
  if (!/[*?[]/.test(pattern)) {
    return [pattern];
  }
  const directory = parentOf(pattern);
  if (!(await files.exists(directory))) {
    return [];
  }
  const names = await files.readdir(directory);
  return names.map((name) => joinPath(directory, name)).filter((path) => matchesGlob(pattern, path));
}

/** Blocks whose lines are data (`types`, `map`), not directives. */
function isFreeForm(place: Place | 'data'): boolean {
  return place === 'data';
}

function innerPlace(directive: Directive, place: Place): Place | undefined {
  switch (directive.name) {
    case 'events':
    case 'http':
    case 'location':
    case 'upstream':
    case 'stream':
    case 'if':
      return directive.name;
    case 'server':
      return place === 'stream' ? 'stream' : 'server';
    case 'limit_except':
      return 'location';
    default:
      return undefined;
  }
}

function compile(directives: readonly Directive[]): NginxConfig {
  if (!directives.some((directive) => directive.name === 'events')) {
    throw new ConfigError('no "events" section in configuration');
  }
  const servers: ServerBlock[] = [];
  const upstreams = new Map<string, Upstream>();
  const maps: Map<string, NginxConfig['maps'] extends ReadonlyMap<string, infer V> ? V : never> = new Map();
  const splits: Map<string, NginxConfig['splits'] extends ReadonlyMap<string, infer V> ? V : never> = new Map();
  const logFormats = new Map([['combined', COMBINED]]);
  const errorLog = one(directives, 'error_log')?.args[0] ?? DEFAULTS.errorLog;
  const http = one(directives, 'http')?.block ?? [];
  for (const directive of http) {
    if (directive.name === 'log_format') {
      logFormats.set(
        directive.args[0] ?? '',
        directive.args
          .slice(1)
          .filter((arg) => !arg.startsWith('escape='))
          .join(''),
      );
    } else if (directive.name === 'upstream') {
      upstreams.set(directive.args[0] ?? '', compileUpstream(directive));
    } else if (directive.name === 'map') {
      maps.set((directive.args[1] ?? '').replace(/^\$/, ''), compileMap(directive));
    } else if (directive.name === 'split_clients') {
      splits.set((directive.args[1] ?? '').replace(/^\$/, ''), compileSplit(directive));
    }
  }
  const settings = inherit({ ...DEFAULTS, errorLog }, http, logFormats);
  for (const directive of http.filter((candidate) => candidate.name === 'server')) {
    servers.push(compileServer(directive, settings, logFormats, upstreams));
  }
  refuseDuplicates(servers);
  const workers = one(directives, 'worker_processes')?.args[0] ?? '1';
  return {
    servers,
    upstreams,
    maps,
    splits,
    logFormats,
    errorLog,
    pidFile: one(directives, 'pid')?.args[0] ?? '/run/nginx.pid',
    daemon: one(directives, 'daemon')?.args[0] !== 'off',
    workerProcesses: workers === 'auto' ? 2 : Math.max(1, Number(workers) || 1),
  };
}

function compileServer(
  directive: Directive,
  http: Settings,
  logFormats: ReadonlyMap<string, string>,
  upstreams: ReadonlyMap<string, Upstream>,
): ServerBlock {
  const block = directive.block ?? [];
  const settings = inherit(http, block, logFormats);
  const listens = block.filter((candidate) => candidate.name === 'listen').flatMap(parseListen);
  return {
    listens: listens.length > 0 ? listens : [{ address: '*', port: 80, isDefault: false, ssl: false }],
    names: block.filter((candidate) => candidate.name === 'server_name').flatMap((candidate) => candidate.args),
    settings,
    steps: compileSteps(block),
    tryFiles: one(block, 'try_files')?.args,
    locations: block
      .filter((candidate) => candidate.name === 'location')
      .map((candidate) => compileLocation(candidate, settings, logFormats, upstreams)),
  };
}

function compileLocation(
  directive: Directive,
  outer: Settings,
  logFormats: ReadonlyMap<string, string>,
  upstreams: ReadonlyMap<string, Upstream>,
): Location {
  const block = directive.block ?? [];
  const [first = '', second] = directive.args;
  const named = first.startsWith('@');
  const modifier = named ? '@' : second === undefined ? '' : first;
  if (!['', '=', '^~', '~', '~*', '@'].includes(modifier)) {
    throw new ConfigError(`invalid location modifier "${first}"`, directive);
  }
  const path = second ?? first;
  const settings = { ...inherit({ ...outer, alias: undefined }, block, logFormats), alias: one(block, 'alias')?.args[0] };
  return {
    modifier: modifier as Location['modifier'],
    path,
    pattern: modifier === '~' || modifier === '~*' ? compilePattern(path, modifier === '~*', directive) : undefined,
    settings,
    steps: compileSteps(block),
    tryFiles: one(block, 'try_files')?.args,
    content: compileContent(block, upstreams),
    internal: block.some((candidate) => candidate.name === 'internal'),
    locations: block
      .filter((candidate) => candidate.name === 'location')
      .map((candidate) => compileLocation(candidate, settings, logFormats, upstreams)),
  };
}

function compileContent(block: readonly Directive[], upstreams: ReadonlyMap<string, Upstream>): Content {
  const proxy = one(block, 'proxy_pass');
  if (proxy) {
    const target = proxy.args[0] ?? '';
    if (!/^https?:\/\//.test(target) && !target.includes('$')) {
      throw new ConfigError('invalid URL prefix', proxy);
    }
    void upstreams;
    return { kind: 'proxy', target };
  }
  if (block.some((directive) => directive.name === 'stub_status')) {
    return { kind: 'stub-status' };
  }
  if (block.some((directive) => directive.name === 'empty_gif')) {
    return { kind: 'empty-gif' };
  }
  if (block.some((directive) => ['fastcgi_pass', 'uwsgi_pass', 'scgi_pass', 'grpc_pass'].includes(directive.name))) {
    return { kind: 'unreachable-upstream' };
  }
  return { kind: 'static' };
}

function compileSteps(block: readonly Directive[]): Step[] {
  return block.flatMap((directive): Step[] => {
    const [first = '', second = '', third] = directive.args;
    switch (directive.name) {
      case 'return':
        return [
          /^\d{3}$/.test(first)
            ? { kind: 'return', status: Number(first), text: directive.args[1] }
            : { kind: 'return', status: 302, text: first },
        ];
      case 'rewrite':
        return [
          { kind: 'rewrite', pattern: compilePattern(first, false, directive), replacement: second, flag: rewriteFlag(third, directive) },
        ];
      case 'set':
        return [{ kind: 'set', name: first.replace(/^\$/, ''), value: second }];
      case 'break':
        return [{ kind: 'break' }];
      case 'if':
        return [{ kind: 'if', condition: parseCondition(directive), steps: compileSteps(directive.block ?? []) }];
      default:
        return [];
    }
  });
}

function rewriteFlag(flag: string | undefined, at: Directive): 'last' | 'break' | 'redirect' | 'permanent' | undefined {
  if (flag === undefined || flag === 'last' || flag === 'break' || flag === 'redirect' || flag === 'permanent') {
    return flag;
  }
  throw new ConfigError(`invalid parameter "${flag}"`, at);
}

function parseCondition(directive: Directive): Condition {
  const words = directive.args
    .join(' ')
    .replace(/^\(\s*/, '')
    .replace(/\s*\)$/, '');
  const file = /^(!?)-([fdex])\s+(\S+)$/.exec(words);
  if (file) {
    return { kind: 'file', test: file[2] as 'f', path: file[3] ?? '', negated: file[1] === '!' };
  }
  const match = /^(\S+)\s+(!?~\*?)\s+(.*)$/.exec(words);
  if (match) {
    const operator = match[2] ?? '~';
    return {
      kind: 'matches',
      left: match[1] ?? '',
      pattern: compilePattern(match[3] ?? '', operator.endsWith('*'), directive),
      negated: operator.startsWith('!'),
    };
  }
  const equals = /^(\S+)\s+(!?=)\s*(.*)$/.exec(words);
  if (equals) {
    return { kind: 'equals', left: equals[1] ?? '', right: equals[3] ?? '', negated: equals[2] === '!=' };
  }
  if (!words.startsWith('$')) {
    throw new ConfigError(`invalid condition "${words}"`, directive);
  }
  return { kind: 'truthy', value: words };
}

function compilePattern(pattern: string, ignoreCase: boolean, at: Directive): RegExp {
  try {
    return new RegExp(pattern.replaceAll('(?P<', '(?<'), ignoreCase ? 'i' : '');
  } catch {
    throw new ConfigError(`pcre2_compile() failed: invalid pattern in "${pattern}"`, at);
  }
}

function inherit(outer: Settings, block: readonly Directive[], logFormats: ReadonlyMap<string, string>): Settings {
  const settings = { ...outer };
  const own = { headers: false, errorPages: false, accessLog: false, access: false, proxyHeaders: false };
  for (const directive of block) {
    const [first = '', second = ''] = directive.args;
    switch (directive.name) {
      case 'root':
        settings.root = first;
        break;
      case 'index':
        settings.index = directive.args;
        break;
      case 'autoindex':
        settings.autoindex = first === 'on';
        break;
      case 'default_type':
        settings.defaultType = first;
        break;
      case 'types':
        settings.types = typesOf(directive);
        break;
      case 'charset':
        settings.charset = first === 'off' ? undefined : first;
        break;
      case 'server_tokens':
        settings.serverTokens = first !== 'off';
        break;
      case 'etag':
        settings.etag = first !== 'off';
        break;
      case 'expires':
        settings.expires = first === 'off' ? undefined : directive.args.join(' ');
        break;
      case 'gzip':
        settings.gzip = first === 'on';
        break;
      case 'absolute_redirect':
        settings.absoluteRedirect = first !== 'off';
        break;
      case 'client_max_body_size':
        settings.maxBodyBytes = sizeOfText(first, directive);
        break;
      case 'proxy_read_timeout':
        settings.proxyTimeoutMs = timeOf(first, directive);
        break;
      case 'proxy_connect_timeout':
        settings.proxyConnectTimeoutMs = timeOf(first, directive);
        break;
      case 'error_log':
        settings.errorLog = first;
        break;
      case 'add_header':
        settings.headers = own.headers ? settings.headers : [];
        own.headers = true;
        settings.headers = [...settings.headers, { name: first, value: second, always: directive.args[2] === 'always' }];
        break;
      case 'error_page':
        settings.errorPages = own.errorPages ? settings.errorPages : [];
        own.errorPages = true;
        settings.errorPages = [...settings.errorPages, ...errorPagesOf(directive)];
        break;
      case 'access_log':
        settings.accessLog = own.accessLog ? settings.accessLog : [];
        own.accessLog = true;
        if (first !== 'off') {
          const format = second === '' ? 'combined' : second;
          if (!logFormats.has(format) && !/^(buffer|gzip|flush|if)=/.test(format)) {
            throw new ConfigError(`unknown log format "${format}"`, directive);
          }
          settings.accessLog = [...settings.accessLog, { path: first, format: logFormats.has(format) ? format : 'combined' }];
        }
        break;
      case 'allow':
      case 'deny':
        settings.access = own.access ? settings.access : [];
        own.access = true;
        settings.access = [...settings.access, { allow: directive.name === 'allow', source: first }];
        break;
      case 'proxy_set_header':
        settings.proxyHeaders = own.proxyHeaders ? settings.proxyHeaders : [];
        own.proxyHeaders = true;
        settings.proxyHeaders = [...settings.proxyHeaders, { name: first, value: second }];
        break;
      default:
        break;
    }
  }
  return settings;
}

function typesOf(directive: Directive): ReadonlyMap<string, string> {
  return new Map((directive.block ?? []).flatMap((entry) => entry.args.map((extension): [string, string] => [extension, entry.name])));
}

function errorPagesOf(directive: Directive): ErrorPage[] {
  const args = [...directive.args];
  const target = args.pop() ?? '';
  const replacement = args.at(-1)?.startsWith('=') ? args.pop() : undefined;
  const replaceStatus = replacement === undefined ? undefined : replacement === '=' ? 'own' : Number(replacement.slice(1));
  return args.map((status) => ({ status: Number(status), replaceStatus, target }));
}

const LISTEN_PARAMETERS =
  /^(default_server|default|ssl|http2|quic|proxy_protocol|deferred|bind|reuseport|(setfib|fastopen|backlog|rcvbuf|sndbuf|accept_filter|ipv6only|so_keepalive)=.*)$/;

function parseListen(directive: Directive): Listen[] {
  const [first = '', ...rest] = directive.args;
  const wrong = rest.find((parameter) => !LISTEN_PARAMETERS.test(parameter));
  if (wrong !== undefined) {
    throw new ConfigError(`invalid parameter "${wrong}"`, directive);
  }
  if (first.startsWith('unix:')) {
    return [];
  }
  const match = /^(?:(\[[^\]]+\]|[^:]+):)?(\d+)$/.exec(first) ?? /^(\[[^\]]+\]|[^:]+)()$/.exec(first);
  const port = match?.[2] === undefined || match[2] === '' ? 80 : Number(match[2]);
  if (!match || port < 1 || port > 65_535) {
    throw new ConfigError(
      match ? `invalid port in "${first}" of the "listen" directive` : `host not found in "${first}" of the "listen" directive`,
      directive,
    );
  }
  return [
    {
      address: match[1] ?? '*',
      port,
      isDefault: rest.includes('default_server') || rest.includes('default'),
      ssl: rest.includes('ssl') || rest.includes('quic'),
    },
  ];
}

function refuseDuplicates(servers: readonly ServerBlock[]): void {
  const defaults = new Set<string>();
  for (const listen of servers.flatMap((server) => server.listens.filter((candidate) => candidate.isDefault))) {
    const key = `${listen.address === '*' ? '0.0.0.0' : listen.address}:${listen.port}`;
    if (defaults.has(key)) {
      throw new ConfigError(`a duplicate default server for ${key}`);
    }
    defaults.add(key);
  }
}

function compileUpstream(directive: Directive): Upstream {
  const block = directive.block ?? [];
  const servers = block
    .filter((candidate) => candidate.name === 'server')
    .filter((candidate) => !candidate.args.includes('down'))
    .map((candidate) => {
      const match = /^([^:]+)(?::(\d+))?$/.exec(candidate.args[0] ?? '');
      const weight = /^weight=(\d+)$/.exec(candidate.args.find((arg) => arg.startsWith('weight=')) ?? '')?.[1];
      return {
        host: match?.[1] ?? '',
        port: Number(match?.[2] ?? 80),
        weight: Number(weight ?? 1),
        backup: candidate.args.includes('backup'),
      };
    });
  if (servers.length === 0) {
    throw new ConfigError(`no servers are inside upstream`, directive);
  }
  const method = block.some((candidate) => candidate.name === 'ip_hash')
    ? 'ip-hash'
    : block.some((candidate) => candidate.name === 'least_conn')
      ? 'least-conn'
      : 'round-robin';
  return { name: directive.args[0] ?? '', servers, method };
}

function compileMap(directive: Directive): {
  source: string;
  entries: { key: string; pattern: RegExp | undefined; value: string }[];
  fallback: string;
} {
  let fallback = '';
  const entries: { key: string; pattern: RegExp | undefined; value: string }[] = [];
  for (const entry of directive.block ?? []) {
    const value = entry.args[0] ?? '';
    if (entry.name === 'default') {
      fallback = value;
    } else if (entry.name.startsWith('~')) {
      const ignoreCase = entry.name.startsWith('~*');
      entries.push({ key: entry.name, pattern: compilePattern(entry.name.slice(ignoreCase ? 2 : 1), ignoreCase, entry), value });
    } else {
      entries.push({ key: entry.name.replace(/^\\/, ''), pattern: undefined, value });
    }
  }
  return { source: directive.args[0] ?? '', entries, fallback };
}

function compileSplit(directive: Directive): { source: string; shares: { upTo: number; value: string }[] } {
  let upTo = 0;
  const shares = (directive.block ?? []).map((entry) => {
    upTo = entry.name === '*' ? 100 : upTo + Number(entry.name.replace('%', ''));
    return { upTo, value: entry.args[0] ?? '' };
  });
  return { source: directive.args[0] ?? '', shares };
}

function sizeOfText(text: string, at: Directive): number {
  const match = /^(\d+)([kKmMgG]?)$/.exec(text);
  if (!match) {
    throw new ConfigError(`"${at.name}" directive invalid value`, at);
  }
  const factor = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }[(match[2] ?? '').toLowerCase()] ?? 1;
  const bytes = Number(match[1]) * factor;
  return bytes === 0 ? Infinity : bytes;
}

function timeOf(text: string, at: Directive): number {
  const match = /^(\d+)(ms|s|m|h)?$/.exec(text);
  if (!match) {
    throw new ConfigError(`"${at.name}" directive invalid value`, at);
  }
  return Number(match[1]) * ({ ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[match[2] ?? 's'] ?? 1_000);
}

function one(block: readonly Directive[], name: string): Directive | undefined {
  return block.findLast((directive) => directive.name === name);
}
