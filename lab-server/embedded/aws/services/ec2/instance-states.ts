// What is done to instances after their start: stopping and starting, attributes, profiles, monitoring, console.
import type * as sdk from '@aws-sdk/client-ec2';
import { AwsError } from '../../gateway/errors.ts';
import { iamTables } from '../iam/state.ts';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { collection, describe, listOf, remove, requireOne, save } from './collection.ts';
import { invalidValue } from './errors.ts';
import { instanceType } from './instance-types.ts';
import { instancesTable, type Instance } from './instance-table.ts';
import { changeState } from './instances.ts';
import { ec2Tables, newId } from './state.ts';
import { requireGroup } from './security-groups.ts';

type Association = Timestamped<sdk.IamInstanceProfileAssociation>;

const associations = collection<Association>({
  type: 'iam-instance-profile-association',
  table: 'ec2.profile-associations',
  code: 'InvalidAssociationID.NotFound',
  what: 'association ID',
  idOf: (one) => one.AssociationId,
  fields: { 'instance-id': (one) => one.InstanceId, state: (one) => one.State },
});

function requireInstance(id: string | undefined, call: Call): Instance {
  const instance = instancesTable(call.tables).get(scopeKey(call, id ?? ''));
  if (!instance) {
    throw /^i-[0-9a-f]+$/.test(id ?? '')
      ? new AwsError('InvalidInstanceID.NotFound', `The instance ID '${id ?? ''}' does not exist`)
      : new AwsError('InvalidInstanceID.Malformed', `Invalid id: "${id ?? ''}"`);
  }
  return instance;
}

function put(instance: Instance, call: Call): void {
  instancesTable(call.tables).put(scopeKey(call, instance.InstanceId ?? ''), instance);
}

type Change = Timestamped<sdk.InstanceStateChange>;

/** Moves instances to a state; `from` are the states that it can be reached from. */
function move(ids: readonly string[] | undefined, to: 'stopping' | 'pending', from: readonly string[], call: Call): Change[] {
  const found = (ids ?? []).map((id) => requireInstance(id, call));
  for (const { State: state, InstanceId: id } of found) {
    if (state?.Name === 'terminated' || state?.Name === 'shutting-down') {
      throw new AwsError(
        'IncorrectInstanceState',
        `The instance '${id ?? ''}' is not in a state from which it can be ${to === 'pending' ? 'started' : 'stopped'}.`,
      );
    }
  }
  return found.map((instance) => {
    const moved = from.includes(instance.State?.Name ?? '') ? changeState(call, call, instance.InstanceId ?? '', to) : instance;
    return { InstanceId: instance.InstanceId, PreviousState: instance.State, CurrentState: moved?.State };
  });
}

const monitor = (state: 'pending' | 'disabling', kept: 'enabled' | 'disabled') => (input: { InstanceIds?: string[] }, call: Call) => ({
  InstanceMonitorings: (input.InstanceIds ?? []).map((id) => {
    put({ ...requireInstance(id, call), Monitoring: { State: kept } }, call);
    return { InstanceId: id, Monitoring: { State: state } };
  }),
});

function attribute(
  input: Timestamped<sdk.DescribeInstanceAttributeRequest>,
  call: Call,
): Timestamped<Omit<sdk.InstanceAttribute, '$metadata'>> {
  const instance = requireInstance(input.InstanceId, call);
  const own = instance.attributes ?? {};
  const base = { InstanceId: instance.InstanceId };
  switch (input.Attribute) {
    case 'instanceType':
      return { ...base, InstanceType: { Value: instance.InstanceType } };
    case 'userData':
      return { ...base, UserData: instance.userData === undefined ? {} : { Value: instance.userData } };
    case 'groupSet':
      return { ...base, Groups: instance.SecurityGroups };
    case 'disableApiTermination':
      return { ...base, DisableApiTermination: { Value: own.disableApiTermination ?? false } };
    case 'disableApiStop':
      return { ...base, DisableApiStop: { Value: own.disableApiStop ?? false } };
    case 'instanceInitiatedShutdownBehavior':
      return { ...base, InstanceInitiatedShutdownBehavior: { Value: own.shutdownBehavior ?? 'stop' } };
    case 'sourceDestCheck':
      return { ...base, SourceDestCheck: { Value: instance.SourceDestCheck ?? true } };
    case 'ebsOptimized':
      return { ...base, EbsOptimized: { Value: instance.EbsOptimized ?? false } };
    case 'enaSupport':
      return { ...base, EnaSupport: { Value: instance.EnaSupport ?? true } };
    case 'rootDeviceName':
      return { ...base, RootDeviceName: { Value: instance.RootDeviceName } };
    case 'blockDeviceMapping':
      return { ...base, BlockDeviceMappings: instance.BlockDeviceMappings ?? [] };
    case 'productCodes':
      return { ...base, ProductCodes: [] };
    case 'kernel':
      return { ...base, KernelId: {} };
    case 'ramdisk':
      return { ...base, RamdiskId: {} };
    case 'sriovNetSupport':
      return { ...base, SriovNetSupport: { Value: 'simple' } };
    default:
      throw invalidValue(`Value (${String(input.Attribute)}) for parameter attribute is invalid. Unknown attribute.`);
  }
}

