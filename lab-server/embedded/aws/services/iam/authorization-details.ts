// GetAccountAuthorizationDetails: every identity and policy of the account in one listing.
import type * as sdk from '@aws-sdk/client-iam';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { encoded } from './documents.ts';
import { groupsOfUser, shownGroup } from './groups.ts';
import { shownProfile } from './instance-profiles.ts';
import { awsPolicies } from './managed-policies.ts';
import { markedPage } from './pages.ts';
import { requirePolicy } from './policies.ts';
import { shownRole } from './roles.ts';
import { iamTables, type Permissions, type Policy } from './state.ts';
import { shownUser } from './users.ts';

type Detail =
  | { kind: 'User'; detail: Timestamped<sdk.UserDetail> }
  | { kind: 'Role'; detail: Timestamped<sdk.RoleDetail> }
  | { kind: 'Group'; detail: Timestamped<sdk.GroupDetail> }
  | { kind: 'Policy'; detail: Timestamped<sdk.ManagedPolicyDetail> };

function policiesOf({ attached, inline }: Permissions): { inlined: Timestamped<sdk.PolicyDetail>[]; managed: sdk.AttachedPolicy[] } {
  return {
    inlined: Object.entries(inline).map(([PolicyName, document]) => ({ PolicyName, PolicyDocument: encoded(document) })),
    managed: attached.map((PolicyArn) => ({ PolicyName: PolicyArn.split('/').at(-1), PolicyArn })),
  };
}

function policyDetail({ versions, ...policy }: Policy, call: Call): Timestamped<sdk.ManagedPolicyDetail> {
  const { roles, users, groups } = iamTables(call.tables);
  const prefix = `${scopeKey(call)}/`;
  const holders = [...roles.list(prefix), ...users.list(prefix), ...groups.list(prefix)].filter((one) =>
    one.attached.includes(policy.Arn ?? ''),
  );
  return {
    ...policy,
    AttachmentCount: holders.length,
    PolicyVersionList: versions.map((version) => ({ ...version, Document: encoded(version.Document ?? '') })),
  };
}

function details(filter: readonly string[] | undefined, call: Call): Detail[] {
  const tables = iamTables(call.tables);
  const prefix = `${scopeKey(call)}/`;
  const wants = (kind: string): boolean => filter === undefined || filter.length === 0 || filter.includes(kind);
  const users = tables.users.list(prefix).map((user): Detail => {
    const { inlined, managed } = policiesOf(user);
    const groups = groupsOfUser(user.UserName ?? '', call).map((group) => group.GroupName ?? '');
    return { kind: 'User', detail: { ...shownUser(user), UserPolicyList: inlined, GroupList: groups, AttachedManagedPolicies: managed } };
  });
  const groups = tables.groups.list(prefix).map((group): Detail => {
    const { inlined, managed } = policiesOf(group);
    return { kind: 'Group', detail: { ...shownGroup(group), GroupPolicyList: inlined, AttachedManagedPolicies: managed } };
  });
  const roles = tables.roles.list(prefix).map((role): Detail => {
    const { inlined, managed } = policiesOf(role);
    const profiles = tables.instanceProfiles.list(prefix).filter((profile) => profile.roleNames.includes(role.RoleName ?? ''));
    return {
      kind: 'Role',
      detail: {
        ...shownRole(role),
        InstanceProfileList: profiles.map((profile) => shownProfile(profile, call)),
        RolePolicyList: inlined,
        AttachedManagedPolicies: managed,
        RoleLastUsed: {},
      },
    };
  });
  const own = tables.policies.list(prefix).map((policy): Detail => ({ kind: 'Policy', detail: policyDetail(policy, call) }));
  const aws = awsPolicies().map((policy): Detail => ({ kind: 'Policy', detail: policyDetail(requirePolicy(policy.Arn, call), call) }));
  return [
    ...(wants('User') ? users : []),
    ...(wants('Group') ? groups : []),
    ...(wants('Role') ? roles : []),
    ...(wants('LocalManagedPolicy') ? own : []),
    ...(wants('AWSManagedPolicy') ? aws : []),
  ];
}

export const authorizationDetailOperations: Readonly<Record<string, Operation>> = {
  GetAccountAuthorizationDetails: operation<sdk.GetAccountAuthorizationDetailsRequest, sdk.GetAccountAuthorizationDetailsResponse>({
    handle: (input, call) => {
      const page = markedPage(details(input.Filter, call), input);
      return {
        UserDetailList: page.items.flatMap((one) => (one.kind === 'User' ? [one.detail] : [])),
        GroupDetailList: page.items.flatMap((one) => (one.kind === 'Group' ? [one.detail] : [])),
        RoleDetailList: page.items.flatMap((one) => (one.kind === 'Role' ? [one.detail] : [])),
        Policies: page.items.flatMap((one) => (one.kind === 'Policy' ? [one.detail] : [])),
        ...page.rest,
      };
    },
  }),
};
