// Signature Version 4, the verifying half (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { AwsError } from './errors.ts';
import type { WireRequest } from './protocols/protocol.ts';

export interface Credential {
  accessKeyId: string;
  date: string;
  region: string;
  service: string;
}

export interface SignedRequest {
  credential: Credential;
  signedHeaders: readonly string[];
  signature: string;
  /** `20260101T000000Z` */
  timestamp: string;
  securityToken: string | undefined;
  /** Seconds for which a presigned URL holds; undefined for a signed header. */
  expires: number | undefined;
}

/** AWS takes requests whose time is at most this far from its own. */
const MAX_SKEW_MS = 15 * 60_000;

/** Reads the signature of a request. Undefined when it has none; throws IncompleteSignature when it is broken. */
export function readSignature(request: WireRequest): SignedRequest | undefined {
  const header = request.headers['authorization'];
  if (header !== undefined) {
    return fromHeader(header, request);
  }
  return request.query.has('X-Amz-Signature') ? fromQuery(request.query) : undefined;
}

function fromHeader(header: string, request: WireRequest): SignedRequest {
  const scheme = header.slice(0, header.indexOf(' '));
  if (scheme !== 'AWS4-HMAC-SHA256') {
    throw new AwsError('IncompleteSignature', `Unsupported authorization scheme ${JSON.stringify(scheme)}; AWS4-HMAC-SHA256 is expected.`, {
      status: 400,
    });
  }
  const fields = Object.fromEntries(
    header
      .slice(scheme.length)
      .split(',')
      .map((field) => field.trim().split(/=(.*)/s).slice(0, 2) as [string, string]),
  );
  for (const name of ['Credential', 'SignedHeaders', 'Signature']) {
    if (!fields[name]) {
      throw new AwsError('IncompleteSignature', `Authorization header requires '${name}' parameter. Authorization=${scheme}`, {
        status: 400,
      });
    }
  }
  const timestamp = request.headers['x-amz-date'] ?? request.headers['date'];
  if (!timestamp) {
    throw new AwsError(
      'IncompleteSignature',
      `Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=${scheme}`,
      {
        status: 400,
      },
    );
  }
  return {
    credential: credentialOf(fields['Credential'] as string),
    signedHeaders: (fields['SignedHeaders'] as string).split(';'),
    signature: fields['Signature'] as string,
    timestamp,
    securityToken: request.headers['x-amz-security-token'],
    expires: undefined,
  };
}

function fromQuery(query: URLSearchParams): SignedRequest {
  return {
    credential: credentialOf(query.get('X-Amz-Credential') ?? ''),
    signedHeaders: (query.get('X-Amz-SignedHeaders') ?? '').split(';'),
    signature: query.get('X-Amz-Signature') ?? '',
    timestamp: query.get('X-Amz-Date') ?? '',
    securityToken: query.get('X-Amz-Security-Token') ?? undefined,
    expires: Number(query.get('X-Amz-Expires') ?? '0'),
  };
}

function credentialOf(text: string): Credential {
  const parts = text.split('/');
  if (parts.length < 5 || parts.at(-1) !== 'aws4_request') {
    throw new AwsError(
      'IncompleteSignature',
      `Credential must have at least 5 slash-delimited elements and end in aws4_request, got '${text.slice(0, 100)}'`,
      {
        status: 400,
      },
    );
  }
  const [date, region, service] = parts.slice(-4) as [string, string, string];
  return { accessKeyId: parts.slice(0, -4).join('/'), date, region, service };
}

/**
 * Verifies a signature with the secret of its key. `now` in milliseconds since the epoch.
 * Throws `RequestExpired` or `SignatureDoesNotMatch`, in AWS's words.
 */
export function verifySignature(request: WireRequest, signed: SignedRequest, secret: string, now: number): void {
  const signedAt = timeOf(signed.timestamp);
  if (!Number.isFinite(signedAt)) {
    throw new AwsError('IncompleteSignature', `Date must be in ISO-8601 'basic format'. Got '${signed.timestamp.slice(0, 40)}'.`, {
      status: 400,
    });
  }
  const latest = signedAt + (signed.expires === undefined ? MAX_SKEW_MS : signed.expires * 1000);
  if (now > latest || now < signedAt - MAX_SKEW_MS) {
    throw new AwsError('SignatureDoesNotMatch', skewMessage(signed, signedAt, now), { status: 403 });
  }
  const expected = Buffer.from(signatureOf(request, signed, secret), 'hex');
  const given = Buffer.from(signed.signature, 'hex');
  if (expected.length !== given.length || !timingSafeEqual(expected, given)) {
    throw new AwsError(
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
      { status: 403 },
    );
  }
}

function skewMessage(signed: SignedRequest, signedAt: number, now: number): string {
  const basic = (milliseconds: number): string => new globalThis.Date(milliseconds).toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  return now > signedAt
    ? `Signature expired: ${signed.timestamp} is now earlier than ${basic(now - MAX_SKEW_MS)} (${basic(now)} - 15 min.)`
    : `Signature not yet current: ${signed.timestamp} is still later than ${basic(now + MAX_SKEW_MS)} (${basic(now)} + 15 min.)`;
}

function timeOf(timestamp: string): number {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(timestamp);
  const Time = globalThis.Date;
  if (!match) {
    return Time.parse(timestamp);
  }
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [number, number, number, number, number, number];
  return Time.UTC(year, month - 1, day, hour, minute, second);
}

function signatureOf(request: WireRequest, signed: SignedRequest, secret: string): string {
  const { date, region, service } = signed.credential;
  const scope = `${date}/${region}/${service}/aws4_request`;
  const canonical = sha256(canonicalRequest(request, signed));
  const toSign = ['AWS4-HMAC-SHA256', signed.timestamp, scope, canonical].join('\n');
  const key = [date, region, service, 'aws4_request'].reduce<Buffer | string>((previous, part) => hmac(previous, part), `AWS4${secret}`);
  return hmac(key, toSign).toString('hex');
}

function canonicalRequest(request: WireRequest, signed: SignedRequest): string {
  const path = request.path
    .split('/')
    .map((part) => encodePart(part))
    .join('/');
  const query = [...request.query.entries()]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [encodePart(name), encodePart(value)] as const)
    .sort(([leftName, leftValue], [rightName, rightValue]) => compare(leftName, rightName) || compare(leftValue, rightValue))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
  const headers = signed.signedHeaders.map((name) => `${name}:${(request.headers[name] ?? '').trim().replaceAll(/\s+/g, ' ')}\n`).join('');
  const declared = request.headers['x-amz-content-sha256'];
  const payload =
    declared === 'UNSIGNED-PAYLOAD' || signed.expires !== undefined ? (declared ?? sha256(request.body)) : sha256(request.body);
  return [request.method, path === '' ? '/' : path, query, headers, signed.signedHeaders.join(';'), payload].join('\n');
}

function encodePart(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: Buffer | string, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}
