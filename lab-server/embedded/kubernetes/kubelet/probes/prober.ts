// Probes one container while it runs: startup first, then liveness and readiness, each on its own ticks.
// https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
import type { Container } from '../../../runtime/runtime.ts';
import type { Pod } from '../../types.ts';
import type { ContainerRecord } from '../container-record.ts';
import type { ContainerSpec, Probe } from '../kinds.ts';
import type { WorkerContext } from '../worker-context.ts';
import { attemptProbe } from './attempt.ts';

type ProbeKind = 'startup' | 'liveness' | 'readiness';

/** The kubelet looks for started containers once a second: half of that passes, on average, before a container is first probed. */
const NOTICED_AFTER_MS = 500;

const NAMES: Record<ProbeKind, string> = { startup: 'Startup', liveness: 'Liveness', readiness: 'Readiness' };

export interface ProberSubject {
  pod: Pod;
  spec: ContainerSpec;
  record: ContainerRecord;
  container: Container;
  address: string;
  fieldPath: string;
  /** `record.ready` or `record.started` changed. */
  onChange: () => void;
  /** The container is to be killed. */
  onFatal: (probe: 'startup' | 'liveness') => void;
}

interface Counter {
  successes: number;
  failures: number;
}

export class Prober {
  readonly #context: WorkerContext;
  readonly #subject: ProberSubject;
  readonly #stopped = new AbortController();

  constructor(context: WorkerContext, subject: ProberSubject) {
    this.#context = context;
    this.#subject = subject;
  }

  start(): void {
    const { startupProbe } = this.#subject.spec;
    if (startupProbe && !this.#subject.record.started) {
      this.#run('startup', startupProbe);
    } else {
      this.#startOthers();
    }
  }

  stop(): void {
    this.#stopped.abort(new Error('the container is no longer probed'));
  }

  #startOthers(): void {
    const { livenessProbe, readinessProbe } = this.#subject.spec;
    if (livenessProbe) {
      this.#run('liveness', livenessProbe);
    }
    if (readinessProbe) {
      this.#run('readiness', readinessProbe);
    }
  }

  #run(kind: ProbeKind, probe: Probe): void {
    this.#loop(kind, probe).catch((error: unknown) => {
      if (!this.#stopped.signal.aborted) {
        this.#context.report(error);
      }
    });
  }

  /** Ticks every period; ticks before the initial delay is over do nothing, as in the kubelet's prober. */
  async #loop(kind: ProbeKind, probe: Probe): Promise<void> {
    const { clock } = this.#context;
    const { signal } = this.#stopped;
    const period = Math.max(1, probe.periodSeconds ?? 10) * 1000;
    const begin = clock.now() + NOTICED_AFTER_MS;
    const firstAt = (this.#subject.container.startedAt ?? begin) + (probe.initialDelaySeconds ?? 0) * 1000;
    const counter: Counter = { successes: 0, failures: 0 };
    let tick = begin;
    while (tick < firstAt) {
      tick += period;
    }
    while (!signal.aborted) {
      if (tick > clock.now()) {
        await clock.sleep(tick - clock.now(), signal);
      }
      const failure = await this.#attempt(probe);
      if (signal.aborted || this.#judge(kind, probe, counter, failure)) {
        return;
      }
      tick = Math.max(tick + period, clock.now());
    }
  }

  async #attempt(probe: Probe): Promise<string | undefined> {
    const { clock, network } = this.#context;
    const { spec, container, address } = this.#subject;
    const seconds = Math.max(1, probe.timeoutSeconds ?? 1);
    const timeout = new AbortController();
    const timer = clock.schedule(seconds * 1000, () => timeout.abort(new Error(String(seconds))));
    try {
      const signal = AbortSignal.any([timeout.signal, this.#stopped.signal]);
      return await attemptProbe({ probe, spec, container, address, from: network.nodeEndpoint, signal });
    } finally {
      timer[Symbol.dispose]();
    }
  }

  /** Takes a result into account; true when this probe is over. */
  #judge(kind: ProbeKind, probe: Probe, counter: Counter, failure: string | undefined): boolean {
    const { record, pod, fieldPath, onChange, onFatal } = this.#subject;
    if (failure === undefined) {
      counter.successes += 1;
      counter.failures = 0;
      if (counter.successes < (probe.successThreshold ?? 1)) {
        return false;
      }
      if (kind === 'startup') {
        record.started = true;
        record.ready = this.#subject.spec.readinessProbe === undefined;
        this.#startOthers();
        onChange();
        return true;
      }
      if (kind === 'readiness' && !record.ready) {
        record.ready = true;
        onChange();
      }
      return false;
    }
    counter.failures += 1;
    counter.successes = 0;
    this.#context.events.event(pod, 'Warning', 'Unhealthy', `${NAMES[kind]} probe failed: ${failure}`, fieldPath);
    if (counter.failures < (probe.failureThreshold ?? 3)) {
      return false;
    }
    if (kind === 'readiness') {
      if (record.ready) {
        record.ready = false;
        onChange();
      }
      return false;
    }
    onFatal(kind);
    return true;
  }
}
