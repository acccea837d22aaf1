// Services: create, update, delete, describe, list.
import type * as sdk from '@aws-sdk/client-ecs';
import { pageOf } from '../../pages.ts';
import { arn, scopeKey } from '../../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../../service.ts';
import { checkTags } from '../../tags.ts';
import { invalidParameter, serviceNotFound } from '../errors.ts';
import { capacityFor } from '../launch-type.ts';
import { clusterName, idOf, requireCluster } from '../names.ts';
import { ecsTables, type Service, type TaskDefinition } from '../state.ts';
import { findTaskDefinition } from '../task-definitions.ts';
import { checkNetwork } from '../tasks/network-configuration.ts';
import { requireActiveDefinition } from '../tasks/run-task.ts';
import { worldOf } from '../world.ts';
import { checkTargetGroups } from './load-balancing.ts';
import { beginDeployment, type Asked } from './deployments.ts';
import { findService, requireService, serviceName } from './find.ts';
import { EMPTY_MEMORY, outsideService } from './outside-service.ts';
import { newTaskSet } from './task-sets.ts';
import { counted, primaryOf, saveService, shownService, tasksOfService } from './record.ts';
import {
  checkController,
  checkDesiredCount,
  checkLoadBalancers,
  checkName,
  checkPlacement,
  checkScheduling,
  checkUpdate,
  deploymentConfiguration,
} from './rules.ts';

type CreateInput = Timestamped<sdk.CreateServiceRequest>;
type UpdateInput = Timestamped<sdk.UpdateServiceRequest>;

const MAX_DESCRIBED = 10;
const DEFAULT_PAGE = 10;
const LARGEST_PAGE = 100;
const FARGATE_PLATFORM = '1.4.0';

function saved(service: Service, call: Call): { service: Service } {
  const record = saveService(call, counted(service, tasksOfService(call, service)));
  worldOf(call).scheduler.kick(record.serviceArn ?? '');
  return { service: shownService(record, ['TAGS'], call) };
}

