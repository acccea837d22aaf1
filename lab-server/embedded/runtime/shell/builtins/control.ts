// Builtins that steer the shell: exit, return, break, continue, eval, source, trap, wait, jobs, kill, command, type.
import { fileErrorSentence } from '../../files/file-error.ts';
import { resolvePath } from '../../files/paths.ts';
import { DEFAULT_PATH, searchPath } from '../../processes/executables.ts';
import { Exit } from '../../processes/program.ts';
import type { Process } from '../../processes/process.ts';
import { SIGTERM, signalName, signalNames, signalNumber } from '../../processes/signals.ts';
import { FatalShellError, FunctionReturn, LoopExit } from '../control.ts';
import { shellMessage, syntaxErrorMessage } from '../dialect.ts';
import type { Job } from '../state.ts';
import { parseScript, SyntaxProblem } from '../syntax.ts';
import { complain, print, quoted, type Builtin, type BuiltinCall } from './builtin.ts';

export const exit: Builtin = {
  special: true,
  async run(call) {
    const [code] = call.args;
    if (code !== undefined && !/^-?\d+$/.test(code)) {
      await complain(call, call.state.dialect.kind === 'bash' ? `${code}: numeric argument required` : `Illegal number: ${code}`);
      throw new Exit(2);
    }
    throw new Exit(code === undefined ? call.state.lastStatus : Number(code) & 0xff);
  },
};

export const returnFromFunction: Builtin = {
  special: true,
  async run(call) {
    throw new FunctionReturn(call.args[0] === undefined ? call.state.lastStatus : Number(call.args[0]) & 0xff);
  },
};

export const breakLoop: Builtin = { special: true, run: (call) => leaveLoop(call, 'break') };
export const continueLoop: Builtin = { special: true, run: (call) => leaveLoop(call, 'continue') };

async function leaveLoop(call: BuiltinCall, kind: 'break' | 'continue'): Promise<number> {
  if (call.state.loopDepth === 0) {
    if (call.state.dialect.kind === 'bash') {
      await complain(call, "only meaningful in a `for', `while', or `until' loop");
    }
    return 0;
  }
  throw new LoopExit(kind, Math.min(Math.max(1, Number(call.args[0] ?? 1) || 1), call.state.loopDepth));
}

export const colon: Builtin = { special: true, run: async () => 0 };
export const trueCommand: Builtin = { run: async () => 0 };
export const falseCommand: Builtin = { run: async () => 1 };

export const evalCommand: Builtin = {
  special: true,
  run: (call) => runText(call, call.args.join(' '), 'command'),
};

export const source: Builtin = {
  special: true,
  async run(call) {
    const { state } = call;
    const [file, ...args] = call.args;
    if (file === undefined) {
      await complain(call, 'filename argument required');
      return 2;
    }
    const { files } = state.process.machine;
    const found = file.includes('/') ? undefined : await searchSource(call, file);
    let text: string;
    try {
      text = await files.readFile(found ?? resolvePath(state.process.cwd, file));
    } catch (error) {
      const sentence = fileErrorSentence(error);
      if (state.dialect.kind === 'bash') {
        await state.process.complain(shellMessage(state.dialect, state, `${file}: ${sentence}`));
        return 1;
      }
      await complain(
        call,
        state.dialect.kind === 'dash'
          ? `cannot open ${file}: ${sentence === 'No such file or directory' ? 'No such file' : sentence}`
          : `can't open '${file}': ${sentence}`,
      );
      throw new FatalShellError(2);
    }
    const positional = state.positional;
    if (args.length > 0 && state.dialect.kind !== 'dash') {
      state.positional = args;
    }
    try {
      return await runText(call, text, 'file');
    } catch (error) {
      if (error instanceof FunctionReturn) {
        return error.status;
      }
      throw error;
    } finally {
      state.positional = positional;
    }
  },
};

