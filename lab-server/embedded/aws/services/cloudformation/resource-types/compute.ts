// AWS::EC2 and AWS::AutoScaling: instances, and groups of them.
import { unlessGone } from '../errors.ts';
import {
  listAt,
  recordAt,
  simpleType,
  tagsOf,
  textAt,
  type Place,
  type Properties,
  type ResourceType,
  type ResourceTypes,
} from './type.ts';
import { textOf } from '../text-of.ts';

/** The groups of an interface are its `GroupSet` in templates. */
function interfacesOf(properties: Properties): Record<string, unknown> {
  const interfaces = listAt(properties['NetworkInterfaces']).map(recordAt);
  return interfaces.length === 0
    ? {}
    : {
        NetworkInterfaces: interfaces.map(({ GroupSet, ...one }) => ({ ...one, ...(GroupSet === undefined ? {} : { Groups: GroupSet }) })),
      };
}

const instance: ResourceType = {
  async create(properties, place) {
    const profile = properties['IamInstanceProfile'];
    const tags = tagsOf(properties, place);
    const input = {
      MinCount: 1,
      MaxCount: 1,
      ...properties,
      ...interfacesOf(properties),
      ...(profile === undefined ? {} : { IamInstanceProfile: { Name: profile } }),
      ...(properties['AvailabilityZone'] === undefined ? {} : { Placement: { AvailabilityZone: properties['AvailabilityZone'] } }),
      ...(tags.length > 0 ? { TagSpecifications: [{ ResourceType: 'instance', Tags: tags }] } : {}),
    };
    const physicalId = textAt(await place.api('ec2', 'RunInstances', input), 'Instances.0.InstanceId');
    place.identify(physicalId);
    const described = (): Promise<Properties> => place.api('ec2', 'DescribeInstances', { InstanceIds: [physicalId] });
    await place.until(async () => textAt(await described(), 'Reservations.0.Instances.0.State.Name') === 'running');
    const found = await described();
    const attribute = (path: string): string => textAt(found, `Reservations.0.Instances.0.${path}`);
    return {
      physicalId,
      attributes: {
        InstanceId: physicalId,
        AvailabilityZone: attribute('Placement.AvailabilityZone'),
        PrivateDnsName: attribute('PrivateDnsName'),
        PrivateIp: attribute('PrivateIpAddress'),
        PublicDnsName: attribute('PublicDnsName'),
        PublicIp: attribute('PublicIpAddress'),
        VpcId: attribute('VpcId'),
        'State.Name': attribute('State.Name'),
      },
    };
  },
  replacedBy: [
    'ImageId',
    'SubnetId',
    'KeyName',
    'AvailabilityZone',
    'NetworkInterfaces',
    'UserData',
    'InstanceType',
    'SecurityGroupIds',
    'IamInstanceProfile',
  ],
  async update(physicalId, properties, place) {
    const Tags = tagsOf(properties, place);
    if (Tags.length > 0) {
      await place.api('ec2', 'CreateTags', { Resources: [physicalId], Tags });
    }
    return { physicalId };
  },
  async remove(physicalId, place) {
    await place.api('ec2', 'TerminateInstances', { InstanceIds: [physicalId] });
    await place.until(async () => {
      const found = await unlessGone(place.api('ec2', 'DescribeInstances', { InstanceIds: [physicalId] }));
      return ['', 'terminated'].includes(textAt(found, 'Reservations.0.Instances.0.State.Name'));
    });
  },
};

const launchTemplate: ResourceType = {
  async create(properties, place) {
    const input = { LaunchTemplateName: place.name(), ...properties };
    const answer = await place.api('ec2', 'CreateLaunchTemplate', input);
    const physicalId = textAt(answer, 'LaunchTemplate.LaunchTemplateId');
    return { physicalId, attributes: { LaunchTemplateId: physicalId, LatestVersionNumber: '1', DefaultVersionNumber: '1' } };
  },
  replacedBy: ['LaunchTemplateName'],
  async update(physicalId, properties, place) {
    const input = { LaunchTemplateId: physicalId, LaunchTemplateData: properties['LaunchTemplateData'] };
    const version = textAt(await place.api('ec2', 'CreateLaunchTemplateVersion', input), 'LaunchTemplateVersion.VersionNumber');
    return { physicalId, attributes: { LaunchTemplateId: physicalId, LatestVersionNumber: version, DefaultVersionNumber: '1' } };
  },
  async remove(LaunchTemplateId, place) {
    await place.api('ec2', 'DeleteLaunchTemplate', { LaunchTemplateId });
  },
};

