// What is done to interfaces after they were made: attached, detached, given other groups and more addresses.
import type * as sdk from '@aws-sdk/client-ec2';
import { AwsError } from '../../gateway/errors.ts';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { notFound } from './errors.ts';
import { instancesTable } from './instance-table.ts';
import { addressIndex, freePrivateAddress } from './network-interfaces.ts';
import { requireGroup } from './security-groups.ts';
import { ec2Tables, newId, type NetworkInterface } from './state.ts';

function requireInterface(id: string | undefined, call: Call): NetworkInterface {
  const eni = ec2Tables(call.tables).networkInterfaces.get(scopeKey(call, id ?? ''));
  if (!eni) {
    throw notFound('InvalidNetworkInterfaceID.NotFound', 'networkInterface ID', id ?? '');
  }
  return eni;
}

function save(eni: NetworkInterface, call: Call): NetworkInterface {
  ec2Tables(call.tables).networkInterfaces.put(scopeKey(call, eni.NetworkInterfaceId ?? ''), eni);
  return eni;
}

function attach(input: Timestamped<sdk.AttachNetworkInterfaceRequest>, call: Call): { AttachmentId: string } {
  const eni = requireInterface(input.NetworkInterfaceId, call);
  const key = scopeKey(call, input.InstanceId ?? '');
  const instance = instancesTable(call.tables).get(key);
  if (!instance) {
    throw new AwsError('InvalidInstanceID.NotFound', `The instance ID '${input.InstanceId ?? ''}' does not exist`);
  }
  if (eni.Attachment) {
    throw new AwsError('InvalidParameterValue', `Interface: [${eni.NetworkInterfaceId ?? ''}] in use.`);
  }
  const id = newId('eni-attach');
  const attachment = {
    AttachTime: call.clock.now(),
    AttachmentId: id,
    DeleteOnTermination: false,
    DeviceIndex: input.DeviceIndex,
    Status: 'attached' as const,
  };
  save({ ...eni, Status: 'in-use', Attachment: { ...attachment, InstanceId: instance.InstanceId, InstanceOwnerId: call.account } }, call);
  instancesTable(call.tables).put(key, {
    ...instance,
    NetworkInterfaces: [
      ...(instance.NetworkInterfaces ?? []),
      {
        Attachment: attachment,
        Groups: eni.Groups,
        MacAddress: eni.MacAddress,
        NetworkInterfaceId: eni.NetworkInterfaceId,
        OwnerId: eni.OwnerId,
        PrivateIpAddress: eni.PrivateIpAddress,
        PrivateIpAddresses: eni.PrivateIpAddresses,
        Status: 'in-use',
        SubnetId: eni.SubnetId,
        VpcId: eni.VpcId,
      },
    ],
  });
  return { AttachmentId: id };
}

function detach(input: Timestamped<sdk.DetachNetworkInterfaceRequest>, call: Call): object {
  const eni = ec2Tables(call.tables)
    .networkInterfaces.list(`${scopeKey(call)}/`)
    .find((one) => one.Attachment?.AttachmentId === input.AttachmentId);
  if (!eni) {
    throw notFound('InvalidAttachmentID.NotFound', 'attachment ID', input.AttachmentId ?? '');
  }
  const { Attachment: attachment, ...free } = eni;
  save({ ...free, Status: 'available' }, call);
  const key = scopeKey(call, attachment?.InstanceId ?? '');
  const instance = instancesTable(call.tables).get(key);
  if (instance) {
    instancesTable(call.tables).put(key, {
      ...instance,
      NetworkInterfaces: instance.NetworkInterfaces?.filter((one) => one.NetworkInterfaceId !== eni.NetworkInterfaceId),
    });
  }
  return {};
}