async function searchSource(call: BuiltinCall, file: string): Promise<string | undefined> {
  const { process, variables } = call.state;
  for (const directory of (variables.get('PATH') ?? DEFAULT_PATH).split(':')) {
    const candidate = resolvePath(directory, file);
    if (await process.machine.files.exists(candidate)) {
      return candidate;
    }
  }
  return undefined;
}

async function runText(call: BuiltinCall, text: string, from: 'command' | 'file'): Promise<number> {
  const { state } = call;
  try {
    const script = await parseScript(text);
    state.lastStatus = script.statements.length === 0 ? 0 : state.lastStatus;
    return await call.shell.runScript(script);
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) {
      throw error;
    }
    await state.process.complain(syntaxErrorMessage(state.dialect, { ...state, line: error.line }, error, from));
    throw new FatalShellError(2);
  }
}

export const trap: Builtin = {
  special: true,
  async run(call) {
    const { state } = call;
    const args = call.args[0] === '--' ? call.args.slice(1) : call.args;
    if (args[0] === '-l') {
      await print(
        call,
        `${signalNames()
          .map((name) => `SIG${name}`)
          .join(' ')}\n`,
      );
      return 0;
    }
    if (args.length === 0 || args[0] === '-p') {
      for (const [signal, command] of state.traps) {
        const name = signal === 0 ? 'EXIT' : (signalName(signal) ?? String(signal));
        await print(call, `trap -- ${quoted(command)} ${state.dialect.kind === 'bash' && signal !== 0 ? `SIG${name}` : name}\n`);
      }
      return 0;
    }
    const resets = args[0] === '-' || (args.length === 1 && signalNumber(args[0] ?? '') !== undefined);
    const command = resets ? undefined : args[0];
    let status = 0;
    for (const name of args[0] === '-' || !resets ? args.slice(1) : args) {
      const signal = ['EXIT', '0'].includes(name) ? 0 : signalNumber(name);
      if (signal === undefined) {
        if (['ERR', 'DEBUG', 'RETURN'].includes(name) && state.dialect.kind === 'bash') {
          continue;
        }
        await complain(call, state.dialect.kind === 'bash' ? `${name}: invalid signal specification` : `${name}: bad trap`);
        status = 1;
        continue;
      }
      setTrap(call, signal, command);
    }
    return status;
  },
};

function setTrap(call: BuiltinCall, signal: number, command: string | undefined): void {
  const { state } = call;
  const { process } = state;
  if (command === undefined) {
    state.traps.delete(signal);
    process.onSignal(signal, undefined);
    return;
  }
  state.traps.set(signal, command);
  if (signal === 0) {
    return;
  }
  process.onSignal(
    signal,
    command === ''
      ? 'ignore'
      : () => {
          state.pendingTraps.push(signal);
          state.onTrap?.();
        },
  );
}

export const wait: Builtin = {
  async run(call) {
    const { state } = call;
    const wanted = call.args.filter((arg) => !arg.startsWith('-') || /^-\d+$/.test(arg));
    if (wanted.length === 0) {
      const status = await waitFor(
        call,
        state.jobs.flatMap((job) => [...job.processes]),
      );
      state.jobs = state.jobs.filter((job) => job.status === undefined);
      return call.args.includes('-n') ? status : status > 128 && state.pendingTraps.length > 0 ? status : 0;
    }
    let status = 0;
    for (const word of wanted) {
      const job = jobOf(call, word);
      if (!job) {
        if (state.dialect.kind === 'bash') {
          await complain(call, word.startsWith('%') ? `${word}: no such job` : `pid ${word} is not a child of this shell`);
        }
        status = 127;
        continue;
      }
      status = job.status ?? (await waitFor(call, job.processes));
      if (job.status !== undefined) {
        state.jobs = state.jobs.filter((candidate) => candidate !== job);
      }
    }
    return status;
  },
};

