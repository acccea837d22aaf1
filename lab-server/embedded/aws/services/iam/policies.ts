// Managed policies with their versions.
import type * as sdk from '@aws-sdk/client-iam';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { checkDocument, checkName, checkPath, encoded } from './documents.ts';
import { alreadyExists, deleteConflict, limitExceeded, noSuchEntity, validation } from './errors.ts';
import { awsPolicies, awsPolicy } from './managed-policies.ts';
import { markedPage } from './pages.ts';
import { iamTables, newId, type Permissions, type Policy } from './state.ts';
import { checkTags, tagOperations } from './tags.ts';

const MAX_VERSIONS = 5;

type Shown = Timestamped<sdk.Policy>;

/** The customer's policy of that ARN. Throws NoSuchEntity. */
function requireOwn(arn: string | undefined, call: Call): Policy {
  const policy = iamTables(call.tables).policies.get(scopeKey(call, arn ?? ''));
  if (!policy) {
    throw noSuchEntity(`Policy ${arn ?? ''} was not found.`);
  }
  return policy;
}

/** Any policy of that ARN, AWS's too, with its versions; undefined when there is none. */
export function findPolicy(arn: string, call: Call): Policy | undefined {
  const own = awsPolicy(arn);
  if (!own) {
    return iamTables(call.tables).policies.get(scopeKey(call, arn));
  }
  const { document, ...policy } = own;
  return {
    ...policy,
    versions: [{ VersionId: policy.DefaultVersionId, IsDefaultVersion: true, Document: document, CreateDate: policy.CreateDate }],
  };
}

/** The same. Throws NoSuchEntity. */
export function requirePolicy(arn: string | undefined, call: Call): Policy {
  return findPolicy(arn ?? '', call) ?? requireOwn(arn, call);
}

/** How often each policy is attached, and how often it bounds; counted once for a whole listing. */
function usage(call: Call): { attached: Map<string, number>; bounds: Map<string, number> } {
  const { roles, users, groups } = iamTables(call.tables);
  const prefix = `${scopeKey(call)}/`;
  const bounded = [...roles.list(prefix), ...users.list(prefix)];
  const count = (arns: readonly string[]): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const arn of arns) {
      counts.set(arn, (counts.get(arn) ?? 0) + 1);
    }
    return counts;
  };
  return {
    attached: count([...bounded, ...groups.list(prefix)].flatMap((one) => one.attached)),
    bounds: count(bounded.flatMap((one) => one.PermissionsBoundary?.PermissionsBoundaryArn ?? [])),
  };
}

function shown({ versions: _versions, ...policy }: Policy, call: Call, counts = usage(call)): Shown {
  return {
    ...policy,
    AttachmentCount: counts.attached.get(policy.Arn ?? '') ?? 0,
    PermissionsBoundaryUsageCount: counts.bounds.get(policy.Arn ?? '') ?? 0,
  };
}

function save(policy: Policy, call: Call): void {
  iamTables(call.tables).policies.put(scopeKey(call, policy.Arn ?? ''), policy);
}

function create(input: Timestamped<sdk.CreatePolicyRequest>, call: Call): { Policy: Shown } {
  const name = checkName(input.PolicyName, 'policyName');
  checkTags(input.Tags);
  checkDocument(input.PolicyDocument, 'permissions');
  const path = checkPath(input.Path);
  const arn = `arn:aws:iam::${call.account}:policy${path}${name}`;
  const { policies } = iamTables(call.tables);
  if (policies.list(`${scopeKey(call)}/`).some((policy) => policy.PolicyName?.toLowerCase() === name.toLowerCase())) {
    throw alreadyExists(`A policy called ${name} already exists. Duplicate names are not allowed.`);
  }
  const now = call.clock.now();
  const policy: Policy = {
    PolicyName: name,
    PolicyId: newId('ANPA'),
    Arn: arn,
    Path: path,
    DefaultVersionId: 'v1',
    IsAttachable: true,
    ...(input.Description === undefined ? {} : { Description: input.Description }),
    CreateDate: now,
    UpdateDate: now,
    Tags: input.Tags ?? [],
    versions: [{ VersionId: 'v1', IsDefaultVersion: true, Document: input.PolicyDocument, CreateDate: now }],
  };
  save(policy, call);
  return { Policy: { ...shown(policy, call), Description: undefined, Tags: input.Tags?.length ? input.Tags : undefined } };
}

