export { type Change, Entry, keyOf } from './entry.ts';
export { type Journal, NoJournal, SqliteJournal } from './journal.ts';
export { ObjectStore } from './store.ts';
