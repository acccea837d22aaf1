// Builtins about variables: export, readonly, unset, set, shift, local, declare, let, getopts.
import { evaluateArithmetic } from '../arithmetic.ts';
import { elementKey } from '../assignments.ts';
import { FatalShellError } from '../control.ts';
import type { ShellOptions } from '../state.ts';
import { ReadOnlyVariable, type Variable } from '../variables.ts';
import { complain, isName, print, quoted, type Builtin, type BuiltinCall } from './builtin.ts';

const OPTION_LETTERS: Readonly<Record<string, keyof ShellOptions>> = {
  a: 'allexport',
  C: 'noclobber',
  e: 'errexit',
  f: 'noglob',
  m: 'monitor',
  n: 'noexec',
  u: 'nounset',
  v: 'verbose',
  x: 'xtrace',
};

export const exportVariables: Builtin = { special: true, run: (call) => mark(call, { exported: true }) };
export const readonlyVariables: Builtin = { special: true, run: (call) => mark(call, { readOnly: true }) };

async function mark(call: BuiltinCall, attributes: { exported?: boolean; readOnly?: boolean }): Promise<number> {
  const { state } = call;
  const removing = call.args.includes('-n');
  const names = call.args.filter((arg) => !/^-[a-z]+$/.test(arg) && arg !== '--');
  if (names.length === 0) {
    for (const name of state.variables.names()) {
      const variable = state.variables.find(name);
      if (variable && (attributes.exported ? variable.exported : variable.readOnly)) {
        await print(call, `${listed(call, attributes.exported ? 'x' : 'r')} ${name}=${listedValue(call, variable)}\n`);
      }
    }
    return 0;
  }
  let status = 0;
  for (const word of names) {
    const { name, value } = splitAssignment(word);
    if (!isName(name)) {
      status = await badName(call, word);
      continue;
    }
    if (value !== undefined) {
      state.variables.set(name, value);
    }
    if (attributes.exported && value === undefined && state.variables.find(name) === undefined) {
      continue;
    }
    state.variables.mark(name, removing ? { exported: false } : attributes);
  }
  return status;
}

async function badName(call: BuiltinCall, word: string): Promise<number> {
  if (call.state.dialect.kind === 'bash') {
    await complain(call, `\`${word}': not a valid identifier`);
    return 1;
  }
  await complain(call, `${word}: bad variable name`);
  throw new FatalShellError(2);
}

function listed(call: BuiltinCall, letter: string): string {
  return call.state.dialect.kind === 'bash' ? `declare -${letter}` : call.name;
}

function listedValue(call: BuiltinCall, variable: Variable): string {
  if (typeof variable.value !== 'string') {
    return `(${[...variable.value].map(([key, value]) => `[${key}]="${value}"`).join(' ')})`;
  }
  return call.state.dialect.kind === 'bash' ? `"${variable.value.replace(/["\\$`]/g, '\\$&')}"` : quoted(variable.value);
}

function splitAssignment(word: string): { name: string; value: string | undefined; append: boolean } {
  const match = /^([^=]*?)(\+?)=(.*)$/s.exec(word);
  return match
    ? { name: match[1] ?? '', value: match[3] ?? '', append: match[2] === '+' }
    : { name: word, value: undefined, append: false };
}

export const unset: Builtin = {
  special: true,
  async run(call) {
    const { variables, functions } = call.state;
    const onlyFunctions = call.args.includes('-f');
    for (const word of call.args.filter((arg) => arg !== '-f' && arg !== '-v' && arg !== '--')) {
      const element = /^(\w+)\[(.*)\]$/.exec(word);
      try {
        if (element) {
          variables.unset(element[1] ?? '', await elementKey(call.shell, element[1] ?? '', element[2] ?? ''));
        } else if (!onlyFunctions && variables.find(word)) {
          variables.unset(word);
        } else {
          functions.delete(word);
        }
      } catch (error) {
        if (!(error instanceof ReadOnlyVariable)) {
          throw error;
        }
        await complain(call, call.state.dialect.kind === 'bash' ? `${word}: cannot unset: readonly variable` : `${word}: is read only`);
        return 1;
      }
    }
    return 0;
  },
};

