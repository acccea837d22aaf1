// The shell programs: sh, dash, ash, bash. Runs a command string, a script, standard input, or a person at a terminal.
import { fileErrorSentence } from '../files/file-error.ts';
import { baseName, resolvePath } from '../files/paths.ts';
import { NOTHING } from '../processes/byte-stream.ts';
import { readLine } from '../processes/line-reader.ts';
import type { Process } from '../processes/process.ts';
import { Exit, type Program } from '../processes/program.ts';
import { DASH, syntaxErrorMessage, type Dialect } from './dialect.ts';
import { runInteractive } from './interactive.ts';
import { Interpreter } from './interpreter.ts';
import { hasOpenHereDocument } from './open-here-document.ts';
import { createState, type ShellOptions } from './state.ts';
import { parseScript, SyntaxProblem, type ScriptNode } from './syntax.ts';

const SHELL_MEMORY = 900 * 1024;

interface Arguments {
  command: string | undefined;
  script: string | undefined;
  operands: string[];
  interactive: boolean;
  letters: string;
  longOptions: string[];
}

/** The program of a shell that speaks this dialect. */
export function shellProgram(dialect: Dialect): Program {
  return async (process) => {
    const parsed = parseArguments(process.argv.slice(1));
    process.holdMemory(SHELL_MEMORY);
    const state = createState(
      process,
      dialect,
      parsed.command === undefined ? (parsed.script ?? nameOf(process)) : (parsed.operands.shift() ?? nameOf(process)),
    );
    state.positional = parsed.operands;
    applyOptions(state.options, parsed);
    const interpreter = new Interpreter(state);
    if (parsed.command !== undefined) {
      return runText(interpreter, parsed.command, 'command');
    }
    if (parsed.script !== undefined) {
      return runFile(interpreter, parsed.script);
    }
    const terminal = process.descriptors.get(0)?.terminal;
    if (terminal && (process.descriptors.get(2)?.terminal || parsed.interactive)) {
      return runInteractive(interpreter, terminal);
    }
    return runInput(interpreter);
  };
}

function nameOf(process: Process): string {
  const name = process.argv[0] ?? 'sh';
  return name.replace(/^-/, '');
}

/** Parses the whole text before anything runs; a syntax error then ends the shell with status 2. */
async function runText(interpreter: Interpreter, text: string, from: 'command' | 'file'): Promise<number> {
  return interpreter.runToEnd(async () => {
    const script = await parseOrExplain(interpreter, text, from);
    const [statement] = script?.statements ?? [];
    const [pipeline] = statement?.pipelines ?? [];
    const [command] = pipeline?.commands ?? [];
    const isOneCommand = script?.statements.length === 1 && statement?.pipelines.length === 1 && pipeline?.commands.length === 1;
    if (isOneCommand && command && !statement?.background && !pipeline?.negated && !pipeline?.timed) {
      return interpreter.runLast(command);
    }
    return script ? interpreter.runScript(script) : 2;
  });
}

async function parseOrExplain(interpreter: Interpreter, text: string, from: 'command' | 'file'): Promise<ScriptNode | undefined> {
  const { state } = interpreter;
  try {
    return await parseScript(text);
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) {
      throw error;
    }
    await state.process.complain(syntaxErrorMessage(state.dialect, { ...state, line: error.line }, error, from));
    return undefined;
  }
}

async function runFile(interpreter: Interpreter, path: string): Promise<number> {
  const { state } = interpreter;
  const { process } = state;
  try {
    const text = await process.machine.files.readFile(resolvePath(process.cwd, path));
    return await runText(interpreter, text, 'file');
  } catch (error) {
    if (!(error instanceof Error) || !('path' in error)) {
      throw error;
    }
    const shell = baseName(nameOf(process));
    const sentence = fileErrorSentence(error);
    await process.complain(
      state.dialect === DASH
        ? `${shell}: 0: cannot open ${path}: ${sentence === 'No such file or directory' ? 'No such file' : sentence}\n`
        : state.dialect.kind === 'ash'
          ? `${shell}: can't open '${path}': ${sentence}\n`
          : `${shell}: ${path}: ${sentence}\n`,
    );
    return state.dialect.kind === 'bash' ? 127 : 2;
  }
}

/** Runs commands from standard input one by one, since they may read from it as well. */
async function runInput(interpreter: Interpreter): Promise<number> {
  const { state } = interpreter;
  const { process } = state;
  return interpreter.runToEnd(async () => {
    const source = process.descriptors.get(0)?.source ?? NOTHING;
    let pending = '';
    for (;;) {
      const line = await readLine(source, process.signal);
      if (!line && pending === '') {
        return state.lastStatus;
      }
      pending += line ? `${line.text}\n` : '';
      let script: ScriptNode;
      try {
        script = await parseScript(pending);
        if (line && hasOpenHereDocument(script)) {
          continue;
        }
      } catch (error) {
        if (!(error instanceof SyntaxProblem)) {
          throw error;
        }
        if (error.incomplete && line) {
          continue;
        }
        await process.complain(syntaxErrorMessage(state.dialect, { ...state, line: error.line }, error, 'file'));
        throw new Exit(2);
      }
      pending = '';
      await interpreter.runScript(script);
      if (!line) {
        return state.lastStatus;
      }
    }
  });
}

function parseArguments(args: readonly string[]): Arguments {
  const parsed: Arguments = { command: undefined, script: undefined, operands: [], interactive: false, letters: '', longOptions: [] };
  let wantsCommand = false;
  let readsInput = false;
  let at = 0;
  for (; at < args.length; at += 1) {
    const word = args[at] as string;
    if (word === '--' || word === '-') {
      at += 1;
      break;
    }
    if (word.startsWith('--')) {
      continue;
    }
    if (!/^[-+]./.test(word)) {
      break;
    }
    for (const letter of word.slice(1)) {
      if (letter === 'c') {
        wantsCommand = true;
      } else if (letter === 's') {
        readsInput = true;
      } else if (letter === 'i') {
        parsed.interactive = true;
      } else if (letter === 'o') {
        parsed.longOptions.push(args[(at += 1)] ?? '');
      } else if (word.startsWith('-')) {
        parsed.letters += letter;
      }
    }
  }
  const rest = args.slice(at);
  if (wantsCommand) {
    parsed.command = rest.shift() ?? '';
  } else if (!readsInput) {
    parsed.script = rest.shift();
  }
  parsed.operands = [...rest];
  return parsed;
}

function applyOptions(options: ShellOptions, parsed: Arguments): void {
  const letters: Record<string, keyof ShellOptions> = {
    a: 'allexport',
    e: 'errexit',
    f: 'noglob',
    n: 'noexec',
    u: 'nounset',
    v: 'verbose',
    x: 'xtrace',
  };
  for (const letter of parsed.letters) {
    const option = letters[letter];
    if (option) {
      options[option] = true;
    }
  }
  for (const name of parsed.longOptions) {
    if (name in options) {
      options[name as keyof ShellOptions] = true;
    }
  }
}
