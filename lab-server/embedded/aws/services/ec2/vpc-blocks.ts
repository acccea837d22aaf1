// Further blocks of VPCs, the defaults of a region made again, and reservations in subnets.
import type * as sdk from '@aws-sdk/client-ec2';
import { AwsError } from '../../gateway/errors.ts';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { addressAt, contains, overlaps, parseBlock } from './cidr.ts';
import { collection, listOf, remove, save } from './collection.ts';
import { createDefaultNetwork, createSubnetRecord } from './default-vpc.ts';
import { invalidValue, notFound } from './errors.ts';
import { ec2Tables, newId, type Subnet, type Vpc } from './state.ts';
import { listSubnets, requireSubnet } from './subnets.ts';
import { tagsFor } from './tag-specifications.ts';
import { defaultVpc, requireVpc } from './vpcs.ts';
import { zonesOf } from './zones.ts';

/** A VPC has five IPv4 blocks at most. */
const MOST_BLOCKS = 5;
const SUBNET_PREFIX = 20;

type Reservation = Timestamped<sdk.SubnetCidrReservation>;

const reservations = collection<Reservation>({
  type: 'subnet-cidr-reservation',
  table: 'ec2.subnet-cidr-reservations',
  code: 'InvalidSubnetCidrReservationID.NotFound',
  what: 'subnet cidr reservation ID',
  idOf: (one) => one.SubnetCidrReservationId,
  fields: {},
});

function associate(
  input: Timestamped<sdk.AssociateVpcCidrBlockRequest>,
  call: Call,
): Timestamped<Omit<sdk.AssociateVpcCidrBlockResult, '$metadata'>> {
  const vpc = requireVpc(input.VpcId, call);
  if (input.CidrBlock === undefined) {
    throw invalidValue('IPv6 blocks are not simulated.');
  }
  const block = parseBlock(input.CidrBlock);
  if (!block || block.prefix < 16 || block.prefix > 28) {
    throw new AwsError('InvalidVpc.Range', `The CIDR '${input.CidrBlock}' is invalid.`);
  }
  const own = vpc.CidrBlockAssociationSet ?? [];
  if (own.filter((one) => one.CidrBlockState?.State === 'associated').length >= MOST_BLOCKS) {
    throw new AwsError(
      'CidrLimitExceeded',
      `This network '${vpc.VpcId ?? ''}' has met its maximum number of allowed CIDRs: ${MOST_BLOCKS}`,
    );
  }
  const association = {
    AssociationId: newId('vpc-cidr-assoc'),
    CidrBlock: input.CidrBlock,
    CidrBlockState: { State: 'associated' as const },
  };
  put({ ...vpc, CidrBlockAssociationSet: [...own, association] }, call);
  return { VpcId: vpc.VpcId, CidrBlockAssociation: { ...association, CidrBlockState: { State: 'associating' } } };
}

function put(vpc: Vpc, call: Call): void {
  ec2Tables(call.tables).vpcs.put(scopeKey(call, vpc.VpcId ?? ''), vpc);
}

function disassociate(
  input: Timestamped<sdk.DisassociateVpcCidrBlockRequest>,
  call: Call,
): Timestamped<Omit<sdk.DisassociateVpcCidrBlockResult, '$metadata'>> {
  const vpc = ec2Tables(call.tables)
    .vpcs.list(`${scopeKey(call)}/`)
    .find((one) => one.CidrBlockAssociationSet?.some((block) => block.AssociationId === input.AssociationId));
  const association = vpc?.CidrBlockAssociationSet?.find((block) => block.AssociationId === input.AssociationId);
  if (!vpc || !association) {
    throw new AwsError(
      'InvalidVpcCidrBlockAssociationIdError.NotFound',
      `The vpc CIDR block association ID '${input.AssociationId ?? ''}' does not exist`,
    );
  }
  if (association.CidrBlock === vpc.CidrBlock) {
    throw new AwsError(
      'OperationNotPermitted',
      `The vpc CIDR block with association ID ${input.AssociationId ?? ''} may not be disassociated. It is the primary IPv4 CIDR block of the VPC`,
    );
  }
  put({ ...vpc, CidrBlockAssociationSet: vpc.CidrBlockAssociationSet?.filter((block) => block !== association) }, call);
  return { VpcId: vpc.VpcId, CidrBlockAssociation: { ...association, CidrBlockState: { State: 'disassociating' } } };
}

