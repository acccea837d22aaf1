// VPCs.
import type * as sdk from '@aws-sdk/client-ec2';
import { AwsError } from '../../gateway/errors.ts';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { networkOf, parseBlock } from './cidr.ts';
import { createVpcParts, ensureDefaultVpc } from './default-vpc.ts';
import { inUse, missing, vpcNotFound } from './errors.ts';
import { select } from './filters.ts';
import { ec2Tables, type Vpc } from './state.ts';
import { tagsFor } from './tag-specifications.ts';

const LARGEST_PREFIX = 28;
const SMALLEST_PREFIX = 16;

/** The VPC of that id. Throws InvalidVpcID.NotFound. */
export function requireVpc(id: string | undefined, call: Call): Vpc {
  ensureDefaultVpc(call.tables, call);
  const vpc = ec2Tables(call.tables).vpcs.get(scopeKey(call, id ?? ''));
  if (!vpc) {
    throw vpcNotFound(id ?? '');
  }
  return vpc;
}

/** The VPC of that id, if there is one. */
export function findVpc(id: string, call: Call): Vpc | undefined {
  ensureDefaultVpc(call.tables, call);
  return ec2Tables(call.tables).vpcs.get(scopeKey(call, id));
}

/** The region's default VPC, unless it was deleted. */
export function defaultVpc(call: Call): Vpc | undefined {
  ensureDefaultVpc(call.tables, call);
  return ec2Tables(call.tables)
    .vpcs.list(`${scopeKey(call)}/`)
    .find((vpc) => vpc.IsDefault);
}

function create(input: Timestamped<sdk.CreateVpcRequest>, call: Call): { Vpc: Vpc } {
  ensureDefaultVpc(call.tables, call);
  if (input.CidrBlock === undefined) {
    throw missing('cidrBlock');
  }
  const text = networkOf(input.CidrBlock);
  const block = parseBlock(text ?? '');
  if (!block || text === undefined) {
    throw new AwsError(
      'InvalidParameterValue',
      `Value (${input.CidrBlock}) for parameter cidrBlock is invalid. This is not a valid CIDR block.`,
    );
  }
  if (block.prefix < SMALLEST_PREFIX || block.prefix > LARGEST_PREFIX) {
    throw new AwsError('InvalidVpc.Range', `The CIDR '${input.CidrBlock}' is invalid.`);
  }
  const tags = tagsFor('vpc', input.TagSpecifications);
  const vpc = requireVpc(createVpcParts(call.tables, call, { block: text, isDefault: false, tags }), call);
  const made: Vpc = { ...vpc, InstanceTenancy: input.InstanceTenancy ?? 'default' };
  ec2Tables(call.tables).vpcs.put(scopeKey(call, vpc.VpcId ?? ''), made);
  return { Vpc: made };
}

function remove(id: string | undefined, call: Call): object {
  const vpc = requireVpc(id, call);
  const tables = ec2Tables(call.tables);
  const prefix = `${scopeKey(call)}/`;
  const groups = tables.securityGroups.list(prefix).filter((group) => group.VpcId === vpc.VpcId);
  const routeTables = tables.routeTables.list(prefix).filter((table) => table.VpcId === vpc.VpcId);
  const isUsed =
    tables.subnets.list(prefix).some((subnet) => subnet.VpcId === vpc.VpcId) ||
    tables.internetGateways.list(prefix).some((gateway) => gateway.Attachments?.some((one) => one.VpcId === vpc.VpcId)) ||
    groups.some((group) => group.GroupName !== 'default') ||
    routeTables.some((table) => !table.Associations?.some((one) => one.Main));
  if (isUsed) {
    throw inUse(`The vpc '${vpc.VpcId ?? ''}' has dependencies and cannot be deleted.`);
  }
  for (const group of groups) {
    tables.securityGroups.delete(scopeKey(call, group.GroupId ?? ''));
    for (const rule of tables.securityGroupRules.list(prefix).filter((one) => one.GroupId === group.GroupId)) {
      tables.securityGroupRules.delete(scopeKey(call, rule.SecurityGroupRuleId ?? ''));
    }
  }
  for (const table of routeTables) {
    tables.routeTables.delete(scopeKey(call, table.RouteTableId ?? ''));
  }
  tables.vpcs.delete(scopeKey(call, vpc.VpcId ?? ''));
  return {};
}

export const vpcOperations: Readonly<Record<string, Operation>> = {
  CreateVpc: operation<sdk.CreateVpcRequest, sdk.CreateVpcResult>({ handle: create }),
  DeleteVpc: operation<sdk.DeleteVpcRequest, object>({ handle: (input, call) => remove(input.VpcId, call) }),
  DescribeVpcs: operation<sdk.DescribeVpcsRequest, sdk.DescribeVpcsResult>({
    handle: (input, call) => {
      ensureDefaultVpc(call.tables, call);
      const page = select(ec2Tables(call.tables).vpcs.list(`${scopeKey(call)}/`), input.VpcIds, input, {
        id: (vpc) => vpc.VpcId,
        notFound: vpcNotFound,
        fields: {
          'vpc-id': (vpc) => vpc.VpcId,
          cidr: (vpc) => vpc.CidrBlock,
          'cidr-block-association.cidr-block': (vpc) => vpc.CidrBlockAssociationSet?.map((one) => one.CidrBlock),
          'is-default': (vpc) => vpc.IsDefault,
          isDefault: (vpc) => vpc.IsDefault,
          state: (vpc) => vpc.State,
          'owner-id': (vpc) => vpc.OwnerId,
          'dhcp-options-id': (vpc) => vpc.DhcpOptionsId,
          'cidr-block': (vpc) => vpc.CidrBlock,
          cidrBlock: (vpc) => vpc.CidrBlock,
          'cidr-block-association.association-id': (vpc) => vpc.CidrBlockAssociationSet?.map((one) => one.AssociationId),
          'cidr-block-association.state': (vpc) => vpc.CidrBlockAssociationSet?.map((one) => one.CidrBlockState?.State),
        },
      });
      return { Vpcs: page.items, NextToken: page.nextToken };
    },
  }),
  DescribeVpcAttribute: operation<sdk.DescribeVpcAttributeRequest, sdk.DescribeVpcAttributeResult>({
    handle: (input, call) => {
      const vpc = requireVpc(input.VpcId, call);
      return {
        VpcId: vpc.VpcId,
        ...(input.Attribute === 'enableDnsHostnames' ? { EnableDnsHostnames: { Value: vpc.enableDnsHostnames ?? false } } : {}),
        ...(input.Attribute === 'enableNetworkAddressUsageMetrics'
          ? { EnableNetworkAddressUsageMetrics: { Value: vpc.enableNetworkAddressUsageMetrics ?? false } }
          : {}),
        ...(input.Attribute === 'enableDnsSupport' ? { EnableDnsSupport: { Value: vpc.enableDnsSupport ?? true } } : {}),
      };
    },
  }),
  ModifyVpcAttribute: operation<sdk.ModifyVpcAttributeRequest, object>({
    handle: (input, call) => {
      const vpc = requireVpc(input.VpcId, call);
      ec2Tables(call.tables).vpcs.put(scopeKey(call, vpc.VpcId ?? ''), {
        ...vpc,
        enableDnsHostnames: input.EnableDnsHostnames?.Value ?? vpc.enableDnsHostnames,
        enableDnsSupport: input.EnableDnsSupport?.Value ?? vpc.enableDnsSupport,
        enableNetworkAddressUsageMetrics: input.EnableNetworkAddressUsageMetrics?.Value ?? vpc.enableNetworkAddressUsageMetrics,
      });
      return {};
    },
  }),
};
