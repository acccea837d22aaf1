// The life of one pod on this node: brings its containers to what its spec says, reports its status, and ends it.
// Event-driven: a change of the pod, of a source, of a container or a due time wakes it; each turn looks at everything afresh.
import type { Pod } from '../types.ts';
import { parseTime } from '../values/index.ts';
import { sameValue } from '../values/same.ts';
import { adoptRecords } from './adoption.ts';
import { MountError } from './config-error.ts';
import { type ContainerRecord, endOf, newRecord } from './container-record.ts';
import { adoptContainer, startContainer, type StartRequest } from './container-start.ts';
import { stopContainer } from './container-stop.ts';
import { crashKey, crashLoopState } from './crash-loop.ts';
import { POD } from './kinds.ts';
import { containersOf, fieldPathOf, type PodContainer } from './pod-containers.ts';
import { planPod } from './pod-plan.ts';
import { createPodSandbox, type PodSandbox } from './pod-sandbox.ts';
import { Prober } from './probes/prober.ts';
import type { ContainerView } from './status/phase.ts';
import { podStatusOf } from './status/pod-status.ts';
import type { PayloadSources } from './volumes/payload.ts';
import type { WorkerContext } from './worker-context.ts';

/** How long a crash shows as such before the kubelet looks again and finds the container in back-off. */
const CRASH_SHOWN_MS = 1_000;
/** A volume that could not be mounted is tried again then, even when none of its sources changed. */
const MOUNT_RETRY_MS = 120_000;

interface Ending {
  /** When everything is killed, in milliseconds since the epoch. */
  killAt: number;
  shorten: AbortController;
}

export class PodWorker {
  readonly #context: WorkerContext;
  readonly #records = new Map<string, ContainerRecord>();
  readonly #probers = new Map<string, Prober>();
  readonly #abort = new AbortController();
  readonly #startTime: number;
  #pod: Pod;
  #sandbox: PodSandbox | undefined;
  #mountProblem: string | undefined;
  #preparing = false;
  #starting = false;
  #queued = false;
  #ending: Ending | undefined;
  #ended = false;
  #failure: { reason: string; message: string } | undefined;
  #timer: Disposable | undefined;
  #wakeAt = Infinity;

  constructor(context: WorkerContext, pod: Pod) {
    this.#context = context;
    this.#pod = pod;
    this.#startTime = parseTime(pod.status?.startTime) ?? context.clock.now();
    for (const record of adoptRecords(pod)) {
      this.#records.set(record.name, record);
    }
    this.wake();
  }

  get pod(): Pod {
    return this.#pod;
  }

  get sandbox(): PodSandbox | undefined {
    return this.#sandbox;
  }

  record(name: string): ContainerRecord | undefined {
    return this.#records.get(name);
  }

  records(): IterableIterator<ContainerRecord> {
    return this.#records.values();
  }

  update(pod: Pod): void {
    this.#pod = pod;
    this.wake();
  }

  /** A ConfigMap, Secret or claim that the pod may use has changed. */
  sourceChanged(): void {
    for (const record of this.#records.values()) {
      if (record.state.is === 'waiting' && record.state.reason === 'CreateContainerConfigError') {
        delete record.retryAt;
      }
    }
    this.#mountProblem = undefined;
    if (this.#sandbox && !this.#ending) {
      this.#background(this.#sandbox.volumes.sync(this.#sources(this.#sandbox)).catch((error: unknown) => this.#mountFailed(error)));
    }
    this.wake();
  }

  wake(): void {
    if (!this.#queued && !this.#abort.signal.aborted) {
      this.#queued = true;
      queueMicrotask(() => {
        this.#queued = false;
        if (!this.#abort.signal.aborted) {
          this.#sync();
        }
      });
    }
  }

  /** The pod is gone from the API: kills what still runs, at once. */
  dispose(): void {
    if (this.#abort.signal.aborted) {
      return;
    }
    this.#abort.abort(new Error(`pod ${this.#pod.metadata.name} is gone`));
    this.#timer?.[Symbol.dispose]();
    for (const prober of this.#probers.values()) {
      prober.stop();
    }
    for (const record of this.#records.values()) {
      record.container?.kill(9);
    }
    this.#sandbox?.[Symbol.dispose]();
    this.#sandbox = undefined;
    this.#context.images.forget(this.#pod.metadata.uid);
    this.#context.crashBackOff.forget(`${this.#pod.metadata.uid}_`);
  }

