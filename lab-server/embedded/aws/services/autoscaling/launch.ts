// What a group's next instance is made from: its launch configuration, its launch template, or the mixed policy's template.
import { requireTemplateVersion } from '../ec2/launch-templates.ts';
import { scopeKey, type Scope } from '../scope.ts';
import type { AwsContext } from '../service.ts';
import { groupRole, groupTables, validation, type Group, type GroupInstance } from './state.ts';

type LaunchContext = AwsContext & Scope;

/** Input of RunInstances for one instance of the group in a subnet or a zone. */
export function runInput(group: Group, place: { subnet?: string; zone?: string }, context: LaunchContext): Record<string, unknown> {
  const tags = [
    ...(group.Tags ?? []).filter((tag) => tag.PropagateAtLaunch).map(({ Key = '', Value = '' }) => ({ Key, Value })),
    { Key: 'aws:autoscaling:groupName', Value: group.AutoScalingGroupName ?? '' },
  ];
  const common = {
    MinCount: 1,
    MaxCount: 1,
    ...(place.zone && !place.subnet ? { Placement: { AvailabilityZone: place.zone } } : {}),
  };
  const template = group.LaunchTemplate ?? group.MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification;
  if (template) {
    const data = requireTemplateVersion(template, context).LaunchTemplateData ?? {};
    const override = group.MixedInstancesPolicy?.LaunchTemplate?.Overrides?.find((one) => one.InstanceType !== undefined)?.InstanceType;
    const own = data.TagSpecifications?.find((one) => one.ResourceType === 'instance')?.Tags ?? [];
    const all = new Map([...own, ...tags].map((tag) => [tag.Key ?? '', tag.Value ?? '']));
    return {
      ...common,
      LaunchTemplate: template,
      ...(override ? { InstanceType: override } : {}),
      ...inSubnet(data.NetworkInterfaces ?? [], place.subnet),
      TagSpecifications: [{ ResourceType: 'instance', Tags: [...all].map(([Key, Value]) => ({ Key, Value })) }],
    };
  }
  const configuration = groupTables(context.tables).configurations.get(scopeKey(context, group.LaunchConfigurationName ?? ''));
  if (!configuration) {
    throw validation(`Launch configuration name not found - Launch configuration ${group.LaunchConfigurationName ?? ''} not found`);
  }
  const groups = configuration.SecurityGroups ?? [];
  const isPublic = configuration.AssociatePublicIpAddress;
  return {
    ...common,
    ImageId: configuration.ImageId,
    InstanceType: configuration.InstanceType,
    ...(configuration.KeyName ? { KeyName: configuration.KeyName } : {}),
    ...(configuration.UserData ? { UserData: configuration.UserData } : {}),
    ...(configuration.IamInstanceProfile
      ? {
          IamInstanceProfile: configuration.IamInstanceProfile.startsWith('arn:')
            ? { Arn: configuration.IamInstanceProfile }
            : { Name: configuration.IamInstanceProfile },
        }
      : {}),
    ...(isPublic === undefined
      ? { ...(place.subnet ? { SubnetId: place.subnet } : {}), ...(groups.length > 0 ? { SecurityGroupIds: groups } : {}) }
      : {
          NetworkInterfaces: [
            {
              DeviceIndex: 0,
              AssociatePublicIpAddress: isPublic,
              ...(place.subnet ? { SubnetId: place.subnet } : {}),
              ...(groups.length > 0 ? { Groups: groups } : {}),
            },
          ],
        }),
    TagSpecifications: [{ ResourceType: 'instance', Tags: tags }],
  };
}

/** A group's subnet goes to the template's first interface where it has any: a request may not name both. */
function inSubnet(interfaces: readonly object[], subnet: string | undefined): Record<string, unknown> {
  if (subnet === undefined) {
    return {};
  }
  const [first, ...others] = interfaces;
  return first ? { NetworkInterfaces: [{ ...first, SubnetId: subnet }, ...others] } : { SubnetId: subnet };
}

interface Launched {
  InstanceId?: string;
  InstanceType?: string;
  ImageId?: string;
  Placement?: { AvailabilityZone?: string };
}

/** Starts one instance and gives the group's record of it. */
export async function launchInstance(
  group: Group,
  place: { subnet?: string; zone?: string },
  context: LaunchContext,
): Promise<GroupInstance> {
  const answer = await context.call('ec2', 'RunInstances', runInput(group, place, context), {
    principal: groupRole(context.account),
    region: context.region,
  });
  const instance = (answer['Instances'] as Launched[])[0];
  const template = group.LaunchTemplate ?? group.MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification;
  const version = template && requireTemplateVersion(template, context);
  return {
    InstanceId: instance?.InstanceId,
    InstanceType: instance?.InstanceType,
    AvailabilityZone: instance?.Placement?.AvailabilityZone,
    LifecycleState: 'Pending',
    HealthStatus: 'Healthy',
    ProtectedFromScaleIn: group.NewInstancesProtectedFromScaleIn ?? false,
    ...(version
      ? {
          LaunchTemplate: {
            LaunchTemplateId: version.LaunchTemplateId,
            LaunchTemplateName: version.LaunchTemplateName,
            Version: String(version.VersionNumber ?? 1),
          },
        }
      : { LaunchConfigurationName: group.LaunchConfigurationName }),
    launchedAt: context.clock.now(),
  };
}
