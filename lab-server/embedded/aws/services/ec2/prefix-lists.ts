// Managed prefix lists with their versions, and AWS's own lists.
import type * as sdk from '@aws-sdk/client-ec2';
import { AwsError } from '../../gateway/errors.ts';
import { arn } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { collection, listOf, remove, requireOne, save } from './collection.ts';
import { select } from './filters.ts';
import { newId } from './state.ts';
import { tagsFor } from './tag-specifications.ts';

type PrefixList = Timestamped<sdk.ManagedPrefixList> & { versions: Record<string, Timestamped<sdk.PrefixListEntry>[]> };

export const prefixLists = collection<PrefixList>({
  type: 'prefix-list',
  table: 'ec2.prefix-lists',
  code: 'InvalidPrefixListID.NotFound',
  what: 'prefix list ID',
  idOf: (one) => one.PrefixListId,
  fields: {
    'owner-id': (one) => one.OwnerId,
    'prefix-list-id': (one) => one.PrefixListId,
    'prefix-list-name': (one) => one.PrefixListName,
  },
});

const AWS_LISTS: Readonly<Record<string, readonly string[]>> = {
  s3: ['52.216.0.0/15', '54.231.0.0/17'],
  dynamodb: ['52.94.0.0/22', '52.119.224.0/20'],
};

function awsLists(call: Call): PrefixList[] {
  return Object.entries(AWS_LISTS).map(([name, blocks]) => ({
    PrefixListId: name === 's3' ? 'pl-63a5400a' : 'pl-02cd2c6b',
    PrefixListName: `com.amazonaws.${call.region}.${name}`,
    PrefixListArn: `arn:aws:ec2:${call.region}:aws:prefix-list/${name === 's3' ? 'pl-63a5400a' : 'pl-02cd2c6b'}`,
    OwnerId: 'AWS',
    AddressFamily: 'IPv4',
    State: 'create-complete',
    Version: 1,
    Tags: [],
    versions: { '1': blocks.map((Cidr) => ({ Cidr })) },
  }));
}

function shown({ versions: _versions, ...list }: PrefixList): Timestamped<sdk.ManagedPrefixList> {
  return list;
}

function find(id: string | undefined, call: Call): PrefixList {
  return awsLists(call).find((one) => one.PrefixListId === id) ?? requireOne(prefixLists, id, call);
}

export const prefixListOperations: Readonly<Record<string, Operation>> = {
  CreateManagedPrefixList: operation<sdk.CreateManagedPrefixListRequest, sdk.CreateManagedPrefixListResult>({
    handle: (input, call) => {
      const id = newId('pl');
      const list: PrefixList = {
        PrefixListId: id,
        PrefixListArn: arn('ec2', call, `prefix-list/${id}`),
        PrefixListName: input.PrefixListName,
        AddressFamily: input.AddressFamily,
        State: 'create-complete',
        MaxEntries: input.MaxEntries,
        Version: 1,
        OwnerId: call.account,
        Tags: tagsFor('prefix-list', input.TagSpecifications),
        versions: {
          '1': (input.Entries ?? []).map(({ Cidr, Description }) => ({ Cidr, ...(Description === undefined ? {} : { Description }) })),
        },
      };
      return { PrefixList: shown(save(prefixLists, list, call)) };
    },
  }),
  DescribeManagedPrefixLists: operation<sdk.DescribeManagedPrefixListsRequest, sdk.DescribeManagedPrefixListsResult>({
    handle: (input, call) => {
      const all = [...awsLists(call), ...listOf(prefixLists, call)];
      const page = select(all, input.PrefixListIds, input, {
        id: (one) => one.PrefixListId,
        notFound: prefixLists.notFound,
        fields: prefixLists.fields,
      });
      return { PrefixLists: page.items.map(shown), NextToken: page.nextToken };
    },
  }),
  DescribePrefixLists: operation<sdk.DescribePrefixListsRequest, sdk.DescribePrefixListsResult>({
    handle: (input, call) => {
      const page = select(awsLists(call), input.PrefixListIds, input, {
        id: (one) => one.PrefixListId,
        notFound: prefixLists.notFound,
        fields: prefixLists.fields,
      });
      return {
        PrefixLists: page.items.map((one) => ({
          PrefixListId: one.PrefixListId,
          PrefixListName: one.PrefixListName,
          Cidrs: one.versions['1']?.map((entry) => entry.Cidr ?? '') ?? [],
        })),
        NextToken: page.nextToken,
      };
    },
  }),
  GetManagedPrefixListEntries: operation<sdk.GetManagedPrefixListEntriesRequest, sdk.GetManagedPrefixListEntriesResult>({
    handle: (input, call) => {
      const list = find(input.PrefixListId, call);
      return { Entries: list.versions[String(input.TargetVersion ?? list.Version)] ?? [] };
    },
  }),
  ModifyManagedPrefixList: operation<sdk.ModifyManagedPrefixListRequest, sdk.ModifyManagedPrefixListResult>({
    handle: (input, call) => {
      const list = requireOne(prefixLists, input.PrefixListId, call);
      if (input.CurrentVersion !== undefined && input.CurrentVersion !== list.Version) {
        throw new AwsError('PrefixListVersionMismatch', 'The prefix list has the incorrect version number');
      }
      const changes = input.AddEntries?.length || input.RemoveEntries?.length;
      const removed = new Set((input.RemoveEntries ?? []).map((entry) => entry.Cidr));
      const added = (input.AddEntries ?? []).map(({ Cidr, Description }) => ({
        Cidr,
        ...(Description === undefined ? {} : { Description }),
      }));
      const before = (list.versions[String(list.Version)] ?? []).filter(
        (entry) => !removed.has(entry.Cidr) && !added.some((one) => one.Cidr === entry.Cidr),
      );
      const version = (list.Version ?? 1) + (changes ? 1 : 0);
      const changed = save(
        prefixLists,
        {
          ...list,
          PrefixListName: input.PrefixListName ?? list.PrefixListName,
          MaxEntries: input.MaxEntries ?? list.MaxEntries,
          Version: version,
          State: 'modify-complete',
          versions: { ...list.versions, [String(version)]: changes ? [...before, ...added] : (list.versions[String(version)] ?? []) },
        },
        call,
      );
      return { PrefixList: shown(changed) };
    },
  }),
  DeleteManagedPrefixList: operation<sdk.DeleteManagedPrefixListRequest, sdk.DeleteManagedPrefixListResult>({
    handle: (input, call) => ({ PrefixList: { ...shown(remove(prefixLists, input.PrefixListId, call)), State: 'delete-complete' } }),
  }),
};
