// The phases of a request: server and location rewrites, access, try_files, content, and error pages at the end.
import { posix } from 'node:path';
import { matchesAddress } from '../../network/addresses.ts';
import type { Location, Step } from './config-model.ts';
import type { Exchange } from './exchange.ts';
import { chooseLocation } from './locations.ts';
import { proxyTo } from './proxy.ts';
import { send, sendErrorPage, sendRedirect } from './respond.ts';
import { clientOf, pathOf, serveFile, typeOf, type Outcome } from './static-content.ts';

/** Internal redirects in a row before nginx gives up with 500. */
const MAX_INTERNAL = 10;
const EMPTY_GIF = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

export async function handleRequest(exchange: Exchange): Promise<void> {
  const uri = normalise(exchange.uri);
  if (uri === undefined) {
    sendErrorPage(exchange, 400);
    return;
  }
  exchange.uri = uri;
  const early = await runSteps(exchange, exchange.server.steps);
  await finish(exchange, early && early.kind !== 'next' ? await outcomeOf(exchange, early) : await route(exchange));
}

/** Follows outcomes until a response was sent. */
async function finish(exchange: Exchange, first: Outcome): Promise<void> {
  let outcome = first;
  for (let hop = 0; hop < MAX_INTERNAL; hop += 1) {
    if (outcome.kind === 'done') {
      return;
    }
    if (outcome.kind === 'internal') {
      setUri(exchange, outcome.uri);
      outcome = await route(exchange, true);
      continue;
    }
    outcome = await errorPage(exchange, outcome.status);
  }
  exchange.site.complain(
    exchange.settings,
    'error',
    `rewrite or internal redirection cycle while internally redirecting to "${exchange.uri}"${clientOf(exchange)}`,
  );
  sendErrorPage(exchange, 500);
}

async function errorPage(exchange: Exchange, status: number): Promise<Outcome> {
  const page =
    exchange.errorStatus === undefined ? exchange.settings.errorPages.find((candidate) => candidate.status === status) : undefined;
  if (!page) {
    sendErrorPage(exchange, exchange.errorStatus ?? status);
    return { kind: 'done' };
  }
  const target = exchange.expand(page.target);
  if (/^https?:/.test(target)) {
    sendRedirect(exchange, typeof page.replaceStatus === 'number' ? page.replaceStatus : 302, target);
    return { kind: 'done' };
  }
  exchange.errorStatus = page.replaceStatus === 'own' ? undefined : (page.replaceStatus ?? status);
  if (target.startsWith('@')) {
    const named = exchange.server.locations.find((location) => location.modifier === '@' && location.path === target);
    return named ? serveLocation(exchange, named) : { kind: 'status', status };
  }
  return { kind: 'internal', uri: target };
}

async function route(exchange: Exchange, internal = false): Promise<Outcome> {
  const found = chooseLocation(exchange.server.locations, exchange.uri);
  exchange.settings = found?.location.settings ?? exchange.server.settings;
  if (!found) {
    return exchange.server.tryFiles ? tryFiles(exchange, undefined, exchange.server.tryFiles) : serveFile(exchange, undefined);
  }
  if (found.match) {
    exchange.captures = found.match.captures;
    Object.entries(found.match.named).forEach(([name, value]) => exchange.variables.set(name, value ?? ''));
  }
  if (found.location.internal && !internal) {
    return { kind: 'status', status: 404 };
  }
  return serveLocation(exchange, found.location);
}

