// One run of a container: what its record shows of it, from its start to its end.
import { messageOf } from '../../../base/index.ts';
import type { Container, ContainerExit, Image } from '../../runtime/runtime.ts';
import type { ContainerConfig } from './container-config.ts';
import { endOf, type Terminated } from './container-record.ts';
import type { StartRequest } from './container-start.ts';
import { crashKey } from './crash-loop.ts';
import { terminationMessage } from './termination-message.ts';
import type { WorkerContext } from './worker-context.ts';

/** What containerd gives a container whose program could not be started. */
const START_ERROR_EXIT = 128;

export interface RunParts {
  created: Container;
  config: ContainerConfig;
  image: Image;
}

export class ContainerRun {
  readonly #context: WorkerContext;
  readonly #request: StartRequest;
  readonly #parts: RunParts;
  readonly #before: Terminated | undefined;
  #shown = false;

  /** The record keeps showing the run before until this one has begun. */
  constructor(context: WorkerContext, request: StartRequest, parts: RunParts) {
    this.#context = context;
    this.#request = request;
    this.#parts = parts;
    const { record } = request.view;
    this.#before = endOf(record);
    if (record.container) {
      record.previous = record.container;
    }
    record.container = parts.created;
    if (this.#before) {
      context.crashBackOff.next(crashKey(request.pod, record.name), this.#before.finishedAt);
    }
  }

  /** The program could not be started. */
  failed(error: unknown): void {
    this.#show();
    const { record } = this.#request.view;
    record.state = {
      is: 'terminated',
      exitCode: START_ERROR_EXIT,
      reason: 'StartError',
      message: messageOf(error),
      startedAt: 0,
      finishedAt: this.#context.clock.now(),
      containerId: this.#parts.created.id,
    };
  }

  /** The container runs and its postStart hook is over. */
  running(): void {
    const { created } = this.#parts;
    const { record, container } = this.#request.view;
    if (created.state !== 'running' || record.container !== created) {
      return;
    }
    this.#show();
    record.state = { is: 'running', startedAt: created.startedAt ?? this.#context.clock.now() };
    record.started = container.spec.startupProbe === undefined;
    record.ready = container.role !== 'init' && record.started && container.spec.readinessProbe === undefined;
    this.#request.onRunning();
  }

  /** Resolves once the end of this run is in the record. */
  async ended(): Promise<void> {
    const { created } = this.#parts;
    const exit = await created.exited;
    const { record, container } = this.#request.view;
    const message = await terminationMessage(created, container.spec, exit.exitCode);
    if (record.container === created) {
      this.#show();
      recordExit(this.#request, exit, created.id, message);
    }
  }

  #show(): void {
    if (this.#shown) {
      return;
    }
    this.#shown = true;
    const { created, config, image } = this.#parts;
    const { record, container } = this.#request.view;
    record.containerId = created.id;
    record.image = { reference: image.reference, digest: image.digest };
    record.user = config.user;
    record.resources = { ...container.spec.resources };
    if (this.#before) {
      record.last = this.#before;
      record.restartCount += 1;
    }
  }
}

/** Puts the end of a run into the record. */
export function recordExit({ view, onExit }: StartRequest, exit: ContainerExit, id: string, message: string | undefined): void {
  const { record, container } = view;
  record.state = {
    is: 'terminated',
    exitCode: exit.exitCode,
    reason: exit.oomKilled ? 'OOMKilled' : exit.exitCode === 0 ? 'Completed' : 'Error',
    ...(message === undefined || message === '' ? {} : { message }),
    startedAt: record.state.is === 'running' ? record.state.startedAt : exit.startedAt,
    finishedAt: exit.finishedAt,
    containerId: id,
  };
  record.started = false;
  record.ready = container.role === 'init' && exit.exitCode === 0;
  onExit();
}
