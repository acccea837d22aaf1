// Reads an nginx configuration: its files with what they include, then upstreams, maps and servers.
import { joinPath, parentOf, resolvePath } from '../../files/paths.ts';
import type { VirtualFileSystem } from '../../files/virtual-file-system.ts';
import { matchesGlob } from '../glob.ts';
import type { NginxConfig, ServerBlock, Upstream } from './config-model.ts';
import { compilePattern, compileServer, refuseDuplicates } from './config-servers.ts';
import { COMBINED, DEFAULTS, inherit, one } from './config-settings.ts';
import { loadTextPatterns, type TextPattern } from '../text-pattern.ts';
import { ConfigError, parseConfig, type Directive } from './config-syntax.ts';
import { misplaced, type Place } from './directives.ts';

/** Where relative paths of a configuration start. */
const PREFIX = '/etc/nginx';

/** Reads a configuration with its includes. Throws ConfigError in nginx's words. */
export async function loadConfig(files: VirtualFileSystem, path: string, globals: string): Promise<NginxConfig> {
  const main = await readDirectives(files, path);
  const all = [...parseGlobals(globals), ...(await expandIncludes(files, main, 'main'))];
  if (all.some(hasPattern)) {
    await loadTextPatterns();
  }
  return compile(all);
}

/** Whether a directive or one inside it may hold a regular expression. */
function hasPattern(directive: Directive): boolean {
  return (
    directive.name === 'rewrite' ||
    [directive.name, ...directive.args].some((word) => word.includes('~')) ||
    (directive.block?.some(hasPattern) ?? false)
  );
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
    const problem = misplaced(directive.name, place);
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
    servers.push(compileServer(directive, settings, logFormats));
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
  entries: { key: string; pattern: TextPattern | undefined; value: string }[];
  fallback: string;
} {
  let fallback = '';
  const entries: { key: string; pattern: TextPattern | undefined; value: string }[] = [];
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
