// Elastic network interfaces: addresses in a subnet, with the security groups that guard them.
import { randomBytes } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-ec2';
import { AwsError } from '../../gateway/errors.ts';
import { scopeKey, type Scope } from '../scope.ts';
import { operation, type AwsContext, type Call, type Operation } from '../service.ts';
import { addressAt, parseBlock } from './cidr.ts';
import { ensureDefaultVpc } from './default-vpc.ts';
import { notFound } from './errors.ts';
import { select } from './filters.ts';
import { defaultGroup, requireGroup } from './security-groups.ts';
import { ec2Tables, newId, type NetworkInterface, type Tag } from './state.ts';
import { requireSubnet } from './subnets.ts';
import { tagsFor } from './tag-specifications.ts';

/** Public addresses are handed out of the documentation range 198.18.0.0/15 (RFC 2544): nobody's real host is ever meant. */
export const PUBLIC_BLOCK = '198.18.0.0/15';
const FIRST_HOST = 4;

export interface NewInterface {
  subnetId: string;
  groupIds: readonly string[];
  description: string;
  assignPublicIp: boolean;
  /** An address of the subnet, where a certain one is wanted. */
  privateIp?: string;
  interfaceType?: string;
  requesterManaged?: boolean;
  /** Owner of what it is attached to: `amazon-ecs` for tasks, the account for instances. */
  attachedTo?: { instanceOwnerId: string; instanceId?: string };
  tags?: Tag[];
}

/** Makes an interface. Subnet and groups must exist in the scope. Throws InsufficientFreeAddressesInSubnet. */
export function createInterface(context: Pick<AwsContext, 'tables' | 'clock'>, scope: Scope, wanted: NewInterface): NetworkInterface {
  const tables = ec2Tables(context.tables);
  const subnet = tables.subnets.get(scopeKey(scope, wanted.subnetId));
  const block = parseBlock(subnet?.CidrBlock ?? '');
  if (!subnet || !block) {
    throw notFound('InvalidSubnetID.NotFound', 'subnet ID', wanted.subnetId);
  }
  const index = addressIndex(context);
  if (wanted.privateIp !== undefined && index.private.has(wanted.privateIp)) {
    throw new AwsError('InvalidIPAddress.InUse', `Address ${wanted.privateIp} is in use.`);
  }
  const address = wanted.privateIp ?? freeAddress(block, index, (one) => one.private);
  if (address === undefined) {
    throw new AwsError('InsufficientFreeAddressesInSubnet', `Insufficient free IP addresses in subnet ${wanted.subnetId}.`);
  }
  const publicBlock = parseBlock(PUBLIC_BLOCK);
  const publicIp = wanted.assignPublicIp && publicBlock ? freeAddress(publicBlock, index, (one) => one.public) : undefined;
  const region = scope.region === 'us-east-1' ? 'compute-1' : `${scope.region}.compute`;
  const internal = scope.region === 'us-east-1' ? 'ec2.internal' : `${scope.region}.compute.internal`;
  const association = publicIp && {
    IpOwnerId: 'amazon',
    PublicDnsName: `ec2-${publicIp.replaceAll('.', '-')}.${region}.amazonaws.com`,
    PublicIp: publicIp,
  };
  const privateDnsName = `ip-${address.replaceAll('.', '-')}.${internal}`;
  const id = newId('eni');
  const record: NetworkInterface = {
    ...(association ? { Association: association } : {}),
    ...(wanted.attachedTo
      ? {
          Attachment: {
            AttachTime: context.clock.now(),
            AttachmentId: newId('eni-attach'),
            DeleteOnTermination: true,
            DeviceIndex: wanted.attachedTo.instanceId ? 0 : 1,
            InstanceOwnerId: wanted.attachedTo.instanceOwnerId,
            ...(wanted.attachedTo.instanceId ? { InstanceId: wanted.attachedTo.instanceId } : {}),
            Status: 'attached',
          },
        }
      : {}),
    AvailabilityZone: subnet.AvailabilityZone,
    Description: wanted.description,
    Groups: wanted.groupIds.map((groupId) => ({
      GroupId: groupId,
      GroupName: tables.securityGroups.get(scopeKey(scope, groupId))?.GroupName,
    })),
    InterfaceType: (wanted.interfaceType ?? 'interface') as 'interface',
    Ipv6Addresses: [],
    MacAddress: `0a:${[...randomBytes(5)].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`,
    NetworkInterfaceId: id,
    OwnerId: scope.account,
    PrivateDnsName: privateDnsName,
    PrivateIpAddress: address,
    PrivateIpAddresses: [
      { ...(association ? { Association: association } : {}), Primary: true, PrivateDnsName: privateDnsName, PrivateIpAddress: address },
    ],
    RequesterManaged: wanted.requesterManaged ?? false,
    SourceDestCheck: true,
    Status: wanted.attachedTo ? 'in-use' : 'available',
    SubnetId: wanted.subnetId,
    TagSet: wanted.tags ?? [],
    VpcId: subnet.VpcId,
  };
  const key = scopeKey(scope, id);
  tables.networkInterfaces.put(key, record);
  index.private.set(address, key);
  if (publicIp) {
    index.public.set(publicIp, key);
  }
  return record;
}

