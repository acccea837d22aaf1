// What a service may be: the rules of CreateService and UpdateService (API reference).
import type * as sdk from '@aws-sdk/client-ecs';
import type { Timestamped } from '../../service.ts';
import { invalidParameter } from '../errors.ts';
import { isValidName } from '../names.ts';
import type { Service, TaskDefinition } from '../state.ts';

type Configuration = Timestamped<sdk.DeploymentConfiguration>;

const MAX_DESIRED = 5000;

export function checkName(name: string | undefined): void {
  if (name === undefined || name === '') {
    throw invalidParameter('Service name can not be empty.');
  }
  if (!isValidName(name)) {
    throw invalidParameter('Service name can only contain letters, numbers, hyphens and underscores, and has at most 255 characters.');
  }
}

export function checkDesiredCount(count: number | undefined): void {
  if (count !== undefined && (count < 0 || count > MAX_DESIRED)) {
    throw invalidParameter(`desiredCount must be between 0 and ${MAX_DESIRED}.`);
  }
}

/** The configuration with what ECS fills in. Throws InvalidParameterException. */
export function deploymentConfiguration(
  given: Configuration | undefined,
  before: Configuration | undefined,
  schedulingStrategy: string | undefined,
): Configuration {
  const isDaemon = schedulingStrategy === 'DAEMON';
  const configuration: Configuration = {
    deploymentCircuitBreaker: { enable: false, rollback: false },
    maximumPercent: isDaemon ? 100 : 200,
    minimumHealthyPercent: isDaemon ? 0 : 100,
    strategy: 'ROLLING',
    bakeTimeInMinutes: 0,
    ...before,
    ...given,
  };
  const { maximumPercent = 200, minimumHealthyPercent = 100 } = configuration;
  if (minimumHealthyPercent < 0 || minimumHealthyPercent > 100) {
    throw invalidParameter('minimumHealthyPercent must be between 0 and 100.');
  }
  if (maximumPercent < 100) {
    throw invalidParameter('maximumPercent must be at least 100.');
  }
  if (maximumPercent <= minimumHealthyPercent && !isDaemon) {
    throw invalidParameter('maximumPercent must be greater than minimumHealthyPercent.');
  }
  return configuration;
}

export function checkScheduling(service: Pick<Service, 'schedulingStrategy' | 'launchType'>, input: { desiredCount?: number }): void {
  if (service.schedulingStrategy !== 'REPLICA' && service.schedulingStrategy !== 'DAEMON') {
    throw invalidParameter(`Invalid scheduling strategy: ${String(service.schedulingStrategy)}. Valid values: REPLICA, DAEMON.`);
  }
  if (service.schedulingStrategy === 'DAEMON' && service.launchType === 'FARGATE') {
    throw invalidParameter('The daemon scheduling strategy is not supported for AWS Fargate.');
  }
  if (service.schedulingStrategy === 'DAEMON' && input.desiredCount !== undefined) {
    throw invalidParameter('The daemon scheduling strategy does not support a desired count.');
  }
}

export function checkLoadBalancers(service: Pick<Service, 'loadBalancers'>, definition: TaskDefinition): void {
  for (const { containerName, containerPort } of service.loadBalancers ?? []) {
    const container = definition.containerDefinitions?.find((one) => one.name === containerName);
    if (!container) {
      throw invalidParameter(`The container ${containerName ?? ''} does not exist in the task definition.`);
    }
    if (!container.portMappings?.some((mapping) => mapping.containerPort === containerPort)) {
      throw invalidParameter(`The container ${containerName ?? ''} did not have a container port ${containerPort ?? 0} defined.`);
    }
  }
}

/** Fargate chooses the place itself. */
export function checkPlacement(service: Pick<Service, 'launchType' | 'placementStrategy' | 'placementConstraints'>): void {
  if (service.launchType === 'FARGATE' && (service.placementStrategy?.length || service.placementConstraints?.length)) {
    throw invalidParameter('Placement strategies and constraints are not supported with the FARGATE launch type.');
  }
}
