// DHCP option sets, and which VPC has which.
import type * as sdk from '@aws-sdk/client-ec2';
import { AwsError } from '../../gateway/errors.ts';
import { scopeKey } from '../scope.ts';
import { operation, type Operation, type Timestamped } from '../service.ts';
import { collection, describe, remove, requireOne, save } from './collection.ts';
import { inUse, invalidValue } from './errors.ts';
import { ec2Tables, newId } from './state.ts';
import { tagsFor } from './tag-specifications.ts';
import { requireVpc } from './vpcs.ts';

type DhcpOptions = Timestamped<sdk.DhcpOptions>;

const KEYS = [
  'domain-name-servers',
  'domain-name',
  'ntp-servers',
  'netbios-name-servers',
  'netbios-node-type',
  'ipv6-address-preferred-lease-time',
];

export const dhcpOptions = collection<DhcpOptions>({
  type: 'dhcp-options',
  table: 'ec2.dhcp-options',
  code: 'InvalidDhcpOptionID.NotFound',
  what: 'DhcpOption ID',
  idOf: (one) => one.DhcpOptionsId,
  fields: {
    'dhcp-options-id': (one) => one.DhcpOptionsId,
    key: (one) => one.DhcpConfigurations?.map((entry) => entry.Key),
    value: (one) => one.DhcpConfigurations?.flatMap((entry) => entry.Values?.map((value) => value.Value) ?? []),
    'owner-id': (one) => one.OwnerId,
  },
});

export const dhcpOptionsOperations: Readonly<Record<string, Operation>> = {
  CreateDhcpOptions: operation<sdk.CreateDhcpOptionsRequest, sdk.CreateDhcpOptionsResult>({
    handle: (input, call) => {
      const configurations = (input.DhcpConfigurations ?? []).map(({ Key, Values }) => {
        if (!KEYS.includes(Key ?? '')) {
          throw invalidValue(`Value (${Key ?? ''}) for parameter dhcp-configuration is invalid. Unknown DHCP option`);
        }
        const values = Values ?? [];
        if (Key === 'netbios-node-type' && !values.every((value) => ['1', '2', '4', '8'].includes(value))) {
          throw invalidValue(`Invalid value '${values.join(',')}' for netbios-node-type.`);
        }
        if (Key?.endsWith('-servers') && Key !== 'domain-name-servers' && values.length > 4) {
          throw invalidValue(`Too many values for ${Key}.`);
        }
        return { Key, Values: values.map((Value) => ({ Value })) };
      });
      const options: DhcpOptions = {
        DhcpOptionsId: newId('dopt'),
        DhcpConfigurations: configurations,
        OwnerId: call.account,
        Tags: tagsFor('dhcp-options', input.TagSpecifications),
      };
      return { DhcpOptions: save(dhcpOptions, options, call) };
    },
  }),
  AssociateDhcpOptions: operation<sdk.AssociateDhcpOptionsRequest, object>({
    handle: (input, call) => {
      const vpc = requireVpc(input.VpcId, call);
      const id = input.DhcpOptionsId === 'default' ? 'default' : requireOne(dhcpOptions, input.DhcpOptionsId, call).DhcpOptionsId;
      ec2Tables(call.tables).vpcs.put(scopeKey(call, vpc.VpcId ?? ''), { ...vpc, DhcpOptionsId: id });
      return {};
    },
  }),
  DescribeDhcpOptions: operation<sdk.DescribeDhcpOptionsRequest, sdk.DescribeDhcpOptionsResult>({
    handle: (input, call) => {
      const page = describe(dhcpOptions, input.DhcpOptionsIds, input, call);
      return { DhcpOptions: page.items, NextToken: page.nextToken };
    },
  }),
  DeleteDhcpOptions: operation<sdk.DeleteDhcpOptionsRequest, object>({
    handle: (input, call) => {
      if (!/^dopt-[0-9a-f]+$/.test(input.DhcpOptionsId ?? '')) {
        throw new AwsError('InvalidDhcpOptionsId.Malformed', `Invalid id: "${input.DhcpOptionsId ?? ''}"`);
      }
      const options = requireOne(dhcpOptions, input.DhcpOptionsId, call);
      const isUsed = ec2Tables(call.tables)
        .vpcs.list(`${scopeKey(call)}/`)
        .some((vpc) => vpc.DhcpOptionsId === options.DhcpOptionsId);
      if (isUsed) {
        throw inUse(`The dhcpOptions '${options.DhcpOptionsId ?? ''}' has dependencies and cannot be deleted.`);
      }
      remove(dhcpOptions, input.DhcpOptionsId, call);
      return {};
    },
  }),
};
