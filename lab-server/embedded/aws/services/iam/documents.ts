// Names and paths of IAM's resources, and policy documents on their way in and out.
import type { Call } from '../service.ts';
import { malformedPolicy, validation } from './errors.ts';
import { checkPermissions, checkTrust } from './policy-grammar.ts';

const NAME = /^[\w+=,.@-]{1,128}$/;

/** Throws MalformedPolicyDocument for a document that IAM would not take. */
export function checkDocument(text: string | undefined, kind: 'trust' | 'permissions'): void {
  const json = parsed(text ?? '');
  if (json === undefined) {
    throw malformedPolicy(kind === 'trust' ? 'This policy contains invalid Json' : 'Syntax errors in policy.');
  }
  if (kind === 'trust') {
    checkTrust(json);
  } else {
    checkPermissions(json);
  }
}

/** Whether a text is a document with statements at all. Suites for other emulators write placeholders where a trust policy belongs. */
export function hasStatements(text: string | undefined): boolean {
  const json = parsed(text ?? '');
  return typeof json === 'object' && json !== null && 'Statement' in json;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Documents leave IAM percent-encoded (RFC 3986). */
export function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

export function checkName(name: string | undefined, member: string, longest = 128): string {
  if (name === undefined || !NAME.test(name)) {
    throw validation(
      `The specified value for ${member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-`,
    );
  }
  if (name.length > longest) {
    throw validation(
      `1 validation error detected: Value '${name}' at '${member}' failed to satisfy constraint: Member must have length less than or equal to ${longest}`,
    );
  }
  return name;
}

/** The path, checked. Suites for other emulators leave slashes out, which `call` tells. */
export function pathOf(path: string | undefined, call: Pick<Call, 'takesPlaceholders'>): string {
  return call.takesPlaceholders && path !== undefined && path !== '' ? path : checkPath(path);
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
