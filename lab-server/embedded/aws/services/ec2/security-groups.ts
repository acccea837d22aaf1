// Security groups and their rules.
import type * as sdk from '@aws-sdk/client-ec2';
import { AwsError } from '../../gateway/errors.ts';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { networkOf } from './cidr.ts';
import { createGroupRecord, ensureDefaultVpc, putRule } from './default-vpc.ts';
import { groupNotFound, inUse, invalidValue, missing, notFound } from './errors.ts';
import { select } from './filters.ts';
import { isSameRule, permissionsOf, rulesOf, type Permission } from './permissions.ts';
import { ec2Tables, type SecurityGroup, type SecurityGroupRule } from './state.ts';
import { tagsFor } from './tag-specifications.ts';
import { defaultVpc, findVpc, requireVpc } from './vpcs.ts';

/** The group of that id. Throws InvalidGroup.NotFound. */
export function requireGroup(id: string | undefined, call: Call): SecurityGroup {
  ensureDefaultVpc(call.tables, call);
  const group = ec2Tables(call.tables).securityGroups.get(scopeKey(call, id ?? ''));
  if (!group) {
    throw groupNotFound(id ?? '');
  }
  return group;
}

/** The group that a VPC has from the start. */
export function defaultGroup(vpcId: string, call: Call): SecurityGroup | undefined {
  return groupsOf(call).find((group) => group.VpcId === vpcId && group.GroupName === 'default');
}

/** A group of the default VPC by its name. */
export function groupNamed(name: string, call: Call): SecurityGroup | undefined {
  const vpc = defaultVpc(call);
  return groupsOf(call).find((group) => group.GroupName === name && group.VpcId === vpc?.VpcId);
}

function groupsOf(call: Call): SecurityGroup[] {
  ensureDefaultVpc(call.tables, call);
  return ec2Tables(call.tables).securityGroups.list(`${scopeKey(call)}/`);
}

function rulesIn(call: Call): SecurityGroupRule[] {
  return ec2Tables(call.tables).securityGroupRules.list(`${scopeKey(call)}/`);
}

function named(input: { GroupId?: string; GroupName?: string }, call: Call): SecurityGroup {
  if (input.GroupId !== undefined) {
    return requireGroup(input.GroupId, call);
  }
  if (input.GroupName === undefined) {
    throw missing('groupName or groupId');
  }
  const vpc = defaultVpc(call);
  const group = groupsOf(call).find((one) => one.GroupName === input.GroupName && one.VpcId === vpc?.VpcId);
  if (!group) {
    throw groupNotFound(input.GroupName);
  }
  return group;
}

function create(
  input: Timestamped<sdk.CreateSecurityGroupRequest>,
  call: Call,
): Timestamped<Omit<sdk.CreateSecurityGroupResult, '$metadata'>> {
  const name = input.GroupName ?? '';
  const vpc =
    input.VpcId === undefined
      ? defaultVpc(call)
      : call.takesPlaceholders
        ? (findVpc(input.VpcId, call) ?? { VpcId: input.VpcId })
        : requireVpc(input.VpcId, call);
  if (!vpc) {
    throw new AwsError('VPCIdNotSpecified', 'No default VPC for this user');
  }
  if (name.startsWith('sg-')) {
    throw invalidValue(`Value (${name}) for parameter groupName is invalid. Group names may not be in the format sg-*.`);
  }
  if (name === 'default') {
    throw new AwsError('InvalidGroup.Reserved', "The security group 'default' is reserved");
  }
  if (groupsOf(call).some((group) => group.VpcId === vpc.VpcId && group.GroupName === name)) {
    throw new AwsError('InvalidGroup.Duplicate', `The security group '${name}' already exists for VPC '${vpc.VpcId ?? ''}'`);
  }
  const tags = tagsFor('security-group', input.TagSpecifications);
  const id = createGroupRecord(call.tables, call, { vpcId: vpc.VpcId ?? '', name, description: input.Description ?? '', tags });
  return { GroupId: id, Tags: tags, SecurityGroupArn: requireGroup(id, call).SecurityGroupArn };
}

function remove(input: Timestamped<sdk.DeleteSecurityGroupRequest>, call: Call): { GroupId?: string } {
  const group = named(input, call);
  const tables = ec2Tables(call.tables);
  if (group.GroupName === 'default') {
    throw new AwsError('CannotDelete', `the specified group: "${group.GroupId ?? ''}" name: "default" cannot be deleted by a user`);
  }
  const isReferenced =
    rulesIn(call).some((rule) => rule.GroupId !== group.GroupId && rule.ReferencedGroupInfo?.GroupId === group.GroupId) ||
    tables.networkInterfaces.list(`${scopeKey(call)}/`).some((eni) => eni.Groups?.some((one) => one.GroupId === group.GroupId));
  if (isReferenced) {
    throw inUse(`resource ${group.GroupId ?? ''} has a dependent object`);
  }
  for (const rule of rulesIn(call).filter((one) => one.GroupId === group.GroupId)) {
    tables.securityGroupRules.delete(scopeKey(call, rule.SecurityGroupRuleId ?? ''));
  }
  tables.securityGroups.delete(scopeKey(call, group.GroupId ?? ''));
  return { GroupId: group.GroupId };
}

