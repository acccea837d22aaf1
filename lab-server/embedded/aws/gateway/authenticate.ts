// Who makes a request: its signature against the keys of the endpoint.
import { AwsError } from './errors.ts';
import { accessKeys, noteUse, principalOf, type AccessKey } from './credentials.ts';
import { readSignature, verifySignature, type Credential } from './sigv4.ts';
import type { WireRequest } from './protocols/protocol.ts';
import type { Principal } from '../services/service.ts';
import type { Tables } from '../state/tables.ts';

export interface Authentication {
  principal: Principal;
  credential: Credential;
}

/** How strict the gateway is with signatures. `any` is for other people's test suites: every key is taken, nothing is verified. */
export type CredentialPolicy = { mode: 'verified' } | { mode: 'any'; account: string };

/** Operations that may come without a signature, as AWS takes them. */
const UNSIGNED = new Set(['AssumeRoleWithWebIdentity', 'AssumeRoleWithSAML']);

/**
 * Verifies a request. Throws AwsError: MissingAuthenticationToken, InvalidClientTokenId or UnrecognizedClientException (unknown key; the query protocols
 * use the former), ExpiredToken, SignatureDoesNotMatch, IncompleteSignature.
 */
export function authenticate(
  request: WireRequest,
  operation: string | undefined,
  tables: Tables,
  policy: CredentialPolicy,
  now: number,
): Authentication | undefined {
  const signed = readSignature(request);
  if (!signed) {
    if (operation !== undefined && UNSIGNED.has(operation)) {
      return undefined;
    }
    throw new AwsError('MissingAuthenticationToken', 'Missing Authentication Token', { status: 403 });
  }
  const { credential } = signed;
  const key = accessKeys(tables).get(credential.accessKeyId);
  if (key) {
    const use = { at: now, service: credential.service, region: credential.region };
    noteUse(tables, key.accessKeyId, use);
    if (key.session?.kind === 'role') {
      noteUse(tables, key.session.of, use);
    }
  }
  if (policy.mode === 'any') {
    return { principal: key ? principalOf(key) : anyone(policy.account, credential.accessKeyId), credential };
  }
  if (!key || key.status === 'Inactive') {
    throw unknownKey(request);
  }
  verifyToken(key, signed.securityToken, request, now);
  verifySignature(request, signed, key.secretAccessKey, now);
  return { principal: principalOf(key), credential };
}

function verifyToken(key: AccessKey, token: string | undefined, request: WireRequest, now: number): void {
  if (key.sessionToken !== token) {
    throw unknownKey(request);
  }
  if (key.expiresAt !== undefined && now >= key.expiresAt) {
    throw new AwsError(
      isQuery(request) ? 'ExpiredToken' : 'ExpiredTokenException',
      'The security token included in the request is expired',
      {
        status: isQuery(request) ? 403 : 400,
      },
    );
  }
}

function unknownKey(request: WireRequest): AwsError {
  return isQuery(request)
    ? new AwsError('InvalidClientTokenId', 'The security token included in the request is invalid.', { status: 403 })
    : new AwsError('UnrecognizedClientException', 'The security token included in the request is invalid.', { status: 400 });
}

function isQuery(request: WireRequest): boolean {
  return request.headers['x-amz-target'] === undefined;
}

function anyone(account: string, accessKeyId: string): Principal {
  return { account, arn: `arn:aws:iam::${account}:root`, userId: account, accessKeyId, isRoot: true };
}
