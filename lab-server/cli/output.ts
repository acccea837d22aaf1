// How commands speak to the person at the terminal: aligned tables, and errors as one sentence.
import { DocksideError, messageOf } from '../base/index.ts';

/** Rows as columns, as wide as their widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)));
  }
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** What is printed of an error: for the expected ones a sentence, for others where in the code they come from. */
export function describeFailure(error: unknown): string {
  if (error instanceof DocksideError) {
    return error.message;
  }
  return error instanceof Error ? `This is a bug in Dockside: ${error.stack ?? error.message}` : messageOf(error);
}

/** Milliseconds for people: `38 ms`, `1.2 s`. */
export function duration(ms: number): string {
  return ms < 1000 ? `${ms < 10 ? ms.toFixed(2) : Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