interface RuleInput {
  GroupId?: string;
  GroupName?: string;
  IpPermissions?: Permission[];
  IpProtocol?: string;
  FromPort?: number;
  ToPort?: number;
  CidrIp?: string;
  SourceSecurityGroupName?: string;
  SecurityGroupRuleIds?: string[];
}

/** Both spellings of a rule: a list of permissions, or one given by flat parameters. */
function wantedRules(input: RuleInput, isEgress: boolean, group: SecurityGroup, call: Call): SecurityGroupRule[] {
  const flat: Permission = {
    IpProtocol: input.IpProtocol,
    FromPort: input.FromPort,
    ToPort: input.ToPort,
    IpRanges: input.CidrIp === undefined ? [] : [{ CidrIp: input.CidrIp }],
    UserIdGroupPairs:
      input.SourceSecurityGroupName === undefined ? [] : [{ GroupId: named({ GroupName: input.SourceSecurityGroupName }, call).GroupId }],
  };
  const permissions = (input.IpPermissions ?? (input.IpProtocol === undefined ? [] : [flat])).map((permission) => ({
    ...permission,
    UserIdGroupPairs: permission.UserIdGroupPairs?.map((pair) => ({ ...pair, GroupId: named(pair, call).GroupId })),
  }));
  const rules = rulesOf(permissions, { GroupId: group.GroupId, IsEgress: isEgress }, call.account);
  for (const rule of rules) {
    checkRule(rule);
  }
  return rules;
}

/** Names of the groups that permissions refer to. */
function namesOf(permissions: readonly Permission[], call: Call): (string | undefined)[] {
  const ids = permissions.flatMap((one) => one.UserIdGroupPairs?.map((pair) => pair.GroupId) ?? []);
  return groupsOf(call).flatMap((group) => (ids.includes(group.GroupId) ? [group.GroupName] : []));
}

function checkRule({ CidrIpv4, IpProtocol, FromPort = -1, ToPort = -1 }: SecurityGroupRule): void {
  if (CidrIpv4 !== undefined && networkOf(CidrIpv4) === undefined) {
    throw invalidValue(`CIDR block ${CidrIpv4} is malformed`);
  }
  const hasPorts = IpProtocol === 'tcp' || IpProtocol === 'udp';
  if (hasPorts && (FromPort < 0 || ToPort > 65_535)) {
    throw invalidValue(
      `Invalid value '${FromPort < 0 ? FromPort : ToPort}' for portRange. Must specify both from and to ports with TCP/UDP.`,
    );
  }
  if (hasPorts && FromPort > ToPort) {
    throw invalidValue(`Invalid value '${FromPort}-${ToPort}' for portRange. The from port must not be greater than the to port.`);
  }
}

const authorize = (isEgress: boolean) => (input: RuleInput & { TagSpecifications?: sdk.TagSpecification[] }, call: Call) => {
  const group = named(input, call);
  const rules = wantedRules(input, isEgress, group, call);
  if (rules.length === 0) {
    throw missing('ipPermissions');
  }
  const existing = rulesIn(call);
  for (const rule of rules) {
    if (existing.some((one) => isSameRule(one, rule))) {
      const peer = rule.CidrIpv4 ?? rule.CidrIpv6 ?? rule.ReferencedGroupInfo?.GroupId ?? '';
      throw new AwsError(
        'InvalidPermission.Duplicate',
        `the specified rule "peer: ${peer}, ${rule.IpProtocol === '-1' ? 'ALL' : `${(rule.IpProtocol ?? '').toUpperCase()}, from port: ${rule.FromPort}, to port: ${rule.ToPort}`}, ALLOW" already exists`,
      );
    }
  }
  const tags = tagsFor('security-group-rule', input.TagSpecifications);
  return { Return: true, SecurityGroupRules: rules.map((rule) => putRule(call.tables, call, { ...rule, Tags: tags })) };
};

const revoke = (isEgress: boolean) => (input: RuleInput, call: Call) => {
  const group = named(input, call);
  const existing = rulesIn(call).filter((rule) => rule.GroupId === group.GroupId && rule.IsEgress === isEgress);
  const wanted = wantedRules(input, isEgress, group, call);
  const byId = (input.SecurityGroupRuleIds ?? []).map((id) => {
    const rule = existing.find((one) => one.SecurityGroupRuleId === id);
    if (!rule) {
      throw notFound('InvalidSecurityGroupRuleId.NotFound', 'security group rule ID', id);
    }
    return rule;
  });
  const byRule = wanted.map((rule) => {
    const found = existing.find((one) => isSameRule(one, rule));
    if (!found) {
      throw new AwsError('InvalidPermission.NotFound', 'The specified rule does not exist in this security group.');
    }
    return found;
  });
  for (const rule of [...byId, ...byRule]) {
    ec2Tables(call.tables).securityGroupRules.delete(scopeKey(call, rule.SecurityGroupRuleId ?? ''));
  }
  return { Return: true };
};

