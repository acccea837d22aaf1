// The learner behind a request: a random id in a signed cookie that scripts cannot read.
import { randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DocksideError } from '../base/index.ts';

const COOKIE = 'dockside_learner';
/** Over HTTPS the name says `__Host-`: then no other host of the domain, and no page over HTTP, can plant one (RFC 6265bis, 4.1.3.2). */
const SECURE_COOKIE = `__Host-${COOKIE}`;
/** A year, in seconds; renewed whenever a lab is asked for. */
const MAX_AGE = 365 * 24 * 3600;

/** The learner of a request with a cookie of ours. */
export function learnerOf(request: FastifyRequest): string | undefined {
  const cookie = request.cookies[cookieName(request)];
  if (cookie === undefined) {
    return undefined;
  }
  const { valid, value } = request.unsignCookie(cookie);
  return valid && /^[0-9a-f]{32}$/.test(value) ? value : undefined;
}

/** Throws `LEARNER_UNKNOWN` (401) for a request without one. */
export function requireLearner(request: FastifyRequest): string {
  const learner = learnerOf(request);
  if (learner === undefined) {
    throw new DocksideError('LEARNER_UNKNOWN', 'Your browser sent no learner cookie: allow cookies for this site and reload the page.', {
      status: 401,
    });
  }
  return learner;
}

/** The learner of a request, made where there is none yet. An id that the request brought unsigned is never taken. */
export function ensureLearner(request: FastifyRequest, reply: FastifyReply): string {
  const learner = learnerOf(request) ?? randomBytes(16).toString('hex');
  void reply.setCookie(cookieName(request), learner, {
    signed: true,
    httpOnly: true,
    sameSite: 'lax',
    secure: isSecure(request),
    path: '/',
    maxAge: MAX_AGE,
  });
  return learner;
}

function cookieName(request: FastifyRequest): string {
  return isSecure(request) ? SECURE_COOKIE : COOKIE;
}

function isSecure(request: FastifyRequest): boolean {
  return request.protocol === 'https';
}
