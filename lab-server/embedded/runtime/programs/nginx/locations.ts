// Which server block and which location answer a request, by nginx's rules.
import { compileTextPattern, type TextMatch } from '../text-pattern.ts';
import type { Location, ServerBlock } from './config-model.ts';

/** The server for a port and a Host header: exact name, `*.` before, `.*` after, regular expression, then the default. */
export function chooseServer(servers: readonly ServerBlock[], port: number, host: string): ServerBlock | undefined {
  const candidates = servers.filter((server) => server.listens.some((listen) => listen.port === port));
  const name = host.toLowerCase();
  const exact = candidates.find((server) => server.names.includes(name));
  const leading = longest(candidates, name, (pattern) => wildcard(pattern, 'leading', name));
  const trailing = longest(candidates, name, (pattern) => wildcard(pattern, 'trailing', name));
  const byPattern = candidates.find((server) =>
    server.names.some((pattern) => pattern.startsWith('~') && safeTest(pattern.slice(1), name)),
  );
  const byDefault = candidates.find((server) => server.listens.some((listen) => listen.port === port && listen.isDefault)) ?? candidates[0];
  return exact ?? leading ?? trailing ?? byPattern ?? byDefault;
}

/** The location for a path and the captures of its regular expression. */
export function chooseLocation(
  locations: readonly Location[],
  path: string,
): { location: Location; match: TextMatch | undefined } | undefined {
  const exact = locations.find((location) => location.modifier === '=' && location.path === path);
  if (exact) {
    return { location: exact, match: undefined };
  }
  let prefix: Location | undefined;
  for (const location of locations) {
    const isPrefix = location.modifier === '' || location.modifier === '^~';
    if (isPrefix && path.startsWith(location.path) && location.path.length > (prefix?.path.length ?? -1)) {
      prefix = location;
    }
  }
  const nested = prefix && prefix.locations.length > 0 ? chooseLocation(prefix.locations, path) : undefined;
  if (nested) {
    return nested;
  }
  if (prefix?.modifier !== '^~') {
    for (const location of locations) {
      const match = location.pattern?.exec(path);
      if (match) {
        return (location.locations.length > 0 ? chooseLocation(location.locations, path) : undefined) ?? { location, match };
      }
    }
  }
  return prefix && { location: prefix, match: undefined };
}

function longest(servers: readonly ServerBlock[], _name: string, matches: (pattern: string) => boolean): ServerBlock | undefined {
  let best: { server: ServerBlock; length: number } | undefined;
  for (const server of servers) {
    for (const pattern of server.names) {
      if (matches(pattern) && pattern.length > (best?.length ?? 0)) {
        best = { server, length: pattern.length };
      }
    }
  }
  return best?.server;
}

function wildcard(pattern: string, side: 'leading' | 'trailing', name: string): boolean {
  if (side === 'leading') {
    if (pattern.startsWith('.')) {
      return name === pattern.slice(1) || name.endsWith(pattern);
    }
    return pattern.startsWith('*.') && name.endsWith(pattern.slice(1));
  }
  return pattern.endsWith('.*') && name.startsWith(pattern.slice(0, -1));
}

function safeTest(pattern: string, text: string): boolean {
  try {
    return compileTextPattern(pattern, true).exec(text) !== undefined;
  } catch {
    return false;
  }
}
