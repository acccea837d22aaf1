// Starts one container: image, configuration, creation, start, postStart hook. Each step that fails leaves its reason in the record.
import type { Container, ContainerExit, Image } from '../../runtime/runtime.ts';
import { messageOf } from '../../../base/index.ts';
import type { Pod } from '../types.ts';
import { ConfigError } from './config-error.ts';
import { type ContainerConfig, containerConfig } from './container-config.ts';
import { crashKey } from './crash-loop.ts';
import { endOf, type Terminated } from './container-record.ts';
import { runHook } from './hooks.ts';
import { type PodContainer, fieldPathOf } from './pod-containers.ts';
import type { PodSandbox } from './pod-sandbox.ts';
import type { ContainerView } from './status/phase.ts';
import { terminationMessage } from './termination-message.ts';
import type { PayloadSources } from './volumes/payload.ts';
import type { WorkerContext } from './worker-context.ts';

/** A container that cannot be configured is tried again this often, beside each change of what it refers to. */
const CONFIG_RETRY_MS = 10_000;
const START_ERROR_EXIT = 128;

export interface StartRequest {
  pod: Pod;
  view: ContainerView;
  sandbox: PodSandbox;
  sources: PayloadSources;
  signal: AbortSignal;
  /** The container runs, its postStart hook is over. */
  onRunning: () => void;
  onExit: () => void;
  /** The pod is being ended: start nothing more. */
  ending: () => boolean;
}

export async function startContainer(context: WorkerContext, request: StartRequest): Promise<void> {
  const { pod, view, signal } = request;
  const { container, record } = view;
  const { spec } = container;
  const fieldPath = fieldPathOf(container.role, record.name);
  const event = (type: 'Normal' | 'Warning', reason: string, message: string): void =>
    context.events.event(pod, type, reason, message, fieldPath);
  const wait = (reason: string, message: string, retryInMs: number): void => {
    const last = endOf(record);
    record.state = { is: 'waiting', reason, message };
    record.retryAt = context.clock.now() + retryInMs;
    if (last) {
      record.last = last;
    }
  };
  const pulled = await context.images.ensure({ pod, image: spec.image ?? '', policy: spec.imagePullPolicy, fieldPath, signal });
  if (!('image' in pulled)) {
    wait(pulled.reason, pulled.message, pulled.retryInMs);
    return;
  }
  if (request.ending()) {
    return;
  }
  delete record.retryAt;
  let config: ContainerConfig;
  try {
    config = await containerConfig(pod, spec, pulled.image, request.sandbox, request.sources);
  } catch (error) {
    if (!(error instanceof ConfigError)) {
      throw error;
    }
    event('Warning', 'Failed', `Error: ${error.message}`);
    wait('CreateContainerConfigError', error.message, CONFIG_RETRY_MS);
    return;
  }
  if (request.ending()) {
    return;
  }
  const end = endOf(record);
  const created = context.runtime.create(config.spec);
  takeOver(request, created, config, pulled.image);
  event('Normal', 'Created', 'Container created');
  if (end) {
    record.last = end;
    record.restartCount += 1;
    context.crashBackOff.next(crashKey(pod, record.name), end.finishedAt);
  }
  try {
    await created.start();
  } catch (error) {
    const message = messageOf(error);
    event('Warning', 'Failed', `Error: ${message}`);
    record.state = startError(message, context.clock.now(), created.id);
    return;
  }
  event('Normal', 'Started', 'Container started');
  const watched = watchExit(context, request, created, container);
  await postStart(context, request, created, event);
  await Promise.race([watched, running(context, request, created)]);
}

/** Brings a container back that ran before the cluster was stopped: same id, same start time, no events. */
export async function adoptContainer(context: WorkerContext, request: StartRequest): Promise<void> {
  const { pod, view, signal } = request;
  const { container, record } = view;
  const id = record.containerId;
  try {
    const image = await context.runtime.images.pull(record.image?.reference ?? container.spec.image ?? '', signal);
    const config = await containerConfig(pod, container.spec, image, request.sandbox, request.sources);
    const created = context.runtime.create({ ...config.spec, ...(id === undefined ? {} : { id }) });
    record.container = created;
    await created.start();
    void watchExit(context, request, created, container);
    delete record.adopted;
    request.onRunning();
  } catch (error) {
    if (signal.aborted) {
      return;
    }
    // What ran before cannot run any more: it ended while the cluster was stopped, as on a machine that lost power.
    delete record.adopted;
    const now = context.clock.now();
    record.state = {
      is: 'terminated',
      exitCode: 255,
      reason: 'Unknown',
      message: messageOf(error),
      startedAt: now,
      finishedAt: now,
      containerId: id,
    };
    record.ready = false;
    record.started = false;
    request.onExit();
  }
}

function takeOver({ view: { record, container } }: StartRequest, created: Container, config: ContainerConfig, image: Image): void {
  if (record.container) {
    record.previous = record.container;
  }
  record.container = created;
  record.containerId = created.id;
  record.image = { reference: image.reference, digest: image.digest };
  record.user = config.user;
  record.resources = { ...container.spec.resources };
}

async function running(context: WorkerContext, request: StartRequest, created: Container): Promise<void> {
  const { record, container } = request.view;
  if (created.state !== 'running' || record.container !== created || record.state.is === 'terminated') {
    return;
  }
  record.state = { is: 'running', startedAt: created.startedAt ?? context.clock.now() };
  record.started = container.spec.startupProbe === undefined;
  record.ready = container.role !== 'init' && record.started && container.spec.readinessProbe === undefined;
  request.onRunning();
}

/** Waits for the end of a run and puts it into the record. */
function watchExit(context: WorkerContext, request: StartRequest, created: Container, container: PodContainer): Promise<void> {
  const { record } = request.view;
  const work = created.exited.then(async (exit) => {
    const message = await terminationMessage(created, container.spec, exit.exitCode);
    if (record.container !== created) {
      return;
    }
    const startedAt = record.state.is === 'running' ? record.state.startedAt : exit.startedAt;
    record.state = ended(exit, created.id, startedAt, message);
    record.started = false;
    record.ready = container.role === 'init' && exit.exitCode === 0;
    request.onExit();
  });
  work.catch((error: unknown) => context.report(error));
  return work;
}

async function postStart(
  context: WorkerContext,
  request: StartRequest,
  created: Container,
  event: (type: 'Warning', reason: string, message: string) => void,
): Promise<void> {
  const { spec } = request.view.container;
  const handler = spec.lifecycle?.postStart;
  if (!handler) {
    return;
  }
  const failure = await runHook(context, { handler, spec, container: created, address: request.sandbox.address, signal: request.signal });
  if (failure !== undefined && created.state === 'running') {
    event('Warning', 'FailedPostStartHook', 'PostStartHook failed');
    event('Warning', 'Killing', `FailedPostStartHook`);
    created.kill(9);
    await created.exited;
  }
}

function ended(exit: ContainerExit, id: string, startedAt: number, message: string | undefined): Terminated {
  const reason = exit.oomKilled ? 'OOMKilled' : exit.exitCode === 0 ? 'Completed' : 'Error';
  return {
    is: 'terminated',
    exitCode: exit.exitCode,
    reason,
    ...(message === undefined || message === '' ? {} : { message }),
    startedAt,
    finishedAt: exit.finishedAt,
    containerId: id,
  };
}

function startError(message: string, now: number, containerId: string): Terminated {
  return { is: 'terminated', exitCode: START_ERROR_EXIT, reason: 'StartError', message, startedAt: 0, finishedAt: now, containerId };
}
