// A certificate authority of an embedded orchestrator, and what it signs: ECDSA P-256, as RFC 5280 has certificates.
// Written here because a library for it costs every sandbox worker more time and memory to load than a whole API server does.
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';
import {
  bitString,
  boolean,
  element,
  explicit,
  generalizedTime,
  implicit,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  utf8,
} from './der.ts';

export interface KeyAndCertificate {
  /** PKCS #8, PEM. */
  key: string;
  /** PEM. */
  certificate: string;
}

export interface CertificateRequest {
  commonName: string;
  organizations?: readonly string[];
  usage: 'server' | 'client';
  /** DNS names and IPv4 addresses. */
  altNames?: readonly string[];
  /** Milliseconds since the epoch. */
  now: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** As long as minikube's authority is good. */
const VALID_DAYS = 3650;

const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const COMMON_NAME = '2.5.4.3';
const ORGANIZATION = '2.5.4.10';
const SUBJECT_KEY_ID = '2.5.29.14';
const KEY_USAGE = '2.5.29.15';
const ALT_NAME = '2.5.29.17';
const BASIC_CONSTRAINTS = '2.5.29.19';
const AUTHORITY_KEY_ID = '2.5.29.35';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

/** A new authority. */
export function createAuthority(commonName: string, now: number): KeyAndCertificate {
  const { privateKey, publicKey } = newKey();
  const extensions = [
    extension(KEY_USAGE, true, bitString(Buffer.from([0b1010_0100]), 2)),
    extension(BASIC_CONSTRAINTS, true, sequence(boolean(true))),
    extension(SUBJECT_KEY_ID, false, octetString(keyId(publicKey))),
  ];
  const subject = distinguishedName(commonName, []);
  return {
    key: pemOfKey(privateKey),
    certificate: signed({ issuer: subject, subject, publicKey, extensions, signer: privateKey, now }),
  };
}

/** A key and its certificate, signed by `authority`, whose common name is `issuer`. */
export function issueCertificate(authority: KeyAndCertificate, issuer: string, request: CertificateRequest): KeyAndCertificate {
  const { privateKey, publicKey } = newKey();
  const signer = createPrivateKey(authority.key);
  const extensions = [
    extension(KEY_USAGE, true, bitString(Buffer.from([0b1010_0000]), 5)),
    extension(EXTENDED_KEY_USAGE, false, sequence(objectIdentifier(request.usage === 'server' ? SERVER_AUTH : CLIENT_AUTH))),
    extension(BASIC_CONSTRAINTS, true, sequence()),
    extension(AUTHORITY_KEY_ID, false, sequence(implicit(0, keyId(createPublicKey(signer))))),
  ];
  if (request.altNames && request.altNames.length > 0) {
    extensions.push(extension(ALT_NAME, false, sequence(...request.altNames.map(altName))));
  }
  const subject = distinguishedName(request.commonName, request.organizations ?? []);
  const certificate = signed({ issuer: distinguishedName(issuer, []), subject, publicKey, extensions, signer, now: request.now });
  return { key: pemOfKey(privateKey), certificate };
}

function newKey(): { privateKey: KeyObject; publicKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

interface Parts {
  issuer: Buffer;
  subject: Buffer;
  publicKey: KeyObject;
  extensions: readonly Buffer[];
  signer: KeyObject;
  now: number;
}

function signed({ issuer, subject, publicKey, extensions, signer, now }: Parts): string {
  const algorithm = sequence(objectIdentifier(ECDSA_WITH_SHA256));
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x01;
  const body = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(serial),
    algorithm,
    issuer,
    // A day of slack for clients whose clock is behind.
    sequence(generalizedTime(now - DAY_MS), generalizedTime(now + VALID_DAYS * DAY_MS)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...extensions)),
  );
  return pem('CERTIFICATE', sequence(body, algorithm, bitString(sign('sha256', body, signer))));
}

function distinguishedName(commonName: string, organizations: readonly string[]): Buffer {
  const attribute = (type: string, value: string): Buffer => set(sequence(objectIdentifier(type), utf8(value)));
  return sequence(...organizations.map((organization) => attribute(ORGANIZATION, organization)), attribute(COMMON_NAME, commonName));
}

function extension(id: string, isCritical: boolean, value: Buffer): Buffer {
  return sequence(objectIdentifier(id), ...(isCritical ? [boolean(true)] : []), octetString(value));
}

function altName(name: string): Buffer {
  return isIPv4(name) ? element(0x87, Buffer.from(name.split('.').map(Number))) : element(0x82, Buffer.from(name));
}

function keyId(publicKey: KeyObject): Buffer {
  return createHash('sha1')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest();
}

function pemOfKey(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
