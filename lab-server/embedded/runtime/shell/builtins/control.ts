// Builtins that steer the shell: exit, return, break, continue, eval, source.
import { fileErrorSentence } from '../../files/file-error.ts';
import { resolvePath } from '../../files/paths.ts';
import { DEFAULT_PATH } from '../../processes/executables.ts';
import { Exit } from '../../processes/program.ts';
import { FatalShellError, FunctionReturn, LoopExit } from '../control.ts';
import { shellMessage, syntaxErrorMessage } from '../dialect.ts';
import { parseScript, SyntaxProblem } from '../syntax.ts';
import { complain, type Builtin, type BuiltinCall } from './builtin.ts';

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