/** Waits until processes are over, or a signal with a trap comes: then the status is 128 + its number. */
async function waitFor(call: BuiltinCall, processes: readonly Process[]): Promise<number> {
  const { state } = call;
  const { signal } = state.process;
  const ended = Promise.all(processes.map((process) => process.exited)).then((exits) => exits.at(-1)?.exitCode ?? 0);
  return new Promise((resolve, reject) => {
    const abandon = (): void => reject(signal.reason as Error);
    const settle = (status: number): void => {
      state.onTrap = undefined;
      signal.removeEventListener('abort', abandon);
      resolve(status);
    };
    state.onTrap = () => settle(128 + (state.pendingTraps.at(-1) ?? 0));
    signal.addEventListener('abort', abandon, { once: true });
    void ended.then(settle);
  });
}

function jobOf(call: BuiltinCall, word: string): Job | undefined {
  const { jobs } = call.state;
  if (word.startsWith('%')) {
    const rest = word.slice(1);
    if (rest === '' || rest === '%' || rest === '+') {
      return jobs.at(-1);
    }
    return /^\d+$/.test(rest) ? jobs.find((job) => job.number === Number(rest)) : jobs.find((job) => job.text.startsWith(rest));
  }
  return jobs.find((job) => job.processes.some((process) => process.pid === Number(word)));
}

export const jobs: Builtin = {
  async run(call) {
    const { state } = call;
    for (const job of state.jobs) {
      const mark = job === state.jobs.at(-1) ? '+' : job === state.jobs.at(-2) ? '-' : ' ';
      const word = job.status === undefined ? 'Running' : job.status === 0 ? 'Done' : `Done(${job.status})`;
      const text = `[${job.number}]${mark}  ${word.padEnd(22)} ${job.text}${job.status === undefined && state.dialect.kind === 'bash' ? ' &' : ''}\n`;
      await print(call, call.args.includes('-p') ? `${job.processes[0]?.pid ?? ''}\n` : text);
    }
    state.jobs = state.jobs.filter((job) => job.status === undefined);
    return 0;
  },
};

export const foreground: Builtin = {
  async run(call) {
    const job = jobOf(call, call.args[0] ?? '%');
    if (!job) {
      await complain(call, call.state.dialect.kind === 'bash' ? `${call.args[0] ?? 'current'}: no such job` : 'No current job');
      return call.state.dialect.kind === 'bash' ? 1 : 2;
    }
    await print(call, `${job.text}\n`);
    const status = job.status ?? (await waitFor(call, job.processes));
    call.state.jobs = call.state.jobs.filter((candidate) => candidate !== job);
    return status;
  },
};

export const background: Builtin = {
  async run(call) {
    const job = jobOf(call, call.args[0] ?? '%');
    if (!job) {
      await complain(call, 'no current job');
      return 1;
    }
    return 0;
  },
};

export const kill: Builtin = {
  async run(call) {
    const { state } = call;
    const args = [...call.args];
    if (args[0] === '-l' || args[0] === '-L') {
      const [, ...numbers] = args;
      await print(
        call,
        `${(numbers.length > 0 ? numbers.map((number) => signalName(Number(number) > 128 ? Number(number) - 128 : Number(number)) ?? number) : signalNames()).join('\n')}\n`,
      );
      return 0;
    }
    let signal: number | undefined = SIGTERM;
    if (args[0] === '-s' || args[0] === '-n') {
      signal = signalNumber(args[1] ?? '');
      args.splice(0, 2);
    } else if (args[0] !== undefined && /^-\w+$/.test(args[0])) {
      signal = signalNumber(args[0].slice(1));
      args.shift();
    }
    if (args[0] === '--') {
      args.shift();
    }
    if (signal === undefined) {
      await complain(call, `${call.args[0]?.replace(/^-/, '') ?? ''}: invalid signal specification`);
      return 1;
    }
    if (args.length === 0) {
      await complain(call, 'usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]');
      return 2;
    }
    let status = 0;
    for (const word of args) {
      const targets = word.startsWith('%') ? (jobOf(call, word)?.processes ?? []) : processesOf(call, word);
      if (targets.length === 0) {
        status = 1;
        await (/^-?\d+$/.test(word)
          ? complain(
              call,
              state.dialect.kind === 'bash'
                ? `(${word}) - No such process`
                : state.dialect.kind === 'ash'
                  ? `can't kill pid ${word}: No such process`
                  : 'No such process',
            )
          : complain(call, state.dialect.kind === 'bash' ? `${word}: arguments must be process or job IDs` : `Illegal number: ${word}`));
      }
      targets.forEach((process) => process.deliver(signal));
    }
    return status;
  },
};

