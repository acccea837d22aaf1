// How a deployment ends: complete, failed and rolled back, or stopped.
import type { AwsContext } from '../../service.ts';
import type { Deployment, Service, ServiceDeployment } from '../state.ts';
import { changeServiceDeployment, serviceDeploymentOf } from './deployments.ts';
import { failureThreshold } from './plan.ts';
import { primaryOf, withEvent } from './record.ts';

type Context = Pick<AwsContext, 'tables' | 'clock'>;

/** The primary deployment has reached what it was for. */
export function completeDeployment(context: Context, service: Service): Service {
  const primary = primaryOf(service);
  const now = context.clock.now();
  const record = primary && serviceDeploymentOf(context, service, primary);
  if (record) {
    const isRollback = record.status === 'ROLLBACK_IN_PROGRESS';
    const { deploymentCircuitBreaker: breaker, alarms } = record;
    changeServiceDeployment(context, record, {
      status: isRollback ? 'ROLLBACK_SUCCESSFUL' : 'SUCCESSFUL',
      finishedAt: now,
      ...(breaker?.status === 'MONITORING' ? { deploymentCircuitBreaker: { ...breaker, status: 'MONITORING_COMPLETE' as const } } : {}),
      ...(alarms?.status === 'MONITORING' ? { alarms: { ...alarms, status: 'MONITORING_COMPLETE' as const } } : {}),
    });
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
    ...(service.memory ? { memory: withoutRollout(service.memory) } : {}),
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
  const threshold = failureThreshold(service);
  const record = serviceDeploymentOf(context, service, primary);
  if (record && breaker?.enable) {
    const status = failedTasks < threshold ? 'MONITORING' : 'TRIGGERED';
    changeServiceDeployment(context, record, { deploymentCircuitBreaker: { status, failureCount: failedTasks, threshold } });
  }
  return breaker?.enable && failedTasks >= threshold
    ? failDeployment(context, failed, {
        rollback: breaker.rollback ?? false,
        what: 'ECS deployment circuit breaker',
        said: 'tasks failed to start.',
        statusReason: 'Deployment circuit breaker triggered.',
        rollbackReason: 'Service deployment rolled back because the circuit breaker threshold was exceeded.',
      })
    : failed;
}

interface Failing {
  rollback: boolean;
  /** What noticed, as `rolloutStateReason` begins. */
  what: string;
  said: string;
  statusReason: string;
  rollbackReason: string;
  /** Of the service deployment when nothing is rolled back. */
  status?: ServiceDeployment['status'];
}

/** Ends the primary deployment; with `rollback` the service goes back to the last one that was complete. */
export function failDeployment(context: Context, service: Service, failing: Failing): Service {
  const now = context.clock.now();
  const primary = primaryOf(service);
  if (!primary) {
    return service;
  }
  const failed = withEvent(
    withDeployment(
      { ...service, ...(service.memory ? { memory: withoutRollout(service.memory) } : {}) },
      { ...primary, rolloutState: 'FAILED', rolloutStateReason: `${failing.what}: ${failing.said}`, updatedAt: now },
    ),
    `(deployment ${primary.id ?? ''}) deployment failed: ${failing.said}`,
    now,
  );
  const record = serviceDeploymentOf(context, service, primary);
  const target = service.deployments?.find((one) => one.status === 'ACTIVE' && one.rolloutState === 'COMPLETED');
  if (!failing.rollback || !target) {
    if (record) {
      changeServiceDeployment(context, record, {
        status: failing.status ?? 'STOPPED',
        statusReason: failing.statusReason,
        stoppedAt: now,
        finishedAt: now,
      });
    }
    return failed;
  }
  if (record) {
    changeServiceDeployment(context, record, {
      status: 'ROLLBACK_IN_PROGRESS',
      statusReason: failing.statusReason,
      rollback: {
        reason: failing.rollbackReason,
        startedAt: now,
        serviceRevisionArn: service.memory?.revisions[target.id ?? '']?.revisionArn,
      },
    });
  }
  return withEvent(restored(failed, primary, target, failing.what, now), `rolling back to deployment ${target.id ?? ''}.`, now);
}

/** The service with an earlier deployment as its primary one again. */
function restored(service: Service, primary: Deployment, target: Deployment, what: string, now: number): Service {
  const { memory } = service;
  return {
    ...service,
    taskDefinition: target.taskDefinition,
    networkConfiguration: target.networkConfiguration ?? service.networkConfiguration,
    deployments: [
      {
        ...target,
        status: 'PRIMARY',
        rolloutState: 'IN_PROGRESS',
        rolloutStateReason: `${what}: rolling back to deploymentId ${target.id ?? ''}.`,
        failedTasks: 0,
        updatedAt: now,
      },
      ...(service.deployments ?? []).filter((one) => one.id !== target.id).map((one) => ({ ...one, status: 'ACTIVE' })),
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
                ...memory.revisions[target.id ?? ''],
                deploymentArn: memory.revisions[primary.id ?? '']?.deploymentArn ?? '',
                revisionArn: memory.revisions[target.id ?? '']?.revisionArn ?? '',
              },
            },
          },
        }
      : {}),
  };
}

function withoutRollout(memory: NonNullable<Service['memory']>): NonNullable<Service['memory']> {
  const { rollout: _rollout, ...rest } = memory;
  return rest;
}

function withDeployment(service: Service, deployment: Deployment): Service {
  return { ...service, deployments: service.deployments?.map((one) => (one.id === deployment.id ? deployment : one)) };
}
