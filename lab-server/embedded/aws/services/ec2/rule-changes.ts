// Changes to security group rules that exist: modified by their id, and described anew.
import type * as sdk from '@aws-sdk/client-ec2';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { missing, notFound } from './errors.ts';
import { isSameRule, rulesOf, type Permission } from './permissions.ts';
import { requireGroup } from './security-groups.ts';
import { ec2Tables, type SecurityGroupRule } from './state.ts';

function rulesOfGroup(groupId: string | undefined, call: Call): SecurityGroupRule[] {
  return ec2Tables(call.tables)
    .securityGroupRules.list(`${scopeKey(call)}/`)
    .filter((rule) => rule.GroupId === groupId);
}

function save(rule: SecurityGroupRule, call: Call): void {
  ec2Tables(call.tables).securityGroupRules.put(scopeKey(call, rule.SecurityGroupRuleId ?? ''), rule);
}

interface DescriptionInput {
  GroupId?: string;
  GroupName?: string;
  IpPermissions?: Permission[];
  SecurityGroupRuleDescriptions?: Timestamped<sdk.SecurityGroupRuleDescription>[];
}

const describeAnew = (isEgress: boolean) => (input: DescriptionInput, call: Call) => {
  const groups = ec2Tables(call.tables).securityGroups.list(`${scopeKey(call)}/`);
  const id = input.GroupId ?? groups.find((group) => group.GroupName === input.GroupName)?.GroupId;
  const group = requireGroup(id, call);
  const own = rulesOfGroup(group.GroupId, call).filter((rule) => rule.IsEgress === isEgress);
  for (const wanted of rulesOf(input.IpPermissions ?? [], { GroupId: group.GroupId, IsEgress: isEgress }, call.account)) {
    const rule = own.find((one) => isSameRule(one, wanted));
    if (rule) {
      save({ ...rule, Description: wanted.Description }, call);
    }
  }
  for (const { SecurityGroupRuleId, Description } of input.SecurityGroupRuleDescriptions ?? []) {
    const rule = own.find((one) => one.SecurityGroupRuleId === SecurityGroupRuleId);
    if (rule) {
      save({ ...rule, Description }, call);
    }
  }
  return { Return: true };
};

export const ruleChangeOperations: Readonly<Record<string, Operation>> = {
  UpdateSecurityGroupRuleDescriptionsIngress: operation<
    sdk.UpdateSecurityGroupRuleDescriptionsIngressRequest,
    sdk.UpdateSecurityGroupRuleDescriptionsIngressResult
  >({ handle: describeAnew(false) }),
  UpdateSecurityGroupRuleDescriptionsEgress: operation<
    sdk.UpdateSecurityGroupRuleDescriptionsEgressRequest,
    sdk.UpdateSecurityGroupRuleDescriptionsEgressResult
  >({ handle: describeAnew(true) }),
  ModifySecurityGroupRules: operation<sdk.ModifySecurityGroupRulesRequest, sdk.ModifySecurityGroupRulesResult>({
    handle: (input, call) => {
      const group = requireGroup(input.GroupId, call);
      if (!input.SecurityGroupRules?.length) {
        throw missing('SecurityGroupRules');
      }
      const own = rulesOfGroup(group.GroupId, call);
      for (const { SecurityGroupRuleId: id, SecurityGroupRule: wanted } of input.SecurityGroupRules) {
        const rule = own.find((one) => one.SecurityGroupRuleId === id);
        if (!rule) {
          throw notFound('InvalidSecurityGroupRuleId.NotFound', 'security group rule ID', id ?? '');
        }
        const referenced = wanted?.ReferencedGroupId === undefined ? undefined : requireGroup(wanted.ReferencedGroupId, call);
        save(
          {
            SecurityGroupRuleId: id,
            SecurityGroupRuleArn: rule.SecurityGroupRuleArn,
            GroupId: rule.GroupId,
            GroupOwnerId: rule.GroupOwnerId,
            IsEgress: rule.IsEgress,
            Tags: rule.Tags,
            IpProtocol: wanted?.IpProtocol ?? rule.IpProtocol,
            FromPort: wanted?.FromPort ?? rule.FromPort,
            ToPort: wanted?.ToPort ?? rule.ToPort,
            ...(wanted?.CidrIpv4 === undefined ? {} : { CidrIpv4: wanted.CidrIpv4 }),
            ...(wanted?.CidrIpv6 === undefined ? {} : { CidrIpv6: wanted.CidrIpv6 }),
            ...(wanted?.PrefixListId === undefined ? {} : { PrefixListId: wanted.PrefixListId }),
            ...(referenced ? { ReferencedGroupInfo: { GroupId: referenced.GroupId, UserId: call.account } } : {}),
            ...(wanted?.Description === undefined ? {} : { Description: wanted.Description }),
          },
          call,
        );
      }
      return { Return: true };
    },
  }),
};
