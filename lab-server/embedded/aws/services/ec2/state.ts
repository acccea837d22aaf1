// EC2's records and their keys: `account/region/id` in every table.
import { randomBytes } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-ec2';
import type { Table, Tables } from '../../state/tables.ts';
import type { Timestamped } from '../service.ts';

export type Vpc = Timestamped<sdk.Vpc> & {
  enableDnsHostnames?: boolean;
  enableDnsSupport?: boolean;
  enableNetworkAddressUsageMetrics?: boolean;
};
export type Subnet = Timestamped<sdk.Subnet>;
/** A group without its rules, which are records of their own. */
export type SecurityGroup = Timestamped<Omit<sdk.SecurityGroup, 'IpPermissions' | 'IpPermissionsEgress'>>;
export type SecurityGroupRule = Timestamped<sdk.SecurityGroupRule>;
export type InternetGateway = Timestamped<sdk.InternetGateway>;
export type RouteTable = Timestamped<sdk.RouteTable>;
export type NetworkInterface = Timestamped<sdk.NetworkInterface>;
export type Tag = Timestamped<sdk.Tag>;

export interface Ec2Tables {
  /** By `account/region`: present once the default VPC was made, even if it was deleted since. */
  scopes: Table<{ defaultVpcId: string }>;
  vpcs: Table<Vpc>;
  subnets: Table<Subnet>;
  securityGroups: Table<SecurityGroup>;
  securityGroupRules: Table<SecurityGroupRule>;
  internetGateways: Table<InternetGateway>;
  routeTables: Table<RouteTable>;
  networkInterfaces: Table<NetworkInterface>;
}

export function ec2Tables(tables: Tables): Ec2Tables {
  return {
    scopes: tables.table('ec2.scopes'),
    vpcs: tables.table('ec2.vpcs'),
    subnets: tables.table('ec2.subnets'),
    securityGroups: tables.table('ec2.security-groups'),
    securityGroupRules: tables.table('ec2.security-group-rules'),
    internetGateways: tables.table('ec2.internet-gateways'),
    routeTables: tables.table('ec2.route-tables'),
    networkInterfaces: tables.table('ec2.network-interfaces'),
  };
}

/** `vpc-0123456789abcdef0`: a prefix and seventeen hex digits. */
export function newId(prefix: string): string {
  return `${prefix}-0${randomBytes(8).toString('hex')}`;
}
