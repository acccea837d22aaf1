// Instances: started into a subnet, running after their boot, terminated. What runs on them is told by whoever listens to their boot.
import { randomBytes } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-ec2';
import { AwsError } from '../../gateway/errors.ts';
import { scopeKey, type Scope } from '../scope.ts';
import { operation, type AwsContext, type Call, type Operation, type Timestamped } from '../service.ts';
import { ensureDefaultVpc } from './default-vpc.ts';
import { invalidValue, missing } from './errors.ts';
import { select } from './filters.ts';
import { instancesTable, type Instance } from './instance-table.ts';
import { instanceType, instanceTypes, isArm } from './instance-types.ts';
import { requireTemplateVersion } from './launch-templates.ts';
import { createInterface } from './network-interfaces.ts';
import { defaultGroup, groupNamed, requireGroup } from './security-groups.ts';
import { newId, type Subnet } from './state.ts';
import { listSubnets, requireSubnet } from './subnets.ts';
import { tagsFor } from './tag-specifications.ts';
import { attachDisks, disksOf, releaseAttached } from './instance-disks.ts';
import { defaultVpc } from './vpcs.ts';
import { zoneId, zonesOf } from './zones.ts';

const STATES = { pending: 0, running: 16, 'shutting-down': 32, terminated: 48, stopping: 64, stopped: 80 } as const;
type State = keyof typeof STATES;

/** Terminated instances are shown for an hour. */
const KEPT_MS = 3_600_000;
const MAX_INSTANCES = 20;

type Listener = (instance: Instance, scope: Scope) => void;
const listeners = new WeakMap<object, Set<Listener>>();

/** Calls `listener` when an instance has booted, and when it is gone. */
export function onInstanceState({ tables }: Pick<AwsContext, 'tables'>, listener: Listener): Disposable {
  const own = listeners.get(tables) ?? new Set();
  listeners.set(tables, own.add(listener));
  return { [Symbol.dispose]: () => void own.delete(listener) };
}

function become(context: AwsContext, scope: Scope, id: string, state: State, change: Partial<Instance> = {}): Instance | undefined {
  const table = instancesTable(context.tables);
  const key = scopeKey(scope, id);
  const instance = table.get(key);
  if (!instance) {
    return undefined;
  }
  const changed: Instance = { ...instance, ...change, State: { Code: STATES[state], Name: state } };
  table.put(key, changed);
  for (const listener of listeners.get(context.tables) ?? []) {
    listener(changed, scope);
  }
  return changed;
}

/** Puts an instance into a state and goes on from there. */
export function changeState(context: AwsContext, scope: Scope, id: string, state: 'pending' | 'stopping'): Instance | undefined {
  const changed = become(context, scope, id, state);
  if (changed) {
    continueInstance(context, scope, changed);
  }
  return changed;
}

const timers = new WeakMap<object, Set<Disposable>>();

function later(context: AwsContext, ms: number, task: () => unknown): void {
  const own = timers.get(context.tables) ?? new Set();
  timers.set(context.tables, own);
  const timer = context.clock.schedule(ms, () => {
    own.delete(timer);
    task();
  });
  own.add(timer);
}

/** Takes up the instances on record; their boots and ends wait no longer once this is disposed. */
export function continueInstances(context: AwsContext): Disposable {
  for (const [key, instance] of instancesTable(context.tables).entries()) {
    const [account = '', region = ''] = key.split('/');
    continueInstance(context, { account, region }, instance);
  }
  return {
    [Symbol.dispose]: () => {
      for (const timer of timers.get(context.tables) ?? []) {
        timer[Symbol.dispose]();
      }
      timers.delete(context.tables);
    },
  };
}

