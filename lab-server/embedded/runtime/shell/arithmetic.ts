// `$((…))`: 64-bit integer arithmetic by C's rules, on the text of the expression.
import { ExpansionProblem, type ExpansionHost } from './expansion-host.ts';
import { parseScript } from './syntax.ts';

/** Variables that name variables in turn are followed this far. */
const MAX_DEPTH = 32;
const BINARY: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<=', '>=', '<', '>'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
];
const ASSIGNMENTS = ['<<=', '>>=', '+=', '-=', '*=', '/=', '%=', '&=', '|=', '^=', '='] as const;
const TOKEN =
  /\s*(\*\*|<<=|>>=|<<|>>|<=|>=|==|!=|&&|\|\||\+\+|--|\+=|-=|\*=|\/=|%=|&=|\|=|\^=|\d+#[0-9a-zA-Z@_]+|0[xX][0-9a-fA-F]+|\d+|[A-Za-z_]\w*(?:\[[^\]]*\])?|[-+*/%<>=!~&|^?:(),])/y;

export async function evaluateArithmetic(host: ExpansionHost, text: string): Promise<number> {
  const expanded = /[$`]/.test(text) ? await expandInside(host, text) : text;
  return Number(new Evaluator(host, expanded, 0).run());
}

/** Parameters and commands inside are expanded as in double quotes. */
async function expandInside(host: ExpansionHost, text: string): Promise<string> {
  const script = await parseScript(`: "${text.replaceAll('"', '')}"`);
  const command = script.statements[0]?.pipelines[0]?.commands[0];
  const word = command?.type === 'SimpleCommand' ? command.args[0] : undefined;
  return word ? host.text(word) : '';
}

class Evaluator {
  readonly #host: ExpansionHost;
  readonly #text: string;
  readonly #tokens: string[] = [];
  readonly #depth: number;
  #at = 0;
  /** Inside a branch that is not taken nothing is assigned. */
  #skipping = 0;

  constructor(host: ExpansionHost, text: string, depth: number) {
    this.#host = host;
    this.#text = text;
    this.#depth = depth;
    TOKEN.lastIndex = 0;
    const trimmed = text.trimEnd();
    while (TOKEN.lastIndex < trimmed.length) {
      const start = TOKEN.lastIndex;
      const match = TOKEN.exec(trimmed);
      if (!match?.[1]) {
        throw this.#problem(trimmed.slice(start).trim());
      }
      this.#tokens.push(match[1]);
    }
  }

  run(): bigint {
    if (this.#tokens.length === 0) {
      return 0n;
    }
    const value = this.#comma();
    if (this.#at < this.#tokens.length) {
      throw this.#problem(this.#tokens.slice(this.#at).join(' '));
    }
    return value;
  }

  #comma(): bigint {
    let value = this.#assignment();
    while (this.#take(',')) {
      value = this.#assignment();
    }
    return value;
  }

  #assignment(): bigint {
    const name = this.#tokens[this.#at];
    const operator = this.#tokens[this.#at + 1];
    if (name !== undefined && /^[A-Za-z_]/.test(name) && ASSIGNMENTS.some((candidate) => candidate === operator)) {
      this.#at += 2;
      const right = this.#assignment();
      const value = operator === '=' ? right : this.#apply((operator ?? '').slice(0, -1), this.#variable(name), right);
      this.#set(name, value);
      return value;
    }
    return this.#ternary();
  }

  #ternary(): bigint {
    const condition = this.#binary(0);
    if (!this.#take('?')) {
      return condition;
    }
    const whenTrue = this.#branch(condition !== 0n);
    if (!this.#take(':')) {
      throw this.#problem(this.#tokens[this.#at] ?? '');
    }
    const whenFalse = this.#branch(condition === 0n);
    return condition === 0n ? whenFalse : whenTrue;
  }

  #branch(taken: boolean): bigint {
    this.#skipping += taken ? 0 : 1;
    const value = this.#assignment();
    this.#skipping -= taken ? 0 : 1;
    return value;
  }

  #binary(level: number): bigint {
    const operators = BINARY[level];
    if (!operators) {
      return this.#power();
    }
    let left = this.#binary(level + 1);
    for (;;) {
      const operator = this.#tokens[this.#at];
      if (operator === undefined || !operators.includes(operator)) {
        return left;
      }
      this.#at += 1;
      if (operator === '&&' || operator === '||') {
        const decided = operator === '&&' ? left === 0n : left !== 0n;
        this.#skipping += decided ? 1 : 0;
        const right = this.#binary(level + 1);
        this.#skipping -= decided ? 1 : 0;
        left = BigInt(operator === '&&' ? left !== 0n && right !== 0n : left !== 0n || right !== 0n);
        continue;
      }
      left = this.#apply(operator, left, this.#binary(level + 1));
    }
  }

  #power(): bigint {
    const base = this.#unary();
    if (!this.#take('**')) {
      return base;
    }
    const exponent = this.#power();
    if (exponent < 0n) {
      throw new ExpansionProblem(`${this.#text.trim()}: exponent less than 0 (error token is "${exponent}")`);
    }
    return wrap(base ** (exponent > 64n ? 64n : exponent));
  }

  #unary(): bigint {
    for (const operator of ['++', '--'] as const) {
      if (this.#take(operator)) {
        const name = this.#tokens[this.#at];
        if (name === undefined || !/^[A-Za-z_]/.test(name)) {
          return operator === '--' ? this.#unary() : this.#unary();
        }
        this.#at += 1;
        const value = this.#variable(name) + (operator === '++' ? 1n : -1n);
        this.#set(name, value);
        return value;
      }
    }
    if (this.#take('!')) {
      return BigInt(this.#unary() === 0n);
    }
    if (this.#take('~')) {
      return ~this.#unary();
    }
    if (this.#take('-')) {
      return wrap(-this.#unary());
    }
    if (this.#take('+')) {
      return this.#unary();
    }
    return this.#primary();
  }

  #primary(): bigint {
    const token = this.#tokens[this.#at];
    this.#at += 1;
    if (token === undefined) {
      throw this.#problem('');
    }
    if (token === '(') {
      const value = this.#comma();
      if (!this.#take(')')) {
        throw this.#problem(this.#tokens[this.#at] ?? '');
      }
      return value;
    }
    if (/^[A-Za-z_]/.test(token)) {
      const value = this.#variable(token);
      const next = this.#tokens[this.#at];
      if (next === '++' || next === '--') {
        this.#at += 1;
        this.#set(token, value + (next === '++' ? 1n : -1n));
      }
      return value;
    }
    return this.#number(token);
  }

  #number(token: string): bigint {
    const based = /^(\d+)#(.+)$/.exec(token);
    if (based) {
      const base = Number(based[1]);
      return Array.from(based[2] ?? '').reduce((sum, digit) => sum * BigInt(base) + BigInt(Number.parseInt(digit, Math.min(36, base))), 0n);
    }
    if (/^0\d/.test(token)) {
      if (!/^[0-7]+$/.test(token)) {
        throw new ExpansionProblem(`${token}: value too great for base (error token is "${token}")`);
      }
      return BigInt(`0o${token.slice(1)}`);
    }
    if (!/^(0[xX][0-9a-fA-F]+|\d+)$/.test(token)) {
      throw this.#problem(token);
    }
    return wrap(BigInt(token));
  }

  #variable(name: string): bigint {
    const element = /^(\w+)\[(.*)\]$/.exec(name);
    const { variables } = this.#host.state;
    let text: string | undefined;
    if (element) {
      const value = variables.find(element[1] ?? '')?.value;
      const key = variables.find(element[1] ?? '')?.associative ? (element[2] ?? '') : String(this.#nested(element[2] ?? ''));
      text = typeof value === 'string' ? (key === '0' ? value : undefined) : value?.get(key);
    } else {
      text = variables.get(name);
    }
    if (text === undefined) {
      if (this.#host.state.options.nounset && this.#skipping === 0) {
        throw new ExpansionProblem(`${name}: ${this.#host.state.dialect.kind === 'bash' ? 'unbound variable' : 'parameter not set'}`);
      }
      return 0n;
    }
    return text.trim() === '' ? 0n : this.#nested(text);
  }

  #nested(text: string): bigint {
    if (this.#depth >= MAX_DEPTH) {
      throw new ExpansionProblem(`${text}: expression recursion level exceeded (error token is "${text}")`);
    }
    return new Evaluator(this.#host, text, this.#depth + 1).run();
  }

  #set(name: string, value: bigint): void {
    if (this.#skipping > 0) {
      return;
    }
    const element = /^(\w+)\[(.*)\]$/.exec(name);
    const text = String(wrap(value));
    if (element) {
      this.#host.state.variables.setElement(element[1] ?? '', String(this.#nested(element[2] ?? '')), text);
    } else {
      this.#host.state.variables.set(name, text);
    }
  }

  #apply(operator: string, left: bigint, right: bigint): bigint {
    switch (operator) {
      case '+':
        return wrap(left + right);
      case '-':
        return wrap(left - right);
      case '*':
        return wrap(left * right);
      case '/':
      case '%':
        if (right === 0n) {
          if (this.#skipping > 0) {
            return 0n;
          }
          throw new ExpansionProblem(
            this.#host.state.dialect.kind === 'bash'
              ? `${this.#text.trim()}: division by 0 (error token is "${right}")`
              : 'arithmetic expression: division by zero: "'.concat(this.#text, '"'),
          );
        }
        return wrap(operator === '/' ? left / right : left % right);
      case '<<':
        return wrap(left << (right & 63n));
      case '>>':
        return left >> (right & 63n);
      case '<':
        return BigInt(left < right);
      case '>':
        return BigInt(left > right);
      case '<=':
        return BigInt(left <= right);
      case '>=':
        return BigInt(left >= right);
      case '==':
        return BigInt(left === right);
      case '!=':
        return BigInt(left !== right);
      case '&':
        return left & right;
      case '|':
        return left | right;
      case '^':
        return left ^ right;
      default:
        throw this.#problem(operator);
    }
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#at] !== token) {
      return false;
    }
    this.#at += 1;
    return true;
  }

  #problem(token: string): ExpansionProblem {
    return new ExpansionProblem(
      this.#host.state.dialect.kind === 'bash'
        ? `${this.#text.trim()}: syntax error: operand expected (error token is "${token}")`
        : `arithmetic expression: expecting primary: "${this.#text}"`,
    );
  }
}

function wrap(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}
