// The service scheduler: after each change of a service, its tasks or the cluster's instances, it brings tasks closer to what the service wants.
import { scopeKey } from '../../scope.ts';
import type { AwsContext, Call } from '../../service.ts';
import { definitionsBy, instancesOf, tasksOf } from '../cluster-records.ts';
import { nextProvider } from '../launch-type.ts';
import { place } from '../instances/placement.ts';
import { ecsTables, type Cluster, type ContainerInstance, type Service, type ServiceMemory, type Task } from '../state.ts';
import { findTaskDefinition } from '../task-definitions.ts';
import { newTask } from '../tasks/new-task.ts';
import { scopeOf } from '../tasks/record.ts';
import { rolePrincipal } from '../tasks/secrets.ts';
import type { EcsWorld } from '../world.ts';
import { completeDeployment, countFailure } from './deployments.ts';
import { planService } from './plan.ts';
import {
  counted,
  isAlive,
  isHealthy,
  isRunning,
  primaryOf,
  saveService,
  serviceKey,
  taskList,
  tasksOfService,
  withEvent,
} from './record.ts';

/** After a second failure in a row new tasks wait, twice as long each time. */
const FIRST_DELAY_MS = 1000;
const LONGEST_DELAY_MS = 300_000;
const FREE_FAILURES = 1;
/** A task that ran this long did start: failures before it are forgotten. */
const STARTED_MS = 60_000;
/** Failures after which the service says that it cannot go on like this. */
const TOLD_AFTER = 5;

const TROUBLESHOOTING = 'For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.';

export class ServiceScheduler implements Disposable {
  readonly #context: AwsContext;
  readonly #world: EcsWorld;
  readonly #due = new Set<string>();
  readonly #timers = new Map<string, Disposable>();
  readonly #listening = new DisposableStack();
  #isClosed = false;

  constructor(context: AwsContext, world: EcsWorld) {
    this.#context = context;
    this.#world = world;
    this.#listening.use(world.onTaskChange((task) => this.#taskChanged(task)));
    this.#listening.use(world.onInstanceChange((instance) => this.#instanceChanged(instance)));
    for (const service of ecsTables(context.tables).services.list()) {
      this.kick(service.serviceArn ?? '');
    }
  }

