// Starts one container: image, configuration, creation, start, postStart hook. Each step that fails leaves its reason in the record.
import { messageOf } from '../../../base/index.ts';
import type { Container } from '../../runtime/runtime.ts';
import type { Pod } from '../types.ts';
import { ConfigError } from './config-error.ts';
import { type ContainerConfig, containerConfig } from './container-config.ts';
import { endOf } from './container-record.ts';
import { ContainerRun } from './container-run.ts';
import { runHook } from './hooks.ts';
import { SECRET } from './kinds.ts';
import { fieldPathOf } from './pod-containers.ts';
import type { PodSandbox } from './pod-sandbox.ts';
import type { ContainerView } from './status/phase.ts';
import type { PayloadSources } from './volumes/payload.ts';
import type { WorkerContext } from './worker-context.ts';

/** A container that cannot be configured is tried again this often, beside each change of what it refers to. */
const CONFIG_RETRY_MS = 10_000;

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

type RecordEvent = (type: 'Normal' | 'Warning', reason: string, message: string) => void;

export async function startContainer(context: WorkerContext, request: StartRequest): Promise<void> {
  const { pod, view, signal } = request;
  const { container, record } = view;
  const { spec } = container;
  const fieldPath = fieldPathOf(container.role, record.name);
  const event: RecordEvent = (type, reason, message) => context.events.event(pod, type, reason, message, fieldPath);
  const missing = missingPullSecrets(context, pod);
  if (missing.length > 0) {
    const text = `Unable to retrieve some image pull secrets (${missing.join(', ')}); attempting to pull the image may not succeed.`;
    context.events.event(pod, 'Warning', 'FailedToRetrieveImagePullSecret', text);
  }
  const pulled = await context.images.ensure({ pod, image: spec.image ?? '', policy: spec.imagePullPolicy, fieldPath, signal });
  if (!('image' in pulled)) {
    wait(context, view, pulled.reason, pulled.message, pulled.retryInMs);
    return;
  }
  if (request.ending()) {
    return;
  }
  let config: ContainerConfig;
  try {
    config = await containerConfig(pod, spec, pulled.image, request.sandbox, request.sources);
  } catch (error) {
    if (!(error instanceof ConfigError)) {
      throw error;
    }
    event('Warning', 'Failed', `Error: ${error.message}`);
    wait(context, view, 'CreateContainerConfigError', error.message, CONFIG_RETRY_MS);
    return;
  }
  if (request.ending()) {
    return;
  }
  delete record.retryAt;
  const created = context.runtime.create(config.spec);
  const run = new ContainerRun(context, request, { created, config, image: pulled.image });
  event('Normal', 'Created', 'Container created');
  try {
    await created.start();
  } catch (error) {
    event('Warning', 'Failed', `Error: ${messageOf(error)}`);
    run.failed(error);
    return;
  }
  event('Normal', 'Started', 'Container started');
  run.ended().catch(context.report);
  await postStart(context, request, created, event);
  run.running();
}

function missingPullSecrets({ client }: WorkerContext, pod: Pod): string[] {
  const names = (pod.spec?.imagePullSecrets ?? []).flatMap(({ name }) => name ?? []);
  return names.filter((name) => !client.get(SECRET, pod.metadata.namespace, name));
}

function wait(context: WorkerContext, { record }: ContainerView, reason: string, message: string, retryInMs: number): void {
  const end = endOf(record);
  record.state = { is: 'waiting', reason, message };
  record.retryAt = context.clock.now() + retryInMs;
  if (end) {
    record.last = end;
  }
}

async function postStart(context: WorkerContext, request: StartRequest, created: Container, event: RecordEvent): Promise<void> {
  const { spec } = request.view.container;
  const handler = spec.lifecycle?.postStart;
  if (!handler) {
    return;
  }
  const failure = await runHook(context, { handler, spec, container: created, address: request.sandbox.address, signal: request.signal });
  if (failure !== undefined && created.state === 'running') {
    event('Warning', 'FailedPostStartHook', 'PostStartHook failed');
    event('Normal', 'Killing', 'FailedPostStartHook');
    created.kill(9);
    await created.exited;
  }
}
