// The health of a target as it is shown: what its checks found, unless something else decides.
import type * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import { instancesTable } from '../ec2/instance-table.ts';
import { scopeKey } from '../scope.ts';
import type { AwsContext, Timestamped } from '../service.ts';
import { balancersOf, elbTables, keyOf, scopeOfArn, type Target, type TargetGroup } from './state.ts';

type Health = Timestamped<sdk.TargetHealth>;

/** A target's health with its reason, as DescribeTargetHealth gives it. */
export function stateOf(context: Pick<AwsContext, 'tables'>, group: TargetGroup, target: Target): Health {
  if (target.state === 'draining') {
    return { State: 'draining', Reason: target.reason as sdk.TargetHealthReasonEnum, Description: target.description };
  }
  const unused = (Reason: sdk.TargetHealthReasonEnum, Description: string): Health => ({ State: 'unused', Reason, Description });
  if (group.TargetType === 'instance') {
    const instance = instancesTable(context.tables).get(scopeKey(scopeOfArn(target.groupArn), target.id));
    const name = instance?.State?.Name;
    if (name !== 'running' && name !== 'pending') {
      return unused('Target.InvalidState', `Target is in the ${name ?? 'terminated'} state`);
    }
  }
  const balancers = balancersOf(context.tables, target.groupArn).flatMap(
    (arn) => elbTables(context.tables).loadBalancers.get(keyOf(arn)) ?? [],
  );
  if (balancers.length === 0) {
    return unused('Target.NotInUse', 'Target group is not configured to receive traffic from the load balancer');
  }
  const zone = zoneOfTarget(context, group, target);
  if (zone !== undefined && !balancers.some((one) => one.AvailabilityZones?.some((enabled) => enabled.ZoneName === zone))) {
    return unused('Target.NotInUse', 'Target is in an Availability Zone that is not enabled for the load balancer');
  }
  if (group.HealthCheckEnabled === false) {
    return { State: 'unavailable', Reason: 'Target.HealthCheckDisabled', Description: 'Health checks are not enabled for this target' };
  }
  return {
    State: target.state,
    ...(target.reason === undefined ? {} : { Reason: target.reason as sdk.TargetHealthReasonEnum }),
    ...(target.description === undefined ? {} : { Description: target.description }),
  };
}

function zoneOfTarget(context: Pick<AwsContext, 'tables'>, group: TargetGroup, target: Target): string | undefined {
  return group.TargetType === 'instance'
    ? instancesTable(context.tables).get(scopeKey(scopeOfArn(target.groupArn), target.id))?.Placement?.AvailabilityZone
    : undefined;
}