function processesOf(call: BuiltinCall, word: string): readonly Process[] {
  const { processes } = call.state.process.machine;
  const number = Number(word);
  if (number > 0) {
    const process = processes.get(number);
    return process ? [process] : [];
  }
  if (number === -1) {
    return [...processes].filter((process) => process.pid !== 1 && process !== call.state.process);
  }
  const group = number === 0 ? call.state.process.processGroup : -number;
  return [...processes].filter((process) => process.processGroup === group);
}

export const command: Builtin = {
  async run(call) {
    const [first, ...rest] = call.args;
    if (first === '-v' || first === '-V') {
      let status = 0;
      for (const word of rest) {
        const found = await describeCommand(call, word, first === '-V');
        if (found === undefined) {
          status = call.state.dialect.kind === 'bash' ? 1 : 127;
          if (first === '-V') {
            await complain(call, `${word}: not found`);
          }
        } else {
          await print(call, `${found}\n`);
        }
      }
      return status;
    }
    const words = first === '-p' || first === '--' ? rest : call.args;
    return words.length === 0 ? 0 : call.shell.runWords(words);
  },
};

export const type: Builtin = {
  async run(call) {
    let status = 0;
    const short = call.args.includes('-t');
    for (const word of call.args.filter((arg) => !arg.startsWith('-'))) {
      const found = await describeCommand(call, word, true, short);
      if (found === undefined) {
        status = call.state.dialect.kind === 'bash' ? 1 : 127;
        if (!short) {
          await (call.state.dialect.kind === 'bash' ? complain(call, `${word}: not found`) : print(call, `${word}: not found\n`));
        }
      } else {
        await print(call, `${found}\n`);
      }
    }
    return status;
  },
};

const KEYWORDS: ReadonlySet<string> = new Set([
  'if',
  'then',
  'else',
  'elif',
  'fi',
  'for',
  'while',
  'until',
  'do',
  'done',
  'case',
  'esac',
  '{',
  '}',
  '!',
  'in',
]);

async function describeCommand(call: BuiltinCall, word: string, verbose: boolean, short = false): Promise<string | undefined> {
  const { state } = call;
  const alias = state.aliases.get(word);
  const sentence = (kind: string, text: string, plain: string): string => (short ? kind : verbose ? text : plain);
  if (alias !== undefined) {
    return sentence(
      'alias',
      state.dialect.kind === 'bash' ? `${word} is aliased to \`${alias}'` : `${word} is an alias for ${alias}`,
      `alias ${word}='${alias}'`,
    );
  }
  if (KEYWORDS.has(word)) {
    return sentence('keyword', `${word} is a shell keyword`, word);
  }
  if (state.functions.has(word)) {
    return sentence('function', state.dialect.kind === 'bash' ? `${word} is a function` : `${word} is a shell function`, word);
  }
  if (call.shell.isBuiltin(word)) {
    return sentence('builtin', `${word} is a shell builtin`, word);
  }
  const path = await searchPath(state.process.machine.files, word, state.process.cwd, state.variables.get('PATH') ?? DEFAULT_PATH);
  return path === undefined ? undefined : sentence('file', `${word} is ${path}`, path);
}
