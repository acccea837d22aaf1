// Policy documents: read at the border by the grammar of the IAM user guide, kept as the text that they came in.
import { z } from 'zod';
import { malformedPolicy, validation } from './errors.ts';

const oneOrMore = z.union([z.string(), z.array(z.string())]);
const statement = z
  .object({
    Effect: z.enum(['Allow', 'Deny']),
    Action: oneOrMore.optional(),
    NotAction: oneOrMore.optional(),
    Resource: oneOrMore.optional(),
    NotResource: oneOrMore.optional(),
    Principal: z.union([z.literal('*'), z.record(z.string(), oneOrMore)]).optional(),
  })
  .loose();
const document = z
  .object({
    Version: z.enum(['2012-10-17', '2008-10-17']).optional(),
    Statement: z.union([statement, z.array(statement)]),
  })
  .loose();

const NAME = /^[\w+=,.@-]{1,128}$/;

/** Throws MalformedPolicyDocument for a document that IAM would not take. */
export function checkDocument(text: string | undefined, kind: 'trust' | 'permissions'): void {
  let json: unknown;
  try {
    json = JSON.parse(text ?? '');
  } catch {
    throw malformedPolicy(kind === 'trust' ? 'This policy contains invalid Json' : 'Syntax errors in policy.');
  }
  const parsed = document.safeParse(json);
  if (!parsed.success) {
    throw malformedPolicy('Syntax errors in policy.');
  }
  const statements = [parsed.data.Statement].flat();
  for (const { Action, NotAction, Resource, NotResource, Principal } of statements) {
    if (Action === undefined && NotAction === undefined) {
      throw malformedPolicy('Policy statement must contain actions.');
    }
    if (kind === 'trust' && Principal === undefined) {
      throw malformedPolicy('Missing required field Principal');
    }
    if (kind === 'trust' && (Resource !== undefined || NotResource !== undefined)) {
      throw malformedPolicy('Has prohibited field Resource');
    }
    if (kind === 'permissions' && Principal !== undefined) {
      throw malformedPolicy('Policy document should not specify a principal.');
    }
    if (kind === 'permissions' && Resource === undefined && NotResource === undefined) {
      throw malformedPolicy('Policy statement must contain resources.');
    }
  }
}

/** Documents leave IAM percent-encoded (RFC 3986). */
export function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

export function checkName(name: string | undefined, member: string): string {
  if (name === undefined || !NAME.test(name)) {
    throw validation(
      `The specified value for ${member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-`,
    );
  }
  return name;
}

export function checkPath(path: string | undefined): string {
  const given = path ?? '/';
  if (!/^\/(?:[\u0021-\u007e]+\/)?$/.test(given)) {
    throw validation(
      'The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.',
    );
  }
  return given;
}