/** Removes an interface and gives its addresses back. */
export function deleteInterface(context: Pick<AwsContext, 'tables'>, scope: Scope, id: string): void {
  const tables = ec2Tables(context.tables);
  const record = tables.networkInterfaces.get(scopeKey(scope, id));
  if (record) {
    const index = addressIndex(context);
    index.private.delete(record.PrivateIpAddress ?? '');
    index.public.delete(record.Association?.PublicIp ?? '');
    tables.networkInterfaces.delete(scopeKey(scope, id));
  }
}

export interface AddressIndex {
  /** Key of the interface by private address. One address is in use once in the whole endpoint, since its network is one. */
  private: Map<string, string>;
  public: Map<string, string>;
}

const indexes = new WeakMap<object, AddressIndex>();

/** Who has which address. Read from the records once; `forgetAddresses` after they were emptied. */
export function addressIndex({ tables }: Pick<AwsContext, 'tables'>): AddressIndex {
  let index = indexes.get(tables);
  if (!index) {
    index = { private: new Map(), public: new Map() };
    for (const [key, one] of tables.table<NetworkInterface>('ec2.network-interfaces').entries()) {
      index.private.set(one.PrivateIpAddress ?? '', key);
      if (one.Association?.PublicIp) {
        index.public.set(one.Association.PublicIp, key);
      }
    }
    indexes.set(tables, index);
  }
  return index;
}

export function forgetAddresses({ tables }: Pick<AwsContext, 'tables'>): void {
  indexes.delete(tables);
}

/** A private address of a subnet that nobody has and that is not set aside. */
export function freePrivateAddress(
  context: Pick<AwsContext, 'tables'>,
  scope: Scope,
  subnetId: string,
  isTaken: (address: string) => boolean,
): string {
  const block = parseBlock(ec2Tables(context.tables).subnets.get(scopeKey(scope, subnetId))?.CidrBlock ?? '');
  for (let attempt = 0; block && attempt < block.size; attempt += 1) {
    const address = freeAddress(block, addressIndex(context), (one) => one.private);
    if (address !== undefined && !isTaken(address)) {
      return address;
    }
  }
  throw new AwsError('InsufficientFreeAddressesInSubnet', `Insufficient free IP addresses in subnet ${subnetId}.`);
}

/** A public address that nobody has; `isTaken` knows of those that are set aside. */
export function freePublicAddress(context: Pick<AwsContext, 'tables'>, isTaken: (address: string) => boolean): string {
  const block = parseBlock(PUBLIC_BLOCK);
  for (;;) {
    const address = block && freeAddress(block, addressIndex(context), (one) => one.public);
    if (address === undefined) {
      throw new AwsError('AddressLimitExceeded', 'The maximum number of addresses has been reached.');
    }
    if (!isTaken(address)) {
      return address;
    }
  }
}

function freeAddress(
  block: { base: number; size: number; prefix: number },
  index: AddressIndex,
  used: (index: AddressIndex) => Map<string, string>,
): string | undefined {
  const taken = used(index);
  const usable = block.size - FIRST_HOST - 1;
  const from = randomBytes(4).readUInt32BE() % usable;
  for (let step = 0; step < usable; step += 1) {
    const address = addressAt(block, FIRST_HOST + ((from + step) % usable));
    if (!taken.has(address)) {
      return address;
    }
  }
  return undefined;
}

