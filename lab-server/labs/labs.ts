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
import { Lab } from './lab.ts';
import { workspaceFolder } from './lab-run.ts';
import { Places } from './places.ts';

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

/** Labs taken up at the same time after a restart. */
const TAKE_UP_AT_ONCE = 2;

export class Labs implements AsyncDisposable {
  readonly #options: LabsOptions;
  readonly #labs = new Map<string, Lab>();
  /** Requests for the same lab that race share one answer. */
  readonly #asked = new Map<string, Promise<Lab>>();
  /** Labs that ran, or waited, when the server stopped or died. */
  readonly #ranBefore: Lab[] = [];
  readonly #waitedBefore: Lab[] = [];
  readonly #places: Places;
  /** Names of folders that belong to no lab. */
  #orphans: string[] = [];
  #stopping = false;

  constructor(options: LabsOptions) {
    this.#options = options;
    mkdirSync(options.folder, { recursive: true, mode: 0o700 });
    const { clock, max, maxPerLearner, onProblem } = options;
    const labs = (): Iterable<Lab> => this.#labs.values();
    this.#places = new Places({ clock, max, maxPerLearner, labs, open: (lab) => this.#openInBackground(lab), onProblem });
  }

  /** Number of labs by state. */
  get counts(): Record<LabState, number> {
    const counts: Record<LabState, number> = { queued: 0, opening: 0, ready: 0, suspended: 0, closed: 0, failed: 0 };
    for (const lab of this.#labs.values()) {
      counts[lab.state] += 1;
    }
    return counts;
  }

  /** Every exercise that a lab can be asked for, by slug. */
  get exercises(): ReadonlyMap<string, Exercise> {
    return this.#options.exercises;
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
    this.#refuseSecondLearner(learnerId);
    const known = [...this.#labs.values()].find((lab) => lab.learnerId === learnerId && lab.exercise.slug === slug);
    if (known) {
      if (known.state !== 'ready' && known.state !== 'opening' && (await this.#places.take(known))) {
        this.#openInBackground(known);
      }
      known.touch();
      return known;
    }
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
    try {
      if (await this.#places.take(lab)) {
        this.#openInBackground(lab);
      }
    } catch (error) {
      await lab.close();
      throw error;
    }
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
      const isQueued = entry.state === 'queued';
      if (!exercise || (!existsSync(folder) && !isQueued)) {
        const gone = { what: 'a lab of an exercise that is gone', where: folder, remedy: 'remove that folder' };
        await this.#options.store.closeLab(entry.id, exercise ? [] : [gone]);
        continue;
      }
      const lab = this.#build(entry, exercise, isQueued ? 'queued' : 'suspended');
      this.#adopt(lab);
      if (isQueued) {
        this.#waitedBefore.push(lab);
      } else if (entry.state === 'ready' || entry.state === 'opening') {
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
    for (const lab of this.#waitedBefore.splice(0)) {
      if (await this.#places.take(lab)) {
        this.#openInBackground(lab);
      }
    }
  }

  /** Lets go of all labs; they are taken up at the next start. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    this.#places[Symbol.dispose]();
    await Promise.allSettled(this.#asked.values());
    await Promise.all(
      [...this.#labs.values()].map((lab) => lab.release().catch((error: unknown) => this.#options.onProblem('release', error))),
    );
    this.#labs.clear();
  }

  #build(entry: Pick<StoredLab, 'id' | 'learnerId' | 'expiresAt'>, exercise: Exercise, state: 'opening' | 'suspended' | 'queued'): Lab {
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
        this.#places.changed(lab);
        if (event.state === 'closed') {
          const { leftovers = [] } = event;
          this.#labs.delete(lab.id);
          remember(store.closeLab(lab.id, leftovers));
          for (const { what, where, remedy } of leftovers) {
            onProblem(`left behind by lab ${lab.id}: ${what} at ${where}; ${remedy}`, undefined);
          }
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

  /** Where a workspace is no more than the server's own user, two people at once would have each other's files. */
  #refuseSecondLearner(learnerId: string): void {
    const isOther = (lab: Lab): boolean => lab.learnerId !== learnerId && (lab.state === 'ready' || lab.state === 'opening');
    if (this.#options.workspaceDriver.isForOnePerson && [...this.#labs.values()].some(isOther)) {
      throw new DocksideError(
        'WORKSPACE_ONE_PERSON',
        'Shells are not isolated on this server, so it serves one person at a time, and a lab is open in another browser. Close it there first.',
        { status: 403 },
      );
    }
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
