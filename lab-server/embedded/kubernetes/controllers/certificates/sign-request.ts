// Signs certificate requests (PKCS #10) with the cluster's authority, after checking that the requester holds the key.
import { X509Certificate, createHash, createPrivateKey, createPublicKey, randomBytes, sign, verify } from 'node:crypto';
import { DocksideError } from '../../../../base/index.ts';
import {
  bitString,
  boolean,
  explicit,
  generalizedTime,
  implicit,
  integer,
  objectIdentifier,
  octetString,
  sequence,
} from '../../../runtime/certificates/der.ts';
import { readObjectIdentifier, readSequence } from './der-reader.ts';

export interface Authority {
  /** PKCS #8, PEM; an elliptic key. */
  key: string;
  /** PEM. */
  certificate: string;
}

export interface SigningOptions {
  /** `client auth`, `server auth`, `digital signature`, `key encipherment`. */
  usages: readonly string[];
  seconds: number;
  /** Milliseconds since the epoch. */
  now: number;
}

/** The real signer dates certificates back as much, for clients whose clock is behind. */
const BACKDATE_MS = 300_000;

const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const KEY_USAGE = '2.5.29.15';
const BASIC_CONSTRAINTS = '2.5.29.19';
const AUTHORITY_KEY_ID = '2.5.29.35';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const EXTENDED_USAGES: Readonly<Record<string, string>> = { 'server auth': '1.3.6.1.5.5.7.3.1', 'client auth': '1.3.6.1.5.5.7.3.2' };
/** Hash functions by signature algorithm; Ed25519 has its own. */
const HASHES: Readonly<Record<string, string | null>> = {
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  [ECDSA_WITH_SHA256]: 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.3.101.112': null,
};

/** The certificate as PEM. Throws KUBERNETES_CSR_INVALID when the request is malformed or not signed by its own key. */
export function signRequest(authority: Authority, requestPem: string, options: SigningOptions): string {
  const { subject, publicKey } = parseRequest(requestPem);
  const signer = createPrivateKey(authority.key);
  const algorithm = sequence(objectIdentifier(ECDSA_WITH_SHA256));
  const body = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(serialNumber()),
    algorithm,
    subjectOf(authority.certificate),
    sequence(generalizedTime(options.now - BACKDATE_MS), generalizedTime(options.now - BACKDATE_MS + options.seconds * 1000)),
    subject,
    publicKey,
    explicit(3, sequence(...extensions(options.usages, authority))),
  );
  const der = sequence(body, algorithm, bitString(sign('sha256', body, signer)));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function parseRequest(pem: string): { subject: Buffer; publicKey: Buffer } {
  const base64 = /-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----([\s\S]+?)-----END/.exec(pem)?.[1];
  const [info, algorithm, signature] = readSequence(Buffer.from(base64 ?? '', 'base64'));
  const [, subject, publicKey] = info ? readSequence(info.whole) : [];
  const [identifier] = algorithm ? readSequence(algorithm.whole) : [];
  const hash = identifier ? HASHES[readObjectIdentifier(identifier.content)] : undefined;
  if (!info || !signature || !subject || !publicKey || hash === undefined) {
    throw new DocksideError('KUBERNETES_CSR_INVALID', 'unable to parse csr', { status: 400 });
  }
  const key = createPublicKey({ key: publicKey.whole, format: 'der', type: 'spki' });
  // A bit string begins with the number of its unused bits.
  if (!verify(hash, info.whole, key, signature.content.subarray(1))) {
    throw new DocksideError('KUBERNETES_CSR_INVALID', 'the request is not signed by the key it names', { status: 400 });
  }
  return { subject: subject.whole, publicKey: publicKey.whole };
}

/** The name of an authority, as it stands in its certificate. */
function subjectOf(certificate: string): Buffer {
  const [body] = readSequence(new X509Certificate(certificate).raw);
  // version, serial, algorithm, issuer, validity, subject
  const subject = body && readSequence(body.whole)[5];
  if (!subject) {
    throw new DocksideError('KUBERNETES_CSR_INVALID', "the authority's certificate has no subject");
  }
  return subject.whole;
}

function extensions(usages: readonly string[], authority: Authority): Buffer[] {
  const extended = usages.flatMap((usage) => EXTENDED_USAGES[usage] ?? []);
  const bits = (usages.includes('digital signature') ? 0b1000_0000 : 0) | (usages.includes('key encipherment') ? 0b0010_0000 : 0);
  // A bit string ends with its last bit that is set.
  const unused = usages.includes('key encipherment') ? 5 : 7;
  const publicKey = createPublicKey(authority.key).export({ type: 'spki', format: 'der' });
  return [
    ...(bits === 0 ? [] : [extension(KEY_USAGE, true, bitString(Buffer.from([bits]), unused))]),
    ...(extended.length > 0 ? [extension(EXTENDED_KEY_USAGE, false, sequence(...extended.map(objectIdentifier)))] : []),
    extension(BASIC_CONSTRAINTS, true, sequence()),
    extension(AUTHORITY_KEY_ID, false, sequence(implicit(0, createHash('sha1').update(publicKey).digest()))),
  ];
}

function extension(id: string, isCritical: boolean, value: Buffer): Buffer {
  return sequence(objectIdentifier(id), ...(isCritical ? [boolean(true)] : []), octetString(value));
}

function serialNumber(): Buffer {
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x01;
  return serial;
}