/** Goes on with what an instance is in the middle of. */
function continueInstance(context: AwsContext, scope: Scope, instance: Instance): void {
  const id = instance.InstanceId ?? '';
  const { delays, tables } = context;
  const isStill = (state: State): boolean => instancesTable(tables).get(scopeKey(scope, id))?.State?.Name === state;
  switch (instance.State?.Name) {
    case 'pending':
      later(context, delays.instanceBoot, () => isStill('pending') && become(context, scope, id, 'running'));
      break;
    case 'stopping':
      later(
        context,
        delays.deprovisioning,
        () => isStill('stopping') && become(context, scope, id, 'stopped', { PublicIpAddress: undefined }),
      );
      break;
    case 'shutting-down':
      later(context, delays.deprovisioning, () => {
        const ended = isStill('shutting-down')
          ? become(context, scope, id, 'terminated', { PublicIpAddress: undefined, NetworkInterfaces: [] })
          : undefined;
        if (ended) {
          releaseAttached(context, scope, instance);
          continueInstance(context, scope, ended);
        }
      });
      break;
    case 'terminated':
      later(context, KEPT_MS, () => isStill('terminated') && instancesTable(tables).delete(scopeKey(scope, id)));
      break;
    default:
  }
}

/** Tags that say which launch template an instance is of. */
function templateTags(input: Timestamped<sdk.RunInstancesRequest>, call: Call): { Key: string; Value: string }[] {
  if (!input.LaunchTemplate) {
    return [];
  }
  const version = requireTemplateVersion(input.LaunchTemplate, call);
  return [
    { Key: 'aws:ec2launchtemplate:id', Value: version.LaunchTemplateId ?? '' },
    { Key: 'aws:ec2launchtemplate:version', Value: String(version.VersionNumber ?? 1) },
  ];
}

/** What a launch template gives, under what the request says itself. */
function withTemplate(request: Timestamped<sdk.RunInstancesRequest>, call: Call): Timestamped<sdk.RunInstancesRequest> {
  if (!request.LaunchTemplate) {
    return request;
  }
  const { TagSpecifications, ...data } = requireTemplateVersion(request.LaunchTemplate, call).LaunchTemplateData ?? {};
  const given = Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined));
  const tags = (TagSpecifications ?? []).filter((one) => !request.TagSpecifications?.some((own) => own.ResourceType === one.ResourceType));
  return {
    ...(data as Partial<Timestamped<sdk.RunInstancesRequest>>),
    ...(given as unknown as typeof request),
    TagSpecifications: [...(request.TagSpecifications ?? []), ...tags],
  };
}