async function serveLocation(exchange: Exchange, location: Location): Promise<Outcome> {
  exchange.settings = location.settings;
  const step = await runSteps(exchange, location.steps);
  if (step) {
    if (step.kind !== 'next') {
      return outcomeOf(exchange, step);
    }
    if (step.again) {
      return { kind: 'internal', uri: withArgs(exchange) };
    }
  }
  if (!isAllowed(exchange)) {
    exchange.site.complain(exchange.settings, 'error', `access forbidden by rule${clientOf(exchange)}`);
    return { kind: 'status', status: 403 };
  }
  if (Number(exchange.request.headers['content-length'] ?? 0) > exchange.settings.maxBodyBytes) {
    exchange.site.complain(
      exchange.settings,
      'error',
      `client intended to send too large body: ${exchange.request.headers['content-length'] ?? ''} bytes${clientOf(exchange)}`,
    );
    return { kind: 'status', status: 413 };
  }
  if (location.tryFiles) {
    return tryFiles(exchange, location, location.tryFiles);
  }
  switch (location.content.kind) {
    case 'proxy':
      return proxyTo(exchange, location, location.content.target);
    case 'stub-status':
      send(exchange, 200, { contentType: 'text/plain', body: Buffer.from(stubStatus(exchange)) });
      return { kind: 'done' };
    case 'empty-gif':
      send(exchange, 200, { contentType: 'image/gif', body: EMPTY_GIF });
      return { kind: 'done' };
    case 'unreachable-upstream':
      return { kind: 'status', status: 502 };
    case 'static':
      return serveFile(exchange, location);
  }
}

async function tryFiles(exchange: Exchange, location: Location | undefined, candidates: readonly string[]): Promise<Outcome> {
  const { files } = exchange.site.process.machine;
  for (const candidate of candidates.slice(0, -1)) {
    const uri = exchange.expand(candidate);
    const wantsDirectory = uri.endsWith('/');
    const path = pathOf(exchange, location, uri);
    const stat = await files.stat(path).catch(() => undefined);
    if (stat && stat.isDirectory === wantsDirectory) {
      exchange.uri = uri;
      return location?.content.kind === 'proxy' ? proxyTo(exchange, location, location.content.target) : serveFile(exchange, location);
    }
  }
  const last = exchange.expand(candidates.at(-1) ?? '');
  if (/^=\d{3}$/.test(last)) {
    return { kind: 'status', status: Number(last.slice(1)) };
  }
  if (last.startsWith('@')) {
    const named = exchange.server.locations.find((candidate) => candidate.modifier === '@' && candidate.path === last);
    return named ? serveLocation(exchange, named) : { kind: 'status', status: 500 };
  }
  return { kind: 'internal', uri: last };
}

type StepResult =
  | { kind: 'return'; status: number; text: string | undefined }
  | { kind: 'redirect'; status: number; location: string }
  | { kind: 'next'; again: boolean };

/** Runs rewrite-module directives in order; undefined when none ended the phase. */
async function runSteps(exchange: Exchange, steps: readonly Step[]): Promise<StepResult | undefined> {
  for (const step of steps) {
    switch (step.kind) {
      case 'return':
        return { kind: 'return', status: step.status, text: step.text === undefined ? undefined : exchange.expand(step.text) };
      case 'set':
        exchange.variables.set(step.name, exchange.expand(step.value));
        break;
      case 'break':
        return { kind: 'next', again: false };
      case 'rewrite': {
        const match = step.pattern.exec(exchange.uri);
        if (!match) {
          break;
        }
        exchange.captures = match.captures;
        const replaced = exchange.expand(step.replacement);
        if (step.flag === 'redirect' || step.flag === 'permanent' || /^https?:\/\//.test(replaced)) {
          const query = exchange.args === '' || replaced.includes('?') ? '' : `?${exchange.args}`;
          return { kind: 'redirect', status: step.flag === 'permanent' ? 301 : 302, location: `${replaced.replace(/\?$/, '')}${query}` };
        }
        setUri(exchange, replaced, true);
        if (step.flag) {
          return { kind: 'next', again: step.flag === 'last' };
        }
        break;
      }
      case 'if': {
        if (await holds(exchange, step.condition)) {
          const inner = await runSteps(exchange, step.steps);
          if (inner) {
            return inner;
          }
        }
        break;
      }
    }
  }
  return undefined;
}

