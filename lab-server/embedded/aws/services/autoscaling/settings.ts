// The rest of what groups have: load balancers, suspended processes, metrics, notifications, warm pools, refreshes, and what is the same for every account.
import { randomUUID } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-auto-scaling';
import { AwsError } from '../../gateway/errors.ts';
import { elbTables, keyOf } from '../elbv2/state.ts';
import { deregisterTargets, registerTargets } from '../elbv2/targets.ts';
import { pageOf } from '../pages.ts';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation } from '../service.ts';
import { invalidToken } from './groups.ts';
import { refreshGroup } from './refresh.ts';
import { groupWorldOf } from './world.ts';
import { groupTables, inGroup, requireGroup, validation, type Group } from './state.ts';

const PROCESSES = [
  'AddToLoadBalancer',
  'AlarmNotification',
  'AZRebalance',
  'HealthCheck',
  'InstanceRefresh',
  'Launch',
  'ReplaceUnhealthy',
  'ScheduledActions',
  'Terminate',
];
const NOTIFICATIONS = [
  'EC2_INSTANCE_LAUNCH',
  'EC2_INSTANCE_LAUNCH_ERROR',
  'EC2_INSTANCE_TERMINATE',
  'EC2_INSTANCE_TERMINATE_ERROR',
  'TEST_NOTIFICATION',
].map((name) => `autoscaling:${name}`);
const METRICS = [
  'GroupMinSize',
  'GroupMaxSize',
  'GroupDesiredCapacity',
  'GroupInServiceInstances',
  'GroupPendingInstances',
  'GroupStandbyInstances',
  'GroupTerminatingInstances',
  'GroupInServiceCapacity',
  'GroupPendingCapacity',
  'GroupStandbyCapacity',
  'GroupTerminatingCapacity',
  'GroupTotalCapacity',
  'GroupTotalInstances',
];
const TERMINATION_POLICIES = [
  'AllocationStrategy',
  'ClosestToNextInstanceHour',
  'Default',
  'NewestInstance',
  'OldestInstance',
  'OldestLaunchConfiguration',
  'OldestLaunchTemplate',
];

function save(group: Group, change: Partial<Group>, call: Call): void {
  groupTables(call.tables).groups.put(scopeKey(call, group.AutoScalingGroupName ?? ''), { ...group, ...change });
}

function setTargetGroups(name: string | undefined, call: Call, change: (arns: readonly string[]) => string[]): object {
  const group = requireGroup(name, call);
  const before = group.TargetGroupARNs ?? [];
  const after = change(before);
  const targets = group.instances.filter((one) => one.LifecycleState === 'InService').map(({ InstanceId }) => ({ Id: InstanceId ?? '' }));
  for (const arn of new Set([...before, ...after])) {
    const targetGroup = elbTables(call.tables).targetGroups.get(keyOf(arn));
    if (targetGroup && !before.includes(arn)) {
      registerTargets(call, targetGroup, targets);
    } else if (targetGroup && !after.includes(arn)) {
      deregisterTargets(call, targetGroup, targets);
    }
  }
  save(group, { TargetGroupARNs: after, TrafficSources: after.map((one) => ({ Identifier: one, Type: 'elbv2' })) }, call);
  return {};
}