export const set: Builtin = {
  special: true,
  async run(call) {
    const { state } = call;
    if (call.args.length === 0) {
      for (const name of state.variables.names()) {
        const variable = state.variables.find(name);
        if (variable) {
          await print(
            call,
            `${name}=${typeof variable.value === 'string' && /^[\w./:=@%+,-]*$/.test(variable.value) && state.dialect.kind === 'bash' ? variable.value : listedValueAsSet(variable)}\n`,
          );
        }
      }
      return 0;
    }
    for (let at = 0; at < call.args.length; at += 1) {
      const word = call.args[at] as string;
      if (word === '--') {
        state.positional = call.args.slice(at + 1);
        return 0;
      }
      if (!/^[-+]./.test(word)) {
        state.positional = call.args.slice(at);
        return 0;
      }
      const on = word.startsWith('-');
      for (const letter of word.slice(1)) {
        if (letter === 'o') {
          at += 1;
          const status = await setLongOption(call, call.args[at], on);
          if (status !== 0) {
            return status;
          }
          continue;
        }
        const option = OPTION_LETTERS[letter];
        if (option) {
          state.options[option] = on;
        } else if (!'bhBEHPTtk'.includes(letter)) {
          await complain(call, state.dialect.kind === 'bash' ? `${word}: invalid option` : `Illegal option -${letter}`);
          throw new FatalShellError(2);
        }
      }
    }
    return 0;
  },
};

function listedValueAsSet(variable: Variable): string {
  return typeof variable.value === 'string'
    ? quoted(variable.value)
    : `(${[...variable.value].map(([key, value]) => `[${key}]="${value}"`).join(' ')})`;
}

async function setLongOption(call: BuiltinCall, name: string | undefined, on: boolean): Promise<number> {
  const { options, dialect } = call.state;
  if (name === undefined) {
    for (const [option, value] of Object.entries(options)) {
      await print(call, on ? `${option.padEnd(15)} \t${value ? 'on' : 'off'}\n` : `set ${value ? '-' : '+'}o ${option}\n`);
    }
    return 0;
  }
  if (name in options && !(name === 'pipefail' && dialect.kind === 'dash')) {
    options[name as keyof ShellOptions] = on;
    return 0;
  }
  if (
    ['emacs', 'vi', 'posix', 'history', 'braceexpand', 'hashall', 'errtrace', 'functrace', 'ignoreeof', 'nolog', 'physical'].includes(name)
  ) {
    return 0;
  }
  await complain(call, dialect.kind === 'bash' ? `${name}: invalid option name` : `Illegal option -o ${name}`);
  throw new FatalShellError(2);
}

export const shift: Builtin = {
  special: true,
  async run(call) {
    const count = Number(call.args[0] ?? 1);
    if (!Number.isInteger(count) || count < 0 || count > call.state.positional.length) {
      if (call.state.dialect.kind === 'dash') {
        await complain(call, "can't shift that many");
        throw new FatalShellError(2);
      }
      return 1;
    }
    call.state.positional = call.state.positional.slice(count);
    return 0;
  },
};

export const local: Builtin = {
  async run(call) {
    if (call.state.functionDepth === 0) {
      await complain(call, call.state.dialect.kind === 'bash' ? 'can only be used in a function' : 'not in a function');
      return 1;
    }
    return declareNames(call, true);
  },
};

export const declare: Builtin = {
  dialects: ['bash'],
  run: (call) => declareNames(call, call.state.functionDepth > 0 && !call.args.some((arg) => /^-\w*g/.test(arg))),
};

