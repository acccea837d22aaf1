// Deployments of a service: a new one begins, one is complete, one fails and is rolled back. Each is also a service deployment to a revision.
import { randomInt } from 'node:crypto';
import { arn, scopeKey } from '../../scope.ts';
import type { AwsContext } from '../../service.ts';
import { ecsTables, type Deployment, type Service, type ServiceDeployment } from '../state.ts';
import { scopeOf } from '../tasks/record.ts';
import { breakerThreshold } from './plan.ts';
import { primaryOf, withEvent } from './record.ts';

type Context = Pick<AwsContext, 'tables' | 'clock'>;

const ID_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-';
const ID_LENGTH = 21;

function digits(count: number): string {
  return Array.from({ length: count }, (_, index) => String(index === 0 ? randomInt(1, 10) : randomInt(10))).join('');
}

/** `demo/web`: cluster and name, as ARNs have them. */
function pathOf(service: Service): string {
  return (service.serviceArn ?? '').replace(/^.*:service\//, '');
}

function deploymentKey(serviceDeploymentArn: string): string {
  return scopeKey(scopeOf(serviceDeploymentArn), serviceDeploymentArn.replace(/^.*:service-deployment\//, ''));
}

/** Puts the service's present configuration into a new primary deployment; the one before drains. */
export function beginDeployment(context: Context, service: Service): Service {
  const now = context.clock.now();
  const scope = scopeOf(service.serviceArn ?? '');
  const id = `ecs-svc/${digits(19)}`;
  const suffix = Array.from({ length: ID_LENGTH }, () => ID_CHARACTERS[randomInt(ID_CHARACTERS.length)]).join('');
  const deploymentArn = arn('ecs', scope, `service-deployment/${pathOf(service)}/${suffix}`);
  const revisionArn = arn('ecs', scope, `service-revision/${pathOf(service)}/${digits(19)}`);
  const deployment: Deployment = {
    id,
    status: 'PRIMARY',
    taskDefinition: service.taskDefinition,
    desiredCount: service.desiredCount,
    pendingCount: 0,
    runningCount: 0,
    failedTasks: 0,
    createdAt: now,
    updatedAt: now,
    ...(service.capacityProviderStrategy?.length
      ? { capacityProviderStrategy: service.capacityProviderStrategy }
      : { launchType: service.launchType }),
    ...(service.platformVersion ? { platformVersion: service.platformVersion, platformFamily: service.platformFamily } : {}),
    ...(service.networkConfiguration ? { networkConfiguration: service.networkConfiguration } : {}),
    rolloutState: 'IN_PROGRESS',
    rolloutStateReason: `ECS deployment ${id} in progress.`,
  };
  const before = primaryOf(service);
  const memory = service.memory;
  const source = memory?.revisions[before?.id ?? '']?.revisionArn;
  const tables = ecsTables(context.tables);
  tables.serviceRevisions.put(scopeKey(scope, revisionArn.replace(/^.*:service-revision\//, '')), {
    serviceRevisionArn: revisionArn,
    serviceArn: service.serviceArn,
    clusterArn: service.clusterArn,
    taskDefinition: service.taskDefinition,
    capacityProviderStrategy: service.capacityProviderStrategy,
    launchType: service.launchType,
    platformVersion: service.platformVersion,
    platformFamily: service.platformFamily,
    loadBalancers: service.loadBalancers,
    serviceRegistries: service.serviceRegistries,
    networkConfiguration: service.networkConfiguration,
    guardDutyEnabled: false,
    createdAt: now,
  });
  tables.serviceDeployments.put(deploymentKey(deploymentArn), {
    serviceDeploymentArn: deploymentArn,
    serviceArn: service.serviceArn,
    clusterArn: service.clusterArn,
    createdAt: now,
    startedAt: now,
    updatedAt: now,
    sourceServiceRevisions: source ? [{ arn: source, requestedTaskCount: 0, runningTaskCount: 0, pendingTaskCount: 0 }] : [],
    targetServiceRevision: { arn: revisionArn, requestedTaskCount: service.desiredCount, runningTaskCount: 0, pendingTaskCount: 0 },
    status: 'IN_PROGRESS',
    deploymentConfiguration: service.deploymentConfiguration,
    deploymentCircuitBreaker: {
      status: service.deploymentConfiguration?.deploymentCircuitBreaker?.enable ? 'MONITORING' : 'DISABLED',
      failureCount: 0,
      threshold: breakerThreshold(service.desiredCount ?? 0),
    },
  });
  const drained = (service.deployments ?? []).map((one) => ({ ...one, status: 'ACTIVE', updatedAt: now }));
  return {
    ...service,
    deployments: [deployment, ...drained],
    memory: {
      request: '',
      ...memory,
      isSteady: false,
      failures: 0,
      notBefore: 0,
      revisions: { ...memory?.revisions, [id]: { deploymentArn, revisionArn } },
    },
  };
}

/** The primary deployment has reached what it was for. */
export function completeDeployment(context: Context, service: Service): Service {
  const primary = primaryOf(service);
  const now = context.clock.now();
  const record = primary && serviceDeploymentOf(context, service, primary);
  if (record) {
    const isRollback = record.status === 'ROLLBACK_IN_PROGRESS';
    changeServiceDeployment(context, record, { status: isRollback ? 'ROLLBACK_SUCCESSFUL' : 'SUCCESSFUL', finishedAt: now });
  }
  const completed: Service = {
    ...service,
    deployments: (service.deployments ?? [])
      .filter((one) => one.status === 'PRIMARY')
      .map((one) => ({
        ...one,
        rolloutState: 'COMPLETED' as const,
        rolloutStateReason: `ECS deployment ${one.id ?? ''} completed.`,
        updatedAt: now,
      })),
  };
  return withEvent(completed, `(deployment ${primary?.id ?? ''}) deployment completed.`, now);
}

/** One more task of the primary deployment could not be brought up: the circuit breaker may open. */
export function countFailure(context: Context, service: Service): Service {
  const primary = primaryOf(service);
  if (!primary || primary.rolloutState !== 'IN_PROGRESS') {
    return service;
  }
  const failedTasks = (primary.failedTasks ?? 0) + 1;
  const failed = withDeployment(service, { ...primary, failedTasks, updatedAt: context.clock.now() });
  const breaker = service.deploymentConfiguration?.deploymentCircuitBreaker;
  const threshold = breakerThreshold(service.desiredCount ?? 0);
  const record = serviceDeploymentOf(context, service, primary);
  if (record && breaker?.enable) {
    const status = failedTasks < threshold ? 'MONITORING' : 'TRIGGERED';
    changeServiceDeployment(context, record, { deploymentCircuitBreaker: { status, failureCount: failedTasks, threshold } });
  }
  return breaker?.enable && failedTasks >= threshold ? openBreaker(context, failed, breaker.rollback ?? false) : failed;
}

function openBreaker(context: Context, service: Service, rollback: boolean): Service {
  const now = context.clock.now();
  const primary = primaryOf(service);
  if (!primary) {
    return service;
  }
  const stopped = withEvent(
    withDeployment(service, {
      ...primary,
      rolloutState: 'FAILED',
      rolloutStateReason: 'ECS deployment circuit breaker: tasks failed to start.',
      updatedAt: now,
    }),
    `(deployment ${primary.id ?? ''}) deployment failed: tasks failed to start.`,
    now,
  );
  const record = serviceDeploymentOf(context, service, primary);
  const target = service.deployments?.find((one) => one.status === 'ACTIVE' && one.rolloutState === 'COMPLETED');
  if (!rollback || !target) {
    if (record) {
      changeServiceDeployment(context, record, {
        status: 'STOPPED',
        statusReason: 'Deployment circuit breaker triggered.',
        finishedAt: now,
      });
    }
    return stopped;
  }
  if (record) {
    changeServiceDeployment(context, record, {
      status: 'ROLLBACK_IN_PROGRESS',
      rollback: {
        reason: 'Service deployment rolled back because the circuit breaker threshold was exceeded.',
        startedAt: now,
        serviceRevisionArn: service.memory?.revisions[target.id ?? '']?.revisionArn,
      },
    });
  }
  const memory = service.memory;
  const restored: Service = {
    ...stopped,
    taskDefinition: target.taskDefinition,
    networkConfiguration: target.networkConfiguration ?? service.networkConfiguration,
    deployments: [
      {
        ...target,
        status: 'PRIMARY',
        rolloutState: 'IN_PROGRESS',
        rolloutStateReason: `ECS deployment circuit breaker: rolling back to deploymentId ${target.id ?? ''}.`,
        failedTasks: 0,
        updatedAt: now,
      },
      ...(stopped.deployments ?? []).filter((one) => one.id !== target.id).map((one) => ({ ...one, status: 'ACTIVE' })),
    ],
    ...(memory
      ? {
          memory: {
            ...memory,
            failures: 0,
            notBefore: 0,
            // The rollback is the end of the failed service deployment, not one of its own.
            revisions: {
              ...memory.revisions,
              [target.id ?? '']: {
                deploymentArn: memory.revisions[primary.id ?? '']?.deploymentArn ?? '',
                revisionArn: memory.revisions[target.id ?? '']?.revisionArn ?? '',
              },
            },
          },
        }
      : {}),
  };
  return withEvent(restored, `rolling back to deployment ${target.id ?? ''}.`, now);
}

function withDeployment(service: Service, deployment: Deployment): Service {
  return { ...service, deployments: service.deployments?.map((one) => (one.id === deployment.id ? deployment : one)) };
}

export function serviceDeploymentOf(context: Context, service: Service, deployment: Deployment): ServiceDeployment | undefined {
  const deploymentArn = service.memory?.revisions[deployment.id ?? '']?.deploymentArn;
  return deploymentArn === undefined ? undefined : ecsTables(context.tables).serviceDeployments.get(deploymentKey(deploymentArn));
}

function changeServiceDeployment(context: Context, record: ServiceDeployment, change: Partial<ServiceDeployment>): void {
  const changed = { ...record, ...change, updatedAt: context.clock.now() };
  ecsTables(context.tables).serviceDeployments.put(deploymentKey(record.serviceDeploymentArn ?? ''), changed);
}
