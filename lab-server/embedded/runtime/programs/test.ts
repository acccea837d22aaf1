// test and [: the program, and the evaluation that the shells' builtin shares.
import type { FsStat } from 'just-bash';
import { resolvePath } from '../files/paths.ts';
import type { Process } from '../processes/process.ts';

/** A malformed expression: exit status 2 with this message. */
export class TestProblem extends Error {}

type Context = Pick<Process, 'machine' | 'cwd' | 'descriptors' | 'identity'>;

/** Evaluates the arguments of `test` (without a closing bracket). Throws TestProblem. */
export async function evaluateTest(context: Context, args: readonly string[]): Promise<boolean> {
  // POSIX decides by the number of arguments first, so that `[ -n ]` and `[ "$a" = "(" ]` mean what they look like.
  switch (args.length) {
    case 0:
      return false;
    case 1:
      return args[0] !== '';
    case 2:
      if (args[0] === '!') {
        return args[1] === '';
      }
      return evaluateUnary(context, args[0] as string, args[1] as string);
    case 3:
      if (isBinary(args[1] as string)) {
        return evaluateBinary(context, args[0] as string, args[1] as string, args[2] as string);
      }
      break;
    case 4:
      if (args[0] === '!') {
        return !(await evaluateTest(context, args.slice(1)));
      }
      break;
    default:
      break;
  }
  const parser = new Parser(context, args);
  const result = await parser.or();
  parser.end();
  return result;
}

class Parser {
  readonly #context: Context;
  readonly #args: readonly string[];
  #at = 0;

  constructor(context: Context, args: readonly string[]) {
    this.#context = context;
    this.#args = args;
  }

  async or(): Promise<boolean> {
    let result = await this.#and();
    while (this.#args[this.#at] === '-o') {
      this.#at += 1;
      result = (await this.#and()) || result;
    }
    return result;
  }

  async #and(): Promise<boolean> {
    let result = await this.#not();
    while (this.#args[this.#at] === '-a') {
      this.#at += 1;
      result = (await this.#not()) && result;
    }
    return result;
  }

  async #not(): Promise<boolean> {
    if (this.#args[this.#at] === '!') {
      this.#at += 1;
      return !(await this.#not());
    }
    return this.#primary();
  }

  async #primary(): Promise<boolean> {
    const first = this.#args[this.#at];
    if (first === undefined) {
      throw new TestProblem('argument expected');
    }
    const operator = this.#args[this.#at + 1];
    const third = this.#args[this.#at + 2];
    if (operator !== undefined && third !== undefined && isBinary(operator)) {
      this.#at += 3;
      return evaluateBinary(this.#context, first, operator, third);
    }
    if (first === '(') {
      this.#at += 1;
      const result = await this.or();
      if (this.#args[this.#at] !== ')') {
        throw new TestProblem('closing paren expected');
      }
      this.#at += 1;
      return result;
    }
    if (/^-[a-zA-Z]$/.test(first) && operator !== undefined) {
      this.#at += 2;
      return evaluateUnary(this.#context, first, operator);
    }
    this.#at += 1;
    return first !== '';
  }

  end(): void {
    const rest = this.#args[this.#at];
    if (rest !== undefined) {
      throw new TestProblem(`${rest}: unexpected operator`);
    }
  }
}

const BINARY: ReadonlySet<string> = new Set(['=', '==', '!=', '<', '>', '-eq', '-ne', '-lt', '-le', '-gt', '-ge', '-nt', '-ot', '-ef']);

function isBinary(operator: string): boolean {
  return BINARY.has(operator);
}

export async function evaluateBinary(context: Context, left: string, operator: string, right: string): Promise<boolean> {
  switch (operator) {
    case '=':
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '>':
      return left > right;
    case '-nt':
    case '-ot': {
      const [one, other] = await Promise.all([statOf(context, left), statOf(context, right)]);
      const [a, b] = [one?.mtime.getTime() ?? -Infinity, other?.mtime.getTime() ?? -Infinity];
      return operator === '-nt' ? a > b : a < b;
    }
    case '-ef': {
      const [one, other] = [await realPath(context, left), await realPath(context, right)];
      return one !== undefined && one === other;
    }
    default: {
      const [a, b] = [integer(left), integer(right)];
      return { '-eq': a === b, '-ne': a !== b, '-lt': a < b, '-le': a <= b, '-gt': a > b, '-ge': a >= b }[operator] ?? false;
    }
  }
}

export async function evaluateUnary(context: Context, operator: string, operand: string): Promise<boolean> {
  switch (operator) {
    case '-n':
      return operand !== '';
    case '-z':
      return operand === '';
    case '-t':
      return context.descriptors.get(Number(operand))?.terminal !== undefined;
    case '-h':
    case '-L':
      return (await context.machine.files.lstat(resolvePath(context.cwd, operand)).catch(() => undefined))?.isSymbolicLink ?? false;
    default:
      break;
  }
  if (operand === '') {
    return false;
  }
  const stat = await statOf(context, operand);
  const node = context.machine.files.nodeAt(resolvePath(context.cwd, operand));
  switch (operator) {
    case '-e':
    case '-a':
    case '-O':
    case '-G':
      return stat !== undefined;
    case '-f':
      return (stat?.isFile ?? false) && node?.kind !== 'device';
    case '-d':
      return stat?.isDirectory ?? false;
    case '-c':
      return node?.kind === 'device';
    case '-s':
      return (stat?.size ?? 0) > 0;
    case '-r':
    case '-w':
      return stat !== undefined && (context.identity.uid === 0 || (stat.mode & (operator === '-r' ? 0o444 : 0o222)) !== 0);
    case '-x':
      return stat !== undefined && (stat.mode & 0o111) !== 0;
    case '-b':
    case '-p':
    case '-S':
    case '-u':
    case '-g':
    case '-k':
    case '-N':
      return false;
    default:
      throw new TestProblem(`${operator}: unknown operand`);
  }
}

function integer(text: string): bigint {
  if (!/^\s*[+-]?\d+\s*$/.test(text)) {
    throw new TestProblem(`Illegal number: ${text}`);
  }
  return BigInt(text.trim().replace(/^\+/, ''));
}

function statOf(context: Context, path: string): Promise<FsStat | undefined> {
  return context.machine.files.stat(resolvePath(context.cwd, path)).catch(() => undefined);
}

function realPath(context: Context, path: string): Promise<string | undefined> {
  return context.machine.files.realpath(resolvePath(context.cwd, path)).catch(() => undefined);
}

export async function test(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  const isBracket = process.name.endsWith('[');
  if (isBracket && args.pop() !== ']') {
    await process.complain("[: missing ']'\n");
    return 2;
  }
  try {
    return Number(!(await evaluateTest(process, args)));
  } catch (error) {
    if (error instanceof TestProblem) {
      await process.complain(`${isBracket ? '[' : 'test'}: ${error.message}\n`);
      return 2;
    }
    throw error;
  }
}
