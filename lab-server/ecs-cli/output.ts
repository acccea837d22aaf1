// What the program prints: log lines to standard error, as the archived tool words their frame, and tables to standard output.

type Fields = Readonly<Record<string, string | number | undefined>>;
type Level = 'INFO' | 'WARN' | 'FATA' | 'DEBU';

const started = performance.now();
const debugging = { on: false };

export function setVerbose(on: boolean): void {
  debugging.on = on;
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function info(message: string, fields: Fields = {}): void {
  log('INFO', message, fields);
}

export function warn(message: string, fields: Fields = {}): void {
  log('WARN', message, fields);
}

export function debug(message: string, fields: Fields = {}): void {
  if (debugging.on) {
    log('DEBU', message, fields);
  }
}

export function fatal(message: string): void {
  log('FATA', message, {});
}

function log(level: Level, message: string, fields: Fields): void {
  const seconds = String(Math.floor((performance.now() - started) / 1000)).padStart(4, '0');
  const pairs = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${quoted(String(value))}`);
  process.stderr.write(`${level}[${seconds}] ${message.padEnd(pairs.length > 0 ? 44 : 0)}${pairs.join('')}\n`);
}

function quoted(value: string): string {
  return /^[\w./:@^+-]*$/.test(value) ? value : JSON.stringify(value);
}

/** Columns two spaces apart and at least four wide; the last one is not padded. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(4, ...lines.map((line) => (line[column] ?? '').length + 2)));
  return lines
    .map((line) => line.map((cell, column) => (column === headings.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join(''))
    .join('\n');
}

/** The table of `images`: columns at least twenty wide and three spaces apart. */
export function wideTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(20, ...lines.map((line) => (line[column] ?? '').length + 3)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('')
        .trimEnd(),
    )
    .join('\n');
}
