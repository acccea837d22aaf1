// The end of a pod: everything but sidecars is stopped at once, then the sidecars, last first, all within one grace period.
import { stopContainer } from './container-stop.ts';
import type { Pod } from '../types.ts';
import type { ContainerView } from './status/phase.ts';
import type { WorkerContext } from './worker-context.ts';

export class PodEnding {
  readonly #context: WorkerContext;
  readonly #shorten = new AbortController();
  #killAt: number;

  /** `killAt`, in milliseconds since the epoch: what still runs then is killed. */
  constructor(context: WorkerContext, killAt: number) {
    this.#context = context;
    this.#killAt = killAt;
  }

  /** An earlier end than was asked for before kills at once; a later one changes nothing. */
  hasten(killAt: number): void {
    if (killAt < this.#killAt) {
      this.#killAt = killAt;
      this.#shorten.abort(new Error('the grace period was cut short'));
    }
  }

  async stopAll(pod: Pod, views: readonly ContainerView[], address: string): Promise<void> {
    const stop = (view: ContainerView): Promise<void> =>
      stopContainer(this.#context, {
        pod,
        view,
        graceMs: Math.max(0, this.#killAt - this.#context.clock.now()),
        message: `Stopping container ${view.record.name}`,
        address,
        shorten: this.#shorten.signal,
      });
    await Promise.all(views.filter(({ container }) => container.role !== 'sidecar').map(stop));
    for (const view of views.filter(({ container }) => container.role === 'sidecar').toReversed()) {
      await stop(view);
    }
  }
}
