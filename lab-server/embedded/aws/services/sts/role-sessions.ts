// Sessions of roles: whether a role trusts who asks for it, and the session that comes of it.
import { AwsError, deniedMessage } from '../../gateway/errors.ts';
import { GLOBAL_REGION } from '../../gateway/route.ts';
import { resourceSays } from '../iam/evaluation/decide.ts';
import type { Caller } from '../iam/evaluation/statements.ts';
import type { ConditionValues } from '../iam/evaluation/request.ts';
import { iamTables, newId, type Role } from '../iam/state.ts';
import { scopeKey } from '../scope.ts';
import type { AwsContext, Principal, Session } from '../service.ts';
import { issue, type Credentials } from './issue.ts';
import { roleOf } from './rules.ts';

export interface RoleSession {
  Credentials: Credentials;
  AssumedRoleUser: { AssumedRoleId: string; Arn: string };
}

export function findRole(arn: string, context: Pick<AwsContext, 'tables'>): Role | undefined {
  const { account, name } = roleOf(arn);
  const role = iamTables(context.tables).roles.get(scopeKey({ account, region: GLOBAL_REGION }, name));
  return role?.Arn === arn ? role : undefined;
}

/** The identity that a session of a role has. */
export function sessionPrincipal(role: Role, sessionName: string, session: Omit<Session, 'kind' | 'of'>): Principal {
  const { account, name } = roleOf(role.Arn ?? '');
  return {
    account,
    arn: `arn:aws:sts::${account}:assumed-role/${name}/${sessionName}`,
    userId: `${role.RoleId ?? ''}:${sessionName}`,
    accessKeyId: '',
    isRoot: false,
    session: { kind: 'role', of: role.Arn ?? '', ...session },
  };
}

export function openSession(
  role: Role,
  wanted: { sessionName: string; seconds: number; session: Omit<Session, 'kind' | 'of'> },
  context: AwsContext,
): RoleSession {
  const principal = sessionPrincipal(role, wanted.sessionName, wanted.session);
  const { account, arn, userId, session } = principal;
  return {
    Credentials: issue({ account, arn, userId, session: session as Session }, wanted.seconds, context),
    AssumedRoleUser: { AssumedRoleId: userId, Arn: arn },
  };
}

/** What a role's trust policy says of a caller. */
export function trustSays(
  role: Role,
  action: string,
  caller: { direct: Caller; account: Caller },
  values: ConditionValues,
): ReturnType<typeof resourceSays> {
  return resourceSays({ document: role.AssumeRolePolicyDocument ?? '', ...caller }, { action, resource: role.Arn ?? '', values });
}

/** A refusal that does not tell a role that is missing from one that is forbidden. */
export function notAuthorized(who: string, action: string, roleArn: string, reason = ''): AwsError {
  return new AwsError('AccessDenied', deniedMessage(who, action, roleArn, reason), { status: 403 });
}

/** A role that is on record, or with --any-credentials one that a suite only names. */
export function namedRole(arn: string, context: AwsContext): Role | undefined {
  const known = findRole(arn, context);
  if (known || !context.takesPlaceholders) {
    return known;
  }
  return {
    Path: '/',
    RoleName: roleOf(arn).name,
    RoleId: newId('AROA'),
    Arn: arn,
    CreateDate: context.clock.now(),
    attached: [],
    inline: {},
  };
}