async function declareNames(call: BuiltinCall, isLocal: boolean): Promise<number> {
  const { variables } = call.state;
  const flags = call.args.filter((arg) => /^[-+][a-zA-Z]+$/.test(arg)).join('');
  const words = call.args.filter((arg) => !/^[-+][a-zA-Z]+$/.test(arg) && arg !== '--');
  if (flags.includes('p') || words.length === 0) {
    for (const name of words.length > 0 ? words : variables.names()) {
      const variable = variables.find(name);
      if (!variable) {
        await complain(call, `${name}: not found`);
        return 1;
      }
      const letters = `${typeof variable.value === 'string' ? '' : variable.associative ? 'A' : 'a'}${variable.readOnly ? 'r' : ''}${variable.exported ? 'x' : ''}`;
      await print(call, `declare -${letters === '' ? '-' : letters} ${name}=${listedValue({ ...call, state: call.state }, variable)}\n`);
    }
    return 0;
  }
  for (const word of words) {
    const { name, value, append } = splitAssignment(word);
    if (!isName(name)) {
      return badName(call, word);
    }
    if (isLocal) {
      variables.makeLocal(name);
      if (value === undefined && !flags.includes('A') && !flags.includes('a') && variables.find(name) === undefined) {
        continue;
      }
    }
    if (flags.includes('A') || flags.includes('a')) {
      const existing = variables.find(name)?.value;
      variables.setArray(name, existing === undefined || typeof existing === 'string' ? new Map() : existing, flags.includes('A'));
    }
    if (value !== undefined) {
      const before = append ? (variables.get(name) ?? '') : '';
      const text = flags.includes('i') ? String(await evaluateArithmetic(call.shell, value)) : before + value;
      variables.set(name, flags.includes('l') ? text.toLowerCase() : flags.includes('u') ? text.toUpperCase() : text);
    } else if (variables.find(name) === undefined && !isLocal) {
      variables.set(name, '');
    }
    if (flags.includes('x') || flags.includes('r')) {
      variables.mark(name, { ...(flags.includes('x') ? { exported: true } : {}), ...(flags.includes('r') ? { readOnly: true } : {}) });
    }
  }
  return 0;
}

export const letArithmetic: Builtin = {
  dialects: ['ash', 'bash'],
  async run(call) {
    let value = 0;
    for (const expression of call.args) {
      value = await evaluateArithmetic(call.shell, expression);
    }
    return Number(value === 0);
  },
};

export const getopts: Builtin = {
  async run(call) {
    const { state } = call;
    const [specification = '', variable = '', ...given] = call.args;
    const words = given.length > 0 ? given : state.positional;
    const silent = specification.startsWith(':');
    const position = Number(state.variables.get('OPTIND') ?? 1);
    if (position !== state.getoptsAt.index) {
      state.getoptsAt = { index: position, offset: 0 };
    }
    const word = words[state.getoptsAt.index - 1];
    const finish = (): number => {
      state.variables.set(variable, '?');
      return 1;
    };
    if (state.getoptsAt.offset === 0 && (word === undefined || !/^-./.test(word))) {
      return finish();
    }
    if (word === '--') {
      advance(call, true);
      return finish();
    }
    const letter = word?.[state.getoptsAt.offset + 1] ?? '';
    const index = specification.indexOf(letter);
    const takesValue = index >= 0 && specification[index + 1] === ':';
    const rest = word?.slice(state.getoptsAt.offset + 2) ?? '';
    if (index < 0 || letter === ':') {
      state.variables.set(variable, '?');
      if (silent) {
        state.variables.set('OPTARG', letter);
      } else {
        await state.process.complain(
          state.dialect.kind === 'bash' ? `${state.name}: illegal option -- ${letter}\n` : `Illegal option -${letter}\n`,
        );
      }
      advance(call, rest === '');
      return 0;
    }
    if (!takesValue) {
      state.variables.set(variable, letter);
      advance(call, rest === '');
      return 0;
    }
    advance(call, true);
    const value = rest === '' ? words[state.getoptsAt.index - 1] : rest;
    if (rest === '' && value !== undefined) {
      advance(call, true);
    }
    if (value === undefined) {
      state.variables.set(variable, silent ? ':' : '?');
      if (silent) {
        state.variables.set('OPTARG', letter);
      } else {
        await state.process.complain(
          state.dialect.kind === 'bash' ? `${state.name}: option requires an argument -- ${letter}\n` : `No arg for -${letter} option\n`,
        );
      }
      return 0;
    }
    state.variables.set(variable, letter);
    state.variables.set('OPTARG', value);
    return 0;
  },
};

function advance(call: BuiltinCall, toNextWord: boolean): void {
  const { state } = call;
  state.getoptsAt = toNextWord
    ? { index: state.getoptsAt.index + 1, offset: 0 }
    : { ...state.getoptsAt, offset: state.getoptsAt.offset + 1 };
  state.variables.set('OPTIND', String(state.getoptsAt.index));
}
