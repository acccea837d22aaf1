// VPC endpoints, flow logs, managed prefix lists and placement groups.
import { randomBytes } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-ec2';
import { AwsError } from '../../gateway/errors.ts';
import { arn, scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { collection, describe, listOf, remove, requireOne, save } from './collection.ts';
import { createInterface, deleteInterface } from './network-interfaces.ts';
import { defaultGroup, requireGroup } from './security-groups.ts';
import { newId } from './state.ts';
import { requireSubnet } from './subnets.ts';
import { tagsFor } from './tag-specifications.ts';
import { requireVpc } from './vpcs.ts';

type Endpoint = Timestamped<sdk.VpcEndpoint>;

export const endpoints = collection<Endpoint>({
  type: 'vpc-endpoint',
  table: 'ec2.vpc-endpoints',
  code: 'InvalidVpcEndpointId.NotFound',
  what: 'VpcEndPoint Id',
  idOf: (one) => one.VpcEndpointId,
  fields: {
    'service-name': (one) => one.ServiceName,
    'vpc-id': (one) => one.VpcId,
    'vpc-endpoint-id': (one) => one.VpcEndpointId,
    'vpc-endpoint-state': (one) => one.State,
    'vpc-endpoint-type': (one) => one.VpcEndpointType,
  },
});

const GATEWAY_SERVICES = ['s3', 'dynamodb'];
const SERVICES = [
  'autoscaling',
  'cloudformation',
  'ec2',
  'ecr.api',
  'ecr.dkr',
  'ecs',
  'ecs-agent',
  'ecs-telemetry',
  'elasticloadbalancing',
  'events',
  'logs',
  'monitoring',
  'secretsmanager',
  'servicediscovery',
  'ssm',
  'ssmmessages',
  'sts',
];
const OPEN_POLICY = '{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*","Resource":"*"}]}';

function create(input: Timestamped<sdk.CreateVpcEndpointRequest>, call: Call): { VpcEndpoint: Endpoint } {
  const vpc = requireVpc(input.VpcId, call);
  const type = input.VpcEndpointType ?? 'Gateway';
  const isInterface = type === 'Interface';
  const subnets = (input.SubnetIds ?? []).map((id) => requireSubnet(id, call));
  const groups = (input.SecurityGroupIds ?? []).map((id) => requireGroup(id, call));
  const chosen = isInterface && groups.length === 0 ? [defaultGroup(vpc.VpcId ?? '', call)] : groups;
  const id = newId('vpce');
  const interfaces = isInterface
    ? subnets.map((subnet) =>
        createInterface(call, call, {
          subnetId: subnet.SubnetId ?? '',
          groupIds: chosen.flatMap((group) => group?.GroupId ?? []),
          description: `VPC Endpoint Interface ${id}`,
          assignPublicIp: false,
          interfaceType: 'vpc_endpoint',
          requesterManaged: true,
          attachedTo: { instanceOwnerId: 'amazon-aws' },
        }),
      )
    : [];
  const service = input.ServiceName ?? '';
  const host = service.split('.').slice(2).toReversed().join('.');
  const endpoint: Endpoint = {
    VpcEndpointId: id,
    VpcEndpointType: type,
    VpcId: vpc.VpcId,
    ServiceName: service,
    // On the wire in lower case, whatever the model says.
    State: 'available' as 'Available',
    PolicyDocument: input.PolicyDocument ?? OPEN_POLICY,
    RouteTableIds: input.RouteTableIds ?? [],
    SubnetIds: input.SubnetIds ?? [],
    Groups: chosen.map((group) => ({ GroupId: group?.GroupId, GroupName: group?.GroupName })),
    PrivateDnsEnabled: isInterface ? (input.PrivateDnsEnabled ?? true) : false,
    RequesterManaged: false,
    NetworkInterfaceIds: interfaces.map((eni) => eni.NetworkInterfaceId ?? ''),
    DnsEntries: isInterface
      ? [{ DnsName: `${id}-${randomBytes(4).toString('hex')}.${host}.${call.region}.vpce.amazonaws.com`, HostedZoneId: 'Z7HUB22UULQXV' }]
      : [],
    CreationTimestamp: call.clock.now(),
    OwnerId: call.account,
    Tags: tagsFor('vpc-endpoint', input.TagSpecifications),
  };
  return { VpcEndpoint: save(endpoints, endpoint, call) };
}

function changedList(
  before: readonly string[] | undefined,
  added: readonly string[] | undefined,
  removed: readonly string[] | undefined,
): string[] {
  return [...new Set([...(before ?? []).filter((one) => !removed?.includes(one)), ...(added ?? [])])];
}

type FlowLog = Timestamped<sdk.FlowLog>;

export const flowLogs = collection<FlowLog>({
  type: 'vpc-flow-log',
  table: 'ec2.flow-logs',
  code: 'InvalidFlowLogId.NotFound',
  what: 'flowLog ID',
  idOf: (one) => one.FlowLogId,
  fields: {
    'deliver-log-status': (one) => one.DeliverLogsStatus,
    'log-destination-type': (one) => one.LogDestinationType,
    'flow-log-id': (one) => one.FlowLogId,
    'log-group-name': (one) => one.LogGroupName,
    'resource-id': (one) => one.ResourceId,
    'traffic-type': (one) => one.TrafficType,
  },
});

const DEFAULT_FORMAT =
  '${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}';

function createFlowLogs(
  input: Timestamped<sdk.CreateFlowLogsRequest>,
  call: Call,
): Timestamped<Omit<sdk.CreateFlowLogsResult, '$metadata'>> {
  const type = input.LogDestinationType ?? 'cloud-watch-logs';
  if (type === 'cloud-watch-logs' && input.LogGroupName !== undefined && input.LogDestination !== undefined) {
    throw new AwsError('InvalidParameter', 'Please only provide LogGroupName or only provide LogDestination.');
  }
  if (type === 'cloud-watch-logs' && input.DeliverLogsPermissionArn === undefined) {
    throw new AwsError('InvalidParameter', "DeliverLogsPermissionArn can't be empty if LogDestinationType is cloud-watch-logs.");
  }
  if (type === 's3' && input.LogDestination === undefined) {
    throw new AwsError('InvalidParameter', "LogDestination can't be empty if LogGroupName is not provided.");
  }
  if (input.MaxAggregationInterval !== undefined && ![60, 600].includes(input.MaxAggregationInterval)) {
    throw new AwsError('InvalidParameter', 'Invalid Flow Log Max Aggregation Interval');
  }
  const ids = (input.ResourceIds ?? []).map((resource) => {
    if (input.ResourceType === 'VPC') {
      requireVpc(resource, call);
    } else if (input.ResourceType === 'Subnet') {
      requireSubnet(resource, call);
    }
    const same = listOf(flowLogs, call).some(
      (one) =>
        one.ResourceId === resource &&
        one.LogGroupName === input.LogGroupName &&
        one.LogDestination === input.LogDestination &&
        one.TrafficType === input.TrafficType,
    );
    if (same) {
      throw new AwsError('FlowLogAlreadyExists', 'Error. There is an existing Flow Log with the same configuration and log destination.');
    }
    const log: FlowLog = {
      FlowLogId: newId('fl'),
      CreationTime: call.clock.now(),
      ...(input.DeliverLogsPermissionArn ? { DeliverLogsPermissionArn: input.DeliverLogsPermissionArn } : {}),
      DeliverLogsStatus: 'SUCCESS',
      FlowLogStatus: 'ACTIVE',
      ...(input.LogGroupName ? { LogGroupName: input.LogGroupName } : {}),
      ResourceId: resource,
      TrafficType: input.TrafficType,
      LogDestinationType: type,
      ...(input.LogDestination ? { LogDestination: input.LogDestination } : {}),
      LogFormat: input.LogFormat ?? DEFAULT_FORMAT,
      MaxAggregationInterval: input.MaxAggregationInterval ?? 600,
      Tags: tagsFor('vpc-flow-log', input.TagSpecifications),
    };
    return save(flowLogs, log, call).FlowLogId ?? '';
  });
  return { FlowLogIds: ids, Unsuccessful: [] };
}

type PlacementGroup = Timestamped<sdk.PlacementGroup>;

export const placementGroups = collection<PlacementGroup>({
  type: 'placement-group',
  table: 'ec2.placement-groups',
  code: 'InvalidPlacementGroup.Unknown',
  what: 'Placement Group',
  idOf: (one) => one.GroupId,
  fields: {
    'group-name': (one) => one.GroupName,
    state: (one) => one.State,
    strategy: (one) => one.Strategy,
    'group-arn': (one) => one.GroupArn,
  },
});

export const endpointOperations: Readonly<Record<string, Operation>> = {
  CreateVpcEndpoint: operation<sdk.CreateVpcEndpointRequest, sdk.CreateVpcEndpointResult>({ handle: create }),
  ModifyVpcEndpoint: operation<sdk.ModifyVpcEndpointRequest, sdk.ModifyVpcEndpointResult>({
    handle: (input, call) => {
      const endpoint = requireOne(endpoints, input.VpcEndpointId, call);
      const groups = changedList(
        endpoint.Groups?.map((one) => one.GroupId ?? ''),
        input.AddSecurityGroupIds,
        input.RemoveSecurityGroupIds,
      );
      save(
        endpoints,
        {
          ...endpoint,
          ...(input.PolicyDocument === undefined ? {} : { PolicyDocument: input.PolicyDocument }),
          ...(input.ResetPolicy ? { PolicyDocument: OPEN_POLICY } : {}),
          RouteTableIds: changedList(endpoint.RouteTableIds, input.AddRouteTableIds, input.RemoveRouteTableIds),
          SubnetIds: changedList(endpoint.SubnetIds, input.AddSubnetIds, input.RemoveSubnetIds),
          Groups: groups.map((id) => ({ GroupId: id, GroupName: requireGroup(id, call).GroupName })),
          PrivateDnsEnabled: input.PrivateDnsEnabled ?? endpoint.PrivateDnsEnabled,
        },
        call,
      );
      return { Return: true };
    },
  }),
  DescribeVpcEndpoints: operation<sdk.DescribeVpcEndpointsRequest, sdk.DescribeVpcEndpointsResult>({
    handle: (input, call) => {
      const page = describe(endpoints, input.VpcEndpointIds, input, call);
      return { VpcEndpoints: page.items, NextToken: page.nextToken };
    },
  }),
  DeleteVpcEndpoints: operation<sdk.DeleteVpcEndpointsRequest, sdk.DeleteVpcEndpointsResult>({
    handle: (input, call) => ({
      Unsuccessful: (input.VpcEndpointIds ?? []).flatMap((id) => {
        if (!listOf(endpoints, call).some((one) => one.VpcEndpointId === id)) {
          return [
            { ResourceId: id, Error: { Code: 'InvalidVpcEndpoint.NotFound', Message: `The Vpc Endpoint Id '${id}' does not exist` } },
          ];
        }
        for (const eni of remove(endpoints, id, call).NetworkInterfaceIds ?? []) {
          deleteInterface(call, call, eni);
        }
        return [];
      }),
    }),
  }),
  DescribeVpcEndpointServices: operation<sdk.DescribeVpcEndpointServicesRequest, sdk.DescribeVpcEndpointServicesResult>({
    handle: (input, call) => {
      const all = [...GATEWAY_SERVICES, ...SERVICES]
        .map((name) => ({
          ServiceName: `com.amazonaws.${call.region}.${name}`,
          ServiceId: `vpce-svc-${name.replaceAll('.', '')}`,
          ServiceType: [{ ServiceType: GATEWAY_SERVICES.includes(name) ? ('Gateway' as const) : ('Interface' as const) }],
          AvailabilityZones: ['a', 'b', 'c'].map((letter) => call.region + letter),
          Owner: 'amazon',
          BaseEndpointDnsNames: [`${name}.${call.region}.vpce.amazonaws.com`],
          VpcEndpointPolicySupported: true,
          AcceptanceRequired: false,
          ManagesVpcEndpoints: false,
          Tags: [],
        }))
        .filter((one) => !input.ServiceNames?.length || input.ServiceNames.includes(one.ServiceName));
      return { ServiceNames: all.map((one) => one.ServiceName), ServiceDetails: all };
    },
  }),
  CreateFlowLogs: operation<sdk.CreateFlowLogsRequest, sdk.CreateFlowLogsResult>({ handle: createFlowLogs }),
  DescribeFlowLogs: operation<sdk.DescribeFlowLogsRequest, sdk.DescribeFlowLogsResult>({
    handle: (input, call) => {
      const page = describe(flowLogs, input.FlowLogIds, { ...input, Filters: input.Filter }, call);
      return { FlowLogs: page.items, NextToken: page.nextToken };
    },
  }),
  DeleteFlowLogs: operation<sdk.DeleteFlowLogsRequest, sdk.DeleteFlowLogsResult>({
    handle: (input, call) => {
      const missing = (input.FlowLogIds ?? []).filter((id) => !listOf(flowLogs, call).some((one) => one.FlowLogId === id));
      if (missing.length > 0) {
        throw new AwsError(
          'InvalidFlowLogId.NotFound',
          missing.length === 1
            ? `These flow log ids in the input list are not found: [TotalCount: 1] ${missing[0] ?? ''}`
            : `These flow log ids in the input list are not found: [TotalCount: ${missing.length}] ${missing.join(' ')}`,
        );
      }
      for (const id of input.FlowLogIds ?? []) {
        remove(flowLogs, id, call);
      }
      return { Unsuccessful: [] };
    },
  }),
  CreatePlacementGroup: operation<sdk.CreatePlacementGroupRequest, sdk.CreatePlacementGroupResult>({
    handle: (input, call) => {
      if (listOf(placementGroups, call).some((one) => one.GroupName === input.GroupName)) {
        throw new AwsError('InvalidPlacementGroup.Duplicate', `The Placement Group '${input.GroupName ?? ''}' already exists.`);
      }
      const group: PlacementGroup = {
        GroupId: newId('pg'),
        GroupName: input.GroupName,
        GroupArn: arn('ec2', call, `placement-group/${input.GroupName ?? ''}`),
        State: 'available',
        Strategy: input.Strategy ?? 'cluster',
        ...(input.PartitionCount === undefined ? {} : { PartitionCount: input.PartitionCount }),
        Tags: tagsFor('placement-group', input.TagSpecifications),
      };
      return { PlacementGroup: save(placementGroups, group, call) };
    },
  }),
  DescribePlacementGroups: operation<sdk.DescribePlacementGroupsRequest, sdk.DescribePlacementGroupsResult>({
    handle: (input, call) => {
      const ids = [
        ...(input.GroupIds ?? []),
        ...(input.GroupNames ?? []).map((name) => listOf(placementGroups, call).find((one) => one.GroupName === name)?.GroupId ?? name),
      ];
      return { PlacementGroups: describe(placementGroups, ids, { Filters: input.Filters }, call).items };
    },
  }),
  DeletePlacementGroup: operation<sdk.DeletePlacementGroupRequest, object>({
    handle: (input, call) => {
      const group = listOf(placementGroups, call).find((one) => one.GroupName === input.GroupName);
      if (!group) {
        throw new AwsError('InvalidPlacementGroup.Unknown', `The Placement Group '${input.GroupName ?? ''}' is unknown.`);
      }
      call.tables.table(placementGroups.table).delete(scopeKey(call, group.GroupId ?? ''));
      return {};
    },
  }),
};
