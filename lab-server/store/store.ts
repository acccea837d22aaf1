// What the server remembers across restarts: learners, labs, verdicts and progress.
import { Kysely, SqliteDialect } from 'kysely';
import { migrate } from './migrations.ts';
import { openSqlite } from './node-sqlite.ts';
import type { Tables } from './tables.ts';

export type StoredLabState = 'queued' | 'opening' | 'ready' | 'suspended' | 'closed' | 'failed';

export interface StoredLab {
  id: string;
  learnerId: string;
  exercise: string;
  state: StoredLabState;
  workspaceDriver: string | null;
  sandboxDriver: string | null;
  createdAt: number;
  expiresAt: number;
}

export interface Attempt {
  learnerId: string;
  labId: string;
  exercise: string;
  at: number;
  /** True when the learner asked for the check; false when the grader saw a change. */
  requested: boolean;
  score: number;
  outOf: number;
  verdicts: readonly unknown[];
}

export interface ExerciseProgress {
  exercise: string;
  score: number;
  outOf: number;
  attempts: number;
  passedAt: number | null;
}

export interface StoredCertificate {
  learnerId: string;
  chapter: string;
  issuedAt: number;
  token: string;
}

export interface Store extends AsyncDisposable {
  /** Notes that a learner exists and was seen. */
  touchLearner(id: string, now: number): Promise<void>;
  addLab(lab: StoredLab): Promise<void>;
  updateLab(id: string, change: Partial<Pick<StoredLab, 'state' | 'workspaceDriver' | 'sandboxDriver' | 'expiresAt'>>): Promise<void>;
  closeLab(id: string, leftovers: readonly unknown[]): Promise<void>;
  /** Labs that are not closed, oldest first. */
  openLabs(): Promise<StoredLab[]>;
  /** Records verdicts and raises the learner's progress; the best score of an exercise stays. */
  recordAttempt(attempt: Attempt): Promise<void>;
  progressOf(learnerId: string): Promise<ExerciseProgress[]>;
  /** The verdicts of the best attempt, the newest of several; undefined where there was none. */
  bestVerdicts(learnerId: string, exercise: string): Promise<readonly unknown[] | undefined>;
  /** The private key for a purpose (PKCS #8 in PEM): the one there is, or one from `make`, which is then kept. */
  signingKey(purpose: string, make: () => string): Promise<string>;
  /** Keeps a certificate; an earlier one of the same chapter is replaced. */
  keepCertificate(certificate: StoredCertificate): Promise<void>;
  certificatesOf(learnerId: string): Promise<StoredCertificate[]>;
}

/** Opens the store in a SQLite file, bringing its schema up to date. */
export async function openStore(file: string): Promise<Store> {
  const database = new Kysely<Tables>({ dialect: new SqliteDialect({ database: openSqlite(file) }) });
  await migrate(database as unknown as Kysely<unknown>);
  return new KyselyStore(database);
}

class KyselyStore implements Store {
  readonly #database: Kysely<Tables>;

  constructor(database: Kysely<Tables>) {
    this.#database = database;
  }

