// Express Mode (API reference, CreateExpressGatewayService): an image and two roles become a Fargate service behind a shared load balancer that scales.
import { randomBytes } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-ecs';
import { AwsError } from '../../../gateway/errors.ts';
import { elbTables, keyOf } from '../../elbv2/state.ts';
import { operation, type AwsContext, type Call, type Operation, type Timestamped } from '../../service.ts';
import { checkTags } from '../../tags.ts';
import { invalidParameter } from '../errors.ts';
import { requireCluster } from '../names.ts';
import { ecsTables, type Service, type TaskDefinition } from '../state.ts';
import { expressKey, expressServices, type ExpressConfiguration, type ExpressService } from './record.ts';
import { asInfrastructure, makeResources, placeFor, removeResources, scale } from './resources.ts';

type Answer<T> = Timestamped<Omit<T, '$metadata'>>;
type CreateInput = Timestamped<sdk.CreateExpressGatewayServiceRequest>;
type Asked = Omit<Timestamped<sdk.UpdateExpressGatewayServiceRequest>, 'serviceArn'>;

const DEFAULT_PORT = 80;
const DEFAULT_HEALTH_PATH = '/ping';
const DEFAULT_SCALING = { minTaskCount: 1, maxTaskCount: 20, autoScalingMetric: 'AVERAGE_CPU' as const, autoScalingTargetValue: 60 };
const DEFAULT_SIZE = { cpu: '1024', memory: '2048' };
/** New versions of an Express service come as canaries. */
const DEPLOYMENT = {
  strategy: 'CANARY',
  canaryConfiguration: { canaryPercent: 5, canaryBakeTimeInMinutes: 3 },
  bakeTimeInMinutes: 3,
  maximumPercent: 200,
  minimumHealthyPercent: 100,
};
const MAIN = 'Main';

/** What holds after a request: given members, else those of before, else the defaults. */
function merged(before: ExpressConfiguration | undefined, asked: Asked): ExpressConfiguration {
  const container = asked.primaryContainer ?? before?.primaryContainer;
  return {
    executionRoleArn: asked.executionRoleArn ?? before?.executionRoleArn,
    taskRoleArn: asked.taskRoleArn ?? before?.taskRoleArn,
    cpu: asked.cpu ?? before?.cpu ?? DEFAULT_SIZE.cpu,
    memory: asked.memory ?? before?.memory ?? DEFAULT_SIZE.memory,
    networkConfiguration: asked.networkConfiguration ?? before?.networkConfiguration,
    healthCheckPath: asked.healthCheckPath ?? before?.healthCheckPath ?? DEFAULT_HEALTH_PATH,
    primaryContainer: container && { ...container, containerPort: container.containerPort ?? DEFAULT_PORT },
    scalingTarget: { ...DEFAULT_SCALING, ...before?.scalingTarget, ...asked.scalingTarget },
  };
}

async function registerDefinition(family: string, wanted: ExpressConfiguration, call: Call): Promise<TaskDefinition> {
  const { primaryContainer: main, cpu, memory, executionRoleArn, taskRoleArn } = wanted;
  const logs = main?.awsLogsConfiguration;
  const { taskDefinition } = await asInfrastructure<{ taskDefinition: TaskDefinition }>(call, 'ecs', 'RegisterTaskDefinition', {
    family,
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu,
    memory,
    executionRoleArn,
    ...(taskRoleArn === undefined ? {} : { taskRoleArn }),
    containerDefinitions: [
      {
        name: MAIN,
        image: main?.image,
        essential: true,
        portMappings: [{ containerPort: main?.containerPort, name: 'main', appProtocol: 'http' }],
        ...(main?.command ? { command: main.command } : {}),
        ...(main?.environment ? { environment: main.environment } : {}),
        ...(main?.secrets ? { secrets: main.secrets } : {}),
        ...(logs
          ? {
              logConfiguration: {
                logDriver: 'awslogs',
                options: {
                  'awslogs-group': logs.logGroup,
                  'awslogs-stream-prefix': logs.logStreamPrefix,
                  'awslogs-region': call.region,
                  'awslogs-create-group': 'true',
                },
              },
            }
          : {}),
      },
    ],
  });
  return taskDefinition;
}

