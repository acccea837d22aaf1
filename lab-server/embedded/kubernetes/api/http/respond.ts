// Writes answers: JSON by default, pretty where a person asks, with the headers that the real server sends.
import { randomUUID } from 'node:crypto';
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { type ApiError, internalError, isApiError } from '../errors.ts';
import { type Answer, type ApiRequest, isPretty, warningHeader } from './request.ts';

export function respond(request: ApiRequest | undefined, response: ServerResponse, answer: Answer): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const body = bodyText(request, answer);
  const headers: OutgoingHttpHeaders = {
    'audit-id': randomUUID(),
    'cache-control': 'no-cache, private',
    'content-type': answer.contentType ?? 'application/json',
    'content-length': Buffer.byteLength(body),
    ...answer.headers,
  };
  if (request && request.warnings.length > 0) {
    response.setHeader('warning', [...new Set(request.warnings)].map(warningHeader));
  }
  response.writeHead(answer.code, headers);
  response.end(body);
}

function bodyText(request: ApiRequest | undefined, { body }: Answer): string | Buffer {
  if (Buffer.isBuffer(body)) {
    return body;
  }
  const pretty = request !== undefined && isPretty(request);
  if (typeof body === 'string') {
    return pretty && body.startsWith('{') ? JSON.stringify(JSON.parse(body), undefined, 2) : body;
  }
  return `${JSON.stringify(body, undefined, pretty ? 2 : undefined)}\n`;
}

/** The answer to a request that failed. Anything that is not a refusal is a bug, which `report` is told of. */
export function failure(error: unknown, report: (error: unknown) => void): Answer {
  if (!isApiError(error)) {
    report(error);
  }
  const refusal: ApiError = isApiError(error) ? error : internalError(error instanceof Error ? error.message : String(error));
  return {
    code: refusal.code,
    body: refusal.status(),
    ...(refusal.retryAfterSeconds !== undefined && { headers: { 'retry-after': String(refusal.retryAfterSeconds) } }),
  };
}
