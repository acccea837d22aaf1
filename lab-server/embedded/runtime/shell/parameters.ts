// `$name` and `${…}` with all their operations.
import { Glob } from '../programs/glob.ts';
import { evaluateArithmetic } from './arithmetic.ts';
import { ExpansionProblem, type ExpansionHost, type Segment } from './expansion-host.ts';
import type { ShellState } from './state.ts';
import type { ParameterOperation, ParameterPart, WordNode } from './syntax.ts';

/** What a parameter holds: one text, or a list (`$@`, arrays). Undefined when it is not set. */
type Value = { kind: 'text'; text: string } | { kind: 'list'; items: readonly string[]; joined: boolean } | undefined;

export async function expandParameter(host: ExpansionHost, part: ParameterPart, quoted: boolean): Promise<Segment[]> {
  const { state } = host;
  const { operation } = part;
  if (!operation) {
    return segmentsOf(state, requireSet(state, part.parameter, await valueOf(host, part.parameter)), quoted);
  }
  switch (operation.type) {
    case 'ArrayKeys': {
      const variable = state.variables.find(operation.array);
      const keys = variable === undefined ? [] : typeof variable.value === 'string' ? ['0'] : [...variable.value.keys()];
      return segmentsOf(state, { kind: 'list', items: keys, joined: operation.star }, quoted);
    }
    case 'VarNamePrefix': {
      const items = state.variables.names().filter((name) => name.startsWith(operation.prefix));
      return segmentsOf(state, { kind: 'list', items, joined: operation.star }, quoted);
    }
    case 'Indirection': {
      const name = textOf(state, await valueOf(host, part.parameter));
      return expandParameter(host, { ...part, parameter: name, operation: operation.innerOp ?? null }, quoted);
    }
    case 'DefaultValue':
    case 'AssignDefault':
    case 'ErrorIfUnset':
    case 'UseAlternative':
      return expandConditional(host, part, operation, quoted);
    case 'BadSubstitution':
    case 'LengthSliceError':
      throw new ExpansionProblem(badSubstitution(state, 'text' in operation ? operation.text : part.parameter));
    case 'Length': {
      const value = requireSet(state, part.parameter, await valueOf(host, part.parameter));
      const length = value?.kind === 'list' ? value.items.length : Array.from(value?.text ?? '').length;
      return [{ kind: quoted ? 'quoted' : 'expanded', text: String(length) }];
    }
    case 'Substring': {
      const value = requireSet(state, part.parameter, await valueOf(host, part.parameter));
      return segmentsOf(state, await slice(host, part.parameter, value, operation), quoted);
    }
    default: {
      const value = requireSet(state, part.parameter, await valueOf(host, part.parameter));
      const change = await changeOf(host, operation);
      return segmentsOf(
        state,
        value?.kind === 'list' ? { ...value, items: value.items.map(change) } : value && { kind: 'text', text: change(value.text) },
        quoted,
      );
    }
  }
}

/** The value of a parameter by name: special ones, positions, `name[key]`, plain names. */
async function valueOf(host: ExpansionHost, parameter: string): Promise<Value> {
  const { state } = host;
  const text = (value: string | undefined): Value => (value === undefined ? undefined : { kind: 'text', text: value });
  if (/^\d+$/.test(parameter)) {
    return text(parameter === '0' ? state.name : state.positional[Number(parameter) - 1]);
  }
  const { process } = state;
  switch (parameter) {
    case '@':
    case '*':
      return { kind: 'list', items: state.positional, joined: parameter === '*' };
    case '#':
      return text(String(state.positional.length));
    case '?':
      return text(String(state.lastStatus));
    case '$':
      return text(String(state.shellPid));
    case '!':
      return text(state.lastBackground === undefined ? undefined : String(state.lastBackground));
    case '-':
      return text(optionLetters(state));
    case '_':
      return text(state.variables.get('_') ?? '');
    case 'LINENO':
      return text(String(state.line));
    case 'PPID':
      return text(String(process.parentPid));
    default:
      break;
  }
  if (state.dialect.kind !== 'dash') {
    const special = bashVariable(state, parameter);
    if (special !== undefined && state.variables.find(parameter) === undefined) {
      return text(special);
    }
  }
  const element = /^(\w+)\[(.*)\]$/s.exec(parameter);
  if (!element) {
    return text(state.variables.get(parameter));
  }
  const [, name = '', key = ''] = element;
  const variable = state.variables.find(name);
  if (key === '@' || key === '*') {
    const items =
      variable === undefined
        ? []
        : typeof variable.value === 'string'
          ? [variable.value]
          : orderedValues(variable.value, variable.associative === true);
    return { kind: 'list', items, joined: key === '*' };
  }
  const resolved = variable?.associative ? await keyText(host, key) : String(await evaluateArithmetic(host, key));
  if (variable === undefined) {
    return undefined;
  }
  return text(
    typeof variable.value === 'string'
      ? resolved === '0'
        ? variable.value
        : undefined
      : variable.value.get(negativeIndex(variable.value, resolved)),
  );
}

