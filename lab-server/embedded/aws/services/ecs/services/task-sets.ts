// Task sets of services with an outside deployment controller (API reference, CreateTaskSet): each runs a share of the service's tasks.
import { randomInt } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-ecs';
import { AwsError } from '../../../gateway/errors.ts';
import { arn, scopeKey } from '../../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../../service.ts';
import { checkTags } from '../../tags.ts';
import { invalidParameter } from '../errors.ts';
import { capacityFor } from '../launch-type.ts';
import { requireCluster } from '../names.ts';
import { ecsTables, type Cluster, type Service, type TaskSet } from '../state.ts';
import { checkNetwork } from '../tasks/network-configuration.ts';
import { requireActiveDefinition } from '../tasks/run-task.ts';
import { worldOf } from '../world.ts';
import { requireService } from './find.ts';
import { saveService, tasksOfService } from './record.ts';
import { countedSets, forgetTaskSet, saveTaskSet, taskSetsOf } from './task-set-record.ts';

const ID_DIGITS = 18;

function requireOutside(input: { cluster?: string; service?: string }, call: Call): { cluster: Cluster; service: Service } {
  const cluster = requireCluster(input.cluster, call);
  const service = requireService(input.service, cluster, call);
  if ((service.deploymentController?.type ?? 'ECS') === 'ECS') {
    throw new AwsError(
      'UnsupportedFeatureException',
      'Task sets are supported with the CODE_DEPLOY and EXTERNAL deployment controllers only.',
    );
  }
  return { cluster, service };
}

/** The set that an id (`ecs-svc/123`), its last part or an ARN names. */
function requireSet(reference: string | undefined, service: Service, call: Call): TaskSet {
  const found = findSet(reference ?? '', service, call);
  if (!found) {
    throw new AwsError('TaskSetNotFoundException', 'The specified task set does not exist.');
  }
  return found;
}

function findSet(reference: string, service: Service, call: Call): TaskSet | undefined {
  return taskSetsOf(call, service).find((set) => set.taskSetArn === reference || set.id === reference || set.id === `ecs-svc/${reference}`);
}

function checkScale(scale: Timestamped<sdk.Scale> | undefined): Required<Timestamped<sdk.Scale>> {
  const { value = 100, unit = 'PERCENT' } = scale ?? {};
  if (unit !== 'PERCENT') {
    throw invalidParameter('The scale unit must be PERCENT.');
  }
  if (value < 0 || value > 100) {
    throw invalidParameter('The scale value must be between 0 and 100.');
  }
  return { value, unit };
}

