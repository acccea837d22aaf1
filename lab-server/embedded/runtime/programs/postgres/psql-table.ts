// Rows as psql prints them: aligned, unaligned, with or without titles.
import { FieldReader } from './protocol.ts';

const NUMERIC_OIDS: ReadonlySet<number> = new Set([20, 21, 23, 700, 701, 1700]);

export interface Format {
  tuplesOnly: boolean;
  aligned: boolean;
  separator: string;
}

export interface Table {
  names: string[];
  numeric: boolean[];
  rows: (string | null)[][];
}

export function readColumns(body: Buffer): Table {
  const fields = new FieldReader(body);
  const table: Table = { names: [], numeric: [], rows: [] };
  for (let left = fields.int16(); left > 0; left -= 1) {
    table.names.push(fields.string());
    fields.bytes(6);
    table.numeric.push(NUMERIC_OIDS.has(fields.int32()));
    fields.bytes(8);
  }
  return table;
}

export function readRow(body: Buffer): (string | null)[] {
  const fields = new FieldReader(body);
  return Array.from({ length: fields.int16() }, () => {
    const length = fields.int32();
    return length < 0 ? null : fields.bytes(length).toString('utf8');
  });
}

export function render(table: Table, format: Format): string {
  if (!format.aligned) {
    const lines = table.rows.map((row) => row.map((cell) => cell ?? '').join(format.separator));
    return `${[...(format.tuplesOnly ? [] : [table.names.join(format.separator)]), ...lines, ...(format.tuplesOnly || format.separator === ',' ? [] : [count(table)])].map((line) => `${line}\n`).join('')}`;
  }
  const widths = table.names.map((name, index) =>
    Math.max(format.tuplesOnly ? 0 : name.length, ...table.rows.map((row) => (row[index] ?? '').length)),
  );
  const cells = (row: readonly (string | null)[]): string =>
    row
      .map(
        (cell, index) =>
          ` ${table.numeric[index] ? (cell ?? '').padStart(widths[index] ?? 0) : (cell ?? '').padEnd(index === row.length - 1 ? 0 : (widths[index] ?? 0))} `,
      )
      .join('|')
      .trimEnd();
  const title = table.names.map((name, index) => ` ${center(name, widths[index] ?? 0)} `).join('|');
  const rule = widths.map((width) => '-'.repeat(width + 2)).join('+');
  return format.tuplesOnly
    ? `${table.rows.map((row) => `${cells(row)}\n`).join('')}\n`
    : `${title.trimEnd()}${title.endsWith(' ') ? ' ' : ''}\n${rule}\n${table.rows.map((row) => `${cells(row)}\n`).join('')}${count(table)}\n\n`;
}

function count(table: Table): string {
  return `(${table.rows.length} ${table.rows.length === 1 ? 'row' : 'rows'})`;
}

function center(text: string, width: number): string {
  const left = Math.floor((width - text.length) / 2);
  return `${' '.repeat(Math.max(0, left))}${text}`.padEnd(width);
}
