// SimulatePrincipalPolicy and SimulateCustomPolicy: the same evaluation as for real calls, with the answer instead of the deed.
import type * as sdk from '@aws-sdk/client-iam';
import { GLOBAL_REGION } from '../../gateway/route.ts';
import { operation, type Call, type Operation, type Principal, type Timestamped } from '../service.ts';
import { checkDocument } from './documents.ts';
import { invalidInput, noSuchEntity } from './errors.ts';
import { decide, type BearingPolicies } from './evaluation/decide.ts';
import { callerOf, identityOf, policiesOf } from './evaluation/principal-policies.ts';
import { conditionValues } from './evaluation/values.ts';
import type { ConditionValues } from './evaluation/request.ts';
import { groupsOfUser } from './groups.ts';
import { markedPage } from './pages.ts';
import { findPolicy } from './policies.ts';
import { iamTables, type Permissions } from './state.ts';
import { scopeKey } from '../scope.ts';

type Wanted = Pick<
  Timestamped<sdk.SimulateCustomPolicyRequest>,
  | 'ActionNames'
  | 'ResourceArns'
  | 'ContextEntries'
  | 'PermissionsBoundaryPolicyInputList'
  | 'ResourcePolicy'
  | 'CallerArn'
  | 'Marker'
  | 'MaxItems'
>;

interface Subject {
  principal: Principal;
  policies: BearingPolicies;
}

function simulate(input: Wanted, { principal, policies }: Subject, call: Call): Timestamped<Omit<sdk.SimulatePolicyResponse, '$metadata'>> {
  const values: ConditionValues = {
    ...conditionValues(principal, call.tables, {
      region: GLOBAL_REGION,
      sourceAddress: call.sourceAddress,
      now: call.clock.now(),
      input: {},
    }),
    ...Object.fromEntries((input.ContextEntries ?? []).map((entry) => [(entry.ContextKeyName ?? '').toLowerCase(), entryValue(entry)])),
  };
  const bearing: BearingPolicies = {
    ...policies,
    ...(input.PermissionsBoundaryPolicyInputList?.[0] === undefined ? {} : { boundary: input.PermissionsBoundaryPolicyInputList[0] }),
    ...(input.ResourcePolicy === undefined ? {} : { resource: { document: input.ResourcePolicy, ...callerOf(principal) } }),
  };
  const resources = input.ResourceArns?.length ? input.ResourceArns : ['*'];
  const results = (input.ActionNames ?? []).flatMap((action) => {
    if (action !== '*' && !action.includes(':')) {
      throw invalidInput(`Invalid Action Name: ${action}`);
    }
    return resources.map((resource): sdk.EvaluationResult => {
      const decision = decide(bearing, { action, resource, values });
      return {
        EvalActionName: action,
        EvalResourceName: resource,
        EvalDecision: decision.verdict === 'allowed' ? 'allowed' : decision.isExplicit ? 'explicitDeny' : 'implicitDeny',
        MatchedStatements: [],
        MissingContextValues: [],
        ...(bearing.boundary === undefined
          ? {}
          : {
              PermissionsBoundaryDecisionDetail: {
                AllowedByPermissionsBoundary: !(decision.verdict === 'denied' && decision.by === 'permissions boundary'),
              },
            }),
      };
    });
  });
  const page = markedPage(results, input);
  return { EvaluationResults: page.items, ...page.rest };
}

function entryValue({ ContextKeyType, ContextKeyValues = [] }: sdk.ContextEntry): string | string[] {
  return ContextKeyType?.endsWith('List') ? ContextKeyValues : (ContextKeyValues[0] ?? '');
}

/** The user, role or group that a simulation is about. Throws NoSuchEntity. */
function subjectOf(arn: string, call: Call): Subject {
  const principal: Principal = { account: call.account, arn, userId: arn, accessKeyId: '', isRoot: false };
  const group = iamTables(call.tables)
    .groups.list(`${scopeKey(call)}/`)
    .find((one) => one.Arn === arn);
  if (group) {
    return { principal, policies: { identity: documentsOf(group, call) } };
  }
  const identity = identityOf(principal, call.tables);
  if (!identity) {
    throw noSuchEntity(`ARN ${arn} does not exist`);
  }
  return {
    principal: { ...principal, userId: ('UserId' in identity ? identity.UserId : identity.RoleId) ?? arn },
    policies: policiesOf(principal, call.tables),
  };
}

function documentsOf(permissions: Permissions, call: Call): string[] {
  const managed = permissions.attached.flatMap(
    (arn) => findPolicy(arn, call)?.versions.find((version) => version.IsDefaultVersion)?.Document ?? [],
  );
  return [...Object.values(permissions.inline), ...managed];
}

