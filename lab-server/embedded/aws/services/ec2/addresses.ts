// Elastic IP addresses: allocated, associated with instances and interfaces, released.
import type * as sdk from '@aws-sdk/client-ec2';
import { AwsError } from '../../gateway/errors.ts';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { collection, describe, listOf, remove, save } from './collection.ts';
import { missing } from './errors.ts';
import { instancesTable } from './instance-table.ts';
import { addressIndex, freePublicAddress } from './network-interfaces.ts';
import { ec2Tables, newId, type NetworkInterface } from './state.ts';
import { tagsFor } from './tag-specifications.ts';

export type Address = Timestamped<sdk.Address>;

export const addresses = collection<Address>({
  type: 'elastic-ip',
  table: 'ec2.addresses',
  code: 'InvalidAllocationID.NotFound',
  what: 'allocation ID',
  idOf: (address) => address.AllocationId,
  fields: {
    'allocation-id': (one) => one.AllocationId,
    'association-id': (one) => one.AssociationId,
    domain: (one) => one.Domain,
    'instance-id': (one) => one.InstanceId,
    'network-interface-id': (one) => one.NetworkInterfaceId,
    'network-interface-owner-id': (one) => one.NetworkInterfaceOwnerId,
    'private-ip-address': (one) => one.PrivateIpAddress,
    'public-ip': (one) => one.PublicIp,
  },
});

function byPublicIp(ip: string | undefined, call: Call): Address {
  const address = listOf(addresses, call).find((one) => one.PublicIp === ip);
  if (!address) {
    throw new AwsError('InvalidAddress.NotFound', `Address '${ip ?? ''}' not found.`);
  }
  return address;
}

function find(input: { AllocationId?: string; PublicIp?: string }, call: Call): Address {
  if (input.AllocationId === undefined && input.PublicIp === undefined) {
    throw missing('AllocationId or PublicIp');
  }
  if (input.AllocationId === undefined) {
    return byPublicIp(input.PublicIp, call);
  }
  const address = listOf(addresses, call).find((one) => one.AllocationId === input.AllocationId);
  if (!address) {
    throw new AwsError('InvalidAllocationID.NotFound', `The allocation ID '${input.AllocationId}' does not exist`);
  }
  return address;
}

/** Gives an interface its public address, or takes it away. */
function setPublic(eni: NetworkInterface, address: Address | undefined, call: Call): void {
  const index = addressIndex(call);
  const key = scopeKey(call, eni.NetworkInterfaceId ?? '');
  if (eni.Association?.PublicIp) {
    index.public.delete(eni.Association.PublicIp);
  }
  const { Association: _association, ...rest } = eni;
  const ip = address?.PublicIp;
  const association = ip && {
    AllocationId: address.AllocationId,
    AssociationId: address.AssociationId,
    IpOwnerId: call.account,
    PublicDnsName: `ec2-${ip.replaceAll('.', '-')}.compute-1.amazonaws.com`,
    PublicIp: ip,
  };
  ec2Tables(call.tables).networkInterfaces.put(key, {
    ...rest,
    ...(association ? { Association: association } : {}),
    PrivateIpAddresses: (eni.PrivateIpAddresses ?? []).map(({ Association: _own, ...one }) =>
      one.Primary && association ? { ...one, Association: association } : one,
    ),
  });
  if (ip) {
    index.public.set(ip, key);
  }
  const instanceKey = scopeKey(call, eni.Attachment?.InstanceId ?? '');
  const instance = instancesTable(call.tables).get(instanceKey);
  if (instance) {
    const { PublicIpAddress: _ip, PublicDnsName: _name, ...without } = instance;
    instancesTable(call.tables).put(instanceKey, {
      ...without,
      ...(association ? { PublicIpAddress: ip, PublicDnsName: association.PublicDnsName } : {}),
      NetworkInterfaces: instance.NetworkInterfaces?.map(({ Association: _own, ...one }) =>
        one.NetworkInterfaceId === eni.NetworkInterfaceId && association ? { ...one, Association: association } : one,
      ),
    });
  }
}

function interfaceFor(input: Timestamped<sdk.AssociateAddressRequest>, call: Call): NetworkInterface {
  const { networkInterfaces } = ec2Tables(call.tables);
  if (input.NetworkInterfaceId !== undefined) {
    const eni = networkInterfaces.get(scopeKey(call, input.NetworkInterfaceId));
    if (!eni) {
      throw new AwsError('InvalidNetworkInterfaceID.NotFound', `The networkInterface ID '${input.NetworkInterfaceId}' does not exist`);
    }
    return eni;
  }
  const instance = instancesTable(call.tables).get(scopeKey(call, input.InstanceId ?? ''));
  const eni = networkInterfaces.get(scopeKey(call, instance?.NetworkInterfaces?.[0]?.NetworkInterfaceId ?? ''));
  if (!eni) {
    throw new AwsError('InvalidInstanceID.NotFound', `The instance ID '${input.InstanceId ?? ''}' does not exist`);
  }
  return eni;
}

