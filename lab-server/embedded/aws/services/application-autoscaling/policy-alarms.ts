// The alarms of target tracking policies, as Application Auto Scaling makes them: one above the target, one below nine tenths of it.
import { randomUUID } from 'node:crypto';
import type { ScalingPolicy } from './state.ts';

export interface PolicyAlarm {
  AlarmName: string;
  [member: string]: unknown;
}

interface Metric {
  Namespace: string;
  MetricName: string;
  Dimensions: { Name: string; Value: string }[];
  Statistic: string;
  Unit?: string;
}

const HIGH_PERIODS = 3;
const LOW_PERIODS = 15;
const LOW_SHARE = 0.9;

/** The metric that a predefined or customised specification means. Undefined where nothing of it is simulated. */
function metricOf(policy: ScalingPolicy): Metric | undefined {
  const config = policy.TargetTrackingScalingPolicyConfiguration;
  const custom = config?.CustomizedMetricSpecification;
  if (custom?.MetricName !== undefined) {
    return {
      Namespace: custom.Namespace ?? '',
      MetricName: custom.MetricName,
      Dimensions: (custom.Dimensions ?? []).map(({ Name = '', Value = '' }) => ({ Name, Value })),
      Statistic: custom.Statistic ?? 'Average',
      ...(custom.Unit ? { Unit: custom.Unit } : {}),
    };
  }
  const type: string = config?.PredefinedMetricSpecification?.PredefinedMetricType ?? '';
  const [, first = '', second = ''] = (policy.ResourceId ?? '').split('/');
  switch (type) {
    case 'ECSServiceAverageCPUUtilization':
    case 'ECSServiceAverageMemoryUtilization':
      return {
        Namespace: 'AWS/ECS',
        MetricName: type.includes('CPU') ? 'CPUUtilization' : 'MemoryUtilization',
        Dimensions: [
          { Name: 'ClusterName', Value: first },
          { Name: 'ServiceName', Value: second },
        ],
        Statistic: 'Average',
      };
    case 'ALBRequestCountPerTarget': {
      const label = config?.PredefinedMetricSpecification?.ResourceLabel ?? '';
      const at = label.indexOf('/targetgroup/');
      return {
        Namespace: 'AWS/ApplicationELB',
        MetricName: 'RequestCountPerTarget',
        Dimensions: [{ Name: 'TargetGroup', Value: label.slice(at + 1) }],
        Statistic: 'Sum',
      };
    }
    case 'DynamoDBReadCapacityUtilization':
    case 'DynamoDBWriteCapacityUtilization':
      return {
        Namespace: 'AWS/DynamoDB',
        MetricName: type.includes('Read') ? 'ConsumedReadCapacityUnits' : 'ConsumedWriteCapacityUnits',
        Dimensions: [{ Name: 'TableName', Value: first }],
        Statistic: 'Sum',
      };
    default:
      return undefined;
  }
}

/** Inputs of PutMetricAlarm for a policy's alarms. */
export function alarmsOf(policy: ScalingPolicy): PolicyAlarm[] {
  const config = policy.TargetTrackingScalingPolicyConfiguration;
  const metric = metricOf(policy);
  if (!config || !metric) {
    return [];
  }
  const target = config.TargetValue ?? 0;
  const alarm = (kind: string, rest: object): PolicyAlarm => ({
    AlarmName: `TargetTracking-${policy.ResourceId ?? ''}-${kind}-${randomUUID()}`,
    AlarmDescription: `DO NOT EDIT OR DELETE. For TargetTrackingScaling policy ${policy.PolicyARN ?? ''}.`,
    AlarmActions: [policy.PolicyARN],
    Period: 60,
    ...metric,
    ...rest,
  });
  const high = alarm('AlarmHigh', { EvaluationPeriods: HIGH_PERIODS, Threshold: target, ComparisonOperator: 'GreaterThanThreshold' });
  const low = alarm('AlarmLow', {
    EvaluationPeriods: LOW_PERIODS,
    Threshold: Number((target * LOW_SHARE).toFixed(10)),
    ComparisonOperator: 'LessThanThreshold',
  });
  if (metric.Namespace !== 'AWS/DynamoDB') {
    return [high, low];
  }
  const provisioned = {
    MetricName: metric.MetricName.replace('Consumed', 'Provisioned'),
    Statistic: 'Average',
    Period: 300,
    EvaluationPeriods: 3,
    Threshold: target,
  };
  return [
    high,
    low,
    alarm('ProvisionedCapacityHigh', { ...provisioned, ComparisonOperator: 'GreaterThanThreshold' }),
    alarm('ProvisionedCapacityLow', { ...provisioned, ComparisonOperator: 'LessThanThreshold' }),
  ];
}
