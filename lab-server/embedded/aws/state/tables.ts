// The endpoint's records: tables of JSON by key, in memory, written behind to SQLite. A write is acknowledged to a client only after `committed()`.
import { DatabaseSync, type StatementSync } from 'node:sqlite';

/** A table's records by key. Keys order the listing. Values are treated as immutable: put a new one. */
export interface Table<T> {
  get(key: string): T | undefined;
  put(key: string, value: T): void;
  delete(key: string): boolean;
  /** Records whose key starts with `prefix`, in order of their keys. */
  list(prefix?: string): T[];
  /** The same with their keys. */
  entries(prefix?: string): [string, T][];
  has(key: string): boolean;
  readonly size: number;
}

/** Changes that wait for the next transaction, by table and key: the newest value of each, undefined for a removed one. */
type Changes = Map<string, Map<string, unknown>>;

/** All tables of one endpoint. Several writes of one turn of the event loop are one transaction. */
export class Tables implements Disposable {
  readonly #database: DatabaseSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  readonly #tables = new Map<string, MemoryTable<unknown>>();
  #changes: Changes = new Map();
  #commit: Promise<void> | undefined;
  readonly #listeners = new Set<(tables: ReadonlySet<string>) => void>();

  /** `file`: a path, or `:memory:` for records that end with the process. */
  constructor(file: string) {
    this.#database = new DatabaseSync(file);
    this.#database.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE IF NOT EXISTS record (name TEXT NOT NULL, key TEXT NOT NULL, json TEXT NOT NULL, PRIMARY KEY (name, key)) WITHOUT ROWID',
    );
    this.#put = this.#database.prepare(
      'INSERT INTO record (name, key, json) VALUES (?, ?, ?) ON CONFLICT (name, key) DO UPDATE SET json = excluded.json',
    );
    this.#remove = this.#database.prepare('DELETE FROM record WHERE name = ? AND key = ?');
    for (const row of this.#database.prepare('SELECT name, key, json FROM record').iterate()) {
      this.#memory(row['name'] as string).load(row['key'] as string, JSON.parse(row['json'] as string));
    }
  }

  table<T>(name: string): Table<T> {
    return this.#memory(name) as Table<T>;
  }

  /** Resolves when every write so far is with SQLite (it survives a kill of the process). */
  committed(): Promise<void> {
    return this.#commit ?? Promise.resolve();
  }

  /** Calls `listener` with the names of the tables that a transaction has changed. */
  onWrite(listener: (tables: ReadonlySet<string>) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Removes every record. */
  clear(): void {
    this.#changes = new Map();
    for (const table of this.#tables.values()) {
      table.unload();
    }
    this.#database.exec('DELETE FROM record');
    this.#tell(new Set(this.#tables.keys()));
  }

  [Symbol.dispose](): void {
    if (this.#database.isOpen) {
      try {
        this.#write();
      } finally {
        this.#database.close();
      }
    }
  }

  #memory(name: string): MemoryTable<unknown> {
    let table = this.#tables.get(name);
    if (!table) {
      table = new MemoryTable((key, value) => this.#record(name, key, value));
      this.#tables.set(name, table);
    }
    return table;
  }

  #record(table: string, key: string, value: unknown): void {
    let changed = this.#changes.get(table);
    if (!changed) {
      changed = new Map();
      this.#changes.set(table, changed);
    }
    changed.set(key, value);
    this.#commit ??= new Promise((resolve, reject) => {
      setImmediate(() => {
        this.#commit = undefined;
        try {
          this.#write();
          resolve();
        } catch (error) {
          reject(error as Error);
        }
      });
    });
    // Whoever waits for the commit sees its failure; without a waiter it must not end the process, and the next commit tries again.
    this.#commit.catch(() => undefined);
  }

  #write(): void {
    const changes = this.#changes;
    this.#changes = new Map();
    if (changes.size === 0) {
      return;
    }
    const rows = [...changes].flatMap(([table, records]) =>
      [...records].map(([key, value]) => ({ table, key, json: value === undefined ? undefined : JSON.stringify(value) })),
    );
    try {
      this.#database.exec('BEGIN');
      for (const { table, key, json } of rows) {
        if (json === undefined) {
          this.#remove.run(table, key);
        } else {
          this.#put.run(table, key, json);
        }
      }
      this.#database.exec('COMMIT');
    } catch (error) {
      // A full disk ends the transaction by itself.
      if (this.#database.isTransaction) {
        this.#database.exec('ROLLBACK');
      }
      // The records have the changes already: the next transaction writes them with its own.
      this.#changes = changes;
      throw error;
    }
    if (this.#listeners.size > 0) {
      this.#tell(new Set(changes.keys()));
    }
  }

  #tell(tables: ReadonlySet<string>): void {
    for (const listener of this.#listeners) {
      listener(tables);
    }
  }
}

class MemoryTable<T> implements Table<T> {
  readonly #records = new Map<string, T>();
  readonly #onChange: (key: string, value: T | undefined) => void;
  /** The keys in order, from the first listing on. */
  #order: string[] | undefined;

  constructor(onChange: (key: string, value: T | undefined) => void) {
    this.#onChange = onChange;
  }

  get size(): number {
    return this.#records.size;
  }

  get(key: string): T | undefined {
    return this.#records.get(key);
  }

  has(key: string): boolean {
    return this.#records.has(key);
  }

  put(key: string, value: T): void {
    if (this.#order && !this.#records.has(key)) {
      this.#order.splice(firstNotBefore(this.#order, key), 0, key);
    }
    this.#records.set(key, value);
    this.#onChange(key, value);
  }

  delete(key: string): boolean {
    const existed = this.#records.delete(key);
    if (existed) {
      this.#order?.splice(firstNotBefore(this.#order, key), 1);
      this.#onChange(key, undefined);
    }
    return existed;
  }

  list(prefix = ''): T[] {
    return this.#keys(prefix).map((key) => this.#records.get(key) as T);
  }

  entries(prefix = ''): [string, T][] {
    return this.#keys(prefix).map((key) => [key, this.#records.get(key) as T]);
  }

  load(key: string, value: T): void {
    this.#records.set(key, value);
    this.#order = undefined;
  }

  unload(): void {
    this.#records.clear();
    this.#order = undefined;
  }

  #keys(prefix: string): string[] {
    this.#order ??= [...this.#records.keys()].sort((left, right) => (left < right ? -1 : 1));
    const order = this.#order;
    const start = firstNotBefore(order, prefix);
    let end = start;
    while (end < order.length && order[end]?.startsWith(prefix)) {
      end += 1;
    }
    return order.slice(start, end);
  }
}

/** The first place in a sorted list whose key is `key` or comes after it. */
function firstNotBefore(order: readonly string[], key: string): number {
  let low = 0;
  let high = order.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((order[middle] ?? '') < key) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