function create(input: CreateInput, call: Call): { service: Service } {
  const cluster = requireCluster(input.cluster, call);
  checkName(input.serviceName);
  checkTags(input.tags);
  const schedulingStrategy = input.schedulingStrategy ?? 'REPLICA';
  const { clientToken: _token, ...comparable } = input;
  const request = JSON.stringify(comparable);
  const before = findService(input.serviceName, cluster, call);
  if (before?.status === 'DRAINING') {
    throw invalidParameter('Unable to Start a service that is still Draining.');
  }
  if (before?.status === 'ACTIVE') {
    if (before.memory?.request === request) {
      return { service: shownService(before, ['TAGS'], call) };
    }
    throw invalidParameter('Creation of service was not idempotent.');
  }
  const controller = input.deploymentController?.type ?? 'ECS';
  checkController(controller);
  if (controller === 'EXTERNAL' && input.taskDefinition === undefined) {
    return saved(outsideService(input, cluster, request, call), call);
  }
  if (input.taskDefinition === undefined) {
    throw invalidParameter('TaskDefinition can not be blank.');
  }
  const definition = requireActiveDefinition(input.taskDefinition, call);
  if (input.desiredCount === undefined && schedulingStrategy === 'REPLICA') {
    throw invalidParameter('The desired count must be specified for the REPLICA scheduling strategy.');
  }
  checkDesiredCount(input.desiredCount);
  const { launchType, strategy } = capacityFor(input, cluster, definition, call);
  checkNetwork(input.networkConfiguration, definition, call);
  const isFargate = launchType === 'FARGATE';
  const service: Service = {
    serviceArn: arn('ecs', call, `service/${cluster.clusterName ?? ''}/${input.serviceName ?? ''}`),
    serviceName: input.serviceName,
    clusterArn: cluster.clusterArn,
    loadBalancers: input.loadBalancers ?? [],
    serviceRegistries: input.serviceRegistries ?? [],
    status: 'ACTIVE',
    desiredCount: input.desiredCount ?? 0,
    runningCount: 0,
    pendingCount: 0,
    ...(strategy.length > 0 ? { capacityProviderStrategy: strategy } : { launchType }),
    ...(isFargate
      ? {
          platformVersion: input.platformVersion && input.platformVersion !== 'LATEST' ? input.platformVersion : FARGATE_PLATFORM,
          platformFamily: 'Linux',
        }
      : {}),
    taskDefinition: definition.taskDefinitionArn,
    deploymentConfiguration: deploymentConfiguration(input.deploymentConfiguration, undefined, schedulingStrategy),
    deployments: [],
    roleArn: input.role ?? `arn:aws:iam::${call.account}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS`,
    events: [],
    createdAt: call.clock.now(),
    placementConstraints: input.placementConstraints ?? [],
    placementStrategy: input.placementStrategy ?? [],
    ...(input.networkConfiguration ? { networkConfiguration: withDefaults(input.networkConfiguration) } : {}),
    ...(input.loadBalancers?.length ? { healthCheckGracePeriodSeconds: input.healthCheckGracePeriodSeconds ?? 0 } : {}),
    schedulingStrategy,
    deploymentController: { type: input.deploymentController?.type ?? 'ECS' },
    createdBy: call.principal.arn,
    enableECSManagedTags: input.enableECSManagedTags ?? false,
    propagateTags: input.propagateTags ?? 'NONE',
    enableExecuteCommand: input.enableExecuteCommand ?? false,
    availabilityZoneRebalancing: input.availabilityZoneRebalancing ?? (isFargate ? 'ENABLED' : 'DISABLED'),
    tags: input.tags ?? [],
  };
  if (!call.takesPlaceholders) {
    checkScheduling({ ...service, launchType }, input);
  }
  checkPlacement({ ...service, launchType });
  checkBalancers(service, definition, call);
  if (controller !== 'ECS') {
    const outside: Service = { ...service, memory: { ...EMPTY_MEMORY, request } };
    if (controller === 'CODE_DEPLOY') {
      newTaskSet(
        outside,
        {
          taskDefinition: outside.taskDefinition,
          status: 'PRIMARY',
          startedBy: 'CODE_DEPLOY',
          ...(strategy.length > 0 ? { capacityProviderStrategy: strategy } : { launchType }),
          platformVersion: outside.platformVersion,
          networkConfiguration: outside.networkConfiguration,
          loadBalancers: outside.loadBalancers,
          serviceRegistries: outside.serviceRegistries,
          scale: { value: 100, unit: 'PERCENT' },
        },
        call,
      );
    }
    return saved(outside, call);
  }
  const begun = beginDeployment(call, service, askedOf(input, undefined));
  return saved(begun.memory ? { ...begun, memory: { ...begun.memory, request } } : begun, call);
}

function checkBalancers(service: Service, definition: TaskDefinition, call: Call): void {
  if (!call.takesPlaceholders) {
    checkLoadBalancers(service, definition);
  }
  checkTargetGroups(service, definition, call);
}

/** What only deployments show: as asked for now, else as it was. */
function askedOf(input: CreateInput | UpdateInput, before: Service | undefined): Asked {
  const last = before && primaryOf(before);
  return {
    serviceConnectConfiguration: input.serviceConnectConfiguration ?? last?.serviceConnectConfiguration,
    volumeConfigurations: input.volumeConfigurations ?? last?.volumeConfigurations,
    vpcLatticeConfigurations: input.vpcLatticeConfigurations ?? last?.vpcLatticeConfigurations,
  };
}

function withDefaults(configuration: NonNullable<CreateInput['networkConfiguration']>): NonNullable<CreateInput['networkConfiguration']> {
  const vpc = configuration.awsvpcConfiguration;
  return vpc
    ? { awsvpcConfiguration: { ...vpc, securityGroups: vpc.securityGroups ?? [], assignPublicIp: vpc.assignPublicIp ?? 'DISABLED' } }
    : configuration;
}

/** Members whose change makes a new deployment. */
const DEPLOYED = [
  'taskDefinition',
  'networkConfiguration',
  'platformVersion',
  'capacityProviderStrategy',
  'loadBalancers',
  'serviceRegistries',
] as const;

