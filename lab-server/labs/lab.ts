// One learner's running instance of an exercise, through its states: waiting, opening, ready, suspended, closed, failed.
import { existsSync, mkdirSync } from 'node:fs';
import { type Clock, DocksideError, isDocksideError, messageOf } from '../base/index.ts';
import type { Exercise, Grade } from '../grading/index.ts';
import type { LabDescription, LabState, StageMessage } from '../protocol/index.ts';
import type { Leftover, Platform, Sandbox } from '../sandboxes/sandbox.ts';
import { LabTerminals } from '../terminals/index.ts';
import type { FileChange } from '../workspaces/files.ts';
import type { Workspace } from '../workspaces/workspace.ts';
import { LabRun, type LabRunOptions } from './lab-run.ts';
import { LabLife, type LifeRules } from './life.ts';

export type LabEvent =
  | { type: 'state'; state: LabState; reason?: string; expiresAt: number; leftovers?: readonly Leftover[] }
  | { type: 'stage'; stage: StageMessage }
  | { type: 'grade'; grade: Grade; requested: boolean }
  | { type: 'file'; change: FileChange };

export interface LabParts extends Omit<LabRunOptions, 'labId'> {
  id: string;
  learnerId: string;
  clock: Clock;
  rules: LifeRules;
  expiresAt: number;
}

export class Lab {
  readonly id: string;
  readonly learnerId: string;
  readonly exercise: Exercise;
  /** The shells of the workspace, for every page that shows them. */
  readonly terminals = new LabTerminals({ workspace: () => this.workspace });
  readonly #parts: LabParts;
  readonly #life: LabLife;
  readonly #run: LabRun;
  readonly #listeners = new Set<(event: LabEvent) => void>();
  readonly #stages = new Map<string, StageMessage>();
  #state: LabState;
  #reason: string | undefined;
  #grade: Grade;
  /** Transitions run one after the other. */
  #transitions: Promise<unknown> = Promise.resolve();
  #ended = false;

