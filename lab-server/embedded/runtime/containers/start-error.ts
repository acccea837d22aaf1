// Why a container's process could not be started, in the words of runc and containerd that users meet in events.
import type { ExecutableError } from '../processes/executables.ts';
import { ForkFailed } from '../processes/spawn.ts';
import { ExecNotFound } from '../runtime.ts';

const CREATE_PREFIX =
  'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: ';
const EXEC_PREFIX = 'OCI runtime exec failed: exec failed: unable to start container process: ';

/** A container that could not start. `exitCode` is what the container's status shows for it: 128, as containerd sets it. */
export class ContainerStartError extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode: number) {
    super(message);
    this.name = 'ContainerStartError';
    this.exitCode = exitCode;
  }
}

export function startErrorOf(error: ExecutableError): ContainerStartError {
  return new ContainerStartError(`${CREATE_PREFIX}${describe(error)}`, 128);
}

export function execErrorOf(error: ExecutableError | ForkFailed): Error {
  return error instanceof ForkFailed
    ? new Error(`${EXEC_PREFIX}can't start new process: resource temporarily unavailable`)
    : new ExecNotFound(`${EXEC_PREFIX}${describe(error)}`);
}

/** A user that the image's /etc/passwd does not have. */
export function unknownUser(user: string): ContainerStartError {
  return new ContainerStartError(`${CREATE_PREFIX}unable to find user ${user}: no matching entries in passwd file`, 128);
}

function describe(error: ExecutableError): string {
  const command = JSON.stringify(error.command);
  switch (error.problem) {
    case 'not-found':
      return `exec: ${command}: executable file not found in $PATH`;
    case 'no-such-file':
      return `exec: ${command}: stat ${error.command}: no such file or directory`;
    case 'not-executable':
      return `exec: ${command}: permission denied`;
    case 'is-directory':
      return `exec: ${command}: is a directory`;
    case 'bad-format':
      return `exec ${error.command}: exec format error`;
  }
}
