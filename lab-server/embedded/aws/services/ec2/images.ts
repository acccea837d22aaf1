// Machine images: a few of Amazon's, and those that are made, copied or registered here.
import type * as sdk from '@aws-sdk/client-ec2';
import { AwsError } from '../../gateway/errors.ts';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { collection, listOf, remove, requireOne, save } from './collection.ts';
import { invalidValue } from './errors.ts';
import { select } from './filters.ts';
import { instancesTable } from './instance-table.ts';
import { newId } from './state.ts';
import { tagsFor } from './tag-specifications.ts';

type Image = Timestamped<sdk.Image> & { permissions?: Timestamped<sdk.LaunchPermission>[] };

const CREATED = '2026-01-15T00:00:00.000Z';
const AMAZON = '137112412989';
const ECS_OWNER = '591542846629';

function amazon(id: string, name: string, rest: Partial<Image> = {}): Image {
  return {
    ImageId: id,
    Name: name,
    Description: name,
    ImageLocation: `amazon/${name}`,
    ImageOwnerAlias: 'amazon',
    OwnerId: AMAZON,
    CreationDate: CREATED,
    Public: true,
    State: 'available',
    ImageType: 'machine',
    Architecture: 'x86_64',
    PlatformDetails: 'Linux/UNIX',
    UsageOperation: 'RunInstances',
    RootDeviceName: '/dev/xvda',
    RootDeviceType: 'ebs',
    VirtualizationType: 'hvm',
    Hypervisor: 'xen',
    EnaSupport: true,
    SriovNetSupport: 'simple',
    BlockDeviceMappings: [
      {
        DeviceName: '/dev/xvda',
        Ebs: { DeleteOnTermination: true, SnapshotId: 'snap-0a1b2c3d4e5f60718', VolumeSize: 8, VolumeType: 'gp3', Encrypted: false },
      },
    ],
    Tags: [],
    ...rest,
  };
}

/** What every region offers. */
const PUBLIC: readonly Image[] = [
  amazon('ami-0d0c05de51de00001', 'amzn2-ami-ecs-hvm-2.0.20260115-x86_64-ebs', { OwnerId: ECS_OWNER }),
  amazon('ami-0d0c05de51de00002', 'al2023-ami-ecs-hvm-2023.0.20260115-kernel-6.1-x86_64', { OwnerId: ECS_OWNER }),
  amazon('ami-0d0c05de51de00003', 'al2023-ami-2023.10.20260115.0-kernel-6.1-x86_64'),
  amazon('ami-0d0c05de51de00004', 'al2023-ami-2023.10.20260115.0-kernel-6.1-arm64', { Architecture: 'arm64' }),
  amazon('ami-0d0c05de51de00005', 'amzn2-ami-hvm-2.0.20260115.0-x86_64-gp2'),
  amazon('ami-0d0c05de51de00006', 'ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20260115', {
    OwnerId: '099720109477',
    RootDeviceName: '/dev/sda1',
  }),
  amazon('ami-0d0c05de51de00007', 'Windows_Server-2022-English-Full-Base-2026.01.15', {
    Platform: 'windows' as 'Windows',
    PlatformDetails: 'Windows',
    RootDeviceName: '/dev/sda1',
  }),
];

export const images = collection<Image>({
  type: 'image',
  table: 'ec2.images',
  code: 'InvalidAMIID.NotFound',
  what: 'image id',
  idOf: (image) => image.ImageId,
  fields: {
    architecture: (one) => one.Architecture,
    'creation-date': (one) => one.CreationDate,
    description: (one) => one.Description,
    'ena-support': (one) => one.EnaSupport,
    hypervisor: (one) => one.Hypervisor,
    'image-id': (one) => one.ImageId,
    'image-type': (one) => one.ImageType,
    'is-public': (one) => one.Public,
    name: (one) => one.Name,
    'owner-alias': (one) => one.ImageOwnerAlias,
    'owner-id': (one) => one.OwnerId,
    platform: (one) => one.Platform,
    'root-device-name': (one) => one.RootDeviceName,
    'root-device-type': (one) => one.RootDeviceType,
    state: (one) => one.State,
    'virtualization-type': (one) => one.VirtualizationType,
    'block-device-mapping.snapshot-id': (one) => one.BlockDeviceMappings?.map((mapping) => mapping.Ebs?.SnapshotId),
    'block-device-mapping.volume-size': (one) => one.BlockDeviceMappings?.map((mapping) => String(mapping.Ebs?.VolumeSize)),
  },
});
images.notFound = (id) => new AwsError('InvalidAMIID.NotFound', `The image id '[${id}]' does not exist`);

