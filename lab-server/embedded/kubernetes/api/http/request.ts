// One request on its way through the handlers, and the answer they give.
import type { IncomingMessage } from 'node:http';
import type { ApiCore, User, WriteContext } from '../core.ts';
import type { Resource } from '../registry.ts';
import { isTrue, type RequestInfo } from '../request-info.ts';
import { badRequest } from '../errors.ts';

export interface ApiRequest {
  readonly core: ApiCore;
  readonly message: IncomingMessage;
  readonly info: RequestInfo;
  readonly query: URLSearchParams;
  readonly user: User;
  /** Texts of Warning headers that the answer will carry. */
  readonly warnings: string[];
}

/** A request for a served kind. */
export interface ResourceRequest extends ApiRequest {
  readonly resource: Resource;
}

export interface Answer {
  code: number;
  /** An object is sent as JSON, or as the client negotiated; a text or bytes as they are. */
  body: object | string;
  contentType?: string;
  headers?: Readonly<Record<string, string>>;
  /** Whether the answer tells of a write, which must be durable first. */
  isWrite?: boolean;
}

/** Longest name of a field manager; longer ones are refused by validation. */
const MANAGER_LENGTH = 128;

/** The circumstances of a write, from the request's query and headers. */
export function writeContext(request: ApiRequest): WriteContext {
  return {
    user: request.user,
    fieldManager: fieldManagerOf(request),
    dryRun: isDryRun(request.query),
    warn: (text) => request.warnings.push(text),
  };
}

function fieldManagerOf({ query, message }: ApiRequest): string {
  const asked = query.get('fieldManager');
  if (asked) {
    if (asked.length > MANAGER_LENGTH) {
      throw badRequest(`fieldManager: Too long: may not be more than ${MANAGER_LENGTH} bytes`);
    }
    return asked;
  }
  const agent = (message.headers['user-agent'] ?? '').split('/')[0] ?? '';
  // oxlint-disable-next-line no-control-regex -- the server keeps printable characters alone
  return agent.replaceAll(/[\u0000-\u001F\u007F]/g, '').slice(0, MANAGER_LENGTH) || 'unknown';
}

export function isDryRun(query: URLSearchParams): boolean {
  const values = query.getAll('dryRun').filter((value) => value !== '');
  for (const value of values) {
    if (value !== 'All') {
      throw badRequest(`dryRun: Unsupported value: ${JSON.stringify(value)}: supported values: "All"`);
    }
  }
  return values.length > 0;
}

export function isPretty({ query, message }: ApiRequest): boolean {
  const asked = query.get('pretty');
  return asked !== null ? isTrue(asked) : /^(curl|Wget|Mozilla)\//.test(message.headers['user-agent'] ?? '');
}

/** RFC 7234's form; the text must be printable. */
export function warningHeader(text: string): string {
  const printable = text
    .replaceAll(/[^\u0020-\u007E]/g, '?')
    .replaceAll('\\', '\\\\')
    .replaceAll('"', String.raw`\"`);
  return `299 - "${printable}"`;
}