/** Condition keys that documents ask for, by their own spelling. */
function contextKeys(documents: readonly string[]): string[] {
  const keys = documents.flatMap((document) =>
    [...document.matchAll(/\$\{([\w:/-]+)(?:,[^}]*)?\}/g)].map((match) => match[1] ?? '').concat(conditionKeys(document)),
  );
  return [...new Set(keys)].toSorted();
}

function conditionKeys(document: string): string[] {
  const { Statement } = JSON.parse(document) as {
    Statement?: { Condition?: Record<string, Record<string, unknown>> } | { Condition?: Record<string, Record<string, unknown>> }[];
  };
  return [Statement ?? []].flat().flatMap(({ Condition = {} }) => Object.values(Condition).flatMap(Object.keys));
}

export const simulationOperations: Readonly<Record<string, Operation>> = {
  SimulateCustomPolicy: operation<sdk.SimulateCustomPolicyRequest, sdk.SimulatePolicyResponse>({
    handle: (input, call) => {
      const documents = input.PolicyInputList ?? [];
      documents.forEach((document) => checkDocument(document, 'permissions'));
      const principal: Principal = { ...call.principal, arn: input.CallerArn ?? call.principal.arn, isRoot: false };
      return simulate(input, { principal, policies: { identity: documents } }, call);
    },
  }),
  SimulatePrincipalPolicy: operation<sdk.SimulatePrincipalPolicyRequest, sdk.SimulatePolicyResponse>({
    handle: (input, call) => {
      const subject = subjectOf(input.PolicySourceArn ?? '', call);
      const added = input.PolicyInputList ?? [];
      added.forEach((document) => checkDocument(document, 'permissions'));
      return simulate(input, { ...subject, policies: { ...subject.policies, identity: [...subject.policies.identity, ...added] } }, call);
    },
  }),
  GetContextKeysForCustomPolicy: operation<sdk.GetContextKeysForCustomPolicyRequest, sdk.GetContextKeysForPolicyResponse>({
    handle: (input) => {
      input.PolicyInputList?.forEach((document) => checkDocument(document, 'permissions'));
      return { ContextKeyNames: contextKeys(input.PolicyInputList ?? []) };
    },
  }),
  GetContextKeysForPrincipalPolicy: operation<sdk.GetContextKeysForPrincipalPolicyRequest, sdk.GetContextKeysForPolicyResponse>({
    handle: (input, call) => {
      const { policies } = subjectOf(input.PolicySourceArn ?? '', call);
      return { ContextKeyNames: contextKeys([...policies.identity, ...(input.PolicyInputList ?? [])]) };
    },
  }),
  ListPoliciesGrantingServiceAccess: operation<sdk.ListPoliciesGrantingServiceAccessRequest, sdk.ListPoliciesGrantingServiceAccessResponse>(
    {
      handle: (input, call) => {
        const principal: Principal = { account: call.account, arn: input.Arn ?? '', userId: '', accessKeyId: '', isRoot: false };
        const identity = identityOf(principal, call.tables);
        if (!identity) {
          throw noSuchEntity(`ARN ${input.Arn ?? ''} does not exist`);
        }
        const groups = 'UserName' in identity ? groupsOfUser(identity.UserName ?? '', call) : [];
        const held = [identity, ...groups].flatMap((one) => one.attached);
        return {
          IsTruncated: false,
          PoliciesGrantingServiceAccess: (input.ServiceNamespaces ?? []).map((ServiceNamespace) => ({
            ServiceNamespace,
            Policies: held
              .filter((arn) => grants(arn, ServiceNamespace, call))
              .map((PolicyArn) => ({ PolicyName: PolicyArn.split('/').at(-1), PolicyType: 'MANAGED' as const, PolicyArn })),
          })),
        };
      },
    },
  ),
};

function grants(arn: string, service: string, call: Call): boolean {
  const document = findPolicy(arn, call)?.versions.find((version) => version.IsDefaultVersion)?.Document ?? '{}';
  const { Statement } = JSON.parse(document) as {
    Statement?: { Effect?: string; Action?: string | string[] } | { Effect?: string; Action?: string | string[] }[];
  };
  return [Statement ?? []]
    .flat()
    .some(
      ({ Effect, Action }) =>
        Effect === 'Allow' &&
        [Action ?? []].flat().some((action) => action === '*' || action.startsWith(`${service}:`) || action.startsWith('*:')),
    );
}
