// Container instances: joining a cluster, being described and drained, leaving.
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type * as sdk from '@aws-sdk/client-ecs';
import { AwsError } from '../../../gateway/errors.ts';
import { pageOf } from '../../pages.ts';
import { arn, scopeKey } from '../../scope.ts';
import { operation, type AwsContext, type Call, type Operation, type Timestamped } from '../../service.ts';
import { checkTags } from '../../tags.ts';
import { definitionsBy, instancesOf, tasksOf } from '../cluster-records.ts';
import { clientException, invalidParameter } from '../errors.ts';
import { idOf, requireCluster } from '../names.ts';
import { ecsTables, type Cluster, type ContainerInstance } from '../state.ts';
import { worldOf } from '../world.ts';
import { matchesExpression } from './expression.ts';
import { asResources, remainingOf, type Resource } from './resources.ts';

const PAGE = 100;
const AGENT = { agentVersion: '1.99.0', agentHash: '6d1b1d9c', dockerVersion: 'DockerVersion: 25.0.8' };
/** Ports of the instance itself: SSH, Docker and the agent. */
const RESERVED_PORTS = ['22', '2375', '2376', '51678', '51679'];

export interface NewInstance {
  ec2InstanceId: string;
  cpu: number;
  memory: number;
  attributes: { name: string; value?: string }[];
  capacityProviderName?: string;
  tags?: ContainerInstance['tags'];
}

function saveInstance(
  context: Pick<AwsContext, 'tables'>,
  instance: ContainerInstance,
  call: { account: string; region: string },
): ContainerInstance {
  const [, cluster = '', id = ''] = (instance.containerInstanceArn ?? '').match(/container-instance\/([^/]+)\/(.+)$/) ?? [];
  const saved = { ...instance, version: (instance.version ?? 0) + 1 };
  ecsTables(context.tables).containerInstances.put(scopeKey(call, cluster, id), saved);
  worldOf(context).instanceChanged(saved);
  return saved;
}

/** Puts an instance into a cluster. */
export function joinCluster(
  context: AwsContext,
  scope: { account: string; region: string },
  cluster: string,
  wanted: NewInstance,
): ContainerInstance {
  const id = randomBytes(16).toString('hex');
  const resources: Resource[] = asResources({
    cpu: wanted.cpu,
    memory: wanted.memory,
    tcpPorts: new Set(RESERVED_PORTS.map(Number)),
    udpPorts: new Set(),
  });
  return saveInstance(
    context,
    {
      containerInstanceArn: arn('ecs', scope, `container-instance/${cluster}/${id}`),
      ec2InstanceId: wanted.ec2InstanceId,
      ...(wanted.capacityProviderName ? { capacityProviderName: wanted.capacityProviderName } : {}),
      version: 0,
      versionInfo: AGENT,
      registeredResources: resources,
      remainingResources: resources,
      status: 'ACTIVE',
      agentConnected: true,
      runningTasksCount: 0,
      pendingTasksCount: 0,
      attributes: wanted.attributes,
      registeredAt: context.clock.now(),
      attachments: [],
      tags: wanted.tags ?? [],
    },
    scope,
  );
}

/** The record with what its tasks take from it. */
function shown(instance: ContainerInstance, cluster: Cluster, include: readonly string[], call: Call): ContainerInstance {
  const tasks = tasksOf(cluster, call);
  const own = tasks.filter((task) => task.containerInstanceArn === instance.containerInstanceArn && task.desiredStatus === 'RUNNING');
  const { tags, ...rest } = instance;
  return {
    ...rest,
    remainingResources: asResources(remainingOf(instance, tasks, definitionsBy(call))),
    runningTasksCount: own.filter((task) => task.lastStatus === 'RUNNING').length,
    pendingTasksCount: own.filter((task) => task.lastStatus !== 'RUNNING').length,
    ...(include.includes('TAGS') ? { tags: tags ?? [] } : {}),
  };
}

function find(reference: string, cluster: Cluster, call: Call): ContainerInstance | undefined {
  return ecsTables(call.tables).containerInstances.get(scopeKey(call, cluster.clusterName ?? '', idOf(reference)));
}

function missing(reference: string, cluster: Cluster, call: Call): sdk.Failure {
  return { arn: arn('ecs', call, `container-instance/${cluster.clusterName ?? ''}/${idOf(reference)}`), reason: 'MISSING' };
}

/** The document that an instance shows of itself; members of other types are taken as absent. */
const identityDocument = z
  .object({
    instanceId: z.string().optional().catch(undefined),
    availabilityZone: z.string().optional().catch(undefined),
    imageId: z.string().optional().catch(undefined),
    instanceType: z.string().optional().catch(undefined),
  })
  .catch({});

