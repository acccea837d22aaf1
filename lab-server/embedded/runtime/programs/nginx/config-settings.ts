// Settings that a block inherits from the one around it and may replace.
import type { ErrorPage, Settings } from './config-model.ts';
import { ConfigError, type Directive } from './config-syntax.ts';

export const COMBINED = '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"';

export const DEFAULTS: Settings = {
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

export function inherit(outer: Settings, block: readonly Directive[], logFormats: ReadonlyMap<string, string>): Settings {
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

export function one(block: readonly Directive[], name: string): Directive | undefined {
  return block.findLast((directive) => directive.name === name);
}
