// Follows a sandbox and tells its picture after each change. Nothing polls: what changes comes through PlatformState.changes.
import type { Clock } from '../base/index.ts';
import type { Topology } from '../protocol/index.ts';
import type { Platform, PlatformState, StateDocument } from '../sandboxes/sandbox.ts';
import { ecsPlan } from './ecs.ts';
import { kubernetesPlan } from './kubernetes.ts';
import type { Question, TopologyPlan } from './plan.ts';

const PLANS: Record<Platform, TopologyPlan> = { kubernetes: kubernetesPlan, ecs: ecsPlan };

/** Changes come in bursts; one picture after this pause shows them all, and an eye cannot follow more. */
const PAUSE_MS = 80;

export interface FollowOptions {
  state: PlatformState;
  platform: Platform;
  clock: Clock;
  /** Called with the first picture and after each change. */
  onPicture(picture: Topology): void;
  /** Called when a part of the state cannot be followed; the rest goes on. */
  onFailure(error: unknown): void;
}

/** Follows until disposed. */
export function followTopology(options: FollowOptions): AsyncDisposable {
  return new Follower(options);
}

class Follower implements AsyncDisposable {
  readonly #options: FollowOptions;
  readonly #plan: TopologyPlan;
  readonly #abort = new AbortController();
  /** By name of the question, then by identity. */
  readonly #documents = new Map<string, Map<string, StateDocument>>();
  readonly #running = new Set<Promise<void>>();
  #timer: Disposable | undefined;
  #last = '';

  constructor(options: FollowOptions) {
    this.#options = options;
    this.#plan = PLANS[options.platform];
    for (const question of this.#plan.questions) {
      this.#follow(question, this.#abort.signal);
    }
    // A sandbox that holds nothing has a picture, too.
    this.#noticeChange();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort(new Error('nobody looks at the picture any more'));
    this.#timer?.[Symbol.dispose]();
    await Promise.all(this.#running);
  }

  #follow(question: Question, signal: AbortSignal): void {
    const following = this.#read(question, signal).catch((error: unknown) => {
      if (!signal.aborted) {
        this.#options.onFailure(error);
      }
    });
    this.#running.add(following);
    void following.then(() => this.#running.delete(following));
  }

  async #read(question: Question, signal: AbortSignal): Promise<void> {
    const documents = this.#documents.get(question.name) ?? new Map<string, StateDocument>();
    this.#documents.set(question.name, documents);
    const mine = new Set<string>();
    const further = new Map<string, AbortController>();
    try {
      for await (const { type, document } of this.#options.state.changes(question.query, signal)) {
        const identity = this.#plan.identity(document);
        if (type === 'DELETED') {
          documents.delete(identity);
          mine.delete(identity);
          further.get(identity)?.abort(new Error('it is gone'));
          further.delete(identity);
        } else {
          documents.set(identity, document);
          mine.add(identity);
          if (question.more && !further.has(identity)) {
            const ending = new AbortController();
            further.set(identity, ending);
            for (const next of question.more(document)) {
              this.#follow(next, AbortSignal.any([signal, ending.signal]));
            }
          }
        }
        this.#noticeChange();
      }
    } finally {
      // What only this question knew of is gone with it.
      mine.forEach((identity) => documents.delete(identity));
      this.#noticeChange();
    }
  }

  #noticeChange(): void {
    if (this.#timer || this.#abort.signal.aborted) {
      return;
    }
    this.#timer = this.#options.clock.schedule(PAUSE_MS, () => {
      this.#timer = undefined;
      const documents = new Map([...this.#documents].map(([name, known]) => [name, [...known.values()]]));
      const picture = this.#plan.draw(documents);
      const text = JSON.stringify(picture);
      if (text !== this.#last) {
        this.#last = text;
        this.#options.onPicture(picture);
      }
    });
  }
}
