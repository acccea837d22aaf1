// Scaling policies: target tracking with alarms of their own, and steps for alarms of the user's.
import { randomUUID } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-application-auto-scaling';
import { AwsError } from '../../gateway/errors.ts';
import { pageOf } from '../pages.ts';
import { arn, scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { cloudWatchTables } from '../cloudwatch/state.ts';
import { linkedRole } from './capacity.ts';
import { alarmsOf } from './policy-alarms.ts';
import { scalingWorldOf } from './scaling.ts';
import { namedKey, scalingTables, type ScalingPolicy } from './state.ts';
import { requireTarget } from './targets.ts';
import { checkPlace, validation } from './validation.ts';

const PAGE = 50;

/** The record as answers show it: alarms that name a step policy belong to it. */
function shown({ lastScaledAt: _last, ...policy }: ScalingPolicy, call: Call): Timestamped<sdk.ScalingPolicy> {
  if (policy.PolicyType !== 'StepScaling') {
    return policy;
  }
  const alarms = cloudWatchTables(call.tables)
    .alarms.list(`${scopeKey(call)}/`)
    .filter(({ alarm }) => alarm.AlarmActions?.includes(policy.PolicyARN ?? ''));
  return { ...policy, Alarms: alarms.map(({ alarm }) => ({ AlarmName: alarm.AlarmName, AlarmARN: alarm.AlarmArn })) };
}

async function put(input: Timestamped<sdk.PutScalingPolicyRequest>, call: Call): Promise<{ PolicyARN: string; Alarms: sdk.Alarm[] }> {
  checkPlace(input);
  requireTarget(input, call);
  const { policies } = scalingTables(call.tables);
  const key = namedKey(call, input, input.PolicyName ?? '');
  const before = policies.get(key);
  const type = input.PolicyType ?? before?.PolicyType ?? 'StepScaling';
  if (type === 'StepScaling' && !input.StepScalingPolicyConfiguration && !before) {
    throw validation('StepScalingPolicyConfiguration must be specified for policies of type StepScaling.');
  }
  const tracking = input.TargetTrackingScalingPolicyConfiguration ?? before?.TargetTrackingScalingPolicyConfiguration;
  if (type === 'TargetTrackingScaling') {
    if (!tracking) {
      throw validation('TargetTrackingScalingPolicyConfiguration must be specified for policies of type TargetTrackingScaling.');
    }
    if (!tracking.PredefinedMetricSpecification === !tracking.CustomizedMetricSpecification) {
      throw validation('Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification must be specified.');
    }
  }
  const { ServiceNamespace, ResourceId, ScalableDimension, PolicyName } = input;
  const policy: ScalingPolicy = {
    PolicyARN:
      before?.PolicyARN ??
      arn(
        'autoscaling',
        call,
        `scalingPolicy:${randomUUID()}:resource/${ServiceNamespace ?? ''}/${ResourceId ?? ''}:policyName/${PolicyName ?? ''}`,
      ),
    PolicyName,
    ServiceNamespace,
    ResourceId,
    ScalableDimension,
    PolicyType: type,
    CreationTime: before?.CreationTime ?? call.clock.now(),
    ...(type === 'TargetTrackingScaling' && tracking ? { TargetTrackingScalingPolicyConfiguration: tracking } : {}),
    ...(type === 'StepScaling'
      ? { StepScalingPolicyConfiguration: input.StepScalingPolicyConfiguration ?? before?.StepScalingPolicyConfiguration }
      : {}),
    ...(input.PredictiveScalingPolicyConfiguration
      ? { PredictiveScalingPolicyConfiguration: input.PredictiveScalingPolicyConfiguration }
      : {}),
    Alarms: [],
  };
  if (before) {
    scalingWorldOf(call).deleteAlarms(call, before);
  }
  const made = alarmsOf(policy);
  policies.put(key, {
    ...policy,
    Alarms: made.map(({ AlarmName }) => ({ AlarmName, AlarmARN: arn('cloudwatch', call, `alarm:${AlarmName}`) })),
  });
  for (const alarm of made) {
    await call.call('monitoring', 'PutMetricAlarm', alarm, { principal: linkedRole(call.account), region: call.region });
  }
  return { PolicyARN: policy.PolicyARN ?? '', Alarms: policies.get(key)?.Alarms ?? [] };
}

export const policyOperations: Readonly<Record<string, Operation>> = {
  PutScalingPolicy: operation<sdk.PutScalingPolicyRequest, sdk.PutScalingPolicyResponse>({ handle: put }),
  DescribeScalingPolicies: operation<sdk.DescribeScalingPoliciesRequest, sdk.DescribeScalingPoliciesResponse>({
    handle: (input, call) => {
      checkPlace(input);
      const found = scalingTables(call.tables)
        .policies.list(`${scopeKey(call, input.ServiceNamespace ?? '')}/`)
        .filter(
          (policy) =>
            (!input.PolicyNames?.length || input.PolicyNames.includes(policy.PolicyName ?? '')) &&
            (input.ResourceId === undefined || policy.ResourceId === input.ResourceId) &&
            (input.ScalableDimension === undefined || policy.ScalableDimension === input.ScalableDimension),
        );
      const invalid = (): AwsError => new AwsError('InvalidNextTokenException', 'The next token specified is invalid.');
      const page = pageOf(found, input.NextToken, input.MaxResults ?? PAGE, invalid);
      return { ScalingPolicies: page.items.map((policy) => shown(policy, call)), NextToken: page.nextToken };
    },
  }),
  DeleteScalingPolicy: operation<sdk.DeleteScalingPolicyRequest, object>({
    handle: (input, call) => {
      checkPlace(input);
      const key = namedKey(call, input, input.PolicyName ?? '');
      const policy = scalingTables(call.tables).policies.get(key);
      if (!policy) {
        throw new AwsError(
          'ObjectNotFoundException',
          `No scaling policy found for service namespace: ${input.ServiceNamespace ?? ''}, resource ID: ${input.ResourceId ?? ''}, scalable dimension: ${input.ScalableDimension ?? ''}, policy name: ${input.PolicyName ?? ''}`,
        );
      }
      scalingWorldOf(call).deleteAlarms(call, policy);
      scalingTables(call.tables).policies.delete(key);
      return {};
    },
  }),
};
