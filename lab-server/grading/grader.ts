// Watches a lab and keeps its verdicts true: whenever the sandbox or a file changes, the objectives are judged again. Nothing polls.
import { type Clock, messageOf } from '../base/index.ts';
import type { StateQuery } from '../sandboxes/sandbox.ts';
import type { WorkspaceFiles } from '../workspaces/files.ts';
import type { Exercise, Objective } from './exercise.ts';
import { errorVerdict, judge, scoreOf, type Verdict, waitingVerdict } from './judge.ts';
import { broadened, Memory } from './memory.ts';
import { observe, type Observed, type Round } from './observe.ts';

/** Changes come in bursts (a Deployment makes a dozen); one look after this pause sees them all. */
const QUIET_MS = 40;
/** Under a steady stream of changes, look at least this often. */
const MAX_WAIT_MS = 400;

export interface Grade {
  verdicts: readonly Verdict[];
  score: number;
  outOf: number;
}

export interface GraderOptions {
  exercise: Exercise;
  observed: Observed & { files?: Pick<WorkspaceFiles, 'read' | 'watch'> };
  clock: Clock;
  /** Called when a verdict has changed, and after each requested check. */
  onGrade(grade: Grade, requested: boolean): void;
  /** Called when a watch fails for good; checks on request still work. */
  onWatchFailure(error: unknown): void;
}

export class Grader implements AsyncDisposable {
  readonly #options: GraderOptions;
  readonly #abort = new AbortController();
  readonly #memory: Memory;
  /** How often a check was asked for while the objective had not passed, by its id. */
  readonly #attempts = new Map<string, number>();
  #verdicts: readonly Verdict[];
  #watching: Promise<unknown> = Promise.resolve();
  #timer: Disposable | undefined;
  #burstSince: number | undefined;
  /** The look that runs, and whether something changed after it began. */
  #looking: Promise<void> | undefined;
  #again = false;

  constructor(options: GraderOptions) {
    this.#options = options;
    this.#memory = new Memory(options.exercise.objectives);
    this.#verdicts = options.exercise.objectives.map((objective) => ({ objective: objective.id, state: 'pending' }));
  }

  get grade(): Grade {
    const { objectives, outOf } = this.#options.exercise;
    return { verdicts: this.#verdicts, score: scoreOf(objectives, this.#verdicts), outOf };
  }

  /** Begins to watch. */
  start(): void {
    const { exercise, observed } = this.#options;
    const watches = distinctWatches(exercise.objectives).map(async (query) => {
      const changes = observed.state(query.platform)?.changes(query, this.#abort.signal) ?? [];
      for await (const change of changes) {
        this.#memory.note(query, change);
        this.#noticeChange();
      }
    });
    const paths = new Set(exercise.objectives.flatMap((objective) => Object.values(objective.files)));
    if (paths.size > 0 && observed.files) {
      watches.push(this.#watchFiles(observed.files, paths));
    }
    this.#watching = Promise.all(
      watches.map((watch) =>
        watch.catch((error: unknown) => {
          if (!this.#abort.signal.aborted) {
            this.#options.onWatchFailure(error);
          }
        }),
      ),
    );
    this.#noticeChange();
  }

  /** Judges everything anew and reports it even where nothing has changed. */
  async check(): Promise<Grade> {
    await this.#looking;
    await this.#look();
    const failed = this.#verdicts.filter((verdict) => verdict.state === 'failed');
    failed.forEach(({ objective }) => this.#attempts.set(objective, (this.#attempts.get(objective) ?? 0) + 1));
    this.#options.onGrade(this.grade, true);
    return this.grade;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort(new Error('the grader stops'));
    this.#timer?.[Symbol.dispose]();
    await Promise.all([this.#watching, this.#looking]);
  }

  async #watchFiles(files: Pick<WorkspaceFiles, 'watch'>, paths: ReadonlySet<string>): Promise<void> {
    for await (const change of files.watch(this.#abort.signal)) {
      if (paths.has(change.path)) {
        this.#noticeChange();
      }
    }
  }

  #noticeChange(): void {
    if (this.#abort.signal.aborted) {
      return;
    }
    const { clock } = this.#options;
    this.#burstSince ??= clock.now();
    const left = this.#burstSince + MAX_WAIT_MS - clock.now();
    this.#timer?.[Symbol.dispose]();
    this.#timer = clock.schedule(Math.max(0, Math.min(QUIET_MS, left)), () => {
      this.#burstSince = undefined;
      if (this.#looking) {
        this.#again = true;
      } else {
        void this.#look();
      }
    });
  }

  #look(): Promise<void> {
    const looking = this.#judgeAll().finally(() => {
      this.#looking = undefined;
      if (this.#again) {
        this.#again = false;
        this.#noticeChange();
      }
    });
    this.#looking = looking;
    return looking;
  }

  async #judgeAll(): Promise<void> {
    const round: Round = new Map();
    const { objectives } = this.#options.exercise;
    const decided = new Map<string, Verdict>();
    for (const objective of objectives) {
      const missing = objectives.filter((other) => objective.after.includes(other.id) && decided.get(other.id)?.state !== 'passed');
      decided.set(
        objective.id,
        missing.length > 0
          ? waitingVerdict(
              objective,
              missing.map((other) => other.title),
            )
          : await this.#decide(objective, round),
      );
    }
    if (this.#abort.signal.aborted) {
      return;
    }
    const verdicts = objectives.map((objective) => decided.get(objective.id) ?? errorVerdict(objective, 'it was not looked at'));
    const changed = JSON.stringify(verdicts) !== JSON.stringify(this.#verdicts);
    this.#verdicts = verdicts;
    if (changed) {
      this.#options.onGrade(this.grade, false);
    }
  }

  async #decide(objective: Objective, round: Round): Promise<Verdict> {
    const limit = new AbortController();
    const seconds = objective.timeLimitMs / 1000;
    using _deadline = this.#options.clock.schedule(objective.timeLimitMs, () =>
      limit.abort(new Error(`it took longer than ${seconds} seconds`)),
    );
    const signal = AbortSignal.any([limit.signal, this.#abort.signal]);
    try {
      const variables = await observe(objective, this.#options.observed, round, (query) => this.#memory.of(query), signal);
      return judge(objective, variables, this.#attempts.get(objective.id));
    } catch (error) {
      return errorVerdict(objective, limit.signal.aborted ? messageOf(limit.signal.reason) : (messageOf(error).split('\n')[0] ?? ''));
    }
  }
}

/** One watch per kind and namespace, whatever names and labels the objectives single out. */
function distinctWatches(objectives: readonly Objective[]): StateQuery[] {
  const queries = new Map<string, StateQuery>();
  for (const query of objectives.flatMap((objective) => [...Object.values(objective.resources), ...Object.values(objective.history)])) {
    const broad = broadened(query);
    queries.set(JSON.stringify(broad), broad);
  }
  return [...queries.values()];
}
