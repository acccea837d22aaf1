// Network ACLs: the numbered rules of subnets. They are recorded and do not block; security groups do.
import type * as sdk from '@aws-sdk/client-ec2';
import { AwsError } from '../../gateway/errors.ts';
import type { Tables } from '../../state/tables.ts';
import { scopeKey, type Scope } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { collection, describe, listOf, remove, requireOne, save } from './collection.ts';
import { inUse, missing } from './errors.ts';
import { ensureDefaultVpc } from './default-vpc.ts';
import { ec2Tables, newId } from './state.ts';
import { tagsFor } from './tag-specifications.ts';
import { requireVpc } from './vpcs.ts';

type Acl = Timestamped<sdk.NetworkAcl>;
type Entry = Timestamped<sdk.NetworkAclEntry>;

const LAST_RULE = 32_767;

export const networkAcls = collection<Acl>({
  type: 'network-acl',
  table: 'ec2.network-acls',
  code: 'InvalidNetworkAclID.NotFound',
  what: 'networkAcl ID',
  idOf: (one) => one.NetworkAclId,
  fields: {
    'association.association-id': (one) => one.Associations?.map((association) => association.NetworkAclAssociationId),
    'association.network-acl-id': (one) => one.Associations?.map((association) => association.NetworkAclId),
    'association.subnet-id': (one) => one.Associations?.map((association) => association.SubnetId),
    default: (one) => one.IsDefault,
    'entry.cidr': (one) => one.Entries?.map((entry) => entry.CidrBlock),
    'entry.rule-number': (one) => one.Entries?.map((entry) => String(entry.RuleNumber)),
    'entry.protocol': (one) => one.Entries?.map((entry) => entry.Protocol),
    'entry.rule-action': (one) => one.Entries?.map((entry) => entry.RuleAction),
    'network-acl-id': (one) => one.NetworkAclId,
    'owner-id': (one) => one.OwnerId,
    'vpc-id': (one) => one.VpcId,
  },
});

const lastEntries = (): Entry[] =>
  [true, false].map((Egress) => ({ CidrBlock: '0.0.0.0/0', Egress, Protocol: '-1', RuleAction: 'deny' as const, RuleNumber: LAST_RULE }));
const openEntries = (): Entry[] => lastEntries().map((entry) => ({ ...entry, RuleAction: 'allow' as const, RuleNumber: 100 }));

type Place = Scope & { tables: Tables };

function make(place: Place, vpcId: string, isDefault: boolean, tags: Acl['Tags']): Acl {
  const all = [...(isDefault ? openEntries() : []), ...lastEntries()];
  return save(
    networkAcls,
    {
      NetworkAclId: newId('acl'),
      VpcId: vpcId,
      IsDefault: isDefault,
      OwnerId: place.account,
      Entries: all.sort((left, right) => Number(right.Egress) - Number(left.Egress) || (left.RuleNumber ?? 0) - (right.RuleNumber ?? 0)),
      Associations: [],
      Tags: tags,
    },
    place,
  );
}

/** Gives each VPC its default ACL, and each subnet one to be associated with; forgets those of subnets that are gone. */
function settle(call: Call): void {
  ensureDefaultVpc(call.tables, call);
  const { vpcs, subnets } = ec2Tables(call.tables);
  const prefix = `${scopeKey(call)}/`;
  const all = listOf(networkAcls, call);
  for (const { VpcId = '' } of vpcs.list(prefix)) {
    const own = all.filter((acl) => acl.VpcId === VpcId);
    const standard = own.find((acl) => acl.IsDefault) ?? make(call, VpcId, true, []);
    const present = subnets.list(prefix).filter((subnet) => subnet.VpcId === VpcId);
    const associated = new Set(own.flatMap((acl) => acl.Associations?.map((one) => one.SubnetId) ?? []));
    const fresh = present.filter((subnet) => !associated.has(subnet.SubnetId));
    const current = requireOne(networkAcls, standard.NetworkAclId, call);
    if (fresh.length > 0) {
      const added = fresh.map(({ SubnetId }) => ({
        NetworkAclAssociationId: newId('aclassoc'),
        NetworkAclId: standard.NetworkAclId,
        SubnetId,
      }));
      save(networkAcls, { ...current, Associations: [...(current.Associations ?? []), ...added] }, call);
    }
  }
  for (const acl of listOf(networkAcls, call)) {
    const kept = (acl.Associations ?? []).filter((one) => subnets.has(scopeKey(call, one.SubnetId ?? '')));
    if (!vpcs.has(scopeKey(call, acl.VpcId ?? ''))) {
      remove(networkAcls, acl.NetworkAclId, call);
    } else if (kept.length !== (acl.Associations ?? []).length) {
      save(networkAcls, { ...acl, Associations: kept }, call);
    }
  }
}

type EntryInput = Timestamped<sdk.CreateNetworkAclEntryRequest>;

