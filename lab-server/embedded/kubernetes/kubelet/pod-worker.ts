// The life of one pod on this node: brings its containers to what its spec says, reports its status, and ends it.
// Event-driven: a change of the pod, of a source, of a container or a due time wakes it; each turn looks at everything afresh.
import type { Pod } from '../types.ts';
import { parseTime } from '../values/index.ts';
import { admitPod } from './admission.ts';
import { adoptContainer, adoptRecords } from './adoption.ts';
import type { ContainerRecord } from './container-record.ts';
import { crashKey } from './crash-loop.ts';
import { POD } from './kinds.ts';
import { PodEnding } from './pod-ending.ts';
import { planPod } from './pod-plan.ts';
import { PodProbes } from './pod-probes.ts';
import { PodRecords } from './pod-records.ts';
import { type PodSnapshot, snapshotOf } from './pod-snapshot.ts';
import { PodResizing } from './pod-resizing.ts';
import type { PodSandbox } from './pod-sandbox.ts';
import { PodSetup } from './pod-setup.ts';
import { PodStarting } from './pod-starting.ts';
import type { ContainerView } from './status/phase.ts';
import { writeStatus } from './status/write-status.ts';
import { WakeTimer } from './wake-timer.ts';
import type { WorkerContext } from './worker-context.ts';

const DEFAULT_GRACE_SECONDS = 30;

export class PodWorker {
  readonly #context: WorkerContext;
  readonly #records: PodRecords;
  readonly #probes: PodProbes;
  readonly #resizing: PodResizing;
  readonly #gone = new AbortController();
  /** Ends the set-up of a pod that is ended before it is set up. */
  readonly #setUpEnds = new AbortController();
  readonly #setup: PodSetup;
  readonly #timer: WakeTimer;
  readonly #starting: PodStarting;
  readonly #startTime: number;
  /** What ran in it before is lost: with its machine, or with a server that was not stopped in good order. */
  readonly #isRestarted: boolean;
  #pod: Pod;
  #preparing = false;
  #queued = false;
  #sandboxShown = false;
  #ending: PodEnding | undefined;
  #ended = false;
  /** Containers that run by the status are still being taken over: nothing changed yet that anyone should see. */
  #adopting = false;
  #failure: { reason: string; message: string } | undefined;