  #sync(): void {
    const pod = this.#pod;
    this.#clearTimer();
    const views = this.#views();
    if (this.#ended || (isTerminal(pod) && views.every(({ record }) => record.state.is !== 'running'))) {
      this.#settle();
      return;
    }
    this.#checkDeadline();
    const now = this.#context.clock.now();
    const graceMs = (pod.spec?.terminationGracePeriodSeconds ?? 30) * 1000;
    if (pod.metadata.deletionTimestamp !== undefined) {
      const asked = (pod.metadata.deletionGracePeriodSeconds ?? 30) * 1000;
      // The API's time has no fraction of a second; the learner's grace period should not lose one.
      this.#end(Math.min(now + asked, (parseTime(pod.metadata.deletionTimestamp) ?? now) + 1000));
    } else if (isTerminal(pod)) {
      this.#end(now + graceMs);
    } else if (!this.#ending) {
      if (this.#sandbox) {
        const plan = planPod(pod, views);
        if (plan.finished) {
          this.#end(now + graceMs);
        } else {
          this.#startDue(plan.start);
        }
      } else {
        this.#prepare();
      }
    }
    this.#writeStatus();
  }

  /** Attaches the network and mounts the volumes; containers start once both are done. */
  #prepare(): void {
    if (this.#preparing || this.#mountProblem !== undefined) {
      return;
    }
    this.#preparing = true;
    this.#background(
      this.#createSandbox().finally(() => {
        this.#preparing = false;
        this.wake();
      }),
    );
  }

  async #createSandbox(): Promise<void> {
    const { clock, network, nodeFiles, node } = this.#context;
    const address = this.#pod.status?.podIP;
    const sandbox = await createPodSandbox(this.#pod, node, { clock, network, nodeFiles, ...(address ? { address } : {}) });
    try {
      await sandbox.volumes.sync(this.#sources(sandbox));
    } catch (error) {
      sandbox[Symbol.dispose]();
      this.#mountFailed(error);
      return;
    }
    if (this.#abort.signal.aborted) {
      sandbox[Symbol.dispose]();
      return;
    }
    this.#sandbox = sandbox;
    await this.#adopt(sandbox);
  }

  /** Starts what ran before the cluster was stopped, under its old id and with its old history. */
  async #adopt(sandbox: PodSandbox): Promise<void> {
    for (const view of this.#views().filter(({ record }) => record.adopted)) {
      await adoptContainer(this.#context, this.#startRequest(view, sandbox));
    }
  }

  #startRequest(view: ContainerView, sandbox: PodSandbox): StartRequest {
    return {
      pod: this.#pod,
      view,
      sandbox,
      sources: this.#sources(sandbox),
      signal: this.#abort.signal,
      onRunning: () => this.#running(view),
      onExit: () => this.#exited(view.record),
      onChange: () => this.#writeStatus(),
      ending: () => this.#ending !== undefined,
    };
  }

  #mountFailed(error: unknown): void {
    if (!(error instanceof MountError)) {
      throw error;
    }
    const message = `MountVolume.SetUp failed for volume "${error.volume}" : ${error.message}`;
    if (!this.#ending) {
      this.#context.events.event(this.#pod, 'Warning', 'FailedMount', message);
      this.#mountProblem = message;
      this.#wakeIn(MOUNT_RETRY_MS, () => (this.#mountProblem = undefined));
    }
  }

  /** Starts those of `names` that are not in back-off, one after the other. */
  #startDue(names: readonly string[]): void {
    const now = this.#context.clock.now();
    const due = names.filter((name) => {
      const record = this.#records.get(name);
      if (!record) {
        return false;
      }
      const waitMs = Math.max((record.retryAt ?? 0) - now, this.#crashWait(record, now));
      if (waitMs > 0) {
        this.#wakeIn(waitMs);
      }
      return waitMs <= 0;
    });
    if (this.#starting || due.length === 0) {
      return;
    }
    this.#starting = true;
    this.#background(
      this.#startInTurn(due).finally(() => {
        this.#starting = false;
        this.wake();
      }),
    );
  }

  /** Milliseconds until a crashed container may start again; shows it as CrashLoopBackOff meanwhile. */
  #crashWait(record: ContainerRecord, now: number): number {
    const end = endOf(record);
    if (!end) {
      return 0;
    }
    const { crashBackOff, events } = this.#context;
    const remaining = crashBackOff.remaining(crashKey(this.#pod, record.name), end.finishedAt);
    if (remaining > 0 && record.state.is === 'terminated') {
      const shownFor = now - end.finishedAt;
      if (shownFor < CRASH_SHOWN_MS) {
        return Math.min(remaining, CRASH_SHOWN_MS - shownFor);
      }
      const { state, event } = crashLoopState(this.#pod, record.name, crashBackOff.delay(crashKey(this.#pod, record.name)));
      record.last = record.state;
      record.state = state;
      events.event(this.#pod, 'Warning', 'BackOff', event, fieldPathOf(record.role, record.name));
    }
    return remaining;
  }

  async #startInTurn(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const view = this.#views().find(({ record }) => record.name === name);
      if (!view || !this.#sandbox || this.#ending || this.#abort.signal.aborted) {
        return;
      }
      const { record } = view;
      const end = endOf(record);
      if (end) {
        this.#context.crashBackOff.next(crashKey(this.#pod, name), end.finishedAt);
      }
      record.busy = true;
      try {
        await startContainer(this.#context, this.#startRequest(view, this.#sandbox));
      } finally {
        record.busy = false;
      }
      this.#writeStatus();
    }
  }

  #running(view: ContainerView): void {
    const { container, record } = view;
    if (!this.#sandbox || !record.container || container.role === 'ephemeral') {
      return;
    }
    const prober = new Prober(this.#context, {
      pod: this.#pod,
      spec: container.spec,
      record,
      container: record.container,
      address: this.#sandbox.address,
      fieldPath: fieldPathOf(record.role, record.name),
      onChange: () => this.wake(),
      onFatal: (probe) => this.#probeFailed(view, probe),
    });
    this.#probers.get(record.name)?.stop();
    this.#probers.set(record.name, prober);
    prober.start();
    this.wake();
  }

  #exited(record: ContainerRecord): void {
    this.#probers.get(record.name)?.stop();
    this.#probers.delete(record.name);
    this.wake();
  }

  /** A failed liveness or startup probe ends the container; its restart policy decides what follows. */
  #probeFailed(view: ContainerView, probe: 'liveness' | 'startup'): void {
    const { container, record } = view;
    if (record.busy || this.#ending) {
      return;
    }
    const seconds =
      container.spec[probe === 'liveness' ? 'livenessProbe' : 'startupProbe']?.terminationGracePeriodSeconds ??
      this.#pod.spec?.terminationGracePeriodSeconds ??
      30;
    const verb = this.#willRestart(container) ? 'will be restarted' : 'will be killed';
    this.#background(
      stopContainer(this.#context, {
        pod: this.#pod,
        view,
        graceMs: seconds * 1000,
        message: `Container ${record.name} failed ${probe} probe, ${verb}`,
        address: this.#sandbox?.address ?? '',
        shorten: this.#ending ? undefined : this.#abort.signal,
      }),
    );
  }

  #willRestart(container: PodContainer): boolean {
    return (container.spec.restartPolicy ?? this.#pod.spec?.restartPolicy ?? 'Always') !== 'Never';
  }

  /** Ends the pod for a reason of the node's own. */
  fail(reason: string, message: string, graceMs: number): void {
    if (this.#failure || this.#ended || isTerminal(this.#pod)) {
      return;
    }
    this.#failure = { reason, message };
    this.#end(this.#context.clock.now() + graceMs);
    this.wake();
  }

  #checkDeadline(): void {
    const seconds = this.#pod.spec?.activeDeadlineSeconds;
    if (seconds === undefined || this.#ending) {
      return;
    }
    const left = this.#startTime + seconds * 1000 - this.#context.clock.now();
    if (left > 0) {
      this.#wakeIn(left);
      return;
    }
    const message = 'Pod was active on the node longer than the specified deadline';
    this.#context.events.event(this.#pod, 'Normal', 'DeadlineExceeded', message);
    this.fail('DeadlineExceeded', message, (this.#pod.spec?.terminationGracePeriodSeconds ?? 30) * 1000);
  }

  /** Ends the pod: everything but sidecars at once, then the sidecars, last first. A second call can only shorten the grace. */
  #end(killAt: number): void {
    if (this.#ending) {
      if (killAt < this.#ending.killAt) {
        this.#ending.killAt = killAt;
        this.#ending.shorten.abort();
      }
      return;
    }
    const ending: Ending = { killAt, shorten: new AbortController() };
    this.#ending = ending;
    this.#background(
      this.#stopAll(ending).finally(() => {
        this.#ended = true;
        this.wake();
      }),
    );
  }

  async #stopAll(ending: Ending): Promise<void> {
    const views = this.#views();
    const stop = ({ container, record }: ContainerView): Promise<void> =>
      stopContainer(this.#context, {
        pod: this.#pod,
        view: { container, record },
        graceMs: Math.max(0, ending.killAt - this.#context.clock.now()),
        message: `Stopping container ${record.name}`,
        address: this.#sandbox?.address ?? '',
        shorten: ending.shorten.signal,
      });
    await Promise.all(views.filter(({ container }) => container.role !== 'sidecar').map(stop));
    for (const view of views.filter(({ container }) => container.role === 'sidecar').toReversed()) {
      await stop(view);
    }
  }

  /** Everything has ended: reports it, frees the network, and lets a deleted pod go. */
  #settle(): void {
    this.#ended = true;
    for (const prober of this.#probers.values()) {
      prober.stop();
    }
    this.#probers.clear();
    const hadSandbox = this.#sandbox !== undefined;
    this.#sandbox?.[Symbol.dispose]();
    this.#sandbox = undefined;
    if (!isTerminal(this.#pod) || hadSandbox) {
      this.#writeStatus();
    }
    const { metadata } = this.#pod;
    const current = this.#context.client.get(POD, metadata.namespace, metadata.name);
    if (current?.metadata.uid === metadata.uid && current.metadata.deletionTimestamp !== undefined) {
      this.#context.client.delete(POD, metadata.namespace, metadata.name, {
        gracePeriodSeconds: 0,
        preconditions: { uid: metadata.uid },
      });
    }
  }

  #writeStatus(): void {
    const { client, clock, node } = this.#context;
    const { metadata } = this.#pod;
    const pod = client.get(POD, metadata.namespace, metadata.name);
    if (!pod || pod.metadata.uid !== metadata.uid || this.#abort.signal.aborted) {
      return;
    }
    const podIP = this.#sandbox?.address ?? pod.status?.podIP;
    const status = podStatusOf({
      pod,
      views: this.#views(),
      terminating: this.#ended,
      ...(this.#failure ? { failure: this.#failure } : {}),
      sandboxReady: this.#sandbox !== undefined,
      ...(podIP === undefined ? {} : { podIP }),
      hostIP: node.address,
      startTime: this.#startTime,
      now: clock.now(),
    });
    if (!sameValue(status, pod.status)) {
      this.#pod = client.updateStatus(POD, { ...pod, status });
    }
  }

  #views(): ContainerView[] {
    const waiting = (this.#pod.spec?.initContainers ?? []).length > 0 ? 'PodInitializing' : 'ContainerCreating';
    return containersOf(this.#pod).map((container) => {
      const { name } = container.spec;
      let record = this.#records.get(name);
      if (!record) {
        record = newRecord(name, container.role, container.role === 'ephemeral' ? 'ContainerCreating' : waiting);
        this.#records.set(name, record);
      }
      return { container, record };
    });
  }

  #sources(sandbox: PodSandbox): PayloadSources {
    const { client, node, issueToken } = this.#context;
    return {
      client,
      pod: this.#pod,
      place: { podIP: sandbox.address, hostIP: node.address },
      allocatable: node.allocatable,
      issueToken,
    };
  }

  #wakeIn(ms: number, before?: () => void): void {
    const { clock } = this.#context;
    const at = clock.now() + ms;
    if (at >= this.#wakeAt) {
      return;
    }
    this.#timer?.[Symbol.dispose]();
    this.#wakeAt = at;
    this.#timer = clock.schedule(ms, () => {
      before?.();
      this.wake();
    });
  }

  #clearTimer(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#wakeAt = Infinity;
  }

  #background(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (!this.#abort.signal.aborted) {
        this.#context.report(error);
      }
    });
  }
}

function isTerminal(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}