  async touchLearner(id: string, now: number): Promise<void> {
    await this.#database
      .insertInto('learners')
      .values({ id, created_at: now, seen_at: now })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ seen_at: now }))
      .execute();
  }

  async addLab(lab: StoredLab): Promise<void> {
    await this.#database
      .insertInto('labs')
      .values({
        id: lab.id,
        learner_id: lab.learnerId,
        exercise: lab.exercise,
        state: lab.state,
        workspace_driver: lab.workspaceDriver,
        sandbox_driver: lab.sandboxDriver,
        created_at: lab.createdAt,
        expires_at: lab.expiresAt,
        leftovers: null,
      })
      .execute();
  }

  async updateLab(id: string, change: Parameters<Store['updateLab']>[1]): Promise<void> {
    await this.#database
      .updateTable('labs')
      .set({
        ...(change.state === undefined ? {} : { state: change.state }),
        ...(change.workspaceDriver === undefined ? {} : { workspace_driver: change.workspaceDriver }),
        ...(change.sandboxDriver === undefined ? {} : { sandbox_driver: change.sandboxDriver }),
        ...(change.expiresAt === undefined ? {} : { expires_at: change.expiresAt }),
      })
      .where('id', '=', id)
      .execute();
  }

  async closeLab(id: string, leftovers: readonly unknown[]): Promise<void> {
    await this.#database
      .updateTable('labs')
      .set({ state: 'closed', leftovers: leftovers.length === 0 ? null : JSON.stringify(leftovers) })
      .where('id', '=', id)
      .execute();
  }

  async openLabs(): Promise<StoredLab[]> {
    const rows = await this.#database.selectFrom('labs').selectAll().where('state', '!=', 'closed').orderBy('created_at').execute();
    return rows.map((row) => ({
      id: row.id,
      learnerId: row.learner_id,
      exercise: row.exercise,
      state: row.state,
      workspaceDriver: row.workspace_driver,
      sandboxDriver: row.sandbox_driver,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
    }));
  }

  async recordAttempt(attempt: Attempt): Promise<void> {
    const passedAt = attempt.outOf > 0 && attempt.score >= attempt.outOf ? attempt.at : null;
    await this.#database.transaction().execute(async (transaction) => {
      await transaction
        .insertInto('attempts')
        .values({
          learner_id: attempt.learnerId,
          lab_id: attempt.labId,
          exercise: attempt.exercise,
          at: attempt.at,
          requested: attempt.requested ? 1 : 0,
          score: attempt.score,
          out_of: attempt.outOf,
          verdicts: JSON.stringify(attempt.verdicts),
        })
        .execute();
      const known = await transaction
        .selectFrom('progress')
        .selectAll()
        .where('learner_id', '=', attempt.learnerId)
        .where('exercise', '=', attempt.exercise)
        .executeTakeFirst();
      const best = known !== undefined && known.out_of === attempt.outOf ? Math.max(known.score, attempt.score) : attempt.score;
      const row = {
        score: best,
        out_of: attempt.outOf,
        attempts: (known?.attempts ?? 0) + 1,
        passed_at: known?.passed_at ?? passedAt,
        updated_at: attempt.at,
      };
      await transaction
        .insertInto('progress')
        .values({ learner_id: attempt.learnerId, exercise: attempt.exercise, ...row })
        .onConflict((conflict) => conflict.columns(['learner_id', 'exercise']).doUpdateSet(row))
        .execute();
    });
  }

  async progressOf(learnerId: string): Promise<ExerciseProgress[]> {
    const rows = await this.#database
      .selectFrom('progress')
      .select(['exercise', 'score', 'out_of', 'attempts', 'passed_at'])
      .where('learner_id', '=', learnerId)
      .orderBy('exercise')
      .execute();
    return rows.map((row) => ({
      exercise: row.exercise,
      score: row.score,
      outOf: row.out_of,
      attempts: row.attempts,
      passedAt: row.passed_at,
    }));
  }

  async bestVerdicts(learnerId: string, exercise: string): Promise<readonly unknown[] | undefined> {
    const row = await this.#database
      .selectFrom('attempts')
      .select('verdicts')
      .where('learner_id', '=', learnerId)
      .where('exercise', '=', exercise)
      .orderBy('score', 'desc')
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row && (JSON.parse(row.verdicts) as unknown[]);
  }

  async signingKey(purpose: string, make: () => string): Promise<string> {
    const kept = this.#database.selectFrom('signing_keys').select('private_key').where('purpose', '=', purpose);
    const known = await kept.executeTakeFirst();
    if (known) {
      return known.private_key;
    }
    // Of requests that race, the first one's key is kept and all get it.
    await this.#database
      .insertInto('signing_keys')
      .values({ purpose, private_key: make() })
      .onConflict((conflict) => conflict.column('purpose').doNothing())
      .execute();
    return (await kept.executeTakeFirstOrThrow()).private_key;
  }

  async keepCertificate({ learnerId, chapter, issuedAt, token }: StoredCertificate): Promise<void> {
    const row = { issued_at: issuedAt, token };
    await this.#database
      .insertInto('certificates')
      .values({ learner_id: learnerId, chapter, ...row })
      .onConflict((conflict) => conflict.columns(['learner_id', 'chapter']).doUpdateSet(row))
      .execute();
  }

  async certificatesOf(learnerId: string): Promise<StoredCertificate[]> {
    const rows = await this.#database
      .selectFrom('certificates')
      .selectAll()
      .where('learner_id', '=', learnerId)
      .orderBy('chapter')
      .execute();
    return rows.map((row) => ({ learnerId: row.learner_id, chapter: row.chapter, issuedAt: row.issued_at, token: row.token }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#database.destroy();
  }
}
