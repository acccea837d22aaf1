// Task definitions: families with revisions, registered, deregistered, deleted.
import type * as sdk from '@aws-sdk/client-ecs';
import { pageOf } from '../pages.ts';
import { arn, parseArn, scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { checkTags } from '../tags.ts';
import { clientException, invalidParameter } from './errors.ts';
import { ecsTables, type ContainerDefinition, type Tag, type TaskDefinition } from './state.ts';
import { definitionKey } from './tags.ts';
import { checkTaskDefinition, type RegisterInput } from './task-definition-rules.ts';

const LIST_LIMIT = 100;

function register(input: RegisterInput, call: Call): { taskDefinition: TaskDefinition; tags?: Tag[] } {
  checkTaskDefinition(input);
  checkTags(input.tags);
  const { families, taskDefinitions } = ecsTables(call.tables);
  const family = input.family ?? '';
  const revision = (families.get(scopeKey(call, family))?.latestRevision ?? 0) + 1;
  const { tags, ...given } = input;
  const taskDefinition: TaskDefinition = {
    ...given,
    taskDefinitionArn: arn('ecs', call, `task-definition/${family}:${revision}`),
    containerDefinitions: (input.containerDefinitions ?? []).map((container) => withDefaults(container, input.networkMode)),
    revision,
    volumes: (input.volumes ?? []).map(volumeDefaults),
    status: 'ACTIVE',
    requiresAttributes: requiredAttributes(input),
    placementConstraints: input.placementConstraints ?? [],
    compatibilities: compatibilitiesOf(input),
    registeredAt: call.clock.now(),
    registeredBy: call.principal.arn,
    ...(input.networkMode === undefined && input.requiresCompatibilities?.includes('FARGATE') ? { networkMode: 'awsvpc' as const } : {}),
  };
  families.put(scopeKey(call, family), { family, latestRevision: revision });
  taskDefinitions.put(definitionKey(call, family, revision), { ...taskDefinition, tags });
  return { taskDefinition, ...(tags ? { tags } : {}) };
}

/** What ECS fills in for a container. */
function withDefaults(container: ContainerDefinition, networkMode: string | undefined): ContainerDefinition {
  return {
    ...container,
    cpu: container.cpu ?? 0,
    portMappings: (container.portMappings ?? []).map((mapping) => ({
      ...mapping,
      hostPort: mapping.hostPort ?? (networkMode === 'awsvpc' || networkMode === 'host' ? mapping.containerPort : 0),
      protocol: mapping.protocol ?? 'tcp',
    })),
    essential: container.essential ?? true,
    environment: container.environment ?? [],
    mountPoints: container.mountPoints ?? [],
    volumesFrom: container.volumesFrom ?? [],
    systemControls: container.systemControls ?? [],
    ...(container.healthCheck
      ? {
          healthCheck: {
            ...container.healthCheck,
            interval: container.healthCheck.interval ?? 30,
            timeout: container.healthCheck.timeout ?? 5,
            retries: container.healthCheck.retries ?? 3,
          },
        }
      : {}),
  };
}

function volumeDefaults(volume: NonNullable<RegisterInput['volumes']>[number]): NonNullable<RegisterInput['volumes']>[number] {
  const { efsVolumeConfiguration: efs } = volume;
  return efs ? { ...volume, efsVolumeConfiguration: { ...efs, rootDirectory: efs.rootDirectory ?? '/' } } : volume;
}

/** Where the definition could run. */
function compatibilitiesOf(input: RegisterInput): sdk.Compatibility[] {
  const containers = input.containerDefinitions ?? [];
  const fargate =
    input.networkMode === 'awsvpc' && input.cpu !== undefined && input.memory !== undefined && !containers.some((one) => one.privileged);
  const external = input.networkMode !== 'awsvpc';
  const compatible: sdk.Compatibility[] = external ? ['EXTERNAL', 'EC2'] : ['EC2'];
  return fargate && input.requiresCompatibilities?.includes('FARGATE') ? ['EC2', 'FARGATE'] : compatible;
}

/** Capabilities that a container instance must have. */
function requiredAttributes(input: RegisterInput): { name: string }[] {
  const containers = input.containerDefinitions ?? [];
  const names = new Set<string>();
  if (containers.some((one) => one.logConfiguration?.logDriver === 'awslogs')) {
    names.add('com.amazonaws.ecs.capability.logging-driver.awslogs').add('ecs.capability.execution-role-awslogs');
    names.add('com.amazonaws.ecs.capability.docker-remote-api.1.19');
  }
  if (containers.some((one) => one.secrets?.length)) {
    names.add('ecs.capability.secrets.ssm.environment-variables');
  }
  if (containers.some((one) => one.healthCheck)) {
    names.add('ecs.capability.container-health-check');
  }
  if (input.taskRoleArn) {
    names.add('com.amazonaws.ecs.capability.task-iam-role');
  }
  names.add('com.amazonaws.ecs.capability.docker-remote-api.1.18');
  if (input.networkMode === 'awsvpc') {
    names.add('ecs.capability.task-eni');
  }
  return [...names].map((name) => ({ name }));
}

/** The revision that `family`, `family:revision` or an ARN names: without a revision, the latest active one. */
export function findTaskDefinition(reference: string, call: Call): TaskDefinition | undefined {
  const name = parseArn(reference)?.resource.replace(/^task-definition\//, '') ?? reference;
  const match = /^([a-zA-Z0-9_-]+)(?::(\d+))?$/.exec(name);
  if (!match) {
    return undefined;
  }
  const [, family = '', revision] = match;
  const { taskDefinitions } = ecsTables(call.tables);
  if (revision !== undefined) {
    return taskDefinitions.get(definitionKey(call, family, Number(revision)));
  }
  return taskDefinitions.list(`${scopeKey(call, family)}/`).findLast((definition) => definition.status === 'ACTIVE');
}

function describe(input: Timestamped<sdk.DescribeTaskDefinitionRequest>, call: Call): { taskDefinition: TaskDefinition; tags?: Tag[] } {
  const found = findTaskDefinition(input.taskDefinition ?? '', call);
  if (!found) {
    throw clientException('Unable to describe task definition.');
  }
  const { tags, ...taskDefinition } = found;
  return { taskDefinition, ...(input.include?.includes('TAGS') ? { tags: tags ?? [] } : {}) };
}

function deregister(input: Timestamped<sdk.DeregisterTaskDefinitionRequest>, call: Call): { taskDefinition: TaskDefinition } {
  const reference = input.taskDefinition ?? '';
  const [, revision] = (reference.split('/').at(-1) ?? '').split(':');
  if (revision === undefined || revision === '') {
    throw clientException('Revision is missing.');
  }
  if (!/^\d+$/.test(revision)) {
    throw clientException(`Invalid revision number. Number: ${revision}`);
  }
  const found = findTaskDefinition(reference, call);
  if (!found || found.status === 'DELETE_IN_PROGRESS') {
    throw clientException('Unable to describe task definition.');
  }
  const inactive: TaskDefinition = { ...found, status: 'INACTIVE', deregisteredAt: found.deregisteredAt ?? call.clock.now() };
  ecsTables(call.tables).taskDefinitions.put(definitionKey(call, found.family ?? '', found.revision ?? 0), inactive);
  return { taskDefinition: inactive };
}

function remove(
  input: Timestamped<sdk.DeleteTaskDefinitionsRequest>,
  call: Call,
): Timestamped<Omit<sdk.DeleteTaskDefinitionsResponse, '$metadata'>> {
  const deleted: TaskDefinition[] = [];
  const failures: sdk.Failure[] = [];
  for (const reference of input.taskDefinitions ?? []) {
    const found = findTaskDefinition(reference, call);
    if (!/:\d+$/.test(reference)) {
      const reason = 'The specified task definition identifier is invalid. Specify a valid name or ARN and try again.';
      failures.push({ arn: reference, reason });
    } else if (!found) {
      const reason = 'The specified task definition does not exist. Specify a valid account, family, revision and try again.';
      failures.push({ arn: reference, reason });
    } else if (found.status !== 'INACTIVE') {
      failures.push({
        arn: found.taskDefinitionArn,
        reason: 'The specified task definition is still in ACTIVE status. Please deregister the target and try again.',
      });
    } else {
      const gone: TaskDefinition = { ...found, status: 'DELETE_IN_PROGRESS', deleteRequestedAt: call.clock.now() };
      // Revisions that running tasks and services use stay readable; nothing else refers to one that is being deleted.
      ecsTables(call.tables).taskDefinitions.put(definitionKey(call, found.family ?? '', found.revision ?? 0), gone);
      deleted.push(gone);
    }
  }
  return { taskDefinitions: deleted, failures };
}

function list(
  input: Timestamped<sdk.ListTaskDefinitionsRequest>,
  call: Call,
): Timestamped<Omit<sdk.ListTaskDefinitionsResponse, '$metadata'>> {
  const status = input.status ?? 'ACTIVE';
  const prefix = input.familyPrefix === undefined ? scopeKey(call) : scopeKey(call, input.familyPrefix);
  const arns = ecsTables(call.tables)
    .taskDefinitions.list(`${prefix}/`)
    .filter((definition) => definition.status === status)
    .map((definition) => definition.taskDefinitionArn ?? '');
  const page = pageOf(input.sort === 'DESC' ? arns.toReversed() : arns, input.nextToken, limitOf(input.maxResults));
  return { taskDefinitionArns: page.items, nextToken: page.nextToken };
}

function listFamilies(
  input: Timestamped<sdk.ListTaskDefinitionFamiliesRequest>,
  call: Call,
): Timestamped<Omit<sdk.ListTaskDefinitionFamiliesResponse, '$metadata'>> {
  const { families, taskDefinitions } = ecsTables(call.tables);
  const status = input.status ?? 'ACTIVE';
  const names = families
    .list(scopeKey(call, input.familyPrefix ?? ''))
    .map(({ family }) => family)
    .filter((family) => {
      const isActive = taskDefinitions.list(`${scopeKey(call, family)}/`).some((definition) => definition.status === 'ACTIVE');
      return status === 'ALL' || (status === 'ACTIVE') === isActive;
    });
  const page = pageOf(names, input.nextToken, limitOf(input.maxResults));
  return { families: page.items, nextToken: page.nextToken };
}

function limitOf(maxResults: number | undefined): number {
  if (maxResults !== undefined && (maxResults < 1 || maxResults > LIST_LIMIT)) {
    throw invalidParameter(`maxResults must be between 1 and ${LIST_LIMIT}.`);
  }
  return maxResults ?? LIST_LIMIT;
}

export const taskDefinitionOperations: Readonly<Record<string, Operation>> = {
  RegisterTaskDefinition: operation<sdk.RegisterTaskDefinitionRequest, sdk.RegisterTaskDefinitionResponse>({ handle: register }),
  DescribeTaskDefinition: operation<sdk.DescribeTaskDefinitionRequest, sdk.DescribeTaskDefinitionResponse>({ handle: describe }),
  DeregisterTaskDefinition: operation<sdk.DeregisterTaskDefinitionRequest, sdk.DeregisterTaskDefinitionResponse>({ handle: deregister }),
  DeleteTaskDefinitions: operation<sdk.DeleteTaskDefinitionsRequest, sdk.DeleteTaskDefinitionsResponse>({ handle: remove }),
  ListTaskDefinitions: operation<sdk.ListTaskDefinitionsRequest, sdk.ListTaskDefinitionsResponse>({ handle: list }),
  ListTaskDefinitionFamilies: operation<sdk.ListTaskDefinitionFamiliesRequest, sdk.ListTaskDefinitionFamiliesResponse>({
    handle: listFamilies,
  }),
};
