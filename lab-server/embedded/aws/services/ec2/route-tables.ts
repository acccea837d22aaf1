// Route tables: routes and the subnets they hold for.
import type * as sdk from '@aws-sdk/client-ec2';
import { AwsError } from '../../gateway/errors.ts';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { ensureDefaultVpc } from './default-vpc.ts';
import { inUse, notFound } from './errors.ts';
import { select } from './filters.ts';
import { ec2Tables, newId, type RouteTable } from './state.ts';
import { requireSubnet } from './subnets.ts';
import { tagsFor } from './tag-specifications.ts';
import { requireVpc } from './vpcs.ts';

const tableNotFound = (id: string): AwsError => notFound('InvalidRouteTableID.NotFound', 'routeTable ID', id);

function requireTable(id: string | undefined, call: Call): RouteTable {
  ensureDefaultVpc(call.tables, call);
  const table = ec2Tables(call.tables).routeTables.get(scopeKey(call, id ?? ''));
  if (!table) {
    throw tableNotFound(id ?? '');
  }
  return table;
}

function save(table: RouteTable, call: Call): RouteTable {
  ec2Tables(call.tables).routeTables.put(scopeKey(call, table.RouteTableId ?? ''), table);
  return table;
}

function tablesOf(call: Call): RouteTable[] {
  ensureDefaultVpc(call.tables, call);
  return ec2Tables(call.tables).routeTables.list(`${scopeKey(call)}/`);
}

function byAssociation(id: string | undefined, call: Call): RouteTable {
  const table = tablesOf(call).find((one) => one.Associations?.some((association) => association.RouteTableAssociationId === id));
  if (!table) {
    throw notFound('InvalidAssociationID.NotFound', 'association ID', id ?? '');
  }
  return table;
}

type RouteInput = Timestamped<sdk.CreateRouteRequest>;
type Route = NonNullable<RouteTable['Routes']>[number];

const TARGETS = [
  'GatewayId',
  'NatGatewayId',
  'NetworkInterfaceId',
  'InstanceId',
  'EgressOnlyInternetGatewayId',
  'TransitGatewayId',
  'VpcPeeringConnectionId',
  'LocalGatewayId',
  'CarrierGatewayId',
] as const;

/** A route of a request: its destination, and the one target that it has. */
function routeOf(input: RouteInput): Route {
  const targets = Object.fromEntries(TARGETS.flatMap((name) => (input[name] === undefined ? [] : [[name, input[name]]])));
  return {
    ...(input.DestinationCidrBlock === undefined ? {} : { DestinationCidrBlock: input.DestinationCidrBlock }),
    ...(input.DestinationIpv6CidrBlock === undefined ? {} : { DestinationIpv6CidrBlock: input.DestinationIpv6CidrBlock }),
    ...(input.DestinationPrefixListId === undefined ? {} : { DestinationPrefixListId: input.DestinationPrefixListId }),
    ...targets,
    ...(input.VpcEndpointId === undefined ? {} : { GatewayId: input.VpcEndpointId }),
    Origin: 'CreateRoute',
    State: 'active',
  };
}

function isTo(
  route: Route,
  input: Pick<RouteInput, 'DestinationCidrBlock' | 'DestinationIpv6CidrBlock' | 'DestinationPrefixListId'>,
): boolean {
  return (
    route.DestinationCidrBlock === input.DestinationCidrBlock &&
    route.DestinationIpv6CidrBlock === input.DestinationIpv6CidrBlock &&
    route.DestinationPrefixListId === input.DestinationPrefixListId
  );
}