/** Attributes that ECS gives every instance. */
function builtIn(identity: z.infer<typeof identityDocument>): { name: string; value: string }[] {
  const attributes: (readonly [string, string | undefined])[] = [
    ['ecs.ami-id', identity.imageId],
    ['ecs.availability-zone', identity.availabilityZone],
    ['ecs.instance-type', identity.instanceType],
    ['ecs.os-type', 'linux'],
  ];
  return attributes.flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
}

function register(input: Timestamped<sdk.RegisterContainerInstanceRequest>, call: Call): { containerInstance: ContainerInstance } {
  const cluster = requireCluster(input.cluster, call);
  checkTags(input.tags);
  let document: unknown;
  try {
    document = JSON.parse(input.instanceIdentityDocument ?? '{}');
  } catch {
    throw clientException('The instance identity document is not valid JSON.');
  }
  const identity = identityDocument.parse(document);
  const { instanceId } = identity;
  const resource = (name: string, otherwise: number): number =>
    input.totalResources?.find((one) => one.name === name)?.integerValue ?? otherwise;
  const instance = joinCluster(call, call, cluster.clusterName ?? '', {
    ec2InstanceId: instanceId ?? `i-0${randomBytes(8).toString('hex')}`,
    cpu: resource('CPU', 2048),
    memory: resource('MEMORY', 3885),
    attributes: [...builtIn(identity), ...(input.attributes ?? [])].map(({ name = '', value }) => ({
      name,
      ...(value === undefined ? {} : { value }),
    })),
    tags: input.tags,
  });
  return { containerInstance: shown(instance, cluster, ['TAGS'], call) };
}

function deregister(input: Timestamped<sdk.DeregisterContainerInstanceRequest>, call: Call): { containerInstance: ContainerInstance } {
  const cluster = requireCluster(input.cluster, call);
  const instance = find(input.containerInstance ?? '', cluster, call);
  if (!instance) {
    throw clientException('Container instance not found.');
  }
  const described = shown(instance, cluster, [], call);
  if (!input.force && (described.runningTasksCount ?? 0) + (described.pendingTasksCount ?? 0) > 0) {
    throw invalidParameter('Found running tasks on the instance.');
  }
  leaveCluster(call, instance, call);
  return { containerInstance: { ...described, status: 'INACTIVE', agentConnected: false } };
}

