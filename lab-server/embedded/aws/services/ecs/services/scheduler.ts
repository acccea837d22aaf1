// The service scheduler: after each change of a service, its tasks, its targets or the cluster's instances, it brings tasks closer to what the
// service wants.
import { scopeKey } from '../../scope.ts';
import type { AwsContext, Call } from '../../service.ts';
import { instancesOf } from '../cluster-records.ts';
import { ecsTables, type Cluster, type ContainerInstance, type Service, type Task } from '../state.ts';
import { scopeOf } from '../tasks/record.ts';
import type { EcsWorld } from '../world.ts';
import { heedAlarms, isWatched, onAlarms } from './deployment-alarms.ts';
import { recordStage } from './deployments.ts';
import { schedulerCall, startTasks, TROUBLESHOOTING, type Template } from './launch.ts';
import { completeDeployment, countFailure, failDeployment } from './outcome.ts';
import { isFailedCheck, planService, planTaskSets, type Plan } from './plan.ts';
import { counted, primaryOf, remembering, saveService, serviceKey, taskList, tasksOfService, withEvent } from './record.ts';
import { isAlive, isHealthy, isRunning } from './task-condition.ts';
import { advanceRollout } from './rollout.ts';
import { countedSets, saveTaskSet, taskSetsOf } from './task-set-record.ts';
import { shiftTraffic } from './traffic.ts';
import { balanceOf, balanceText, zonesOf } from './zone-balance.ts';

