// VPC peering connections: asked for, accepted, rejected, deleted.
import type * as sdk from '@aws-sdk/client-ec2';
import { AwsError } from '../../gateway/errors.ts';
import { operation, type Operation, type Timestamped } from '../service.ts';
import { collection, describe, requireOne, save } from './collection.ts';
import { newId, type Vpc } from './state.ts';
import { tagsFor } from './tag-specifications.ts';
import { requireVpc } from './vpcs.ts';

type Peering = Timestamped<sdk.VpcPeeringConnection>;

export const peerings = collection<Peering>({
  type: 'vpc-peering-connection',
  table: 'ec2.peering-connections',
  code: 'InvalidVpcPeeringConnectionId.NotFound',
  what: 'vpcPeeringConnection ID',
  idOf: (one) => one.VpcPeeringConnectionId,
  fields: {
    'accepter-vpc-info.cidr-block': (one) => one.AccepterVpcInfo?.CidrBlock,
    'accepter-vpc-info.owner-id': (one) => one.AccepterVpcInfo?.OwnerId,
    'accepter-vpc-info.vpc-id': (one) => one.AccepterVpcInfo?.VpcId,
    'requester-vpc-info.cidr-block': (one) => one.RequesterVpcInfo?.CidrBlock,
    'requester-vpc-info.owner-id': (one) => one.RequesterVpcInfo?.OwnerId,
    'requester-vpc-info.vpc-id': (one) => one.RequesterVpcInfo?.VpcId,
    'status-code': (one) => one.Status?.Code,
    'vpc-peering-connection-id': (one) => one.VpcPeeringConnectionId,
  },
});

const OPTIONS = {
  AllowDnsResolutionFromRemoteVpc: false,
  AllowEgressFromLocalClassicLinkToRemoteVpc: false,
  AllowEgressFromLocalVpcToRemoteClassicLink: false,
};

function sideOf(vpc: Vpc, region: string): Peering['RequesterVpcInfo'] {
  return {
    CidrBlock: vpc.CidrBlock,
    CidrBlockSet: vpc.CidrBlockAssociationSet?.map(({ CidrBlock }) => ({ CidrBlock })),
    OwnerId: vpc.OwnerId,
    PeeringOptions: OPTIONS,
    Region: region,
    VpcId: vpc.VpcId,
  };
}

function wrongState(peering: Peering, to: string): AwsError {
  return new AwsError(
    'InvalidStateTransition',
    `Invalid state transition for ${peering.VpcPeeringConnectionId ?? ''}, attempted to transition from ${peering.Status?.Code ?? ''} to ${to}`,
  );
}

