// The cluster query language, of filters and memberOf constraints (developer guide, "Cluster query language"): `attribute:ecs.instance-type =~ t3.* and …`.
import { invalidParameter } from '../errors.ts';
import type { ContainerInstance } from '../state.ts';

const TOKEN = /\s*(\(|\)|\[|\]|,|==|!=|=~|!~|>=|<=|>|<|&&|\|\||!|[A-Za-z0-9_./:*?^$+\\-]+|'[^']*'|"[^"]*")/y;

/** Whether an instance is meant. Throws InvalidParameterException for an expression that cannot be read. */
export function matchesExpression(expression: string, instance: ContainerInstance): boolean {
  return expression.trim() === '' || new Expression(expression, instance).evaluate();
}

class Expression {
  readonly #tokens: string[];
  readonly #instance: ContainerInstance;
  readonly #text: string;
  #at = 0;

  constructor(text: string, instance: ContainerInstance) {
    this.#text = text;
    this.#instance = instance;
    this.#tokens = tokensOf(text);
  }

  evaluate(): boolean {
    const result = this.#either();
    if (this.#at < this.#tokens.length) {
      throw unreadable(this.#text);
    }
    return result;
  }

  #either(): boolean {
    let result = this.#both();
    while (this.#take('or') || this.#take('||')) {
      const right = this.#both();
      result = result || right;
    }
    return result;
  }

  #both(): boolean {
    let result = this.#one();
    while (this.#take('and') || this.#take('&&')) {
      const right = this.#one();
      result = result && right;
    }
    return result;
  }

  #one(): boolean {
    if (this.#take('not') || this.#take('!')) {
      return !this.#one();
    }
    if (this.#take('(')) {
      const result = this.#either();
      this.#expect(')');
      return result;
    }
    const value = this.#valueOf(this.#next());
    const operator = this.#next();
    switch (operator) {
      case '==':
      case 'equals':
        return value === this.#next();
      case '!=':
      case 'not_equals':
        return value !== this.#next();
      case '=~':
      case 'matches':
        return this.#matches(value);
      case '!~':
      case 'not_matches':
        return !this.#matches(value);
      case 'exists':
        return value !== undefined;
      case '!exists':
      case 'not_exists':
        return value === undefined;
      case 'in':
        return this.#list().includes(value ?? '');
      case 'not_in':
        return !this.#list().includes(value ?? '');
      case '>':
      case '>=':
      case '<':
      case '<=':
        return compare(Number(value), operator, Number(this.#next()));
      default:
        throw unreadable(this.#text);
    }
  }

  #valueOf(subject: string): string | undefined {
    if (subject.startsWith('attribute:')) {
      const name = subject.slice('attribute:'.length);
      const attribute = this.#instance.attributes?.find((one) => one.name === name);
      return attribute && (attribute.value ?? '');
    }
    switch (subject) {
      case 'ec2InstanceId':
        return this.#instance.ec2InstanceId;
      case 'agentVersion':
        return this.#instance.versionInfo?.agentVersion;
      case 'agentConnected':
        return String(this.#instance.agentConnected ?? false);
      case 'runningTasksCount':
        return String(this.#instance.runningTasksCount ?? 0);
      case 'registeredAt':
        return String(this.#instance.registeredAt ?? 0);
      default:
        throw unreadable(this.#text);
    }
  }

  #matches(value: string | undefined): boolean {
    const pattern = this.#next();
    try {
      return value !== undefined && new RegExp(`^(?:${pattern})$`).test(value);
    } catch {
      throw unreadable(this.#text);
    }
  }

  #list(): string[] {
    this.#expect('[');
    const items: string[] = [];
    while (!this.#take(']')) {
      items.push(this.#next());
      this.#take(',');
    }
    return items;
  }

  #take(token: string): boolean {
    const found = this.#tokens[this.#at]?.toLowerCase() === token;
    this.#at += found ? 1 : 0;
    return found;
  }

  #expect(token: string): void {
    if (!this.#take(token)) {
      throw unreadable(this.#text);
    }
  }

  #next(): string {
    const token = this.#tokens[this.#at];
    if (token === undefined) {
      throw unreadable(this.#text);
    }
    this.#at += 1;
    return /^(['"]).*\1$/.test(token) ? token.slice(1, -1) : token;
  }
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const match = TOKEN.exec(text);
    if (!match) {
      throw unreadable(text);
    }
    tokens.push(match[1] ?? '');
  }
  return tokens;
}

function compare(left: number, operator: string, right: number): boolean {
  switch (operator) {
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    case '<':
      return left < right;
    default:
      return left <= right;
  }
}

function unreadable(text: string): Error {
  return invalidParameter(`Invalid expression: ${text}`);
}