function run(request: Timestamped<sdk.RunInstancesRequest>, call: Call): Timestamped<sdk.Reservation> {
  const input = withTemplate(request, call);
  const { MinCount: least = 1, MaxCount: most = 1 } = input;
  if (input.ImageId === undefined) {
    throw missing('ImageId');
  }
  if (!/^ami-[0-9a-f]{8,17}$/.test(input.ImageId)) {
    throw new AwsError('InvalidAMIID.Malformed', `Invalid id: "${input.ImageId}"`);
  }
  if (least < 1 || most < least) {
    throw invalidValue(
      `Value (${most}) for parameter maxCount is invalid. The maximum count must be greater than or equal to the minimum count.`,
    );
  }
  if (most > MAX_INSTANCES) {
    throw new AwsError(
      'InstanceLimitExceeded',
      `You have requested more instances (${most}) than your current instance limit of ${MAX_INSTANCES} allows.`,
    );
  }
  const typeName = input.InstanceType ?? 'm1.small';
  if (!instanceType(typeName)) {
    throw invalidValue(`Invalid value '${typeName}' for InstanceType.`);
  }
  const wantedInterface = input.NetworkInterfaces?.[0];
  const subnetId = input.SubnetId ?? wantedInterface?.SubnetId;
  const subnet = subnetId === undefined ? defaultSubnet(call, input.Placement?.AvailabilityZone) : requireSubnet(subnetId, call);
  const named = (input.SecurityGroups ?? []).map((name) => {
    const group = groupNamed(name, call);
    if (!group) {
      throw new AwsError('InvalidGroup.NotFound', `The security group '${name}' does not exist in default VPC`);
    }
    return group.GroupId ?? '';
  });
  const groupIds = [...(input.SecurityGroupIds ?? wantedInterface?.Groups ?? []), ...named];
  if (input.SubnetId !== undefined && wantedInterface) {
    throw new AwsError(
      'InvalidParameterCombination',
      'Network interfaces and an instance-level subnet ID may not be specified on the same request',
    );
  }
  const groups = groupIds.length > 0 ? groupIds.map((id) => requireGroup(id, call)) : [defaultGroup(subnet.VpcId ?? '', call)];
  const privateIp =
    input.PrivateIpAddress ??
    wantedInterface?.PrivateIpAddress ??
    wantedInterface?.PrivateIpAddresses?.find((one) => one.Primary)?.PrivateIpAddress;
  const disks = disksOf(input);
  const reservationId = newId('r');
  const tags = input.TagSpecifications?.filter((one) => one.ResourceType === 'instance');
  const instances = Array.from({ length: most }, (_, index): Instance => {
    const id = newId('i');
    const eni = createInterface(call, call, {
      subnetId: subnet.SubnetId ?? '',
      groupIds: groups.flatMap((group) => group?.GroupId ?? []),
      description: '',
      ...(privateIp === undefined ? {} : { privateIp }),
      assignPublicIp: wantedInterface?.AssociatePublicIpAddress ?? subnet.MapPublicIpOnLaunch ?? false,
      attachedTo: { instanceOwnerId: call.account, instanceId: id },
    });
    const instance: Instance = {
      AmiLaunchIndex: index,
      ImageId: input.ImageId,
      InstanceId: id,
      InstanceType: typeName as sdk._InstanceType,
      ...(input.KeyName ? { KeyName: input.KeyName } : {}),
      LaunchTime: call.clock.now(),
      Monitoring: { State: input.Monitoring?.Enabled ? 'enabled' : 'disabled' },
      Placement: {
        GroupName: '',
        ...input.Placement,
        AvailabilityZone: subnet.AvailabilityZone,
        Tenancy: input.Placement?.Tenancy ?? 'default',
      },
      PrivateDnsName: eni.PrivateDnsName,
      PrivateIpAddress: eni.PrivateIpAddress,
      ...(eni.Association ? { PublicDnsName: eni.Association.PublicDnsName, PublicIpAddress: eni.Association.PublicIp } : {}),
      State: { Code: STATES.pending, Name: 'pending' },
      SubnetId: subnet.SubnetId,
      VpcId: subnet.VpcId,
      Architecture: isArm(typeName) ? 'arm64' : 'x86_64',
      BlockDeviceMappings: attachDisks(id, disks, subnet.AvailabilityZone ?? '', input, call),
      EbsOptimized: input.EbsOptimized ?? false,
      EnaSupport: true,
      Hypervisor: 'xen',
      ...(input.IamInstanceProfile
        ? {
            IamInstanceProfile: {
              Arn: input.IamInstanceProfile.Arn ?? `arn:aws:iam::${call.account}:instance-profile/${input.IamInstanceProfile.Name ?? ''}`,
              Id: `AIPA${randomBytes(8).toString('hex').toUpperCase()}`,
            },
          }
        : {}),
      NetworkInterfaces: [
        {
          ...(eni.Association ? { Association: eni.Association } : {}),
          Description: '',
          Groups: eni.Groups,
          MacAddress: eni.MacAddress,
          NetworkInterfaceId: eni.NetworkInterfaceId,
          OwnerId: call.account,
          PrivateIpAddress: eni.PrivateIpAddress,
          PrivateIpAddresses: eni.PrivateIpAddresses,
          SourceDestCheck: true,
          ...(eni.Attachment ? { Attachment: eni.Attachment } : {}),
          InterfaceType: 'interface',
          Ipv6Addresses: [],
          Status: 'in-use',
          SubnetId: eni.SubnetId,
          VpcId: eni.VpcId,
        },
      ],
      RootDeviceName: '/dev/xvda',
      RootDeviceType: 'ebs',
      SecurityGroups: eni.Groups,
      SourceDestCheck: true,
      Tags: [...tagsFor('instance', tags), ...templateTags(input, call)],
      VirtualizationType: 'hvm',
      ...(input.UserData ? { userData: input.UserData } : {}),
      attributes: {
        disableApiTermination: input.DisableApiTermination,
        disableApiStop: input.DisableApiStop,
        shutdownBehavior: input.InstanceInitiatedShutdownBehavior,
      },
      MetadataOptions: {
        State: 'applied',
        HttpTokens: input.MetadataOptions?.HttpTokens ?? 'optional',
        HttpPutResponseHopLimit: input.MetadataOptions?.HttpPutResponseHopLimit ?? 1,
        HttpEndpoint: input.MetadataOptions?.HttpEndpoint ?? 'enabled',
        HttpProtocolIpv6: 'disabled',
        InstanceMetadataTags: input.MetadataOptions?.InstanceMetadataTags ?? 'disabled',
      },
      reservationId,
    };
    instancesTable(call.tables).put(scopeKey(call, id), instance);
    continueInstance(call, call, instance);
    return instance;
  });
  return { ReservationId: reservationId, OwnerId: call.account, Groups: [], Instances: instances.map(shown) };
}

