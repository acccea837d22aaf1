// CEL as checks use it: expressions over named variables, and texts that hold expressions as ${…}.
import { Environment } from '@marcbachmann/cel-js';
import { DocksideError, messageOf } from '../base/index.ts';

/** Values by variable name, in CEL's types: whole numbers are bigint. */
export type Variables = Record<string, unknown>;

export type Expression<Result = unknown> = (variables: Variables) => Result;

/** Compiles expressions that may use the given variables, and no others. */
export interface Compiler {
  /** Throws DocksideError `EXPRESSION_INVALID` with the position in `source`. */
  expression(source: string): Expression;
  condition(source: string): Expression<boolean>;
  template(source: string): Expression<string>;
}

export function compilerFor(variableNames: Iterable<string>): Compiler {
  const environment = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false })
    .registerFunction('list.flatten(): list', (list: Iterable<unknown>) => [...list].flat(), {
      description: 'One list of the elements of lists',
    })
    .registerFunction('text(dyn): string', readable, { description: 'A value as a verdict shows it' })
    .registerFunction('quantity(dyn): double', quantity, { description: 'A Kubernetes quantity as a number: 250m is 0.25, 1Ki is 1024' });
  for (const name of variableNames) {
    if (!isReserved(name)) {
      environment.registerVariable(name, 'dyn');
    }
  }

  function expression(source: string): Expression {
    try {
      const parsed = environment.parse(source);
      const checked = parsed.check();
      if (checked.error) {
        throw checked.error;
      }
      return (variables) => parsed(variables) as unknown;
    } catch (error) {
      const summary = error instanceof Error && 'summary' in error ? String(error.summary) : messageOf(error);
      throw new DocksideError('EXPRESSION_INVALID', `${summary} in the CEL expression ${source}`, { cause: error });
    }
  }

  return {
    expression,
    condition(source) {
      const evaluate = expression(source);
      return (variables) => {
        const result = evaluate(variables);
        if (typeof result !== 'boolean') {
          throw new DocksideError('EXPRESSION_NOT_BOOLEAN', `the condition ${source} gives ${readable(result)}, not true or false`);
        }
        return result;
      };
    },
    template(source) {
      const parts = splitTemplate(source).map((part) => {
        if ('text' in part) {
          return () => part.text;
        }
        const evaluate = expression(part.expression);
        return (variables: Variables) => readable(evaluate(variables));
      });
      return (variables) => parts.map((part) => part(variables)).join('');
    },
  };
}

/** Whether CEL keeps the name for itself, such as `map` or `type`. */
export function isReserved(name: string): boolean {
  try {
    new Environment().registerVariable(name, 'dyn');
    return false;
  } catch {
    return true;
  }
}

type TemplatePart = { text: string } | { expression: string };

/** Splits at `${…}`, counting the braces and skipping the strings of the expression inside. `$${` stands for a plain `${`. */
function splitTemplate(source: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let text = '';
  for (let at = 0; at < source.length;) {
    if (source.startsWith('$${', at)) {
      text += '${';
      at += 3;
    } else if (source.startsWith('${', at)) {
      const end = endOfExpression(source, at + 2);
      parts.push({ text }, { expression: source.slice(at + 2, end) });
      text = '';
      at = end + 1;
    } else {
      text += source.charAt(at);
      at += 1;
    }
  }
  parts.push({ text });
  return parts;
}

function endOfExpression(source: string, start: number): number {
  let depth = 0;
  let quote = '';
  for (let at = start; at < source.length; at += 1) {
    const character = source.charAt(at);
    if (quote !== '') {
      if (character === '\\') {
        at += 1;
      } else if (character === quote) {
        quote = '';
      }
    } else if (character === '"' || character === "'") {
      quote = character;
    } else if (character === '{') {
      depth += 1;
    } else if (character === '}') {
      if (depth === 0) {
        return at;
      }
      depth -= 1;
    }
  }
  throw new DocksideError('EXPRESSION_INVALID', `The text ${source} opens an expression with \${ and does not close it`);
}

/** Puts JSON into CEL's types: whole numbers become int (bigint), other numbers stay double. */
export function toCel(value: unknown): unknown {
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) ? BigInt(value) : value;
  }
  if (Array.isArray(value)) {
    return value.map(toCel);
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, toCel(entry)]));
  }
  return value;
}

const FACTORS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
  Ti: 1024 ** 4,
};

/** The number that a quantity stands for (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/); NaN for another text. */
function quantity(value: unknown): number {
  const [, digits = '', suffix = ''] = /^([+-]?[\d.]+(?:e\d+)?)([a-zA-Z]*)$/.exec(readable(value)) ?? [];
  const factor = suffix === '' ? 1 : FACTORS[suffix];
  return digits === '' || factor === undefined ? Number.NaN : Number(digits) * factor;
}

/** A value as a learner reads it: lists with commas, maps as `app=nginx`, nothing as `none`. */
export function readable(value: unknown): string {
  if (value === null || value === undefined) {
    return 'none';
  }
  if (value instanceof Date) {
    return value.toISOString();
  }
  if (Array.isArray(value)) {
    return value.length === 0 ? 'none' : value.map(readable).join(', ');
  }
  if (typeof value === 'object') {
    const entries = value instanceof Map ? [...value.entries()] : Object.entries(value);
    return entries.length === 0 ? 'none' : entries.map(([key, entry]) => `${String(key)}=${readable(entry)}`).join(', ');
  }
  return String(value as string | number | bigint | boolean);
}