export const routeTableOperations: Readonly<Record<string, Operation>> = {
  CreateRouteTable: operation<sdk.CreateRouteTableRequest, sdk.CreateRouteTableResult>({
    handle: (input, call) => {
      const vpc = requireVpc(input.VpcId, call);
      const table: RouteTable = {
        Associations: [],
        PropagatingVgws: [],
        RouteTableId: newId('rtb'),
        Routes: [{ DestinationCidrBlock: vpc.CidrBlock, GatewayId: 'local', Origin: 'CreateRouteTable', State: 'active' }],
        Tags: tagsFor('route-table', input.TagSpecifications),
        VpcId: vpc.VpcId,
        OwnerId: call.account,
      };
      return { RouteTable: save(table, call) };
    },
  }),
  CreateRoute: operation<sdk.CreateRouteRequest, sdk.CreateRouteResult>({
    handle: (input, call) => {
      const table = requireTable(input.RouteTableId, call);
      if (table.Routes?.some((route) => isTo(route, input))) {
        throw new AwsError('RouteAlreadyExists', `The route identified by ${input.DestinationCidrBlock ?? ''} already exists.`);
      }
      const route = routeOf(input);
      save({ ...table, Routes: [...(table.Routes ?? []), route] }, call);
      return { Return: true };
    },
  }),
  ReplaceRoute: operation<sdk.ReplaceRouteRequest, object>({
    handle: (input, call) => {
      const table = requireTable(input.RouteTableId, call);
      if (!table.Routes?.some((route) => isTo(route, input))) {
        throw new AwsError(
          'InvalidRoute.NotFound',
          `no route with destination-cidr-block ${input.DestinationCidrBlock ?? ''} in route table ${table.RouteTableId ?? ''}`,
        );
      }
      const routes = table.Routes.map((route) => (isTo(route, input) ? { ...routeOf(input), Origin: route.Origin } : route));
      save({ ...table, Routes: routes }, call);
      return {};
    },
  }),
  ReplaceRouteTableAssociation: operation<sdk.ReplaceRouteTableAssociationRequest, sdk.ReplaceRouteTableAssociationResult>({
    handle: (input, call) => {
      const target = requireTable(input.RouteTableId, call);
      const source = byAssociation(input.AssociationId, call);
      const association = source.Associations?.find((one) => one.RouteTableAssociationId === input.AssociationId);
      const id = source.RouteTableId === target.RouteTableId ? input.AssociationId : newId('rtbassoc');
      save({ ...source, Associations: source.Associations?.filter((one) => one !== association) }, call);
      const current = requireTable(target.RouteTableId, call);
      const moved = { ...association, RouteTableAssociationId: id, RouteTableId: target.RouteTableId };
      save({ ...current, Associations: [...(current.Associations ?? []), moved] }, call);
      return { NewAssociationId: id, AssociationState: { State: 'associated' } };
    },
  }),
  DeleteRoute: operation<sdk.DeleteRouteRequest, object>({
    handle: (input, call) => {
      const table = requireTable(input.RouteTableId, call);
      const kept = table.Routes?.filter((route) => !isTo(route, input)) ?? [];
      if (kept.length === table.Routes?.length) {
        throw new AwsError(
          'InvalidRoute.NotFound',
          `no route with destination-cidr-block ${input.DestinationCidrBlock ?? ''} in route table ${table.RouteTableId ?? ''}`,
        );
      }
      save({ ...table, Routes: kept }, call);
      return {};
    },
  }),
  AssociateRouteTable: operation<sdk.AssociateRouteTableRequest, sdk.AssociateRouteTableResult>({
    handle: (input, call) => {
      const table = requireTable(input.RouteTableId, call);
      const subnet = input.GatewayId === undefined ? requireSubnet(input.SubnetId, call) : undefined;
      const same = subnet && table.Associations?.find((one) => one.SubnetId === subnet.SubnetId);
      if (same) {
        return { AssociationId: same.RouteTableAssociationId, AssociationState: same.AssociationState };
      }
      const association = {
        Main: false,
        RouteTableAssociationId: newId('rtbassoc'),
        RouteTableId: table.RouteTableId,
        ...(subnet ? { SubnetId: subnet.SubnetId } : { GatewayId: input.GatewayId }),
        AssociationState: { State: 'associated' as const },
      };
      save({ ...table, Associations: [...(table.Associations ?? []), association] }, call);
      return { AssociationId: association.RouteTableAssociationId, AssociationState: association.AssociationState };
    },
  }),
  DisassociateRouteTable: operation<sdk.DisassociateRouteTableRequest, object>({
    handle: (input, call) => {
      const table = byAssociation(input.AssociationId, call);
      save({ ...table, Associations: table.Associations?.filter((one) => one.RouteTableAssociationId !== input.AssociationId) }, call);
      return {};
    },
  }),
  DeleteRouteTable: operation<sdk.DeleteRouteTableRequest, object>({
    handle: (input, call) => {
      const table = requireTable(input.RouteTableId, call);
      if (table.Associations?.length) {
        throw inUse(`The routeTable '${table.RouteTableId ?? ''}' has dependencies and cannot be deleted.`);
      }
      ec2Tables(call.tables).routeTables.delete(scopeKey(call, table.RouteTableId ?? ''));
      return {};
    },
  }),
  DescribeRouteTables: operation<sdk.DescribeRouteTablesRequest, sdk.DescribeRouteTablesResult>({
    handle: (input, call) => {
      const page = select(tablesOf(call), input.RouteTableIds, input, {
        id: (table) => table.RouteTableId,
        notFound: tableNotFound,
        fields: {
          'route-table-id': (table) => table.RouteTableId,
          'vpc-id': (table) => table.VpcId,
          'owner-id': (table) => table.OwnerId,
          'association.main': (table) => table.Associations?.map((one) => String(one.Main)),
          'association.subnet-id': (table) => table.Associations?.map((one) => one.SubnetId),
          'association.association-id': (table) => table.Associations?.map((one) => one.RouteTableAssociationId),
          'association.route-table-id': (table) => table.Associations?.map((one) => one.RouteTableId),
          'association.gateway-id': (table) => table.Associations?.map((one) => one.GatewayId),
          'route.nat-gateway-id': (table) => table.Routes?.map((route) => route.NatGatewayId),
          'route.instance-id': (table) => table.Routes?.map((route) => route.InstanceId),
          'route.origin': (table) => table.Routes?.map((route) => route.Origin),
          'route.state': (table) => table.Routes?.map((route) => route.State),
          'route.transit-gateway-id': (table) => table.Routes?.map((route) => route.TransitGatewayId),
          'route.vpc-peering-connection-id': (table) => table.Routes?.map((route) => route.VpcPeeringConnectionId),
          'association.route-table-association-id': (table) => table.Associations?.map((one) => one.RouteTableAssociationId),
          'route.gateway-id': (table) => table.Routes?.map((route) => route.GatewayId),
          'route.destination-cidr-block': (table) => table.Routes?.map((route) => route.DestinationCidrBlock),
        },
      });
      return { RouteTables: page.items, NextToken: page.nextToken };
    },
  }),
};
