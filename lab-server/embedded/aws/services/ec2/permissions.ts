// The two forms of security group rules: one record per rule, and permissions that gather the sources of one protocol and port range.
import type * as sdk from '@aws-sdk/client-ec2';
import type { Timestamped } from '../service.ts';
import type { SecurityGroupRule } from './state.ts';

export type Permission = Timestamped<sdk.IpPermission>;

const ALL = '-1';

/** One rule for each source of each permission. */
export function rulesOf(permissions: readonly Permission[], base: SecurityGroupRule, account: string): SecurityGroupRule[] {
  return permissions.flatMap((permission) => {
    const protocol = protocolName(permission.IpProtocol);
    const common: SecurityGroupRule = {
      ...base,
      IpProtocol: protocol,
      FromPort: protocol === ALL ? -1 : (permission.FromPort ?? -1),
      ToPort: protocol === ALL ? -1 : (permission.ToPort ?? -1),
    };
    return [
      ...(permission.IpRanges ?? []).map(({ CidrIp, Description }) => ({ ...common, CidrIpv4: CidrIp, ...described(Description) })),
      ...(permission.Ipv6Ranges ?? []).map(({ CidrIpv6, Description }) => ({ ...common, CidrIpv6, ...described(Description) })),
      ...(permission.PrefixListIds ?? []).map(({ PrefixListId, Description }) => ({ ...common, PrefixListId, ...described(Description) })),
      ...(permission.UserIdGroupPairs ?? []).map(({ GroupId, UserId, Description }) => ({
        ...common,
        ReferencedGroupInfo: { GroupId, UserId: UserId ?? account },
        ...described(Description),
      })),
    ];
  });
}

/** The rules of a group as permissions. */
export function permissionsOf(rules: readonly SecurityGroupRule[]): Permission[] {
  const permissions = new Map<
    string,
    Permission & Required<Pick<Permission, 'IpRanges' | 'Ipv6Ranges' | 'UserIdGroupPairs' | 'PrefixListIds'>>
  >();
  for (const rule of rules) {
    const key = `${rule.IpProtocol} ${rule.FromPort} ${rule.ToPort}`;
    const permission = permissions.get(key) ?? {
      IpProtocol: rule.IpProtocol,
      ...(rule.IpProtocol === ALL ? {} : { FromPort: rule.FromPort, ToPort: rule.ToPort }),
      UserIdGroupPairs: [],
      IpRanges: [],
      Ipv6Ranges: [],
      PrefixListIds: [],
    };
    permissions.set(key, permission);
    if (rule.CidrIpv4 !== undefined) {
      permission.IpRanges.push({ CidrIp: rule.CidrIpv4, ...described(rule.Description) });
    } else if (rule.CidrIpv6 !== undefined) {
      permission.Ipv6Ranges.push({ CidrIpv6: rule.CidrIpv6, ...described(rule.Description) });
    } else if (rule.PrefixListId !== undefined) {
      permission.PrefixListIds.push({ PrefixListId: rule.PrefixListId, ...described(rule.Description) });
    } else if (rule.ReferencedGroupInfo) {
      const { GroupId, UserId } = rule.ReferencedGroupInfo;
      permission.UserIdGroupPairs.push({ GroupId, UserId, ...described(rule.Description) });
    }
  }
  return [...permissions.values()];
}

/** Whether two rules allow the same. */
export function isSameRule(left: SecurityGroupRule, right: SecurityGroupRule): boolean {
  return (
    left.GroupId === right.GroupId &&
    left.IsEgress === right.IsEgress &&
    left.IpProtocol === right.IpProtocol &&
    left.FromPort === right.FromPort &&
    left.ToPort === right.ToPort &&
    left.CidrIpv4 === right.CidrIpv4 &&
    left.CidrIpv6 === right.CidrIpv6 &&
    left.PrefixListId === right.PrefixListId &&
    left.ReferencedGroupInfo?.GroupId === right.ReferencedGroupInfo?.GroupId
  );
}

const NUMBERS: Readonly<Record<string, string>> = { '1': 'icmp', '6': 'tcp', '17': 'udp' };

function protocolName(protocol: string | undefined): string {
  const name = (protocol ?? ALL).toLowerCase();
  return name === 'all' ? ALL : (NUMBERS[name] ?? name);
}

function described(text: string | undefined): { Description?: string } {
  return text === undefined ? {} : { Description: text };
}
