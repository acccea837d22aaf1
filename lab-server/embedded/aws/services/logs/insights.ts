// The query language of Logs Insights, as far as everyday queries go: fields, display, filter, sort, limit, stats (user guide, "Query syntax").
import { isoOf } from '../../gateway/protocols/time.ts';

export type Row = Readonly<Record<string, string | undefined>>;
type Condition = (row: Row) => boolean;

/** A row's time in milliseconds, beside the fields that queries see. */
export const EPOCH = '@epoch';

/** `2026-01-02 03:04:05.678` */
export function timeText(at: number): string {
  const text = isoOf(at).replace('T', ' ').replace('Z', '');
  return text.includes('.') ? text : `${text}.000`;
}

const DEFAULT_LIMIT = 10_000;
const STEP = /^(fields|display|filter|sort|limit|stats|head|tail|dedup)\b\s*(.*)$/is;

interface State {
  rows: Row[];
  fields: string[];
}

/** Runs a query over events, newest first. A step that is not understood throws RangeError with its text. */
export function runQuery(query: string, events: readonly Row[]): { rows: Row[]; fields: string[] } {
  let state: State = { rows: [...events], fields: ['@timestamp', '@message'] };
  for (const part of split(query, '|')) {
    const text = part.replaceAll(/^\s*#.*$/gm, '').trim();
    const step = STEP.exec(text);
    if (text !== '' && !step && text !== query.trim()) {
      throw new RangeError(`unexpected symbol found ${text.split(/\s/)[0] ?? ''}`);
    }
    state = step ? apply(state, (step[1] ?? '').toLowerCase(), (step[2] ?? '').trim()) : state;
  }
  return { rows: state.rows.slice(0, DEFAULT_LIMIT), fields: state.fields };
}

function apply(state: State, step: string, rest: string): State {
  switch (step) {
    case 'fields':
    case 'display':
      return { ...state, fields: split(rest, ',').map((field) => field.trim()) };
    case 'filter':
      return { ...state, rows: state.rows.filter(condition(rest)) };
    case 'sort': {
      const [field = '', order = 'asc'] = rest.split(/\s+/);
      const sorted = state.rows.toSorted((left, right) => compare(left[field], right[field]));
      return { ...state, rows: order.toLowerCase() === 'desc' ? sorted.toReversed() : sorted };
    }
    case 'tail':
      return { ...state, rows: state.rows.slice(-Number(rest)) };
    case 'dedup': {
      const names = split(rest, ',').map((field) => field.trim());
      const seen = new Set<string>();
      return {
        ...state,
        rows: state.rows.filter((row) => {
          const key = JSON.stringify(names.map((name) => row[name]));
          return !seen.has(key) && Boolean(seen.add(key));
        }),
      };
    }
    case 'stats':
      return stats(state.rows, rest);
    default:
      return { ...state, rows: state.rows.slice(0, Number(rest)) };
  }
}

function compare(left: string | undefined, right: string | undefined): number {
  const [a, b] = [Number(left), Number(right)];
  return Number.isNaN(a) || Number.isNaN(b) ? (left ?? '').localeCompare(right ?? '') : a - b;
}

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function stats(rows: readonly Row[], text: string): State {
  const [aggregates = '', by = ''] = text.split(/\bby\b/i);
  const keys = split(by, ',')
    .map((key) => key.trim())
    .filter((key) => key !== '');
  const groups = Map.groupBy(rows, (row) => JSON.stringify(keys.map((key) => keyValue(row, key))));
  const columns = split(aggregates, ',').map((one) => {
    const [expression = '', name] = one.split(/\bas\b/i).map((piece) => piece.trim());
    return { expression, name: name ?? expression };
  });
  const found = groups.size === 0 && keys.length === 0 ? new Map([['[]', [] as Row[]]]) : groups;
  return {
    fields: [...keys, ...columns.map(({ name }) => name)],
    rows: [...found].map(([key, members]) => ({
      ...Object.fromEntries((JSON.parse(key) as string[]).map((value, index) => [keys[index] ?? '', value])),
      ...Object.fromEntries(columns.map(({ expression, name }) => [name, aggregate(expression, members)])),
    })),
  };
}

function keyValue(row: Row, key: string): string {
  const bin = /^bin\((\d+)\s*([smhd])\w*\)$/i.exec(key);
  if (!bin) {
    return row[key] ?? '';
  }
  const width = Number(bin[1]) * (UNITS[(bin[2] ?? 'm').toLowerCase()] ?? 1000);
  return timeText(Math.floor(Number(row[EPOCH] ?? 0) / width) * width);
}

function aggregate(expression: string, rows: readonly Row[]): string {
  const [, name = '', argument = ''] = /^(\w+)\((.*)\)$/.exec(expression) ?? [];
  const values = rows.flatMap((row) => row[argument.trim()] ?? []);
  const numbers = values.map(Number).filter((value) => !Number.isNaN(value));
  switch (name.toLowerCase()) {
    case 'count':
      return String(argument.trim() === '*' || argument.trim() === '' ? rows.length : values.length);
    case 'count_distinct':
      return String(new Set(values).size);
    case 'sum':
      return String(numbers.reduce((sum, value) => sum + value, 0));
    case 'avg':
      return numbers.length === 0 ? '' : String(numbers.reduce((sum, value) => sum + value, 0) / numbers.length);
    case 'min':
      return numbers.length === 0 ? '' : String(Math.min(...numbers));
    case 'max':
      return numbers.length === 0 ? '' : String(Math.max(...numbers));
    default:
      throw new RangeError(`unknown function ${expression}`);
  }
}

/** `a = 1 and (b like /x/ or c > 2)`, with `and` before `or`. */
function condition(text: string): Condition {
  const alternatives = splitWords(text, 'or');
  if (alternatives.length > 1) {
    const tests = alternatives.map(condition);
    return (row) => tests.some((test) => test(row));
  }
  const all = splitWords(text, 'and');
  if (all.length > 1) {
    const tests = all.map(condition);
    return (row) => tests.every((test) => test(row));
  }
  const inner = text.trim();
  if (/^not\b/i.test(inner)) {
    const test = condition(inner.slice(3));
    return (row) => !test(row);
  }
  return inner.startsWith('(') && inner.endsWith(')') ? condition(inner.slice(1, -1)) : comparison(inner);
}

function comparison(text: string): Condition {
  const like = /^(\S+)\s+(not\s+)?(?:like|=~)\s+(.+)$/is.exec(text);
  if (like) {
    const [, field = '', negated, literal = ''] = like;
    const expression = /^\/(.*)\/([a-z]*)$/s.exec(literal.trim());
    const wanted = unquoted(literal);
    const pattern = expression ? new RegExp(expression[1] ?? '', expression[2]) : undefined;
    return (row) => (pattern ? pattern.test(row[field] ?? '') : (row[field] ?? '').includes(wanted)) !== (negated !== undefined);
  }
  const among = /^(\S+)\s+(not\s+)?in\s+\[(.*)\]$/is.exec(text);
  if (among) {
    const wanted = split(among[3] ?? '', ',').map(unquoted);
    return (row) => wanted.includes(row[among[1] ?? ''] ?? '') !== (among[2] !== undefined);
  }
  const present = /^ispresent\((.+)\)$/i.exec(text);
  if (present) {
    return (row) => row[(present[1] ?? '').trim()] !== undefined;
  }
  const match = /^(\S+?)\s*(!=|>=|<=|=|>|<)\s*(.+)$/s.exec(text);
  if (!match) {
    throw new RangeError(`the condition ${JSON.stringify(text)} is not understood`);
  }
  const [, field = '', operator = '=', literal = ''] = match;
  const wanted = unquoted(literal);
  return (row) => {
    const found = row[field];
    if (found === undefined) {
      return operator === '!=';
    }
    const order = compare(found, wanted);
    switch (operator) {
      case '=':
        return order === 0;
      case '!=':
        return order !== 0;
      case '>':
        return order > 0;
      case '<':
        return order < 0;
      case '>=':
        return order >= 0;
      default:
        return order <= 0;
    }
  };
}

function unquoted(text: string): string {
  return text.trim().replaceAll(/^["'`]|["'`]$/g, '');
}

/** Parts between separators that stand outside quotes, parentheses and regular expressions. */
function split(text: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quote = '';
  let part = '';
  for (const character of text) {
    if (quote !== '') {
      quote = character === quote ? '' : quote;
    } else if (character === '"' || character === "'" || character === '/') {
      quote = character;
    } else if ('([{'.includes(character)) {
      depth += 1;
    } else if (')]}'.includes(character)) {
      depth -= 1;
    } else if (character === separator && depth === 0) {
      parts.push(part);
      part = '';
      continue;
    }
    part += character;
  }
  return [...parts, part];
}

function splitWords(text: string, word: string): string[] {
  const marked = text.replaceAll(new RegExp(String.raw`\b${word}\b`, 'gi'), '\u0001');
  const parts = split(marked, '\u0001').map((part) => part.replaceAll('\u0001', word));
  return parts;
}
