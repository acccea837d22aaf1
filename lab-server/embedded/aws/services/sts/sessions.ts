// Temporary credentials for whoever has credentials: of a role, of the caller itself, of somebody whom the caller vouches for.
import type * as sdk from '@aws-sdk/client-sts';
import { AwsError } from '../../gateway/errors.ts';
import { callerOf } from '../iam/evaluation/principal-policies.ts';
import { conditionValues } from '../iam/evaluation/values.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { issue } from './issue.ts';
import { namedRole, notAuthorized, openSession, trustSays } from './role-sessions.ts';
import { checkDuration, checkName, HOUR, roleOf, sessionPolicies, sessionTags } from './rules.ts';

const LONGEST = 12 * HOUR;
const LONGEST_TOKEN = 36 * HOUR;
const LONGEST_NAME = 64;
const LONGEST_FEDERATED_NAME = 32;

type AssumeInput = Timestamped<sdk.AssumeRoleRequest>;

/** The trust policy and the caller's own policies, as AWS weighs them. Throws AccessDenied. */
function checkTrust(input: AssumeInput, call: Call): void {
  const arn = input.RoleArn ?? '';
  const { principal } = call;
  const role = namedRole(arn, call);
  if (!role) {
    throw notAuthorized(principal.arn, 'sts:AssumeRole', arn);
  }
  if (call.takesPlaceholders) {
    return;
  }
  const facts = { region: call.region, sourceAddress: call.sourceAddress, now: call.clock.now(), input };
  const values = {
    ...conditionValues(principal, call.tables, facts),
    'sts:rolesessionname': input.RoleSessionName ?? '',
    ...(input.ExternalId === undefined ? {} : { 'sts:externalid': input.ExternalId }),
    ...(input.SourceIdentity === undefined ? {} : { 'sts:sourceidentity': input.SourceIdentity }),
  };
  const trust = trustSays(role, 'sts:AssumeRole', callerOf(principal), values);
  const isSameAccount = roleOf(arn).account === principal.account;
  if (trust === 'deny' || trust === 'nothing') {
    throw notAuthorized(principal.arn, 'sts:AssumeRole', arn);
  }
  // Within an account, a role that names the caller itself is enough; else the caller's own policies must allow it too.
  if (trust === 'delegate' || !isSameAccount) {
    const reason = call.refusal(principal, { action: 'sts:AssumeRole', resource: arn, values }, { input, region: call.region });
    if (reason !== undefined) {
      throw notAuthorized(principal.arn, 'sts:AssumeRole', arn, reason);
    }
  }
}

function assumeRole(input: AssumeInput, call: Call): Timestamped<Omit<sdk.AssumeRoleResponse, '$metadata'>> {
  const sessionName = input.RoleSessionName ?? '';
  checkName(sessionName, 'roleSessionName', 2, LONGEST_NAME);
  const seconds = checkDuration(input.DurationSeconds ?? HOUR, LONGEST);
  const policies = sessionPolicies(input, call);
  const tags = sessionTags(input.Tags);
  checkTrust(input, call);
  const role = namedRole(input.RoleArn ?? '', call);
  if (!role) {
    throw notAuthorized(call.principal.arn, 'sts:AssumeRole', input.RoleArn ?? '');
  }
  const isChained = call.principal.session?.kind === 'role';
  if (isChained && seconds > HOUR && !call.takesPlaceholders) {
    throw new AwsError(
      'ValidationError',
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    );
  }
  if (seconds > (role.MaxSessionDuration ?? HOUR)) {
    throw new AwsError('ValidationError', 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
  }
  const inherited = call.principal.session;
  const transitive = Object.fromEntries((inherited?.transitiveTagKeys ?? []).map((key) => [key, inherited?.tags[key] ?? '']));
  const session = {
    ...policies,
    tags: { ...tags, ...transitive },
    transitiveTagKeys: [...(input.TransitiveTagKeys ?? []), ...(inherited?.transitiveTagKeys ?? [])],
    sourceIdentity: input.SourceIdentity ?? inherited?.sourceIdentity,
    hasMfa: input.SerialNumber !== undefined,
  };
  const opened = openSession(role, { sessionName, seconds, session }, call);
  return {
    ...opened,
    ...(input.SourceIdentity === undefined ? {} : { SourceIdentity: input.SourceIdentity }),
    ...(policies.policies.length > 0 ? { PackedPolicySize: packedSize(policies.policies) } : {}),
  };
}

const LONGEST_PACKED = 2048;

/** Per cent of the room for packed session policies; ours are not packed. */
function packedSize(policies: readonly string[]): number {
  const length = policies.reduce((sum, policy) => sum + policy.length, 0);
  return Math.max(1, Math.round((length / LONGEST_PACKED) * 100));
}

export const sessionOperations: Readonly<Record<string, Operation>> = {
  // Its permission is weighed together with the role's trust policy.
  AssumeRole: operation<sdk.AssumeRoleRequest, sdk.AssumeRoleResponse>({ authorize: () => [], handle: assumeRole }),
  GetSessionToken: operation<sdk.GetSessionTokenRequest, sdk.GetSessionTokenResponse>({
    authorize: () => [],
    handle: (input, call) => {
      const { principal } = call;
      if (principal.session && !call.takesPlaceholders) {
        throw new AwsError('AccessDenied', 'Cannot call GetSessionToken with session credentials', { status: 403 });
      }
      const seconds = checkDuration(input.DurationSeconds ?? LONGEST, LONGEST_TOKEN);
      const { account, arn, userId } = principal;
      const session = { kind: 'user', of: arn, policies: [], policyArns: [], tags: {}, hasMfa: input.SerialNumber !== undefined } as const;
      return { Credentials: issue({ account, arn, userId, session }, seconds, call) };
    },
  }),
  GetFederationToken: operation<sdk.GetFederationTokenRequest, sdk.GetFederationTokenResponse>({
    authorize: (input, call) => [
      { action: 'sts:GetFederationToken', resource: `arn:aws:sts::${call.account}:federated-user/${input.Name ?? ''}` },
    ],
    handle: (input, call) => {
      const { principal } = call;
      if (principal.session && !call.takesPlaceholders) {
        throw new AwsError('AccessDenied', 'Cannot call GetFederationToken with session credentials', { status: 403 });
      }
      const name = input.Name ?? '';
      checkName(name, 'name', 2, LONGEST_FEDERATED_NAME);
      const seconds = checkDuration(input.DurationSeconds ?? LONGEST, LONGEST_TOKEN);
      const { policies, policyArns } = sessionPolicies(input, call);
      const arn = `arn:aws:sts::${call.account}:federated-user/${name}`;
      const userId = `${call.account}:${name}`;
      // A token without policies allows nothing that the caller's own policies allow.
      const narrowed = policies.length + policyArns.length > 0 ? policies : ['{}'];
      const session = { kind: 'federated', of: principal.arn, policies: narrowed, policyArns, tags: sessionTags(input.Tags) } as const;
      return {
        Credentials: issue({ account: call.account, arn, userId, session }, seconds, call),
        FederatedUser: { FederatedUserId: userId, Arn: arn },
        ...(policies.length > 0 ? { PackedPolicySize: packedSize(policies) } : {}),
      };
    },
  }),
};
