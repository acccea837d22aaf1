// What the server process of a simulated PostgreSQL and its engine thread say to each other.

export interface Query {
  id: number;
  database: string;
  /** One statement, already in the engine's dialect. */
  sql: string;
  params: readonly (string | null)[];
  /** Milliseconds since the epoch, for now(). */
  now: number;
}

export interface Column {
  name: string;
  /** The declared type of a table's column; undefined for an expression. */
  declared: string | undefined;
}

export type Result =
  | { id: number; kind: 'rows'; columns: readonly Column[]; rows: readonly (readonly (string | number | null)[])[]; changes: number }
  | { id: number; kind: 'failed'; message: string };
