// Tags on EC2 resources, by their ids.
import type * as sdk from '@aws-sdk/client-ec2';
import type { Table } from '../../state/tables.ts';
import { AwsError } from '../../gateway/errors.ts';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation } from '../service.ts';
import { addresses } from './addresses.ts';
import type { Collection } from './collection.ts';
import { dhcpOptions } from './dhcp-options.ts';
import { endpoints, flowLogs, placementGroups } from './endpoints.ts';
import { images } from './images.ts';
import { keyPairs } from './key-pairs.ts';
import { egressGateways, natGateways } from './nat-gateways.ts';
import { networkAcls } from './network-acls.ts';
import { peerings } from './peering.ts';
import { prefixLists } from './prefix-lists.ts';
import { snapshots, volumes } from './volumes.ts';
import { ensureDefaultVpc } from './default-vpc.ts';
import { notFound } from './errors.ts';
import { select } from './filters.ts';
import { templatesTable } from './launch-templates.ts';
import { instancesTable } from './instance-table.ts';
import { ec2Tables, type Tag } from './state.ts';

interface Tagged {
  Tags?: Tag[];
  TagSet?: Tag[];
}

interface Kind {
  type: string;
  table: (call: Call) => Table<Tagged>;
}

function kindOf<T extends object>(of: Collection<T>): Kind {
  return { type: of.type, table: (call) => call.tables.table<Tagged>(of.table) };
}

/** By the prefix of an id. */
const KINDS: Readonly<Record<string, Kind>> = {
  vpc: { type: 'vpc', table: (call) => ec2Tables(call.tables).vpcs },
  subnet: { type: 'subnet', table: (call) => ec2Tables(call.tables).subnets },
  sg: { type: 'security-group', table: (call) => ec2Tables(call.tables).securityGroups },
  sgr: { type: 'security-group-rule', table: (call) => ec2Tables(call.tables).securityGroupRules },
  igw: { type: 'internet-gateway', table: (call) => ec2Tables(call.tables).internetGateways },
  rtb: { type: 'route-table', table: (call) => ec2Tables(call.tables).routeTables },
  i: { type: 'instance', table: (call) => instancesTable(call.tables) },
  lt: { type: 'launch-template', table: (call) => templatesTable(call.tables) },
  key: kindOf(keyPairs),
  eipalloc: kindOf(addresses),
  vol: kindOf(volumes),
  snap: kindOf(snapshots),
  ami: kindOf(images),
  nat: kindOf(natGateways),
  eigw: kindOf(egressGateways),
  acl: kindOf(networkAcls),
  pcx: kindOf(peerings),
  vpce: kindOf(endpoints),
  fl: kindOf(flowLogs),
  pg: kindOf(placementGroups),
  pl: kindOf(prefixLists),
  dopt: kindOf(dhcpOptions),
  eni: { type: 'network-interface', table: (call) => ec2Tables(call.tables).networkInterfaces },
};

function locate(id: string, call: Call): { table: Table<Tagged>; key: string; record: Tagged } {
  const kind = KINDS[id.split('-')[0] ?? ''];
  const table = kind?.table(call);
  const key = scopeKey(call, id);
  const record = table?.get(key);
  if (!table || !record) {
    throw kind ? notFound('InvalidID', 'ID', id) : new AwsError('InvalidID', `The ID '${id}' is not valid`);
  }
  return { table, key, record };
}

/** Changes the tags of every resource, after all of them were found. */
function change(ids: readonly string[] | undefined, call: Call, apply: (tags: readonly Tag[]) => Tag[]): object {
  ensureDefaultVpc(call.tables, call);
  for (const { table, key, record } of (ids ?? []).map((id) => locate(id, call))) {
    const isSet = record.TagSet !== undefined;
    const tags = apply((isSet ? record.TagSet : record.Tags) ?? []);
    table.put(key, isSet ? { ...record, TagSet: tags } : { ...record, Tags: tags });
  }
  return {};
}

export const tagOperations: Readonly<Record<string, Operation>> = {
  CreateTags: operation<sdk.CreateTagsRequest, object>({
    handle: (input, call) =>
      change(input.Resources, call, (tags) => {
        const added = (input.Tags ?? []).map(({ Key = '', Value = '' }) => ({ Key, Value }));
        return [...tags.filter((tag) => !added.some((one) => one.Key === tag.Key)), ...added];
      }),
  }),
  DeleteTags: operation<sdk.DeleteTagsRequest, object>({
    handle: (input, call) =>
      change(input.Resources, call, (tags) =>
        input.Tags === undefined
          ? []
          : tags.filter((tag) => !input.Tags?.some((one) => one.Key === tag.Key && (one.Value === undefined || one.Value === tag.Value))),
      ),
  }),
  DescribeTags: operation<sdk.DescribeTagsRequest, sdk.DescribeTagsResult>({
    handle: (input, call) => {
      const prefix = scopeKey(call, '');
      const tags = Object.values(KINDS).flatMap(({ type, table }) =>
        table(call)
          .entries(prefix)
          .flatMap(([key, record]) =>
            (record.TagSet ?? record.Tags ?? []).map(({ Key, Value }) => ({
              Key,
              Value,
              ResourceId: key.slice(prefix.length),
              ResourceType: type as sdk.ResourceType,
            })),
          ),
      );
      const page = select(tags, undefined, input, {
        id: (tag) => tag.ResourceId,
        notFound: (id) => notFound('InvalidID', 'ID', id),
        fields: {
          key: (tag) => tag.Key,
          value: (tag) => tag.Value,
          'resource-id': (tag) => tag.ResourceId,
          'resource-type': (tag) => tag.ResourceType,
        },
      });
      return { Tags: page.items, NextToken: page.nextToken };
    },
  }),
};
