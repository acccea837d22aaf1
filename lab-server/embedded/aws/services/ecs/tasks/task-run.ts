// One task's life, from PROVISIONING to STOPPED, by the clock. Every step is in the record before the next one begins, so that a
// process that starts anew takes up each task where it was.
import { messageOf } from '../../../../../base/index.ts';
import type { Container as RuntimeContainer, NetworkEndpoint } from '../../../../runtime/runtime.ts';
import { parseArn } from '../../scope.ts';
import type { AwsContext } from '../../service.ts';
import type { InstanceNetwork } from '../instances/instance-network.ts';
import { ecsTables, type Container, type ContainerDefinition, type Task, type TaskDefinition } from '../state.ts';
import { definitionKey } from '../tags.ts';
import { TaskContainers } from './containers.ts';
import type { StartTurns } from './start-turns.ts';
import { TaskFailure } from './failure.ts';
import { attachInterface, detachInterface } from './network.ts';
import { healthOf, rankOf, readTask, scopeOf, taskKey, withContainer, type TaskState } from './record.ts';

/** Stopped tasks are shown for an hour. */
const KEPT_MS = 3_600_000;

export interface StopRequest {
  stopCode: NonNullable<Task['stopCode']>;
  stoppedReason: string;
}

export interface TaskRunHooks {
  /** After each change of the record. */
  onChange(task: Task): void;
  /** Spreads the starts of all tasks. */
  readonly turns: StartTurns;
  /** The network of the container instance that a task is placed on. */
  instanceNetwork(containerInstanceArn: string): InstanceNetwork;
  /** Resolves when no load balancer sends anything to a task that ends. */
  drained(task: Task, signal: AbortSignal): Promise<void>;
  /** The record is gone. */
  onForgotten(taskArn: string): void;
}

export class TaskRun implements Disposable {
  readonly #context: AwsContext;
  readonly #arn: string;
  readonly #hooks: TaskRunHooks;
  readonly #definition: TaskDefinition;
  /** Aborts when the endpoint shuts down. */
  readonly #closed = new AbortController();
  /** Aborts when the task shall stop, or the endpoint shuts down. */
  readonly #halted = new AbortController();
  #containers: TaskContainers | undefined;
  #endpoint: NetworkEndpoint | undefined;
  readonly #opened = new DisposableStack();
  #forgetting: Disposable | undefined;

