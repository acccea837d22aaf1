// What all kinds of commands share: the cost of a step, redirections around a command, and how failures are told.
import type { ProcessExit } from '../processes/process.ts';
import { obituary, SIGINT } from '../processes/signals.ts';
import { ForkFailed } from '../processes/spawn.ts';
import { FatalShellError } from './control.ts';
import { shellMessage } from './dialect.ts';
import { ExpansionProblem } from './expansion-host.ts';
import type { Interpreter } from './interpreter.ts';
import { redirect, RedirectionProblem } from './redirections.ts';
import type { CompoundCommand } from './syntax.ts';
import { ReadOnlyVariable } from './variables.ts';

/** Processor time of a step, in milliseconds: what is done in the shell, and what forks. */
export const BUILTIN_MS = 0.02;
export const FORK_MS = 0.8;

/** Turns a failed expansion or redirection into its message; those of expansion end a script. */
export async function explain(shell: Interpreter, error: unknown): Promise<number> {
  const { state } = shell;
  if (error instanceof RedirectionProblem) {
    await state.process.complain(error.message);
    return state.dialect.kind === 'dash' ? 2 : 1;
  }
  if (error instanceof ExpansionProblem) {
    await state.process.complain(shellMessage(state.dialect, state, error.message));
    throw new FatalShellError(state.dialect.kind === 'bash' ? 1 : 2);
  }
  if (error instanceof ReadOnlyVariable) {
    const text = state.dialect.kind === 'bash' ? `${error.message}: readonly variable` : `${error.message}: is read only`;
    await state.process.complain(shellMessage(state.dialect, state, text));
    throw new FatalShellError(state.dialect.kind === 'bash' ? 1 : 2);
  }
  if (error instanceof ForkFailed) {
    await state.process.complain(
      shellMessage(
        state.dialect,
        state,
        state.dialect.kind === 'bash' ? 'fork: retry: Resource temporarily unavailable' : "can't fork: Resource temporarily unavailable",
      ),
    );
    throw new FatalShellError(state.dialect.kind === 'bash' ? 254 : 2);
  }
  throw error;
}

/** A child that a signal ended is mentioned, except for those a user causes by hand. */
export async function announceDeath(shell: Interpreter, exit: ProcessExit | undefined): Promise<void> {
  const { state } = shell;
  const text = exit?.signal === undefined ? undefined : obituary(exit.signal);
  if (text !== undefined && (state.interactive || state.dialect.kind !== 'bash' || exit?.signal !== 15)) {
    await state.process.complain(
      state.interactive || state.dialect.kind !== 'bash' ? `${text}\n` : shellMessage(state.dialect, state, text),
    );
  }
  if (exit?.signal === SIGINT && state.interactive) {
    await state.process.complain('\n');
  }
}

/** Runs something with other descriptors, then with the old ones again. */
export async function withRedirections(
  shell: Interpreter,
  redirections: CompoundCommand['redirections'],
  run: () => Promise<number>,
): Promise<number> {
  if (redirections.length === 0) {
    return run();
  }
  const { process } = shell.state;
  const redirected = await redirect(shell, process.descriptors, redirections);
  const restore = process.swapDescriptors(redirected.descriptors);
  try {
    return await run();
  } finally {
    restore();
  }
}