/** After a second failure in a row new tasks wait, twice as long each time. */
const FIRST_DELAY_MS = 1000;
const LONGEST_DELAY_MS = 300_000;
const FREE_FAILURES = 1;
/** A task that ran this long did start: failures before it are forgotten. */
const STARTED_MS = 60_000;
/** Failures after which the service says that it cannot go on like this. */
const TOLD_AFTER = 5;

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
    this.#listening.use(onAlarms(context, () => this.#alarmsChanged()));
    this.#listening.use(world.onInstanceChange((instance) => this.#instanceChanged(instance)));
    for (const service of ecsTables(context.tables).services.list()) {
      this.kick(service.serviceArn ?? '');
    }
  }

  /** Looks at a service soon, once for all changes of this turn of the event loop. */
  kick(serviceArn: string): void {
    if (this.#due.size === 0) {
      setImmediate(() => this.#work());
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
    const isUnhealthy = isFailedCheck(task.stoppedReason);
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

  #alarmsChanged(): void {
    for (const service of ecsTables(this.#context.tables).services.list().filter(isWatched)) {
      this.kick(service.serviceArn ?? '');
    }
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
    const isOutside = (service.deploymentController?.type ?? 'ECS') !== 'ECS';
    let changed = this.#advanced(heedAlarms(this.#context, daemonCount(service, cluster, call)), now);
    const tasks = tasksOfService(this.#context, changed);
    const sets = isOutside ? countedSets(taskSetsOf(this.#context, changed), changed, tasks) : [];
    const plan = isOutside ? planTaskSets(sets, tasks) : planService(changed, tasks, now, zonesOf(this.#context, changed));
    this.#lookAgainAfterProtection(changed, tasks, now);
    changed = this.#balanceTold(changed, tasks, now);
    changed = this.#stop(changed, plan.stop, now);
    if (plan.start.length > 0) {
      const wait = (changed.memory?.notBefore ?? 0) - now;
      if (wait > 0) {
        this.#later(service, wait);
      } else {
        changed = this.#start(changed, plan, isOutside ? sets : (changed.deployments ?? []), cluster, call);
      }
    }
    if (isOutside) {
      const after = tasksOfService(this.#context, changed);
      for (const set of countedSets(taskSetsOf(this.#context, changed), changed, after, now)) {
        saveTaskSet(this.#context, set);
      }
    }
    const concluded = this.#concluded(changed, now);
    const shifted = shiftTraffic(this.#context, concluded, (message) => this.#tell(concluded, message));
    const settled = remembering(concluded, { shifted });
    if (JSON.stringify(settled) !== JSON.stringify(service)) {
      saveService(this.#context, settled);
    }
  }

  #tell(service: Service, message: string): void {
    const current = ecsTables(this.#context.tables).services.get(serviceKey(service.serviceArn ?? ''));
    if (current && !this.#isClosed) {
      saveService(this.#context, withEvent(current, message, this.#context.clock.now()));
    }
  }

  /** Brings a staged deployment as far as it goes. */
  #advanced(service: Service, now: number): Service {
    const rollout = service.status === 'ACTIVE' ? service.memory?.rollout : undefined;
    if (!rollout) {
      return service;
    }
    const advanced = advanceRollout(service, rollout, tasksOfService(this.#context, service), now);
    const changed = remembering(service, { rollout: advanced.rollout });
    recordStage(this.#context, changed, advanced.rollout);
    if (advanced.failure !== undefined) {
      return failDeployment(this.#context, changed, {
        rollback: true,
        what: 'ECS deployment lifecycle hook',
        said: advanced.failure,
        statusReason: advanced.failure,
        rollbackReason: `Service deployment rolled back because of a lifecycle hook: ${advanced.failure}`,
      });
    }
    if (advanced.wait !== undefined) {
      this.#later(service, advanced.wait);
    }
    return changed;
  }

  #start(service: Service, plan: Plan, templates: readonly Template[], cluster: Cluster, call: Call): Service {
    let changed = service;
    for (const { id, count } of plan.start) {
      const template = templates.find((one) => one.id === id);
      if (template) {
        changed = startTasks(changed, template, count, cluster, call, (task) => this.#world.launch(task));
      }
    }
    return changed;
  }

  #stop(service: Service, stops: ReturnType<typeof planService>['stop'], now: number): Service {
    let changed = service;
    const running: string[] = [];
    for (const { task, reason, isUnhealthy } of stops) {
      if (isUnhealthy) {
        const { failedTarget: target } = task;
        changed = withEvent(
          changed,
          task.healthStatus === 'UNHEALTHY' || !target
            ? `${taskList([task.taskArn ?? ''])} failed container health checks.`
            : `(port ${target.port}) is unhealthy in (target-group ${target.groupArn}) due to (reason ${target.reason}).`,
          now,
        );
      }
      if (isRunning(task)) {
        running.push(task.taskArn ?? '');
      }
      this.#world.stop(task.taskArn ?? '', { stopCode: 'ServiceSchedulerInitiated', stoppedReason: reason });
    }
    return running.length > 0 ? withEvent(changed, `has stopped ${running.length} running tasks: ${taskList(running)}.`, now) : changed;
  }

  /** Sees whether the deployment is complete, the service steady, or drained to its end. */
  #concluded(service: Service, now: number): Service {
    const tasks = tasksOfService(this.#context, service);
    let changed = counted(service, tasks);
    if (changed.status === 'DRAINING') {
      const isEmpty = tasks.every((task) => task.lastStatus === 'STOPPED');
      return isEmpty ? { ...changed, status: 'INACTIVE', deployments: [] } : changed;
    }
    if ((changed.deploymentController?.type ?? 'ECS') !== 'ECS') {
      return changed;
    }
    const primary = primaryOf(changed);
    const desired = changed.desiredCount ?? 0;
    const own = tasks.filter((task) => task.startedBy === primary?.id && isAlive(task));
    const hasOld = tasks.some((task) => task.startedBy !== primary?.id && isAlive(task));
    const isUnderWay = changed.memory?.rollout !== undefined && changed.memory.rollout.stage !== 'CLEAN_UP';
    const isThere = own.length === desired && own.filter(isHealthy).length === desired && !hasOld && !isUnderWay;
    if (isThere && primary?.rolloutState === 'IN_PROGRESS') {
      changed = completeDeployment(this.#context, changed);
    }
    if (isThere !== (changed.memory?.isSteady ?? false)) {
      changed = remembering(changed, { isSteady: isThere });
      changed = isThere ? withEvent(changed, 'has reached a steady state.', now) : changed;
    }
    return changed;
  }

  /** Tells once that tasks crowd in a zone, and once that they do not any more. */
  #balanceTold(service: Service, tasks: readonly Task[], now: number): Service {
    const zones = zonesOf(this.#context, service);
    const own = tasks.filter(isAlive);
    if (zones.length < 2 || own.length !== service.desiredCount || !own.every(isHealthy)) {
      return service;
    }
    const balance = balanceOf(zones, own);
    return balance.isBalanced === (service.memory?.isCrowded ?? false)
      ? withEvent(remembering(service, { isCrowded: !balance.isBalanced }), balanceText(balance), now)
      : service;
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

/** A daemon service wants as many tasks as there are instances. */
function daemonCount(service: Service, cluster: Cluster, call: Call): Service {
  return service.schedulingStrategy === 'DAEMON'
    ? { ...service, desiredCount: instancesOf(cluster, call).filter((instance) => instance.status === 'ACTIVE').length }
    : service;
}