export const settingOperations: Readonly<Record<string, Operation>> = {
  AttachLoadBalancerTargetGroups: operation<sdk.AttachLoadBalancerTargetGroupsType, object>({
    handle: (input, call) =>
      setTargetGroups(input.AutoScalingGroupName, call, (arns) => [...new Set([...arns, ...(input.TargetGroupARNs ?? [])])]),
  }),
  DetachLoadBalancerTargetGroups: operation<sdk.DetachLoadBalancerTargetGroupsType, object>({
    handle: (input, call) =>
      setTargetGroups(input.AutoScalingGroupName, call, (arns) => arns.filter((one) => !input.TargetGroupARNs?.includes(one))),
  }),
  DescribeLoadBalancerTargetGroups: operation<sdk.DescribeLoadBalancerTargetGroupsRequest, sdk.DescribeLoadBalancerTargetGroupsResponse>({
    handle: (input, call) => ({
      LoadBalancerTargetGroups: (requireGroup(input.AutoScalingGroupName, call).TargetGroupARNs ?? []).map((one) => ({
        LoadBalancerTargetGroupARN: one,
        State: 'Added',
      })),
    }),
  }),
  AttachTrafficSources: operation<sdk.AttachTrafficSourcesType, object>({
    handle: (input, call) =>
      setTargetGroups(input.AutoScalingGroupName, call, (arns) => [
        ...new Set([...arns, ...(input.TrafficSources ?? []).map((one) => one.Identifier ?? '')]),
      ]),
  }),
  DetachTrafficSources: operation<sdk.DetachTrafficSourcesType, object>({
    handle: (input, call) =>
      setTargetGroups(input.AutoScalingGroupName, call, (arns) =>
        arns.filter((one) => !input.TrafficSources?.some((source) => source.Identifier === one)),
      ),
  }),
  DescribeTrafficSources: operation<sdk.DescribeTrafficSourcesRequest, sdk.DescribeTrafficSourcesResponse>({
    handle: (input, call) => ({
      TrafficSources: (requireGroup(input.AutoScalingGroupName, call).TargetGroupARNs ?? []).map((one) => ({
        Identifier: one,
        Type: 'elbv2',
        State: 'InService',
      })),
    }),
  }),
  AttachLoadBalancers: operation<sdk.AttachLoadBalancersType, object>({
    handle: (input, call) => {
      const group = requireGroup(input.AutoScalingGroupName, call);
      save(group, { LoadBalancerNames: [...new Set([...(group.LoadBalancerNames ?? []), ...(input.LoadBalancerNames ?? [])])] }, call);
      return {};
    },
  }),
  DetachLoadBalancers: operation<sdk.DetachLoadBalancersType, object>({
    handle: (input, call) => {
      const group = requireGroup(input.AutoScalingGroupName, call);
      save(group, { LoadBalancerNames: (group.LoadBalancerNames ?? []).filter((one) => !input.LoadBalancerNames?.includes(one)) }, call);
      return {};
    },
  }),
  DescribeLoadBalancers: operation<sdk.DescribeLoadBalancersRequest, sdk.DescribeLoadBalancersResponse>({
    handle: (input, call) => ({
      LoadBalancers: (requireGroup(input.AutoScalingGroupName, call).LoadBalancerNames ?? []).map((one) => ({
        LoadBalancerName: one,
        State: 'Added',
      })),
    }),
  }),
  SuspendProcesses: operation<sdk.ScalingProcessQuery, object>({
    handle: (input, call) => {
      const group = requireGroup(input.AutoScalingGroupName, call);
      const wanted = input.ScalingProcesses?.length ? input.ScalingProcesses : PROCESSES;
      const unknown = wanted.find((one) => !PROCESSES.includes(one));
      if (unknown !== undefined) {
        throw validation(`${unknown} is not a valid process`);
      }
      const kept = (group.SuspendedProcesses ?? []).filter((one) => !wanted.includes(one.ProcessName ?? ''));
      const added = wanted.map((ProcessName) => ({ ProcessName, SuspensionReason: '' }));
      save(group, { SuspendedProcesses: [...kept, ...added] }, call);
      return {};
    },
  }),
  ResumeProcesses: operation<sdk.ScalingProcessQuery, object>({
    handle: (input, call) => {
      const group = requireGroup(input.AutoScalingGroupName, call);
      const kept = (group.SuspendedProcesses ?? []).filter(
        (one) => input.ScalingProcesses?.length && !input.ScalingProcesses.includes(one.ProcessName ?? ''),
      );
      save(group, { SuspendedProcesses: kept }, call);
      return {};
    },
  }),
  EnableMetricsCollection: operation<sdk.EnableMetricsCollectionQuery, object>({
    handle: (input, call) => {
      const group = requireGroup(input.AutoScalingGroupName, call);
      const wanted = input.Metrics?.length ? input.Metrics : METRICS;
      save(group, { EnabledMetrics: wanted.map((Metric) => ({ Metric, Granularity: input.Granularity ?? '1Minute' })) }, call);
      return {};
    },
  }),
  DisableMetricsCollection: operation<sdk.DisableMetricsCollectionQuery, object>({
    handle: (input, call) => {
      const group = requireGroup(input.AutoScalingGroupName, call);
      save(
        group,
        {
          EnabledMetrics: input.Metrics?.length
            ? (group.EnabledMetrics ?? []).filter((one) => !input.Metrics?.includes(one.Metric ?? ''))
            : [],
        },
        call,
      );
      return {};
    },
  }),
  PutNotificationConfiguration: operation<sdk.PutNotificationConfigurationType, object>({
    handle: (input, call) => {
      const group = requireGroup(input.AutoScalingGroupName, call);
      for (const type of input.NotificationTypes ?? []) {
        groupTables(call.tables).notifications.put(inGroup(call, group.AutoScalingGroupName, `${input.TopicARN ?? ''} ${type}`), {
          AutoScalingGroupName: group.AutoScalingGroupName,
          TopicARN: input.TopicARN,
          NotificationType: type,
        });
      }
      return {};
    },
  }),
  DescribeNotificationConfigurations: operation<sdk.DescribeNotificationConfigurationsType, sdk.DescribeNotificationConfigurationsAnswer>({
    handle: (input, call) => {
      const found = groupTables(call.tables)
        .notifications.list(`${scopeKey(call)}/`)
        .filter((one) => !input.AutoScalingGroupNames?.length || input.AutoScalingGroupNames.includes(one.AutoScalingGroupName ?? ''));
      const page = pageOf(found, input.NextToken, input.MaxRecords ?? 50, invalidToken);
      return { NotificationConfigurations: page.items, NextToken: page.nextToken };
    },
  }),
  DeleteNotificationConfiguration: operation<sdk.DeleteNotificationConfigurationType, object>({
    handle: (input, call) => {
      const { notifications } = groupTables(call.tables);
      for (const [key] of notifications.entries(inGroup(call, input.AutoScalingGroupName, `${input.TopicARN ?? ''} `))) {
        notifications.delete(key);
      }
      return {};
    },
  }),
  PutWarmPool: operation<sdk.PutWarmPoolType, object>({
    handle: (input, call) => {
      const { AutoScalingGroupName: name, ...settings } = input;
      save(requireGroup(name, call), { WarmPoolConfiguration: { MinSize: 0, PoolState: 'Stopped', ...settings }, WarmPoolSize: 0 }, call);
      return {};
    },
  }),
  DescribeWarmPool: operation<sdk.DescribeWarmPoolType, sdk.DescribeWarmPoolAnswer>({
    handle: (input, call) => {
      const { WarmPoolConfiguration } = requireGroup(input.AutoScalingGroupName, call);
      return { ...(WarmPoolConfiguration ? { WarmPoolConfiguration } : {}), Instances: [] };
    },
  }),
  DeleteWarmPool: operation<sdk.DeleteWarmPoolType, object>({
    handle: (input, call) => {
      const { WarmPoolConfiguration: _pool, WarmPoolSize: _size, ...group } = requireGroup(input.AutoScalingGroupName, call);
      groupTables(call.tables).groups.put(scopeKey(call, group.AutoScalingGroupName ?? ''), group);
      return {};
    },
  }),
  StartInstanceRefresh: operation<sdk.StartInstanceRefreshType, sdk.StartInstanceRefreshAnswer>({
    handle: (input, call) => {
      const group = requireGroup(input.AutoScalingGroupName, call);
      const { refreshes } = groupTables(call.tables);
      if (
        refreshes.list(inGroup(call, group.AutoScalingGroupName)).some((one) => one.Status === 'Pending' || one.Status === 'InProgress')
      ) {
        throw new AwsError(
          'InstanceRefreshInProgressFault',
          'An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.',
        );
      }
      const id = randomUUID();
      refreshes.put(inGroup(call, group.AutoScalingGroupName, `${String(call.clock.now()).padStart(15, '0')} ${id}`), {
        InstanceRefreshId: id,
        AutoScalingGroupName: group.AutoScalingGroupName,
        Status: 'Pending',
        StartTime: call.clock.now(),
        PercentageComplete: 0,
        InstancesToUpdate: group.instances.length,
        ...(input.Preferences ? { Preferences: input.Preferences } : {}),
        ...(input.DesiredConfiguration ? { DesiredConfiguration: input.DesiredConfiguration } : {}),
      });
      void refreshGroup(call, groupWorldOf(call), call, group.AutoScalingGroupName ?? '', id);
      return { InstanceRefreshId: id };
    },
  }),
  DescribeInstanceRefreshes: operation<sdk.DescribeInstanceRefreshesType, sdk.DescribeInstanceRefreshesAnswer>({
    handle: (input, call) => {
      const group = requireGroup(input.AutoScalingGroupName, call);
      const found = groupTables(call.tables)
        .refreshes.list(inGroup(call, group.AutoScalingGroupName))
        .filter((one) => !input.InstanceRefreshIds?.length || input.InstanceRefreshIds.includes(one.InstanceRefreshId ?? ''))
        .reverse();
      const page = pageOf(found, input.NextToken, input.MaxRecords ?? 50, invalidToken);
      return { InstanceRefreshes: page.items, NextToken: page.nextToken };
    },
  }),
  CancelInstanceRefresh: operation<sdk.CancelInstanceRefreshType, sdk.CancelInstanceRefreshAnswer>({
    handle: (input, call) => {
      const group = requireGroup(input.AutoScalingGroupName, call);
      const { refreshes } = groupTables(call.tables);
      const running = refreshes
        .entries(inGroup(call, group.AutoScalingGroupName))
        .find(([, one]) => one.Status === 'Pending' || one.Status === 'InProgress');
      if (!running) {
        throw new AwsError(
          'ActiveInstanceRefreshNotFoundFault',
          'No in progress or pending Instance Refresh found for Auto Scaling group ' + (group.AutoScalingGroupName ?? ''),
        );
      }
      refreshes.put(running[0], { ...running[1], Status: 'Cancelled', EndTime: call.clock.now() });
      return { InstanceRefreshId: running[1].InstanceRefreshId };
    },
  }),
  DescribeAccountLimits: operation<object, sdk.DescribeAccountLimitsAnswer>({
    handle: (_input, call) => ({
      MaxNumberOfAutoScalingGroups: 500,
      MaxNumberOfLaunchConfigurations: 200,
      NumberOfAutoScalingGroups: groupTables(call.tables).groups.list(`${scopeKey(call)}/`).length,
      NumberOfLaunchConfigurations: groupTables(call.tables).configurations.list(`${scopeKey(call)}/`).length,
    }),
  }),
  DescribeAdjustmentTypes: operation<object, sdk.DescribeAdjustmentTypesAnswer>({
    handle: () => ({
      AdjustmentTypes: ['ChangeInCapacity', 'ExactCapacity', 'PercentChangeInCapacity'].map((AdjustmentType) => ({ AdjustmentType })),
    }),
  }),
  DescribeAutoScalingNotificationTypes: operation<object, sdk.DescribeAutoScalingNotificationTypesAnswer>({
    handle: () => ({ AutoScalingNotificationTypes: NOTIFICATIONS }),
  }),
  DescribeLifecycleHookTypes: operation<object, sdk.DescribeLifecycleHookTypesAnswer>({
    handle: () => ({ LifecycleHookTypes: ['autoscaling:EC2_INSTANCE_LAUNCHING', 'autoscaling:EC2_INSTANCE_TERMINATING'] }),
  }),
  DescribeMetricCollectionTypes: operation<object, sdk.DescribeMetricCollectionTypesAnswer>({
    handle: () => ({ Metrics: METRICS.map((Metric) => ({ Metric })), Granularities: [{ Granularity: '1Minute' }] }),
  }),
  DescribeScalingProcessTypes: operation<object, sdk.ProcessesType>({
    handle: () => ({ Processes: PROCESSES.map((ProcessName) => ({ ProcessName })) }),
  }),
  DescribeTerminationPolicyTypes: operation<object, sdk.DescribeTerminationPolicyTypesAnswer>({
    handle: () => ({ TerminationPolicyTypes: TERMINATION_POLICIES }),
  }),
};
