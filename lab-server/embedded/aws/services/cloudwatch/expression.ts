// Metric maths: a small grammar over series, read once and evaluated at each moment (user guide, "Using math expressions").
import { validation } from './errors.ts';

/** Values by moment. */
export type SeriesValues = ReadonlyMap<number, number>;
type Value = number | SeriesValues | SeriesValues[];

type Node =
  | { kind: 'number'; value: number }
  | { kind: 'name'; name: string }
  | { kind: 'list'; items: Node[] }
  | { kind: 'call'; name: string; items: Node[] }
  | { kind: 'operator'; operator: string; left: Node; right: Node };

const TOKEN = /\s*(?:(\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)|([A-Za-z_][A-Za-z0-9_]*)|("[^"]*"|'[^']*')|(==|!=|<=|>=|&&|\|\||[-+*/^(),<>[\]]))/y;
const LEVELS: readonly (readonly string[])[] = [
  ['||', 'OR'],
  ['&&', 'AND'],
  ['==', '!=', '<', '>', '<=', '>='],
  ['+', '-'],
  ['*', '/'],
  ['^'],
];
const MAX_TOKENS = 500;

/** What an expression may refer to. */
export interface Known {
  series(id: string): SeriesValues | undefined;
  /** All metrics of the request, for METRICS(). */
  metrics(contained?: string): SeriesValues[];
  periodMs: number;
}

/** The series that an expression gives. Throws ValidationError for one that cannot be read. */
export function evaluate(text: string, known: Known): SeriesValues {
  const result = valueOf(parse(text), known);
  if (typeof result === 'number') {
    return new Map(moments(known.metrics()).map((at) => [at, result]));
  }
  return Array.isArray(result) ? (result[0] ?? new Map<number, number>()) : result;
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match || tokens.length > MAX_TOKENS) {
      throw validation(`Error in expression '${text}': Invalid syntax at position ${from}`);
    }
    tokens.push(match[1] ?? match[2] ?? match[3] ?? match[4] ?? '');
  }
  return tokens;
}

export function parse(text: string): Node {
  const tokens = tokensOf(text);
  let at = 0;
  const fail = (): never => {
    throw validation(`Error in expression '${text}': Invalid syntax`);
  };
  const take = (wanted?: string): string => {
    const token = tokens[at];
    if (token === undefined || (wanted !== undefined && token !== wanted)) {
      return fail();
    }
    at += 1;
    return token;
  };
  const listUntil = (end: string): Node[] => {
    const items: Node[] = [];
    while (tokens[at] !== end) {
      items.push(level(0));
      if (tokens[at] !== end) {
        take(',');
      }
    }
    take(end);
    return items;
  };
  const primary = (): Node => {
    const token = take();
    if (token === '(') {
      const inner = level(0);
      take(')');
      return inner;
    }
    if (token === '[') {
      return { kind: 'list', items: listUntil(']') };
    }
    if (token === '-') {
      return { kind: 'operator', operator: '-', left: { kind: 'number', value: 0 }, right: primary() };
    }
    if (/^\d/.test(token)) {
      return { kind: 'number', value: Number(token) };
    }
    if (/^["']/.test(token)) {
      return { kind: 'name', name: token };
    }
    if (!/^[A-Za-z_]/.test(token)) {
      return fail();
    }
    if (tokens[at] === '(') {
      at += 1;
      return { kind: 'call', name: token.toUpperCase(), items: listUntil(')') };
    }
    return { kind: 'name', name: token };
  };
  const level = (depth: number): Node => {
    const operators = LEVELS[depth];
    if (!operators) {
      return primary();
    }
    let left = level(depth + 1);
    while (operators.includes(tokens[at] ?? '')) {
      left = { kind: 'operator', operator: take(), left, right: level(depth + 1) };
    }
    return left;
  };
  const tree = level(0);
  return at === tokens.length ? tree : fail();
}

const OPERATORS: Readonly<Record<string, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '^': (left, right) => left ** right,
  '==': (left, right) => Number(left === right),
  '!=': (left, right) => Number(left !== right),
  '<': (left, right) => Number(left < right),
  '>': (left, right) => Number(left > right),
  '<=': (left, right) => Number(left <= right),
  '>=': (left, right) => Number(left >= right),
  '&&': (left, right) => Number(left !== 0 && right !== 0),
  '||': (left, right) => Number(left !== 0 || right !== 0),
  AND: (left, right) => Number(left !== 0 && right !== 0),
  OR: (left, right) => Number(left !== 0 || right !== 0),
};

function valueOf(node: Node, known: Known): Value {
  switch (node.kind) {
    case 'number':
      return node.value;
    case 'name': {
      const series = known.series(node.name);
      if (!series) {
        throw validation(`Error in expression: Unknown identifier ${node.name}`);
      }
      return series;
    }
    case 'list':
      return node.items.flatMap((item) => seriesList(valueOf(item, known)));
    case 'operator':
      return combined(valueOf(node.left, known), valueOf(node.right, known), OPERATORS[node.operator] ?? (() => Number.NaN));
    case 'call':
      return called(node.name, node.items, known);
    default:
      return node satisfies never;
  }
}

function seriesList(value: Value): SeriesValues[] {
  return typeof value === 'number' ? [] : Array.isArray(value) ? value : [value];
}

