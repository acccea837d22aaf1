// The containers of one running task: pulled, started in the order of their dependencies, watched, and stopped in the reverse one.
import { randomBytes } from 'node:crypto';
import type { IFileSystem } from 'just-bash';
import { createMemoryFileSystem } from '../../../../runtime/files/memory-file-system.ts';
import type { Container as RuntimeContainer, ContainerExit, Image, NetworkEndpoint } from '../../../../runtime/runtime.ts';
import type { AwsContext } from '../../service.ts';
import type { Container, ContainerDefinition, Task, TaskDefinition } from '../state.ts';
import { openLog, sendLines } from './awslogs.ts';
import { checkLogAccess, imageFor } from './execution-role.ts';
import { isPullError, pullFailure, startFailure, TaskFailure } from './failure.ts';
import { watchHealth } from './health-check.ts';
import { idOfTask, scopeOf } from './record.ts';
import { secretsOf } from './secrets.ts';
import { specOf } from './spec.ts';
import type { StartTurns } from './start-turns.ts';

const SECOND = 1000;
/** Seconds between SIGTERM and SIGKILL when the definition names none. */
const STOP_TIMEOUT = 30;

/** The agent of ExecuteCommand beside a container. */
const EXEC_AGENT = { name: 'ExecuteCommandAgent' as const };

export interface Surroundings {
  context: AwsContext;
  definition: TaskDefinition;
  /** The task as it is recorded at this moment. */
  task: () => Task;
  changeContainer: (name: string, change: Partial<Container>) => void;
  /** The network of a container, with its bindings to host ports. */
  network: (container: ContainerDefinition) => { endpoint: NetworkEndpoint; bindings: NonNullable<Container['networkBindings']> };
  /** Spreads the starts of all tasks. */
  turns: StartTurns;
  /** Aborts when the endpoint shuts down: everything is let go of without a word. */
  closed: AbortSignal;
}

interface Running {
  definition: ContainerDefinition;
  container?: RuntimeContainer;
  started: PromiseWithResolvers<void>;
  exited: PromiseWithResolvers<ContainerExit>;
  healthy: PromiseWithResolvers<boolean>;
}

export interface EssentialExit {
  name: string;
  exit: ContainerExit;
}

