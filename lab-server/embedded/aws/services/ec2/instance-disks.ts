// The disks of instances: a root volume, and what the request maps beside it; gone with the instance unless told otherwise.
import type * as sdk from '@aws-sdk/client-ec2';
import { AwsError } from '../../gateway/errors.ts';
import { scopeKey, type Scope } from '../scope.ts';
import type { AwsContext, Call, Timestamped } from '../service.ts';
import { listOf, save, tableOf } from './collection.ts';
import { deleteInterface } from './network-interfaces.ts';
import { ec2Tables } from './state.ts';
import { makeVolume, volumes } from './volumes.ts';

type Mapping = Timestamped<sdk.BlockDeviceMapping>;

const ROOT_DEVICE = '/dev/xvda';
const ROOT_GIB = 8;

/** The disks of a request, the root one among them. Throws for mappings that say too little. */
export function disksOf(input: Timestamped<sdk.RunInstancesRequest>): Mapping[] {
  const mappings = (input.BlockDeviceMappings ?? []).filter(
    (mapping) => mapping.NoDevice === undefined && mapping.VirtualName === undefined,
  );
  for (const { Ebs: ebs } of mappings) {
    if (!ebs) {
      throw new AwsError('MissingParameter', 'The request must contain the parameter ebs');
    }
    if (ebs.VolumeSize === undefined && ebs.SnapshotId === undefined) {
      throw new AwsError('MissingParameter', 'The request must contain the parameter size or snapshotId');
    }
  }
  return mappings.length > 0
    ? mappings
    : [{ DeviceName: ROOT_DEVICE, Ebs: { VolumeSize: ROOT_GIB, VolumeType: 'gp2', DeleteOnTermination: true } }];
}

/** Makes the volumes of an instance, and gives its mappings. */
export function attachDisks(
  instanceId: string,
  disks: readonly Mapping[],
  zone: string,
  input: Timestamped<sdk.RunInstancesRequest>,
  call: Call,
): Timestamped<sdk.InstanceBlockDeviceMapping>[] {
  const tags = (input.TagSpecifications ?? []).filter((one) => one.ResourceType === 'volume').flatMap((one) => one.Tags ?? []);
  return disks.map(({ DeviceName, Ebs: ebs }) => {
    const snapshotSize = ebs?.SnapshotId === undefined ? undefined : ROOT_GIB;
    const volume = makeVolume(
      {
        zone,
        size: ebs?.VolumeSize ?? snapshotSize ?? ROOT_GIB,
        ...(ebs?.VolumeType ? { type: ebs.VolumeType } : {}),
        ...(ebs?.SnapshotId ? { snapshotId: ebs.SnapshotId } : {}),
        encrypted: ebs?.Encrypted ?? false,
        ...(ebs?.KmsKeyId ? { kmsKeyId: ebs.KmsKeyId } : {}),
        ...(ebs?.Iops === undefined ? {} : { iops: ebs.Iops }),
        tags: tags.map(({ Key = '', Value = '' }) => ({ Key, Value })),
      },
      call,
    );
    const attachment = {
      AttachTime: call.clock.now(),
      DeleteOnTermination: ebs?.DeleteOnTermination ?? true,
      VolumeId: volume.VolumeId,
    };
    save(
      volumes,
      { ...volume, State: 'in-use', Attachments: [{ ...attachment, Device: DeviceName, InstanceId: instanceId, State: 'attached' }] },
      call,
    );
    return { DeviceName, Ebs: { ...attachment, Status: 'attached' as const } };
  });
}

/** Lets go of what an ended instance had: interfaces and volumes, those away that are not to outlive it. */
export function releaseAttached(context: AwsContext, scope: Scope, instance: Timestamped<sdk.Instance>): void {
  const place = { ...scope, tables: context.tables };
  const { networkInterfaces } = ec2Tables(context.tables);
  for (const { NetworkInterfaceId: id = '' } of instance.NetworkInterfaces ?? []) {
    const key = scopeKey(scope, id);
    const eni = networkInterfaces.get(key);
    if (eni?.Attachment?.DeleteOnTermination === false) {
      const { Attachment: _attachment, ...free } = eni;
      networkInterfaces.put(key, { ...free, Status: 'available' });
    } else {
      deleteInterface(context, scope, id);
    }
  }
  for (const volume of listOf(volumes, place)) {
    const attachment = volume.Attachments?.find((one) => one.InstanceId === instance.InstanceId);
    if (attachment?.DeleteOnTermination) {
      tableOf(volumes, context.tables).delete(scopeKey(scope, volume.VolumeId ?? ''));
    } else if (attachment) {
      save(volumes, { ...volume, State: 'available', Attachments: [] }, place);
    }
  }
}
