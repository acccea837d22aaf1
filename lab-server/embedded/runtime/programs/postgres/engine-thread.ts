// The thread in which a simulated PostgreSQL keeps its tables: SQLite, shut off from files, so that a query that
// never ends holds up nobody but its own server, which ends the thread.
import { constants, DatabaseSync } from 'node:sqlite';
import { parentPort } from 'node:worker_threads';
import { createHash, randomUUID } from 'node:crypto';
import type { Query, Result } from './engine-messages.ts';

const DENIED: ReadonlySet<number> = new Set([constants.SQLITE_ATTACH, constants.SQLITE_DETACH, constants.SQLITE_PRAGMA]);
const MAX_ROWS = 100_000;
/** 16 MB of tables in a database, in pages of 4 kB. */
const MAX_PAGES = 4096;

const databases = new Map<string, DatabaseSync>();
let now = 0;

function open(name: string): DatabaseSync {
  const known = databases.get(name);
  if (known) {
    return known;
  }
  const database = new DatabaseSync(':memory:', { enableForeignKeyConstraints: true });
  database.exec(`PRAGMA max_page_count = ${MAX_PAGES}`);
  database.exec(
    `CREATE VIEW pg_tables AS SELECT 'public' AS schemaname, name AS tablename, 'postgres' AS tableowner FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%';
     CREATE VIEW information_schema_tables AS SELECT 'public' AS table_schema, name AS table_name, 'BASE TABLE' AS table_type FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%';
     CREATE VIEW information_schema_columns AS SELECT m.name AS table_name, c.name AS column_name, lower(c.type) AS data_type, c.cid + 1 AS ordinal_position, CASE c."notnull" WHEN 1 THEN 'NO' ELSE 'YES' END AS is_nullable, c.dflt_value AS column_default FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%';`,
  );
  // oxlint-disable-next-line no-restricted-globals -- formats the moment that came with the query
  const timestamp = (): string => new Date(now).toISOString().replace('T', ' ').replace('Z', '+00');
  const functions: Record<string, (...args: never[]) => string | number> = {
    now: timestamp,
    current_database: () => name,
    current_schema: () => 'public',
    gen_random_uuid: () => randomUUID(),
    md5: (text: string) => createHash('md5').update(String(text)).digest('hex'),
    pg_backend_pid: () => 64,
    pg_is_in_recovery: () => 0,
  };
  for (const [functionName, implementation] of Object.entries(functions)) {
    database.function(functionName, { varargs: true }, implementation as (...args: unknown[]) => string | number);
  }
  database.setAuthorizer((action) => (DENIED.has(action) ? constants.SQLITE_DENY : constants.SQLITE_OK));
  databases.set(name, database);
  return database;
}

function run(query: Query): Result {
  now = query.now;
  try {
    const statement = open(query.database).prepare(query.sql);
    const columns = statement.columns().map((column) => ({ name: column.name, declared: column.type ?? undefined }));
    const named = Object.fromEntries(query.params.map((value, index) => [`$${index + 1}`, value]));
    if (columns.length === 0) {
      const { changes } = statement.run(named);
      return { id: query.id, kind: 'rows', columns, rows: [], changes: Number(changes) };
    }
    const rows: (string | number | null)[][] = [];
    for (const row of statement.iterate(named)) {
      rows.push(
        Object.values(row).map((value) =>
          typeof value === 'bigint'
            ? String(value)
            : value instanceof Uint8Array
              ? `\\x${Buffer.from(value).toString('hex')}`
              : (value as string | number | null),
        ),
      );
      if (rows.length >= MAX_ROWS) {
        break;
      }
    }
    return { id: query.id, kind: 'rows', columns, rows, changes: rows.length };
  } catch (error) {
    return { id: query.id, kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}

parentPort?.on('message', (query: Query) => parentPort?.postMessage(run(query)));
