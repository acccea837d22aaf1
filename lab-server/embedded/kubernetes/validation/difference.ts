// What changed between two values, as refusals of updates show it: a unified diff of their JSON, without a heading.
import { structuredPatch } from 'diff';

/** Both in the form in which the server holds them (see `go-form.ts`). */
export function difference(old: object, changed: object): string {
  const text = (value: object) => `${JSON.stringify(value, null, 1)}\n`;
  const { hunks } = structuredPatch('', '', text(old), text(changed), '', '', { context: 3 });
  return hunks
    .map(({ oldStart, oldLines, newStart, newLines, lines }) =>
      [`@@ -${range(oldStart, oldLines)} +${range(newStart, newLines)} @@`, ...lines].map((line) => `${line}\n`).join(''),
    )
    .join('');
}

function range(start: number, count: number): string {
  return count === 1 ? String(start) : `${start},${count}`;
}
