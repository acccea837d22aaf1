// The engine of a simulated PostgreSQL, as its server sees it: statements in, rows out, with a limit on how long one takes.
import { Worker } from 'node:worker_threads';
import { type Clock, projectFile } from '../../../../base/index.ts';
import type { Query, Result } from './engine-messages.ts';

/** How long a statement may take before its thread is ended. */
const STATEMENT_LIMIT_MS = 10_000;
const ENGINE_THREAD = projectFile('lab-server/embedded/runtime/programs/postgres/engine-thread.ts');
const MEMORY = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16 };

export class StatementTimeout extends Error {}

export class Engine implements Disposable {
  readonly #clock: Clock;
  readonly #journal: () => Promise<readonly { database: string; sql: string }[]>;
  #worker: Worker | undefined;
  #ready: Promise<void> | undefined;
  #next = 1;
  readonly #waiting = new Map<number, (result: Result | undefined) => void>();

  /** `journal`: the statements that made the tables what they are; run again whenever the thread begins anew. */
  constructor(clock: Clock, journal: () => Promise<readonly { database: string; sql: string }[]>) {
    this.#clock = clock;
    this.#journal = journal;
  }

  async run(database: string, sql: string, params: readonly (string | null)[] = []): Promise<Exclude<Result, { kind: 'failed' }>> {
    this.#ready ??= this.#start();
    await this.#ready;
    return this.#ask(database, sql, params);
  }

  async #start(): Promise<void> {
    const worker = new Worker(ENGINE_THREAD, { resourceLimits: MEMORY, stdout: false, stderr: false });
    worker.unref();
    worker.on('message', (result: Result) => {
      this.#waiting.get(result.id)?.(result);
      this.#waiting.delete(result.id);
    });
    worker.on('error', () => this.#drop());
    worker.on('exit', () => this.#drop());
    this.#worker = worker;
    for (const { database, sql } of await this.#journal()) {
      await this.#ask(database, sql, []).catch(() => undefined);
    }
  }

  async #ask(database: string, sql: string, params: readonly (string | null)[]): Promise<Exclude<Result, { kind: 'failed' }>> {
    const id = this.#next++;
    const result = await new Promise<Result | undefined>((resolve) => {
      const timer = this.#clock.schedule(STATEMENT_LIMIT_MS, () => this.#drop());
      this.#waiting.set(id, (answer) => {
        timer[Symbol.dispose]();
        resolve(answer);
      });
      const query: Query = { id, database, sql, params, now: this.#clock.now() };
      this.#worker?.postMessage(query);
    });
    if (!result) {
      throw new StatementTimeout('canceling statement due to statement timeout');
    }
    if (result.kind === 'failed') {
      throw new Error(result.message);
    }
    return result;
  }

  /** Ends the thread; the next statement begins a new one from the journal. */
  #drop(): void {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#ready = undefined;
    void worker?.terminate();
    for (const settle of this.#waiting.values()) {
      settle(undefined);
    }
    this.#waiting.clear();
  }

  [Symbol.dispose](): void {
    this.#drop();
  }
}