  /** Looks at a service soon, once for all changes of this turn. */
  kick(serviceArn: string): void {
    if (this.#due.size === 0) {
      queueMicrotask(() => this.#work());
    }
    this.#due.add(serviceKey(serviceArn));
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#listening.dispose();
    for (const timer of this.#timers.values()) {
      timer[Symbol.dispose]();
    }
  }

  #work(): void {
    const keys = [...this.#due];
    this.#due.clear();
    for (const key of keys) {
      const service = this.#isClosed ? undefined : ecsTables(this.#context.tables).services.get(key);
      if (service && service.status !== 'INACTIVE') {
        this.#reconcile(service);
      }
    }
  }

  #taskChanged(task: Task): void {
    const name = task.group?.startsWith('service:') ? task.group.slice('service:'.length) : undefined;
    if (name === undefined) {
      return;
    }
    const cluster = task.clusterArn?.split('/').at(-1) ?? '';
    const service = ecsTables(this.#context.tables).services.get(scopeKey(scopeOf(task.taskArn ?? ''), cluster, name));
    if (!service) {
      return;
    }
    if (task.lastStatus === 'STOPPED') {
      this.#taskEnded(service, task);
    }
    this.kick(service.serviceArn ?? '');
  }

  /** Counts what a task that ended says about its service. */
  #taskEnded(service: Service, task: Task): void {
    const isFailedStart = task.startedAt === undefined && task.stopCode === 'TaskFailedToStart';
    const isUnhealthy = task.stoppedReason === 'Task failed container health checks';
    const isExit = task.stopCode === 'EssentialContainerExited';
    const { memory } = service;
    if (!memory || !(isFailedStart || isUnhealthy || isExit)) {
      return;
    }
    const ranFor = (task.stoppingAt ?? 0) - (task.startedAt ?? task.stoppingAt ?? 0);
    const failures = ranFor >= STARTED_MS ? 0 : memory.failures + 1;
    const now = this.#context.clock.now();
    const delay = failures <= FREE_FAILURES ? 0 : Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - FREE_FAILURES - 1));
    let changed: Service = { ...service, memory: { ...memory, failures, notBefore: now + delay, isSteady: false } };
    if (failures === TOLD_AFTER) {
      changed = withEvent(changed, `is unable to consistently start tasks successfully. ${TROUBLESHOOTING}`, now);
    }
    if (task.startedBy === primaryOf(service)?.id && (isFailedStart || isUnhealthy)) {
      changed = countFailure(this.#context, changed);
    }
    saveService(this.#context, changed);
  }

  #instanceChanged(instance: ContainerInstance): void {
    const scope = scopeOf(instance.containerInstanceArn ?? '');
    const cluster = (instance.containerInstanceArn ?? '').split('/').at(-2) ?? '';
    for (const service of ecsTables(this.#context.tables).services.list(`${scopeKey(scope, cluster)}/`)) {
      this.kick(service.serviceArn ?? '');
    }
  }

  #reconcile(service: Service): void {
    const now = this.#context.clock.now();
    const call = schedulerCall(this.#context, service);
    const cluster = ecsTables(this.#context.tables).clusters.get(scopeKey(call, service.clusterArn?.split('/').at(-1) ?? ''));
    if (!cluster || !service.memory) {
      return;
    }
    let changed = daemonCount(service, cluster, call);
    const tasks = tasksOfService(this.#context, changed);
    const plan = planService(changed, tasks, now);
    this.#lookAgainAfterProtection(changed, tasks, now);
    changed = this.#stop(changed, plan.stop, now);
    if (plan.start > 0) {
      const wait = service.memory.notBefore - now;
      if (wait > 0) {
        this.#later(service, wait);
      } else {
        changed = this.#start(changed, plan.start, cluster, call, now);
      }
    }
    saveService(this.#context, this.#concluded(changed, now));
  }

  #stop(service: Service, stops: ReturnType<typeof planService>['stop'], now: number): Service {
    let changed = service;
    const running: string[] = [];
    for (const { task, reason, isUnhealthy } of stops) {
      if (isUnhealthy) {
        changed = withEvent(changed, `${taskList([task.taskArn ?? ''])} failed container health checks.`, now);
      }
      if (isRunning(task)) {
        running.push(task.taskArn ?? '');
      }
      this.#world.stop(task.taskArn ?? '', { stopCode: 'ServiceSchedulerInitiated', stoppedReason: reason });
    }
    return running.length > 0 ? withEvent(changed, `has stopped ${running.length} running tasks: ${taskList(running)}.`, now) : changed;
  }

  #start(service: Service, count: number, cluster: Cluster, call: Call, now: number): Service {
    const definition = findTaskDefinition(service.taskDefinition ?? '', call);
    const deployment = primaryOf(service);
    if (!definition || !deployment) {
      return service;
    }
    const launchType =
      service.launchType ?? (service.capacityProviderStrategy?.[0]?.capacityProvider?.startsWith('FARGATE') ? 'FARGATE' : 'EC2');
    const byProvider = new Map<string, number>();
    for (const task of tasksOfService(this.#context, service).filter(isAlive)) {
      byProvider.set(task.capacityProviderName ?? '', (byProvider.get(task.capacityProviderName ?? '') ?? 0) + 1);
    }
    const started: string[] = [];
    let unplaced: string | undefined;
    for (let index = 0; index < count && unplaced === undefined; index += 1) {
      const capacityProviderName = nextProvider(service.capacityProviderStrategy ?? [], byProvider);
      const instance = launchType === 'EC2' ? placeTask(service, cluster, capacityProviderName, call) : undefined;
      if (typeof instance === 'string') {
        unplaced = instance;
        break;
      }
      const task = newTask(
        {
          cluster,
          definition,
          launchType,
          ...(capacityProviderName ? { capacityProviderName } : {}),
          platformVersion: service.platformVersion,
          networkConfiguration: service.networkConfiguration,
          ...(instance ? { instance } : {}),
          group: `service:${service.serviceName ?? ''}`,
          startedBy: deployment.id,
          enableExecuteCommand: service.enableExecuteCommand,
          tags: service.propagateTags === 'SERVICE' ? service.tags : service.propagateTags === 'TASK_DEFINITION' ? definition.tags : [],
        },
        call,
      );
      byProvider.set(capacityProviderName ?? '', (byProvider.get(capacityProviderName ?? '') ?? 0) + 1);
      started.push(task.taskArn ?? '');
      this.#world.launch(task);
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

  /** Sees whether the deployment is complete, the service steady, or drained to its end. */
  #concluded(service: Service, now: number): Service {
    const tasks = tasksOfService(this.#context, service);
    let changed = counted(service, tasks);
    if (changed.status === 'DRAINING') {
      const isEmpty = tasks.every((task) => task.lastStatus === 'STOPPED');
      return isEmpty ? { ...changed, status: 'INACTIVE', deployments: [] } : changed;
    }
    const primary = primaryOf(changed);
    const desired = changed.desiredCount ?? 0;
    const own = tasks.filter((task) => task.startedBy === primary?.id && isAlive(task));
    const hasOld = tasks.some((task) => task.startedBy !== primary?.id && isAlive(task));
    const isThere = own.length === desired && own.filter(isHealthy).length === desired && !hasOld;
    if (isThere && primary?.rolloutState === 'IN_PROGRESS') {
      changed = completeDeployment(this.#context, changed);
    }
    if (isThere !== (changed.memory?.isSteady ?? false)) {
      changed = remembering(changed, { isSteady: isThere });
      changed = isThere ? withEvent(changed, 'has reached a steady state.', now) : changed;
    }
    return changed;
  }

  #lookAgainAfterProtection(service: Service, tasks: readonly Task[], now: number): void {
    const ends = tasks.flatMap((task) => (isAlive(task) && (task.protectedUntil ?? 0) > now ? [task.protectedUntil ?? 0] : []));
    if (ends.length > 0) {
      this.#later(service, Math.min(...ends) - now);
    }
  }

  #later(service: Service, wait: number): void {
    const key = serviceKey(service.serviceArn ?? '');
    this.#timers.get(key)?.[Symbol.dispose]();
    this.#timers.set(
      key,
      this.#context.clock.schedule(wait, () => {
        this.#timers.delete(key);
        this.kick(service.serviceArn ?? '');
      }),
    );
  }
}

function remembering(service: Service, change: Partial<ServiceMemory>): Service {
  return service.memory ? { ...service, memory: { ...service.memory, ...change } } : service;
}

/** A daemon service wants as many tasks as there are instances. */
function daemonCount(service: Service, cluster: Cluster, call: Call): Service {
  return service.schedulingStrategy === 'DAEMON'
    ? { ...service, desiredCount: instancesOf(cluster, call).filter((instance) => instance.status === 'ACTIVE').length }
    : service;
}

/** An instance for the next task of a service, or the reason why there is none. */
function placeTask(service: Service, cluster: Cluster, provider: string | undefined, call: Call): ContainerInstance | string {
  const definition = findTaskDefinition(service.taskDefinition ?? '', call);
  const instances = instancesOf(cluster, call);
  if (!definition || instances.length === 0) {
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
function schedulerCall(context: AwsContext, service: Service): Call {
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
