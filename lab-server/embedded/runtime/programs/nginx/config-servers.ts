// Server and location blocks: where they listen, what they match, what they do with a request.
import type { Condition, Content, Listen, Location, ServerBlock, Settings, Step } from './config-model.ts';
import { inherit, one } from './config-settings.ts';
import { compileTextPattern, type TextPattern } from '../text-pattern.ts';
import { ConfigError, type Directive } from './config-syntax.ts';

export function compileServer(directive: Directive, http: Settings, logFormats: ReadonlyMap<string, string>): ServerBlock {
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
      .map((candidate) => compileLocation(candidate, settings, logFormats)),
  };
}

function compileLocation(directive: Directive, outer: Settings, logFormats: ReadonlyMap<string, string>): Location {
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
    content: compileContent(block),
    internal: block.some((candidate) => candidate.name === 'internal'),
    locations: block
      .filter((candidate) => candidate.name === 'location')
      .map((candidate) => compileLocation(candidate, settings, logFormats)),
  };
}

function compileContent(block: readonly Directive[]): Content {
  const proxy = one(block, 'proxy_pass');
  if (proxy) {
    const target = proxy.args[0] ?? '';
    if (!/^https?:\/\//.test(target) && !target.includes('$')) {
      throw new ConfigError('invalid URL prefix', proxy);
    }
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

export function compilePattern(pattern: string, ignoreCase: boolean, at: Directive): TextPattern {
  try {
    return compileTextPattern(pattern, ignoreCase);
  } catch {
    throw new ConfigError(`pcre2_compile() failed: invalid pattern in "${pattern}"`, at);
  }
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

export function refuseDuplicates(servers: readonly ServerBlock[]): void {
  const defaults = new Set<string>();
  for (const listen of servers.flatMap((server) => server.listens.filter((candidate) => candidate.isDefault))) {
    const key = `${listen.address === '*' ? '0.0.0.0' : listen.address}:${listen.port}`;
    if (defaults.has(key)) {
      throw new ConfigError(`a duplicate default server for ${key}`);
    }
    defaults.add(key);
  }
}
