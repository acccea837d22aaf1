// Carries out in-place resizes of one pod, with the events and conditions of the kubelet.
import type { Container } from '../../runtime/runtime.ts';
import type { Pod } from '../types.ts';
import { limitsOf } from './container-config.ts';
import { stopContainer } from './container-stop.ts';
import type { PodCondition } from './kinds.ts';
import { judgeResize, resizeText } from './resize.ts';
import type { ContainerView } from './status/phase.ts';
import type { WorkerContext } from './worker-context.ts';

const DEFAULT_GRACE_SECONDS = 30;

export class PodResizing {
  readonly #context: WorkerContext;
  #pending: { reason: string; message: string } | undefined;
  /** Containers that are being restarted for a resize, with the run that ends. */
  readonly #restarting = new Map<string, Container | undefined>();

  constructor(context: WorkerContext) {
    this.#context = context;
  }

  /** Conditions that show while a resize waits or goes on. */
  conditions(): Pick<PodCondition, 'type' | 'status' | 'reason' | 'message'>[] {
    const pending = this.#pending ? [{ type: 'PodResizePending', status: 'True', ...this.#pending }] : [];
    return this.#restarting.size > 0 ? [...pending, { type: 'PodResizeInProgress', status: 'True' }] : pending;
  }

  /** Brings running containers to the resources of the spec, as far as the node and their resize policies allow. */
  sync(pod: Pod, views: readonly ContainerView[], address: string, gone: AbortSignal): void {
    const { events } = this.#context;
    this.#finishRestarts(pod, views);
    const node = this.#context.nodeObject();
    const verdict = node ? judgeResize(pod, views, node, this.#context.podsBeside(pod.metadata.uid)) : ({ is: 'none' } as const);
    if (verdict.is === 'pending') {
      if (this.#pending?.message !== verdict.message) {
        events.event(pod, 'Warning', `Resize${verdict.reason}`, resizeText(pod, verdict.reason.toLowerCase()));
      }
      this.#pending = { reason: verdict.reason, message: verdict.message };
      return;
    }
    this.#pending = undefined;
    if (verdict.is === 'none' || this.#restarting.size > 0) {
      return;
    }
    events.event(pod, 'Normal', 'ResizeStarted', resizeText(pod, 'started'));
    for (const view of verdict.changed) {
      if (!verdict.restart.includes(view)) {
        view.record.resources = { ...view.container.spec.resources };
        view.record.container?.setLimits?.(limitsOf(view.container.spec));
      }
    }
    for (const view of verdict.restart) {
      this.#restart(pod, view, address, gone);
    }
    if (verdict.restart.length === 0) {
      events.event(pod, 'Normal', 'ResizeCompleted', resizeText(pod, 'completed'));
    }
  }

  #restart(pod: Pod, view: ContainerView, address: string, gone: AbortSignal): void {
    const graceMs = (pod.spec?.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS) * 1000;
    const message = `Container ${view.record.name} resize requires restart`;
    this.#restarting.set(view.record.name, view.record.container);
    stopContainer(this.#context, { pod, view, graceMs, message, address, shorten: gone }).catch(this.#context.report);
  }

  /** A restart for a resize is over when another run of the container is up. */
  #finishRestarts(pod: Pod, views: readonly ContainerView[]): void {
    if (this.#restarting.size === 0) {
      return;
    }
    for (const { record } of views) {
      if (record.state.is === 'running' && record.container !== this.#restarting.get(record.name)) {
        this.#restarting.delete(record.name);
      }
    }
    if (this.#restarting.size === 0) {
      this.#context.events.event(pod, 'Normal', 'ResizeCompleted', resizeText(pod, 'completed'));
    }
  }
}
