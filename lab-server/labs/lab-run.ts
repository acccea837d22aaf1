// What of a lab runs between two of its transitions: the sandboxes, the workspace on them, and the grader that watches both.
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DocksideError, messageOf, type Clock } from '../base/index.ts';
import { type Exercise, type Grade, Grader } from '../grading/index.ts';
import type { StageMessage } from '../protocol/index.ts';
import type { Leftover, Platform, Sandbox, SandboxDriver } from '../sandboxes/sandbox.ts';
import type { FileChange } from '../workspaces/files.ts';
import type { Workspace, WorkspaceDriver, WorkspaceLimits } from '../workspaces/workspace.ts';
import { labNetwork } from './lab-network.ts';

export interface LabRunOptions {
  labId: string;
  exercise: Exercise;
  /** Where everything of this lab is kept. */
  folder: string;
  clock: Clock;
  sandboxDrivers: readonly SandboxDriver[];
  workspaceDriver: WorkspaceDriver;
  limits: WorkspaceLimits;
  /** Receives what goes wrong without anyone waiting for it. */
  onProblem: (problem: string, error: unknown) => void;
}

export interface LabRunEvents {
  stage(stage: StageMessage): void;
  grade(grade: Grade, requested: boolean): void;
  file(change: FileChange): void;
  /** A sandbox ended by itself. */
  failed(error: DocksideError): void;
}

/** Opening that takes longer has failed, and says so. */
const OPEN_DEADLINE_MS: Record<SandboxDriver['fidelity'], number> = { embedded: 60_000, real: 900_000 };
/** An exercise's setup.sh gets this long. */
const SETUP_DEADLINE_MS = 45_000;

export class LabRun {
  readonly #options: LabRunOptions;
  readonly #events: LabRunEvents;
  readonly #sandboxes = new Map<Platform, Sandbox>();
  #workspace: Workspace | undefined;
  #grader: Grader | undefined;
  /** Ends what belongs to one opening: file watch, failure watch. */
  #session = new AbortController();

  constructor(options: LabRunOptions, events: LabRunEvents) {
    this.#options = options;
    this.#events = events;
  }

  get workspace(): Workspace | undefined {
    return this.#workspace;
  }

  get sandboxes(): ReadonlyMap<Platform, Sandbox> {
    return this.#sandboxes;
  }

  get grader(): Grader | undefined {
    return this.#grader;
  }

