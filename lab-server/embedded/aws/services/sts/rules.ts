// What STS asks of the members that its actions share.
import { AwsError } from '../../gateway/errors.ts';
import { checkDocument } from '../iam/documents.ts';
import { parseArn } from '../scope.ts';
import type { Call } from '../service.ts';

export const SHORTEST = 900;
export const HOUR = 3600;
const SESSION_NAME = /^[\w+=,.@-]*$/;
const LONGEST_POLICY = 2048;
const MOST_TAGS = 50;
const MOST_POLICY_ARNS = 10;

function broken(value: string, member: string, rule: string): AwsError {
  return new AwsError(
    'ValidationError',
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: ${rule}`,
  );
}

export function checkName(name: string, member: string, shortest: number, longest: number): void {
  if (name.length > longest) {
    throw broken(name, member, `Member must have length less than or equal to ${longest}`);
  }
  if (name.length < shortest) {
    throw broken(name, member, `Member must have length greater than or equal to ${shortest}`);
  }
  if (!SESSION_NAME.test(name)) {
    throw broken(name, member, String.raw`Member must satisfy regular expression pattern: [\w+=,.@-]*`);
  }
}

/** Throws ValidationError when `seconds` is outside what STS takes. */
export function checkDuration(seconds: number, longest: number): number {
  if (seconds < SHORTEST || seconds > longest) {
    const rule = seconds < SHORTEST ? `greater than or equal to ${SHORTEST}` : `less than or equal to ${longest}`;
    throw broken(String(seconds), 'durationSeconds', `Member must have value ${rule}`);
  }
  return seconds;
}

/** The session's own policies, checked. */
export function sessionPolicies(
  input: { Policy?: string; PolicyArns?: { arn?: string }[] },
  call: Call,
): { policies: string[]; policyArns: string[] } {
  if (input.Policy !== undefined) {
    if (input.Policy.length > LONGEST_POLICY) {
      throw broken(input.Policy, 'policy', `Member must have length less than or equal to ${LONGEST_POLICY}`);
    }
    if (!call.takesPlaceholders) {
      checkDocument(input.Policy, 'permissions');
    }
  }
  if ((input.PolicyArns?.length ?? 0) > MOST_POLICY_ARNS) {
    throw broken(String(input.PolicyArns?.length), 'policyArns', `Member must have length less than or equal to ${MOST_POLICY_ARNS}`);
  }
  return { policies: input.Policy === undefined ? [] : [input.Policy], policyArns: (input.PolicyArns ?? []).map(({ arn = '' }) => arn) };
}

export function sessionTags(tags: { Key?: string; Value?: string }[] | undefined): Record<string, string> {
  if ((tags?.length ?? 0) > MOST_TAGS) {
    throw broken(String(tags?.length), 'tags', `Member must have length less than or equal to ${MOST_TAGS}`);
  }
  const keys = (tags ?? []).map((tag) => (tag.Key ?? '').toLowerCase());
  if (new Set(keys).size < keys.length) {
    throw new AwsError('InvalidParameterValue', 'Duplicate tag keys found. Please note that Tag keys are case insensitive.');
  }
  return Object.fromEntries((tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? '']));
}

/** Account and name of a role's ARN. Throws ValidationError. */
export function roleOf(arn: string): { account: string; name: string } {
  const parsed = parseArn(arn);
  if (!parsed || parsed.service !== 'iam' || !parsed.resource.startsWith('role/')) {
    throw new AwsError('ValidationError', `${arn} is invalid`);
  }
  return { account: parsed.account, name: parsed.resource.split('/').at(-1) ?? '' };
}
