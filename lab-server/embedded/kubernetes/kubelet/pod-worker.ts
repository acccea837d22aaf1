// The life of one pod on this node: brings its containers to what its spec says, reports its status, and ends it.
// Event-driven: a change of the pod, of a source, of a container or a due time wakes it; each turn looks at everything afresh.
import type { Pod } from '../types.ts';
import { parseTime } from '../values/index.ts';
import { sameValue } from '../values/same.ts';
import { adoptContainer, adoptRecords } from './adoption.ts';
import { MountError } from './config-error.ts';
import { type ContainerRecord, newRecord } from './container-record.ts';
import { startContainer, type StartRequest } from './container-start.ts';
import { crashKey, crashWait } from './crash-loop.ts';
import { POD } from './kinds.ts';
import { containersOf } from './pod-containers.ts';
import { PodEnding } from './pod-ending.ts';
import { planPod } from './pod-plan.ts';
import { PodProbes } from './pod-probes.ts';
import { createPodSandbox, type PodSandbox } from './pod-sandbox.ts';
import type { ContainerView } from './status/phase.ts';
import { podStatusOf } from './status/pod-status.ts';
import type { PayloadSources } from './volumes/payload.ts';
import { WakeTimer } from './wake-timer.ts';
import type { WorkerContext } from './worker-context.ts';

/** A volume that could not be mounted is tried again then, even when none of its sources changed. */
const MOUNT_RETRY_MS = 120_000;
const DEFAULT_GRACE_SECONDS = 30;

export class PodWorker {
  readonly #context: WorkerContext;
  readonly #records = new Map<string, ContainerRecord>();
  readonly #probes: PodProbes;
  readonly #gone = new AbortController();
  readonly #timer: WakeTimer;
  readonly #startTime: number;
  #pod: Pod;
  #sandbox: PodSandbox | undefined;
  #mountRetryAt = 0;
  #preparing = false;
  #starting = false;
  #queued = false;
  #ending: PodEnding | undefined;
  #ended = false;
  #failure: { reason: string; message: string } | undefined;