async function keyText(host: ExpansionHost, key: string): Promise<string> {
  const unquoted = key.replace(/^"(.*)"$/s, '$1').replace(/^'(.*)'$/s, '$1');
  const name = /^\$\{?(\w+)\}?$/.exec(unquoted)?.[1];
  return name === undefined ? unquoted : textOf(host.state, await valueOf(host, name));
}

function orderedValues(values: ReadonlyMap<string, string>, associative: boolean): string[] {
  return associative ? [...values.values()] : [...values].sort(([left], [right]) => Number(left) - Number(right)).map(([, value]) => value);
}

function negativeIndex(values: ReadonlyMap<string, string>, key: string): string {
  const index = Number(key);
  return index < 0 ? String(Math.max(...[...values.keys()].map(Number)) + 1 + index) : key;
}

function bashVariable(state: ShellState, name: string): string | undefined {
  const { process } = state;
  switch (name) {
    case 'RANDOM':
      return String(crypto.getRandomValues(new Uint16Array(1))[0] ?? 0).slice(0, 5);
    case 'SECONDS':
      return String(Math.floor((process.machine.clock.now() - state.startedAt) / 1000));
    case 'UID':
    case 'EUID':
      return state.dialect.kind === 'bash' ? String(process.identity.uid) : undefined;
    case 'BASHPID':
      return state.dialect.kind === 'bash' ? String(process.pid) : undefined;
    case 'BASH_VERSION':
      return state.dialect.kind === 'bash' ? '5.2.15(1)-release' : undefined;
    case 'HOSTNAME':
      return process.machine.hostname;
    default:
      return undefined;
  }
}

function optionLetters(state: ShellState): string {
  const { options } = state;
  return [
    options.allexport ? 'a' : '',
    options.errexit ? 'e' : '',
    options.noglob ? 'f' : '',
    state.interactive ? 'i' : '',
    options.monitor ? 'm' : '',
    options.nounset ? 'u' : '',
    options.xtrace ? 'x' : '',
  ].join('');
}

async function expandConditional(
  host: ExpansionHost,
  part: ParameterPart,
  operation: Extract<ParameterOperation, { type: 'DefaultValue' | 'AssignDefault' | 'ErrorIfUnset' | 'UseAlternative' }>,
  quoted: boolean,
): Promise<Segment[]> {
  const { state } = host;
  const value = await valueOf(host, part.parameter);
  const empty = value === undefined || (value.kind === 'list' ? value.items.length === 0 : value.text === '');
  const missing = operation.checkEmpty ? empty : value === undefined || (value.kind === 'list' && value.items.length === 0);
  if (operation.type === 'UseAlternative') {
    return missing ? segmentsOf(state, { kind: 'text', text: '' }, quoted) : inner(host, operation.word, quoted);
  }
  if (!missing) {
    return segmentsOf(state, value, quoted);
  }
  switch (operation.type) {
    case 'DefaultValue':
      return inner(host, operation.word, quoted);
    case 'AssignDefault': {
      const text = await host.text(operation.word);
      assign(state, part.parameter, text);
      return segmentsOf(state, { kind: 'text', text }, quoted);
    }
    case 'ErrorIfUnset': {
      const text = operation.word ? await host.text(operation.word) : '';
      throw new ExpansionProblem(`${part.parameter}: ${text === '' ? 'parameter null or not set' : text}`);
    }
  }
}

function inner(host: ExpansionHost, word: WordNode, quoted: boolean): Promise<Segment[]> {
  return host.parts(word.parts, quoted);
}

function assign(state: ShellState, parameter: string, text: string): void {
  const element = /^(\w+)\[(.*)\]$/.exec(parameter);
  if (element) {
    state.variables.setElement(element[1] ?? '', element[2] ?? '', text);
  } else {
    state.variables.set(parameter, text);
  }
}