function createVersion(input: Timestamped<sdk.CreatePolicyVersionRequest>, call: Call): { PolicyVersion: Timestamped<sdk.PolicyVersion> } {
  const policy = requireOwn(input.PolicyArn, call);
  checkDocument(input.PolicyDocument, 'permissions');
  if (policy.versions.length >= MAX_VERSIONS) {
    throw tooManyVersions();
  }
  const number = Math.max(...policy.versions.map((version) => Number(version.VersionId?.slice(1)))) + 1;
  const isDefault = input.SetAsDefault ?? false;
  const version = { VersionId: `v${number}`, IsDefaultVersion: isDefault, Document: input.PolicyDocument, CreateDate: call.clock.now() };
  const older = policy.versions.map((one) => (isDefault ? { ...one, IsDefaultVersion: false } : one));
  save(
    {
      ...policy,
      versions: [...older, version],
      UpdateDate: call.clock.now(),
      DefaultVersionId: isDefault ? version.VersionId : policy.DefaultVersionId,
    },
    call,
  );
  const { Document: _document, ...answer } = version;
  return { PolicyVersion: answer };
}

function tooManyVersions(): Error {
  const error = limitExceeded('VersionsPerPolicy', MAX_VERSIONS);
  error.message = `A managed policy can have up to ${MAX_VERSIONS} versions. Before you create a new version, you must delete an existing version.`;
  return error;
}

function versionOf(policy: Policy, id: string | undefined): Timestamped<sdk.PolicyVersion> {
  const version = policy.versions.find((one) => one.VersionId === id);
  if (!version) {
    throw noSuchEntity(`Policy ${policy.Arn ?? ''} version ${id ?? ''} does not exist or is not attachable.`);
  }
  return version;
}

function list(input: Timestamped<sdk.ListPoliciesRequest>, call: Call): Timestamped<Omit<sdk.ListPoliciesResponse, '$metadata'>> {
  if (input.Scope !== undefined && !['All', 'AWS', 'Local'].includes(input.Scope)) {
    throw validation(
      `1 validation error detected: Value '${input.Scope}' at 'scope' failed to satisfy constraint: Member must satisfy enum value set: [AWS, Local, All]`,
    );
  }
  const own = input.Scope === 'AWS' ? [] : iamTables(call.tables).policies.list(`${scopeKey(call)}/`);
  const aws = input.Scope === 'Local' ? [] : awsPolicies().map((policy) => requirePolicy(policy.Arn, call));
  const counts = usage(call);
  const used = input.PolicyUsageFilter === 'PermissionsBoundary' ? counts.bounds : counts.attached;
  const found = [...own, ...aws]
    .filter(
      (policy) =>
        (policy.Path ?? '/').startsWith(input.PathPrefix ?? '/') &&
        ((!input.OnlyAttached && input.PolicyUsageFilter === undefined) || used.has(policy.Arn ?? '')),
    )
    .map((policy) => ({ ...shown(policy, call, counts), Description: undefined, Tags: undefined }));
  const page = markedPage(found, input);
  return { Policies: page.items, ...page.rest };
}

function listEntities(
  input: Timestamped<sdk.ListEntitiesForPolicyRequest>,
  call: Call,
): Timestamped<Omit<sdk.ListEntitiesForPolicyResponse, '$metadata'>> {
  const { Arn = '' } = requirePolicy(input.PolicyArn, call);
  const tables = iamTables(call.tables);
  const prefix = `${scopeKey(call)}/`;
  const isWanted = (kind: string): boolean =>
    input.EntityFilter === undefined || !['User', 'Role', 'Group'].includes(input.EntityFilter) || input.EntityFilter === kind;
  const holds = (one: Permissions & { Path?: string; PermissionsBoundary?: { PermissionsBoundaryArn?: string } }): boolean =>
    (one.Path ?? '/').startsWith(input.PathPrefix ?? '/') &&
    (input.PolicyUsageFilter === 'PermissionsBoundary'
      ? one.PermissionsBoundary?.PermissionsBoundaryArn === Arn
      : one.attached.includes(Arn));
  const entities = [
    ...(isWanted('Group') ? tables.groups.list(prefix).filter(holds) : []),
    ...(isWanted('User') ? tables.users.list(prefix).filter(holds) : []),
    ...(isWanted('Role') ? tables.roles.list(prefix).filter(holds) : []),
  ];
  const page = markedPage(entities, input);
  return {
    PolicyGroups: page.items.flatMap((one) => ('GroupName' in one ? [{ GroupName: one.GroupName, GroupId: one.GroupId }] : [])),
    PolicyUsers: page.items.flatMap((one) => ('UserName' in one ? [{ UserName: one.UserName, UserId: one.UserId }] : [])),
    PolicyRoles: page.items.flatMap((one) => ('RoleName' in one ? [{ RoleName: one.RoleName, RoleId: one.RoleId }] : [])),
    ...page.rest,
  };
}