/** Tags of a group say whether its instances get them. */
function groupTags(properties: Properties, place: Place): Record<string, unknown> {
  const own = (properties['Tags'] ?? []) as Record<string, unknown>[];
  const Tags = [
    ...own,
    ...place.tags.filter((tag) => !own.some((one) => one['Key'] === tag.Key)).map((tag) => ({ ...tag, PropagateAtLaunch: true })),
  ];
  return Tags.length > 0 ? { Tags: Tags.map((tag) => ({ PropagateAtLaunch: false, ...tag })) } : {};
}

/** Subnets come as a list and go as text. */
function groupInput(properties: Properties): Record<string, unknown> {
  const zones = properties['VPCZoneIdentifier'];
  return { ...properties, ...(Array.isArray(zones) ? { VPCZoneIdentifier: zones.join(',') } : {}) };
}

const autoScalingGroup: ResourceType = {
  async create(properties, place) {
    const AutoScalingGroupName = textOf(properties['AutoScalingGroupName'] ?? place.name());
    await place.api('autoscaling', 'CreateAutoScalingGroup', {
      ...groupInput(properties),
      ...groupTags(properties, place),
      AutoScalingGroupName,
    });
    return { physicalId: AutoScalingGroupName, attributes: { AutoScalingGroupARN: '' } };
  },
  replacedBy: ['AutoScalingGroupName'],
  async update(physicalId, properties, place) {
    await place.api('autoscaling', 'UpdateAutoScalingGroup', { ...groupInput(properties), AutoScalingGroupName: physicalId });
    return { physicalId };
  },
  async remove(AutoScalingGroupName, place) {
    await place.api('autoscaling', 'DeleteAutoScalingGroup', { AutoScalingGroupName, ForceDelete: true });
    await place.until(async () => {
      const found = await place.api('autoscaling', 'DescribeAutoScalingGroups', { AutoScalingGroupNames: [AutoScalingGroupName] });
      return textAt(found, 'AutoScalingGroups.0.AutoScalingGroupName') === '';
    });
  },
};

const scalingPolicy: ResourceType = {
  async create(properties, place) {
    const answer = await place.api('autoscaling', 'PutScalingPolicy', { PolicyName: place.name(), ...properties });
    return {
      physicalId: textAt(answer, 'PolicyARN'),
      attributes: { Arn: textAt(answer, 'PolicyARN'), PolicyName: textOf(properties['PolicyName'] ?? '') },
    };
  },
  async remove(PolicyName, place, properties) {
    await place.api('autoscaling', 'DeletePolicy', { PolicyName, AutoScalingGroupName: properties['AutoScalingGroupName'] });
  },
};

/** UserData and block devices are as the operation has them; only the name is made up. */
const launchConfiguration: ResourceType = simpleType({
  service: 'autoscaling',
  create: 'CreateLaunchConfiguration',
  id: 'LaunchConfigurationName',
  key: 'LaunchConfigurationName',
  remove: 'DeleteLaunchConfiguration',
  named: ['LaunchConfigurationName'],
  tags: 'no',
});

const lifecycleHook: ResourceType = {
  async create(properties, place) {
    const LifecycleHookName = textOf(properties['LifecycleHookName'] ?? place.name());
    await place.api('autoscaling', 'PutLifecycleHook', { ...properties, LifecycleHookName });
    return { physicalId: LifecycleHookName };
  },
  async remove(LifecycleHookName, place, properties) {
    await place.api('autoscaling', 'DeleteLifecycleHook', { LifecycleHookName, AutoScalingGroupName: properties['AutoScalingGroupName'] });
  },
};