function update(input: UpdateInput, call: Call): { service: Service } {
  const cluster = requireCluster(input.cluster, call);
  const service = requireService(input.service, cluster, call);
  checkDesiredCount(input.desiredCount);
  checkUpdate(service, input);
  if (service.deploymentController?.type === 'EXTERNAL' && service.taskDefinition === undefined) {
    return saved(
      {
        ...service,
        desiredCount: input.desiredCount ?? service.desiredCount,
        healthCheckGracePeriodSeconds: input.healthCheckGracePeriodSeconds ?? service.healthCheckGracePeriodSeconds,
        enableExecuteCommand: input.enableExecuteCommand ?? service.enableExecuteCommand,
      },
      call,
    );
  }
  if (service.schedulingStrategy === 'DAEMON' && input.desiredCount !== undefined) {
    throw invalidParameter(
      'The daemon scheduling strategy does not support a desired count for services. Remove the desired count value and try again.',
    );
  }
  const definition =
    input.taskDefinition === undefined
      ? findTaskDefinition(service.taskDefinition ?? '', call)
      : requireActiveDefinition(input.taskDefinition, call);
  if (!definition) {
    throw invalidParameter('The task definition of the service does not exist any more.');
  }
  if (input.capacityProviderStrategy?.length) {
    capacityFor({ capacityProviderStrategy: input.capacityProviderStrategy }, cluster, definition, call);
  } else {
    capacityFor({ launchType: service.launchType, capacityProviderStrategy: service.capacityProviderStrategy }, cluster, definition, call);
  }
  const networkConfiguration = input.networkConfiguration ? withDefaults(input.networkConfiguration) : service.networkConfiguration;
  checkNetwork(networkConfiguration, definition, call);
  const changed: Service = {
    ...service,
    desiredCount: input.desiredCount ?? service.desiredCount,
    taskDefinition: definition.taskDefinitionArn,
    networkConfiguration,
    deploymentConfiguration: deploymentConfiguration(
      input.deploymentConfiguration,
      service.deploymentConfiguration,
      service.schedulingStrategy,
    ),
    platformVersion: input.platformVersion && input.platformVersion !== 'LATEST' ? input.platformVersion : service.platformVersion,
    placementConstraints: input.placementConstraints ?? service.placementConstraints,
    placementStrategy: input.placementStrategy ?? service.placementStrategy,
    loadBalancers: input.loadBalancers ?? service.loadBalancers,
    serviceRegistries: input.serviceRegistries ?? service.serviceRegistries,
    healthCheckGracePeriodSeconds: input.healthCheckGracePeriodSeconds ?? service.healthCheckGracePeriodSeconds,
    enableExecuteCommand: input.enableExecuteCommand ?? service.enableExecuteCommand,
    enableECSManagedTags: input.enableECSManagedTags ?? service.enableECSManagedTags,
    propagateTags: input.propagateTags ?? service.propagateTags,
    availabilityZoneRebalancing: input.availabilityZoneRebalancing ?? service.availabilityZoneRebalancing,
    ...(input.capacityProviderStrategy?.length ? { capacityProviderStrategy: input.capacityProviderStrategy, launchType: undefined } : {}),
    ...(service.memory ? { memory: { ...service.memory, isSteady: false } } : {}),
  };
  checkBalancers(changed, definition, call);
  const asked = askedOf(input, service);
  const isNew =
    (input.forceNewDeployment ?? false) ||
    JSON.stringify(asked) !== JSON.stringify(askedOf({} as UpdateInput, service)) ||
    DEPLOYED.some((member) => JSON.stringify(changed[member]) !== JSON.stringify(service[member]));
  const isOurs = (service.deploymentController?.type ?? 'ECS') === 'ECS';
  return saved(isNew && isOurs ? beginDeployment(call, changed, asked) : changed, call);
}

function remove(input: Timestamped<sdk.DeleteServiceRequest>, call: Call): { service: Service } {
  const cluster = requireCluster(input.cluster, call);
  const service = findService(input.service, cluster, call);
  if (!service || service.status === 'INACTIVE') {
    throw serviceNotFound();
  }
  if (!input.force && service.schedulingStrategy !== 'DAEMON' && (service.desiredCount ?? 0) > 0) {
    throw invalidParameter('The service cannot be stopped while it is scaled above 0.');
  }
  return saved({ ...service, status: 'DRAINING', desiredCount: 0 }, call);
}