function modify(input: Timestamped<sdk.ModifyInstanceAttributeRequest>, call: Call): object {
  const instance = requireInstance(input.InstanceId, call);
  const type: string | undefined = input.InstanceType?.Value ?? (input.Attribute === 'instanceType' ? input.Value : undefined);
  if (type !== undefined) {
    if (!instanceType(type)) {
      throw new AwsError('InvalidInstanceAttributeValue', `Invalid value '${type}' for instanceType.`);
    }
    if (instance.State?.Name !== 'stopped') {
      throw new AwsError('IncorrectInstanceState', `The instance '${instance.InstanceId ?? ''}' is not in the 'stopped' state.`);
    }
  }
  const text = (value: Uint8Array | string | undefined): string | undefined =>
    value === undefined ? undefined : typeof value === 'string' ? value : Buffer.from(value).toString('base64');
  const userData = text(input.UserData?.Value) ?? (input.Attribute === 'userData' ? input.Value : undefined);
  const groups = input.Groups?.map((id) => requireGroup(id, call)).map(({ GroupId, GroupName }) => ({ GroupId, GroupName }));
  if (groups) {
    const { networkInterfaces } = ec2Tables(call.tables);
    const key = scopeKey(call, instance.NetworkInterfaces?.[0]?.NetworkInterfaceId ?? '');
    const eni = networkInterfaces.get(key);
    if (eni) {
      networkInterfaces.put(key, { ...eni, Groups: groups });
    }
  }
  const own = instance.attributes ?? {};
  put(
    {
      ...instance,
      ...(type === undefined ? {} : { InstanceType: type as sdk._InstanceType }),
      ...(userData === undefined ? {} : { userData }),
      ...(groups
        ? {
            SecurityGroups: groups,
            NetworkInterfaces: instance.NetworkInterfaces?.map((one, index) => (index === 0 ? { ...one, Groups: groups } : one)),
          }
        : {}),
      SourceDestCheck: input.SourceDestCheck?.Value ?? instance.SourceDestCheck,
      EbsOptimized: input.EbsOptimized?.Value ?? instance.EbsOptimized,
      BlockDeviceMappings: instance.BlockDeviceMappings?.map((mapping) => {
        const change = input.BlockDeviceMappings?.find((one) => one.DeviceName === mapping.DeviceName)?.Ebs?.DeleteOnTermination;
        return change === undefined ? mapping : { ...mapping, Ebs: { ...mapping.Ebs, DeleteOnTermination: change } };
      }),
      attributes: {
        ...own,
        disableApiTermination: input.DisableApiTermination?.Value ?? own.disableApiTermination,
        disableApiStop: input.DisableApiStop?.Value ?? own.disableApiStop,
        shutdownBehavior: input.InstanceInitiatedShutdownBehavior?.Value ?? own.shutdownBehavior,
      },
    },
    call,
  );
  return {};
}

function profileOf(wanted: { Arn?: string; Name?: string } | undefined, call: Call): { Arn: string; Id: string } {
  const name = wanted?.Name ?? wanted?.Arn?.split('/').at(-1) ?? '';
  const found = iamTables(call.tables)
    .instanceProfiles.list()
    .find((one) => one.InstanceProfileName === name);
  if (!found) {
    throw new AwsError('NoSuchEntity', `Instance profile ${name} cannot be found.`, { status: 404 });
  }
  return { Arn: found.Arn ?? '', Id: found.InstanceProfileId ?? '' };
}

function setProfile(instanceId: string | undefined, profile: { Arn: string; Id: string } | undefined, call: Call): void {
  const { IamInstanceProfile: _profile, ...instance } = requireInstance(instanceId, call);
  put({ ...instance, ...(profile ? { IamInstanceProfile: profile } : {}) }, call);
}