/** Makes a task set of a service. The first one of CODE_DEPLOY is the primary one. */
export function newTaskSet(
  service: Service,
  given: Pick<
    TaskSet,
    'taskDefinition' | 'networkConfiguration' | 'loadBalancers' | 'serviceRegistries' | 'launchType' | 'platformVersion'
  > &
    Pick<TaskSet, 'capacityProviderStrategy' | 'scale' | 'externalId' | 'startedBy' | 'tags' | 'status'>,
  call: Call,
): TaskSet {
  const id = `ecs-svc/${Array.from({ length: ID_DIGITS }, (_, index) => String(index === 0 ? randomInt(1, 10) : randomInt(10))).join('')}`;
  const path = (service.serviceArn ?? '').replace(/^.*:service\//, '');
  const now = call.clock.now();
  const { tags, ...rest } = given;
  const set: TaskSet = {
    ...rest,
    id,
    taskSetArn: arn('ecs', call, `task-set/${path}/${id}`),
    serviceArn: service.serviceArn,
    clusterArn: service.clusterArn,
    computedDesiredCount: 0,
    pendingCount: 0,
    runningCount: 0,
    createdAt: now,
    updatedAt: now,
    stabilityStatus: 'STABILIZING',
    stabilityStatusAt: now,
    ...(tags ? { tags } : {}),
  };
  saveTaskSet(call, set);
  return set;
}

function create(input: Timestamped<sdk.CreateTaskSetRequest>, call: Call): { taskSet: TaskSet } {
  const { cluster, service } = requireOutside(input, call);
  checkTags(input.tags);
  const definition = requireActiveDefinition(input.taskDefinition, call);
  const { launchType, strategy } = capacityFor(input, cluster, definition, call);
  checkNetwork(input.networkConfiguration, definition, call);
  const set = newTaskSet(
    service,
    {
      taskDefinition: definition.taskDefinitionArn,
      status: 'ACTIVE',
      ...(input.externalId === undefined ? {} : { externalId: input.externalId }),
      ...(strategy.length > 0 ? { capacityProviderStrategy: strategy } : { launchType }),
      platformVersion: input.platformVersion ?? 'LATEST',
      ...(input.networkConfiguration ? { networkConfiguration: input.networkConfiguration } : {}),
      loadBalancers: input.loadBalancers ?? [],
      serviceRegistries: input.serviceRegistries ?? [],
      scale: checkScale(input.scale),
      tags: input.tags,
    },
    call,
  );
  return { taskSet: kicked(set, service, call) };
}

function kicked(set: TaskSet, service: Service, call: Call): TaskSet {
  worldOf(call).scheduler.kick(service.serviceArn ?? '');
  return countedSets([set], service, tasksOfService(call, service))[0] ?? set;
}

function describe(
  input: Timestamped<sdk.DescribeTaskSetsRequest>,
  call: Call,
): Timestamped<Omit<sdk.DescribeTaskSetsResponse, '$metadata'>> {
  const { service } = requireOutside(input, call);
  const failures: sdk.Failure[] = [];
  const found = input.taskSets?.length
    ? input.taskSets.flatMap((reference) => {
        const set = findSet(reference, service, call);
        if (!set) {
          failures.push({ arn: reference, reason: 'MISSING' });
        }
        return set ?? [];
      })
    : taskSetsOf(call, service);
  const withTags = input.include?.includes('TAGS') ?? false;
  return {
    taskSets: countedSets(found, service, tasksOfService(call, service)).map(({ tags, ...set }) => ({
      ...set,
      ...(withTags ? { tags: tags ?? [] } : {}),
    })),
    failures,
  };
}

function remove(input: Timestamped<sdk.DeleteTaskSetRequest>, call: Call): { taskSet: TaskSet } {
  const { service } = requireOutside(input, call);
  const set = requireSet(input.taskSet, service, call);
  const [counts] = countedSets([set], service, tasksOfService(call, service));
  const isBusy = (set.scale?.value ?? 0) > 0 && (counts?.runningCount ?? 0) > 0;
  if (set.status === 'PRIMARY' && !input.force && isBusy) {
    throw invalidParameter('The primary task set cannot be deleted while it is scaled above 0. Use force to delete it anyway.');
  }
  forgetTaskSet(call, set);
  return { taskSet: kicked({ ...set, status: 'DRAINING' }, service, call) };
}

/** Makes a set the one whose configuration the service shows. */
function makePrimary(input: Timestamped<sdk.UpdateServicePrimaryTaskSetRequest>, call: Call): { taskSet: TaskSet } {
  const { service } = requireOutside(input, call);
  const chosen = requireSet(input.primaryTaskSet, service, call);
  const now = call.clock.now();
  for (const set of taskSetsOf(call, service)) {
    const status = set.taskSetArn === chosen.taskSetArn ? 'PRIMARY' : 'ACTIVE';
    if (set.status !== status) {
      saveTaskSet(call, { ...set, status, updatedAt: now });
    }
  }
  saveService(call, {
    ...service,
    taskDefinition: chosen.taskDefinition,
    launchType: chosen.launchType,
    capacityProviderStrategy: chosen.capacityProviderStrategy,
    platformVersion: chosen.platformVersion,
    networkConfiguration: chosen.networkConfiguration,
    loadBalancers: chosen.loadBalancers,
    serviceRegistries: chosen.serviceRegistries,
  });
  return { taskSet: kicked({ ...chosen, status: 'PRIMARY', updatedAt: now }, service, call) };
}

const onSet = (action: string) => (input: { cluster?: string; service?: string }, call: Call) => [
  {
    action: `ecs:${action}`,
    resource:
      ecsTables(call.tables).services.get(
        scopeKey(call, (input.cluster ?? 'default').split('/').at(-1) ?? '', (input.service ?? '').split('/').at(-1) ?? ''),
      )?.serviceArn ?? '*',
  },
];

export const taskSetOperations: Readonly<Record<string, Operation>> = {
  CreateTaskSet: operation<sdk.CreateTaskSetRequest, sdk.CreateTaskSetResponse>({ authorize: onSet('CreateTaskSet'), handle: create }),
  DescribeTaskSets: operation<sdk.DescribeTaskSetsRequest, sdk.DescribeTaskSetsResponse>({
    authorize: onSet('DescribeTaskSets'),
    handle: describe,
  }),
  UpdateTaskSet: operation<sdk.UpdateTaskSetRequest, sdk.UpdateTaskSetResponse>({
    authorize: onSet('UpdateTaskSet'),
    handle: (input, call) => {
      const { service } = requireOutside(input, call);
      const set = requireSet(input.taskSet, service, call);
      const changed = { ...set, scale: checkScale(input.scale), updatedAt: call.clock.now() };
      saveTaskSet(call, changed);
      return { taskSet: kicked(changed, service, call) };
    },
  }),
  DeleteTaskSet: operation<sdk.DeleteTaskSetRequest, sdk.DeleteTaskSetResponse>({ authorize: onSet('DeleteTaskSet'), handle: remove }),
  UpdateServicePrimaryTaskSet: operation<sdk.UpdateServicePrimaryTaskSetRequest, sdk.UpdateServicePrimaryTaskSetResponse>({
    authorize: onSet('UpdateServicePrimaryTaskSet'),
    handle: makePrimary,
  }),
};