const interfaceNotFound = (id: string): AwsError => notFound('InvalidNetworkInterfaceID.NotFound', 'networkInterface ID', id);

export const networkInterfaceOperations: Readonly<Record<string, Operation>> = {
  CreateNetworkInterface: operation<sdk.CreateNetworkInterfaceRequest, sdk.CreateNetworkInterfaceResult>({
    handle: (input, call: Call) => {
      const subnet = requireSubnet(input.SubnetId, call);
      const groups = input.Groups?.map((id) => requireGroup(id, call)) ?? [defaultGroup(subnet.VpcId ?? '', call)];
      const record = createInterface(call, call, {
        subnetId: subnet.SubnetId ?? '',
        groupIds: groups.flatMap((group) => group?.GroupId ?? []),
        description: input.Description ?? '',
        assignPublicIp: false,
        ...(input.PrivateIpAddress ? { privateIp: input.PrivateIpAddress } : {}),
        tags: tagsFor('network-interface', input.TagSpecifications),
      });
      return { NetworkInterface: record };
    },
  }),
  DeleteNetworkInterface: operation<sdk.DeleteNetworkInterfaceRequest, object>({
    handle: (input, call) => {
      const record = ec2Tables(call.tables).networkInterfaces.get(scopeKey(call, input.NetworkInterfaceId ?? ''));
      if (!record) {
        throw interfaceNotFound(input.NetworkInterfaceId ?? '');
      }
      if (record.Status === 'in-use') {
        throw new AwsError('InvalidParameterValue', `Network interface '${record.NetworkInterfaceId ?? ''}' is currently in use.`);
      }
      deleteInterface(call, call, record.NetworkInterfaceId ?? '');
      return {};
    },
  }),
  DescribeNetworkInterfaces: operation<sdk.DescribeNetworkInterfacesRequest, sdk.DescribeNetworkInterfacesResult>({
    handle: (input, call) => {
      ensureDefaultVpc(call.tables, call);
      // Interfaces call their tags TagSet; filters know them by one name.
      const records = ec2Tables(call.tables)
        .networkInterfaces.list(`${scopeKey(call)}/`)
        .map((record) => ({ ...record, Tags: record.TagSet }));
      const page = select(records, input.NetworkInterfaceIds, input, {
        id: (eni) => eni.NetworkInterfaceId,
        notFound: interfaceNotFound,
        fields: {
          'network-interface-id': (eni) => eni.NetworkInterfaceId,
          'subnet-id': (eni) => eni.SubnetId,
          'vpc-id': (eni) => eni.VpcId,
          'group-id': (eni) => eni.Groups?.map((group) => group.GroupId),
          'group-name': (eni) => eni.Groups?.map((group) => group.GroupName),
          'availability-zone': (eni) => eni.AvailabilityZone,
          'private-ip-address': (eni) => eni.PrivateIpAddress,
          'addresses.private-ip-address': (eni) => eni.PrivateIpAddress,
          'association.public-ip': (eni) => eni.Association?.PublicIp,
          'addresses.association.public-ip': (eni) => eni.Association?.PublicIp,
          'attachment.instance-id': (eni) => eni.Attachment?.InstanceId,
          'attachment.status': (eni) => eni.Attachment?.Status,
          'attachment.attachment-id': (eni) => eni.Attachment?.AttachmentId,
          'attachment.instance-owner-id': (eni) => eni.Attachment?.InstanceOwnerId,
          'private-dns-name': (eni) => eni.PrivateDnsName,
          'mac-address': (eni) => eni.MacAddress,
          'source-dest-check': (eni) => eni.SourceDestCheck,
          'requester-id': (eni) => eni.RequesterId,
          description: (eni) => eni.Description,
          status: (eni) => eni.Status,
          'interface-type': (eni) => eni.InterfaceType,
          'requester-managed': (eni) => eni.RequesterManaged,
          'owner-id': (eni) => eni.OwnerId,
        },
      });
      return { NetworkInterfaces: page.items, NextToken: page.nextToken };
    },
  }),
};
