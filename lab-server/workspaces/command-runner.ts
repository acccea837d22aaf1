// Runs one command of a solution, a mistake or a set-up to its end, with bounded output and time.
import { spawn } from 'node:child_process';
import { killSession, withoutOtherFiles, type PtyCommand } from '../terminals/index.ts';
import type { RunOptions, RunResult } from './workspace.ts';

const DEFAULT_MAX_OUTPUT = 1024 * 1024;

/** Collects text up to a size; what is beyond is counted and said so at the end. */
class BoundedOutput {
  readonly #limit: number;
  readonly #chunks: Buffer[] = [];
  #kept = 0;
  #dropped = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(chunk: Buffer): void {
    const taken = chunk.subarray(0, this.#limit - this.#kept);
    this.#chunks.push(taken);
    this.#kept += taken.length;
    this.#dropped += chunk.length - taken.length;
  }

  toString(): string {
    const text = Buffer.concat(this.#chunks).toString();
    return this.#dropped > 0 ? `${text}\n[${this.#dropped} more bytes were dropped]\n` : text;
  }
}

/**
 * Runs `command` in a session of its own; when the time is up or the signal aborts, the whole session is killed.
 * A command that cannot be started has exit code 127 and the reason on its standard error.
 */
export function runCommand(command: PtyCommand, options: RunOptions): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    if (options.signal?.aborted) {
      reject(options.signal.reason as Error);
      return;
    }
    const { file, args } = withoutOtherFiles(command);
    const child = spawn(file, args, { env: { ...command.env }, cwd: command.cwd, detached: true });
    const limit = options.maxOutputBytes ?? DEFAULT_MAX_OUTPUT;
    const stdout = new BoundedOutput(limit);
    const stderr = new BoundedOutput(limit);
    let timedOut = false;
    const killAll = (): void => {
      if (child.pid !== undefined) {
        killSession(child.pid);
      }
      // A process that left the session may still hold these open.
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const timer = setTimeout(() => {
      timedOut = true;
      killAll();
    }, options.timeoutMs);
    options.signal?.addEventListener('abort', killAll, { once: true });
    child.stdout.on('data', (chunk: Buffer) => stdout.add(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.add(chunk));
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.stdin ?? '');
    const finish = (exitCode: number, reason?: string): void => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', killAll);
      if (options.signal?.aborted) {
        reject(options.signal.reason as Error);
        return;
      }
      if (reason !== undefined) {
        stderr.add(Buffer.from(reason));
      }
      resolve({ exitCode, stdout: stdout.toString(), stderr: stderr.toString(), timedOut });
    };
    child.once('error', (error) => finish(127, error.message));
    // A background process of the command may hold its output open for long after the command itself has ended.
    child.once('exit', (exitCode, signal) => {
      const closed = new Promise<void>((done) => child.once('close', () => done()));
      const patience = new Promise<void>((done) => setTimeout(done, 250).unref());
      void Promise.race([closed, patience]).then(() => {
        child.stdout.destroy();
        child.stderr.destroy();
        finish(exitCode ?? (signal === null ? 1 : 128 + 9));
      });
    });
  });
}