async function create(input: CreateInput, call: Call): Promise<Answer<sdk.CreateExpressGatewayServiceResponse>> {
  const cluster = requireCluster(input.cluster, call);
  checkTags(input.tags);
  if (!input.primaryContainer || (input.executionRoleArn === undefined && input.taskDefinitionArn === undefined)) {
    throw invalidParameter('primaryContainer and executionRoleArn are required.');
  }
  const clusterName = cluster.clusterName ?? '';
  const serviceName = input.serviceName ?? `express-${randomBytes(4).toString('hex')}`;
  const wanted = merged(undefined, input);
  const place = await placeFor(wanted.networkConfiguration?.subnets, call);
  const port = wanted.primaryContainer?.containerPort ?? DEFAULT_PORT;
  const definition = await registerDefinition(`${clusterName}-${serviceName}`, wanted, call);
  const made = await makeResources(
    { serviceName, port, healthCheckPath: wanted.healthCheckPath ?? '', securityGroups: wanted.networkConfiguration?.securityGroups },
    place,
    call,
  );
  const securityGroups = made.serviceGroupId === undefined ? (wanted.networkConfiguration?.securityGroups ?? []) : [made.serviceGroupId];
  const network = { subnets: place.subnets, securityGroups };
  const { service } = await asInfrastructure<{ service: Service }>(call, 'ecs', 'CreateService', {
    cluster: clusterName,
    serviceName,
    taskDefinition: definition.taskDefinitionArn,
    desiredCount: wanted.scalingTarget?.minTaskCount,
    launchType: 'FARGATE',
    deploymentConfiguration: DEPLOYMENT,
    networkConfiguration: { awsvpcConfiguration: { ...network, assignPublicIp: 'ENABLED' } },
    loadBalancers: [
      {
        targetGroupArn: made.groupArns[0],
        containerName: MAIN,
        containerPort: port,
        advancedConfiguration: {
          alternateTargetGroupArn: made.groupArns[1],
          productionListenerRule: made.ruleArn,
          roleArn: input.infrastructureRoleArn,
        },
      },
    ],
    tags: input.tags,
  });
  await scale(`service/${clusterName}/${serviceName}`, wanted.scalingTarget ?? DEFAULT_SCALING, call);
  const now = call.clock.now();
  const record: ExpressService = {
    serviceArn: service.serviceArn ?? '',
    serviceName,
    cluster: clusterName,
    infrastructureRoleArn: input.infrastructureRoleArn ?? '',
    status: 'ACTIVE',
    configuration: { ...wanted, networkConfiguration: network, taskDefinitionArn: definition.taskDefinitionArn, createdAt: now },
    createdAt: now,
    updatedAt: now,
    tags: input.tags ?? [],
    made,
  };
  expressServices(call).put(expressKey(record.serviceArn), record);
  return { service: shown(record, call) };
}

function shownConfiguration(record: ExpressService, call: Call): ExpressConfiguration {
  const service = ecsTables(call.tables).services.get(expressKey(record.serviceArn));
  const primary = service?.deployments?.find((one) => one.status === 'PRIMARY');
  return {
    serviceRevisionArn: service?.memory?.revisions[primary?.id ?? '']?.revisionArn,
    ...record.configuration,
    ingressPaths: [{ accessType: 'PUBLIC', endpoint: record.made.host }],
  };
}

function shown(record: ExpressService, call: Call, include: readonly string[] = []): Timestamped<sdk.ECSExpressGatewayService> {
  const service = ecsTables(call.tables).services.get(expressKey(record.serviceArn));
  const primary = service?.deployments?.find((one) => one.status === 'PRIMARY');
  const isGone = record.status === 'DRAINING' && (service === undefined || service.status === 'INACTIVE');
  return {
    cluster: record.cluster,
    serviceName: record.serviceName,
    serviceArn: record.serviceArn,
    infrastructureRoleArn: record.infrastructureRoleArn,
    status: { statusCode: isGone ? 'INACTIVE' : record.status },
    currentDeployment: service?.memory?.revisions[primary?.id ?? '']?.deploymentArn,
    activeConfigurations: [shownConfiguration(record, call)],
    ...(include.includes('TAGS') ? { tags: record.tags } : {}),
    createdAt: record.createdAt,
    updatedAt: record.updatedAt,
  };
}

