// Starts processes: looks the command up as execvp(3) would and runs its program.
import type { OpenFile } from './open-file.ts';
import { ExecutableError, findExecutable, type Executable } from './executables.ts';
import { MAX_PROCESSES } from './process-table.ts';
import { Process, type Identity } from './process.ts';
import type { Machine } from './machine.ts';
import type { Program } from './program.ts';

export interface SpawnOptions {
  argv: readonly string[];
  env: ReadonlyMap<string, string>;
  cwd: string;
  identity: Identity;
  descriptors: ReadonlyMap<number, OpenFile>;
  parentPid: number;
  processGroup?: number;
  /** Signals the child ignores from birth. */
  ignoredSignals?: readonly number[];
}

/** A fork that failed because the container runs too much already. */
export class ForkFailed extends Error {
  constructor() {
    super('Resource temporarily unavailable');
    this.name = 'ForkFailed';
  }
}

/** Finds the program of a command. Throws ExecutableError. */
export async function loadProgram(
  machine: Machine,
  argv: readonly string[],
  cwd: string,
  path: string | undefined,
): Promise<{ executable: Executable; program: Program }> {
  const executable = await findExecutable(machine.files, argv, cwd, path);
  const program = await machine.program(executable.program);
  if (!program) {
    throw new ExecutableError('bad-format', argv[0] ?? '');
  }
  return { executable, program };
}

/** Starts a command. Throws ExecutableError when there is none, ForkFailed when the container is full. */
export async function spawn(machine: Machine, options: SpawnOptions): Promise<Process> {
  const { executable, program } = await loadProgram(machine, options.argv, options.cwd, options.env.get('PATH'));
  return fork(machine, { ...options, argv: executable.argv }, executable.path, program);
}

/** Starts a program as a process of its own, without looking anything up. */
export function fork(machine: Machine, options: SpawnOptions, executable: string, program: Program): Process {
  if (machine.processes.size >= MAX_PROCESSES) {
    throw new ForkFailed();
  }
  const process = new Process({ ...options, machine, executable });
  for (const signal of options.ignoredSignals ?? []) {
    process.onSignal(signal, 'ignore');
  }
  process.run(program);
  return process;
}
