// Pods that wait for a node: the most important first, and those that could not be placed apart until something changes.
import type { Clock } from '../../../base/index.ts';
import type { Pod } from '../types.ts';

const INITIAL_BACK_OFF_MS = 1_000;
const MAX_BACK_OFF_MS = 10_000;

interface Entry {
  pod: Pod;
  order: number;
  attempts: number;
  /** A pod that failed is not tried again before this time, whatever changes. */
  notBefore: number;
  /** Plugins that refused it; without them any change may help. */
  refusedBy?: ReadonlySet<string>;
}

/** What changed in the cluster. */
export type Change = 'node' | 'pod-placed' | 'pod-gone' | 'volume';

/** The plugins whose refusal a change may lift, where it is not all of them (the real scheduler calls them queueing hints). */
const HELPED: Readonly<Partial<Record<Change, readonly string[]>>> = {
  'pod-placed': ['InterPodAffinity', 'PodTopologySpread'],
  volume: ['VolumeBinding'],
};

export class SchedulingQueue implements Disposable {
  readonly #clock: Clock;
  readonly #wake: () => void;
  readonly #active = new Map<string, Entry>();
  readonly #waiting = new Map<string, Entry>();
  readonly #unschedulable = new Map<string, Entry>();
  #order = 0;
  #timer: Disposable | undefined;

  /** `wake` is called when there may be something to take. */
  constructor(clock: Clock, wake: () => void) {
    this.#clock = clock;
    this.#wake = wake;
  }

  get size(): number {
    return this.#active.size;
  }

  /** A pod that needs a node, new or changed. */
  add(pod: Pod): void {
    const { uid } = pod.metadata;
    const known = this.#active.get(uid) ?? this.#waiting.get(uid) ?? this.#unschedulable.get(uid);
    const entry = known ? { ...known, pod } : { pod, order: this.#order++, attempts: 0, notBefore: 0 };
    this.#drop(uid);
    this.#place(uid, entry);
  }

  /** Replaces what is known of a pod without trying it again. */
  replace(pod: Pod): void {
    for (const entries of [this.#active, this.#waiting, this.#unschedulable]) {
      const entry = entries.get(pod.metadata.uid);
      if (entry) {
        entry.pod = pod;
      }
    }
  }

  has(uid: string): boolean {
    return this.#active.has(uid) || this.#waiting.has(uid) || this.#unschedulable.has(uid);
  }

  remove(uid: string): void {
    this.#drop(uid);
  }

  /** The next pod to place; it is out of the queue then. */
  take(): { pod: Pod; attempts: number; order: number } | undefined {
    let best: Entry | undefined;
    for (const entry of this.#active.values()) {
      if (!best || before(entry, best)) {
        best = entry;
      }
    }
    if (best) {
      this.#active.delete(best.pod.metadata.uid);
    }
    return best;
  }

  /** Puts a pod back that found no node; it waits until `retry`. */
  failed(pod: Pod, taken: { attempts: number; order: number }, refusedBy: ReadonlySet<string>): void {
    const attempts = taken.attempts + 1;
    const backOff = Math.min(INITIAL_BACK_OFF_MS * 2 ** (attempts - 1), MAX_BACK_OFF_MS);
    this.#unschedulable.set(pod.metadata.uid, { pod, order: taken.order, attempts, notBefore: this.#clock.now() + backOff, refusedBy });
  }

  /** Puts a pod aside that has a node in view and waits for a part of it; the next change brings it back at once. */
  park(pod: Pod, taken: { attempts: number; order: number }): void {
    this.#unschedulable.set(pod.metadata.uid, { pod, order: taken.order, attempts: taken.attempts, notBefore: 0 });
  }

  /** Something changed: pods that it may help are tried again, after their back-off. */
  retry(change: Change): void {
    for (const [uid, entry] of this.#unschedulable) {
      const { refusedBy } = entry;
      if (refusedBy && HELPED[change]?.every((plugin) => !refusedBy.has(plugin))) {
        continue;
      }
      this.#unschedulable.delete(uid);
      this.#place(uid, entry);
    }
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#active.clear();
    this.#waiting.clear();
    this.#unschedulable.clear();
  }

  #place(uid: string, entry: Entry): void {
    if (entry.notBefore <= this.#clock.now()) {
      this.#active.set(uid, entry);
      this.#wake();
      return;
    }
    this.#waiting.set(uid, entry);
    this.#arm();
  }

  #arm(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    const next = Math.min(...[...this.#waiting.values()].map(({ notBefore }) => notBefore));
    if (Number.isFinite(next)) {
      this.#timer = this.#clock.schedule(next - this.#clock.now(), () => this.#release());
    }
  }

  #release(): void {
    for (const [uid, entry] of this.#waiting) {
      if (entry.notBefore <= this.#clock.now()) {
        this.#waiting.delete(uid);
        this.#active.set(uid, entry);
      }
    }
    this.#arm();
    this.#wake();
  }

  #drop(uid: string): void {
    this.#active.delete(uid);
    this.#waiting.delete(uid);
    this.#unschedulable.delete(uid);
  }
}

function before(a: Entry, b: Entry): boolean {
  const priorityA = a.pod.spec?.priority ?? 0;
  const priorityB = b.pod.spec?.priority ?? 0;
  return priorityA === priorityB ? a.order < b.order : priorityA > priorityB;
}
