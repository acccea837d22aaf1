// What an executable is in a simulated container: a function from a process to its exit code.
import type { Process } from './process.ts';

/** Runs as `process` and returns its exit code. All waiting must end when `process.signal` aborts. */
export type Program = (process: Process) => Promise<number>;

/** Thrown by a program to end with this code from anywhere inside it. */
export class Exit extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`exit ${code}`);
    this.name = 'Exit';
    this.code = code;
  }
}

/** The reason of a process's abort signal once a signal ended it. */
export class Killed extends Error {
  readonly signal: number;
  constructor(signal: number) {
    super(`killed by signal ${signal}`);
    this.name = 'Killed';
    this.signal = signal;
  }
}