function checkId(id: string): void {
  if (!/^ami-[0-9a-f]{8,17}$/.test(id)) {
    throw new AwsError('InvalidAMIID.Malformed', `Invalid id: "${id}" (expecting "ami-...")`);
  }
}

function requireImage(id: string | undefined, call: Call): Image {
  checkId(id ?? '');
  return PUBLIC.find((one) => one.ImageId === id) ?? requireOne(images, id, call);
}

function shown({ permissions: _permissions, ...image }: Image): Timestamped<sdk.Image> {
  return image;
}

function describe(input: Timestamped<sdk.DescribeImagesRequest>, call: Call): Timestamped<Omit<sdk.DescribeImagesResult, '$metadata'>> {
  input.ImageIds?.forEach(checkId);
  const owners = input.Owners?.map((owner) => (owner === 'self' ? call.account : owner));
  const users = input.ExecutableUsers?.map((user) => (user === 'self' ? call.account : user));
  const all = [...PUBLIC, ...listOf(images, call)].filter(
    (image) =>
      (!owners?.length || owners.includes(image.OwnerId ?? '') || owners.includes(image.ImageOwnerAlias ?? '')) &&
      (!users?.length || image.permissions?.some((one) => users.includes(one.UserId ?? '') || users.includes(one.Group ?? ''))),
  );
  const page = select(all, input.ImageIds, input, { id: (one) => one.ImageId, notFound: images.notFound, fields: images.fields });
  return { Images: page.items.map(shown), NextToken: page.nextToken };
}

function create(input: Timestamped<sdk.CreateImageRequest>, call: Call): { ImageId: string } {
  const instance = instancesTable(call.tables).get(scopeKey(call, input.InstanceId ?? ''));
  if (!instance) {
    throw new AwsError('InvalidInstanceID.NotFound', `The instance ID '${input.InstanceId ?? ''}' does not exist`);
  }
  if (listOf(images, call).some((one) => one.Name === input.Name)) {
    throw new AwsError('InvalidAMIName.Duplicate', `AMI name ${input.Name ?? ''} is already in use`);
  }
  const base = amazon(newId('ami'), input.Name ?? '');
  const { ImageOwnerAlias: _alias, ...own } = base;
  const image: Image = {
    ...own,
    Description: input.Description ?? '',
    ImageLocation: `${call.account}/${input.Name ?? ''}`,
    OwnerId: call.account,
    Public: false,
    SourceInstanceId: instance.InstanceId,
    Architecture: instance.Architecture,
    CreationDate: isoOf(call.clock.now()),
    RootDeviceName: instance.RootDeviceName,
    BlockDeviceMappings: (base.BlockDeviceMappings ?? []).map((mapping) => ({
      ...mapping,
      Ebs: { ...mapping.Ebs, SnapshotId: newId('snap') },
    })),
    Tags: tagsFor(
      'image',
      input.TagSpecifications?.filter((one) => one.ResourceType === 'image'),
    ),
  };
  return { ImageId: save(images, image, call).ImageId ?? '' };
}

function isoOf(at: number): string {
  const Time = globalThis.Date;
  return new Time(at).toISOString();
}