function unassociated(address: Address, call: Call): Address {
  const eni = ec2Tables(call.tables).networkInterfaces.get(scopeKey(call, address.NetworkInterfaceId ?? ''));
  if (eni) {
    setPublic(eni, undefined, call);
  }
  const {
    AssociationId: _id,
    InstanceId: _instance,
    NetworkInterfaceId: _eni,
    NetworkInterfaceOwnerId: _owner,
    PrivateIpAddress: _ip,
    ...rest
  } = address;
  return save(addresses, rest, call);
}

function associate(input: Timestamped<sdk.AssociateAddressRequest>, call: Call): { AssociationId: string } {
  if (input.InstanceId === undefined && input.NetworkInterfaceId === undefined) {
    throw new AwsError('MissingParameter', 'The request must contain the parameter instanceId or networkInterfaceId');
  }
  const address = find(input, call);
  const eni = interfaceFor(input, call);
  if (address.AssociationId !== undefined && !input.AllowReassociation && address.NetworkInterfaceId !== eni.NetworkInterfaceId) {
    throw new AwsError(
      'Resource.AlreadyAssociated',
      `resource ${address.AllocationId ?? ''} is already associated with associate-id ${address.AssociationId}`,
    );
  }
  const free = address.AssociationId === undefined ? address : unassociated(address, call);
  const associated = save(
    addresses,
    {
      ...free,
      AssociationId: newId('eipassoc'),
      ...(eni.Attachment?.InstanceId ? { InstanceId: eni.Attachment.InstanceId } : {}),
      NetworkInterfaceId: eni.NetworkInterfaceId,
      NetworkInterfaceOwnerId: call.account,
      PrivateIpAddress: input.PrivateIpAddress ?? eni.PrivateIpAddress,
    },
    call,
  );
  const current = ec2Tables(call.tables).networkInterfaces.get(scopeKey(call, eni.NetworkInterfaceId ?? '')) ?? eni;
  setPublic(current, associated, call);
  return { AssociationId: associated.AssociationId ?? '' };
}

export const addressOperations: Readonly<Record<string, Operation>> = {
  AllocateAddress: operation<sdk.AllocateAddressRequest, sdk.AllocateAddressResult>({
    handle: (input, call) => {
      const { Address: wanted } = input;
      if (input.Domain !== undefined && !['vpc', 'standard'].includes(input.Domain)) {
        throw new AwsError('InvalidParameterValue', `Invalid value '${String(input.Domain)}' for domain.`);
      }
      const ip = wanted ?? freePublicAddress(call, (one) => listOf(addresses, call).some((address) => address.PublicIp === one));
      const address = save(
        addresses,
        {
          AllocationId: newId('eipalloc'),
          PublicIp: ip,
          Domain: 'vpc',
          PublicIpv4Pool: 'amazon',
          NetworkBorderGroup: call.region,
          Tags: tagsFor('elastic-ip', input.TagSpecifications),
        },
        call,
      );
      return { AllocationId: address.AllocationId, PublicIp: ip, Domain: 'vpc', PublicIpv4Pool: 'amazon', NetworkBorderGroup: call.region };
    },
  }),
  AssociateAddress: operation<sdk.AssociateAddressRequest, sdk.AssociateAddressResult>({ handle: associate }),
  DisassociateAddress: operation<sdk.DisassociateAddressRequest, object>({
    handle: (input, call) => {
      if (input.AssociationId === undefined && input.PublicIp === undefined) {
        throw missing('AssociationId or PublicIp');
      }
      const address =
        input.AssociationId === undefined
          ? byPublicIp(input.PublicIp, call)
          : listOf(addresses, call).find((one) => one.AssociationId === input.AssociationId);
      if (!address) {
        throw new AwsError('InvalidAssociationID.NotFound', `The association ID '${input.AssociationId ?? ''}' does not exist`);
      }
      unassociated(address, call);
      return {};
    },
  }),
  ReleaseAddress: operation<sdk.ReleaseAddressRequest, object>({
    handle: (input, call) => {
      const address = find(input, call);
      if (address.AssociationId !== undefined) {
        throw new AwsError(
          'InvalidIPAddress.InUse',
          `The address with allocation id ${address.AllocationId ?? ''} cannot be released because it is locked to your account or in use.`,
        );
      }
      remove(addresses, address.AllocationId, call);
      return {};
    },
  }),
  DescribeAddresses: operation<sdk.DescribeAddressesRequest, sdk.DescribeAddressesResult>({
    handle: (input, call) => {
      const ids = [...(input.AllocationIds ?? []), ...(input.PublicIps ?? []).map((ip) => byPublicIp(ip, call).AllocationId ?? '')];
      return { Addresses: describe(addresses, ids, { Filters: input.Filters }, call).items };
    },
  }),
  DescribeAddressesAttribute: operation<sdk.DescribeAddressesAttributeRequest, sdk.DescribeAddressesAttributeResult>({
    handle: (input, call) => ({
      Addresses: describe(addresses, input.AllocationIds, {}, call).items.map(({ AllocationId, PublicIp }) => ({ AllocationId, PublicIp })),
    }),
  }),
};