function entryOf(input: EntryInput): Entry {
  if (input.CidrBlock === undefined && input.Ipv6CidrBlock === undefined) {
    throw missing('cidrBlock or ipv6CidrBlock');
  }
  return {
    ...(input.CidrBlock === undefined ? {} : { CidrBlock: input.CidrBlock }),
    ...(input.Ipv6CidrBlock === undefined ? {} : { Ipv6CidrBlock: input.Ipv6CidrBlock }),
    Egress: input.Egress,
    Protocol: input.Protocol,
    RuleAction: input.RuleAction,
    RuleNumber: input.RuleNumber,
    ...(input.PortRange ? { PortRange: input.PortRange } : {}),
    ...(input.IcmpTypeCode ? { IcmpTypeCode: input.IcmpTypeCode } : {}),
  };
}

const isSame = (entry: Entry, input: { RuleNumber?: number; Egress?: boolean }): boolean =>
  entry.RuleNumber === input.RuleNumber && entry.Egress === input.Egress;

export const networkAclOperations: Readonly<Record<string, Operation>> = {
  CreateNetworkAcl: operation<sdk.CreateNetworkAclRequest, sdk.CreateNetworkAclResult>({
    handle: (input, call) => ({
      NetworkAcl: make(call, requireVpc(input.VpcId, call).VpcId ?? '', false, tagsFor('network-acl', input.TagSpecifications)),
    }),
  }),
  DescribeNetworkAcls: operation<sdk.DescribeNetworkAclsRequest, sdk.DescribeNetworkAclsResult>({
    handle: (input, call) => {
      settle(call);
      const page = describe(networkAcls, input.NetworkAclIds, input, call);
      return { NetworkAcls: page.items, NextToken: page.nextToken };
    },
  }),
  DeleteNetworkAcl: operation<sdk.DeleteNetworkAclRequest, object>({
    handle: (input, call) => {
      settle(call);
      const acl = requireOne(networkAcls, input.NetworkAclId, call);
      if (acl.IsDefault) {
        throw new AwsError('InvalidParameterValue', `You cannot delete the default network ACL ${acl.NetworkAclId ?? ''}`);
      }
      if (acl.Associations?.length) {
        throw inUse(`The networkAcl '${acl.NetworkAclId ?? ''}' has dependencies and cannot be deleted.`);
      }
      remove(networkAcls, input.NetworkAclId, call);
      return {};
    },
  }),
  CreateNetworkAclEntry: operation<sdk.CreateNetworkAclEntryRequest, object>({
    handle: (input, call) => {
      const acl = requireOne(networkAcls, input.NetworkAclId, call);
      if (acl.Entries?.some((entry) => isSame(entry, input))) {
        throw new AwsError('NetworkAclEntryAlreadyExists', `The network acl entry identified by ${input.RuleNumber ?? ''} already exists.`);
      }
      save(
        networkAcls,
        {
          ...acl,
          Entries: [...(acl.Entries ?? []), entryOf(input)].sort((left, right) => (left.RuleNumber ?? 0) - (right.RuleNumber ?? 0)),
        },
        call,
      );
      return {};
    },
  }),
  ReplaceNetworkAclEntry: operation<sdk.ReplaceNetworkAclEntryRequest, object>({
    handle: (input, call) => {
      const acl = requireOne(networkAcls, input.NetworkAclId, call);
      if (!acl.Entries?.some((entry) => isSame(entry, input))) {
        throw new AwsError(
          'InvalidNetworkAclEntry.NotFound',
          `The network acl entry with rule number ${input.RuleNumber ?? ''} does not exist`,
        );
      }
      save(networkAcls, { ...acl, Entries: acl.Entries.map((entry) => (isSame(entry, input) ? entryOf(input) : entry)) }, call);
      return {};
    },
  }),
  DeleteNetworkAclEntry: operation<sdk.DeleteNetworkAclEntryRequest, object>({
    handle: (input, call) => {
      const acl = requireOne(networkAcls, input.NetworkAclId, call);
      const left = (acl.Entries ?? []).filter((entry) => !isSame(entry, input));
      if (left.length === (acl.Entries ?? []).length) {
        throw new AwsError(
          'InvalidNetworkAclEntry.NotFound',
          `The network acl entry with rule number ${input.RuleNumber ?? ''} does not exist`,
        );
      }
      save(networkAcls, { ...acl, Entries: left }, call);
      return {};
    },
  }),
  ReplaceNetworkAclAssociation: operation<sdk.ReplaceNetworkAclAssociationRequest, sdk.ReplaceNetworkAclAssociationResult>({
    handle: (input, call) => {
      settle(call);
      const target = requireOne(networkAcls, input.NetworkAclId, call);
      const source = listOf(networkAcls, call).find((acl) =>
        acl.Associations?.some((one) => one.NetworkAclAssociationId === input.AssociationId),
      );
      const association = source?.Associations?.find((one) => one.NetworkAclAssociationId === input.AssociationId);
      if (!source || !association) {
        throw new AwsError('InvalidAssociationID.NotFound', `The association ID '${input.AssociationId ?? ''}' does not exist`);
      }
      save(networkAcls, { ...source, Associations: source.Associations?.filter((one) => one !== association) }, call);
      const id = newId('aclassoc');
      const current = requireOne(networkAcls, target.NetworkAclId, call);
      const added = { NetworkAclAssociationId: id, NetworkAclId: target.NetworkAclId, SubnetId: association.SubnetId };
      save(networkAcls, { ...current, Associations: [...(current.Associations ?? []), added] }, call);
      return { NewAssociationId: id };
    },
  }),
};