  constructor(context: WorkerContext, pod: Pod) {
    this.#context = context;
    this.#pod = pod;
    this.#probes = new PodProbes(context);
    this.#timer = new WakeTimer(context.clock, () => this.wake());
    this.#startTime = parseTime(pod.status?.startTime) ?? context.clock.now();
    for (const record of adoptRecords(pod)) {
      this.#records.set(record.name, record);
      context.crashBackOff.restore(crashKey(pod, record.name), record.restartCount);
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

  /** A ConfigMap, Secret or claim that the pod refers to has changed. */
  sourceChanged(): void {
    for (const record of this.#records.values()) {
      if (record.state.is === 'waiting' && record.state.reason === 'CreateContainerConfigError') {
        delete record.retryAt;
      }
    }
    this.#mountRetryAt = 0;
    if (this.#sandbox && !this.#ending) {
      this.#background(this.#sandbox.volumes.sync(this.#sources(this.#sandbox)).catch((error: unknown) => this.#mountFailed(error)));
    }
    this.wake();
  }

  wake(): void {
    if (!this.#queued && !this.#gone.signal.aborted) {
      this.#queued = true;
      queueMicrotask(() => {
        this.#queued = false;
        if (!this.#gone.signal.aborted) {
          this.#sync();
        }
      });
    }
  }

  /** Ends the pod for a reason of the node's own. */
  fail(reason: string, message: string, graceMs: number): void {
    if (!this.#failure && !this.#ended && !isTerminal(this.#pod)) {
      this.#failure = { reason, message };
      this.#end(this.#context.clock.now() + graceMs);
      this.wake();
    }
  }

  /** The pod is gone from the API: kills what still runs, at once. */
  dispose(): void {
    if (this.#gone.signal.aborted) {
      return;
    }
    this.#gone.abort(new Error(`pod ${this.#pod.metadata.name} is gone`));
    this.#timer.clear();
    this.#probes.stopAll();
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
    this.#timer.clear();
    const views = this.#views();
    const running = views.some(({ record }) => record.state.is === 'running');
    if (this.#ended || (isTerminal(pod) && !running)) {
      this.#settle();
      return;
    }
    this.#checkDeadline();
    const now = this.#context.clock.now();
    if (pod.metadata.deletionTimestamp !== undefined) {
      const asked = (pod.metadata.deletionGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS) * 1000;
      // The API's time has no fraction of a second; the learner's grace period should not lose one.
      this.#end(Math.min(now + asked, (parseTime(pod.metadata.deletionTimestamp) ?? now) + 1000));
    } else if (isTerminal(pod)) {
      this.#end(now + this.#graceMs());
    } else if (!this.#ending) {
      this.#proceed(views, now);
    }
    this.#writeStatus();
  }

  #proceed(views: readonly ContainerView[], now: number): void {
    if (!this.#sandbox) {
      this.#prepare(now);
      return;
    }
    const plan = planPod(this.#pod, views);
    if (plan.finished) {
      this.#end(now + this.#graceMs());
    } else {
      this.#startDue(plan.start, now);
    }
  }

  /** Attaches the network and mounts the volumes; containers start once both are done. */
  #prepare(now: number): void {
    if (this.#preparing) {
      return;
    }
    if (this.#mountRetryAt > now) {
      this.#timer.within(this.#mountRetryAt - now);
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
    if (this.#gone.signal.aborted || this.#ending) {
      sandbox[Symbol.dispose]();
      return;
    }
    this.#sandbox = sandbox;
    // What ran before the cluster was stopped goes on under its old id and with its old history.
    for (const view of this.#views().filter(({ record }) => record.adopted)) {
      await adoptContainer(this.#context, this.#startRequest(view, sandbox));
    }
  }

  #mountFailed(error: unknown): void {
    if (!(error instanceof MountError)) {
      throw error;
    }
    if (!this.#ending) {
      const message = `MountVolume.SetUp failed for volume "${error.volume}" : ${error.message}`;
      this.#context.events.event(this.#pod, 'Warning', 'FailedMount', message);
      this.#mountRetryAt = this.#context.clock.now() + MOUNT_RETRY_MS;
    }
  }

  /** Starts those of `names` that are not in back-off, one after the other. */
  #startDue(names: readonly string[], now: number): void {
    const due = names.filter((name) => {
      const record = this.#records.get(name);
      if (!record) {
        return false;
      }
      const waitMs = Math.max((record.retryAt ?? 0) - now, crashWait(this.#context, this.#pod, record));
      if (waitMs > 0) {
        this.#timer.within(waitMs);
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

  async #startInTurn(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const view = this.#views().find(({ record }) => record.name === name);
      if (!view || !this.#sandbox || this.#ending || this.#gone.signal.aborted) {
        return;
      }
      view.record.busy = true;
      try {
        await startContainer(this.#context, this.#startRequest(view, this.#sandbox));
      } finally {
        view.record.busy = false;
      }
      this.#writeStatus();
    }
  }

  #startRequest(view: ContainerView, sandbox: PodSandbox): StartRequest {
    const { record, container } = view;
    return {
      pod: this.#pod,
      view,
      sandbox,
      sources: this.#sources(sandbox),
      signal: this.#gone.signal,
      ending: () => this.#ending !== undefined,
      onExit: () => {
        this.#probes.stop(record.name);
        this.wake();
      },
      onRunning: () => {
        if (container.role !== 'ephemeral') {
          const { address } = sandbox;
          this.#probes.start({ pod: this.#pod, address, view, onChange: () => this.wake(), gone: this.#gone.signal });
        }
        this.wake();
      },
    };
  }

  #checkDeadline(): void {
    const seconds = this.#pod.spec?.activeDeadlineSeconds;
    if (seconds === undefined || this.#ending) {
      return;
    }
    const left = this.#startTime + seconds * 1000 - this.#context.clock.now();
    if (left > 0) {
      this.#timer.within(left);
      return;
    }
    const message = 'Pod was active on the node longer than the specified deadline';
    this.#context.events.event(this.#pod, 'Normal', 'DeadlineExceeded', message);
    this.fail('DeadlineExceeded', message, this.#graceMs());
  }

  /** Ends the pod by `killAt`; a second call can only bring the end forward. */
  #end(killAt: number): void {
    if (this.#ending) {
      this.#ending.hasten(killAt);
      return;
    }
    this.#ending = new PodEnding(this.#context, killAt);
    this.#background(
      this.#ending.stopAll(this.#pod, this.#views(), this.#sandbox?.address ?? '').finally(() => {
        this.#ended = true;
        this.wake();
      }),
    );
  }

  /** Everything has ended: reports it, frees the network, and lets a deleted pod go. */
  #settle(): void {
    this.#ended = true;
    this.#probes.stopAll();
    const hadSandbox = this.#sandbox !== undefined;
    this.#sandbox?.[Symbol.dispose]();
    this.#sandbox = undefined;
    if (!isTerminal(this.#pod) || hadSandbox) {
      this.#writeStatus();
    }
    const { uid, name, namespace } = this.#pod.metadata;
    const current = this.#context.client.get(POD, namespace, name);
    if (current?.metadata.uid === uid && current.metadata.deletionTimestamp !== undefined) {
      this.#context.client.delete(POD, namespace, name, { gracePeriodSeconds: 0, preconditions: { uid } });
    }
  }

  #writeStatus(): void {
    const { client, clock, node } = this.#context;
    const { metadata } = this.#pod;
    const pod = client.get(POD, metadata.namespace, metadata.name);
    if (!pod || pod.metadata.uid !== metadata.uid || this.#gone.signal.aborted) {
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
    const initial = (this.#pod.spec?.initContainers ?? []).length > 0 ? 'PodInitializing' : 'ContainerCreating';
    return containersOf(this.#pod).map((container) => {
      const { name } = container.spec;
      let record = this.#records.get(name);
      if (!record) {
        record = newRecord(name, container.role, container.role === 'ephemeral' ? 'ContainerCreating' : initial);
        this.#records.set(name, record);
      }
      return { container, record };
    });
  }

  #sources(sandbox: PodSandbox): PayloadSources {
    const { client, node } = this.#context;
    return {
      client,
      pod: this.#pod,
      place: { podIP: sandbox.address, hostIP: node.address },
      allocatable: node.allocatable,
      issueToken: this.#context.issueToken,
    };
  }

  #graceMs(): number {
    return (this.#pod.spec?.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS) * 1000;
  }

  #background(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (!this.#gone.signal.aborted) {
        this.#context.report(error);
      }
    });
  }
}

function isTerminal(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}