export const peeringOperations: Readonly<Record<string, Operation>> = {
  CreateVpcPeeringConnection: operation<sdk.CreateVpcPeeringConnectionRequest, sdk.CreateVpcPeeringConnectionResult>({
    handle: (input, call) => {
      const requester = requireVpc(input.VpcId, call);
      const region = input.PeerRegion ?? call.region;
      const isOwn = input.PeerOwnerId === undefined || input.PeerOwnerId === call.account;
      const accepter = isOwn ? requireVpc(input.PeerVpcId, { ...call, region }) : undefined;
      const peering: Peering = {
        VpcPeeringConnectionId: newId('pcx'),
        RequesterVpcInfo: sideOf(requester, call.region),
        AccepterVpcInfo: accepter ? sideOf(accepter, region) : { OwnerId: input.PeerOwnerId, VpcId: input.PeerVpcId, Region: region },
        Status: { Code: 'initiating-request', Message: `Initiating Request to ${accepter?.OwnerId ?? input.PeerOwnerId ?? ''}` },
        Tags: tagsFor('vpc-peering-connection', input.TagSpecifications),
      };
      const pending = { Code: 'pending-acceptance' as const, Message: `Pending Acceptance by ${peering.AccepterVpcInfo?.OwnerId ?? ''}` };
      save(peerings, { ...peering, Status: pending }, call);
      if (region !== call.region) {
        save(peerings, { ...peering, Status: pending }, { ...call, region });
      }
      return { VpcPeeringConnection: peering };
    },
  }),
  DescribeVpcPeeringConnections: operation<sdk.DescribeVpcPeeringConnectionsRequest, sdk.DescribeVpcPeeringConnectionsResult>({
    handle: (input, call) => {
      const page = describe(peerings, input.VpcPeeringConnectionIds, input, call);
      return { VpcPeeringConnections: page.items, NextToken: page.nextToken };
    },
  }),
  AcceptVpcPeeringConnection: operation<sdk.AcceptVpcPeeringConnectionRequest, sdk.AcceptVpcPeeringConnectionResult>({
    handle: (input, call) => {
      const peering = requireOne(peerings, input.VpcPeeringConnectionId, call);
      const { RequesterVpcInfo: requester, AccepterVpcInfo: accepter } = peering;
      if (accepter?.Region !== requester?.Region && accepter?.Region !== call.region) {
        throw new AwsError(
          'OperationNotPermitted',
          `Incorrect region (${call.region}) specified for this request. VPC peering connection ${peering.VpcPeeringConnectionId ?? ''} must be accepted in region ${accepter?.Region ?? ''}`,
        );
      }
      if (peering.Status?.Code !== 'pending-acceptance') {
        throw wrongState(peering, 'active');
      }
      const changed: Peering = { ...peering, Status: { Code: 'active', Message: 'Active' } };
      for (const region of new Set([call.region, requester?.Region ?? call.region])) {
        save(peerings, changed, { ...call, region });
      }
      return { VpcPeeringConnection: changed };
    },
  }),
  RejectVpcPeeringConnection: operation<sdk.RejectVpcPeeringConnectionRequest, sdk.RejectVpcPeeringConnectionResult>({
    handle: (input, call) => {
      const peering = requireOne(peerings, input.VpcPeeringConnectionId, call);
      const accepterRegion = peering.AccepterVpcInfo?.Region;
      if (accepterRegion !== peering.RequesterVpcInfo?.Region && accepterRegion !== call.region) {
        throw new AwsError(
          'OperationNotPermitted',
          `Incorrect region (${call.region}) specified for this request. VPC peering connection ${peering.VpcPeeringConnectionId ?? ''} must be accepted or rejected in region ${accepterRegion ?? ''}`,
        );
      }
      if (peering.Status?.Code !== 'pending-acceptance') {
        throw wrongState(peering, 'rejected');
      }
      for (const region of new Set([call.region, peering.RequesterVpcInfo?.Region ?? call.region])) {
        save(peerings, { ...peering, Status: { Code: 'rejected', Message: 'Inactive' } }, { ...call, region });
      }
      return { Return: true };
    },
  }),
  DeleteVpcPeeringConnection: operation<sdk.DeleteVpcPeeringConnectionRequest, sdk.DeleteVpcPeeringConnectionResult>({
    handle: (input, call) => {
      const peering = requireOne(peerings, input.VpcPeeringConnectionId, call);
      save(peerings, { ...peering, Status: { Code: 'deleted', Message: `Deleted by ${call.account}` } }, call);
      return { Return: true };
    },
  }),
  ModifyVpcPeeringConnectionOptions: operation<sdk.ModifyVpcPeeringConnectionOptionsRequest, sdk.ModifyVpcPeeringConnectionOptionsResult>({
    handle: (input, call) => {
      const peering = requireOne(peerings, input.VpcPeeringConnectionId, call);
      const accepter = { ...peering.AccepterVpcInfo?.PeeringOptions, ...input.AccepterPeeringConnectionOptions };
      const requester = { ...peering.RequesterVpcInfo?.PeeringOptions, ...input.RequesterPeeringConnectionOptions };
      save(
        peerings,
        {
          ...peering,
          AccepterVpcInfo: { ...peering.AccepterVpcInfo, PeeringOptions: accepter },
          RequesterVpcInfo: { ...peering.RequesterVpcInfo, PeeringOptions: requester },
        },
        call,
      );
      return { AccepterPeeringConnectionOptions: accepter, RequesterPeeringConnectionOptions: requester };
    },
  }),
};
