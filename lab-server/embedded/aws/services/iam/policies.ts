// Managed policies with their versions.
import type * as sdk from '@aws-sdk/client-iam';
import { AwsError } from '../../gateway/errors.ts';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { checkDocument, checkName, checkPath, encoded } from './documents.ts';
import { alreadyExists, deleteConflict, noSuchEntity } from './errors.ts';
import { awsPolicies, awsPolicy } from './managed-policies.ts';
import { markedPage } from './pages.ts';
import { iamTables, newId, type Policy } from './state.ts';

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

/** Any policy of that ARN, AWS's too, with its versions. Throws NoSuchEntity. */
export function requirePolicy(arn: string | undefined, call: Call): Policy {
  const own = awsPolicy(arn ?? '');
  if (!own) {
    return requireOwn(arn, call);
  }
  const { document, ...policy } = own;
  return { ...policy, versions: [{ VersionId: 'v1', IsDefaultVersion: true, Document: document, CreateDate: policy.CreateDate }] };
}

function attachments(arn: string | undefined, call: Call): number {
  const { roles, users } = iamTables(call.tables);
  const prefix = `${scopeKey(call)}/`;
  return [...roles.list(prefix), ...users.list(prefix)].filter((one) => one.attached.includes(arn ?? '')).length;
}

function shown({ versions: _versions, ...policy }: Policy, call: Call): Shown {
  return { ...policy, AttachmentCount: attachments(policy.Arn, call), PermissionsBoundaryUsageCount: 0 };
}

function save(policy: Policy, call: Call): void {
  iamTables(call.tables).policies.put(scopeKey(call, policy.Arn ?? ''), policy);
}

function create(input: Timestamped<sdk.CreatePolicyRequest>, call: Call): { Policy: Shown } {
  const name = checkName(input.PolicyName, 'policyName');
  checkDocument(input.PolicyDocument, 'permissions');
  const path = checkPath(input.Path);
  const arn = `arn:aws:iam::${call.account}:policy${path}${name}`;
  const { policies } = iamTables(call.tables);
  if (policies.list(`${scopeKey(call)}/`).some((policy) => policy.PolicyName === name)) {
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
  return { Policy: shown(policy, call) };
}

function createVersion(input: Timestamped<sdk.CreatePolicyVersionRequest>, call: Call): { PolicyVersion: Timestamped<sdk.PolicyVersion> } {
  const policy = requireOwn(input.PolicyArn, call);
  checkDocument(input.PolicyDocument, 'permissions');
  if (policy.versions.length >= MAX_VERSIONS) {
    throw new AwsError(
      'LimitExceededException',
      'A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.',
    );
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

function versionOf(policy: Policy, id: string | undefined): Timestamped<sdk.PolicyVersion> {
  const version = policy.versions.find((one) => one.VersionId === id);
  if (!version) {
    throw noSuchEntity(`Policy ${policy.Arn ?? ''} version ${id ?? ''} does not exist or is not attachable.`);
  }
  return version;
}

export const policyOperations: Readonly<Record<string, Operation>> = {
  CreatePolicy: operation<sdk.CreatePolicyRequest, sdk.CreatePolicyResponse>({ handle: create }),
  CreatePolicyVersion: operation<sdk.CreatePolicyVersionRequest, sdk.CreatePolicyVersionResponse>({ handle: createVersion }),
  GetPolicy: operation<sdk.GetPolicyRequest, sdk.GetPolicyResponse>({
    handle: (input, call) => ({ Policy: shown(requirePolicy(input.PolicyArn, call), call) }),
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
      if (attachments(policy.Arn, call) > 0) {
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
  ListPolicies: operation<sdk.ListPoliciesRequest, sdk.ListPoliciesResponse>({
    handle: (input, call) => {
      const own = input.Scope === 'AWS' ? [] : iamTables(call.tables).policies.list(`${scopeKey(call)}/`);
      const aws = input.Scope === 'Local' ? [] : awsPolicies().map((policy) => requirePolicy(policy.Arn, call));
      const found = [...own, ...aws]
        .map((policy) => shown(policy, call))
        .filter(
          (policy) =>
            (!input.OnlyAttached || (policy.AttachmentCount ?? 0) > 0) &&
            (input.PathPrefix === undefined || policy.Path?.startsWith(input.PathPrefix)),
        );
      const page = markedPage(found, input);
      return { Policies: page.items, ...page.rest };
    },
  }),
};