async function holds(exchange: Exchange, condition: Extract<Step, { kind: 'if' }>['condition']): Promise<boolean> {
  switch (condition.kind) {
    case 'truthy': {
      const value = exchange.expand(condition.value);
      return value !== '' && value !== '0';
    }
    case 'equals':
      return (exchange.expand(condition.left) === exchange.expand(condition.right)) !== condition.negated;
    case 'matches': {
      const match = condition.pattern.exec(exchange.expand(condition.left));
      if (match) {
        exchange.captures = match.captures;
      }
      return (match !== undefined) !== condition.negated;
    }
    case 'file': {
      const stat = await exchange.site.process.machine.files.stat(exchange.expand(condition.path)).catch(() => undefined);
      const found =
        stat !== undefined &&
        (condition.test === 'e' ||
          (condition.test === 'd' ? stat.isDirectory : condition.test === 'f' ? stat.isFile : (stat.mode & 0o111) !== 0));
      return found !== condition.negated;
    }
  }
}

async function outcomeOf(exchange: Exchange, step: Exclude<StepResult, { kind: 'next' }>): Promise<Outcome> {
  if (step.kind === 'redirect') {
    sendRedirect(exchange, step.status, step.location);
    return { kind: 'done' };
  }
  const { status, text } = step;
  if ([301, 302, 303, 307, 308].includes(status) && text !== undefined) {
    sendRedirect(exchange, status, text);
    return { kind: 'done' };
  }
  if (status === 444) {
    exchange.response.destroy();
    exchange.status = 444;
    return { kind: 'done' };
  }
  if (text === undefined && status >= 300) {
    return { kind: 'status', status };
  }
  send(exchange, status, { contentType: typeOf(exchange, exchange.uri), body: Buffer.from(text ?? '') });
  return { kind: 'done' };
}

function isAllowed(exchange: Exchange): boolean {
  const client = exchange.request.socket.remoteAddress ?? '';
  for (const rule of exchange.settings.access) {
    if (rule.source === 'all' || matchesAddress(rule.source, client)) {
      return rule.allow;
    }
  }
  return true;
}

function stubStatus(exchange: Exchange): string {
  const { accepted, requests, active } = exchange.site.counters;
  return `Active connections: ${active} \nserver accepts handled requests\n ${accepted} ${accepted} ${requests} \nReading: 0 Writing: 1 Waiting: ${Math.max(0, active - 1)} \n`;
}

function setUri(exchange: Exchange, target: string, keepArgs = false): void {
  const question = target.indexOf('?');
  exchange.uri = question < 0 ? target : target.slice(0, question);
  if (question >= 0) {
    const own = target.slice(question + 1);
    exchange.args = keepArgs && exchange.args !== '' && own !== '' ? `${own}&${exchange.args}` : own;
  }
}

function withArgs(exchange: Exchange): string {
  return exchange.args === '' ? exchange.uri : `${exchange.uri}?${exchange.args}`;
}

/** Decodes the path and removes dot segments; undefined when it is malformed or climbs above the root. */
function normalise(path: string): string | undefined {
  if (!path.startsWith('/')) {
    return undefined;
  }
  let decoded: string;
  try {
    decoded = decodeURIComponent(path.replace(/%(?![0-9a-fA-F]{2})/g, '%25'));
  } catch {
    decoded = Buffer.from(
      path.replace(/%([0-9a-fA-F]{2})/g, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
      'latin1',
    ).toString('utf8');
  }
  if (decoded.includes('\0')) {
    return undefined;
  }
  let depth = 0;
  for (const part of decoded.split('/')) {
    depth += part === '..' ? -1 : part === '' || part === '.' ? 0 : 1;
    if (depth < 0) {
      return undefined;
    }
  }
  return posix.normalize(decoded.replace(/\/{2,}/g, '/'));
}
