// A shell with a person at it: prompt, line editing, history, and control keys that stop what runs.
import type { TerminalInfo } from '../processes/open-file.ts';
import { SIGINT, SIGQUIT, SIGTERM } from '../processes/signals.ts';
import { LineEditor } from '../terminal/line-editor.ts';
import { completeLine } from './completion.ts';
import { FatalShellError, LoopExit } from './control.ts';
import { syntaxErrorMessage } from './dialect.ts';
import type { Interpreter } from './interpreter.ts';
import { renderPrompt } from './prompt.ts';
import { hasOpenHereDocument } from './open-here-document.ts';
import type { ShellState } from './state.ts';
import { parseScript, SyntaxProblem, type ScriptNode } from './syntax.ts';

/** Lines that the history keeps. */
const HISTORY_LINES = 500;

export async function runInteractive(interpreter: Interpreter, terminal: TerminalInfo): Promise<number> {
  const { state } = interpreter;
  const { process } = state;
  state.interactive = true;
  state.options.monitor = true;
  // An interactive shell survives the keys that stop its commands.
  for (const signal of [SIGINT, SIGQUIT, SIGTERM]) {
    process.onSignal(signal, () => undefined);
  }
  const source = process.descriptors.get(0)?.source;
  const editor = new LineEditor({
    read: async () => source?.read(process.signal),
    unread: (chunk) => source?.unread(chunk),
    write: (text) => process.complain(text),
    size: () => terminal.size(),
    history: state.history,
    complete: (line) => completeLine(state, line),
  });
  return interpreter.runToEnd(async () => {
    await runStartFile(interpreter);
    for (;;) {
      await announceJobs(state);
      const script = await readCommand(interpreter, editor, terminal);
      if (script === 'end') {
        await process.complain(state.dialect.kind === 'bash' ? 'exit\n' : '\n');
        return state.lastStatus;
      }
      if (script) {
        await runLine(interpreter, script);
      }
    }
  });
}

async function runLine(interpreter: Interpreter, script: ScriptNode): Promise<void> {
  const { state } = interpreter;
  state.line = 1;
  try {
    await interpreter.runScript(script);
  } catch (error) {
    if (error instanceof FatalShellError || error instanceof LoopExit) {
      state.lastStatus = error instanceof FatalShellError ? error.status : 0;
      return;
    }
    throw error;
  }
}

/** Reads lines until they make a whole command. Undefined when there is nothing to run. */
async function readCommand(interpreter: Interpreter, editor: LineEditor, terminal: TerminalInfo): Promise<ScriptNode | 'end' | undefined> {
  const { state } = interpreter;
  let text = '';
  for (;;) {
    terminal.setRaw(true);
    const edited = await editor.edit(text === '' ? await renderPrompt(interpreter, 'PS1') : await renderPrompt(interpreter, 'PS2'));
    terminal.setRaw(false);
    if (edited.kind === 'interrupted') {
      state.lastStatus = 130;
      return undefined;
    }
    if (edited.kind === 'end') {
      return text === '' ? 'end' : undefined;
    }
    text += `${edited.text}\n`;
    try {
      const script = await parseScript(expandAlias(state, text));
      if (hasOpenHereDocument(script)) {
        continue;
      }
      remember(state, text.trimEnd());
      return script.statements.length > 0 ? script : undefined;
    } catch (error) {
      if (!(error instanceof SyntaxProblem)) {
        throw error;
      }
      if (error.incomplete) {
        continue;
      }
      remember(state, text.trimEnd());
      await state.process.complain(syntaxErrorMessage(state.dialect, { ...state, line: 1 }, error, 'command'));
      state.lastStatus = 2;
      return undefined;
    }
  }
}

/** The first word of a line may be an alias. */
function expandAlias(state: ShellState, text: string): string {
  const word = /^\s*([\w.-]+)(?=\s|$)/.exec(text)?.[1];
  const alias = word === undefined ? undefined : state.aliases.get(word);
  return word === undefined || alias === undefined ? text : text.replace(word, alias);
}

function remember(state: ShellState, line: string): void {
  if (line.trim() !== '' && state.history.at(-1) !== line) {
    state.history.push(line);
    if (state.history.length > HISTORY_LINES) {
      state.history.shift();
    }
  }
}

async function announceJobs(state: ShellState): Promise<void> {
  for (const job of state.jobs.filter((candidate) => candidate.status !== undefined)) {
    const word = job.status === 0 ? 'Done' : `Done(${job.status ?? 0})`;
    await state.process.complain(`[${job.number}]+  ${word.padEnd(22)} ${job.text}\n`);
  }
  state.jobs = state.jobs.filter((job) => job.status === undefined);
}

async function runStartFile(interpreter: Interpreter): Promise<void> {
  const { state } = interpreter;
  const path = state.dialect.kind === 'bash' ? `${state.variables.get('HOME') ?? '/root'}/.bashrc` : state.variables.get('ENV');
  const text = path === undefined ? undefined : await state.process.machine.files.readFile(path).catch(() => undefined);
  if (text !== undefined && text.split('\n').some((line) => line.trim() !== '' && !line.startsWith('#'))) {
    await runLine(interpreter, await parseScript(text)).catch(() => undefined);
  }
}