function defaultSubnet(input: Timestamped<sdk.CreateDefaultSubnetRequest>, call: Call): { Subnet: Subnet } {
  const zones = zonesOf(call.region);
  const zone = input.AvailabilityZone ?? '';
  if (!zones.includes(zone)) {
    throw invalidValue(
      `Value (${zone}) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: ${zones.join(', ')}.`,
    );
  }
  const vpc = defaultVpc(call);
  if (!vpc) {
    throw new AwsError('DefaultVpcDoesNotExist', 'No default VPC for this account in this region');
  }
  const siblings = listSubnets(call).filter((subnet) => subnet.VpcId === vpc.VpcId);
  const there = siblings.find((subnet) => subnet.DefaultForAz && subnet.AvailabilityZone === zone);
  if (there) {
    throw new AwsError(
      'DefaultSubnetAlreadyExistsInAvailabilityZone',
      `'${there.SubnetId ?? ''}' is already the default subnet in ${zone}.`,
    );
  }
  const network = parseBlock(vpc.CidrBlock ?? '');
  const step = 2 ** (32 - SUBNET_PREFIX);
  for (let index = 0; network && index * step < network.size; index += 1) {
    const text = `${addressAt(network, index * step)}/${SUBNET_PREFIX}`;
    const block = parseBlock(text);
    if (block && !siblings.some((subnet) => overlaps(parseBlock(subnet.CidrBlock ?? '') ?? block, block))) {
      const id = createSubnetRecord(call.tables, call, { vpcId: vpc.VpcId ?? '', block: text, zone, isDefault: true, tags: [] });
      return { Subnet: requireSubnet(id, call) };
    }
  }
  throw new AwsError('InsufficientFreeAddressesInSubnet', 'The default VPC has no room for another subnet.');
}

export const vpcBlockOperations: Readonly<Record<string, Operation>> = {
  AssociateVpcCidrBlock: operation<sdk.AssociateVpcCidrBlockRequest, sdk.AssociateVpcCidrBlockResult>({ handle: associate }),
  DisassociateVpcCidrBlock: operation<sdk.DisassociateVpcCidrBlockRequest, sdk.DisassociateVpcCidrBlockResult>({ handle: disassociate }),
  ModifyVpcTenancy: operation<sdk.ModifyVpcTenancyRequest, sdk.ModifyVpcTenancyResult>({
    handle: (input, call) => {
      const vpc = requireVpc(input.VpcId, call);
      if (input.InstanceTenancy !== 'default') {
        throw new AwsError('UnsupportedTenancy', `The tenancy value ${String(input.InstanceTenancy)} is not supported.`);
      }
      put({ ...vpc, InstanceTenancy: 'default' }, call);
      return { ReturnValue: true };
    },
  }),
  CreateDefaultVpc: operation<sdk.CreateDefaultVpcRequest, sdk.CreateDefaultVpcResult>({
    handle: (_input, call) => {
      const before = defaultVpc(call);
      if (before) {
        throw new AwsError('DefaultVpcAlreadyExists', `A Default VPC already exists for this account in this region.`);
      }
      return { Vpc: requireVpc(createDefaultNetwork(call.tables, call), call) };
    },
  }),
  CreateDefaultSubnet: operation<sdk.CreateDefaultSubnetRequest, sdk.CreateDefaultSubnetResult>({ handle: defaultSubnet }),
  CreateSubnetCidrReservation: operation<sdk.CreateSubnetCidrReservationRequest, sdk.CreateSubnetCidrReservationResult>({
    handle: (input, call) => {
      const subnet = requireSubnet(input.SubnetId, call);
      const block = parseBlock(input.Cidr ?? '');
      const outer = parseBlock(subnet.CidrBlock ?? '');
      if (!block || !outer || !contains(outer, block)) {
        throw invalidValue(`CIDR ${input.Cidr ?? ''} is not within the subnet's CIDR block.`);
      }
      const others = listOf(reservations, call).filter((one) => one.SubnetId === subnet.SubnetId);
      if (others.some((one) => overlaps(parseBlock(one.Cidr ?? '') ?? block, block))) {
        throw invalidValue(`CIDR ${input.Cidr ?? ''} overlaps with a reservation that exists.`);
      }
      const reservation: Reservation = {
        SubnetCidrReservationId: newId('scr'),
        SubnetId: subnet.SubnetId,
        Cidr: input.Cidr,
        ReservationType: input.ReservationType,
        OwnerId: call.account,
        Description: input.Description ?? '',
        Tags: tagsFor('subnet-cidr-reservation', input.TagSpecifications),
      };
      return { SubnetCidrReservation: save(reservations, reservation, call) };
    },
  }),
  GetSubnetCidrReservations: operation<sdk.GetSubnetCidrReservationsRequest, sdk.GetSubnetCidrReservationsResult>({
    handle: (input, call) => {
      const subnet = requireSubnet(input.SubnetId, call);
      const types = input.Filters?.find((filter) => filter.Name === 'reservationType')?.Values;
      const own = listOf(reservations, call).filter(
        (one) => one.SubnetId === subnet.SubnetId && (!types || types.includes(one.ReservationType ?? '')),
      );
      return { SubnetIpv4CidrReservations: own, SubnetIpv6CidrReservations: [] };
    },
  }),
  DeleteSubnetCidrReservation: operation<sdk.DeleteSubnetCidrReservationRequest, sdk.DeleteSubnetCidrReservationResult>({
    handle: (input, call) => {
      if (!listOf(reservations, call).some((one) => one.SubnetCidrReservationId === input.SubnetCidrReservationId)) {
        throw notFound('InvalidSubnetCidrReservationID.NotFound', 'subnet cidr reservation ID', input.SubnetCidrReservationId ?? '');
      }
      return { DeletedSubnetCidrReservation: remove(reservations, input.SubnetCidrReservationId, call) };
    },
  }),
};
