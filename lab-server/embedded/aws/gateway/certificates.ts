// The endpoint's own certificate authority, and the certificates of the host names that its clients ask for. Kept with the records: clients trust it for good.
import { createSecureContext, type SecureContext } from 'node:tls';
import { createAuthority, issueCertificate, type KeyAndCertificate } from '../../runtime/certificates/certificates.ts';
import type { Tables } from '../state/tables.ts';

const AUTHORITY = 'Dockside embedded AWS';
const TABLE = '$endpoint.authority';
/** Names in use at a time are few; more than this many are somebody's experiment. */
const MAX_NAMES = 200;
/** For clients that name no host. */
const ADDRESSES = ['localhost', '127.0.0.1', '192.0.2.10'];
const AWS_NAME = /^[a-z0-9-]+(\.[a-z0-9-]+)*\.(amazonaws\.com(\.cn)?|api\.aws)$/;

export interface Certificates {
  /** The authority's certificate, PEM. */
  readonly authority: string;
  readonly byDefault: KeyAndCertificate;
  /** The certificate of a host name of AWS; the one of the endpoint's addresses for any other. */
  forName(serverName: string): SecureContext;
  /** Puts the authority on record again, after the records were removed. */
  keep(): void;
}

/** Reads the authority from the records, or makes it at the first start. `now` in milliseconds since the epoch. */
export function endpointCertificates(tables: Tables, now: () => number): Certificates {
  const table = tables.table<KeyAndCertificate>(TABLE);
  const authority = table.get('authority') ?? createAuthority(AUTHORITY, now());
  const keep = (): void => table.put('authority', authority);
  if (!table.has('authority')) {
    keep();
  }
  const issue = (commonName: string, altNames: readonly string[]): KeyAndCertificate =>
    issueCertificate(authority, AUTHORITY, { commonName, usage: 'server', altNames, now: now() });
  const byDefault = issue('localhost', ADDRESSES);
  const contexts = new Map<string, SecureContext>();
  const contextOf = ({ key, certificate }: KeyAndCertificate): SecureContext => createSecureContext({ key, cert: certificate });
  return {
    authority: authority.certificate,
    byDefault,
    keep,
    forName(serverName) {
      const name = serverName.toLowerCase();
      const known = contexts.get(name);
      if (known) {
        return known;
      }
      const context = contextOf(AWS_NAME.test(name) ? issue(name, [name]) : byDefault);
      if (contexts.size >= MAX_NAMES) {
        contexts.clear();
      }
      contexts.set(name, context);
      return context;
    },
  };
}
