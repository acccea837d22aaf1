// Builtins that read and write: echo, printf, read, mapfile, test, alias, history, help.
import { readLine } from '../../processes/line-reader.ts';
import { NOTHING } from '../../processes/byte-stream.ts';
import { echoText } from '../../programs/echo.ts';
import { formatText } from '../../programs/printf.ts';
import { evaluateTest, TestProblem } from '../../programs/test.ts';
import { shellMessage } from '../dialect.ts';
import { complain, isName, print, type Builtin, type BuiltinCall } from './builtin.ts';

export const echo: Builtin = {
  async run(call) {
    await print(call, echoText(call.args, call.state.dialect.echoInterprets || call.state.shopt.has('xpg_echo')));
    return 0;
  },
};

export const printf: Builtin = {
  async run(call) {
    const [first, second] = call.args;
    const into = first === '-v' && call.state.dialect.kind === 'bash' ? second : undefined;
    const [format, ...args] = into === undefined ? (first === '--' ? call.args.slice(1) : call.args) : call.args.slice(2);
    if (format === undefined) {
      await complain(call, 'usage: printf [-v var] format [arguments]');
      return 2;
    }
    const { text, problems } = formatText(format, args);
    if (into === undefined) {
      await print(call, text);
    } else {
      call.state.variables.set(into, text);
    }
    for (const problem of problems) {
      await complain(call, problem);
    }
    return problems.length > 0 ? 1 : 0;
  },
};

export const test: Builtin = {
  async run(call) {
    const args = [...call.args];
    const { state } = call;
    if (call.name === '[' && args.pop() !== ']') {
      await complain(call, state.dialect.kind === 'bash' ? "missing `]'" : 'missing ]');
      return 2;
    }
    try {
      return Number(!(await evaluateTest(state.process, args)));
    } catch (error) {
      if (!(error instanceof TestProblem)) {
        throw error;
      }
      const message =
        state.dialect.kind === 'bash'
          ? error.message
              .replace(/^Illegal number: (.*)$/, '$1: integer expression expected')
              .replace('unexpected operator', 'binary operator expected')
          : error.message;
      await state.process.complain(
        state.dialect.kind === 'ash'
          ? `${state.name}: ${message.replace(/^Illegal number: (.*)$/, 'bad number')}\n`
          : shellMessage(state.dialect, state, `${call.name}: ${message}`),
      );
      return 2;
    }
  },
};

interface ReadOptions {
  raw: boolean;
  prompt: string | undefined;
  timeoutMs: number | undefined;
  characters: number | undefined;
  delimiter: string;
  array: string | undefined;
  descriptor: number;
  names: string[];
}

export const read: Builtin = {
  async run(call) {
    const options = parseRead(call.args);
    const { state } = call;
    const { process } = state;
    const bad = options.names.find((name) => !isName(name));
    if (bad !== undefined) {
      await complain(call, state.dialect.kind === 'bash' ? `\`${bad}': not a valid identifier` : `${bad}: bad variable name`);
      return state.dialect.kind === 'bash' ? 1 : 2;
    }
    const file = process.descriptors.get(options.descriptor);
    if (options.prompt !== undefined && (file?.terminal || state.dialect.kind !== 'bash')) {
      await process.complain(options.prompt);
    }
    const timeout = new AbortController();
    const timer = options.timeoutMs === undefined ? undefined : process.machine.clock.schedule(options.timeoutMs, () => timeout.abort());
    try {
      const line = await readLogicalLine(call, file?.source ?? NOTHING, options, AbortSignal.any([process.signal, timeout.signal]));
      store(call, options, line?.text ?? '');
      return line === undefined || line.ended ? 1 : 0;
    } catch (error) {
      if (timeout.signal.aborted && !process.signal.aborted) {
        return state.dialect.kind === 'bash' ? 142 : 1;
      }
      throw error;
    } finally {
      timer?.[Symbol.dispose]();
    }
  },
};

/** A line with its continuation lines; escaped characters are marked so that they are not split. */
async function readLogicalLine(
  call: BuiltinCall,
  source: Parameters<typeof readLine>[0],
  options: ReadOptions,
  signal: AbortSignal,
): Promise<{ text: string; ended: boolean } | undefined> {
  const delimiter = options.delimiter === '' ? 0 : options.delimiter.charCodeAt(0);
  if (options.characters !== undefined) {
    return readCharacters(source, options.characters, delimiter, signal);
  }
  let text = '';
  for (;;) {
    const line = await readLine(source, signal, { delimiter });
    if (!line) {
      return text === '' ? undefined : { text, ended: true };
    }
    text += line.text;
    if (options.raw || line.ended || !/(^|[^\\])(\\\\)*\\$/.test(text)) {
      return { text, ended: line.ended };
    }
    text = text.slice(0, -1);
  }
}

async function readCharacters(
  source: Parameters<typeof readLine>[0],
  count: number,
  delimiter: number,
  signal: AbortSignal,
): Promise<{ text: string; ended: boolean } | undefined> {
  const bytes: number[] = [];
  while (bytes.length < count) {
    const chunk = await source.read(signal);
    if (!chunk) {
      return bytes.length === 0 ? undefined : { text: Buffer.from(bytes).toString(), ended: true };
    }
    const byte = chunk[0] as number;
    source.unread(chunk.subarray(1));
    if (byte === delimiter) {
      break;
    }
    bytes.push(byte);
  }
  return { text: Buffer.from(bytes).toString(), ended: false };
}

