// One learner's running instance of an exercise: a workspace and its sandboxes, through opening, use, suspension and end.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, DocksideError, isDocksideError, messageOf } from '../base/index.ts';
import { type Exercise, type Grade, Grader } from '../grading/index.ts';
import type { LabDescription, LabState, StageMessage } from '../protocol/index.ts';
import type { Leftover, Platform, Sandbox, SandboxDriver } from '../sandboxes/sandbox.ts';
import { LabTerminals } from '../terminals/index.ts';
import type { FileChange } from '../workspaces/files.ts';
import type { Workspace, WorkspaceDriver, WorkspaceLimits } from '../workspaces/workspace.ts';
import { LabLife, type LifeRules } from './life.ts';
import { labNetwork } from './lab-network.ts';

export type LabEvent =
  | { type: 'state'; state: LabState; reason?: string; expiresAt: number; leftovers?: readonly Leftover[] }
  | { type: 'stage'; stage: StageMessage }
  | { type: 'grade'; grade: Grade; requested: boolean }
  | { type: 'file'; change: FileChange };

export interface LabParts {
  id: string;
  learnerId: string;
  exercise: Exercise;
  /** Where everything of this lab is kept. */
  folder: string;
  clock: Clock;
  rules: LifeRules;
  expiresAt: number;
  sandboxDrivers: readonly SandboxDriver[];
  workspaceDriver: WorkspaceDriver;
  limits: WorkspaceLimits;
  /** Receives what goes wrong without anyone waiting for it. */
  onProblem: (problem: string, error: unknown) => void;
}

/** Opening that takes longer has failed, and says so. */
const OPEN_DEADLINE_MS: Record<SandboxDriver['fidelity'], number> = { embedded: 60_000, real: 900_000 };

export class Lab {
  readonly id: string;
  readonly learnerId: string;
  readonly exercise: Exercise;
  /** The shells of the workspace, for every page that shows them. */
  readonly terminals = new LabTerminals({ workspace: () => this.workspace });
  readonly #parts: LabParts;
  readonly #life: LabLife;
  readonly #listeners = new Set<(event: LabEvent) => void>();
  readonly #stages = new Map<string, StageMessage>();
  readonly #sandboxes = new Map<Platform, Sandbox>();
  #state: LabState;
  #reason: string | undefined;
  #workspace: Workspace | undefined;
  #grader: Grader | undefined;
  #grade: Grade;
  /** Ends what belongs to one opening: file watch, failure watch. */
  #session = new AbortController();
  /** Transitions run one after the other. */
  #transitions: Promise<unknown> = Promise.resolve();
  #ended = false;

