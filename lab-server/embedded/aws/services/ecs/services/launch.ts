// Starting tasks of a service: each gets its place, by capacity provider and instance, or the service says why it got none.
import type * as sdk from '@aws-sdk/client-ecs';
import type { AwsContext, Call } from '../../service.ts';
import { definitionsBy, instancesOf, tasksOf } from '../cluster-records.ts';
import { nextProvider } from '../launch-type.ts';
import { place } from '../instances/placement.ts';
import type { Cluster, ContainerInstance, Deployment, Service, Tag, Task, TaskDefinition, TaskSet } from '../state.ts';
import { findTaskDefinition } from '../task-definitions.ts';
import { newTask } from '../tasks/new-task.ts';
import { scopeOf } from '../tasks/record.ts';
import { rolePrincipal } from '../tasks/secrets.ts';
import { remembering, taskList, tasksOfService, withEvent } from './record.ts';
import { isAlive } from './task-condition.ts';

export const TROUBLESHOOTING = 'For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.';

/** What new tasks are made after: a deployment, or a task set. */
export type Template = Pick<
  Deployment & TaskSet,
  'id' | 'taskDefinition' | 'launchType' | 'capacityProviderStrategy' | 'platformVersion' | 'networkConfiguration'
>;

/** Starts up to `count` tasks and gives the service with its events about them. `launch` puts each on record. */
export function startTasks(
  service: Service,
  template: Template,
  count: number,
  cluster: Cluster,
  call: Call,
  launch: (task: Task) => void,
): Service {
  const definition = findTaskDefinition(template.taskDefinition ?? '', call);
  if (!definition) {
    return service;
  }
  const now = call.clock.now();
  const strategy = template.capacityProviderStrategy ?? [];
  const launchType = template.launchType ?? (strategy[0]?.capacityProvider?.startsWith('FARGATE') ? 'FARGATE' : 'EC2');
  const byProvider = new Map<string, number>();
  for (const task of tasksOfService(call, service).filter(isAlive)) {
    byProvider.set(task.capacityProviderName ?? '', (byProvider.get(task.capacityProviderName ?? '') ?? 0) + 1);
  }
  const started: string[] = [];
  let unplaced: string | undefined;
  for (let index = 0; index < count; index += 1) {
    const provider = nextProvider(strategy, byProvider);
    const instance = launchType === 'FARGATE' ? undefined : placeTask(service, definition, cluster, provider, call);
    if (typeof instance === 'string') {
      unplaced = instance;
      break;
    }
    const task = newTask(
      {
        cluster,
        definition,
        launchType: launchType as sdk.LaunchType,
        ...(provider ? { capacityProviderName: provider } : {}),
        platformVersion: template.platformVersion,
        networkConfiguration: template.networkConfiguration,
        ...(instance ? { instance } : {}),
        group: `service:${service.serviceName ?? ''}`,
        startedBy: template.id,
        enableExecuteCommand: service.enableExecuteCommand,
        tags: tagsFor(service, definition),
        zones: zoneCounts(service, call),
      },
      call,
    );
    byProvider.set(provider ?? '', (byProvider.get(provider ?? '') ?? 0) + 1);
    started.push(task.taskArn ?? '');
    launch(task);
  }
  let changed = service;
  if (started.length > 0) {
    changed = withEvent(changed, `has started ${started.length} tasks: ${taskList(started)}.`, now);
  }
  if (unplaced !== undefined && unplaced !== service.memory?.unplaced) {
    const said = `was unable to place a task because no container instance met all of its requirements. Reason: ${unplaced} ${TROUBLESHOOTING}`;
    changed = withEvent(changed, said, now);
  }
  return remembering(changed, { unplaced });
}

/** Tasks of the service by zone: the next one goes to the zone with the fewest, which keeps a service spread. */
function zoneCounts(service: Service, call: Call): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const task of tasksOfService(call, service).filter(isAlive)) {
    counts.set(task.availabilityZone ?? '', (counts.get(task.availabilityZone ?? '') ?? 0) + 1);
  }
  return counts;
}

function tagsFor(service: Service, definition: TaskDefinition): Tag[] {
  const managed = service.enableECSManagedTags
    ? [
        { key: 'aws:ecs:clusterName', value: service.clusterArn?.split('/').at(-1) ?? '' },
        { key: 'aws:ecs:serviceName', value: service.serviceName ?? '' },
      ]
    : [];
  const inherited =
    service.propagateTags === 'SERVICE' ? service.tags : service.propagateTags === 'TASK_DEFINITION' ? definition.tags : undefined;
  return [...managed, ...(inherited ?? [])];
}

/** An instance for the next task of a service, or the reason why there is none. */
function placeTask(
  service: Service,
  definition: TaskDefinition,
  cluster: Cluster,
  provider: string | undefined,
  call: Call,
): ContainerInstance | string {
  const instances = instancesOf(cluster, call);
  if (instances.length === 0) {
    return 'No Container Instances were found in your cluster.';
  }
  const isDaemon = service.schedulingStrategy === 'DAEMON';
  const placed = place({
    definition,
    instances,
    tasks: tasksOf(cluster, call),
    definitionOf: definitionsBy(call),
    constraints: [...(service.placementConstraints ?? []), ...(isDaemon ? [{ type: 'distinctInstance' as const }] : [])],
    strategy: service.placementStrategy ?? [],
    group: `service:${service.serviceName ?? ''}`,
    ...(provider ? { capacityProviderName: provider } : {}),
  });
  if ('instance' in placed) {
    return placed.instance;
  }
  const closest = placed.failures[0];
  return `The closest matching container-instance ${closest?.arn?.split('/').at(-1) ?? ''} ${shortage(closest?.reason)}.`;
}

function shortage(reason: string | undefined): string {
  switch (reason) {
    case 'RESOURCE:CPU':
      return 'has insufficient CPU units available';
    case 'RESOURCE:MEMORY':
      return 'has insufficient memory available';
    case 'RESOURCE:PORTS':
      return 'is already using a port required by your task';
    case 'ATTRIBUTE':
      return 'is missing an attribute required by your task';
    case 'AGENT':
      return 'has the agent disconnected';
    default:
      return 'encountered error "' + (reason ?? 'no capacity') + '"';
  }
}

/** The scheduler acts as the service-linked role of ECS. */
export function schedulerCall(context: AwsContext, service: Service): Call {
  const scope = scopeOf(service.serviceArn ?? '');
  return {
    ...context,
    ...scope,
    service: 'ecs',
    operation: 'RunTask',
    principal: rolePrincipal(scope, undefined),
    requestId: '',
    sourceAddress: 'ecs.amazonaws.com',
  };
}