function defaultSubnet(call: Call, zone?: string): Subnet {
  const vpc = defaultVpc(call);
  const subnet = listSubnets(call).find(
    (one) => one.VpcId === vpc?.VpcId && one.DefaultForAz && (zone === undefined || one.AvailabilityZone === zone),
  );
  if (!subnet) {
    throw new AwsError('MissingInput', 'No subnets found for the default VPC. Please specify a subnet.');
  }
  return subnet;
}

/** The record as answers show it. */
function shown({
  userData: _userData,
  reservationId: _reservation,
  attributes: _attributes,
  ...instance
}: Instance): Timestamped<sdk.Instance> {
  return instance;
}

const instanceNotFound = (id: string): AwsError => new AwsError('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`);

function terminate(
  input: Timestamped<sdk.TerminateInstancesRequest>,
  call: Call,
): Timestamped<Omit<sdk.TerminateInstancesResult, '$metadata'>> {
  const found = (input.InstanceIds ?? []).map((id) => {
    const instance = instancesTable(call.tables).get(scopeKey(call, id));
    if (!instance) {
      throw instanceNotFound(id);
    }
    if (instance.attributes?.disableApiTermination) {
      throw new AwsError(
        'OperationNotPermitted',
        `The instance '${id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
      );
    }
    return instance;
  });
  return {
    TerminatingInstances: found.map((instance) => {
      const isOver = instance.State?.Name === 'terminated';
      const changed = isOver ? instance : become(call, call, instance.InstanceId ?? '', 'shutting-down');
      if (changed && !isOver) {
        continueInstance(call, call, changed);
      }
      return { InstanceId: instance.InstanceId, PreviousState: instance.State, CurrentState: changed?.State };
    }),
  };
}

function moment(at: number | undefined): string | undefined {
  const Time = globalThis.Date;
  return at === undefined ? undefined : new Time(at).toISOString();
}

function listing(call: Call): Instance[] {
  ensureDefaultVpc(call.tables, call);
  const oldestFirst = (left: Instance, right: Instance): number =>
    (left.LaunchTime ?? 0) - (right.LaunchTime ?? 0) || (left.AmiLaunchIndex ?? 0) - (right.AmiLaunchIndex ?? 0);
  return instancesTable(call.tables)
    .list(`${scopeKey(call)}/`)
    .sort(oldestFirst);
}

const FIELDS: Parameters<typeof select<Instance>>[3]['fields'] = {
  'instance-id': (one) => one.InstanceId,
  'instance-state-name': (one) => one.State?.Name,
  'instance-state-code': (one) => one.State?.Code,
  'instance-type': (one) => one.InstanceType,
  'image-id': (one) => one.ImageId,
  'vpc-id': (one) => one.VpcId,
  'subnet-id': (one) => one.SubnetId,
  'availability-zone': (one) => one.Placement?.AvailabilityZone,
  'private-ip-address': (one) => one.PrivateIpAddress,
  'ip-address': (one) => one.PublicIpAddress,
  'key-name': (one) => one.KeyName,
  architecture: (one) => one.Architecture,
  'dns-name': (one) => one.PublicDnsName,
  'private-dns-name': (one) => one.PrivateDnsName,
  'owner-id': (one) => one.NetworkInterfaces?.[0]?.OwnerId,
  'source-dest-check': (one) => one.SourceDestCheck,
  'state-reason-code': (one) => one.StateReason?.Code,
  'group-id': (one) => one.SecurityGroups?.map((group) => group.GroupId),
  'group-name': (one) => one.SecurityGroups?.map((group) => group.GroupName),
  'instance.group-name': (one) => one.SecurityGroups?.map((group) => group.GroupName),
  'launch-time': (one) => moment(one.LaunchTime),
  'monitoring-state': (one) => one.Monitoring?.State,
  'placement-group-name': (one) => one.Placement?.GroupName,
  tenancy: (one) => one.Placement?.Tenancy,
  'root-device-name': (one) => one.RootDeviceName,
  'root-device-type': (one) => one.RootDeviceType,
  'virtualization-type': (one) => one.VirtualizationType,
  hypervisor: (one) => one.Hypervisor,
  'iam-instance-profile.arn': (one) => one.IamInstanceProfile?.Arn,
  'iam-instance-profile.id': (one) => one.IamInstanceProfile?.Id,
  'block-device-mapping.device-name': (one) => one.BlockDeviceMappings?.map((mapping) => mapping.DeviceName),
  'block-device-mapping.volume-id': (one) => one.BlockDeviceMappings?.map((mapping) => mapping.Ebs?.VolumeId),
  'network-interface.network-interface-id': (one) => one.NetworkInterfaces?.map((eni) => eni.NetworkInterfaceId),
  'network-interface.private-dns-name': (one) => one.NetworkInterfaces?.map(() => one.PrivateDnsName),
  'network-interface.subnet-id': (one) => one.NetworkInterfaces?.map((eni) => eni.SubnetId),
  'network-interface.vpc-id': (one) => one.NetworkInterfaces?.map((eni) => eni.VpcId),
  'network-interface.group-id': (one) => one.NetworkInterfaces?.flatMap((eni) => eni.Groups?.map((group) => group.GroupId) ?? []),
  'network-interface.addresses.private-ip-address': (one) => one.NetworkInterfaces?.map((eni) => eni.PrivateIpAddress),
  'availability-zone-id': (one) => zoneId(one.Placement?.AvailabilityZone ?? ''),
  'instance.group-id': (one) => one.SecurityGroups?.map((group) => group.GroupId),
  'reservation-id': (one) => one.reservationId,
};

/** Where instance types are offered: the region, its zones, or the ids of these. */
function locations(type: string | undefined, region: string): string[] {
  switch (type) {
    case 'availability-zone':
      return zonesOf(region);
    case 'availability-zone-id':
      return zonesOf(region).map(zoneId);
    default:
      return [region];
  }
}

export const instanceOperations: Readonly<Record<string, Operation>> = {
  RunInstances: operation<sdk.RunInstancesRequest, sdk.Reservation>({ handle: run }),
  TerminateInstances: operation<sdk.TerminateInstancesRequest, sdk.TerminateInstancesResult>({ handle: terminate }),
  DescribeInstances: operation<sdk.DescribeInstancesRequest, sdk.DescribeInstancesResult>({
    handle: (input, call) => {
      const page = select(listing(call), input.InstanceIds, input, {
        id: (one) => one.InstanceId,
        notFound: instanceNotFound,
        fields: FIELDS,
      });
      const reservations = Map.groupBy(page.items, (instance) => instance.reservationId);
      return {
        Reservations: [...reservations].map(([id, instances]) => ({
          ReservationId: id,
          OwnerId: call.account,
          Groups: [],
          Instances: instances.map(shown),
        })),
        NextToken: page.nextToken,
      };
    },
  }),
  DescribeInstanceStatus: operation<sdk.DescribeInstanceStatusRequest, sdk.DescribeInstanceStatusResult>({
    handle: (input, call) => {
      const known = listing(call).filter((one) => input.IncludeAllInstances || input.InstanceIds?.length || one.State?.Name === 'running');
      const page = select(known, input.InstanceIds, input, { id: (one) => one.InstanceId, notFound: instanceNotFound, fields: FIELDS });
      const status = { Status: 'ok' as const, Details: [{ Name: 'reachability' as const, Status: 'passed' as const }] };
      return {
        InstanceStatuses: page.items
          .filter((one) => input.IncludeAllInstances || one.State?.Name === 'running')
          .map((one) => ({
            AvailabilityZone: one.Placement?.AvailabilityZone,
            InstanceId: one.InstanceId,
            InstanceState: one.State,
            InstanceStatus: status,
            SystemStatus: status,
          })),
        NextToken: page.nextToken,
      };
    },
  }),
  DescribeInstanceTypes: operation<sdk.DescribeInstanceTypesRequest, sdk.DescribeInstanceTypesResult>({
    handle: (input) => {
      const records = [...instanceTypes()].map(([name, { vcpus, memoryMiB }]) => ({
        InstanceType: name as sdk._InstanceType,
        CurrentGeneration: !/^(t2|m1)\./.test(name),
        VCpuInfo: { DefaultVCpus: vcpus },
        MemoryInfo: { SizeInMiB: memoryMiB },
        BareMetal: false,
        BurstablePerformanceSupported: /^t\d/.test(name),
        FreeTierEligible: name === 't2.micro' || name === 't3.micro',
        Hypervisor: 'nitro' as const,
        SupportedUsageClasses: ['on-demand' as const, 'spot' as const],
        SupportedRootDeviceTypes: ['ebs' as const],
        SupportedVirtualizationTypes: ['hvm' as const],
        InstanceStorageSupported: false,
        NetworkInfo: {
          NetworkPerformance: 'Up to 5 Gigabit',
          MaximumNetworkInterfaces: 3,
          Ipv4AddressesPerInterface: 10,
          Ipv6AddressesPerInterface: 10,
          Ipv6Supported: true,
          EnaSupport: 'required' as const,
        },
        ProcessorInfo: { SupportedArchitectures: [isArm(name) ? ('arm64' as const) : ('x86_64' as const)] },
      }));
      const page = select(records, input.InstanceTypes, input, {
        id: (one) => one.InstanceType,
        notFound: (id) => new AwsError('InvalidInstanceType', `The following supplied instance types do not exist: [${id}]`),
        fields: {
          'instance-type': (one) => one.InstanceType,
          'current-generation': (one) => one.CurrentGeneration,
          'vcpu-info.default-vcpus': (one) => one.VCpuInfo.DefaultVCpus,
          'memory-info.size-in-mib': (one) => one.MemoryInfo.SizeInMiB,
          'bare-metal': (one) => one.BareMetal,
          'burstable-performance-supported': (one) => one.BurstablePerformanceSupported,
          'processor-info.supported-architecture': (one) => one.ProcessorInfo.SupportedArchitectures,
          'free-tier-eligible': (one) => one.FreeTierEligible,
          hypervisor: (one) => one.Hypervisor,
        },
      });
      return { InstanceTypes: page.items, NextToken: page.nextToken };
    },
  }),
  DescribeInstanceTypeOfferings: operation<sdk.DescribeInstanceTypeOfferingsRequest, sdk.DescribeInstanceTypeOfferingsResult>({
    handle: (input, { region }) => {
      const page = select(
        locations(input.LocationType, region).flatMap((location) =>
          [...instanceTypes().keys()].map((name) => ({
            InstanceType: name as sdk._InstanceType,
            LocationType: input.LocationType ?? ('region' as const),
            Location: location,
          })),
        ),
        undefined,
        input,
        {
          id: (one) => one.InstanceType,
          notFound: instanceNotFound,
          fields: { 'instance-type': (one) => one.InstanceType, location: (one) => one.Location },
        },
      );
      return { InstanceTypeOfferings: page.items, NextToken: page.nextToken };
    },
  }),
};