const scalableTarget: ResourceType = {
  async create(properties, place) {
    await place.api('application-autoscaling', 'RegisterScalableTarget', properties);
    const parts = ['ResourceId', 'ScalableDimension', 'ServiceNamespace'].map((name) => textOf(properties[name]));
    return { physicalId: parts.join('|'), attributes: { Id: parts.join('|') } };
  },
  replacedBy: ['ResourceId', 'ScalableDimension', 'ServiceNamespace'],
  async update(physicalId, properties, place) {
    await place.api('application-autoscaling', 'RegisterScalableTarget', properties);
    return { physicalId };
  },
  async remove(_physicalId, place, properties) {
    await place.api('application-autoscaling', 'DeregisterScalableTarget', properties);
  },
};

/** A policy names its target by id, or by the three parts of it. */
function policyInput(properties: Properties): Record<string, unknown> {
  const [ResourceId, ScalableDimension, ServiceNamespace] = textOf(properties['ScalingTargetId'] ?? '').split('|');
  const own = properties['ScalingTargetId'] === undefined ? {} : { ResourceId, ScalableDimension, ServiceNamespace };
  return { ...properties, ...own };
}

const applicationPolicy: ResourceType = {
  async create(properties, place) {
    const answer = await place.api('application-autoscaling', 'PutScalingPolicy', policyInput(properties));
    return {
      physicalId: textAt(answer, 'PolicyARN'),
      attributes: { Arn: textAt(answer, 'PolicyARN'), ScalingTargetId: textOf(properties['ScalingTargetId'] ?? '') },
    };
  },
  replacedBy: ['PolicyName', 'ScalingTargetId', 'ResourceId', 'ScalableDimension', 'ServiceNamespace'],
  async update(physicalId, properties, place) {
    await place.api('application-autoscaling', 'PutScalingPolicy', policyInput(properties));
    return { physicalId };
  },
  async remove(_physicalId, place, properties) {
    await place.api('application-autoscaling', 'DeleteScalingPolicy', policyInput(properties));
  },
};

const keyPair: ResourceType = {
  async create(properties, place) {
    const isImport = properties['PublicKeyMaterial'] !== undefined;
    const answer = await place.api('ec2', isImport ? 'ImportKeyPair' : 'CreateKeyPair', properties);
    return {
      physicalId: textOf(properties['KeyName']),
      attributes: { KeyPairId: textAt(answer, 'KeyPairId'), KeyFingerprint: textAt(answer, 'KeyFingerprint') },
    };
  },
  async remove(KeyName, place) {
    await place.api('ec2', 'DeleteKeyPair', { KeyName });
  },
};

const volume: ResourceType = {
  async create(properties, place) {
    const tags = tagsOf(properties, place);
    const input = { ...properties, ...(tags.length > 0 ? { TagSpecifications: [{ ResourceType: 'volume', Tags: tags }] } : {}) };
    return { physicalId: textAt(await place.api('ec2', 'CreateVolume', recordAt(input)), 'VolumeId') };
  },
  async remove(VolumeId, place) {
    await place.api('ec2', 'DeleteVolume', { VolumeId });
  },
};

export const computeTypes: ResourceTypes = {
  'AWS::EC2::Instance': instance,
  'AWS::EC2::LaunchTemplate': launchTemplate,
  'AWS::EC2::KeyPair': keyPair,
  'AWS::EC2::Volume': volume,
  'AWS::AutoScaling::AutoScalingGroup': autoScalingGroup,
  'AWS::AutoScaling::LaunchConfiguration': launchConfiguration,
  'AWS::AutoScaling::ScalingPolicy': scalingPolicy,
  'AWS::AutoScaling::LifecycleHook': lifecycleHook,
  'AWS::ApplicationAutoScaling::ScalableTarget': scalableTarget,
  'AWS::ApplicationAutoScaling::ScalingPolicy': applicationPolicy,
};
