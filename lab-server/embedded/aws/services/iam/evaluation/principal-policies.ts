// The policies that a caller has: its own and its groups', its boundary, and those of its session.
import type { Tables } from '../../../state/tables.ts';
import { GLOBAL_REGION } from '../../../gateway/route.ts';
import { scopeKey } from '../../scope.ts';
import type { Principal } from '../../service.ts';
import { awsPolicy } from '../managed-policies.ts';
import { iamTables, type Permissions, type Role, type User } from '../state.ts';
import type { BearingPolicies } from './decide.ts';
import type { Caller } from './statements.ts';

type Identity = (User | Role) & Permissions;

/** The user or role behind a caller: a session's is the one that it was made from. Undefined for the root and for who is gone. */
export function identityOf(principal: Principal, tables: Tables): Identity | undefined {
  const arn = principal.session?.of ?? principal.arn;
  const [, kind, path] = /^arn:aws[a-z-]*:iam::\d{12}:(user|role)\/(.+)$/.exec(arn) ?? [];
  const key = scopeKey({ account: principal.account, region: GLOBAL_REGION }, path?.split('/').at(-1) ?? '');
  const { users, roles } = iamTables(tables);
  const found = kind === 'user' ? users.get(key) : kind === 'role' ? roles.get(key) : undefined;
  return found?.Arn === arn ? found : undefined;
}

export function policiesOf(principal: Principal, tables: Tables): BearingPolicies {
  const identity = identityOf(principal, tables);
  const account = { account: principal.account, region: GLOBAL_REGION };
  const documentsOf = (one: Permissions): string[] => [
    ...Object.values(one.inline),
    ...one.attached.flatMap((arn) => documentOf(arn, account, tables) ?? []),
  ];
  const groups =
    identity && 'UserName' in identity
      ? iamTables(tables)
          .groups.list(`${scopeKey(account)}/`)
          .filter((group) => group.userNames.includes(identity.UserName ?? ''))
      : [];
  const boundary = identity?.PermissionsBoundary?.PermissionsBoundaryArn;
  const { session } = principal;
  return {
    identity: [...(identity ? documentsOf(identity) : []), ...groups.flatMap(documentsOf)],
    // A boundary whose policy is gone allows nothing.
    ...(boundary === undefined ? {} : { boundary: documentOf(boundary, account, tables) ?? '' }),
    ...(session && session.policies.length + session.policyArns.length > 0
      ? { session: [...session.policies, ...session.policyArns.flatMap((arn) => documentOf(arn, account, tables) ?? [])] }
      : {}),
  };
}

function documentOf(arn: string, account: { account: string; region: string }, tables: Tables): string | undefined {
  const policy = iamTables(tables).policies.get(scopeKey(account, arn));
  return awsPolicy(arn)?.document ?? policy?.versions.find((version) => version.VersionId === policy.DefaultVersionId)?.Document;
}

/** How policies of resources may name a caller: directly, or through its account. */
export function callerOf(principal: Principal): { direct: Caller; account: Caller } {
  const { session, arn, account } = principal;
  return {
    direct: { AWS: [arn, ...(session ? [session.of] : [])] },
    account: { AWS: [account, `arn:aws:iam::${account}:root`] },
  };
}
