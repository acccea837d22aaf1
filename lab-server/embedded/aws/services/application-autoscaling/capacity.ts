// The capacity of what is scaled. ECS services are really scaled; targets of other services are kept.
import { AwsError } from '../../gateway/errors.ts';
import { ecsTables, type Service } from '../ecs/state.ts';
import { scopeKey, type Scope } from '../scope.ts';
import type { AwsContext, Principal } from '../service.ts';
import type { Place } from './state.ts';

function serviceOf(context: Pick<AwsContext, 'tables'>, scope: Scope, place: Place): Service | undefined {
  const [, cluster = '', service = ''] = (place.ResourceId ?? '').split('/');
  return place.ServiceNamespace === 'ecs' ? ecsTables(context.tables).services.get(scopeKey(scope, cluster, service)) : undefined;
}

/** Throws for an ECS service that does not exist. */
export function requireResource(place: Place, call: Pick<AwsContext, 'tables'> & Scope): void {
  if (place.ServiceNamespace !== 'ecs') {
    return;
  }
  const [, cluster = ''] = (place.ResourceId ?? '').split('/');
  if (ecsTables(call.tables).clusters.get(scopeKey(call, cluster))?.status !== 'ACTIVE') {
    throw new AwsError('ClusterNotFoundException', 'Cluster not found.', { status: 400 });
  }
  const service = serviceOf(call, call, place);
  if (!service || service.status === 'INACTIVE') {
    throw new AwsError('ValidationException', `ECS service doesn't exist: ${place.ResourceId ?? ''}`);
  }
}

/** Undefined for resources that are not simulated. */
export function capacityOf(context: Pick<AwsContext, 'tables'>, scope: Scope, place: Place): number | undefined {
  return serviceOf(context, scope, place)?.desiredCount;
}

/** Sets the desired count of a service, as the service-linked role of Application Auto Scaling. */
export async function changeCapacity(context: AwsContext, scope: Scope, place: Place, capacity: number): Promise<void> {
  const [, cluster = '', service = ''] = (place.ResourceId ?? '').split('/');
  await context.call(
    'ecs',
    'UpdateService',
    { cluster, service, desiredCount: capacity },
    { principal: linkedRole(scope.account), region: scope.region },
  );
}

/** Who acts: it may do everything here, since its policies are AWS's own. */
export function linkedRole(account: string): Principal {
  return {
    account,
    arn: `arn:aws:iam::${account}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService`,
    userId: account,
    accessKeyId: '',
    isRoot: true,
  };
}