async function slice(
  host: ExpansionHost,
  parameter: string,
  value: Value,
  operation: Extract<ParameterOperation, { type: 'Substring' }>,
): Promise<Value> {
  const offset = await evaluateArithmetic(host, operation.offset.originalText ?? '0');
  const length = operation.length ? await evaluateArithmetic(host, operation.length.originalText ?? '0') : undefined;
  if (value?.kind === 'list') {
    // `${@:0}` begins with the shell's own name.
    const items = parameter === '@' || parameter === '*' ? [host.state.name, ...value.items] : value.items;
    const start = offset < 0 ? items.length + offset : offset;
    return { ...value, items: items.slice(start, length === undefined ? undefined : start + length) };
  }
  const characters = Array.from(value?.text ?? '');
  const start = offset < 0 ? Math.max(0, characters.length + offset) : offset;
  const end = length === undefined ? undefined : length < 0 ? characters.length + length : start + length;
  return { kind: 'text', text: characters.slice(start, end).join('') };
}

type Change = Exclude<
  ParameterOperation,
  {
    type:
      | 'DefaultValue'
      | 'AssignDefault'
      | 'ErrorIfUnset'
      | 'UseAlternative'
      | 'Length'
      | 'Substring'
      | 'Indirection'
      | 'ArrayKeys'
      | 'VarNamePrefix'
      | 'BadSubstitution'
      | 'LengthSliceError';
  }
>;

async function changeOf(host: ExpansionHost, operation: Change): Promise<(text: string) => string> {
  switch (operation.type) {
    case 'PatternRemoval': {
      const pattern = await host.pattern(operation.pattern);
      return (text) => removePattern(text, pattern, operation.side, operation.greedy);
    }
    case 'PatternReplacement': {
      const pattern = await host.pattern(operation.pattern);
      const replacement = operation.replacement ? await host.text(operation.replacement) : '';
      return (text) => (pattern === '' ? text : Glob.of(pattern).replace(text, replacement, operation));
    }
    case 'CaseModification': {
      const pattern = operation.pattern ? Glob.of(await host.pattern(operation.pattern)) : undefined;
      const convert = (character: string): string =>
        pattern && !pattern.matches(character)
          ? character
          : operation.direction === 'upper'
            ? character.toUpperCase()
            : character.toLowerCase();
      return (text) =>
        Array.from(text)
          .map((character, index) => (operation.all || index === 0 ? convert(character) : character))
          .join('');
    }
    case 'Transform':
      return (text) => transform(text, operation.operator);
  }
}

function removePattern(text: string, pattern: string, side: 'prefix' | 'suffix', greedy: boolean): string {
  const glob = Glob.of(pattern);
  const length = side === 'prefix' ? glob.prefix(text, greedy) : glob.suffix(text, greedy);
  return length === undefined ? text : side === 'prefix' ? text.slice(length) : text.slice(0, text.length - length);
}

function transform(text: string, operator: string): string {
  switch (operator) {
    case 'Q':
      return `'${text.replaceAll("'", "'\\''")}'`;
    case 'U':
      return text.toUpperCase();
    case 'L':
      return text.toLowerCase();
    case 'u':
      return text.slice(0, 1).toUpperCase() + text.slice(1);
    default:
      return text;
  }
}

function segmentsOf(state: ShellState, value: Value, quoted: boolean): Segment[] {
  const kind = quoted ? 'quoted' : 'expanded';
  if (value?.kind !== 'list') {
    return [{ kind, text: value?.text ?? '' }];
  }
  if (value.joined && quoted) {
    const separator = (state.variables.get('IFS') ?? ' ').slice(0, 1);
    return [{ kind, text: value.items.join(separator) }];
  }
  if (value.items.length === 0) {
    return [{ kind: 'nothing' }];
  }
  return value.items.flatMap((item, index): Segment[] =>
    index === 0 ? [{ kind, text: item }] : [{ kind: 'break' }, { kind, text: item }],
  );
}

function textOf(state: ShellState, value: Value): string {
  return segmentsOf(state, value, true)
    .map((segment) => ('text' in segment ? segment.text : ' '))
    .join('');
}

function requireSet(state: ShellState, parameter: string, value: Value): Value {
  if (value === undefined && state.options.nounset) {
    throw new ExpansionProblem(state.dialect.kind === 'bash' ? `${parameter}: unbound variable` : `${parameter}: parameter not set`);
  }
  return value;
}

function badSubstitution(state: ShellState, text: string): string {
  return state.dialect.kind === 'bash'
    ? `${text}: bad substitution`
    : state.dialect.kind === 'dash'
      ? 'Bad substitution'
      : 'syntax error: bad substitution';
}