  /** Opens everything, or takes up what was left running. Who calls it lets go of what was opened when it fails. */
  async open(): Promise<void> {
    const { sandboxDrivers, clock } = this.#options;
    this.#session = new AbortController();
    const slowest = Math.max(...sandboxDrivers.map((driver) => OPEN_DEADLINE_MS[driver.fidelity]));
    const late = new AbortController();
    using _deadline = clock.schedule(slowest, () =>
      late.abort(
        new DocksideError(
          'LAB_OPEN_TIMEOUT',
          `The lab did not open within ${slowest / 1000} seconds. Try again; the server's log says more.`,
        ),
      ),
    );
    const signal = AbortSignal.any([late.signal, this.#session.signal]);
    await Promise.all(sandboxDrivers.map((driver) => this.#openSandbox(driver, signal)));
    await this.#openWorkspace(signal);
    await this.#prepare(signal);
    this.#startGrader();
    this.#followAccess();
  }

  /** Back to the starter files and the sandboxes as they opened. */
  async reset(): Promise<void> {
    await this.#stopSession();
    await this.#workspace?.close();
    this.#workspace = undefined;
    await Promise.all([...this.#sandboxes.values()].map((sandbox) => sandbox.reset()));
    rmSync(this.#setupMark, { force: true });
    this.#session = new AbortController();
    await this.#openWorkspace(this.#session.signal);
    await this.#prepare(this.#session.signal);
    this.#startGrader();
    this.#followAccess();
  }

  /** Ends processes and stops the sandboxes' use of CPU; `open` goes on from there. */
  async suspend(): Promise<void> {
    await this.#stopSession();
    await this.#workspace?.suspend();
    await Promise.all([...this.#sandboxes.values()].map((sandbox) => sandbox.suspend()));
    await this.letGo();
  }

  /** Gives up the hold on workspace and sandboxes; shells, files and state live on. */
  async letGo(): Promise<void> {
    await this.#stopSession();
    const parts: AsyncDisposable[] = [...this.#sandboxes.values()];
    if (this.#workspace) {
      parts.unshift(this.#workspace);
    }
    this.#workspace = undefined;
    this.#sandboxes.clear();
    for (const outcome of await Promise.allSettled(parts.map(async (part) => part[Symbol.asyncDispose]()))) {
      if (outcome.status === 'rejected') {
        this.#options.onProblem('let go', outcome.reason);
      }
    }
  }

  /** Removes all of it; what could not be removed is returned. */
  async close(): Promise<Leftover[]> {
    const { labId, folder, onProblem } = this.#options;
    await this.#stopSession();
    if (!this.#workspace || this.#sandboxes.size === 0) {
      // A suspended lab is taken up so that its drivers can remove what they made.
      await this.open().catch((error: unknown) => onProblem('take up for closing', error));
      await this.#stopSession();
    }
    const leftovers: Leftover[] = [];
    for (const part of [this.#workspace, ...this.#sandboxes.values()]) {
      try {
        leftovers.push(...((await part?.close()) ?? []));
      } catch (error) {
        leftovers.push({ what: `a part of lab ${labId} (${messageOf(error)})`, where: folder, remedy: 'remove that folder' });
      }
    }
    this.#workspace = undefined;
    this.#sandboxes.clear();
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      leftovers.push({ what: `the lab’s folder (${messageOf(error)})`, where: folder, remedy: 'remove that folder' });
    }
    return leftovers;
  }

  async #openSandbox(driver: SandboxDriver, signal: AbortSignal): Promise<void> {
    const { labId, folder, exercise } = this.#options;
    const { credentials, needs } = exercise.definition;
    const lab = { labId, folder, credentials, needs };
    const sandbox = await driver.open(lab, (stage) => this.#events.stage(stage), signal);
    this.#sandboxes.set(driver.platform, sandbox);
    void sandbox.failed.then((error) => (this.#sandboxes.get(driver.platform) === sandbox ? this.#events.failed(error) : undefined));
  }

  async #openWorkspace(signal: AbortSignal): Promise<void> {
    const { labId, folder, exercise, limits, workspaceDriver } = this.#options;
    const access = [...this.#sandboxes.values()].map((sandbox) => sandbox.access());
    await this.#stage({ id: 'workspace', text: 'Setting up your terminal and files' }, async () => {
      this.#workspace = await workspaceDriver.create(
        { labId, folder: workspaceFolder(folder), files: exercise.files, access, limits },
        signal,
      );
      // A terminal does not wait for the sandbox's addresses. A lab that is ready has both.
      await untilAborted(this.#workspace.reachable(), signal);
    });
  }

  get #setupMark(): string {
    return join(this.#options.folder, 'prepared');
  }

  /** Runs the exercise's setup.sh, once for a sandbox's life: a lab that is resumed is where the learner left it. */
  async #prepare(signal: AbortSignal): Promise<void> {
    const { setup, slug } = this.#options.exercise;
    if (setup === undefined || existsSync(this.#setupMark)) {
      return;
    }
    await this.#stage({ id: 'setup', text: 'Preparing the exercise' }, async () => {
      const options = { stdin: setup, timeoutMs: SETUP_DEADLINE_MS, maxOutputBytes: 16_384, signal };
      const result = await this.#workspace?.run(['bash', '-s'], options);
      if (result?.exitCode !== 0) {
        const why = result?.timedOut ? 'it did not end in time' : (result?.stderr.trim().split('\n').at(-1) ?? '');
        throw new DocksideError('LAB_SETUP_FAILED', `The exercise ${slug} could not be prepared: ${why}`);
      }
      writeFileSync(this.#setupMark, '');
    });
  }

  async #stage(stage: Pick<StageMessage, 'id' | 'text'>, work: () => Promise<void>): Promise<void> {
    this.#events.stage({ ...stage, state: 'running' });
    try {
      await work();
    } catch (error) {
      this.#events.stage({ ...stage, state: 'failed' });
      throw error;
    }
    this.#events.stage({ ...stage, state: 'done' });
  }

  #startGrader(): void {
    const workspace = this.#workspace;
    if (!workspace) {
      return;
    }
    const session = this.#session.signal;
    const { exercise, clock, onProblem } = this.#options;
    this.#grader = new Grader({
      exercise,
      observed: {
        state: (platform) => this.#sandboxes.get(platform)?.state,
        files: workspace.files,
        network: labNetwork([...this.#sandboxes.values()].map((sandbox) => sandbox.access())),
      },
      clock,
      onGrade: (grade, requested) => this.#events.grade(grade, requested),
      onWatchFailure: (error) => onProblem('watch of the grader', error),
    });
    this.#grader.start();
    void this.#followFiles(workspace, session).catch((error: unknown) => {
      if (!session.aborted) {
        onProblem('watch of the files', error);
      }
    });
  }

  /** Writes a sandbox's files again when they change: tokens of real clusters live for an hour. */
  #followAccess(): void {
    const workspace = this.#workspace;
    for (const sandbox of this.#sandboxes.values()) {
      const listening = sandbox.onAccessChange?.(() => {
        const { files, hostFiles } = sandbox.access();
        const wanted = workspace?.isolated === false ? (hostFiles ?? files) : files;
        for (const [path, { content }] of Object.entries(wanted)) {
          workspace?.files
            .write(path, Buffer.from(content))
            .catch((error: unknown) => this.#options.onProblem('write renewed access', error));
        }
      });
      this.#session.signal.addEventListener('abort', () => listening?.[Symbol.dispose](), { once: true });
    }
  }

  async #followFiles(workspace: Workspace, signal: AbortSignal): Promise<void> {
    for await (const change of workspace.files.watch(signal)) {
      this.#events.file(change);
    }
  }

  async #stopSession(): Promise<void> {
    this.#session.abort(new Error('the lab goes on to another state'));
    const grader = this.#grader;
    this.#grader = undefined;
    await grader?.[Symbol.asyncDispose]();
  }
}

/** A workspace owns its folder: closing it removes all of that folder, and the sandboxes' state is beside it. */
export function workspaceFolder(labFolder: string): string {
  return join(labFolder, 'workspace');
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