function moments(all: readonly SeriesValues[]): number[] {
  return [...new Set(all.flatMap((series) => [...series.keys()]))].sort((left, right) => left - right);
}

/** Moments at which one side has no value have none in the result; nor has a division by zero. */
function combined(left: Value, right: Value, operate: (left: number, right: number) => number): Value {
  if (typeof left === 'number' && typeof right === 'number') {
    return operate(left, right);
  }
  if (Array.isArray(left) || Array.isArray(right)) {
    const [list, other, isLeft] = Array.isArray(left) ? [left, right, true] : [right as SeriesValues[], left, false];
    return list.map((item) => combined(isLeft ? item : other, isLeft ? other : item, operate) as SeriesValues);
  }
  const at = (value: Value, moment: number): number | undefined =>
    typeof value === 'number' ? value : (value as SeriesValues).get(moment);
  const result = new Map<number, number>();
  for (const moment of moments([...seriesList(left), ...seriesList(right)])) {
    const [first, second] = [at(left, moment), at(right, moment)];
    const value = first === undefined || second === undefined ? Number.NaN : operate(first, second);
    if (Number.isFinite(value)) {
      result.set(moment, value);
    }
  }
  return result;
}

const ACROSS: Readonly<Record<string, (values: readonly number[]) => number>> = {
  SUM: (values) => values.reduce((sum, value) => sum + value, 0),
  AVG: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  MIN: (values) => Math.min(...values),
  MAX: (values) => Math.max(...values),
};
const EACH: Readonly<Record<string, (value: number) => number>> = {
  ABS: Math.abs,
  CEIL: Math.ceil,
  FLOOR: Math.floor,
  LOG: Math.log,
  LOG10: Math.log10,
};

function called(name: string, items: readonly Node[], known: Known): Value {
  const first = items[0];
  const across = ACROSS[name];
  const each = EACH[name];
  if (name === 'METRICS') {
    return known.metrics(first?.kind === 'name' ? first.name.slice(1, -1) : undefined);
  }
  if (name === 'PERIOD') {
    return known.periodMs / 1000;
  }
  if (!first) {
    throw validation(`Error in expression: ${name} needs an argument`);
  }
  const value = valueOf(first, known);
  if (across) {
    // Over one series its statistic is a number; over several it is a series of their values at each moment.
    if (!Array.isArray(value)) {
      return typeof value === 'number' ? value : across([...value.values()]);
    }
    const at = (moment: number): number[] => value.flatMap((series) => series.get(moment) ?? []);
    return new Map(moments(value).map((moment) => [moment, across(at(moment))]));
  }
  if (each) {
    return mapped(value, each);
  }
  switch (name) {
    case 'FILL':
      return filled(value, items[1], known);
    case 'IF':
      return chosen(value, items.slice(1), known);
    case 'RATE':
    case 'DIFF':
      return differences(value, name === 'RATE');
    case 'RUNNING_SUM': {
      let sum = 0;
      return mapped(value, (one) => (sum += one));
    }
    default:
      throw validation(`Error in expression: Unknown function ${name}`);
  }
}

function mapped(value: Value, each: (value: number) => number): Value {
  if (typeof value === 'number') {
    return each(value);
  }
  const map = (series: SeriesValues): SeriesValues => new Map([...series].map(([at, one]) => [at, each(one)]));
  return Array.isArray(value) ? value.map(map) : map(value);
}

function filled(value: Value, filler: Node | undefined, known: Known): Value {
  const all = moments([...known.metrics(), ...seriesList(value)]);
  const fill = (series: SeriesValues): SeriesValues => {
    const given = filler?.kind === 'name' && filler.name.toUpperCase() === 'REPEAT' ? undefined : filler && valueOf(filler, known);
    let last: number | undefined;
    const result = new Map<number, number>();
    for (const at of all) {
      last = series.get(at) ?? (typeof given === 'number' ? given : last);
      if (last !== undefined) {
        result.set(at, last);
      }
    }
    return result;
  };
  return typeof value === 'number' ? value : Array.isArray(value) ? value.map(fill) : fill(value);
}

function chosen(condition: Value, branches: readonly Node[], known: Known): Value {
  const [whenTrue, whenFalse] = branches;
  if (!whenTrue || Array.isArray(condition)) {
    throw validation('Error in expression: IF needs a condition and two values');
  }
  const [yes, no] = [valueOf(whenTrue, known), whenFalse ? valueOf(whenFalse, known) : undefined];
  if (typeof condition === 'number') {
    return condition !== 0 ? yes : (no ?? new Map());
  }
  const at = (value: Value | undefined, moment: number): number | undefined =>
    value === undefined || Array.isArray(value) ? undefined : typeof value === 'number' ? value : value.get(moment);
  return new Map(
    [...condition].flatMap(([moment, test]) => {
      const value = at(test !== 0 ? yes : no, moment);
      return value === undefined ? [] : [[moment, value] as const];
    }),
  );
}

function differences(value: Value, perSecond: boolean): Value {
  const differ = (series: SeriesValues): SeriesValues => {
    const all = [...series].sort(([left], [right]) => left - right);
    return new Map(
      all.slice(1).map(([at, one], index) => {
        const [before, last] = all[index] ?? [at, one];
        return [at, (one - last) / (perSecond ? (at - before) / 1000 : 1)];
      }),
    );
  };
  return typeof value === 'number' ? 0 : Array.isArray(value) ? value.map(differ) : differ(value);
}
