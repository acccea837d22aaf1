// A hall of labs with drivers in memory, a store on disk and a clock that a test moves.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '../../lab-server/base/index.ts';
import type { Exercise } from '../../lab-server/grading/index.ts';
import { type Lab, Labs, type LabsOptions } from '../../lab-server/labs/index.ts';
import { openStore, type Store } from '../../lab-server/store/index.ts';
import { anExercise } from './exercise.ts';
import { SandboxDriverInMemory, WorkspaceDriverInMemory } from './lab-parts.ts';

export const MINUTE = 60_000;

export class LabHall implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'dockside-labs-'));
  readonly clock = new ManualClock();
  readonly sandboxes = new SandboxDriverInMemory();
  readonly workspaces = new WorkspaceDriverInMemory();
  readonly problems: string[] = [];
  readonly exercises = new Map<string, Exercise>();
  readonly #change: Partial<LabsOptions>;
  store!: Store;
  labs!: Labs;

  private constructor(change: Partial<LabsOptions>) {
    this.#change = change;
    for (const slug of ['one', 'two', 'three', 'four']) {
      this.exercises.set(slug, { ...anExercise(), slug });
    }
  }

  static async open(change: Partial<LabsOptions> = {}): Promise<LabHall> {
    const hall = new LabHall(change);
    await hall.start();
    return hall;
  }

  async start({ takeUp = true } = {}): Promise<void> {
    this.store = await openStore(join(this.folder, 'store.sqlite'));
    this.labs = new Labs({
      folder: join(this.folder, 'labs'),
      exercises: this.exercises,
      store: this.store,
      clock: this.clock,
      sandboxDrivers: [this.sandboxes],
      workspaceDriver: this.workspaces,
      workspaceLimits: { diskBytes: 1, files: 1, memoryBytes: 1, processes: 1, openFiles: 1 },
      max: 10,
      maxPerLearner: 3,
      lifeMs: 24 * 60 * MINUTE,
      idleMs: 30 * MINUTE,
      onProblem: (problem) => void this.problems.push(problem),
      ...this.#change,
    });
    await this.labs.recall();
    if (takeUp) {
      await this.labs.takeUp();
    }
  }

  /** Stops the server and starts it again on the same data. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async stop(): Promise<void> {
    await this.labs[Symbol.asyncDispose]();
    await this.store[Symbol.asyncDispose]();
  }

  /** A lab that is ready. */
  async readyLab(learner: string, exercise: string): Promise<Lab> {
    const lab = await this.labs.request(learner, exercise);
    await lab.open();
    return lab;
  }

  makeFolder(name: string): string {
    const folder = join(this.folder, 'labs', name);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