export const imageOperations: Readonly<Record<string, Operation>> = {
  DescribeImages: operation<sdk.DescribeImagesRequest, sdk.DescribeImagesResult>({ handle: describe }),
  CreateImage: operation<sdk.CreateImageRequest, sdk.CreateImageResult>({ handle: create }),
  CopyImage: operation<sdk.CopyImageRequest, sdk.CopyImageResult>({
    handle: (input, call) => {
      const source = requireImage(input.SourceImageId, { ...call, region: input.SourceRegion ?? call.region });
      const { ImageOwnerAlias: _alias, ...own } = source;
      const copy: Image = {
        ...own,
        ImageId: newId('ami'),
        Name: input.Name,
        Description: input.Description ?? source.Description,
        OwnerId: call.account,
        Public: false,
        CreationDate: isoOf(call.clock.now()),
        SourceImageId: source.ImageId,
        SourceImageRegion: input.SourceRegion,
        Tags: tagsFor('image', input.TagSpecifications),
        permissions: [],
      };
      return { ImageId: save(images, copy, call).ImageId };
    },
  }),
  RegisterImage: operation<sdk.RegisterImageRequest, sdk.RegisterImageResult>({
    handle: (input, call) => {
      const { ImageOwnerAlias: _alias, ...base } = amazon(newId('ami'), input.Name ?? '');
      const image: Image = {
        ...base,
        Description: input.Description ?? '',
        OwnerId: call.account,
        ImageLocation: `${call.account}/${input.Name ?? ''}`,
        Public: false,
        Architecture: input.Architecture ?? 'x86_64',
        RootDeviceName: input.RootDeviceName ?? '/dev/xvda',
        ...(input.BlockDeviceMappings ? { BlockDeviceMappings: input.BlockDeviceMappings } : {}),
        VirtualizationType: (input.VirtualizationType ?? 'hvm') as sdk.VirtualizationType,
        CreationDate: isoOf(call.clock.now()),
        Tags: tagsFor('image', input.TagSpecifications),
      };
      return { ImageId: save(images, image, call).ImageId };
    },
  }),
  DeregisterImage: operation<sdk.DeregisterImageRequest, sdk.DeregisterImageResult>({
    handle: (input, call) => {
      checkId(input.ImageId ?? '');
      remove(images, input.ImageId, call);
      return { Return: true };
    },
  }),
  DescribeImageAttribute: operation<sdk.DescribeImageAttributeRequest, sdk.ImageAttribute>({
    handle: (input, call) => {
      const image = requireImage(input.ImageId, call);
      switch (input.Attribute) {
        case 'launchPermission':
          return { ImageId: image.ImageId, LaunchPermissions: image.permissions ?? [] };
        case 'description':
          return { ImageId: image.ImageId, Description: { Value: image.Description } };
        case 'blockDeviceMapping':
          return { ImageId: image.ImageId, BlockDeviceMappings: image.BlockDeviceMappings };
        case 'sriovNetSupport':
          return { ImageId: image.ImageId, SriovNetSupport: { Value: image.SriovNetSupport } };
        default:
          return { ImageId: image.ImageId };
      }
    },
  }),
  ModifyImageAttribute: operation<sdk.ModifyImageAttributeRequest, object>({
    handle: (input, call) => {
      checkId(input.ImageId ?? '');
      const image = requireOne(images, input.ImageId, call);
      const description = input.Description?.Value ?? (input.Attribute === 'description' ? input.Value : undefined);
      const given = [
        ...(input.UserGroups ?? []).map((Group) => ({ Group })),
        ...(input.UserIds ?? []).map((UserId) => ({ UserId })),
      ] as Timestamped<sdk.LaunchPermission>[];
      const isAdd = input.OperationType === 'add' || input.LaunchPermission?.Add !== undefined;
      const listed = [...(input.LaunchPermission?.Add ?? []), ...(input.LaunchPermission?.Remove ?? []), ...given];
      for (const { UserId, Group } of listed) {
        if (Group !== undefined && Group !== 'all') {
          throw new AwsError('InvalidAMIAttributeItemValue', `Invalid attribute item value "${String(Group)}" for userGroup item type.`);
        }
        if (UserId !== undefined && !/^\d{12}$/.test(UserId)) {
          throw new AwsError('InvalidAMIAttributeItemValue', `Invalid attribute item value "${UserId}" for userId item type.`);
        }
      }
      const kept = (image.permissions ?? []).filter(
        (one) => !listed.some((other) => other.UserId === one.UserId && other.Group === one.Group),
      );
      const permissions = isAdd ? [...kept, ...listed] : kept;
      save(
        images,
        {
          ...image,
          ...(description === undefined ? {} : { Description: description }),
          permissions,
          Public: permissions.some((one) => one.Group === 'all'),
        },
        call,
      );
      return {};
    },
  }),
  ResetImageAttribute: operation<sdk.ResetImageAttributeRequest, object>({
    handle: (input, call) => {
      if (input.Attribute !== 'launchPermission') {
        throw invalidValue(`Invalid value '${String(input.Attribute)}' for attribute.`);
      }
      save(images, { ...requireOne(images, input.ImageId, call), permissions: [], Public: false }, call);
      return {};
    },
  }),
};
