// Volumes and snapshots: records with their states and attachments; nothing is stored in them.
import { randomUUID } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-ec2';
import { AwsError } from '../../gateway/errors.ts';
import { arn, scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { collection, describe, listOf, remove, requireOne, save } from './collection.ts';
import { invalidValue, missing } from './errors.ts';
import { instancesTable } from './instance-table.ts';
import { newId, type Tag } from './state.ts';
import { tagsFor } from './tag-specifications.ts';

export type Volume = Timestamped<sdk.Volume>;
export type Snapshot = Timestamped<sdk.Snapshot> & { permissions?: { Group?: string; UserId?: string }[] };

export const volumes = collection<Volume>({
  type: 'volume',
  table: 'ec2.volumes',
  code: 'InvalidVolume.NotFound',
  what: 'volume',
  idOf: (volume) => volume.VolumeId,
  fields: {
    'attachment.attach-time': (one) => one.Attachments?.map((attachment) => String(attachment.AttachTime)),
    'attachment.device': (one) => one.Attachments?.map((attachment) => attachment.Device),
    'attachment.instance-id': (one) => one.Attachments?.map((attachment) => attachment.InstanceId),
    'attachment.status': (one) => one.Attachments?.map((attachment) => attachment.State),
    'attachment.delete-on-termination': (one) => one.Attachments?.map((attachment) => String(attachment.DeleteOnTermination)),
    'availability-zone': (one) => one.AvailabilityZone,
    'create-time': (one) => isoSecond(one.CreateTime),
    encrypted: (one) => one.Encrypted,
    size: (one) => one.Size,
    'snapshot-id': (one) => one.SnapshotId,
    status: (one) => one.State,
    'volume-id': (one) => one.VolumeId,
    'volume-type': (one) => one.VolumeType,
  },
});

export const snapshots = collection<Snapshot>({
  type: 'snapshot',
  table: 'ec2.snapshots',
  code: 'InvalidSnapshot.NotFound',
  what: 'snapshot',
  idOf: (snapshot) => snapshot.SnapshotId,
  fields: {
    description: (one) => one.Description,
    encrypted: (one) => one.Encrypted,
    'owner-id': (one) => one.OwnerId,
    'owner-alias': (one) => one.OwnerAlias,
    progress: (one) => one.Progress,
    'snapshot-id': (one) => one.SnapshotId,
    'start-time': (one) => isoSecond(one.StartTime),
    status: (one) => one.State,
    'volume-id': (one) => one.VolumeId,
    'volume-size': (one) => one.VolumeSize,
  },
});

function isoSecond(at: number | undefined): string | undefined {
  const Time = globalThis.Date;
  return at === undefined ? undefined : new Time(at).toISOString();
}

const MIB_TYPES = ['gp2', 'gp3', 'io1', 'io2', 'st1', 'sc1', 'standard'];

/** Makes a volume, for CreateVolume and for the root of an instance. */
export function makeVolume(
  wanted: {
    zone: string;
    size: number;
    type?: string;
    snapshotId?: string;
    encrypted?: boolean;
    kmsKeyId?: string;
    iops?: number;
    throughput?: number;
    tags: Tag[];
  },
  call: Call,
): Volume {
  const type = wanted.type ?? 'gp2';
  return save(
    volumes,
    {
      VolumeId: newId('vol'),
      AvailabilityZone: wanted.zone,
      CreateTime: call.clock.now(),
      Encrypted: wanted.encrypted ?? false,
      ...(wanted.kmsKeyId ? { KmsKeyId: wanted.kmsKeyId } : {}),
      Size: wanted.size,
      SnapshotId: wanted.snapshotId ?? '',
      State: 'available',
      VolumeType: type as sdk.VolumeType,
      Iops: wanted.iops ?? (type === 'gp2' ? Math.max(100, wanted.size * 3) : type === 'gp3' ? 3000 : undefined),
      ...(type === 'gp3' ? { Throughput: wanted.throughput ?? 125 } : {}),
      MultiAttachEnabled: false,
      Attachments: [],
      Tags: wanted.tags,
    },
    call,
  );
}

function create(input: Timestamped<sdk.CreateVolumeRequest>, call: Call): Volume {
  if (input.KmsKeyId !== undefined && !input.Encrypted) {
    throw new AwsError('InvalidParameterDependency', `The parameter KmsKeyId requires the parameter Encrypted to be set.`);
  }
  const snapshot = input.SnapshotId === undefined || input.SnapshotId === '' ? undefined : requireOne(snapshots, input.SnapshotId, call);
  const size = input.Size ?? snapshot?.VolumeSize;
  if (size === undefined) {
    throw missing('size/snapshot');
  }
  if (input.VolumeType !== undefined && !MIB_TYPES.includes(input.VolumeType)) {
    throw invalidValue(`Invalid value '${input.VolumeType}' for volumeType.`);
  }
  if ((input.VolumeType === 'io1' || input.VolumeType === 'io2') && input.Iops === undefined) {
    throw missing('iops');
  }
  return makeVolume(
    {
      zone: input.AvailabilityZone ?? `${call.region}a`,
      size,
      ...(input.VolumeType ? { type: input.VolumeType } : {}),
      ...(snapshot?.SnapshotId ? { snapshotId: snapshot.SnapshotId } : {}),
      encrypted: input.Encrypted ?? snapshot?.Encrypted ?? false,
      ...(input.Encrypted ? { kmsKeyId: input.KmsKeyId ?? arn('kms', call, `key/${randomUUID()}`) } : {}),
      ...(input.Iops === undefined ? {} : { iops: input.Iops }),
      ...(input.Throughput === undefined ? {} : { throughput: input.Throughput }),
      tags: tagsFor('volume', input.TagSpecifications),
    },
    call,
  );
}

function attach(input: Timestamped<sdk.AttachVolumeRequest>, call: Call): Timestamped<Omit<sdk.VolumeAttachment, '$metadata'>> {
  const volume = requireOne(volumes, input.VolumeId, call);
  const key = scopeKey(call, input.InstanceId ?? '');
  const instance = instancesTable(call.tables).get(key);
  if (!instance) {
    throw new AwsError('InvalidInstanceID.NotFound', `The instance ID '${input.InstanceId ?? ''}' does not exist`);
  }
  if (volume.State !== 'available') {
    throw new AwsError('VolumeInUse', `${volume.VolumeId ?? ''} is already attached to an instance`);
  }
  const attachment = {
    AttachTime: call.clock.now(),
    Device: input.Device,
    InstanceId: input.InstanceId,
    State: 'attached' as const,
    VolumeId: volume.VolumeId,
    DeleteOnTermination: false,
  };
  save(volumes, { ...volume, State: 'in-use', Attachments: [attachment] }, call);
  const mapping = {
    DeviceName: input.Device,
    Ebs: { AttachTime: call.clock.now(), DeleteOnTermination: false, Status: 'attached' as const, VolumeId: volume.VolumeId },
  };
  instancesTable(call.tables).put(key, { ...instance, BlockDeviceMappings: [...(instance.BlockDeviceMappings ?? []), mapping] });
  return { ...attachment, State: 'attaching' };
}

function detach(input: Timestamped<sdk.DetachVolumeRequest>, call: Call): Timestamped<Omit<sdk.VolumeAttachment, '$metadata'>> {
  const volume = requireOne(volumes, input.VolumeId, call);
  const attachment = volume.Attachments?.find((one) => input.InstanceId === undefined || one.InstanceId === input.InstanceId);
  if (input.InstanceId !== undefined && !instancesTable(call.tables).has(scopeKey(call, input.InstanceId))) {
    throw new AwsError('InvalidInstanceID.NotFound', `The instance ID '${input.InstanceId}' does not exist`);
  }
  if (!attachment) {
    throw new AwsError(
      'InvalidAttachment.NotFound',
      `Volume ${volume.VolumeId ?? ''} can not be detached from ${input.InstanceId ?? 'an instance'} because it is not attached`,
    );
  }
  const key = scopeKey(call, attachment.InstanceId ?? '');
  const instance = instancesTable(call.tables).get(key);
  if (instance) {
    instancesTable(call.tables).put(key, {
      ...instance,
      BlockDeviceMappings: instance.BlockDeviceMappings?.filter((one) => one.Ebs?.VolumeId !== volume.VolumeId),
    });
  }
  save(volumes, { ...volume, State: 'available', Attachments: [] }, call);
  return { ...attachment, State: 'detaching' };
}

function makeSnapshot(volume: Volume, description: string, tags: Tag[], call: Call): Snapshot {
  return save(
    snapshots,
    {
      SnapshotId: newId('snap'),
      Description: description,
      Encrypted: volume.Encrypted,
      ...(volume.KmsKeyId ? { KmsKeyId: volume.KmsKeyId } : {}),
      OwnerId: call.account,
      Progress: '100%',
      StartTime: call.clock.now(),
      State: 'completed',
      VolumeId: volume.VolumeId,
      VolumeSize: volume.Size,
      StorageTier: 'standard',
      Tags: tags,
    },
    call,
  );
}

const PERMISSIONS = 'createVolumePermission';

export const volumeOperations: Readonly<Record<string, Operation>> = {
  CreateVolume: operation<sdk.CreateVolumeRequest, sdk.Volume>({ handle: create }),
  DescribeVolumes: operation<sdk.DescribeVolumesRequest, sdk.DescribeVolumesResult>({
    handle: (input, call) => {
      const page = describe(volumes, input.VolumeIds, input, call);
      return { Volumes: page.items, NextToken: page.nextToken };
    },
  }),
  DeleteVolume: operation<sdk.DeleteVolumeRequest, object>({
    handle: (input, call) => {
      const volume = requireOne(volumes, input.VolumeId, call);
      if (volume.Attachments?.length) {
        throw new AwsError(
          'VolumeInUse',
          `Volume ${volume.VolumeId ?? ''} is currently attached to ${volume.Attachments[0]?.InstanceId ?? ''}`,
        );
      }
      remove(volumes, input.VolumeId, call);
      return {};
    },
  }),
  AttachVolume: operation<sdk.AttachVolumeRequest, sdk.VolumeAttachment>({ handle: attach }),
  DetachVolume: operation<sdk.DetachVolumeRequest, sdk.VolumeAttachment>({ handle: detach }),
  ModifyVolume: operation<sdk.ModifyVolumeRequest, sdk.ModifyVolumeResult>({
    handle: (input, call) => {
      const volume = requireOne(volumes, input.VolumeId, call);
      const size = input.Size ?? volume.Size;
      if ((size ?? 0) < (volume.Size ?? 0)) {
        throw invalidValue('New size cannot be smaller than existing size');
      }
      const type = input.VolumeType ?? volume.VolumeType;
      save(volumes, { ...volume, Size: size, VolumeType: type, Iops: input.Iops ?? volume.Iops }, call);
      return {
        VolumeModification: {
          VolumeId: volume.VolumeId,
          ModificationState: 'completed',
          TargetSize: size,
          TargetVolumeType: type,
          OriginalSize: volume.Size,
          OriginalVolumeType: volume.VolumeType,
          OriginalIops: volume.Iops,
          TargetIops: input.Iops ?? volume.Iops,
          Progress: 100,
          StartTime: call.clock.now(),
          EndTime: call.clock.now(),
        },
      };
    },
  }),
  DescribeVolumeStatus: operation<sdk.DescribeVolumeStatusRequest, sdk.DescribeVolumeStatusResult>({
    handle: (input, call) => {
      const page = describe(volumes, input.VolumeIds, { ...input, Filters: undefined } as never, call);
      return {
        VolumeStatuses: page.items.map((volume) => ({
          VolumeId: volume.VolumeId,
          AvailabilityZone: volume.AvailabilityZone,
          VolumeStatus: { Status: 'ok' as const, Details: [{ Name: 'io-enabled' as const, Status: 'passed' }] },
          Actions: [],
          Events: [],
        })),
        NextToken: page.nextToken,
      };
    },
  }),
  CreateSnapshot: operation<sdk.CreateSnapshotRequest, sdk.Snapshot>({
    handle: (input, call) =>
      makeSnapshot(requireOne(volumes, input.VolumeId, call), input.Description ?? '', tagsFor('snapshot', input.TagSpecifications), call),
  }),
  CreateSnapshots: operation<sdk.CreateSnapshotsRequest, sdk.CreateSnapshotsResult>({
    handle: (input, call) => {
      const attached = listOf(volumes, call).filter((one) =>
        one.Attachments?.some((attachment) => attachment.InstanceId === input.InstanceSpecification?.InstanceId),
      );
      const wanted = input.InstanceSpecification?.ExcludeBootVolume ? attached.slice(1) : attached;
      return {
        Snapshots: wanted.map((volume) => {
          const own = input.CopyTagsFromSource === 'volume' ? (volume.Tags ?? []) : [];
          const snapshot = makeSnapshot(volume, input.Description ?? '', [...own, ...tagsFor('snapshot', input.TagSpecifications)], call);
          return { ...snapshot, State: 'completed' as const };
        }),
      };
    },
  }),
  CopySnapshot: operation<sdk.CopySnapshotRequest, sdk.CopySnapshotResult>({
    handle: (input, call) => {
      const source = requireOne(snapshots, input.SourceSnapshotId, { ...call, region: input.SourceRegion ?? call.region });
      const copy = save(
        snapshots,
        {
          ...source,
          SnapshotId: newId('snap'),
          Description: input.Description ?? '',
          StartTime: call.clock.now(),
          Encrypted: input.Encrypted ?? source.Encrypted,
          Tags: tagsFor('snapshot', input.TagSpecifications),
        },
        call,
      );
      return { SnapshotId: copy.SnapshotId, Tags: copy.Tags };
    },
  }),
  DescribeSnapshots: operation<sdk.DescribeSnapshotsRequest, sdk.DescribeSnapshotsResult>({
    handle: (input, call) => {
      const owners = input.OwnerIds?.map((owner) => (owner === 'self' ? call.account : owner));
      const page = describe(snapshots, input.SnapshotIds, input, call);
      return {
        Snapshots: page.items
          .filter((one) => !owners?.length || owners.includes(one.OwnerId ?? ''))
          .map(({ permissions: _permissions, ...one }) => one),
        NextToken: page.nextToken,
      };
    },
  }),
  DeleteSnapshot: operation<sdk.DeleteSnapshotRequest, object>({
    handle: (input, call) => {
      remove(snapshots, input.SnapshotId, call);
      return {};
    },
  }),
  DescribeSnapshotAttribute: operation<sdk.DescribeSnapshotAttributeRequest, sdk.DescribeSnapshotAttributeResult>({
    handle: (input, call) => ({
      SnapshotId: input.SnapshotId,
      CreateVolumePermissions: (requireOne(snapshots, input.SnapshotId, call).permissions ?? []) as sdk.CreateVolumePermission[],
    }),
  }),
  ModifySnapshotAttribute: operation<sdk.ModifySnapshotAttributeRequest, object>({
    handle: (input, call) => {
      const snapshot = requireOne(snapshots, input.SnapshotId, call);
      if (input.Attribute !== undefined && input.Attribute !== PERMISSIONS) {
        throw invalidValue(`Invalid value '${input.Attribute}' for attribute.`);
      }
      const given = [...(input.GroupNames ?? []).map((Group) => ({ Group })), ...(input.UserIds ?? []).map((UserId) => ({ UserId }))];
      const isAdd = input.OperationType === 'add' || input.CreateVolumePermission?.Add !== undefined;
      const listed: { Group?: string; UserId?: string }[] =
        input.CreateVolumePermission?.Add ?? input.CreateVolumePermission?.Remove ?? given;
      if (listed.some((one) => one.Group !== undefined && one.Group !== 'all')) {
        throw new AwsError(
          'InvalidAMIAttributeItemValue',
          `Invalid attribute item value "${String(listed[0]?.Group)}" for userGroup item type.`,
        );
      }
      const same = (left: { Group?: string; UserId?: string }, right: { Group?: string; UserId?: string }): boolean =>
        left.Group === right.Group && left.UserId === right.UserId;
      const kept = (snapshot.permissions ?? []).filter((one) => !listed.some((other) => same(one, other)));
      save(snapshots, { ...snapshot, permissions: isAdd ? [...kept, ...listed] : kept }, call);
      return {};
    },
  }),
  ResetSnapshotAttribute: operation<sdk.ResetSnapshotAttributeRequest, object>({
    handle: (input, call) => {
      save(snapshots, { ...requireOne(snapshots, input.SnapshotId, call), permissions: [] }, call);
      return {};
    },
  }),
};
