// CEL as Kubernetes extends it: https://kubernetes.io/docs/reference/using-api/cel/
import { isIP } from 'node:net';
import { Environment } from '@marcbachmann/cel-js';
import { RE2JS } from 're2js';
import { AuthorizerValue, CheckValue, DecisionValue, registerAuthorizer } from './authorizer-value.ts';
import { QuantityValue, registerQuantities } from './quantity-value.ts';

export type CelProgram = (variables: Readonly<Record<string, unknown>>) => unknown;

export interface CelLanguage {
  /** Throws where the expression cannot be read. */
  compile(expression: string): CelProgram;
}

/** The language with these variables, all of any type. */
export function celLanguage(variables: readonly string[]): CelLanguage {
  const environment = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false })
    .registerType('Quantity', { ctor: QuantityValue, fields: {} })
    .registerType('Authorizer', { ctor: AuthorizerValue, fields: {} })
    .registerType('Check', { ctor: CheckValue, fields: {} })
    .registerType('Decision', { ctor: DecisionValue, fields: {} });
  const register = (signature: string, handler: (...values: never[]) => unknown): void => {
    environment.registerFunction(signature, handler as (...values: unknown[]) => unknown);
  };
  registerLists(register);
  registerTexts(register);
  registerQuantities(register);
  registerAuthorizer(register);
  for (const name of variables) {
    environment.registerVariable(name, 'dyn');
  }
  return {
    compile(expression) {
      const program = environment.parse(expression);
      return (values) => program(values) as unknown;
    },
  };
}

type Register = (signature: string, handler: (...values: never[]) => unknown) => void;

function registerLists(register: Register): void {
  register('list.isSorted(): bool', (list: unknown[]) => list.every((item, index) => index === 0 || !isBelow(item, list[index - 1])));
  register('list.sum(): dyn', (list: (bigint | number)[]) =>
    list.reduce<bigint | number>(
      (sum, item) => (typeof item === 'bigint' && typeof sum === 'bigint' ? sum + item : Number(sum) + Number(item)),
      0n,
    ),
  );
  register('list.min(): dyn', (list: unknown[]) => extreme(list, (a, b) => isBelow(a, b), 'min'));
  register('list.max(): dyn', (list: unknown[]) => extreme(list, (a, b) => isBelow(b, a), 'max'));
  register('list.indexOf(dyn): int', (list: unknown[], item: unknown) => BigInt(list.findIndex((other) => isSame(other, item))));
  register('list.lastIndexOf(dyn): int', (list: unknown[], item: unknown) => BigInt(list.findLastIndex((other) => isSame(other, item))));
}

function registerTexts(register: Register): void {
  register('string.find(string): string', (text: string, pattern: string) => findAll(text, pattern, 1)[0] ?? '');
  register('string.findAll(string): list<string>', (text: string, pattern: string) => findAll(text, pattern, Infinity));
  register('string.findAll(string, int): list<string>', (text: string, pattern: string, limit: bigint) =>
    findAll(text, pattern, limit < 0n ? Infinity : Number(limit)),
  );
  register('string.charAt(int): string', (text: string, index: bigint) => text.charAt(Number(index)));
  register('string.replace(string, string): string', (text: string, from: string, to: string) => text.replaceAll(from, () => to));
  register('string.reverse(): string', (text: string) => Array.from(text).toReversed().join(''));
  register('isIP(string): bool', (text: string) => isIP(text) !== 0);
  register('isURL(string): bool', (text: string) => URL.canParse(text));
}

function findAll(text: string, pattern: string, limit: number): string[] {
  const found: string[] = [];
  const matcher = RE2JS.compile(pattern).matcher(text);
  while (found.length < limit && matcher.find()) {
    found.push(matcher.group() ?? '');
  }
  return found;
}

function isBelow(a: unknown, b: unknown): boolean {
  return (a as string) < (b as string);
}

function isSame(a: unknown, b: unknown): boolean {
  return a === b || ((typeof a === 'bigint' || typeof a === 'number') && typeof a !== typeof b && Number(a) === Number(b));
}

function extreme(list: readonly unknown[], isBetter: (a: unknown, b: unknown) => boolean, name: string): unknown {
  if (list.length === 0) {
    throw new Error(`${name} called on empty list`);
  }
  return list.reduce((best, item) => (isBetter(item, best) ? item : best));
}
