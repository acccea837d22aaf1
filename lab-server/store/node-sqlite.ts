// node:sqlite in the shape Kysely's SQLite dialect asks for, so that no native addon is needed.
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import type { SqliteDatabase, SqliteStatement } from 'kysely';

/** Opens a database file. Statements are prepared once and kept: the store's queries are few and repeat. */
export function openSqlite(file: string): SqliteDatabase & { exec(sql: string): void } {
  const database = new DatabaseSync(file);
  // WAL survives a kill -9 at any moment; NORMAL may lose the last commits on power loss, never the file.
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000;');
  const prepared = new Map<string, SqliteStatement>();
  return {
    close: () => database.close(),
    exec: (sql) => database.exec(sql),
    prepare(sql) {
      const known = prepared.get(sql);
      if (known) {
        return known;
      }
      const statement = database.prepare(sql);
      const shaped: SqliteStatement = {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
        run: (parameters) => statement.run(...(parameters as SQLInputValue[])),
        iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])) as IterableIterator<unknown>,
      };
      if (prepared.size < 200) {
        prepared.set(sql, shaped);
      }
      return shaped;
    },
  };
}
