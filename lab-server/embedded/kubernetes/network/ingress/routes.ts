// Where a request goes by its host and path: the rules of all ingresses, as ingress-nginx reads them. A function of the ingresses.
import { compileTextPattern, loadTextPatterns, type TextPattern } from '../../../runtime/programs/text-pattern.ts';
import type { Ingress } from './ingress-class.ts';

type Rule = NonNullable<NonNullable<Ingress['spec']>['rules']>[number];
type Path = NonNullable<Rule['http']>['paths'][number];
type Backend = NonNullable<Path['backend']>;

const ANNOTATION = 'nginx.ingress.kubernetes.io/';

export interface Route {
  ingress: Ingress;
  backend: Backend;
  /** The path to ask the backend for. */
  path: string;
  /** The host is one of those that the ingress has a certificate for. */
  isSecured: boolean;
}

interface Candidate {
  ingress: Ingress;
  rule: Rule;
  path: Path;
}

/** The route of a request; undefined where no ingress wants it. `target`: path and query. */
export async function findRoute(ingresses: readonly Ingress[], host: string, target: string): Promise<Route | undefined> {
  const [path, query] = splitQuery(target);
  const ofHost = ingresses
    .flatMap((ingress) =>
      (ingress.spec?.rules ?? []).flatMap((rule) => (rule.http?.paths ?? []).map((one) => ({ ingress, rule, path: one }))),
    )
    .filter(({ rule }) => hostMatches(rule.host, host));
  if (ofHost.some(usesPattern)) {
    await loadTextPatterns();
  }
  const candidates = ofHost
    .filter((candidate) => pathMatches(candidate, path))
    .toSorted((a, b) => hostRank(b.rule.host) - hostRank(a.rule.host) || pathRank(b.path) - pathRank(a.path));
  const [best] = candidates;
  if (best) {
    return routeOf(best.ingress, best.path.backend, rewritten(best, path) + query, host);
  }
  const fallback = ingresses.find(({ spec }) => spec?.defaultBackend);
  return fallback?.spec?.defaultBackend && routeOf(fallback, fallback.spec.defaultBackend, target, host);
}

/** Whether plain HTTP is sent on to HTTPS. */
export function redirectsToHttps({ ingress, isSecured }: Route): boolean {
  const { annotations = {} } = ingress.metadata;
  return annotations[`${ANNOTATION}force-ssl-redirect`] === 'true' || (isSecured && annotations[`${ANNOTATION}ssl-redirect`] !== 'false');
}

function routeOf(ingress: Ingress, backend: Backend, path: string, host: string): Route {
  const isSecured = (ingress.spec?.tls ?? []).some(({ hosts }) => hosts?.some((one) => hostMatches(one, host)));
  return { ingress, backend, path, isSecured };
}

function splitQuery(target: string): [string, string] {
  const mark = target.indexOf('?');
  return mark < 0 ? [target, ''] : [target.slice(0, mark), target.slice(mark)];
}

/** A rule without a host is for all; `*.example.com` is for one more label. */
function hostMatches(wanted: string | undefined, host: string): boolean {
  if (!wanted) {
    return true;
  }
  if (wanted.startsWith('*.')) {
    const dot = host.indexOf('.');
    return dot > 0 && host.slice(dot) === wanted.slice(1);
  }
  return wanted === host;
}

function hostRank(host: string | undefined): number {
  return !host ? 0 : host.startsWith('*.') ? 1 : 2;
}

function pathMatches(candidate: Candidate, path: string): boolean {
  const wanted = candidate.path.path || '/';
  if (usesPattern(candidate)) {
    return patternOf(wanted)?.exec(path) !== undefined;
  }
  if (candidate.path.pathType === 'Exact') {
    return path === wanted;
  }
  const prefix = wanted.replace(/\/$/, '');
  return path === prefix || path.startsWith(`${prefix}/`);
}

/** An exact path before a prefix, a longer one before a shorter. */
function pathRank({ path = '/', pathType }: Path): number {
  return path.length * 2 + (pathType === 'Exact' ? 1 : 0);
}

function usesPattern({ ingress, path }: Candidate): boolean {
  const { annotations = {} } = ingress.metadata;
  const asks = annotations[`${ANNOTATION}use-regex`] === 'true' || annotations[`${ANNOTATION}rewrite-target`] !== undefined;
  return asks && path.pathType !== 'Exact';
}

function rewritten(candidate: Candidate, path: string): string {
  const target = candidate.ingress.metadata.annotations?.[`${ANNOTATION}rewrite-target`];
  if (target === undefined) {
    return path;
  }
  const found = usesPattern(candidate) ? patternOf(candidate.path.path || '/')?.exec(path)?.captures : undefined;
  const result = target.replace(/\$(\d)/g, (_all, index: string) => found?.[Number(index)] ?? '');
  return result.startsWith('/') ? result : `/${result}`;
}

/** As nginx has it: from the beginning, whatever the case. Undefined where it cannot be read. */
function patternOf(text: string): TextPattern | undefined {
  try {
    return compileTextPattern(`^${text}`, true);
  } catch {
    return undefined;
  }
}
