// The network that every account finds in every region: a default VPC with a public subnet per zone (VPC user guide, "Default VPC components").
import { arn, scopeKey, type Scope } from '../scope.ts';
import type { Tables } from '../../state/tables.ts';
import { addressAt, parseBlock } from './cidr.ts';
import { ec2Tables, newId, type Tag } from './state.ts';
import { zoneId, zonesOf } from './zones.ts';

const DEFAULT_BLOCK = '172.31.0.0/16';
const SUBNET_PREFIX = 20;
/** The first four addresses and the last one of a subnet are AWS's. */
export const RESERVED = 5;

/** Makes the default VPC of a region at the first use of it. */
export function ensureDefaultVpc(tables: Tables, scope: Scope): void {
  const { scopes } = ec2Tables(tables);
  const key = scopeKey(scope);
  if (scopes.has(key)) {
    return;
  }
  createDefaultNetwork(tables, scope);
}

/** Makes the default VPC with its subnets and its way out. Returns its id. */
export function createDefaultNetwork(tables: Tables, scope: Scope): string {
  const key = scopeKey(scope);
  const vpcId = createVpcParts(tables, scope, { block: DEFAULT_BLOCK, isDefault: true, tags: [] });
  ec2Tables(tables).scopes.put(key, { defaultVpcId: vpcId });
  const network = parseBlock(DEFAULT_BLOCK);
  const step = 2 ** (32 - SUBNET_PREFIX);
  for (const [index, zone] of zonesOf(scope.region).entries()) {
    const block = network ? `${addressAt(network, index * step)}/${SUBNET_PREFIX}` : '';
    createSubnetRecord(tables, scope, { vpcId, block, zone, isDefault: true, tags: [] });
  }
  const gatewayId = newId('igw');
  const records = ec2Tables(tables);
  records.internetGateways.put(scopeKey(scope, gatewayId), {
    InternetGatewayId: gatewayId,
    OwnerId: scope.account,
    Attachments: [{ State: 'available' as 'attached', VpcId: vpcId }],
    Tags: [],
  });
  const main = records.routeTables.list(`${key}/`).find((table) => table.VpcId === vpcId);
  if (main) {
    records.routeTables.put(scopeKey(scope, main.RouteTableId ?? ''), {
      ...main,
      Routes: [...(main.Routes ?? []), { DestinationCidrBlock: '0.0.0.0/0', GatewayId: gatewayId, Origin: 'CreateRoute', State: 'active' }],
    });
  }
  return vpcId;
}

/** A VPC with what AWS makes along with it: main route table and default security group. Returns its id. */
export function createVpcParts(tables: Tables, scope: Scope, wanted: { block: string; isDefault: boolean; tags: Tag[] }): string {
  const records = ec2Tables(tables);
  const vpcId = newId('vpc');
  records.vpcs.put(scopeKey(scope, vpcId), {
    OwnerId: scope.account,
    InstanceTenancy: 'default',
    Ipv6CidrBlockAssociationSet: [],
    CidrBlockAssociationSet: [{ AssociationId: newId('vpc-cidr-assoc'), CidrBlock: wanted.block, CidrBlockState: { State: 'associated' } }],
    IsDefault: wanted.isDefault,
    Tags: wanted.tags,
    VpcId: vpcId,
    State: 'available',
    CidrBlock: wanted.block,
    DhcpOptionsId: 'dopt-0a1b2c3d4e5f60718',
    enableDnsSupport: true,
    enableDnsHostnames: wanted.isDefault,
  });
  const routeTableId = newId('rtb');
  records.routeTables.put(scopeKey(scope, routeTableId), {
    Associations: [
      { Main: true, RouteTableAssociationId: newId('rtbassoc'), RouteTableId: routeTableId, AssociationState: { State: 'associated' } },
    ],
    PropagatingVgws: [],
    RouteTableId: routeTableId,
    Routes: [{ DestinationCidrBlock: wanted.block, GatewayId: 'local', Origin: 'CreateRouteTable', State: 'active' }],
    Tags: [],
    VpcId: vpcId,
    OwnerId: scope.account,
  });
  const groupId = createGroupRecord(tables, scope, { vpcId, name: 'default', description: 'default VPC security group', tags: [] });
  putRule(tables, scope, {
    GroupId: groupId,
    IsEgress: false,
    IpProtocol: '-1',
    FromPort: -1,
    ToPort: -1,
    ReferencedGroupInfo: { GroupId: groupId, UserId: scope.account },
  });
  return vpcId;
}

/** A security group as it begins: no way in, every way out. Returns its id. */
export function createGroupRecord(
  tables: Tables,
  scope: Scope,
  wanted: { vpcId: string; name: string; description: string; tags: Tag[] },
): string {
  const groupId = newId('sg');
  ec2Tables(tables).securityGroups.put(scopeKey(scope, groupId), {
    GroupId: groupId,
    GroupName: wanted.name,
    Description: wanted.description,
    OwnerId: scope.account,
    VpcId: wanted.vpcId,
    SecurityGroupArn: arn('ec2', scope, `security-group/${groupId}`),
    Tags: wanted.tags,
  });
  putRule(tables, scope, { GroupId: groupId, IsEgress: true, IpProtocol: '-1', FromPort: -1, ToPort: -1, CidrIpv4: '0.0.0.0/0' });
  return groupId;
}

type NewRule = Parameters<ReturnType<typeof ec2Tables>['securityGroupRules']['put']>[1];

export function putRule(tables: Tables, scope: Scope, rule: NewRule): NewRule {
  const id = newId('sgr');
  const record: NewRule = {
    SecurityGroupRuleId: id,
    GroupOwnerId: scope.account,
    SecurityGroupRuleArn: arn('ec2', scope, `security-group-rule/${id}`),
    Tags: [],
    ...rule,
  };
  ec2Tables(tables).securityGroupRules.put(scopeKey(scope, id), record);
  return record;
}

export function createSubnetRecord(
  tables: Tables,
  scope: Scope,
  wanted: { vpcId: string; block: string; zone: string; isDefault: boolean; tags: Tag[] },
): string {
  const subnetId = newId('subnet');
  ec2Tables(tables).subnets.put(scopeKey(scope, subnetId), {
    AvailabilityZoneId: zoneId(wanted.zone),
    MapCustomerOwnedIpOnLaunch: false,
    OwnerId: scope.account,
    AssignIpv6AddressOnCreation: false,
    Ipv6CidrBlockAssociationSet: [],
    Tags: wanted.tags,
    SubnetArn: arn('ec2', scope, `subnet/${subnetId}`),
    EnableDns64: false,
    Ipv6Native: false,
    PrivateDnsNameOptionsOnLaunch: { HostnameType: 'ip-name', EnableResourceNameDnsARecord: false, EnableResourceNameDnsAAAARecord: false },
    SubnetId: subnetId,
    State: 'available',
    VpcId: wanted.vpcId,
    CidrBlock: wanted.block,
    AvailableIpAddressCount: (parseBlock(wanted.block)?.size ?? RESERVED) - RESERVED,
    AvailabilityZone: wanted.zone,
    DefaultForAz: wanted.isDefault,
    MapPublicIpOnLaunch: wanted.isDefault,
  });
  return subnetId;
}
