// All labs of this server: who may open one, how many run at once, and what a restart takes up again.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, DocksideError } from '../base/index.ts';
import type { Exercise } from '../grading/index.ts';
import type { LabState } from '../protocol/index.ts';
import type { SandboxDriver } from '../sandboxes/sandbox.ts';
import type { Store, StoredLab } from '../store/index.ts';
import type { WorkspaceDriver, WorkspaceLimits } from '../workspaces/workspace.ts';
import { Lab, workspaceFolder } from './lab.ts';

export interface LabsOptions {
  /** Folder that holds one folder per lab. */
  folder: string;
  exercises: ReadonlyMap<string, Exercise>;
  store: Store;
  clock: Clock;
  sandboxDrivers: readonly SandboxDriver[];
  workspaceDriver: WorkspaceDriver;
  workspaceLimits: WorkspaceLimits;
  /** Labs that may run at once, in all and per learner; suspended ones do not count. */
  max: number;
  maxPerLearner: number;
  lifeMs: number;
  idleMs: number;
  onProblem: (problem: string, error: unknown) => void;
}

/** When places are short, a lab unused for this long makes room. */
const MAKES_ROOM_AFTER_MS = 5 * 60_000;
/** Labs taken up at the same time after a restart. */
const TAKE_UP_AT_ONCE = 2;

export class Labs implements AsyncDisposable {
  readonly #options: LabsOptions;
  readonly #labs = new Map<string, Lab>();
  /** Requests for the same lab that race share one answer. */
  readonly #asked = new Map<string, Promise<Lab>>();
  /** Labs that ran when the server stopped or died. */
  readonly #ranBefore: Lab[] = [];
  /** Names of folders that belong to no lab. */
  #orphans: string[] = [];
  #stopping = false;

  constructor(options: LabsOptions) {
    this.#options = options;
    mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  }

  /** Number of labs by state. */
  get counts(): Record<LabState, number> {
    const counts: Record<LabState, number> = { opening: 0, ready: 0, suspended: 0, closed: 0, failed: 0 };
    for (const lab of this.#labs.values()) {
      counts[lab.state] += 1;
    }
    return counts;
  }

  get(id: string): Lab | undefined {
    return this.#labs.get(id);
  }

  /** The learner's lab of an exercise: the one there is, woken where it sleeps, or a new one. Opening goes on after this returns. */
  request(learnerId: string, slug: string): Promise<Lab> {
    const key = `${learnerId} ${slug}`;
    let asked = this.#asked.get(key);
    if (!asked) {
      asked = this.#request(learnerId, slug).finally(() => this.#asked.delete(key));
      this.#asked.set(key, asked);
    }
    return asked;
  }

