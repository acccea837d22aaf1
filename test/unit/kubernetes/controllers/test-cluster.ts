// A cluster of controllers alone, on a clock that stands still: pods are started and stopped by a few lines that stand for a kubelet.
import { ManualClock } from '../../../../lab-server/base/index.ts';
import { type Controller, type ControllerLoop, runControllers } from '../../../../lab-server/embedded/kubernetes/controllers/index.ts';
import { EVENT } from '../../../../lab-server/embedded/kubernetes/events/index.ts';
import { POD } from '../../../../lab-server/embedded/kubernetes/controllers/kinds.ts';
import { isTerminating } from '../../../../lab-server/embedded/kubernetes/controllers/pods/readiness.ts';
import type { Pod } from '../../../../lab-server/embedded/kubernetes/types.ts';
import { isoTime } from '../../../../lab-server/embedded/kubernetes/values/iso-time.ts';
import { ifPresent } from '../../../../lab-server/embedded/kubernetes/controllers/ownership.ts';
import { MemoryClusterClient } from '../memory-cluster-client.ts';

export interface TestClusterOptions {
  controllers: readonly Controller[];
  /** How long a pod takes to become ready; undefined: it never does. */
  startMs?: (pod: Pod) => number | undefined;
  /** Where a pod goes. */
  nodeOf?: (pod: Pod) => string;
  /** How long a pod takes to stop. */
  stopMs?: number;
  /** Exit of the pod's only container after it ran for so long. */
  finishes?: (pod: Pod) => { afterMs: number; exitCode: number } | undefined;
}

export class TestCluster implements Disposable {
  readonly clock = new ManualClock();
  readonly client = new MemoryClusterClient(this.clock);
  readonly errors: unknown[] = [];
  readonly #loop: ControllerLoop;
  readonly #watch: Disposable;
  readonly #options: TestClusterOptions;
  readonly #seen = new Set<string>();
  #nextAddress = 1;

  constructor(options: TestClusterOptions) {
    this.#options = options;
    this.#loop = runControllers({
      client: this.client,
      clock: this.clock,
      controllers: options.controllers,
      onError: ({ error, isBug }) => {
        if (isBug) {
          this.errors.push(error);
        }
      },
    });
    this.#watch = this.client.watch(POD, ({ type, object }) => {
      if (type !== 'DELETED') {
        this.#drive(object);
      }
    });
  }

  [Symbol.dispose](): void {
    this.#loop[Symbol.dispose]();
    this.#watch[Symbol.dispose]();
  }

  /** Lets everything that is due now happen. */
  async settle(): Promise<void> {
    do {
      await this.clock.advance(0);
    } while (this.#loop.isBusy);
    if (this.errors.length > 0) {
      throw this.errors[0];
    }
  }

  /** Moves time on in steps and settles after each. */
  async run(ms: number, stepMs = 100): Promise<void> {
    await this.settle();
    for (let passed = 0; passed < ms; passed += stepMs) {
      await this.clock.advance(Math.min(stepMs, ms - passed));
      await this.settle();
    }
  }

  pods(namespace = 'default'): readonly Pod[] {
    return this.client.list(POD, { namespace });
  }

  /** `reason: message` of all events, in order. */
  events(): string[] {
    return this.client.list(EVENT).map(({ reason, message }) => `${reason}: ${message}`);
  }

  setReady(pod: Pod, ready: boolean): void {
    const current = this.client.get(POD, pod.metadata.namespace, pod.metadata.name);
    if (current && !isTerminating(current)) {
      const time = isoTime(this.clock.now());
      const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: time }];
      const startTime = current.status?.startTime ?? time;
      const podIP = current.status?.podIP ?? `10.244.0.${this.#nextAddress++}`;
      this.client.updateStatus(POD, {
        ...current,
        status: { ...current.status, phase: 'Running', startTime, podIP, conditions } as Pod['status'],
      });
    }
  }

  finish(pod: Pod, exitCode: number): void {
    const current = this.client.get(POD, pod.metadata.namespace, pod.metadata.name);
    if (current) {
      const phase = exitCode === 0 ? 'Succeeded' : 'Failed';
      const finishedAt = isoTime(this.clock.now());
      const containerStatuses = [
        { name: 'main', image: '', imageID: '', ready: false, restartCount: 0, state: { terminated: { exitCode, finishedAt } } },
      ];
      this.client.updateStatus(POD, {
        ...current,
        status: { ...current.status, phase, conditions: [], containerStatuses } as Pod['status'],
      });
    }
  }

  #drive(pod: Pod): void {
    const { uid, name, namespace } = pod.metadata;
    if (isTerminating(pod)) {
      this.#once(`stop ${uid}`, this.#options.stopMs ?? 0, () => {
        ifPresent(() => this.client.delete(POD, namespace, name, { gracePeriodSeconds: 0 }));
      });
      return;
    }
    const startMs = this.#options.startMs ? this.#options.startMs(pod) : 0;
    if (startMs !== undefined) {
      this.#once(`start ${uid}`, startMs, () => {
        if (!pod.spec?.nodeName) {
          ifPresent(() => this.client.bind(namespace ?? '', name, this.#options.nodeOf?.(pod) ?? 'node-1'));
        }
        this.setReady(pod, true);
        const end = this.#options.finishes?.(pod);
        if (end) {
          this.#once(`finish ${uid}`, end.afterMs, () => this.finish(pod, end.exitCode));
        }
      });
    }
  }

  #once(what: string, afterMs: number, task: () => void): void {
    if (!this.#seen.has(what)) {
      this.#seen.add(what);
      this.clock.schedule(afterMs, task);
    }
  }
}
