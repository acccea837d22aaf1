// What execve(2) does: the process goes on as another program, with the same number, environment and descriptors.
import type { Process } from '../processes/process.ts';
import { loadProgram } from '../processes/spawn.ts';

/** Runs a command in place of the calling program. Throws ExecutableError when there is none. */
export async function execSelf(process: Process, argv: readonly string[]): Promise<number> {
  const { executable, program } = await loadProgram(process.machine, argv, process.cwd, process.env.get('PATH'));
  process.become(executable.argv, executable.path, process.env);
  return program(process);
}
