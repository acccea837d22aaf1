// What lives in ECS beside its records: the runs of tasks, the networks of instances, and whoever waits for changes of them.
import { ec2Tables } from '../ec2/state.ts';
import { scopeKey } from '../scope.ts';
import type { AwsContext } from '../service.ts';
import type { Container as RuntimeContainer } from '../../../runtime/runtime.ts';
import { ExecSessions } from './exec/sessions.ts';
import { InstanceNetwork } from './instances/instance-network.ts';
import { drained } from './services/load-balancing.ts';
import { ServiceScheduler } from './services/scheduler.ts';
import { ecsTables, type ContainerInstance, type Task } from './state.ts';
import { scopeOf, taskKey } from './tasks/record.ts';
import { StartTurns } from './tasks/start-turns.ts';
import { TaskRun, type StopRequest } from './tasks/task-run.ts';

const worlds = new WeakMap<object, EcsWorld>();

/** The living half of the endpoint's ECS. Throws before it started. */
export function worldOf(context: Pick<AwsContext, 'tables'>): EcsWorld {
  const world = worlds.get(context.tables);
  if (!world) {
    throw new Error('ECS has not started');
  }
  return world;
}

export class EcsWorld implements Disposable {
  readonly #context: AwsContext;
  readonly #runs = new Map<string, TaskRun>();
  readonly #turns = new StartTurns();
  readonly #networks = new Map<string, InstanceNetwork>();
  readonly #listeners = new Set<(task: Task) => void>();
  readonly #instanceListeners = new Set<(instance: ContainerInstance) => void>();
  readonly scheduler: ServiceScheduler;
  readonly sessions: ExecSessions;

  constructor(context: AwsContext) {
    this.#context = context;
    worlds.set(context.tables, this);
    this.scheduler = new ServiceScheduler(context, this);
    this.sessions = new ExecSessions(context.clock);
  }

  /** Takes up every task that is on record. */
  resume(): void {
    for (const task of ecsTables(this.#context.tables).tasks.list()) {
      this.#run(task);
    }
  }

  /** Puts a new task on record and starts it. */
  launch(task: Task): void {
    ecsTables(this.#context.tables).tasks.put(taskKey(task.taskArn ?? ''), task);
    this.#run(task);
    this.#tell(task);
  }

  /** What a task's containers use at this moment. */
  usage(taskArn: string): { cpuMillicores: number; memoryBytes: number } {
    return this.#runs.get(taskArn)?.usage() ?? { cpuMillicores: 0, memoryBytes: 0 };
  }

  stop(taskArn: string, request: StopRequest): void {
    this.#runs.get(taskArn)?.stop(request);
  }

  /** Protects a task until a moment, or no longer. */
  protect(taskArn: string, until: number | undefined): Task | undefined {
    const tasks = ecsTables(this.#context.tables).tasks;
    const task = tasks.get(taskKey(taskArn));
    if (task) {
      const changed: Task = { ...task, protectedUntil: until };
      tasks.put(taskKey(taskArn), changed);
      this.#tell(changed);
      return changed;
    }
    return undefined;
  }

  /** Takes up what the checks of load balancers found of a task's targets. */
  judgeTarget(taskArn: string, health: NonNullable<Task['targetHealth']>, target?: Task['failedTarget']): void {
    const tasks = ecsTables(this.#context.tables).tasks;
    const task = tasks.get(taskKey(taskArn));
    if (task && task.targetHealth !== health) {
      const changed: Task = { ...task, targetHealth: health, ...(health === 'UNHEALTHY' && target ? { failedTarget: target } : {}) };
      tasks.put(taskKey(taskArn), changed);
      this.#tell(changed);
    }
  }

  /** A running container of a task, by its name in the definition. */
  container(taskArn: string, name: string): RuntimeContainer | undefined {
    return this.#runs.get(taskArn)?.container(name);
  }

  onTaskChange(listener: (task: Task) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  onInstanceChange(listener: (instance: ContainerInstance) => void): Disposable {
    this.#instanceListeners.add(listener);
    return { [Symbol.dispose]: () => void this.#instanceListeners.delete(listener) };
  }

  /** Tells that an instance joined, changed or left. */
  instanceChanged(instance: ContainerInstance): void {
    if (instance.status === 'INACTIVE') {
      this.#networks.get(instance.containerInstanceArn ?? '')?.[Symbol.dispose]();
      this.#networks.delete(instance.containerInstanceArn ?? '');
    }
    for (const listener of this.#instanceListeners) {
      listener(instance);
    }
  }

  [Symbol.dispose](): void {
    this.scheduler[Symbol.dispose]();
    this.sessions[Symbol.dispose]();
    this.#listeners.clear();
    this.#instanceListeners.clear();
    for (const run of this.#runs.values()) {
      run[Symbol.dispose]();
    }
    for (const network of this.#networks.values()) {
      network[Symbol.dispose]();
    }
    worlds.delete(this.#context.tables);
  }

  #run(task: Task): void {
    const run = new TaskRun(this.#context, task, {
      onChange: (changed) => this.#tell(changed),
      turns: this.#turns,
      instanceNetwork: (arn) => this.#network(arn),
      drained: (ending, signal) => drained(this.#context, ending, signal),
      onForgotten: (arn) => this.#runs.delete(arn),
    });
    this.#runs.set(task.taskArn ?? '', run);
    void run.live();
  }

  #tell(task: Task): void {
    for (const listener of this.#listeners) {
      listener(task);
    }
  }

  #network(containerInstanceArn: string): InstanceNetwork {
    let network = this.#networks.get(containerInstanceArn);
    if (!network) {
      const scope = scopeOf(containerInstanceArn);
      const instance = ecsTables(this.#context.tables).containerInstances.get(
        scopeKey(scope, containerInstanceArn.replace(/^.*container-instance\//, '')),
      );
      const eni = ec2Tables(this.#context.tables)
        .networkInterfaces.list(`${scopeKey(scope)}/`)
        .find((one) => instance !== undefined && one.Attachment?.InstanceId === instance.ec2InstanceId);
      network = new InstanceNetwork(this.#context, eni?.PrivateIpAddress);
      this.#networks.set(containerInstanceArn, network);
    }
    return network;
  }
}