  constructor(parts: LabParts, state: 'opening' | 'suspended' = 'opening') {
    this.#parts = parts;
    this.id = parts.id;
    this.learnerId = parts.learnerId;
    this.exercise = parts.exercise;
    this.#state = state;
    const { objectives, outOf } = parts.exercise;
    this.#grade = { verdicts: objectives.map((objective) => ({ objective: objective.id, state: 'pending' })), score: 0, outOf };
    this.#life = new LabLife(parts.clock, parts.rules, parts.expiresAt, {
      idle: () =>
        void this.suspend('It was not used for a while; files and cluster are kept.').catch((error: unknown) =>
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
    if (!this.#workspace || this.#state !== 'ready') {
      throw notReady(this.#state);
    }
    return this.#workspace;
  }

  get sandboxes(): ReadonlyMap<Platform, Sandbox> {
    return this.#sandboxes;
  }

  subscribe(listener: (event: LabEvent) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  describe(): LabDescription {
    return {
      id: this.id,
      exercise: this.exercise.slug,
      state: this.#state,
      stages: [...this.#stages.values()],
      serverTime: this.#parts.clock.now(),
      expiresAt: this.expiresAt,
      workspace: this.#workspace && { driver: this.#workspace.driver, isolated: this.#workspace.isolated },
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
        await this.#openParts();
        this.#setState('ready');
        this.#life.countIdleness(true);
      } catch (error) {
        await this.#letGo();
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
      await this.#stopSession();
      await this.#workspace?.suspend();
      await Promise.all([...this.#sandboxes.values()].map((sandbox) => sandbox.suspend()));
      await this.#letGo();
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
      await this.#stopSession();
      try {
        await this.#workspace?.close();
        this.#workspace = undefined;
        await Promise.all([...this.#sandboxes.values()].map((sandbox) => sandbox.reset()));
        this.#session = new AbortController();
        await this.#openWorkspace(this.#session.signal);
        this.#startGrader();
        this.#setState('ready');
      } catch (error) {
        await this.#letGo();
        this.#setState('failed', `The lab could not be reset: ${messageOf(error)}.`);
        throw error;
      }
    });
  }

  async check(): Promise<Grade> {
    if (!this.#grader || this.#state !== 'ready') {
      throw notReady(this.#state);
    }
    this.touch();
    return this.#grader.check();
  }

  /** Ends the lab and removes all of it; what could not be removed is returned. */
  close(reason?: string): Promise<Leftover[]> {
    return this.#transition(async () => {
      if (this.#state === 'closed') {
        return [];
      }
      this.#life[Symbol.dispose]();
      await this.#stopSession();
      const leftovers: Leftover[] = [];
      if (!this.#workspace || this.#sandboxes.size === 0) {
        // A suspended lab is taken up so that its drivers can remove what they made.
        await this.#openParts().catch((error: unknown) => this.#parts.onProblem('take up for closing', error));
        await this.#stopSession();
      }
      for (const part of [this.#workspace, ...this.#sandboxes.values()]) {
        try {
          leftovers.push(...((await part?.close()) ?? []));
        } catch (error) {
          leftovers.push({
            what: `a part of lab ${this.id} (${messageOf(error)})`,
            where: this.#parts.folder,
            remedy: 'remove that folder',
          });
        }
      }
      this.#workspace = undefined;
      this.#sandboxes.clear();
      try {
        rmSync(this.#parts.folder, { recursive: true, force: true });
      } catch (error) {
        leftovers.push({ what: `the lab’s folder (${messageOf(error)})`, where: this.#parts.folder, remedy: 'remove that folder' });
      }
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
      await this.#letGo();
      this.#listeners.clear();
    });
  }

  async #openParts(): Promise<void> {
    this.#session = new AbortController();
    const slowest = Math.max(...this.#parts.sandboxDrivers.map((driver) => OPEN_DEADLINE_MS[driver.fidelity]));
    const late = new AbortController();
    using _deadline = this.#parts.clock.schedule(slowest, () =>
      late.abort(
        new DocksideError(
          'LAB_OPEN_TIMEOUT',
          `The lab did not open within ${slowest / 1000} seconds. Try again; the server's log says more.`,
        ),
      ),
    );
    const signal = AbortSignal.any([late.signal, this.#session.signal]);
    await Promise.all(this.#parts.sandboxDrivers.map((driver) => this.#openSandbox(driver, signal)));
    await this.#openWorkspace(signal);
    this.#startGrader();
  }

  async #openSandbox(driver: SandboxDriver, signal: AbortSignal): Promise<void> {
    const sandbox = await driver.open({ labId: this.id, folder: this.#parts.folder }, (stage) => this.#noteStage(stage), signal);
    this.#sandboxes.set(driver.platform, sandbox);
    void sandbox.failed.then((error) => (this.#sandboxes.get(driver.platform) === sandbox ? this.#fail(error) : undefined));
  }

  async #openWorkspace(signal: AbortSignal): Promise<void> {
    const stage = { id: 'workspace', text: 'Setting up your terminal and files' };
    this.#noteStage({ ...stage, state: 'running' });
    try {
      this.#workspace = await this.#parts.workspaceDriver.create(
        {
          labId: this.id,
          folder: workspaceFolder(this.#parts.folder),
          files: this.exercise.files,
          access: [...this.#sandboxes.values()].map((sandbox) => sandbox.access()),
          limits: this.#parts.limits,
        },
        signal,
      );
      // A terminal does not wait for the sandbox's addresses. A lab that is ready has both.
      await untilAborted(this.#workspace.reachable(), signal);
    } catch (error) {
      this.#noteStage({ ...stage, state: 'failed' });
      throw error;
    }
    this.#noteStage({ ...stage, state: 'done' });
  }

  #startGrader(): void {
    const workspace = this.#workspace;
    if (!workspace) {
      return;
    }
    const session = this.#session.signal;
    this.#grader = new Grader({
      exercise: this.exercise,
      observed: {
        state: (platform) => this.#sandboxes.get(platform)?.state,
        files: workspace.files,
        network: labNetwork([...this.#sandboxes.values()].map((sandbox) => sandbox.access())),
      },
      clock: this.#parts.clock,
      onGrade: (grade, requested) => {
        this.#grade = grade;
        this.#emit({ type: 'grade', grade, requested });
      },
      onWatchFailure: (error) => this.#parts.onProblem('watch of the grader', error),
    });
    this.#grader.start();
    void this.#followFiles(workspace, session).catch((error: unknown) => {
      if (!session.aborted) {
        this.#parts.onProblem('watch of the files', error);
      }
    });
  }

  async #followFiles(workspace: Workspace, signal: AbortSignal): Promise<void> {
    for await (const change of workspace.files.watch(signal)) {
      this.#emit({ type: 'file', change });
    }
  }

  #fail(error: DocksideError): Promise<void> {
    return this.#transition(async () => {
      if (this.#state !== 'ready') {
        return;
      }
      this.#life.countIdleness(false);
      await this.#letGo();
      this.#setState('failed', error.message);
    });
  }

  async #stopSession(): Promise<void> {
    this.#session.abort(new Error('the lab goes on to another state'));
    const grader = this.#grader;
    this.#grader = undefined;
    await grader?.[Symbol.asyncDispose]();
  }

  /** Gives up the hold on workspace and sandboxes; shells, files and state live on. */
  async #letGo(): Promise<void> {
    await this.#stopSession();
    const parts: AsyncDisposable[] = [...this.#sandboxes.values()];
    if (this.#workspace) {
      parts.unshift(this.#workspace);
    }
    this.#workspace = undefined;
    this.#sandboxes.clear();
    for (const outcome of await Promise.allSettled(parts.map(async (part) => part[Symbol.asyncDispose]()))) {
      if (outcome.status === 'rejected') {
        this.#parts.onProblem('let go', outcome.reason);
      }
    }
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

/** A workspace owns its folder: closing it removes all of that folder, and the sandboxes' state is beside it. */
export function workspaceFolder(labFolder: string): string {
  return join(labFolder, 'workspace');
}

function notReady(state: LabState): DocksideError {
  return new DocksideError('LAB_NOT_READY', `The lab is ${state}: ask for it again (POST /api/labs) and wait until it is ready.`, {
    status: 409,
  });
}

/** What `work` resolves to, unless `signal` aborts first. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
    if (signal.aborted) {
      stop();
    }
  });
}
