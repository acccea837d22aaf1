// NAT gateways and egress-only internet gateways: ways out that are recorded; every task reaches the registry without them.
import type * as sdk from '@aws-sdk/client-ec2';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { addresses } from './addresses.ts';
import { collection, describe, remove, requireOne, save } from './collection.ts';
import { missing } from './errors.ts';
import { createInterface, deleteInterface } from './network-interfaces.ts';
import { newId } from './state.ts';
import { requireSubnet } from './subnets.ts';
import { tagsFor } from './tag-specifications.ts';
import { requireVpc } from './vpcs.ts';

type NatGateway = Timestamped<sdk.NatGateway>;
type EgressGateway = Timestamped<sdk.EgressOnlyInternetGateway>;

export const natGateways = collection<NatGateway>({
  type: 'natgateway',
  table: 'ec2.nat-gateways',
  code: 'NatGatewayNotFound',
  what: 'NAT gateway',
  idOf: (one) => one.NatGatewayId,
  fields: {
    'nat-gateway-id': (one) => one.NatGatewayId,
    state: (one) => one.State,
    'subnet-id': (one) => one.SubnetId,
    'vpc-id': (one) => one.VpcId,
  },
});

export const egressGateways = collection<EgressGateway>({
  type: 'egress-only-internet-gateway',
  table: 'ec2.egress-only-gateways',
  code: 'InvalidGatewayID.NotFound',
  what: 'eigw ID',
  idOf: (one) => one.EgressOnlyInternetGatewayId,
  fields: {},
});

function create(input: Timestamped<sdk.CreateNatGatewayRequest>, call: Call): { NatGateway: NatGateway; ClientToken?: string } {
  const subnet = requireSubnet(input.SubnetId, call);
  const isPublic = (input.ConnectivityType ?? 'public') === 'public';
  if (isPublic && input.AllocationId === undefined) {
    throw missing('AllocationId');
  }
  const address = isPublic ? requireOne(addresses, input.AllocationId, call) : undefined;
  const eni = createInterface(call, call, {
    subnetId: subnet.SubnetId ?? '',
    groupIds: [],
    description: 'Interface for NAT Gateway',
    assignPublicIp: false,
    interfaceType: 'nat_gateway',
    requesterManaged: true,
    attachedTo: { instanceOwnerId: 'amazon-aws' },
  });
  if (address) {
    save(
      addresses,
      {
        ...address,
        AssociationId: newId('eipassoc'),
        NetworkInterfaceId: eni.NetworkInterfaceId,
        PrivateIpAddress: eni.PrivateIpAddress,
        NetworkInterfaceOwnerId: call.account,
      },
      call,
    );
  }
  const gateway: NatGateway = {
    NatGatewayId: newId('nat'),
    SubnetId: subnet.SubnetId,
    VpcId: subnet.VpcId,
    State: 'available',
    CreateTime: call.clock.now(),
    ConnectivityType: isPublic ? 'public' : 'private',
    NatGatewayAddresses: [
      {
        ...(address ? { AllocationId: address.AllocationId, PublicIp: address.PublicIp } : {}),
        NetworkInterfaceId: eni.NetworkInterfaceId,
        PrivateIp: input.PrivateIpAddress ?? eni.PrivateIpAddress,
        IsPrimary: true,
        Status: 'succeeded',
      },
    ],
    Tags: tagsFor('natgateway', input.TagSpecifications),
  };
  return { NatGateway: save(natGateways, gateway, call) };
}

export const natGatewayOperations: Readonly<Record<string, Operation>> = {
  CreateNatGateway: operation<sdk.CreateNatGatewayRequest, sdk.CreateNatGatewayResult>({ handle: create }),
  DescribeNatGateways: operation<sdk.DescribeNatGatewaysRequest, sdk.DescribeNatGatewaysResult>({
    handle: (input, call) => {
      const page = describe(natGateways, input.NatGatewayIds, { ...input, Filters: input.Filter }, call);
      return { NatGateways: page.items, NextToken: page.nextToken };
    },
  }),
  DeleteNatGateway: operation<sdk.DeleteNatGatewayRequest, sdk.DeleteNatGatewayResult>({
    handle: (input, call) => {
      const gateway = requireOne(natGateways, input.NatGatewayId, call);
      for (const { AllocationId, NetworkInterfaceId } of gateway.NatGatewayAddresses ?? []) {
        deleteInterface(call, call, NetworkInterfaceId ?? '');
        const table = call.tables.table<Timestamped<sdk.Address>>(addresses.table);
        const address = table.get(scopeKey(call, AllocationId ?? ''));
        if (address) {
          const { AssociationId: _a, NetworkInterfaceId: _n, PrivateIpAddress: _p, NetworkInterfaceOwnerId: _o, ...free } = address;
          save(addresses, free, call);
        }
      }
      // Shown as deleted for about an hour.
      save(natGateways, { ...gateway, State: 'deleted', DeleteTime: call.clock.now() }, call);
      return { NatGatewayId: gateway.NatGatewayId };
    },
  }),
  CreateEgressOnlyInternetGateway: operation<sdk.CreateEgressOnlyInternetGatewayRequest, sdk.CreateEgressOnlyInternetGatewayResult>({
    handle: (input, call) => {
      const vpc = requireVpc(input.VpcId, call);
      const gateway: EgressGateway = {
        EgressOnlyInternetGatewayId: newId('eigw'),
        Attachments: [{ State: 'attached', VpcId: vpc.VpcId }],
        Tags: tagsFor('egress-only-internet-gateway', input.TagSpecifications),
      };
      return { EgressOnlyInternetGateway: save(egressGateways, gateway, call) };
    },
  }),
  DescribeEgressOnlyInternetGateways: operation<
    sdk.DescribeEgressOnlyInternetGatewaysRequest,
    sdk.DescribeEgressOnlyInternetGatewaysResult
  >({
    handle: (input, call) => {
      const page = describe(egressGateways, input.EgressOnlyInternetGatewayIds, input, call);
      return { EgressOnlyInternetGateways: page.items, NextToken: page.nextToken };
    },
  }),
  DeleteEgressOnlyInternetGateway: operation<sdk.DeleteEgressOnlyInternetGatewayRequest, sdk.DeleteEgressOnlyInternetGatewayResult>({
    handle: (input, call) => {
      remove(egressGateways, input.EgressOnlyInternetGatewayId, call);
      return { ReturnCode: true };
    },
  }),
};
