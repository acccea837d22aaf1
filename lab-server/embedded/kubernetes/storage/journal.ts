// What makes the store durable: accepted writes go to SQLite, one transaction per turn of the event loop.
import { DatabaseSync, type StatementSync } from 'node:sqlite';

/** A row that was written earlier. */
export interface JournalRow {
  resource: string;
  key: string;
  revision: number;
  body: string;
}

/** A write to make durable; without a body, the object is gone. */
export interface JournalWrite {
  resource: string;
  key: string;
  revision: number;
  body: string | undefined;
}

export interface Journal extends Disposable {
  /** What was committed when the journal was opened. */
  load(): { revision: number; rows: Iterable<JournalRow> };
  /** All of them or none; throws when they could not be written. */
  commit(writes: Iterable<JournalWrite>, revision: number): void;
}

/** Keeps nothing: for clusters that live as long as their process. */
export class NoJournal implements Journal {
  load(): { revision: number; rows: JournalRow[] } {
    return { revision: 0, rows: [] };
  }

  commit(): void {
    // Nothing to keep.
  }

  [Symbol.dispose](): void {
    // Nothing to close.
  }
}

/**
 * A commit is in the operating system's hands when it returns, so it survives the death of this process at any point.
 * WAL with synchronous=NORMAL: a power cut may lose the newest commits but never corrupts.
 */
export class SqliteJournal implements Journal {
  readonly #database: DatabaseSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  readonly #setRevision: StatementSync;

  constructor(file: string) {
    this.#database = new DatabaseSync(file);
    this.#database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA cache_size = -512;
      CREATE TABLE IF NOT EXISTS objects (
        resource TEXT NOT NULL, key TEXT NOT NULL, revision INTEGER NOT NULL, body TEXT NOT NULL,
        PRIMARY KEY (resource, key)
      ) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
    `);
    this.#put = this.#database.prepare('INSERT OR REPLACE INTO objects (resource, key, revision, body) VALUES (?, ?, ?, ?)');
    this.#remove = this.#database.prepare('DELETE FROM objects WHERE resource = ? AND key = ?');
    this.#setRevision = this.#database.prepare("INSERT OR REPLACE INTO counters (name, value) VALUES ('revision', ?)");
  }

  load(): { revision: number; rows: Iterable<JournalRow> } {
    const counter = this.#database.prepare("SELECT value FROM counters WHERE name = 'revision'").get() as { value: number } | undefined;
    const rows = this.#database
      .prepare('SELECT resource, key, revision, body FROM objects')
      .iterate() as Iterable<unknown> as Iterable<JournalRow>;
    return { revision: counter?.value ?? 0, rows };
  }

  commit(writes: Iterable<JournalWrite>, revision: number): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      for (const write of writes) {
        if (write.body === undefined) {
          this.#remove.run(write.resource, write.key);
        } else {
          this.#put.run(write.resource, write.key, write.revision, write.body);
        }
      }
      this.#setRevision.run(revision);
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  [Symbol.dispose](): void {
    if (this.#database.isOpen) {
      this.#database.close();
    }
  }
}