  async #request(learnerId: string, slug: string): Promise<Lab> {
    const exercise = this.#options.exercises.get(slug);
    if (!exercise) {
      throw new DocksideError('EXERCISE_UNKNOWN', `There is no exercise ${slug}.`, { status: 404 });
    }
    if (this.#stopping) {
      throw new DocksideError('SERVER_STOPPING', 'The server is stopping; try again in a moment.', { status: 503 });
    }
    const known = this.#ofLearner(learnerId).find((lab) => lab.exercise.slug === slug);
    if (known) {
      if (known.state !== 'ready' && known.state !== 'opening') {
        await this.#makeRoom(learnerId, known);
        this.#openInBackground(known);
      }
      known.touch();
      return known;
    }
    await this.#makeRoom(learnerId);
    const now = this.#options.clock.now();
    const lab = this.#build({ id: newLabId(), learnerId, expiresAt: now + this.#options.lifeMs }, exercise, 'opening');
    await this.#options.store.touchLearner(learnerId, now);
    await this.#options.store.addLab({
      id: lab.id,
      learnerId,
      exercise: slug,
      state: 'opening',
      workspaceDriver: this.#options.workspaceDriver.name,
      sandboxDriver: this.#driversFor(exercise)
        .map((driver) => driver.name)
        .join(','),
      createdAt: now,
      expiresAt: lab.expiresAt,
    });
    this.#adopt(lab);
    this.#openInBackground(lab);
    return lab;
  }

  /** Ends a lab and notes what could not be removed. */
  async close(lab: Lab, reason: string): Promise<void> {
    await lab.close(reason);
  }

  /** Learns of the labs from before this start. To be called once, before the first request. */
  async recall(): Promise<void> {
    for (const entry of await this.#options.store.openLabs()) {
      const exercise = this.#options.exercises.get(entry.exercise);
      const folder = join(this.#options.folder, entry.id);
      if (!exercise || !existsSync(folder)) {
        const gone = { what: 'a lab of an exercise that is gone', where: folder, remedy: 'remove that folder' };
        await this.#options.store.closeLab(entry.id, exercise ? [] : [gone]);
        continue;
      }
      const lab = this.#build(entry, exercise, 'suspended');
      this.#adopt(lab);
      if (entry.state === 'ready' || entry.state === 'opening') {
        this.#ranBefore.push(lab);
      }
    }
    this.#orphans = readdirSync(this.#options.folder).filter((id) => !this.#labs.has(id));
  }

  /** Takes up the labs that ran when the server stopped or died, and removes what belongs to no lab. Requests may come meanwhile. */
  async takeUp(): Promise<void> {
    await this.#removeOrphans();
    const queue = this.#ranBefore.splice(0).values();
    await Promise.all(
      Array.from({ length: TAKE_UP_AT_ONCE }, async () => {
        for (const lab of queue) {
          await lab.open().catch((error: unknown) => this.#options.onProblem(`take up lab ${lab.id}`, error));
        }
      }),
    );
  }

  /** Lets go of all labs; they are taken up at the next start. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    await Promise.allSettled(this.#asked.values());
    await Promise.all(
      [...this.#labs.values()].map((lab) => lab.release().catch((error: unknown) => this.#options.onProblem('release', error))),
    );
    this.#labs.clear();
  }

  #build(entry: Pick<StoredLab, 'id' | 'learnerId' | 'expiresAt'>, exercise: Exercise, state: 'opening' | 'suspended'): Lab {
    const { clock, lifeMs, idleMs, workspaceDriver, workspaceLimits, onProblem } = this.#options;
    return new Lab(
      {
        id: entry.id,
        learnerId: entry.learnerId,
        exercise,
        folder: join(this.#options.folder, entry.id),
        clock,
        rules: { lifeMs, idleMs },
        expiresAt: entry.expiresAt,
        sandboxDrivers: this.#driversFor(exercise),
        workspaceDriver,
        limits: workspaceLimits,
        onProblem: (problem, error) => onProblem(`${problem} of lab ${entry.id}`, error),
      },
      state,
    );
  }

  #driversFor(exercise: Exercise): SandboxDriver[] {
    return exercise.definition.sandboxes.map((platform) => {
      const driver = this.#options.sandboxDrivers.find((candidate) => candidate.platform === platform);
      if (!driver) {
        throw new DocksideError('SANDBOX_NO_DRIVER', `This server has no ${platform} sandbox, which the exercise ${exercise.slug} needs.`, {
          status: 503,
        });
      }
      return driver;
    });
  }

  /** Follows a lab into the store. */
  #adopt(lab: Lab): void {
    this.#labs.set(lab.id, lab);
    const { store, clock, onProblem } = this.#options;
    const remember = (write: Promise<void>): void => void write.catch((error: unknown) => onProblem(`remember lab ${lab.id}`, error));
    lab.subscribe((event) => {
      if (event.type === 'state') {
        if (event.state === 'closed') {
          this.#labs.delete(lab.id);
          remember(store.closeLab(lab.id, event.leftovers ?? []));
        } else {
          remember(store.updateLab(lab.id, { state: event.state, expiresAt: event.expiresAt }));
        }
      } else if (event.type === 'grade') {
        const { score, outOf, verdicts } = event.grade;
        const { learnerId, exercise } = lab;
        remember(
          store.recordAttempt({
            learnerId,
            labId: lab.id,
            exercise: exercise.slug,
            at: clock.now(),
            requested: event.requested,
            score,
            outOf,
            verdicts,
          }),
        );
      }
    });
  }

  #openInBackground(lab: Lab): void {
    lab.open().catch((error: unknown) => this.#options.onProblem(`open lab ${lab.id}`, error));
  }

  #ofLearner(learnerId: string): Lab[] {
    return [...this.#labs.values()].filter((lab) => lab.learnerId === learnerId);
  }

  /** Suspends labs until one more may run: first the learner's own least used, then any that nobody used for a while. */
  async #makeRoom(learnerId: string, apart?: Lab): Promise<void> {
    const running = [...this.#labs.values()].filter((lab) => lab !== apart && (lab.state === 'ready' || lab.state === 'opening'));
    const leastUsed = running.toSorted((a, b) => a.usedAt - b.usedAt);
    const own = leastUsed.filter((lab) => lab.learnerId === learnerId);
    if (own.length >= this.#options.maxPerLearner) {
      await own[0]?.suspend('Another of your labs opened; this one is kept as it is and goes on when you come back.');
      return;
    }
    if (running.length < this.#options.max) {
      return;
    }
    const now = this.#options.clock.now();
    const idle = leastUsed.find((lab) => now - lab.usedAt >= MAKES_ROOM_AFTER_MS);
    if (!idle) {
      throw new DocksideError(
        'SERVER_FULL',
        `All ${this.#options.max} places for labs on this server are in use. One becomes free when a lab is not used for five minutes; try again then.`,
        { status: 503 },
      );
    }
    await idle.suspend('The server needed the place; this lab is kept as it is and goes on when you come back.');
  }

  async #removeOrphans(): Promise<void> {
    for (const id of this.#orphans.splice(0)) {
      const folder = join(this.#options.folder, id);
      try {
        // Through the driver, so that processes which outlived the server end before their files go.
        const spec = { labId: id, folder: workspaceFolder(folder), files: {}, access: [], limits: this.#options.workspaceLimits };
        const workspace = await this.#options.workspaceDriver.create(spec, new AbortController().signal);
        await workspace.close();
      } catch (error) {
        this.#options.onProblem(`end the workspace of the orphaned lab ${id}`, error);
      }
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

/** 128 random bits in lower-case letters and digits: an id cannot be guessed. */
function newLabId(): string {
  return BigInt(`0x${randomBytes(16).toString('hex')}`)
    .toString(36)
    .padStart(25, '0');
}
