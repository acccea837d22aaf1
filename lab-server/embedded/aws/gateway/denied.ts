// A call that policies do not allow, as the service's protocol answers it.
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Protocol } from '../model/model.ts';
import type { Authorization, Principal } from '../services/service.ts';
import { accessDenied, AwsError, deniedMessage } from './errors.ts';

/** The error of a refusal; `reason` as AwsContext.refusal words it. */
export function denied(protocol: Protocol, principal: Principal, { action, resource }: Authorization, reason: string): AwsError {
  const message = deniedMessage(principal.arn, action, resource, reason);
  switch (protocol) {
    case 'query':
      return new AwsError('AccessDenied', message, { status: 403 });
    case 'ec2':
      return new AwsError(
        'UnauthorizedOperation',
        `You are not authorized to perform this operation. ${message}. Encoded authorization failure message: ${encodeMessage(principal, action, resource, reason)}`,
        { status: 403 },
      );
    case 'rest-json':
      return new AwsError('AccessDeniedException', message, { status: 403 });
    default:
      return accessDenied(principal.arn, action, resource, reason);
  }
}

/** What sts:DecodeAuthorizationMessage gives back, packed. */
function encodeMessage(principal: Principal, action: string, resource: string, reason: string): string {
  const facts = {
    allowed: false,
    explicitDeny: reason.startsWith('with an explicit deny'),
    matchedStatements: { items: [] },
    failures: { items: [] },
    context: { principal: { id: principal.userId, arn: principal.arn }, action, resource, conditions: { items: [] } },
  };
  return deflateRawSync(JSON.stringify(facts)).toString('base64url');
}

const LONGEST_MESSAGE = 100_000;

/** The JSON in an encoded message; undefined for what is none of ours. */
export function decodeMessage(encoded: string): string | undefined {
  try {
    const text = inflateRawSync(Buffer.from(encoded, 'base64url'), { maxOutputLength: LONGEST_MESSAGE }).toString('utf8');
    JSON.parse(text);
    return text;
  } catch {
    return undefined;
  }
}
