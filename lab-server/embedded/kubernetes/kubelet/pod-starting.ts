// Starts the containers of one pod, one after the other, each when its back-off is over.
import type { Pod } from '../types.ts';
import { startContainer, type StartRequest } from './container-start.ts';
import { crashWait } from './crash-loop.ts';
import type { PodProbes } from './pod-probes.ts';
import type { PodRecords } from './pod-records.ts';
import type { PodSandbox } from './pod-sandbox.ts';
import type { PodSetup } from './pod-setup.ts';
import type { ContainerView } from './status/phase.ts';
import type { WorkerContext } from './worker-context.ts';

export interface StartingPod {
  records: PodRecords;
  probes: PodProbes;
  setup: PodSetup;
  pod: () => Pod;
  isEnding: () => boolean;
  gone: AbortSignal;
  /** A container was tried, however that went. */
  tried: () => void;
  /** A container runs. */
  running: () => void;
  /** Something changed that the pod should look at. */
  wake: () => void;
  background: (work: Promise<void>) => void;
}

export class PodStarting {
  readonly #context: WorkerContext;
  readonly #of: StartingPod;
  #isBusy = false;

  constructor(context: WorkerContext, of: StartingPod) {
    this.#context = context;
    this.#of = of;
  }

  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Starts those of `names` that are not in back-off. Returns the milliseconds until the next of the others is due. */
  startDue(names: readonly string[], now: number): number | undefined {
    const { records, pod, wake, background } = this.#of;
    const due: string[] = [];
    const waits: number[] = [];
    for (const name of names) {
      const record = records.get(name);
      if (record) {
        const waitMs = Math.max((record.retryAt ?? 0) - now, crashWait(this.#context, pod(), record));
        if (waitMs > 0) {
          waits.push(waitMs);
        } else {
          due.push(name);
        }
      }
    }
    if (!this.#isBusy && due.length > 0) {
      this.#isBusy = true;
      background(
        this.#startInTurn(due).finally(() => {
          this.#isBusy = false;
          wake();
        }),
      );
    }
    return waits.length > 0 ? Math.min(...waits) : undefined;
  }

  /** What starting one container takes, or taking it over. */
  request(view: ContainerView, sandbox: PodSandbox): StartRequest {
    const { probes, setup, pod, isEnding, gone, running, wake } = this.#of;
    const { record, container } = view;
    return {
      pod: pod(),
      view,
      sandbox,
      sources: setup.sources(pod(), sandbox),
      signal: gone,
      ending: isEnding,
      onExit: () => {
        probes.stop(record.name);
        wake();
      },
      onRunning: () => {
        if (container.role !== 'ephemeral') {
          probes.start({ pod: pod(), address: sandbox.address, view, onChange: wake, gone });
        }
        running();
      },
    };
  }

  async #startInTurn(names: readonly string[]): Promise<void> {
    const { records, setup, pod, isEnding, gone, tried } = this.#of;
    for (const name of names) {
      const view = records.views(pod()).find(({ record }) => record.name === name);
      const { sandbox } = setup;
      if (!view || !sandbox || isEnding() || gone.aborted) {
        return;
      }
      view.record.busy = true;
      try {
        await startContainer(this.#context, this.request(view, sandbox));
      } finally {
        view.record.busy = false;
      }
      tried();
    }
  }
}
