// Scaling policies, scheduled actions and lifecycle hooks of groups.
import { randomUUID } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-auto-scaling';
import { cloudWatchTables } from '../cloudwatch/state.ts';
import { pageOf } from '../pages.ts';
import { arn, scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { invalidToken } from './groups.ts';
import { applyPolicy, policyCapacity } from './policy-run.ts';
import { counts, groupRole, groupTables, inGroup, requireGroup, validation, type Policy } from './state.ts';
import { groupWorldOf } from './world.ts';

const PAGE = 50;
const ADJUSTMENTS = ['ChangeInCapacity', 'ExactCapacity', 'PercentChangeInCapacity'];

function find(name: string | undefined, group: string | undefined, call: Call): [string, Policy] {
  const prefix = group === undefined ? `${scopeKey(call)}/` : inGroup(call, group);
  const found = groupTables(call.tables)
    .policies.entries(prefix)
    .find(([, policy]) => policy.PolicyName === name || policy.PolicyARN === name);
  if (!found) {
    throw validation(`PolicyName not found - ScalingPolicy ${name ?? ''} not found`);
  }
  return found;
}

/** The record as answers show it: with the alarms that name it. */
function shown(policy: Policy, call: Call): Policy {
  const alarms = cloudWatchTables(call.tables)
    .alarms.list(`${scopeKey(call)}/`)
    .filter(({ alarm }) => alarm.AlarmActions?.includes(policy.PolicyARN ?? ''));
  return { ...policy, Alarms: alarms.map(({ alarm }) => ({ AlarmName: alarm.AlarmName, AlarmARN: alarm.AlarmArn })) };
}

const METRICS: Readonly<Record<string, string>> = {
  ASGAverageCPUUtilization: 'CPUUtilization',
  ASGAverageNetworkIn: 'NetworkIn',
  ASGAverageNetworkOut: 'NetworkOut',
};

async function makeAlarms(policy: Policy, call: Call): Promise<void> {
  const config = policy.TargetTrackingConfiguration;
  const custom = config?.CustomizedMetricSpecification;
  const metric = METRICS[config?.PredefinedMetricSpecification?.PredefinedMetricType ?? ''];
  if (!config || (!metric && !custom?.MetricName)) {
    return;
  }
  const source = custom?.MetricName
    ? {
        Namespace: custom.Namespace,
        MetricName: custom.MetricName,
        Dimensions: custom.Dimensions ?? [],
        Statistic: custom.Statistic ?? 'Average',
      }
    : {
        Namespace: 'AWS/EC2',
        MetricName: metric,
        Dimensions: [{ Name: 'AutoScalingGroupName', Value: policy.AutoScalingGroupName ?? '' }],
        Statistic: 'Average',
      };
  const target = config.TargetValue ?? 0;
  for (const [kind, rest] of [
    ['AlarmHigh', { EvaluationPeriods: 3, Threshold: target, ComparisonOperator: 'GreaterThanThreshold' }],
    ['AlarmLow', { EvaluationPeriods: 15, Threshold: target * 0.9, ComparisonOperator: 'LessThanThreshold' }],
  ] as const) {
    const AlarmName = `TargetTracking-${policy.AutoScalingGroupName ?? ''}-${kind}-${randomUUID()}`;
    await call.call(
      'monitoring',
      'PutMetricAlarm',
      { AlarmName, Period: 60, AlarmActions: [policy.PolicyARN], ...source, ...rest },
      { principal: groupRole(call.account), region: call.region },
    );
  }
}

async function dropAlarms(policy: Policy, call: Call): Promise<void> {
  const AlarmNames = shown(policy, call).Alarms?.map((alarm) => alarm.AlarmName ?? '') ?? [];
  if (policy.PolicyType === 'TargetTrackingScaling' && AlarmNames.length > 0) {
    await call.call('monitoring', 'DeleteAlarms', { AlarmNames }, { principal: groupRole(call.account), region: call.region });
  }
}

async function put(input: Timestamped<sdk.PutScalingPolicyType>, call: Call): Promise<Timestamped<Omit<sdk.PolicyARNType, '$metadata'>>> {
  const group = requireGroup(input.AutoScalingGroupName, call);
  const type = input.PolicyType ?? 'SimpleScaling';
  if (type === 'TargetTrackingScaling' && !input.TargetTrackingConfiguration) {
    throw validation('TargetTrackingConfiguration must be specified for policies of type TargetTrackingScaling');
  }
  if (type !== 'TargetTrackingScaling' && type !== 'PredictiveScaling' && !ADJUSTMENTS.includes(input.AdjustmentType ?? '')) {
    throw validation(`Adjustment type ${input.AdjustmentType ?? 'null'} is not valid; valid ones are: ${ADJUSTMENTS.join(', ')}`);
  }
  const name = input.PolicyName ?? '';
  const { policies } = groupTables(call.tables);
  const key = inGroup(call, group.AutoScalingGroupName, name);
  const before = policies.get(key);
  const policy: Policy = {
    ...input,
    PolicyType: type,
    PolicyARN:
      before?.PolicyARN ??
      arn('autoscaling', call, `scalingPolicy:${randomUUID()}:autoScalingGroupName/${group.AutoScalingGroupName ?? ''}:policyName/${name}`),
    ...(type === 'SimpleScaling' ? { Cooldown: input.Cooldown ?? group.DefaultCooldown } : {}),
    StepAdjustments: input.StepAdjustments ?? [],
    Enabled: input.Enabled ?? true,
    Alarms: [],
  };
  if (before) {
    await dropAlarms(before, call);
  }
  policies.put(key, policy);
  await makeAlarms(policy, call);
  return { PolicyARN: policy.PolicyARN, Alarms: shown(policy, call).Alarms };
}

export const policyOperations: Readonly<Record<string, Operation>> = {
  PutScalingPolicy: operation<sdk.PutScalingPolicyType, sdk.PolicyARNType>({ handle: put }),
  DescribePolicies: operation<sdk.DescribePoliciesType, sdk.PoliciesType>({
    handle: (input, call) => {
      const prefix = input.AutoScalingGroupName === undefined ? `${scopeKey(call)}/` : inGroup(call, input.AutoScalingGroupName);
      const found = groupTables(call.tables)
        .policies.list(prefix)
        .filter(
          (policy) =>
            (!input.PolicyNames?.length ||
              input.PolicyNames.includes(policy.PolicyName ?? '') ||
              input.PolicyNames.includes(policy.PolicyARN ?? '')) &&
            (!input.PolicyTypes?.length || input.PolicyTypes.includes(policy.PolicyType ?? '')),
        );
      const page = pageOf(found, input.NextToken, input.MaxRecords ?? PAGE, invalidToken);
      return { ScalingPolicies: page.items.map((policy) => shown(policy, call)), NextToken: page.nextToken };
    },
  }),
  DeletePolicy: operation<sdk.DeletePolicyType, object>({
    handle: async (input, call) => {
      const [key, policy] = find(input.PolicyName, input.AutoScalingGroupName, call);
      await dropAlarms(policy, call);
      groupTables(call.tables).policies.delete(key);
      return {};
    },
  }),
  ExecutePolicy: operation<sdk.ExecutePolicyType, object>({
    handle: async (input, call) => {
      const [, policy] = find(input.PolicyName, input.AutoScalingGroupName, call);
      const group = requireGroup(policy.AutoScalingGroupName, call);
      const current = group.instances.filter(counts).length;
      const wanted = policyCapacity(policy, current, (input.MetricValue ?? 0) - (input.BreachThreshold ?? 0));
      if (wanted !== undefined) {
        const cause = `a user request executed policy ${policy.PolicyName ?? ''}`;
        applyPolicy(call, groupWorldOf(call), call, group, policy, wanted, cause, input.HonorCooldown ?? false);
        await groupWorldOf(call).reconcile(call, group.AutoScalingGroupName ?? '');
      }
      return {};
    },
  }),
};
