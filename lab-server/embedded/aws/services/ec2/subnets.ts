// Subnets.
import type * as sdk from '@aws-sdk/client-ec2';
import { AwsError } from '../../gateway/errors.ts';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { contains, networkOf, overlaps, parseBlock } from './cidr.ts';
import { createSubnetRecord, ensureDefaultVpc, RESERVED } from './default-vpc.ts';
import { inUse, invalidValue, missing, subnetNotFound } from './errors.ts';
import { select } from './filters.ts';
import { ec2Tables, type Subnet } from './state.ts';
import { tagsFor } from './tag-specifications.ts';
import { requireVpc } from './vpcs.ts';
import { zoneId, zonesOf } from './zones.ts';

/** The subnet of that id. Throws InvalidSubnetID.NotFound. */
export function requireSubnet(id: string | undefined, call: Call): Subnet {
  ensureDefaultVpc(call.tables, call);
  const subnet = ec2Tables(call.tables).subnets.get(scopeKey(call, id ?? ''));
  if (!subnet) {
    throw subnetNotFound(id ?? '');
  }
  return subnet;
}

/** Subnets of the scope, with the addresses that are free at this moment. */
export function listSubnets(call: Call): Subnet[] {
  ensureDefaultVpc(call.tables, call);
  const prefix = `${scopeKey(call)}/`;
  const used = new Map<string, number>();
  for (const { SubnetId = '' } of ec2Tables(call.tables).networkInterfaces.list(prefix)) {
    used.set(SubnetId, (used.get(SubnetId) ?? 0) + 1);
  }
  return ec2Tables(call.tables)
    .subnets.list(prefix)
    .map((subnet) => ({
      ...subnet,
      AvailableIpAddressCount: (parseBlock(subnet.CidrBlock ?? '')?.size ?? RESERVED) - RESERVED - (used.get(subnet.SubnetId ?? '') ?? 0),
    }));
}

function create(input: Timestamped<sdk.CreateSubnetRequest>, call: Call): { Subnet: Subnet } {
  const vpc = requireVpc(input.VpcId, call);
  if (input.CidrBlock === undefined) {
    throw missing('cidrBlock');
  }
  const text = networkOf(input.CidrBlock);
  const block = parseBlock(text ?? '');
  const vpcBlocks = (vpc.CidrBlockAssociationSet ?? []).flatMap((one) => parseBlock(one.CidrBlock ?? '') ?? []);
  if (!block || text === undefined) {
    throw invalidValue(`Value (${input.CidrBlock}) for parameter cidrBlock is invalid. This is not a valid CIDR block.`);
  }
  if (!vpcBlocks.some((outer) => contains(outer, block)) || block.prefix > 28) {
    throw new AwsError('InvalidSubnet.Range', `The CIDR '${input.CidrBlock}' is invalid.`);
  }
  const siblings = listSubnets(call).filter((subnet) => subnet.VpcId === vpc.VpcId);
  if (siblings.some((subnet) => overlaps(parseBlock(subnet.CidrBlock ?? '') ?? block, block))) {
    throw new AwsError('InvalidSubnet.Conflict', `The CIDR '${input.CidrBlock}' conflicts with another subnet`);
  }
  const zones = zonesOf(call.region);
  const byId = zones.find((one) => zoneId(one) === input.AvailabilityZoneId);
  const zone = input.AvailabilityZone ?? byId ?? zones[siblings.length % zones.length] ?? '';
  if (!zones.includes(zone)) {
    throw invalidValue(
      `Value (${zone}) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: ${zones.join(', ')}.`,
    );
  }
  const id = createSubnetRecord(call.tables, call, {
    vpcId: vpc.VpcId ?? '',
    block: text,
    zone,
    isDefault: false,
    tags: tagsFor('subnet', input.TagSpecifications),
  });
  return { Subnet: requireSubnet(id, call) };
}

export const subnetOperations: Readonly<Record<string, Operation>> = {
  CreateSubnet: operation<sdk.CreateSubnetRequest, sdk.CreateSubnetResult>({ handle: create }),
  DeleteSubnet: operation<sdk.DeleteSubnetRequest, object>({
    handle: (input, call) => {
      const subnet = requireSubnet(input.SubnetId, call);
      const tables = ec2Tables(call.tables);
      if (tables.networkInterfaces.list(`${scopeKey(call)}/`).some((one) => one.SubnetId === subnet.SubnetId)) {
        throw inUse(`The subnet '${subnet.SubnetId ?? ''}' has dependencies and cannot be deleted.`);
      }
      tables.subnets.delete(scopeKey(call, subnet.SubnetId ?? ''));
      return {};
    },
  }),
  ModifySubnetAttribute: operation<sdk.ModifySubnetAttributeRequest, object>({
    handle: (input, call) => {
      const subnet = requireSubnet(input.SubnetId, call);
      ec2Tables(call.tables).subnets.put(scopeKey(call, subnet.SubnetId ?? ''), {
        ...subnet,
        MapPublicIpOnLaunch: input.MapPublicIpOnLaunch?.Value ?? subnet.MapPublicIpOnLaunch,
        AssignIpv6AddressOnCreation: input.AssignIpv6AddressOnCreation?.Value ?? subnet.AssignIpv6AddressOnCreation,
        PrivateDnsNameOptionsOnLaunch: {
          ...subnet.PrivateDnsNameOptionsOnLaunch,
          HostnameType: input.PrivateDnsHostnameTypeOnLaunch ?? subnet.PrivateDnsNameOptionsOnLaunch?.HostnameType,
          EnableResourceNameDnsARecord:
            input.EnableResourceNameDnsARecordOnLaunch?.Value ?? subnet.PrivateDnsNameOptionsOnLaunch?.EnableResourceNameDnsARecord,
        },
      });
      return {};
    },
  }),
  DescribeSubnets: operation<sdk.DescribeSubnetsRequest, sdk.DescribeSubnetsResult>({
    handle: (input, call) => {
      const page = select(listSubnets(call), input.SubnetIds, input, {
        id: (subnet) => subnet.SubnetId,
        notFound: subnetNotFound,
        fields: {
          'subnet-id': (subnet) => subnet.SubnetId,
          'vpc-id': (subnet) => subnet.VpcId,
          'availability-zone': (subnet) => subnet.AvailabilityZone,
          availabilityZone: (subnet) => subnet.AvailabilityZone,
          'availability-zone-id': (subnet) => subnet.AvailabilityZoneId,
          'cidr-block': (subnet) => subnet.CidrBlock,
          cidr: (subnet) => subnet.CidrBlock,
          cidrBlock: (subnet) => subnet.CidrBlock,
          'default-for-az': (subnet) => subnet.DefaultForAz,
          defaultForAz: (subnet) => subnet.DefaultForAz,
          'map-public-ip-on-launch': (subnet) => subnet.MapPublicIpOnLaunch,
          'available-ip-address-count': (subnet) => subnet.AvailableIpAddressCount,
          'subnet-arn': (subnet) => subnet.SubnetArn,
          'owner-id': (subnet) => subnet.OwnerId,
          state: (subnet) => subnet.State,
        },
      });
      return { Subnets: page.items, NextToken: page.nextToken };
    },
  }),
};
