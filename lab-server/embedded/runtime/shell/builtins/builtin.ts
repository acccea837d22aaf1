// What a builtin command is, and what it may ask of the shell that runs it.
import type { ShellState } from '../state.ts';
import type { ExpansionHost } from '../expansion-host.ts';
import type { ScriptNode } from '../syntax.ts';
import { shellMessage } from '../dialect.ts';

/** The interpreter, as builtins see it. */
export interface ShellRunner extends ExpansionHost {
  runScript(script: ScriptNode): Promise<number>;
  callFunction(name: string, args: readonly string[]): Promise<number>;
  runPendingTraps(): Promise<void>;
  /** Runs a command by its words, without looking for functions. */
  runWords(words: readonly string[]): Promise<number>;
  isBuiltin(name: string): boolean;
}

export interface BuiltinCall {
  shell: ShellRunner;
  state: ShellState;
  name: string;
  args: readonly string[];
}

export interface Builtin {
  /** POSIX's special builtins: assignments before them stay, and their errors end a script. */
  special?: boolean;
  /** Only in bash, or in bash and ash. */
  dialects?: readonly ('dash' | 'ash' | 'bash')[];
  run(call: BuiltinCall): Promise<number>;
}

/** Prints a message as the builtin: `sh: 1: cd: can't cd to /x`. */
export async function complain(call: BuiltinCall, message: string): Promise<void> {
  const { state } = call;
  await state.process.complain(shellMessage(state.dialect, state, `${call.name}: ${message}`));
}

export function print(call: BuiltinCall, text: string): Promise<void> {
  return call.state.process.print(text);
}

const NAME = /^[A-Za-z_]\w*$/;

export function isName(text: string): boolean {
  return NAME.test(text);
}

/** Quotes a value so that a shell reads it back. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
