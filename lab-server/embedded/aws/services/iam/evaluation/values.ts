// Condition keys that every request has (IAM user guide, "AWS global condition context keys").
import type { Principal } from '../../service.ts';
import { identityOf } from './principal-policies.ts';
import type { Tables } from '../../../state/tables.ts';
import type { ConditionValues } from './request.ts';

/** What is known of a request beside who makes it. */
export interface Circumstances {
  region: string;
  sourceAddress: string;
  now: number;
  input: Readonly<Record<string, unknown>>;
  isSecure?: boolean;
}

export function conditionValues(principal: Principal, tables: Tables, circumstances: Circumstances): ConditionValues {
  const identity = identityOf(principal, tables);
  const { session } = principal;
  const tags = { ...Object.fromEntries((identity?.Tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? ''])), ...session?.tags };
  const requested = requestTags(circumstances.input);
  const keys = [...Object.keys(requested), ...tagKeys(circumstances.input)];
  return {
    'aws:principalarn': session?.kind === 'role' ? session.of : principal.arn,
    'aws:principalaccount': principal.account,
    'aws:principaltype': principal.isRoot
      ? 'Account'
      : session?.kind === 'role'
        ? 'AssumedRole'
        : session?.kind === 'federated'
          ? 'FederatedUser'
          : 'User',
    'aws:userid': principal.userId,
    ...(identity && 'UserName' in identity ? { 'aws:username': identity.UserName ?? '' } : {}),
    ...(session?.sourceIdentity === undefined ? {} : { 'aws:sourceidentity': session.sourceIdentity }),
    ...(session ? { 'aws:multifactorauthpresent': String(session.hasMfa ?? false) } : {}),
    'aws:currenttime': new globalThis.Date(circumstances.now).toISOString(),
    'aws:epochtime': String(Math.floor(circumstances.now / 1000)),
    'aws:sourceip': circumstances.sourceAddress,
    'aws:securetransport': String(circumstances.isSecure ?? true),
    'aws:requestedregion': circumstances.region,
    'aws:resourceaccount': principal.account,
    'aws:viaawsservice': 'false',
    'aws:principalisawsservice': 'false',
    ...prefixed('aws:principaltag/', tags),
    ...prefixed('aws:requesttag/', requested),
    ...(keys.length > 0 ? { 'aws:tagkeys': [...new Set(keys)] } : {}),
  };
}

/** `{ team: 'a' }` as `{ 'aws:requesttag/team': 'a' }`. */
export function prefixed(prefix: string, tags: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [`${prefix}${key.toLowerCase()}`, value]));
}

/** Tags that a request would set, in any of the forms that services have. */
function requestTags(input: Readonly<Record<string, unknown>>): Record<string, string> {
  const found: Record<string, string> = {};
  const read = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const item of value as unknown[]) {
        const { Key, key, Value, value: lower, Tags } = (item ?? {}) as Record<string, unknown>;
        const name = Key ?? key;
        if (typeof name === 'string') {
          found[name] = textOf(Value ?? lower);
        }
        read(Tags);
      }
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, text] of Object.entries(value)) {
        found[name] = textOf(text);
      }
    }
  };
  read(input['Tags'] ?? input['tags']);
  read(input['TagSpecifications']);
  return found;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function tagKeys(input: Readonly<Record<string, unknown>>): string[] {
  const keys = input['TagKeys'] ?? input['tagKeys'];
  return Array.isArray(keys) ? (keys as unknown[]).filter((key) => typeof key === 'string') : [];
}
