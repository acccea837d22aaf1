// A service with an outside deployment controller as it begins.
import type * as sdk from '@aws-sdk/client-ecs';
import { arn } from '../../scope.ts';
import type { Call, Timestamped } from '../../service.ts';
import type { Cluster, Service } from '../state.ts';
import { checkDesiredCount } from './rules.ts';

type CreateInput = Timestamped<sdk.CreateServiceRequest>;

/** Of a service that has no deployments of its own. */
export const EMPTY_MEMORY: NonNullable<Service['memory']> = { request: '', isSteady: false, failures: 0, notBefore: 0, revisions: {} };

/** A service without a task definition of its own: its task sets bring theirs. */
export function outsideService(input: CreateInput, cluster: Cluster, request: string, call: Call): Service {
  checkDesiredCount(input.desiredCount);
  return {
    serviceArn: arn('ecs', call, `service/${cluster.clusterName ?? ''}/${input.serviceName ?? ''}`),
    serviceName: input.serviceName,
    clusterArn: cluster.clusterArn,
    loadBalancers: input.loadBalancers ?? [],
    serviceRegistries: input.serviceRegistries ?? [],
    status: 'ACTIVE',
    desiredCount: input.desiredCount ?? 0,
    runningCount: 0,
    pendingCount: 0,
    deployments: [],
    roleArn: input.role ?? `arn:aws:iam::${call.account}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS`,
    events: [],
    createdAt: call.clock.now(),
    placementConstraints: input.placementConstraints ?? [],
    placementStrategy: input.placementStrategy ?? [],
    schedulingStrategy: input.schedulingStrategy ?? 'REPLICA',
    deploymentController: { type: 'EXTERNAL' },
    createdBy: call.principal.arn,
    enableECSManagedTags: input.enableECSManagedTags ?? false,
    propagateTags: input.propagateTags ?? 'NONE',
    enableExecuteCommand: input.enableExecuteCommand ?? false,
    availabilityZoneRebalancing: input.availabilityZoneRebalancing ?? 'DISABLED',
    tags: input.tags ?? [],
    memory: { ...EMPTY_MEMORY, request },
  };
}