/** Takes an instance out of its cluster; its tasks end with it. */
export function leaveCluster(context: AwsContext, instance: ContainerInstance, scope: { account: string; region: string }): void {
  const key = scopeKey(scope, (instance.containerInstanceArn ?? '').replace(/^.*container-instance\//, ''));
  const cluster = key.slice(0, key.lastIndexOf('/') + 1);
  for (const task of ecsTables(context.tables).tasks.list(cluster)) {
    if (task.containerInstanceArn === instance.containerInstanceArn) {
      worldOf(context).stop(task.taskArn ?? '', {
        stopCode: 'TerminationNotice',
        stoppedReason: 'Host instance was terminated or deregistered.',
      });
    }
  }
  ecsTables(context.tables).containerInstances.delete(key);
  worldOf(context).instanceChanged({ ...instance, status: 'INACTIVE' });
}

function updateState(
  input: Timestamped<sdk.UpdateContainerInstancesStateRequest>,
  call: Call,
): Timestamped<Omit<sdk.UpdateContainerInstancesStateResponse, '$metadata'>> {
  const cluster = requireCluster(input.cluster, call);
  if (input.status !== 'ACTIVE' && input.status !== 'DRAINING') {
    throw invalidParameter(`Container instance status should be one of [ACTIVE,DRAINING]`);
  }
  const failures: sdk.Failure[] = [];
  const changed: ContainerInstance[] = [];
  for (const reference of input.containerInstances ?? []) {
    const instance = find(reference, cluster, call);
    if (!instance) {
      failures.push(missing(reference, cluster, call));
      continue;
    }
    const saved = saveInstance(call, { ...instance, status: input.status }, call);
    if (input.status === 'DRAINING') {
      drain(saved, cluster, call);
    }
    changed.push(shown(saved, cluster, [], call));
  }
  return { containerInstances: changed, failures };
}

/** Tasks of services leave a draining instance and are started elsewhere; others stay to their end. */
function drain(instance: ContainerInstance, cluster: Cluster, call: Call): void {
  for (const task of tasksOf(cluster, call)) {
    if (task.containerInstanceArn === instance.containerInstanceArn && task.group?.startsWith('service:')) {
      worldOf(call).stop(task.taskArn ?? '', {
        stopCode: 'ServiceSchedulerInitiated',
        stoppedReason: `Scaling activity initiated by (deployment ${task.startedBy ?? ''})`,
      });
    }
  }
}

function listInstances(
  input: Timestamped<sdk.ListContainerInstancesRequest>,
  call: Call,
): Timestamped<Omit<sdk.ListContainerInstancesResponse, '$metadata'>> {
  const cluster = requireCluster(input.cluster, call);
  const arns = instancesOf(cluster, call)
    .filter(
      (instance) =>
        (input.status === undefined || instance.status === input.status) &&
        matchesExpression(input.filter ?? '', shown(instance, cluster, [], call)),
    )
    .map((instance) => instance.containerInstanceArn ?? '');
  const page = pageOf(arns, input.nextToken, input.maxResults ?? PAGE);
  return { containerInstanceArns: page.items, nextToken: page.nextToken };
}

export const instanceOperations: Readonly<Record<string, Operation>> = {
  RegisterContainerInstance: operation<sdk.RegisterContainerInstanceRequest, sdk.RegisterContainerInstanceResponse>({ handle: register }),
  DeregisterContainerInstance: operation<sdk.DeregisterContainerInstanceRequest, sdk.DeregisterContainerInstanceResponse>({
    handle: deregister,
  }),
  ListContainerInstances: operation<sdk.ListContainerInstancesRequest, sdk.ListContainerInstancesResponse>({ handle: listInstances }),
  UpdateContainerInstancesState: operation<sdk.UpdateContainerInstancesStateRequest, sdk.UpdateContainerInstancesStateResponse>({
    handle: updateState,
  }),
  DescribeContainerInstances: operation<sdk.DescribeContainerInstancesRequest, sdk.DescribeContainerInstancesResponse>({
    handle: (input, call) => {
      const cluster = requireCluster(input.cluster, call);
      const references = input.containerInstances ?? [];
      if (references.length === 0) {
        throw clientException('Container Instances cannot be empty.');
      }
      const failures: sdk.Failure[] = [];
      const containerInstances = references.flatMap((reference) => {
        const instance = find(reference, cluster, call);
        if (!instance) {
          failures.push(missing(reference, cluster, call));
        }
        return instance ? [shown(instance, cluster, input.include ?? [], call)] : [];
      });
      return { containerInstances, failures };
    },
  }),
  PutAttributes: operation<sdk.PutAttributesRequest, sdk.PutAttributesResponse>({
    handle: (input, call) => changeAttributes(input, call, true),
  }),
  DeleteAttributes: operation<sdk.DeleteAttributesRequest, sdk.DeleteAttributesResponse>({
    handle: (input, call) => changeAttributes(input, call, false),
  }),
  ListAttributes: operation<sdk.ListAttributesRequest, sdk.ListAttributesResponse>({
    handle: (input, call) => {
      const cluster = requireCluster(input.cluster, call);
      const attributes = instancesOf(cluster, call)
        .flatMap((instance) =>
          (instance.attributes ?? []).map((attribute) => ({
            ...attribute,
            targetType: 'container-instance' as const,
            targetId: instance.containerInstanceArn,
          })),
        )
        .filter(
          (attribute) =>
            (input.attributeName === undefined || attribute.name === input.attributeName) &&
            (input.attributeValue === undefined || attribute.value === input.attributeValue),
        );
      const page = pageOf(attributes, input.nextToken, input.maxResults ?? PAGE);
      return { attributes: page.items, nextToken: page.nextToken };
    },
  }),
};

type AttributeInput = Timestamped<sdk.PutAttributesRequest>;

function changeAttributes(input: AttributeInput, call: Call, isPut: boolean): { attributes: NonNullable<AttributeInput['attributes']> } {
  const cluster = requireCluster(input.cluster, call);
  const attributes = input.attributes ?? [];
  for (const { name = '', value, targetId } of attributes) {
    const named = targetId === undefined ? undefined : find(targetId, cluster, call);
    // Suites for other emulators name no target where they mean every instance.
    const targets = named ? [named] : targetId === undefined && call.takesPlaceholders ? instancesOf(cluster, call) : [];
    if (targets.length === 0) {
      throw new AwsError('TargetNotFoundException', 'The specified target wasn’t found.');
    }
    for (const instance of targets) {
      const others = (instance.attributes ?? []).filter((attribute) => attribute.name !== name);
      saveInstance(
        call,
        { ...instance, attributes: isPut ? [...others, { name, ...(value === undefined ? {} : { value }) }] : others },
        call,
      );
    }
  }
  return { attributes };
}
