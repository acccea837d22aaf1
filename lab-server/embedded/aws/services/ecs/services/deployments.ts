// Deployments of a service: a new one begins, one is complete, one fails and is rolled back. Each is also a service deployment to a revision.
import { randomInt } from 'node:crypto';
import { arn, scopeKey } from '../../scope.ts';
import type { AwsContext } from '../../service.ts';
import { ecsTables, type Deployment, type Rollout, type Service, type ServiceDeployment, type ServiceRevision } from '../state.ts';
import { definitionKey } from '../tags.ts';
import { scopeOf } from '../tasks/record.ts';
import { failureThreshold } from './plan.ts';
import { primaryOf } from './record.ts';
import { beginRollout, shownStage, STAGED_STRATEGIES } from './rollout.ts';

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

/** What a service is given that answers show with its deployments only. */
export interface Asked {
  serviceConnectConfiguration?: Deployment['serviceConnectConfiguration'];
  volumeConfigurations?: Deployment['volumeConfigurations'];
  vpcLatticeConfigurations?: Deployment['vpcLatticeConfigurations'];
}

/** The deployment whose tasks hold the traffic: the primary one, or where a staged one came from. */
function sourceOf(service: Service): Deployment | undefined {
  const rollout = service.memory?.rollout;
  return rollout ? service.deployments?.find((one) => one.id === rollout.sourceId) : primaryOf(service);
}

function connectOf({ serviceConnectConfiguration: connect }: Asked, scope: { account: string; region: string }): Partial<Deployment> {
  if (!connect?.enabled) {
    return {};
  }
  const resources = (connect.services ?? []).map(({ portName, discoveryName }) => ({
    discoveryName: discoveryName ?? portName,
    discoveryArn: arn('servicediscovery', scope, `service/srv-${digits(16)}`),
  }));
  return { serviceConnectConfiguration: connect, serviceConnectResources: resources };
}

function imagesOf(context: Context, service: Service): ServiceRevision['containerImages'] {
  const [family = '', revision = ''] = (service.taskDefinition ?? '').split('/').at(-1)?.split(':') ?? [];
  const definition = ecsTables(context.tables).taskDefinitions.get(
    definitionKey(scopeOf(service.serviceArn ?? ''), family, Number(revision)),
  );
  return (definition?.containerDefinitions ?? []).map(({ name, image }) => ({ containerName: name, image }));
}

/** A deployment that another one replaces before it was complete ends here. */
function supersede(context: Context, service: Service): void {
  const primary = primaryOf(service);
  const record = primary && serviceDeploymentOf(context, service, primary);
  if (record && (record.status === 'IN_PROGRESS' || record.status === 'PENDING')) {
    changeServiceDeployment(context, record, {
      status: 'STOPPED',
      statusReason: 'Deployment stopped because a newer deployment replaced it.',
      stoppedAt: context.clock.now(),
      finishedAt: context.clock.now(),
    });
  }
}

/** Puts the service's present configuration into a new primary deployment; the one before drains. */
export function beginDeployment(context: Context, service: Service, asked: Asked = {}): Service {
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
    ...connectOf(asked, scope),
    ...(asked.volumeConfigurations?.length ? { volumeConfigurations: asked.volumeConfigurations } : {}),
    ...(asked.vpcLatticeConfigurations?.length ? { vpcLatticeConfigurations: asked.vpcLatticeConfigurations } : {}),
    rolloutState: 'IN_PROGRESS',
    rolloutStateReason: `ECS deployment ${id} in progress.`,
  };
  const memory = service.memory;
  // A deployment that is replaced on its way was never a state to come from.
  const before = sourceOf(service);
  supersede(context, service);
  const source = memory?.revisions[before?.id ?? '']?.revisionArn;
  const isStaged = before !== undefined && STAGED_STRATEGIES.includes(service.deploymentConfiguration?.strategy ?? '');
  const rollout = isStaged ? beginRollout(service, id, before.id ?? '', now) : undefined;
  const sourceSlot = memory?.revisions[before?.id ?? '']?.slot ?? 'primary';
  const slot = isStaged && sourceSlot === 'primary' ? 'alternate' : isStaged ? 'primary' : sourceSlot;
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
    containerImages: imagesOf(context, service),
    serviceConnectConfiguration: asked.serviceConnectConfiguration,
    volumeConfigurations: asked.volumeConfigurations,
    vpcLatticeConfigurations: asked.vpcLatticeConfigurations,
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
    ...(rollout ? { lifecycleStage: shownStage(rollout.stage), lifecycleHookDetails: rollout.hooks } : {}),
    deploymentConfiguration: service.deploymentConfiguration,
    deploymentCircuitBreaker: {
      status: service.deploymentConfiguration?.deploymentCircuitBreaker?.enable ? 'MONITORING' : 'DISABLED',
      failureCount: 0,
      threshold: failureThreshold(service),
    },
    ...(service.deploymentConfiguration?.alarms?.enable
      ? {
          alarms: { status: 'MONITORING' as const, alarmNames: service.deploymentConfiguration.alarms.alarmNames, triggeredAlarmNames: [] },
        }
      : {}),
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
      revisions: { ...memory?.revisions, [id]: { deploymentArn, revisionArn, slot } },
      rollout,
    },
  };
}

/** The service deployment follows a staged rollout. */
export function recordStage(context: Context, service: Service, rollout: Rollout): void {
  const deployment = service.deployments?.find((one) => one.id === rollout.deploymentId);
  const record = deployment && serviceDeploymentOf(context, service, deployment);
  if (record) {
    const weights = { requestedProductionTrafficWeight: rollout.weight, requestedTestTrafficWeight: rollout.test ? 100 : 0 };
    changeServiceDeployment(context, record, {
      lifecycleStage: shownStage(rollout.stage),
      lifecycleHookDetails: rollout.hooks,
      targetServiceRevision: { ...record.targetServiceRevision, ...weights },
      sourceServiceRevisions: record.sourceServiceRevisions?.map((one) => ({
        ...one,
        requestedProductionTrafficWeight: 100 - rollout.weight,
        requestedTestTrafficWeight: rollout.test ? 0 : 100,
      })),
    });
  }
}

export function serviceDeploymentOf(context: Context, service: Service, deployment: Deployment): ServiceDeployment | undefined {
  const deploymentArn = service.memory?.revisions[deployment.id ?? '']?.deploymentArn;
  return deploymentArn === undefined ? undefined : ecsTables(context.tables).serviceDeployments.get(deploymentKey(deploymentArn));
}

export function changeServiceDeployment(context: Context, record: ServiceDeployment, change: Partial<ServiceDeployment>): void {
  const changed = { ...record, ...change, updatedAt: context.clock.now() };
  ecsTables(context.tables).serviceDeployments.put(deploymentKey(record.serviceDeploymentArn ?? ''), changed);
}
