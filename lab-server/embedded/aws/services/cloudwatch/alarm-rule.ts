// Rules of composite alarms: ALARM("name") AND NOT (OK(other) OR FALSE) (API reference, "PutCompositeAlarm").
import { validation } from './errors.ts';
import type { State } from './state.ts';

export type Rule =
  | { kind: 'constant'; value: boolean }
  | { kind: 'state'; state: State; alarm: string }
  | { kind: 'not'; of: Rule }
  | { kind: 'and' | 'or'; left: Rule; right: Rule };

const TOKEN = /\s*(?:(ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:"((?:[^"\\]|\\.)*)"|([^\s()"]+))\s*\)|(AND|OR|NOT|TRUE|FALSE)\b|([()]))/y;
const MAX_ELEMENTS = 500;

type Token = { state: State; alarm: string } | string;

/** Reads a rule. Throws ValidationError where it cannot be read. */
export function parseRule(text: string): Rule {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  const fail = (): never => {
    throw validation(`AlarmRule syntax error: ${text}`);
  };
  while (TOKEN.lastIndex < end) {
    const match = TOKEN.exec(text);
    if (!match || tokens.length > MAX_ELEMENTS) {
      return fail();
    }
    const name = match[2] ?? match[3];
    tokens.push(
      match[1] === undefined
        ? (match[4] ?? match[5] ?? '')
        : { state: match[1] as State, alarm: (name ?? '').replace(/^arn:[^:]*:cloudwatch:[^:]*:[^:]*:alarm:/, '') },
    );
  }
  let at = 0;
  const primary = (): Rule => {
    const token = tokens[at];
    at += 1;
    if (token === undefined) {
      return fail();
    }
    if (typeof token !== 'string') {
      return { kind: 'state', ...token };
    }
    switch (token) {
      case 'TRUE':
      case 'FALSE':
        return { kind: 'constant', value: token === 'TRUE' };
      case 'NOT':
        return { kind: 'not', of: primary() };
      case '(': {
        const inner = either();
        at += 1;
        return tokens[at - 1] === ')' ? inner : fail();
      }
      default:
        return fail();
    }
  };
  const both = (): Rule => {
    let left = primary();
    while (tokens[at] === 'AND') {
      at += 1;
      left = { kind: 'and', left, right: primary() };
    }
    return left;
  };
  const either = (): Rule => {
    let left = both();
    while (tokens[at] === 'OR') {
      at += 1;
      left = { kind: 'or', left, right: both() };
    }
    return left;
  };
  const rule = either();
  return at === tokens.length ? rule : fail();
}

export function isMet(rule: Rule, stateOf: (alarm: string) => State | undefined): boolean {
  switch (rule.kind) {
    case 'constant':
      return rule.value;
    case 'state':
      return stateOf(rule.alarm) === rule.state;
    case 'not':
      return !isMet(rule.of, stateOf);
    case 'and':
      return isMet(rule.left, stateOf) && isMet(rule.right, stateOf);
    case 'or':
      return isMet(rule.left, stateOf) || isMet(rule.right, stateOf);
    default:
      return rule satisfies never;
  }
}

/** The alarms that a rule names. */
export function childrenOf(rule: Rule): string[] {
  switch (rule.kind) {
    case 'constant':
      return [];
    case 'state':
      return [rule.alarm];
    case 'not':
      return childrenOf(rule.of);
    case 'and':
    case 'or':
      return [...childrenOf(rule.left), ...childrenOf(rule.right)];
    default:
      return rule satisfies never;
  }
}
