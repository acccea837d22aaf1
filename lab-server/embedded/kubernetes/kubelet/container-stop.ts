// Stops one container: preStop hook, stop signal, and the kill at the end of its grace period.
import type { Pod } from '../types.ts';
import { runHook } from './hooks.ts';
import { fieldPathOf } from './pod-containers.ts';
import type { ContainerView } from './status/phase.ts';
import type { WorkerContext } from './worker-context.ts';

/** What is left for the stop signal after a preStop hook that used up the grace period. */
const MINIMUM_GRACE_MS = 2_000;

export interface StopRequest {
  pod: Pod;
  view: ContainerView;
  graceMs: number;
  /** The event's text. */
  message: string;
  /** The pod's address, for hooks over the network. */
  address: string;
  /** Kills at once when it aborts: the grace period was cut short. */
  shorten: AbortSignal | undefined;
}

export async function stopContainer(context: WorkerContext, request: StopRequest): Promise<void> {
  const { pod, view, graceMs, shorten } = request;
  const { record, container } = view;
  const running = record.container;
  if (!running || running.state !== 'running') {
    return;
  }
  context.events.event(pod, 'Normal', 'Killing', request.message, fieldPathOf(container.role, record.name));
  const deadline = context.clock.now() + graceMs;
  const kill = (): void => running.kill(9);
  if (shorten?.aborted || graceMs <= 0) {
    kill();
    await running.exited;
    return;
  }
  shorten?.addEventListener('abort', kill, { once: true });
  try {
    const handler = container.spec.lifecycle?.preStop;
    if (handler) {
      await preStop(context, request, running, handler, graceMs);
    }
    await running.stop(Math.max(MINIMUM_GRACE_MS, deadline - context.clock.now()));
  } finally {
    shorten?.removeEventListener('abort', kill);
  }
}

async function preStop(
  context: WorkerContext,
  { pod, view, address, shorten }: StopRequest,
  running: NonNullable<ContainerView['record']['container']>,
  handler: Parameters<typeof runHook>[1]['handler'],
  graceMs: number,
): Promise<void> {
  const abort = new AbortController();
  const timeout = context.clock.schedule(graceMs, () => abort.abort(new Error('grace period is over')));
  const cut = (): void => abort.abort(new Error('grace period was cut short'));
  shorten?.addEventListener('abort', cut, { once: true });
  // A container that ends by itself needs no hook any more.
  void running.exited.then(() => abort.abort(new Error('container has ended')));
  try {
    const { spec } = view.container;
    const failure = await runHook(context, { handler, spec, container: running, address, signal: abort.signal });
    if (failure !== undefined && !abort.signal.aborted) {
      context.events.event(pod, 'Warning', 'FailedPreStopHook', 'PreStopHook failed', fieldPathOf(view.container.role, view.record.name));
    }
  } finally {
    timeout[Symbol.dispose]();
    shorten?.removeEventListener('abort', cut);
  }
}