function requireExpress(serviceArn: string | undefined, call: Call): ExpressService {
  const record = expressServices(call).get(expressKey(serviceArn ?? ''));
  if (!record) {
    throw new AwsError('ServiceNotFoundException', 'Service not found.');
  }
  return record;
}

async function update(
  input: Timestamped<sdk.UpdateExpressGatewayServiceRequest>,
  call: Call,
): Promise<Answer<sdk.UpdateExpressGatewayServiceResponse>> {
  const record = requireExpress(input.serviceArn, call);
  if (record.status !== 'ACTIVE') {
    throw new AwsError('ServiceNotActiveException', 'Service was not ACTIVE.');
  }
  const wanted = merged(record.configuration, input);
  const definition = await registerDefinition(`${record.cluster}-${record.serviceName}`, wanted, call);
  await asInfrastructure(call, 'ecs', 'UpdateService', {
    cluster: record.cluster,
    service: record.serviceName,
    taskDefinition: definition.taskDefinitionArn,
  });
  await scale(`service/${record.cluster}/${record.serviceName}`, wanted.scalingTarget ?? DEFAULT_SCALING, call);
  const now = call.clock.now();
  const changed: ExpressService = {
    ...record,
    updatedAt: now,
    configuration: { ...wanted, taskDefinitionArn: definition.taskDefinitionArn, createdAt: now },
  };
  expressServices(call).put(expressKey(record.serviceArn), changed);
  return {
    service: {
      serviceArn: changed.serviceArn,
      cluster: changed.cluster,
      serviceName: changed.serviceName,
      status: { statusCode: changed.status },
      targetConfiguration: shownConfiguration(changed, call),
      createdAt: changed.createdAt,
      updatedAt: now,
    },
  };
}

async function remove(
  input: Timestamped<sdk.DeleteExpressGatewayServiceRequest>,
  call: Call,
): Promise<Answer<sdk.DeleteExpressGatewayServiceResponse>> {
  const record = requireExpress(input.serviceArn, call);
  if (record.status === 'ACTIVE') {
    await asInfrastructure(call, 'ecs', 'DeleteService', { cluster: record.cluster, service: record.serviceName, force: true });
    await removeResources(record.made, `service/${record.cluster}/${record.serviceName}`, call);
  }
  const draining: ExpressService = { ...record, status: 'DRAINING', updatedAt: call.clock.now() };
  expressServices(call).put(expressKey(record.serviceArn), draining);
  return { service: shown(draining, call) };
}

/** Host names of Express services lead to the load balancer in front of them. */
export function nameExpressServices(context: AwsContext): Disposable {
  const { network } = context.runtime;
  return network.addNameService({
    resolve: (name, from) => {
      if (!name.endsWith('.on.aws')) {
        return undefined;
      }
      const record = expressServices(context)
        .list()
        .find((one) => one.made.host === name && one.status === 'ACTIVE');
      const balancer = record && balancerHost(context, record);
      return balancer === undefined ? undefined : network.resolve(from, balancer);
    },
  });
}

function balancerHost(context: AwsContext, { made }: ExpressService): string | undefined {
  return elbTables(context.tables).loadBalancers.get(keyOf(made.balancerArn))?.DNSName;
}

const onService = (action: string) => (input: { serviceArn?: string }) => [{ action: `ecs:${action}`, resource: input.serviceArn ?? '*' }];

export const expressOperations: Readonly<Record<string, Operation>> = {
  CreateExpressGatewayService: operation<sdk.CreateExpressGatewayServiceRequest, sdk.CreateExpressGatewayServiceResponse>({
    handle: create,
  }),
  DescribeExpressGatewayService: operation<sdk.DescribeExpressGatewayServiceRequest, sdk.DescribeExpressGatewayServiceResponse>({
    authorize: onService('DescribeExpressGatewayService'),
    handle: (input, call) => ({ service: shown(requireExpress(input.serviceArn, call), call, input.include ?? []) }),
  }),
  UpdateExpressGatewayService: operation<sdk.UpdateExpressGatewayServiceRequest, sdk.UpdateExpressGatewayServiceResponse>({
    authorize: onService('UpdateExpressGatewayService'),
    handle: update,
  }),
  DeleteExpressGatewayService: operation<sdk.DeleteExpressGatewayServiceRequest, sdk.DeleteExpressGatewayServiceResponse>({
    authorize: onService('DeleteExpressGatewayService'),
    handle: remove,
  }),
};
