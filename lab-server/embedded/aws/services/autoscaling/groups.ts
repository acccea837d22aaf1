// Auto Scaling groups: created, changed, described, deleted.
import { randomUUID } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-auto-scaling';
import { AwsError } from '../../gateway/errors.ts';
import { requireTemplateVersion } from '../ec2/launch-templates.ts';
import { ec2Tables } from '../ec2/state.ts';
import { pageOf } from '../pages.ts';
import { arn, scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { configurationOf, saveConfiguration } from './launch-configurations.ts';
import { groupTables, inGroup, requireGroup, validation, type Group } from './state.ts';
import { groupFilter, tagsOf } from './tags.ts';
import { groupWorldOf } from './world.ts';

const PAGE = 50;

export const invalidToken = (): AwsError => new AwsError('InvalidNextToken', 'The token is not valid.');

/** The record as answers show it. */
function shown({ instances, lastScaledAt: _last, Context: _context, ...group }: Group): Timestamped<sdk.AutoScalingGroup> {
  return { ...group, Instances: instances.map(({ launchedAt: _at, waiting: _waiting, ...instance }) => instance) };
}

type TemplateSpec = Timestamped<sdk.LaunchTemplateSpecification>;

/** A template with both of its names, as groups show it. Throws ValidationError when there is none. */
function template(spec: TemplateSpec, call: Call): TemplateSpec {
  if (!spec.LaunchTemplateId && !spec.LaunchTemplateName) {
    throw validation('Valid requests must contain either launchTemplateId or LaunchTemplateName');
  }
  if (spec.LaunchTemplateId && spec.LaunchTemplateName) {
    throw validation('Valid requests must contain either launchTemplateId or LaunchTemplateName');
  }
  const found = requireTemplateVersion(spec, call);
  return {
    LaunchTemplateId: found.LaunchTemplateId,
    LaunchTemplateName: found.LaunchTemplateName,
    ...(spec.Version === undefined ? {} : { Version: spec.Version }),
  };
}

interface Source {
  LaunchConfigurationName?: string;
  LaunchTemplate?: TemplateSpec;
  MixedInstancesPolicy?: Timestamped<sdk.MixedInstancesPolicy>;
  InstanceId?: string;
}

function sourceOf(input: Source, groupName: string, call: Call): Partial<Group> {
  const given = [input.LaunchConfigurationName, input.LaunchTemplate, input.MixedInstancesPolicy, input.InstanceId].filter(
    (one) => one !== undefined,
  );
  if (given.length !== 1) {
    throw validation(
      'Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter.',
    );
  }
  if (input.LaunchConfigurationName !== undefined) {
    if (!groupTables(call.tables).configurations.has(scopeKey(call, input.LaunchConfigurationName))) {
      throw validation(`Launch configuration name not found - Launch configuration ${input.LaunchConfigurationName} not found`);
    }
    return { LaunchConfigurationName: input.LaunchConfigurationName };
  }
  if (input.LaunchTemplate) {
    return { LaunchTemplate: template(input.LaunchTemplate, call) };
  }
  if (input.MixedInstancesPolicy) {
    const spec = input.MixedInstancesPolicy.LaunchTemplate?.LaunchTemplateSpecification;
    return {
      MixedInstancesPolicy: {
        ...input.MixedInstancesPolicy,
        LaunchTemplate: { ...input.MixedInstancesPolicy.LaunchTemplate, LaunchTemplateSpecification: template(spec ?? {}, call) },
      },
    };
  }
  const made = configurationOf(input.InstanceId ?? '', groupName, call);
  saveConfiguration(made, call);
  return { LaunchConfigurationName: groupName };
}

/** The zones of a group: given ones, or those of its subnets. */
function zonesFor(input: { AvailabilityZones?: string[]; VPCZoneIdentifier?: string }, call: Call): string[] | undefined {
  const ids = (input.VPCZoneIdentifier ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  if (ids.length === 0) {
    return input.AvailabilityZones;
  }
  const zones = ids.map((id) => {
    const subnet = ec2Tables(call.tables).subnets.get(scopeKey(call, id));
    if (!subnet) {
      throw validation(`The subnet ID '${id}' does not exist`);
    }
    return subnet.AvailabilityZone ?? '';
  });
  const foreign = input.AvailabilityZones?.filter((zone) => !zones.includes(zone)) ?? [];
  if (foreign.length > 0) {
    throw validation('The availability zones of the specified subnets and the Auto Scaling group do not match');
  }
  return [...new Set(zones)];
}

function checkSizes(min: number, max: number, desired: number): void {
  if (min > max) {
    throw validation('Max bound, ' + max + ', must be greater than or equal to min bound, ' + min);
  }
  if (desired < min) {
    throw validation(`Desired capacity:${desired} must be between the specified min size:${min} and max size:${max}`);
  }
  if (desired > max) {
    throw validation(`Desired capacity:${desired} must be between the specified min size:${min} and max size:${max}`);
  }
}

async function create(input: Timestamped<sdk.CreateAutoScalingGroupType>, call: Call): Promise<object> {
  const name = input.AutoScalingGroupName ?? '';
  const { groups, hooks } = groupTables(call.tables);
  if (groups.has(scopeKey(call, name))) {
    throw new AwsError(
      'AlreadyExistsFault',
      'AutoScalingGroup by this name already exists - A group with the name ' + name + ' already exists',
    );
  }
  const min = input.MinSize ?? 0;
  const max = input.MaxSize ?? 0;
  const desired = input.DesiredCapacity ?? min;
  const zones = zonesFor(input, call);
  if (!zones?.length) {
    throw validation('At least one Availability Zone or VPC Subnet is required.');
  }
  const source = sourceOf(input, name, call);
  checkSizes(min, max, desired);
  const group: Group = {
    AutoScalingGroupName: name,
    AutoScalingGroupARN: arn('autoscaling', call, `autoScalingGroup:${randomUUID()}:autoScalingGroupName/${name}`),
    ...source,
    MinSize: min,
    MaxSize: max,
    DesiredCapacity: desired,
    DefaultCooldown: input.DefaultCooldown ?? 300,
    AvailabilityZones: zones,
    LoadBalancerNames: input.LoadBalancerNames ?? [],
    TargetGroupARNs: input.TargetGroupARNs ?? [],
    HealthCheckType: input.HealthCheckType ?? 'EC2',
    HealthCheckGracePeriod: input.HealthCheckGracePeriod ?? 0,
    CreatedTime: call.clock.now(),
    SuspendedProcesses: [],
    VPCZoneIdentifier: input.VPCZoneIdentifier ?? '',
    EnabledMetrics: [],
    Tags: tagsOf(input.Tags, name),
    TerminationPolicies: input.TerminationPolicies?.length ? input.TerminationPolicies : ['Default'],
    NewInstancesProtectedFromScaleIn: input.NewInstancesProtectedFromScaleIn ?? false,
    ServiceLinkedRoleARN:
      input.ServiceLinkedRoleARN ??
      `arn:aws:iam::${call.account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`,
    ...(input.PlacementGroup ? { PlacementGroup: input.PlacementGroup } : {}),
    ...(input.MaxInstanceLifetime === undefined ? {} : { MaxInstanceLifetime: input.MaxInstanceLifetime }),
    CapacityRebalance: input.CapacityRebalance ?? false,
    ...(input.DefaultInstanceWarmup === undefined ? {} : { DefaultInstanceWarmup: input.DefaultInstanceWarmup }),
    TrafficSources: (input.TargetGroupARNs ?? []).map((one) => ({ Identifier: one, Type: 'elbv2' })),
    ...(input.InstanceMaintenancePolicy ? { InstanceMaintenancePolicy: input.InstanceMaintenancePolicy } : {}),
    instances: [],
  };
  groups.put(scopeKey(call, name), group);
  for (const hook of input.LifecycleHookSpecificationList ?? []) {
    const { LifecycleHookName: hookName = '' } = hook;
    hooks.put(inGroup(call, name, hookName), {
      ...hook,
      AutoScalingGroupName: name,
      HeartbeatTimeout: hook.HeartbeatTimeout ?? 3600,
      GlobalTimeout: 172_800,
      DefaultResult: hook.DefaultResult ?? 'ABANDON',
    });
  }
  await groupWorldOf(call).reconcile(call, name);
  return {};
}

async function update(input: Timestamped<sdk.UpdateAutoScalingGroupType>, call: Call): Promise<object> {
  const group = requireGroup(input.AutoScalingGroupName, call);
  const {
    AutoScalingGroupName: name = '',
    LaunchTemplate,
    LaunchConfigurationName,
    MixedInstancesPolicy,
    AvailabilityZones,
    ...changes
  } = input;
  const source =
    LaunchTemplate || LaunchConfigurationName !== undefined || MixedInstancesPolicy
      ? sourceOf({ LaunchTemplate, LaunchConfigurationName, MixedInstancesPolicy }, name, call)
      : {};
  const zones = zonesFor(
    { AvailabilityZones, ...(changes.VPCZoneIdentifier === undefined ? {} : { VPCZoneIdentifier: changes.VPCZoneIdentifier }) },
    call,
  );
  const min = input.MinSize ?? group.MinSize ?? 0;
  const max = input.MaxSize ?? group.MaxSize ?? 0;
  const desired = input.DesiredCapacity ?? Math.min(max, Math.max(min, group.DesiredCapacity ?? 0));
  checkSizes(min, max, desired);
  const { LaunchTemplate: _template, LaunchConfigurationName: _configuration, MixedInstancesPolicy: _mixed, ...rest } = group;
  groupTables(call.tables).groups.put(scopeKey(call, name), {
    ...(Object.keys(source).length > 0 ? { ...rest, ...source } : group),
    ...(Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) as Partial<Group>),
    ...(zones ? { AvailabilityZones: zones } : {}),
    MinSize: min,
    MaxSize: max,
    DesiredCapacity: desired,
  });
  await groupWorldOf(call).reconcile(call, name);
  return {};
}

async function remove(input: Timestamped<sdk.DeleteAutoScalingGroupType>, call: Call): Promise<object> {
  const group = requireGroup(input.AutoScalingGroupName, call);
  const name = group.AutoScalingGroupName ?? '';
  if (group.instances.length > 0 && !input.ForceDelete) {
    throw new AwsError(
      'ResourceInUseFault',
      'You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.',
    );
  }
  const tables = groupTables(call.tables);
  tables.groups.put(scopeKey(call, name), { ...group, Status: 'Delete in progress', DesiredCapacity: 0, MinSize: 0 });
  for (const table of [tables.policies, tables.scheduledActions, tables.hooks, tables.refreshes, tables.notifications]) {
    for (const [key] of table.entries(inGroup(call, name))) {
      table.delete(key);
    }
  }
  if (group.instances.length > 0) {
    await groupWorldOf(call).terminate(call, group, group.instances, 'The group was deleted.');
  }
  tables.groups.delete(scopeKey(call, name));
  groupWorldOf(call).reschedule();
  return {};
}

export const groupOperations: Readonly<Record<string, Operation>> = {
  CreateAutoScalingGroup: operation<sdk.CreateAutoScalingGroupType, object>({ handle: create }),
  UpdateAutoScalingGroup: operation<sdk.UpdateAutoScalingGroupType, object>({ handle: update }),
  DeleteAutoScalingGroup: operation<sdk.DeleteAutoScalingGroupType, object>({ handle: remove }),
  DescribeAutoScalingGroups: operation<sdk.AutoScalingGroupNamesType, sdk.AutoScalingGroupsType>({
    handle: (input, call) => {
      const found = groupTables(call.tables)
        .groups.list(`${scopeKey(call)}/`)
        .filter((group) => !input.AutoScalingGroupNames?.length || input.AutoScalingGroupNames.includes(group.AutoScalingGroupName ?? ''))
        .filter(groupFilter(input.Filters));
      const page = pageOf(found, input.NextToken, input.MaxRecords ?? PAGE, invalidToken);
      return { AutoScalingGroups: page.items.map(shown), NextToken: page.nextToken };
    },
  }),
  SetDesiredCapacity: operation<sdk.SetDesiredCapacityType, object>({
    handle: async (input, call) => {
      const group = requireGroup(input.AutoScalingGroupName, call);
      const wanted = input.DesiredCapacity ?? 0;
      if (wanted < (group.MinSize ?? 0)) {
        throw validation(`New SetDesiredCapacity value ${wanted} is below min value ${group.MinSize ?? 0} for the AutoScalingGroup.`);
      }
      if (wanted > (group.MaxSize ?? 0)) {
        throw validation(`New SetDesiredCapacity value ${wanted} is above max value ${group.MaxSize ?? 0} for the AutoScalingGroup.`);
      }
      const cooldownEnds = (group.lastScaledAt ?? Number.NEGATIVE_INFINITY) + (group.DefaultCooldown ?? 0) * 1000;
      if (input.HonorCooldown && call.clock.now() < cooldownEnds) {
        throw new AwsError('ScalingActivityInProgressFault', `Scaling activity ${randomUUID()} is in progress and blocks this action`);
      }
      groupWorldOf(call).update(call, group.AutoScalingGroupName ?? '', (one) => ({ ...one, DesiredCapacity: wanted }));
      await groupWorldOf(call).reconcile(call, group.AutoScalingGroupName ?? '');
      return {};
    },
  }),
  DescribeScalingActivities: operation<sdk.DescribeScalingActivitiesType, sdk.ActivitiesType>({
    handle: (input, call) => {
      const prefix = input.AutoScalingGroupName === undefined ? `${scopeKey(call)}/` : inGroup(call, input.AutoScalingGroupName);
      const found = groupTables(call.tables)
        .activities.list(prefix)
        .filter((one) => !input.ActivityIds?.length || input.ActivityIds.includes(one.ActivityId ?? ''))
        .reverse();
      const page = pageOf(found, input.NextToken, input.MaxRecords ?? 100, invalidToken);
      return { Activities: page.items, NextToken: page.nextToken };
    },
  }),
};