export const instanceStateOperations: Readonly<Record<string, Operation>> = {
  StopInstances: operation<sdk.StopInstancesRequest, sdk.StopInstancesResult>({
    handle: (input, call) => ({ StoppingInstances: move(input.InstanceIds, 'stopping', ['running', 'pending'], call) }),
  }),
  StartInstances: operation<sdk.StartInstancesRequest, sdk.StartInstancesResult>({
    handle: (input, call) => ({ StartingInstances: move(input.InstanceIds, 'pending', ['stopped', 'stopping'], call) }),
  }),
  RebootInstances: operation<sdk.RebootInstancesRequest, object>({
    handle: (input, call) => {
      for (const id of input.InstanceIds ?? []) {
        requireInstance(id, call);
      }
      return {};
    },
  }),
  MonitorInstances: operation<sdk.MonitorInstancesRequest, sdk.MonitorInstancesResult>({ handle: monitor('pending', 'enabled') }),
  UnmonitorInstances: operation<sdk.UnmonitorInstancesRequest, sdk.UnmonitorInstancesResult>({ handle: monitor('disabling', 'disabled') }),
  DescribeInstanceAttribute: operation<sdk.DescribeInstanceAttributeRequest, sdk.InstanceAttribute>({ handle: attribute }),
  ModifyInstanceAttribute: operation<sdk.ModifyInstanceAttributeRequest, object>({ handle: modify }),
  ModifyInstanceMetadataOptions: operation<sdk.ModifyInstanceMetadataOptionsRequest, sdk.ModifyInstanceMetadataOptionsResult>({
    handle: (input, call) => {
      const instance = requireInstance(input.InstanceId, call);
      const { InstanceId: id, DryRun: _dryRun, ...changes } = input;
      const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
      const options = { ...instance.MetadataOptions, ...given, State: 'applied' as const };
      put({ ...instance, MetadataOptions: options }, call);
      return { InstanceId: id, InstanceMetadataOptions: { ...options, State: 'pending' } };
    },
  }),
  GetConsoleOutput: operation<sdk.GetConsoleOutputRequest, sdk.GetConsoleOutputResult>({
    handle: (input, call) => {
      const instance = requireInstance(input.InstanceId, call);
      const text = `[    0.000000] Linux version 6.1 (${instance.InstanceId ?? ''})\nAmazon Linux 2023\nip-${(instance.PrivateIpAddress ?? '').replaceAll('.', '-')} login: `;
      return { InstanceId: instance.InstanceId, Timestamp: instance.LaunchTime, Output: Buffer.from(text).toString('base64') };
    },
  }),
  DescribeInstanceCreditSpecifications: operation<
    sdk.DescribeInstanceCreditSpecificationsRequest,
    sdk.DescribeInstanceCreditSpecificationsResult
  >({
    handle: (input, call) => ({
      InstanceCreditSpecifications: (input.InstanceIds ?? []).map((id) => ({
        InstanceId: requireInstance(id, call).InstanceId,
        CpuCredits: requireInstance(id, call).InstanceType?.startsWith('t2') ? 'standard' : 'unlimited',
      })),
    }),
  }),
  AssociateIamInstanceProfile: operation<sdk.AssociateIamInstanceProfileRequest, sdk.AssociateIamInstanceProfileResult>({
    handle: (input, call) => {
      const instance = requireInstance(input.InstanceId, call);
      if (listOf(associations, call).some((one) => one.InstanceId === instance.InstanceId)) {
        throw new AwsError('IncorrectState', `There is an existing association for instance ${instance.InstanceId ?? ''}`);
      }
      const profile = profileOf(input.IamInstanceProfile, call);
      const association: Association = {
        AssociationId: newId('iip-assoc'),
        InstanceId: instance.InstanceId,
        IamInstanceProfile: profile,
        State: 'associated',
        Timestamp: call.clock.now(),
      };
      save(associations, association, call);
      setProfile(instance.InstanceId, profile, call);
      return { IamInstanceProfileAssociation: { ...association, State: 'associating' } };
    },
  }),
  DescribeIamInstanceProfileAssociations: operation<
    sdk.DescribeIamInstanceProfileAssociationsRequest,
    sdk.DescribeIamInstanceProfileAssociationsResult
  >({
    handle: (input, call) => {
      const page = describe(associations, input.AssociationIds, input, call);
      return { IamInstanceProfileAssociations: page.items, NextToken: page.nextToken };
    },
  }),
  ReplaceIamInstanceProfileAssociation: operation<
    sdk.ReplaceIamInstanceProfileAssociationRequest,
    sdk.ReplaceIamInstanceProfileAssociationResult
  >({
    handle: (input, call) => {
      const profile = profileOf(input.IamInstanceProfile, call);
      const before = remove(associations, input.AssociationId, call);
      const association = save(associations, { ...before, AssociationId: newId('iip-assoc'), IamInstanceProfile: profile }, call);
      setProfile(before.InstanceId, profile, call);
      return { IamInstanceProfileAssociation: { ...association, State: 'associating' } };
    },
  }),
  DisassociateIamInstanceProfile: operation<sdk.DisassociateIamInstanceProfileRequest, sdk.DisassociateIamInstanceProfileResult>({
    handle: (input, call) => {
      const association = requireOne(associations, input.AssociationId, call);
      remove(associations, input.AssociationId, call);
      setProfile(association.InstanceId, undefined, call);
      return { IamInstanceProfileAssociation: { ...association, State: 'disassociating' } };
    },
  }),
};
