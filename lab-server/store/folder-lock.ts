// One server per data folder: a lock that the system takes back by itself when its holder dies, however it dies.
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { DocksideError } from '../base/index.ts';

/** Holds the folder until disposed. Throws DocksideError `DATA_IN_USE` when another process holds it. */
export function lockFolder(folder: string): Disposable {
  // SQLite's file locks are the one kind that Node.js has on every system.
  const database = new DatabaseSync(join(folder, 'lock.sqlite'));
  try {
    database.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    throw new DocksideError(
      'DATA_IN_USE',
      `Another Dockside uses the data folder ${folder}: stop it, or set DOCKSIDE_DATA to another folder for this one.`,
      { cause: error },
    );
  }
  return { [Symbol.dispose]: () => database.close() };
}