function parseRead(args: readonly string[]): ReadOptions {
  const options: ReadOptions = {
    raw: false,
    prompt: undefined,
    timeoutMs: undefined,
    characters: undefined,
    delimiter: '\n',
    array: undefined,
    descriptor: 0,
    names: [],
  };
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] as string;
    if (!/^-./.test(word)) {
      options.names = args.slice(at);
      break;
    }
    for (let index = 1; index < word.length; index += 1) {
      const letter = word[index] as string;
      if (letter === 'r') {
        options.raw = true;
        continue;
      }
      if (!'ptnNdau'.includes(letter)) {
        continue;
      }
      const value = index + 1 < word.length ? word.slice(index + 1) : (args[(at += 1)] ?? '');
      if (letter === 'p') {
        options.prompt = value;
      } else if (letter === 't') {
        options.timeoutMs = Number(value) * 1000;
      } else if (letter === 'n' || letter === 'N') {
        options.characters = Number(value);
      } else if (letter === 'd') {
        options.delimiter = value;
      } else if (letter === 'a') {
        options.array = value;
      } else {
        options.descriptor = Number(value);
      }
      break;
    }
  }
  return options;
}

/** Splits a line at IFS into as many parts as there are names; the last name gets the rest. */
function store(call: BuiltinCall, options: ReadOptions, line: string): void {
  const { variables } = call.state;
  const ifs = variables.get('IFS') ?? ' \t\n';
  const unescape = (text: string): string => (options.raw ? text : text.replace(/\\(.)/g, '$1'));
  if (options.array !== undefined) {
    const parts = splitAt(line, ifs, Infinity).map(unescape);
    variables.setArray(options.array, new Map(parts.map((part, index) => [String(index), part])));
    return;
  }
  const names = options.names.length > 0 ? options.names : ['REPLY'];
  const parts = options.names.length === 0 ? [line] : splitAt(line, ifs, names.length);
  names.forEach((name, index) => variables.set(name, unescape(parts[index] ?? '')));
}

function splitAt(line: string, ifs: string, limit: number): string[] {
  const blank = Array.from(ifs)
    .filter((character) => /\s/.test(character))
    .join('');
  const isBlank = (character: string): boolean => blank.includes(character);
  let at = 0;
  let end = line.length;
  while (at < end && isBlank(line[at] as string)) {
    at += 1;
  }
  while (end > at && isBlank(line[end - 1] as string) && line[end - 2] !== '\\') {
    end -= 1;
  }
  const parts: string[] = [];
  let current = '';
  let started = false;
  while (at < end) {
    const character = line[at] as string;
    if (parts.length === limit - 1) {
      return [...parts, line.slice(at, end)];
    }
    if (character === '\\' && at + 1 < end) {
      current += line.slice(at, at + 2);
      started = true;
      at += 2;
    } else if (ifs.includes(character)) {
      parts.push(current);
      current = '';
      started = false;
      let sawSeparator = !isBlank(character);
      at += 1;
      while (at < end && (isBlank(line[at] as string) || (!sawSeparator && ifs.includes(line[at] as string)))) {
        sawSeparator ||= !isBlank(line[at] as string);
        at += 1;
      }
    } else {
      current += character;
      started = true;
      at += 1;
    }
  }
  return started || current !== '' ? [...parts, current] : parts;
}

export const mapfile: Builtin = {
  dialects: ['bash'],
  async run(call) {
    const trims = call.args.includes('-t');
    const name = call.args.filter((arg) => !arg.startsWith('-')).at(-1) ?? 'MAPFILE';
    const { process, variables } = call.state;
    const source = process.descriptors.get(0)?.source ?? NOTHING;
    const lines = new Map<string, string>();
    for (let line = await readLine(source, process.signal); line; line = await readLine(source, process.signal)) {
      lines.set(String(lines.size), trims || line.ended ? line.text : `${line.text}\n`);
    }
    variables.setArray(name, lines);
    return 0;
  },
};

export const alias: Builtin = {
  async run(call) {
    const { aliases } = call.state;
    let status = 0;
    const show = (name: string, value: string): Promise<void> =>
      print(call, `${call.state.dialect.kind === 'bash' ? 'alias ' : ''}${name}='${value}'\n`);
    if (call.args.length === 0) {
      for (const [name, value] of aliases) {
        await show(name, value);
      }
    }
    for (const word of call.args.filter((arg) => arg !== '-p')) {
      const match = /^([^=]+)=(.*)$/s.exec(word);
      if (match) {
        aliases.set(match[1] ?? '', match[2] ?? '');
        continue;
      }
      const value = aliases.get(word);
      if (value === undefined) {
        await complain(call, `${word}: not found`);
        status = 1;
      } else {
        await show(word, value);
      }
    }
    return status;
  },
};

export const unalias: Builtin = {
  async run(call) {
    if (call.args.includes('-a')) {
      call.state.aliases.clear();
    }
    const missing = call.args.find((arg) => arg !== '-a' && !call.state.aliases.delete(arg));
    return missing === undefined ? 0 : 1;
  },
};

export const history: Builtin = {
  dialects: ['ash', 'bash'],
  async run(call) {
    const { state } = call;
    if (call.args.includes('-c')) {
      state.history.length = 0;
      return 0;
    }
    const text = state.history.map((line, index) => `${String(index + 1).padStart(5)}  ${line}\n`).join('');
    await print(call, text);
    return 0;
  },
};

export const shopt: Builtin = {
  dialects: ['bash'],
  async run(call) {
    const [flag, ...names] = call.args;
    for (const name of names) {
      if (flag === '-s') {
        call.state.shopt.add(name);
      } else if (flag === '-u') {
        call.state.shopt.delete(name);
      }
    }
    return flag === '-q' ? Number(!names.every((name) => call.state.shopt.has(name))) : 0;
  },
};