export const policyOperations: Readonly<Record<string, Operation>> = {
  CreatePolicy: operation<sdk.CreatePolicyRequest, sdk.CreatePolicyResponse>({ handle: create }),
  CreatePolicyVersion: operation<sdk.CreatePolicyVersionRequest, sdk.CreatePolicyVersionResponse>({ handle: createVersion }),
  GetPolicy: operation<sdk.GetPolicyRequest, sdk.GetPolicyResponse>({
    handle: (input, call) => {
      const policy = shown(requirePolicy(input.PolicyArn, call), call);
      return { Policy: { ...policy, Tags: policy.Tags ?? [] } };
    },
  }),
  GetPolicyVersion: operation<sdk.GetPolicyVersionRequest, sdk.GetPolicyVersionResponse>({
    handle: (input, call) => {
      const version = versionOf(requirePolicy(input.PolicyArn, call), input.VersionId);
      return { PolicyVersion: { ...version, Document: encoded(version.Document ?? '') } };
    },
  }),
  ListPolicyVersions: operation<sdk.ListPolicyVersionsRequest, sdk.ListPolicyVersionsResponse>({
    handle: (input, call) => {
      const versions = requirePolicy(input.PolicyArn, call).versions.toReversed();
      const page = markedPage(versions, input);
      return { Versions: page.items.map(({ Document: _document, ...version }) => version), ...page.rest };
    },
  }),
  SetDefaultPolicyVersion: operation<sdk.SetDefaultPolicyVersionRequest, object>({
    handle: (input, call) => {
      const policy = requireOwn(input.PolicyArn, call);
      const chosen = versionOf(policy, input.VersionId);
      save(
        {
          ...policy,
          DefaultVersionId: chosen.VersionId,
          versions: policy.versions.map((version) => ({ ...version, IsDefaultVersion: version.VersionId === chosen.VersionId })),
        },
        call,
      );
      return {};
    },
  }),
  DeletePolicyVersion: operation<sdk.DeletePolicyVersionRequest, object>({
    handle: (input, call) => {
      const policy = requireOwn(input.PolicyArn, call);
      if (versionOf(policy, input.VersionId).IsDefaultVersion) {
        throw deleteConflict('Cannot delete the default version of a policy.');
      }
      save({ ...policy, versions: policy.versions.filter((version) => version.VersionId !== input.VersionId) }, call);
      return {};
    },
  }),
  DeletePolicy: operation<sdk.DeletePolicyRequest, object>({
    handle: (input, call) => {
      const policy = requireOwn(input.PolicyArn, call);
      if (usage(call).attached.has(policy.Arn ?? '')) {
        throw deleteConflict('Cannot delete a policy attached to entities.');
      }
      if (policy.versions.length > 1) {
        throw deleteConflict(
          "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
        );
      }
      iamTables(call.tables).policies.delete(scopeKey(call, policy.Arn ?? ''));
      return {};
    },
  }),
  ListPolicies: operation<sdk.ListPoliciesRequest, sdk.ListPoliciesResponse>({ handle: list }),
  ListEntitiesForPolicy: operation<sdk.ListEntitiesForPolicyRequest, sdk.ListEntitiesForPolicyResponse>({ handle: listEntities }),
  ...tagOperations({
    kind: 'Policy',
    member: 'PolicyArn',
    read: (arn, call) => requireOwn(arn, call).Tags ?? [],
    write: (arn, Tags, call) => save({ ...requireOwn(arn, call), Tags }, call),
  }),
};
