// Commands with a name: functions, builtins, programs, exec; and lines that only assign.
import { ExecutableError } from '../processes/executables.ts';
import type { OpenFile } from '../processes/open-file.ts';
import type { Process } from '../processes/process.ts';
import { Exit } from '../processes/program.ts';
import { loadProgram, spawn } from '../processes/spawn.ts';
import { assign } from './assignments.ts';
import type { Builtin } from './builtins/builtin.ts';
import { findBuiltin } from './builtins/table.ts';
import { FatalShellError, FunctionReturn } from './control.ts';
import { commandFailed, commandNotFound, shellMessage } from './dialect.ts';
import { expandText, expandWords } from './expansion.ts';
import type { Interpreter } from './interpreter.ts';
import { redirect } from './redirections.ts';
import { announceDeath, BUILTIN_MS, explain, FORK_MS, withRedirections } from './command-effects.ts';
import { waiting } from './subshells.ts';
import type { CommandNode, SimpleCommandNode } from './syntax.ts';

/** Deeper recursion would use up our own stack. */
const MAX_FUNCTION_DEPTH = 200;

/** Runs the last command of a shell: a program then takes the shell's place, as shells spare themselves a fork. */
export async function runLast(shell: Interpreter, command: CommandNode): Promise<number> {
  const { state } = shell;
  const name = command.type === 'SimpleCommand' ? command.name?.parts : undefined;
  const [only] = name ?? [];
  const isProgram = name?.length === 1 && only?.type === 'Literal' && !state.functions.has(only.value) && !shell.isBuiltin(only.value);
  if (command.type !== 'SimpleCommand' || !isProgram || state.traps.size > 0) {
    return shell.runCommand(command);
  }
  try {
    const words = await expandWords(shell, [...(command.name ? [command.name] : []), ...command.args]);
    await trace(shell, command, words);
    return await runExec(shell, command, words);
  } catch (error) {
    return explain(shell, error);
  }
}

export async function runSimple(shell: Interpreter, command: SimpleCommandNode): Promise<number> {
  const { state } = shell;
  state.substitutionStatus = 0;
  const words = command.name ? await expandWords(shell, [command.name, ...command.args]) : [];
  const [name, ...args] = words;
  await trace(shell, command, words);
  if (name === undefined) {
    return assignOnly(shell, command);
  }
  const target = state.functions.get(name);
  const builtin = target ? undefined : findBuiltin(name, state.dialect);
  if (!target && !builtin) {
    return runExternal(shell, command, words);
  }
  await state.process.spend(BUILTIN_MS);
  if (builtin?.special && name === 'exec') {
    return runExec(shell, command, args);
  }
  const restore = await assignTemporarily(shell, command, builtin?.special === true);
  try {
    return await withRedirections(shell, command.redirections, () =>
      target ? shell.callFunction(name, args) : callBuiltin(shell, builtin as Builtin, name, args),
    );
  } finally {
    restore();
  }
}

export function callBuiltin(shell: Interpreter, builtin: Builtin, name: string, args: readonly string[]): Promise<number> {
  return builtin.run({ shell: shell, state: shell.state, name, args });
}

export async function callFunction(shell: Interpreter, name: string, args: readonly string[]): Promise<number> {
  const { state } = shell;
  const definition = state.functions.get(name);
  if (!definition) {
    return 127;
  }
  if (state.functionDepth >= MAX_FUNCTION_DEPTH) {
    await state.process.complain(
      shellMessage(state.dialect, state, `${name}: maximum function nesting level exceeded (${MAX_FUNCTION_DEPTH})`),
    );
    throw new FatalShellError(2);
  }
  const positional = state.positional;
  const loopDepth = state.loopDepth;
  state.positional = args;
  state.functionDepth += 1;
  state.loopDepth = 0;
  state.variables.enterScope();
  try {
    return await withRedirections(shell, definition.redirections, () => shell.runCommand(definition.body));
  } catch (error) {
    if (error instanceof FunctionReturn) {
      return error.status;
    }
    throw error;
  } finally {
    state.variables.leaveScope();
    state.positional = positional;
    state.functionDepth -= 1;
    state.loopDepth = loopDepth;
  }
}

export async function assignOnly(shell: Interpreter, command: SimpleCommandNode): Promise<number> {
  await shell.state.process.spend(BUILTIN_MS);
  for (const assignment of command.assignments) {
    await assign(shell, assignment);
  }
  if (command.redirections.length > 0) {
    (await redirect(shell, shell.state.process.descriptors, command.redirections)).release();
  }
  return shell.state.substitutionStatus;
}