function assign(
  input: Timestamped<sdk.AssignPrivateIpAddressesRequest>,
  call: Call,
): Timestamped<Omit<sdk.AssignPrivateIpAddressesResult, '$metadata'>> {
  const eni = requireInterface(input.NetworkInterfaceId, call);
  const key = scopeKey(call, eni.NetworkInterfaceId ?? '');
  const index = addressIndex(call);
  const wanted = [...(input.PrivateIpAddresses ?? [])];
  for (let number = 0; number < (input.SecondaryPrivateIpAddressCount ?? 0); number += 1) {
    wanted.push(freePrivateAddress(call, call, eni.SubnetId ?? '', (address) => wanted.includes(address)));
  }
  for (const address of wanted) {
    const owner = index.private.get(address);
    if (owner !== undefined && owner !== key && !input.AllowReassignment) {
      throw new AwsError('InvalidParameterValue', `[${address}] is already assigned to another interface.`);
    }
    index.private.set(address, key);
  }
  const added = wanted.map((address) => ({
    Primary: false,
    PrivateIpAddress: address,
    PrivateDnsName: `ip-${address.replaceAll('.', '-')}.ec2.internal`,
  }));
  save({ ...eni, PrivateIpAddresses: [...(eni.PrivateIpAddresses ?? []), ...added] }, call);
  return {
    NetworkInterfaceId: eni.NetworkInterfaceId,
    AssignedPrivateIpAddresses: wanted.map((PrivateIpAddress) => ({ PrivateIpAddress })),
  };
}

export const interfaceChangeOperations: Readonly<Record<string, Operation>> = {
  AttachNetworkInterface: operation<sdk.AttachNetworkInterfaceRequest, sdk.AttachNetworkInterfaceResult>({ handle: attach }),
  DetachNetworkInterface: operation<sdk.DetachNetworkInterfaceRequest, object>({ handle: detach }),
  AssignPrivateIpAddresses: operation<sdk.AssignPrivateIpAddressesRequest, sdk.AssignPrivateIpAddressesResult>({ handle: assign }),
  UnassignPrivateIpAddresses: operation<sdk.UnassignPrivateIpAddressesRequest, object>({
    handle: (input, call) => {
      const eni = requireInterface(input.NetworkInterfaceId, call);
      const gone = input.PrivateIpAddresses ?? [];
      for (const address of gone) {
        addressIndex(call).private.delete(address);
      }
      save(
        { ...eni, PrivateIpAddresses: eni.PrivateIpAddresses?.filter((one) => one.Primary || !gone.includes(one.PrivateIpAddress ?? '')) },
        call,
      );
      return {};
    },
  }),
  ModifyNetworkInterfaceAttribute: operation<sdk.ModifyNetworkInterfaceAttributeRequest, object>({
    handle: (input, call) => {
      const eni = requireInterface(input.NetworkInterfaceId, call);
      const groups = input.Groups?.map((id) => requireGroup(id, call)).map(({ GroupId, GroupName }) => ({ GroupId, GroupName }));
      save(
        {
          ...eni,
          ...(groups ? { Groups: groups } : {}),
          Description: input.Description?.Value ?? eni.Description,
          SourceDestCheck: input.SourceDestCheck?.Value ?? eni.SourceDestCheck,
          ...(eni.Attachment && input.Attachment?.DeleteOnTermination !== undefined
            ? { Attachment: { ...eni.Attachment, DeleteOnTermination: input.Attachment.DeleteOnTermination } }
            : {}),
        },
        call,
      );
      return {};
    },
  }),
  DescribeNetworkInterfaceAttribute: operation<sdk.DescribeNetworkInterfaceAttributeRequest, sdk.DescribeNetworkInterfaceAttributeResult>({
    handle: (input, call) => {
      const eni = requireInterface(input.NetworkInterfaceId, call);
      const base = { NetworkInterfaceId: eni.NetworkInterfaceId };
      switch (input.Attribute) {
        case 'description':
          return { ...base, Description: { Value: eni.Description } };
        case 'groupSet':
          return { ...base, Groups: eni.Groups };
        case 'sourceDestCheck':
          return { ...base, SourceDestCheck: { Value: eni.SourceDestCheck } };
        case 'attachment':
          return { ...base, ...(eni.Attachment ? { Attachment: eni.Attachment } : {}) };
        default:
          throw new AwsError(
            'InvalidParameterValue',
            `Value (${String(input.Attribute)}) for parameter attribute is invalid. Unknown attribute.`,
          );
      }
    },
  }),
};
