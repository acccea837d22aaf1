// The probers of a pod's running containers, and what a failed liveness or startup probe does to its container.
import { stopContainer } from './container-stop.ts';
import { fieldPathOf } from './pod-containers.ts';
import type { Pod } from '../types.ts';
import { Prober } from './probes/prober.ts';
import type { ContainerView } from './status/phase.ts';
import type { WorkerContext } from './worker-context.ts';

const DEFAULT_GRACE_SECONDS = 30;

export interface ProbedPod {
  pod: Pod;
  address: string;
  view: ContainerView;
  /** A container's readiness or start changed. */
  onChange: () => void;
  /** Cuts the grace period of a kill short: the pod is gone. */
  gone: AbortSignal;
}

export class PodProbes {
  readonly #context: WorkerContext;
  readonly #probers = new Map<string, Prober>();

  constructor(context: WorkerContext) {
    this.#context = context;
  }

  start(probed: ProbedPod): void {
    const { pod, address, view, onChange } = probed;
    const { record, container } = view;
    if (!record.container) {
      return;
    }
    this.stop(record.name);
    const prober = new Prober(this.#context, {
      pod,
      spec: container.spec,
      record,
      container: record.container,
      address,
      fieldPath: fieldPathOf(record.role, record.name),
      onChange,
      onFatal: (probe) => this.#kill(probed, probe),
    });
    this.#probers.set(record.name, prober);
    prober.start();
  }

  stop(name: string): void {
    this.#probers.get(name)?.stop();
    this.#probers.delete(name);
  }

  stopAll(): void {
    for (const name of this.#probers.keys()) {
      this.stop(name);
    }
  }

  #kill({ pod, address, view, gone }: ProbedPod, probe: 'liveness' | 'startup'): void {
    const { spec } = view.container;
    const own = spec[probe === 'liveness' ? 'livenessProbe' : 'startupProbe']?.terminationGracePeriodSeconds;
    const seconds = own ?? pod.spec?.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;
    const restarts = (spec.restartPolicy ?? pod.spec?.restartPolicy ?? 'Always') !== 'Never';
    const message = `Container ${view.record.name} failed ${probe} probe, will be ${restarts ? 'restarted' : 'killed'}`;
    stopContainer(this.#context, { pod, view, graceMs: seconds * 1000, message, address, shorten: gone }).catch((error: unknown) =>
      this.#context.report(error),
    );
  }
}