  constructor(context: WorkerContext, pod: Pod) {
    this.#context = context;
    this.#pod = pod;
    this.#probes = new PodProbes(context);
    this.#resizing = new PodResizing(context);
    this.#isRestarted = context.rebooted || context.snapshots?.has(pod.metadata.uid) === false;
    this.#setup = new PodSetup(context, this.#isRestarted);
    this.#timer = new WakeTimer(context.clock, () => this.wake());
    this.#startTime = parseTime(pod.status?.startTime) ?? context.clock.now();
    this.#records = new PodRecords(adoptRecords(pod, this.#isRestarted ? context.clock.now() : undefined));
    for (const record of this.#records) {
      context.crashBackOff.restore(crashKey(pod, record.name), record.restartCount);
      this.#adopting ||= record.adopted === true;
    }
    this.#starting = new PodStarting(context, {
      records: this.#records,
      probes: this.#probes,
      setup: this.#setup,
      pod: () => this.#pod,
      isEnding: () => this.#ending !== undefined,
      gone: this.#gone.signal,
      tried: () => {
        this.#sandboxShown = true;
        this.#writeStatus();
      },
      running: () => {
        this.#sandboxShown = true;
        this.wake();
      },
      wake: () => this.wake(),
      background: (work) => this.#background(work),
    });
    this.#admit();
    this.wake();
  }

  get pod(): Pod {
    return this.#pod;
  }

  get sandbox(): PodSandbox | undefined {
    return this.#setup.sandbox;
  }

  record(name: string): ContainerRecord | undefined {
    return this.#records.get(name);
  }

  records(): Iterable<ContainerRecord> {
    return this.#records;
  }

  /** What the pod leaves behind; undefined where it was not set up. */
  snapshot(): PodSnapshot | undefined {
    return snapshotOf(this.#records, this.#setup.sandbox);
  }

  update(pod: Pod): void {
    this.#pod = pod;
    this.wake();
  }

  /** A ConfigMap, Secret or claim that the pod refers to has changed. */
  sourceChanged(): void {
    for (const record of this.#records) {
      if (record.state.is === 'waiting' && record.state.reason === 'CreateContainerConfigError') {
        delete record.retryAt;
      }
    }
    this.#setup.sourceChanged();
    if (!this.#ending) {
      this.#background(this.#setup.refresh(this.#pod));
    }
    this.wake();
  }

  /** Another pod of the node is gone: a resize that waits for room may go on. */
  roomFreed(): void {
    if (this.#resizing.conditions().length > 0) {
      this.wake();
    }
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
    this.#setUpEnds.abort();
    this.#timer.clear();
    this.#probes.stopAll();
    for (const record of this.#records) {
      record.container?.kill(9);
    }
    this.#setup.dispose();
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
    // The last container's end is reported together with the pod's, which comes next.
    if (!this.#ending || running) {
      this.#writeStatus();
    }
  }

  /** Refuses a pod that the node cannot take; pods that it ran before were taken then. */
  #admit(): void {
    const node = this.#context.nodeObject();
    if (!node || this.#pod.status?.startTime !== undefined || this.#pod.metadata.deletionTimestamp !== undefined) {
      return;
    }
    const rejection = admitPod(this.#pod, node, this.#context.podsBeside(this.#pod.metadata.uid));
    if (rejection) {
      this.#context.events.event(this.#pod, 'Warning', rejection.reason, rejection.message);
      this.#failure = { reason: rejection.reason, message: `Pod was rejected: ${rejection.message}` };
      this.#ended = true;
    }
  }

  #proceed(views: readonly ContainerView[], now: number): void {
    const { sandbox } = this.#setup;
    if (!sandbox) {
      this.#prepare();
      return;
    }
    this.#resizing.sync(this.#pod, views, sandbox.address, this.#gone.signal);
    const plan = planPod(this.#pod, views);
    if (plan.finished) {
      this.#end(now + this.#graceMs());
    } else {
      const retryInMs = this.#starting.startDue(plan.start, now);
      if (retryInMs !== undefined) {
        this.#timer.within(retryInMs);
      }
    }
  }

  /** Attaches the network and mounts the volumes; containers start once both are done. */
  #prepare(): void {
    if (this.#preparing) {
      return;
    }
    if (this.#setup.retryInMs > 0) {
      this.#timer.within(this.#setup.retryInMs);
      return;
    }
    this.#preparing = true;
    this.#background(
      this.#setUp().finally(() => {
        this.#preparing = false;
        this.#adopting = false;
        this.wake();
      }),
    );
  }

  async #setUp(): Promise<void> {
    if (this.#isRestarted && this.#pod.status?.podIP !== undefined) {
      this.#context.events.event(this.#pod, 'Normal', 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.');
    }
    const adopted = this.#views().filter(({ record }) => record.adopted);
    const sandbox = await this.#setup.create(this.#pod, adopted.length > 0, this.#setUpEnds.signal);
    if (sandbox) {
      // What ran before the cluster was stopped goes on under its old id and with its old history.
      for (const view of adopted) {
        await adoptContainer(this.#context, this.#starting.request(view, sandbox));
      }
      this.#context.snapshots?.delete(this.#pod.metadata.uid);
    }
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
    this.#setUpEnds.abort();
    this.#background(
      this.#ending.stopAll(this.#pod, this.#views(), this.#setup.sandbox?.address ?? '').finally(() => {
        this.#ended = true;
        this.wake();
      }),
    );
  }

  /** Everything has ended: reports it, frees the network, and lets a deleted pod go. */
  #settle(): void {
    this.#ended = true;
    this.#probes.stopAll();
    const hadSandbox = this.#setup.sandbox !== undefined;
    this.#setup.dispose();
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
    if (this.#gone.signal.aborted || this.#adopting) {
      return;
    }
    // The network is reported with the first container that was tried, not before: one step of the kubelet does both.
    const { sandbox } = this.#setup;
    this.#sandboxShown ||= sandbox !== undefined && !this.#starting.isBusy;
    const shown = this.#sandboxShown ? sandbox : undefined;
    const podIP = shown?.address ?? this.#pod.status?.podIP;
    const written = writeStatus(this.#context, {
      pod: this.#pod,
      views: this.#views(),
      terminating: this.#ended,
      ...(this.#failure ? { failure: this.#failure } : {}),
      sandboxReady: shown !== undefined,
      ...(podIP === undefined ? {} : { podIP }),
      startTime: this.#startTime,
      extraConditions: this.#resizing.conditions(),
    });
    this.#pod = written ?? this.#pod;
  }

  #views(): ContainerView[] {
    return this.#records.views(this.#pod);
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