  constructor(parts: LabParts, state: 'opening' | 'suspended' | 'queued' = 'opening') {
    this.#parts = parts;
    this.id = parts.id;
    this.learnerId = parts.learnerId;
    this.exercise = parts.exercise;
    this.#state = state;
    const { objectives, outOf } = parts.exercise;
    this.#grade = { verdicts: objectives.map((objective) => ({ objective: objective.id, state: 'pending' })), score: 0, outOf };
    this.#run = new LabRun(
      { ...parts, labId: parts.id },
      {
        stage: (stage) => this.#noteStage(stage),
        grade: (grade, requested) => {
          this.#grade = grade;
          this.#emit({ type: 'grade', grade, requested });
        },
        file: (change) => this.#emit({ type: 'file', change }),
        failed: (error) => void this.#fail(error).catch((problem: unknown) => parts.onProblem('fail', problem)),
      },
    );
    this.#life = new LabLife(parts.clock, parts.rules, parts.expiresAt, {
      idle: () =>
        void this.suspend('It was not used for a while; files and sandbox are kept.').catch((error: unknown) =>
          parts.onProblem('suspend', error),
        ),
      expired: () => void this.close('Its time is up.').catch((error: unknown) => parts.onProblem('close', error)),
      extended: () => this.#emit({ type: 'state', state: this.#state, reason: this.#reason, expiresAt: this.expiresAt }),
    });
  }

  get state(): LabState {
    return this.#state;
  }

  get reason(): string | undefined {
    return this.#reason;
  }

  get expiresAt(): number {
    return this.#life.expiresAt;
  }

  get usedAt(): number {
    return this.#life.usedAt;
  }

  get stages(): readonly StageMessage[] {
    return [...this.#stages.values()];
  }

  get grade(): Grade {
    return this.#grade;
  }

  /** The workspace of a lab that is ready. Throws `LAB_NOT_READY` (409) else. */
  get workspace(): Workspace {
    const { workspace } = this.#run;
    if (!workspace || this.#state !== 'ready') {
      throw notReady(this.#state);
    }
    return workspace;
  }

  get sandboxes(): ReadonlyMap<Platform, Sandbox> {
    return this.#run.sandboxes;
  }

  subscribe(listener: (event: LabEvent) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  describe(): LabDescription {
    const { workspace } = this.#run;
    return {
      id: this.id,
      exercise: this.exercise.slug,
      state: this.#state,
      ...(this.#reason === undefined ? {} : { reason: this.#reason }),
      stages: [...this.#stages.values()],
      serverTime: this.#parts.clock.now(),
      expiresAt: this.expiresAt,
      workspace: workspace && { driver: workspace.driver, isolated: workspace.isolated },
      sandboxes: this.#parts.sandboxDrivers.map(({ platform, name, fidelity }) => ({ platform, driver: name, fidelity })),
      verdicts: [...this.#grade.verdicts],
      score: this.#grade.score,
      outOf: this.#grade.outOf,
    };
  }

  /** Notes that the learner did something. */
  touch(): void {
    this.#life.touch();
  }

  extend(): void {
    this.#life.extend();
  }

  /** Waits for a place on the server, and says so. */
  wait(reason: string): void {
    if (this.#state !== 'queued' || this.#reason !== reason) {
      this.#setState('queued', reason);
    }
  }

  /** Opens, resumes, or restarts after a failure. Does nothing when the lab is ready. */
  open(): Promise<void> {
    return this.#transition(async () => {
      if (this.#state === 'ready') {
        return;
      }
      this.#stages.clear();
      this.#setState('opening');
      try {
        mkdirSync(this.#parts.folder, { recursive: true, mode: 0o700 });
        await this.#run.open();
        this.#setState('ready');
        this.#life.countIdleness(true);
      } catch (error) {
        await this.#run.letGo();
        this.#setState('failed', isDocksideError(error) ? error.message : `The lab could not be opened: ${messageOf(error)}.`);
        throw error;
      }
    });
  }

  /** Ends processes and stops the sandboxes' use of CPU; `open` goes on from there. */
  suspend(reason: string): Promise<void> {
    return this.#transition(async () => {
      if (this.#state !== 'ready') {
        return;
      }
      this.#life.countIdleness(false);
      this.#setState('suspended', reason);
      await this.#run.suspend();
    });
  }

  /** Back to the starter files and the sandbox as it opened. */
  reset(): Promise<void> {
    return this.#transition(async () => {
      if (this.#state !== 'ready') {
        throw notReady(this.#state);
      }
      this.#stages.clear();
      this.#setState('opening');
      try {
        await this.#run.reset();
        this.#setState('ready');
      } catch (error) {
        await this.#run.letGo();
        this.#setState('failed', `The lab could not be reset: ${messageOf(error)}.`);
        throw error;
      }
    });
  }

  async check(): Promise<Grade> {
    const { grader } = this.#run;
    if (!grader || this.#state !== 'ready') {
      throw notReady(this.#state);
    }
    this.touch();
    return grader.check();
  }

  /** Ends the lab and removes all of it; what could not be removed is returned. */
  close(reason?: string): Promise<Leftover[]> {
    return this.#transition(async () => {
      if (this.#state === 'closed') {
        return [];
      }
      this.#life[Symbol.dispose]();
      // A lab that never had a place has nothing to remove.
      const leftovers = existsSync(this.#parts.folder) ? await this.#run.close() : [];
      this.#ended = true;
      this.#setState('closed', reason, leftovers);
      this.#listeners.clear();
      return leftovers;
    });
  }

  /** The server stops: lets go of everything without ending it, so that the next start takes it up. */
  release(): Promise<void> {
    return this.#transition(async () => {
      this.#life[Symbol.dispose]();
      this.#ended = true;
      await this.#run.letGo();
      this.#listeners.clear();
    });
  }

  #fail(error: DocksideError): Promise<void> {
    return this.#transition(async () => {
      if (this.#state !== 'ready') {
        return;
      }
      this.#life.countIdleness(false);
      await this.#run.letGo();
      this.#setState('failed', error.message);
    });
  }

  #transition<Result>(run: () => Promise<Result>): Promise<Result> {
    const result = this.#transitions.then(() => {
      if (this.#ended) {
        throw new DocksideError('LAB_CLOSED', 'This lab is closed; open a new one from the lesson.', { status: 410 });
      }
      return run();
    });
    this.#transitions = result.catch(() => {});
    return result;
  }

  #noteStage(stage: StageMessage): void {
    this.#stages.set(stage.id, stage);
    this.#emit({ type: 'stage', stage });
  }

  #setState(state: LabState, reason?: string, leftovers?: readonly Leftover[]): void {
    this.#state = state;
    this.#reason = reason;
    this.#emit({ type: 'state', state, reason, expiresAt: this.expiresAt, leftovers });
  }

  #emit(event: LabEvent): void {
    for (const listener of this.#listeners) {
      listener(event);
    }
  }
}

function notReady(state: LabState): DocksideError {
  return new DocksideError('LAB_NOT_READY', `The lab is ${state}: ask for it again (POST /api/labs) and wait until it is ready.`, {
    status: 409,
  });
}
