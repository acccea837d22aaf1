// Who may speak to the server: host names it answers to, and pages that may use it with a learner's cookie.
import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { DocksideError } from '../base/index.ts';

export interface Borders {
  /** Addresses the site is reached at behind a proxy, as origins. */
  origins: readonly string[];
}

/** An IPv6 address in brackets, or a name or IPv4 address, each with an optional port. */
const HOST = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+))(?::\d{1,5})?$/i;

/**
 * Refuses a Host that is a name we were not told of. A page that rebinds its own name to this address (DNS rebinding) comes under that name;
 * an IP address or localhost cannot be rebound.
 */
export function checkHost(borders: Borders, request: FastifyRequest): void {
  const [, bracketed, plain] = HOST.exec(request.headers.host ?? '') ?? [];
  const name = (bracketed ?? plain ?? '').toLowerCase();
  const known =
    name !== '' && (isIP(name) !== 0 || name === 'localhost' || borders.origins.some((origin) => new URL(origin).hostname === name));
  if (!known) {
    throw new DocksideError(
      'HOST_UNKNOWN',
      'This server does not answer to that host name. Its operator can allow it with DOCKSIDE_ORIGINS.',
      {
        status: 421,
      },
    );
  }
}

/** Refuses what a page of another site sends: changes, and streams. Clients that are no browser send no Origin. */
export function checkOrigin(borders: Borders, request: FastifyRequest): void {
  const { origin, host } = request.headers;
  const site = request.headers['sec-fetch-site'];
  const foreignSite = site === 'cross-site' || site === 'same-site';
  const foreignOrigin = origin !== undefined && !isOwnOrigin(borders, origin, host);
  if (foreignOrigin || (foreignSite && origin === undefined)) {
    throw new DocksideError('ORIGIN_FOREIGN', 'A page of another site may not use this lab server.', { status: 403 });
  }
}

function isOwnOrigin(borders: Borders, origin: string, host: string | undefined): boolean {
  if (borders.origins.includes(origin)) {
    return true;
  }
  const url = URL.parse(origin);
  return (
    url !== null && (url.protocol === 'http:' || url.protocol === 'https:') && url.host === URL.parse(`${url.protocol}//${host}`)?.host
  );
}