export const securityGroupOperations: Readonly<Record<string, Operation>> = {
  CreateSecurityGroup: operation<sdk.CreateSecurityGroupRequest, sdk.CreateSecurityGroupResult>({ handle: create }),
  DeleteSecurityGroup: operation<sdk.DeleteSecurityGroupRequest, sdk.DeleteSecurityGroupResult>({ handle: remove }),
  AuthorizeSecurityGroupIngress: operation<sdk.AuthorizeSecurityGroupIngressRequest, sdk.AuthorizeSecurityGroupIngressResult>({
    handle: authorize(false),
  }),
  AuthorizeSecurityGroupEgress: operation<sdk.AuthorizeSecurityGroupEgressRequest, sdk.AuthorizeSecurityGroupEgressResult>({
    handle: authorize(true),
  }),
  RevokeSecurityGroupIngress: operation<sdk.RevokeSecurityGroupIngressRequest, sdk.RevokeSecurityGroupIngressResult>({
    handle: revoke(false),
  }),
  RevokeSecurityGroupEgress: operation<sdk.RevokeSecurityGroupEgressRequest, sdk.RevokeSecurityGroupEgressResult>({
    handle: revoke(true),
  }),
  DescribeSecurityGroups: operation<sdk.DescribeSecurityGroupsRequest, sdk.DescribeSecurityGroupsResult>({
    handle: (input, call) => {
      const rules = rulesIn(call);
      const shown = groupsOf(call).map((group) => {
        const own = rules.filter((rule) => rule.GroupId === group.GroupId);
        return {
          ...group,
          IpPermissions: permissionsOf(own.filter((rule) => !rule.IsEgress)),
          IpPermissionsEgress: permissionsOf(own.filter((rule) => rule.IsEgress)),
        };
      });
      const ids = [...(input.GroupIds ?? []), ...(input.GroupNames ?? []).map((name) => named({ GroupName: name }, call).GroupId ?? '')];
      const page = select(shown, ids, input, {
        id: (group) => group.GroupId,
        notFound: groupNotFound,
        fields: {
          'group-id': (group) => group.GroupId,
          'group-name': (group) => group.GroupName,
          'vpc-id': (group) => group.VpcId,
          description: (group) => group.Description,
          'owner-id': (group) => group.OwnerId,
          'ip-permission.cidr': (group) => group.IpPermissions.flatMap((one) => one.IpRanges?.map((range) => range.CidrIp) ?? []),
          'ip-permission.from-port': (group) => group.IpPermissions.map((one) => String(one.FromPort ?? '')),
          'ip-permission.to-port': (group) => group.IpPermissions.map((one) => String(one.ToPort ?? '')),
          'ip-permission.protocol': (group) => group.IpPermissions.map((one) => one.IpProtocol),
          'ip-permission.group-id': (group) =>
            group.IpPermissions.flatMap((one) => one.UserIdGroupPairs?.map((pair) => pair.GroupId) ?? []),
          'egress.ip-permission.from-port': (group) => group.IpPermissionsEgress.map((one) => String(one.FromPort ?? '')),
          'egress.ip-permission.to-port': (group) => group.IpPermissionsEgress.map((one) => String(one.ToPort ?? '')),
          'egress.ip-permission.protocol': (group) => group.IpPermissionsEgress.map((one) => one.IpProtocol),
          'egress.ip-permission.group-id': (group) =>
            group.IpPermissionsEgress.flatMap((one) => one.UserIdGroupPairs?.map((pair) => pair.GroupId) ?? []),
          'egress.ip-permission.group-name': (group) => namesOf(group.IpPermissionsEgress, call),
          'ip-permission.group-name': (group) => namesOf(group.IpPermissions, call),
          'egress.ip-permission.cidr': (group) =>
            group.IpPermissionsEgress.flatMap((one) => one.IpRanges?.map((range) => range.CidrIp) ?? []),
        },
      });
      return { SecurityGroups: page.items, NextToken: page.nextToken };
    },
  }),
  DescribeSecurityGroupRules: operation<sdk.DescribeSecurityGroupRulesRequest, sdk.DescribeSecurityGroupRulesResult>({
    handle: (input, call) => {
      ensureDefaultVpc(call.tables, call);
      const page = select(rulesIn(call), input.SecurityGroupRuleIds, input, {
        id: (rule) => rule.SecurityGroupRuleId,
        notFound: (id) => notFound('InvalidSecurityGroupRuleId.NotFound', 'security group rule ID', id),
        fields: { 'group-id': (rule) => rule.GroupId, 'security-group-rule-id': (rule) => rule.SecurityGroupRuleId },
      });
      return { SecurityGroupRules: page.items, NextToken: page.nextToken };
    },
  }),
};