  constructor(context: AwsContext, task: Task, hooks: TaskRunHooks) {
    this.#context = context;
    this.#arn = task.taskArn ?? '';
    this.#hooks = hooks;
    const { resource } = parseArn(task.taskDefinitionArn ?? '') ?? { resource: '' };
    const [family = '', revision = ''] = resource.replace(/^task-definition\//, '').split(':');
    const key = definitionKey(scopeOf(this.#arn), family, Number(revision));
    this.#definition = ecsTables(context.tables).taskDefinitions.get(key) ?? {};
  }

  /** Lives the task's life. Never rejects. */
  async live(): Promise<void> {
    if (this.#task.lastStatus !== 'STOPPED') {
      if (this.#task.desiredStatus === 'STOPPED') {
        this.#halted.abort();
      } else {
        await this.#untilItEnds();
      }
      if (!this.#closed.signal.aborted) {
        await this.#end();
      }
    }
    if (!this.#closed.signal.aborted) {
      this.#forgetLater();
    }
  }

  /** Lets the task end. A task that ends already keeps its reason. */
  stop({ stopCode, stoppedReason }: StopRequest): void {
    if (this.#task.desiredStatus !== 'STOPPED') {
      this.#change({ desiredStatus: 'STOPPED', stopCode, stoppedReason });
      this.#halted.abort();
    }
  }

  /** What the task's containers use at this moment. */
  usage(): { cpuMillicores: number; memoryBytes: number } {
    return this.#containers?.usage() ?? { cpuMillicores: 0, memoryBytes: 0 };
  }

  /** A container by its name in the definition, once it was started. */
  container(name: string): RuntimeContainer | undefined {
    return this.#containers?.container(name);
  }

  /** Lets go of everything at once; the records stay as they are, for the next start. */
  [Symbol.dispose](): void {
    this.#closed.abort();
    this.#halted.abort();
    this.#containers?.kill();
    this.#forgetting?.[Symbol.dispose]();
    this.#opened.dispose();
  }

  get #task(): Task {
    return readTask(this.#context, this.#arn) ?? {};
  }

  async #untilItEnds(): Promise<void> {
    try {
      await this.#begin();
      const ended = await Promise.race([this.#containers?.essentialExit, aborted(this.#halted.signal)]);
      if (ended) {
        this.stop({ stopCode: 'EssentialContainerExited', stoppedReason: 'Essential container in task exited' });
      }
    } catch (error) {
      if (!this.#halted.signal.aborted) {
        this.#fail(error);
      }
    }
  }

  async #begin(): Promise<void> {
    const { delays, clock } = this.#context;
    const signal = this.#halted.signal;
    if (this.#definition.networkMode === 'awsvpc') {
      if (this.#isBefore('PENDING')) {
        await clock.sleep(delays.provisioning, signal);
      }
      const { eni, task } = attachInterface(this.#context, this.#task);
      this.#save({
        ...task,
        containers: task.containers?.map((container) => ({
          ...container,
          networkInterfaces: [{ attachmentId: task.attachments?.[0]?.id, privateIpv4Address: eni.PrivateIpAddress }],
        })),
      });
      this.#endpoint = this.#opened.use(this.#context.runtime.network.attach(eni.PrivateIpAddress ?? ''));
    }
    this.#become('PENDING');
    const containers = new TaskContainers({
      context: this.#context,
      definition: this.#definition,
      task: () => this.#task,
      changeContainer: (name, change) => this.#changeContainer(name, change),
      network: (container) => this.#networkOf(container),
      turns: this.#hooks.turns,
      closed: this.#closed.signal,
    });
    this.#containers = containers;
    const isNew = this.#isBefore('ACTIVATING');
    if (isNew) {
      this.#change({ connectivity: 'CONNECTED', connectivityAt: clock.now(), pullStartedAt: clock.now() });
      await clock.sleep(delays.pull, signal);
    }
    const images = await containers.pull(signal);
    if (isNew) {
      this.#change({ pullStoppedAt: clock.now() });
    }
    this.#become('ACTIVATING');
    await containers.start(images);
    if (!signal.aborted && this.#isBefore('RUNNING')) {
      this.#change({ lastStatus: 'RUNNING', startedAt: clock.now() });
    }
  }

  #fail(error: unknown): void {
    const failure = error instanceof TaskFailure ? error : undefined;
    if (!failure) {
      process.emitWarning(`task ${this.#arn} failed: ${error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}`);
    }
    if (failure?.container) {
      this.#changeContainer(failure.container.name, { reason: failure.container.reason });
    }
    this.stop({
      stopCode: failure?.stopCode ?? 'TaskFailedToStart',
      stoppedReason: failure?.message ?? `Unexpected EC2 error while attempting to start the task: ${messageOf(error)}`,
    });
  }

  async #end(): Promise<void> {
    const { clock, delays } = this.#context;
    const hadStarted = this.#task.startedAt !== undefined;
    this.#change({ stoppingAt: this.#task.stoppingAt ?? clock.now() });
    if (hadStarted) {
      this.#become('DEACTIVATING');
      await this.#hooks.drained(this.#task, this.#closed.signal);
      if (this.#closed.signal.aborted) {
        return;
      }
    }
    this.#become('STOPPING');
    await this.#containers?.stop();
    if (this.#closed.signal.aborted) {
      return;
    }
    this.#change({
      executionStoppedAt: this.#task.executionStoppedAt ?? clock.now(),
      containers: this.#task.containers?.map((container) => ({ ...container, lastStatus: 'STOPPED' })),
    });
    this.#opened.dispose();
    if (this.#definition.networkMode === 'awsvpc') {
      this.#become('DEPROVISIONING');
      try {
        await clock.sleep(delays.deprovisioning, this.#closed.signal);
      } catch {
        return;
      }
      this.#save(detachInterface(this.#context, this.#task));
    }
    this.#change({ lastStatus: 'STOPPED', stoppedAt: clock.now() });
  }

  #forgetLater(): void {
    const age = this.#context.clock.now() - (this.#task.stoppedAt ?? this.#context.clock.now());
    this.#forgetting = this.#context.clock.schedule(Math.max(0, KEPT_MS - age), () => {
      ecsTables(this.#context.tables).tasks.delete(taskKey(this.#arn));
      this.#hooks.onForgotten(this.#arn);
    });
  }

  #networkOf(container: ContainerDefinition): { endpoint: NetworkEndpoint; bindings: NonNullable<Container['networkBindings']> } {
    if (this.#endpoint) {
      return { endpoint: this.#endpoint, bindings: [] };
    }
    const bound = this.#hooks.instanceNetwork(this.#task.containerInstanceArn ?? '').bind(container, this.#definition.networkMode);
    this.#opened.use(bound);
    return { endpoint: bound.endpoint, bindings: bound.bindings };
  }

  #isBefore(state: TaskState): boolean {
    return rankOf(this.#task.lastStatus) < rankOf(state);
  }

  /** Goes on to a state, unless the task was further already when the process started. */
  #become(state: TaskState): void {
    if (this.#isBefore(state)) {
      this.#change({ lastStatus: state });
    }
  }

  #changeContainer(name: string, change: Partial<Container>): void {
    const task = withContainer(this.#task, name, change);
    const checked = new Set(
      this.#definition.containerDefinitions?.filter((one) => one.healthCheck && one.essential !== false).map((one) => one.name ?? ''),
    );
    this.#save({ ...task, healthStatus: healthOf(task, checked) });
  }

  #change(change: Partial<Task>): void {
    this.#save({ ...this.#task, ...change });
  }

  #save(task: Task): void {
    if (this.#closed.signal.aborted) {
      return;
    }
    const saved = { ...task, version: (task.version ?? 0) + 1 };
    ecsTables(this.#context.tables).tasks.put(taskKey(this.#arn), saved);
    this.#hooks.onChange(saved);
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve(undefined);
    }
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