function describe(
  input: Timestamped<sdk.DescribeServicesRequest>,
  call: Call,
): Timestamped<Omit<sdk.DescribeServicesResponse, '$metadata'>> {
  const cluster = requireCluster(input.cluster, call);
  const references = input.services ?? [];
  if (references.length === 0) {
    throw invalidParameter('Services cannot be empty.');
  }
  if (references.length > MAX_DESCRIBED) {
    throw invalidParameter(`services can have at most ${MAX_DESCRIBED} items.`);
  }
  const services: Service[] = [];
  const failures: sdk.Failure[] = [];
  for (const reference of references) {
    const service = findService(reference, cluster, call);
    if (service) {
      services.push(shownService(counted(service, tasksOfService(call, service)), input.include ?? [], call));
    } else {
      failures.push({ arn: arn('ecs', call, `service/${cluster.clusterName ?? ''}/${serviceName(reference)}`), reason: 'MISSING' });
    }
  }
  return { services, failures };
}

function list(input: Timestamped<sdk.ListServicesRequest>, call: Call): Timestamped<Omit<sdk.ListServicesResponse, '$metadata'>> {
  const cluster = requireCluster(input.cluster, call);
  if (input.maxResults !== undefined && (input.maxResults < 1 || input.maxResults > LARGEST_PAGE)) {
    throw invalidParameter(`maxResults must be between 1 and ${LARGEST_PAGE}.`);
  }
  const arns = ecsTables(call.tables)
    .services.list(`${scopeKey(call, cluster.clusterName ?? '')}/`)
    .filter(
      (service) =>
        service.status !== 'INACTIVE' &&
        (input.launchType === undefined || service.launchType === input.launchType) &&
        (input.schedulingStrategy === undefined || service.schedulingStrategy === input.schedulingStrategy),
    )
    .map((service) => service.serviceArn ?? '');
  const page = pageOf(arns, input.nextToken, input.maxResults ?? DEFAULT_PAGE);
  return { serviceArns: page.items, nextToken: page.nextToken };
}

const onService = (action: string) => (input: { cluster?: string; service?: string; serviceName?: string }, call: Call) => [
  {
    action: `ecs:${action}`,
    resource: arn('ecs', call, `service/${clusterName(input.cluster)}/${serviceName(input.service ?? input.serviceName ?? '')}`),
  },
];

export const serviceOperations: Readonly<Record<string, Operation>> = {
  CreateService: operation<sdk.CreateServiceRequest, sdk.CreateServiceResponse>({ authorize: onService('CreateService'), handle: create }),
  UpdateService: operation<sdk.UpdateServiceRequest, sdk.UpdateServiceResponse>({ authorize: onService('UpdateService'), handle: update }),
  DeleteService: operation<sdk.DeleteServiceRequest, sdk.DeleteServiceResponse>({ authorize: onService('DeleteService'), handle: remove }),
  ListServicesByNamespace: operation<sdk.ListServicesByNamespaceRequest, sdk.ListServicesByNamespaceResponse>({
    handle: (input, call) => {
      const wanted = idOf(input.namespace ?? '');
      const arns = ecsTables(call.tables)
        .services.list(`${scopeKey(call)}/`)
        .filter(
          (service) => service.status === 'ACTIVE' && idOf(primaryOf(service)?.serviceConnectConfiguration?.namespace ?? '') === wanted,
        )
        .map((service) => service.serviceArn ?? '');
      const page = pageOf(arns, input.nextToken, input.maxResults ?? DEFAULT_PAGE);
      return { serviceArns: page.items, nextToken: page.nextToken };
    },
  }),
  DescribeServices: operation<sdk.DescribeServicesRequest, sdk.DescribeServicesResponse>({ handle: describe }),
  ListServices: operation<sdk.ListServicesRequest, sdk.ListServicesResponse>({ handle: list }),
};
