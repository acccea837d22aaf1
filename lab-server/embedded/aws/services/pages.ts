// Pages of a listing: an opaque token that says where the next one begins.
import { AwsError } from '../gateway/errors.ts';

export interface Page<T> {
  items: T[];
  nextToken: string | undefined;
}

/**
 * The page of `items` that follows `token`, with at most `limit` items. The order of `items` must be stable.
 * Throws `invalid` (default InvalidParameterException) when the token is not one of ours.
 */
export function pageOf<T>(
  items: readonly T[],
  token: string | undefined,
  limit: number,
  invalid: () => AwsError = () => new AwsError('InvalidParameterException', 'Invalid token in the request.'),
): Page<T> {
  const start = token === undefined ? 0 : positionOf(token, invalid);
  const end = start + limit;
  return { items: items.slice(start, end), nextToken: end < items.length ? tokenOf(end) : undefined };
}

function tokenOf(position: number): string {
  return Buffer.from(`page:${position}`).toString('base64url');
}

function positionOf(token: string, invalid: () => AwsError): number {
  const match = /^page:(\d+)$/.exec(Buffer.from(token, 'base64url').toString('utf8'));
  if (!match) {
    throw invalid();
  }
  return Number(match[1]);
}