/** Assignments before a builtin or function last as long as it runs; before a special builtin they stay. */
export async function assignTemporarily(
  shell: Interpreter,
  command: Pick<SimpleCommandNode, 'assignments'>,
  stays: boolean,
): Promise<() => void> {
  const { variables } = shell.state;
  const restore = variables.snapshot(command.assignments.map((assignment) => assignment.name));
  for (const assignment of command.assignments) {
    await assign(shell, assignment);
    if (!stays) {
      variables.mark(assignment.name, { exported: true });
    }
  }
  return stays ? () => undefined : restore;
}

export function runWords(shell: Interpreter, words: readonly string[]): Promise<number> {
  const [name = '', ...args] = words;
  const builtin = findBuiltin(name, shell.state.dialect);
  return builtin ? callBuiltin(shell, builtin, name, args) : runExternal(shell, { assignments: [], redirections: [] }, words);
}

export async function runExternal(
  shell: Interpreter,
  command: Pick<SimpleCommandNode, 'assignments' | 'redirections'>,
  argv: readonly string[],
): Promise<number> {
  const { state } = shell;
  const { process } = state;
  await process.spend(FORK_MS);
  const restore = await assignTemporarily(shell, command, false);
  const env = state.variables.environment();
  restore();
  const redirected = await redirect(shell, process.descriptors, command.redirections);
  let child: Process;
  try {
    child = await spawn(process.machine, {
      argv,
      env,
      cwd: process.cwd,
      identity: process.identity,
      descriptors: redirected.descriptors,
      parentPid: process.pid,
      processGroup: process.processGroup,
      ignoredSignals: [...state.traps].filter(([, trap]) => trap === '').map(([signal]) => signal),
    });
  } catch (error) {
    if (error instanceof ExecutableError) {
      return await explainMissing(shell, error, redirected.descriptors.get(2));
    }
    throw error;
  } finally {
    redirected.release();
  }
  const exit = await waiting(shell, child.exited);
  await announceDeath(shell, exit);
  return exit.exitCode;
}

export async function explainMissing(shell: Interpreter, error: ExecutableError, stderr: OpenFile | undefined): Promise<number> {
  const { state } = shell;
  const say = (text: string): Promise<void> => stderr?.sink.write(Buffer.from(text)) ?? Promise.resolve();
  switch (error.problem) {
    case 'not-found':
      await say(commandNotFound(state.dialect, state, error.command));
      return 127;
    case 'no-such-file':
      await say(commandFailed(state.dialect, state, error.command, 'missing'));
      return 127;
    case 'not-executable':
      await say(commandFailed(state.dialect, state, error.command, 'denied'));
      return 126;
    case 'is-directory':
      await say(commandFailed(state.dialect, state, error.command, 'directory'));
      return 126;
    case 'bad-format':
      await say(commandFailed(state.dialect, state, error.command, 'format'));
      return 126;
  }
}

/** `exec`: without a command its redirections stay; with one the shell becomes the command. */
export async function runExec(shell: Interpreter, command: SimpleCommandNode, args: readonly string[]): Promise<number> {
  const { state } = shell;
  const { process } = state;
  for (const assignment of command.assignments) {
    await assign(shell, assignment);
    state.variables.mark(assignment.name, { exported: true });
  }
  const redirected = await redirect(shell, process.descriptors, command.redirections);
  process.replaceDescriptors(redirected.descriptors);
  if (args.length === 0) {
    return 0;
  }
  try {
    const env = state.variables.environment();
    const { executable, program } = await loadProgram(process.machine, args, process.cwd, env.get('PATH'));
    process.become(executable.argv, executable.path, env);
    throw new Exit(await program(process));
  } catch (error) {
    if (error instanceof ExecutableError) {
      const status = await explainMissing(shell, error, process.descriptors.get(2));
      if (state.interactive) {
        return status;
      }
      throw new Exit(status);
    }
    throw error;
  }
}

export async function trace(shell: Interpreter, command: SimpleCommandNode, words: readonly string[]): Promise<void> {
  const { state } = shell;
  if (state.options.xtrace && (words.length > 0 || command.assignments.length > 0)) {
    const assignments: string[] = [];
    for (const assignment of command.assignments) {
      assignments.push(`${assignment.name}=${assignment.value ? await expandText(shell, assignment.value) : ''}`);
    }
    const prefix = (state.variables.get('PS4') ?? '+ ').slice(0, 1).repeat(state.subshellLevel + 1);
    await state.process.complain(`${prefix} ${[...assignments, ...words.map((word) => traced(word))].join(' ')}\n`);
  }
}

function traced(word: string): string {
  return word === '' ? "''" : /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
