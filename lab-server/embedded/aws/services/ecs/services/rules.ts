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

const CONTROLLERS = ['ECS', 'CODE_DEPLOY', 'EXTERNAL'];

export function checkController(type: string): void {
  if (!CONTROLLERS.includes(type)) {
    throw invalidParameter(`Invalid deployment controller type: ${type}. Valid values: ${CONTROLLERS.join(', ')}.`);
  }
}

/** Members that another controller than ECS has in its hands. */
const FOREIGN = ['taskDefinition', 'networkConfiguration', 'platformVersion', 'loadBalancers', 'capacityProviderStrategy'] as const;
const FOREIGN_NAMES: Readonly<Record<(typeof FOREIGN)[number], string>> = {
  taskDefinition: 'task definition',
  networkConfiguration: 'network parameters',
  platformVersion: 'platform version',
  loadBalancers: 'load balancers',
  capacityProviderStrategy: 'capacity provider strategy',
};

/** Throws InvalidParameterException for what UpdateService may not change with CODE_DEPLOY and EXTERNAL. */
export function checkUpdate(
  service: Pick<Service, 'deploymentController' | 'taskDefinition'>,
  input: Timestamped<sdk.UpdateServiceRequest>,
): void {
  const type = service.deploymentController?.type ?? 'ECS';
  const member = type === 'ECS' ? undefined : FOREIGN.find((name) => input[name] !== undefined);
  if (member !== undefined && !(type === 'EXTERNAL' && member === 'loadBalancers' && service.taskDefinition !== undefined)) {
    throw invalidParameter(
      type === 'CODE_DEPLOY'
        ? `Unable to update ${FOREIGN_NAMES[member]} on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment.`
        : `Unable to update ${FOREIGN_NAMES[member]} on services with an EXTERNAL deployment controller.`,
    );
  }
  if (type !== 'ECS' && input.forceNewDeployment) {
    throw invalidParameter(`Cannot force a new deployment on services with a ${type} deployment controller.`);
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
  checkStrategy(configuration);
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

const STRATEGIES = ['ROLLING', 'BLUE_GREEN', 'LINEAR', 'CANARY'];
const LONGEST_BAKE_MINUTES = 1440;

function checkStrategy({
  strategy = 'ROLLING',
  bakeTimeInMinutes,
  linearConfiguration,
  canaryConfiguration,
  lifecycleHooks,
}: Configuration): void {
  if (!STRATEGIES.includes(strategy)) {
    throw invalidParameter(`Invalid deployment strategy: ${strategy}. Valid values: ${STRATEGIES.join(', ')}.`);
  }
  const within = (name: string, value: number | undefined, from: number, to: number): void => {
    if (value !== undefined && (value < from || value > to)) {
      throw invalidParameter(`${name} must be between ${from} and ${to}.`);
    }
  };
  within('bakeTimeInMinutes', bakeTimeInMinutes, 0, LONGEST_BAKE_MINUTES);
  within('stepPercent', linearConfiguration?.stepPercent, 3, 100);
  within('stepBakeTimeInMinutes', linearConfiguration?.stepBakeTimeInMinutes, 0, LONGEST_BAKE_MINUTES);
  within('canaryPercent', canaryConfiguration?.canaryPercent, 0.1, 100);
  within('canaryBakeTimeInMinutes', canaryConfiguration?.canaryBakeTimeInMinutes, 0, LONGEST_BAKE_MINUTES);
  if (linearConfiguration && strategy !== 'LINEAR') {
    throw invalidParameter('linearConfiguration is valid with the LINEAR deployment strategy only.');
  }
  if (canaryConfiguration && strategy !== 'CANARY') {
    throw invalidParameter('canaryConfiguration is valid with the CANARY deployment strategy only.');
  }
  for (const hook of lifecycleHooks ?? []) {
    if (hook.targetType !== 'PAUSE' && (hook.hookTargetArn === undefined || hook.roleArn === undefined)) {
      throw invalidParameter('A lifecycle hook needs a hookTargetArn and a roleArn.');
    }
    if (!hook.lifecycleStages?.length) {
      throw invalidParameter('A lifecycle hook needs at least one lifecycle stage.');
    }
  }
}

export function checkScheduling(service: Pick<Service, 'schedulingStrategy' | 'launchType'>, input: { desiredCount?: number }): void {
  if (service.schedulingStrategy !== 'REPLICA' && service.schedulingStrategy !== 'DAEMON') {
    throw invalidParameter(`Invalid scheduling strategy: ${String(service.schedulingStrategy)}. Valid values: REPLICA, DAEMON.`);
  }
  if (service.schedulingStrategy === 'DAEMON' && service.launchType === 'FARGATE') {
    throw invalidParameter('The daemon scheduling strategy is not supported for AWS Fargate.');
  }
  if (service.schedulingStrategy === 'DAEMON' && input.desiredCount !== undefined) {
    throw invalidParameter(
      'The daemon scheduling strategy does not support a desired count for services. Remove the desired count value and try again.',
    );
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