export class TaskContainers {
  readonly #surroundings: Surroundings;
  readonly #containers = new Map<string, Running>();
  readonly #ending = new AbortController();
  readonly #volumes = new Map<string, IFileSystem>();
  readonly #essential = Promise.withResolvers<EssentialExit>();

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
    for (const definition of surroundings.definition.containerDefinitions ?? []) {
      const running: Running = {
        definition,
        started: Promise.withResolvers(),
        exited: Promise.withResolvers(),
        healthy: Promise.withResolvers(),
      };
      // Whoever waits for these sees their failure; a container that nobody depends on has no waiter.
      running.started.promise.catch(() => undefined);
      this.#containers.set(definition.name ?? '', running);
    }
    for (const volume of surroundings.definition.volumes ?? []) {
      this.#volumes.set(volume.name ?? '', createMemoryFileSystem(surroundings.context.clock));
    }
  }

  /** The first end of an essential container. */
  get essentialExit(): Promise<EssentialExit> {
    return this.#essential.promise;
  }

  container(name: string): RuntimeContainer | undefined {
    return this.#containers.get(name)?.container;
  }

  /** Pulls every image. Throws TaskFailure. */
  async pull(signal: AbortSignal): Promise<Map<string, Image>> {
    const { context, definition, task } = this.#surroundings;
    const images = new Map<string, Image>();
    for (const container of definition.containerDefinitions ?? []) {
      const { name = '', image = '' } = container;
      try {
        const source = imageFor(container, task(), definition, context);
        images.set(name, await context.runtime.images.pull(source, signal));
      } catch (error) {
        throw isPullError(error) ? pullFailure(name, image, error, task().launchType === 'FARGATE') : error;
      }
    }
    return images;
  }

  /** Resolves when every container has started. Throws TaskFailure. */
  async start(images: ReadonlyMap<string, Image>): Promise<void> {
    await Promise.all([...this.#containers.values()].map((running) => this.#start(running, images)));
  }

  /** Stops what runs: SIGTERM, and SIGKILL after the stop timeout. Whatever depends on a container stops before it. */
  async stop(): Promise<void> {
    this.#ending.abort();
    const stops = new Map<Running, Promise<void>>();
    const stopOf = (running: Running): Promise<void> => {
      const known = stops.get(running);
      if (known) {
        return known;
      }
      const name = running.definition.name ?? '';
      const dependents = [...this.#containers.values()].filter((one) => one.definition.dependsOn?.some((on) => on.containerName === name));
      const stop = (async () => {
        await Promise.all(dependents.map(stopOf));
        if (running.container?.state === 'running') {
          await running.container.stop((running.definition.stopTimeout ?? STOP_TIMEOUT) * SECOND);
          await running.exited.promise;
        }
      })();
      stops.set(running, stop);
      return stop;
    };
    await Promise.all([...this.#containers.values()].map(stopOf));
  }

  /** What the running containers use at this moment, together. */
  usage(): { cpuMillicores: number; memoryBytes: number } {
    const total = { cpuMillicores: 0, memoryBytes: 0 };
    for (const { container } of this.#containers.values()) {
      if (container?.state === 'running') {
        const used = container.usage();
        total.cpuMillicores += used.cpuMillicores;
        total.memoryBytes += used.memoryBytes;
      }
    }
    return total;
  }

  /** Ends everything at once, without a trace in the records. */
  kill(): void {
    this.#ending.abort();
    for (const { container } of this.#containers.values()) {
      container?.kill();
    }
  }

  async #start(running: Running, images: ReadonlyMap<string, Image>): Promise<void> {
    const { context, definition, task, changeContainer, network, turns } = this.#surroundings;
    const name = running.definition.name ?? '';
    const image = images.get(name);
    if (!image) {
      throw new Error(`the image of container ${name} was not pulled`);
    }
    await this.#dependencies(running.definition);
    const scope = scopeOf(task().taskArn ?? '');
    const taskId = idOfTask(task());
    const log = openLog(running.definition, taskId, context, scope, (target) =>
      checkLogAccess(running.definition, target, task(), definition, context),
    );
    const secrets = await secretsOf(running.definition, context, task(), definition);
    this.#ending.signal.throwIfAborted();
    await turns.next();
    this.#ending.signal.throwIfAborted();
    const { endpoint, bindings } = network(running.definition);
    const container = context.runtime.create(
      specOf({ task: task(), definition, container: running.definition, image, secrets, endpoint, volumes: this.#volumes }),
    );
    running.container = container;
    if (log) {
      // The log ends with the container; on shutdown nothing more is written.
      void sendLines(container.log, log, context, this.#surroundings.closed);
    }
    try {
      await container.start();
    } catch (error) {
      const failure = startFailure(name, error);
      running.started.reject(failure);
      throw failure;
    }
    changeContainer(name, {
      lastStatus: 'RUNNING',
      runtimeId: task().launchType === 'FARGATE' ? `${taskId}-${randomBytes(4).readUInt32BE()}` : container.id,
      imageDigest: image.digest.split('@')[1],
      networkBindings: bindings,
      ...(running.definition.healthCheck ? { healthStatus: 'UNKNOWN' as const } : {}),
      ...(task().enableExecuteCommand
        ? { managedAgents: [{ ...EXEC_AGENT, lastStatus: 'RUNNING', lastStartedAt: context.clock.now() }] }
        : {}),
    });
    void this.#watch(running, container);
    running.started.resolve();
  }

  async #watch(running: Running, container: RuntimeContainer): Promise<void> {
    const { context, changeContainer, closed } = this.#surroundings;
    const name = running.definition.name ?? '';
    const exited = new AbortController();
    if (running.definition.healthCheck) {
      const signal = AbortSignal.any([exited.signal, closed, this.#ending.signal]);
      void watchHealth(container, running.definition.healthCheck, context.clock, signal, (health) => {
        changeContainer(name, { healthStatus: health });
        running.healthy.resolve(health === 'HEALTHY');
      });
    }
    const exit = await container.exited;
    exited.abort();
    running.healthy.resolve(false);
    if (!closed.aborted) {
      changeContainer(name, {
        lastStatus: 'STOPPED',
        exitCode: exit.exitCode,
        ...(this.#surroundings.task().enableExecuteCommand ? { managedAgents: [{ ...EXEC_AGENT, lastStatus: 'STOPPED' }] } : {}),
        ...(exit.oomKilled ? { reason: 'OutOfMemoryError: Container killed due to memory usage' } : {}),
      });
    }
    running.exited.resolve(exit);
    if (running.definition.essential ?? true) {
      this.#essential.resolve({ name, exit });
    }
  }

  async #dependencies(definition: ContainerDefinition): Promise<void> {
    for (const { containerName = '', condition } of definition.dependsOn ?? []) {
      const dependency = this.#containers.get(containerName);
      if (dependency && !(await holds(dependency, condition ?? 'START', this.#ending.signal))) {
        const reason = `dependency ${containerName} did not reach the condition ${condition ?? 'START'}`;
        throw new TaskFailure(`Task failed to start`, { container: { name: definition.name ?? '', reason } });
      }
    }
  }
}

async function holds(dependency: Running, condition: string, ended: AbortSignal): Promise<boolean> {
  const aborted = new Promise<never>((_resolve, reject) => {
    ended.addEventListener('abort', () => reject(ended.reason as Error), { once: true });
  });
  await Promise.race([dependency.started.promise, aborted]);
  switch (condition) {
    case 'COMPLETE':
      await Promise.race([dependency.exited.promise, aborted]);
      return true;
    case 'SUCCESS':
      return (await Promise.race([dependency.exited.promise, aborted])).exitCode === 0;
    case 'HEALTHY':
      return Promise.race([dependency.healthy.promise, aborted]);
    default:
      return true;
  }
}
